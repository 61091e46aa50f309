//! Finding what has a text in it, and how well each fits.

use sea_orm::{
    Condition, Iterable, QueryResult, QueryTrait, Select,
    sea_query::{
        Alias, CaseStatement, Expr, ExprTrait, Func, LikeExpr, Order, Query, SelectStatement, UnionType,
        WindowStatement,
    },
};

use entity::{agency, data_link, indicator, information_system, kinds::SearchType, legal_document, plan, unit_version};

use super::rules::{Fit, MOST_WORDS};
use crate::{
    agency::store as agencies,
    citation::store as citation,
    indicator::store as indicators,
    kernel::{
        error::{Broken, Result},
        object::{Noun, declare::NodeRef},
        op::Op,
        text::{fold, literal},
    },
    plan::store as plans,
    sharing::store as sharing,
    territory::store as territory,
};

/// A record that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// How well it fits.
    pub fit: Fit,
    /// Which record it is.
    pub record: NodeRef,
}

const KIND: &str = "kind";
const ID: &str = "id";
const FIT: &str = "fit";
const ENDED: &str = "ended";
const TEXTS: &str = "texts";
const SAME: &str = "same";

fn number(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Whether lines of text fit so.
fn fits(texts: &Expr, folded: &str, fit: Fit) -> Condition {
    let around = |sought: &str| {
        let sought = literal(sought);
        let like = |(before, after): &(&str, &str)| {
            texts.clone().like(LikeExpr::new(format!("{before}{sought}{after}")).escape('\\'))
        };
        fit.around().iter().map(like).fold(Condition::any(), Condition::add)
    };
    match fit {
        Fit::Words => words(folded).map(around).fold(Condition::all(), Condition::add),
        _ => around(folded),
    }
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(' ').take(MOST_WORDS)
}

/// How well lines of text fit, as a number: the place in [`Fit::ALL`].
fn fit(texts: &Expr, folded: &str) -> Expr {
    let case = Fit::ALL
        .iter()
        .enumerate()
        .fold(CaseStatement::new(), |case, (n, fit)| case.case(fits(texts, folded, *fit), number(n)));
    case.finally(number(Fit::ALL.len())).into()
}

/// What is looked for, and among what.
struct Sought<'a> {
    op: &'a Op,
    folded: &'a str,
}

impl Sought<'_> {
    fn among<E: Noun>(&self, kind: SearchType, visible: Select<E>, id: E::Column, texts: E::Column) -> SelectStatement {
        let col = |column: E::Column| Expr::col((Alias::new(E::default().table_name()), column));
        let mut query = visible.into_query();
        query.clear_selects();
        // What has all the words is found by the index; pieces of other words are not what they mean.
        for word in words(self.folded) {
            query.and_where(self.op.has(texts, word));
        }
        let meant = Condition::any().add(fits(&col(texts), self.folded, Fit::Words)).add(fits(
            &col(texts),
            self.folded,
            Fit::Part,
        ));
        query
            .cond_where(meant)
            .expr_as(Expr::val(number(kind as usize)), Alias::new(KIND))
            .expr_as(col(id), Alias::new(ID))
            .expr_as(fit(&col(texts), self.folded), Alias::new(FIT))
            .expr_as(Expr::val(0), Alias::new(ENDED))
            .expr_as(col(texts), Alias::new(TEXTS));
        query
    }
    /// Of each unit the version that fits best, and of those the newest. Former units come after those in being.
    fn units(&self) -> SelectStatement {
        use unit_version::{Column as C, Entity};
        let col = |column: C| Expr::col((Entity, column));
        let mut versions = self.among(SearchType::AdministrativeUnit, territory::visible(self.op), C::Id, C::Search);
        let mut best = WindowStatement::partition_by((Entity, C::UnitId));
        best.order_by_expr(fit(&col(C::Search), self.folded), Order::Asc).order_by((Entity, C::Id), Order::Desc);
        versions
            .expr_window_as(Func::cust(Alias::new("ROW_NUMBER")), best, Alias::new(SAME))
            .expr_as(CaseStatement::new().case(territory::in_being(self.op.today()), 0).finally(1), Alias::new("over"));
        let mut units = Query::select();
        units
            .column(Alias::new(KIND))
            .column(Alias::new(ID))
            .column(Alias::new(FIT))
            .expr_as(Expr::col(Alias::new("over")), Alias::new(ENDED))
            .column(Alias::new(TEXTS))
            .from_subquery(versions, Alias::new("versions"))
            .and_where(Expr::col(Alias::new(SAME)).eq(1));
        units
    }
    fn kind(&self, kind: SearchType) -> SelectStatement {
        let op = self.op;
        match kind {
            SearchType::AdministrativeUnit => self.units(),
            SearchType::Plan => {
                self.among::<plan::Entity>(kind, plans::visible(op), plan::Column::Id, plan::Column::Search)
            }
            SearchType::LegalDocument => self.among::<legal_document::Entity>(
                kind,
                citation::visible(op),
                legal_document::Column::Id,
                legal_document::Column::Search,
            ),
            SearchType::Indicator => self.among::<indicator::Entity>(
                kind,
                indicators::visible(op),
                indicator::Column::Id,
                indicator::Column::Search,
            ),
            SearchType::InformationSystem => self.among::<information_system::Entity>(
                kind,
                sharing::visible_systems(op),
                information_system::Column::Id,
                information_system::Column::Search,
            ),
            SearchType::DataLink => self.among::<data_link::Entity>(
                kind,
                sharing::visible_links(op),
                data_link::Column::Id,
                data_link::Column::Search,
            ),
            SearchType::Agency => {
                self.among::<agency::Entity>(kind, agencies::visible(op), agency::Column::Id, agency::Column::Search)
            }
        }
    }
}

/// What has a text in it, best first: by its fit, then by kind; what is over comes after what is; the shorter texts first.
pub async fn find(op: &Op, text: &str, among: &[SearchType], most: u64) -> Result<Vec<Hit>> {
    let folded = fold(text);
    let sought = Sought { op, folded: &folded };
    let mut kinds: Vec<SearchType> = SearchType::iter().filter(|kind| among.contains(kind)).collect();
    let Some(first) = kinds.pop().filter(|_| !folded.is_empty()) else { return Ok(vec![]) };
    let mut found = sought.kind(first);
    for kind in kinds {
        found.union(UnionType::All, sought.kind(kind));
    }
    let mut best = Query::select();
    best.columns([KIND, ID, FIT].map(Alias::new)).from_subquery(found, Alias::new("found"));
    best.order_by(Alias::new(FIT), Order::Asc)
        .order_by(Alias::new(KIND), Order::Asc)
        .order_by(Alias::new(ENDED), Order::Asc);
    best.order_by_expr(Func::char_length(Expr::col(Alias::new(TEXTS))).into(), Order::Asc);
    best.order_by(Alias::new(TEXTS), Order::Asc).order_by(Alias::new(ID), Order::Asc).limit(most);
    let hit = |row: &QueryResult| {
        let (kind, id, fit) =
            (row.try_get_by_index::<i32>(0)?, row.try_get_by_index(1)?, row.try_get_by_index::<i32>(2)?);
        let kind = SearchType::iter().find(|k| number(*k as usize) == kind);
        let fit = usize::try_from(fit).ok().and_then(|n| Fit::ALL.get(n));
        let (kind, fit) = kind.zip(fit).ok_or_else(|| Broken::new("a hit of no kind"))?;
        Ok(Hit { fit: *fit, record: NodeRef { of: of(kind).into(), id } })
    };
    op.rows(&best).await?.iter().map(hit).collect()
}

/// The name of the type in the schema.
fn of(kind: SearchType) -> &'static str {
    match kind {
        SearchType::AdministrativeUnit => unit_version::Entity::NAME,
        SearchType::Plan => plan::Entity::NAME,
        SearchType::LegalDocument => legal_document::Entity::NAME,
        SearchType::Indicator => indicator::Entity::NAME,
        SearchType::InformationSystem => information_system::Entity::NAME,
        SearchType::DataLink => data_link::Entity::NAME,
        SearchType::Agency => agency::Entity::NAME,
    }
}
