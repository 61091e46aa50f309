//! Fetching: breadth first, one statement for each level, whatever the number of rows. The keys of all parents go as one
//! parameter; sibling levels are fetched at the same time.

use std::collections::HashMap;

use async_graphql::futures_util::future::{BoxFuture, join_all};
use chrono::NaiveDate;
use sea_orm::{
    Condition, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, JoinType, Order as Dir, SelectStatement},
};

use super::{
    Col, Key, KeyKind,
    declare::{Kind, Link, Made},
    plan::{Child, Get, Level, PageSpec, Pick},
};
use crate::kernel::{
    db::{self, PARENT},
    error::{Broken, Result},
    op::Op,
    page::Order,
};

/// The rows of a level.
pub enum Set {
    /// From the database.
    Rows(Vec<QueryResult>),
    /// Computed.
    Made(Vec<Made>),
}

impl Set {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Set::Rows(rows) => rows.len(),
            Set::Made(values) => values.len(),
        }
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The rows of a level and of all below it.
pub(super) struct Rows {
    pub set: Set,
    pub children: Vec<Result<Kids>>,
}

/// The rows of a child level, and which of them belong to which parent.
pub(super) struct Kids {
    pub rows: Rows,
    /// By the parent's number. Into `order` where there is one, else into the rows.
    pub spans: Vec<Span>,
    pub order: Option<Vec<usize>>,
    /// By the parent's number, where a total was asked for.
    pub totals: Vec<i64>,
}

/// Some rows that follow each other, and whether more lie before or after them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub from: usize,
    pub to: usize,
    pub before: bool,
    pub after: bool,
}

impl Kids {
    /// The row at a place of a span.
    pub fn row(&self, at: usize) -> usize {
        match &self.order {
            Some(order) => order.get(at).copied().unwrap_or(at),
            None => at,
        }
    }
}

/// Fetches a level whose rows a statement selects, and everything below.
pub(super) async fn level(op: &Op, level: &Level, mut query: SelectStatement) -> Result<Rows> {
    select(&mut query, level);
    below(op, level, Set::Rows(op.rows(&query).await?)).await
}

/// Fetches everything below some rows.
pub(super) fn below<'a>(op: &'a Op, level: &'a Level, set: Set) -> BoxFuture<'a, Result<Rows>> {
    Box::pin(async move {
        if let (Set::Rows(rows), Some(at), Some(watch)) = (&set, &level.watched, &level.object.watch) {
            (watch.note)(op, rows, at)?;
        }
        let children = join_all(level.children.iter().map(|c| kids(op, c, &set))).await;
        Ok(Rows { set, children })
    })
}

/// Fetches a page that hangs on no parent: one span.
pub(super) async fn page(op: &Op, level: &Level, spec: &PageSpec, mut base: SelectStatement) -> Result<Kids> {
    let totals = if spec.total {
        let mut count = base.clone();
        count.cond_where(spec.condition.clone()).expr(Func::count(Expr::col(level.object.key.column())));
        if let Some(before) = spec.counted_before {
            count.and_where(Expr::col(level.object.key.column()).lt(before));
        }
        let rows = op.rows(&count).await?;
        vec![rows.first().map(|r| r.try_get_by_index::<i64>(0)).transpose()?.unwrap_or(0)]
    } else {
        vec![]
    };
    let mut rows = vec![];
    if spec.rows {
        let (sorting, limit) = (spec.paging.sorting(&spec.order, level.object.key), spec.paging.limit + 1);
        let mut query = base.clone();
        base.cond_where(spec.between.clone());
        match &spec.parts {
            Some(parts) => query.and_where(op.db().first_of_parts(base, parts, level.object.key, limit, &sorting)),
            None => query.cond_where(spec.between.clone()).cond_where(spec.condition.clone()),
        };
        select(&mut query, level);
        db::sort(&mut query, &sorting);
        query.limit(limit);
        rows = op.rows(&query).await?;
    }
    let mut spans = vec![trim(&mut rows, Span { to: usize::MAX, ..Span::default() }, spec)];
    let_go(&mut rows, &mut spans);
    Ok(Kids { rows: below(op, level, Set::Rows(rows)).await?, spans, order: None, totals })
}

/// The columns of a level, as `c0`, `c1`, …, and the joins that they need.
fn select(query: &mut SelectStatement, level: &Level) {
    for (n, col) in level.cols.iter().enumerate() {
        query.expr_as(Expr::col(col.column()), Alias::new(format!("c{n}")));
    }
    for join in &level.joins {
        let on = Expr::col(join.mine.column()).equals((Alias::new(join.theirs.table), Alias::new(join.theirs.name)));
        query.join(JoinType::LeftJoin, Alias::new(join.table), on);
    }
}

/// Fits the rows of a span, of which one more than the page was fetched, to the page: the extra row goes, and rows that came
/// last first are turned.
fn trim(rows: &mut [QueryResult], span: Span, spec: &PageSpec) -> Span {
    let limit = usize::try_from(spec.paging.limit).unwrap_or(usize::MAX);
    let to = span.to.min(rows.len());
    let more = to - span.from > limit;
    if spec.paging.backward {
        if let Some(turned) = rows.get_mut(span.from..to) {
            turned.reverse();
        }
        let from = if more { to - limit } else { span.from };
        Span { from, to, before: more, after: spec.paging.ends_before() }
    } else {
        let to = if more { span.from + limit } else { to };
        Span { from: span.from, to, before: spec.paging.starts_after(), after: more }
    }
}

/// Lets go of the rows that are on no page, so that nothing is fetched below them.
fn let_go(rows: &mut Vec<QueryResult>, spans: &mut [Span]) {
    let mut on_page = vec![false; rows.len()];
    for span in spans.iter() {
        if let Some(page) = on_page.get_mut(span.from..span.to) {
            page.fill(true);
        }
    }
    let (mut kept, mut place) = (0, Vec::with_capacity(on_page.len()));
    for on in &on_page {
        place.push(kept);
        kept += usize::from(*on);
    }
    let mut on_page = on_page.into_iter();
    rows.retain(|_| on_page.next().unwrap_or(true));
    for span in spans {
        let count = span.to - span.from;
        span.from = place.get(span.from).copied().unwrap_or(kept);
        span.to = span.from + count;
    }
}

async fn kids(op: &Op, child: &Child, parents: &Set) -> Result<Kids> {
    let of_parent = (0..parents.len()).map(|n| child.keys.of(parents, n)).collect::<Result<Vec<_>>>()?;
    let mut keys: Vec<Key> = of_parent.iter().flatten().cloned().collect();
    keys.sort_unstable();
    keys.dedup();
    let none = || Kids {
        rows: Rows { set: Set::Rows(vec![]), children: vec![] },
        spans: vec![Span::default(); parents.len()],
        order: None,
        totals: vec![0; parents.len()],
    };
    match &child.get {
        Get::Inside(get) => {
            let (mut values, mut spans): (Vec<Made>, _) = (vec![], vec![]);
            if let Set::Made(parents) = parents {
                for parent in parents {
                    let from = values.len();
                    values.extend(get(parent));
                    spans.push(Span { from, to: values.len(), ..Span::default() });
                }
            }
            Ok(Kids { rows: below(op, &child.level, Set::Made(values)).await?, spans, order: None, totals: vec![] })
        }
        _ if keys.is_empty() => Ok(none()),
        Get::Computed { field, given, fields } => {
            let Kind::Computed { load, .. } = &field.kind else {
                return Err(Broken::new("a field that is not computed").into());
            };
            let mut loaded = load(op, keys, given, fields).await?;
            let (mut values, mut at) = (vec![], HashMap::new());
            let mut spans = vec![];
            for key in of_parent.into_iter().map(|keys| keys.into_iter().next()) {
                let span = match key {
                    None => Span::default(),
                    Some(key) => *at.entry(key.clone()).or_insert_with(|| {
                        let from = values.len();
                        values.extend(loaded.remove(&key).unwrap_or_default());
                        Span { from, to: values.len(), ..Span::default() }
                    }),
                };
                spans.push(span);
            }
            Ok(Kids { rows: below(op, &child.level, Set::Made(values)).await?, spans, order: None, totals: vec![] })
        }
        Get::One { by, kind, pick } => one(op, child, parents, &of_parent, &keys, *by, *kind, pick.as_ref()).await,
        Get::Named => named(op, child, &of_parent, &keys).await,
        Get::Found { field, given } => {
            let Kind::Found { find, .. } = &field.kind else {
                return Err(Broken::new("a field that is not found").into());
            };
            let found = find(op, keys, given).await?;
            let of_parent: Vec<Vec<Key>> = of_parent
                .iter()
                .map(|from| from.first().and_then(|key| found.get(key)).cloned().unwrap_or_default())
                .collect();
            let mut keys: Vec<Key> = of_parent.iter().flatten().cloned().collect();
            keys.sort_unstable();
            keys.dedup();
            if keys.is_empty() { Ok(none()) } else { named(op, child, &of_parent, &keys).await }
        }
        Get::List { link, order } => {
            let (base, col, kind) = linked(op, &child.level, link);
            let found = all_of(op, &child.level, base, col, kind, &keys, order).await?;
            let spans = spans(&of_parent, &found.keys);
            Ok(Kids { rows: below(op, &child.level, Set::Rows(found.rows)).await?, spans, order: None, totals: vec![] })
        }
        Get::Page(spec) => {
            let Some(link) = &spec.link else {
                return Err(Broken::new("a page below a row without a link to it").into());
            };
            pages(op, child, spec, link, &of_parent, &keys).await
        }
    }
}

/// Rows and, one for one, whose they are.
struct Found {
    rows: Vec<QueryResult>,
    keys: Vec<Key>,
}

impl Found {
    async fn read(op: &Op, query: &SelectStatement, at: usize, kind: KeyKind) -> Result<Found> {
        let rows = op.rows(query).await?;
        let missing = || Broken::new("a row that belongs to nobody");
        let keys =
            rows.iter().map(|row| Ok(Key::read(row, at, kind)?.ok_or_else(missing)?)).collect::<Result<Vec<_>>>()?;
        Ok(Found { rows, keys })
    }
}

fn visible(op: &Op, level: &Level) -> SelectStatement {
    (level.object.visible)(op)
}

/// The rows whose column is among some keys.
async fn keyed(op: &Op, level: &Level, by: Col, kind: KeyKind, keys: &[Key]) -> Result<Found> {
    let mut query = visible(op, level);
    select(&mut query, level);
    query.expr_as(Expr::col(by.column()), Alias::new(PARENT)).and_where(op.db().among(by, keys));
    Found::read(op, &query, level.cols.len(), kind).await
}

/// The rows that each parent names, in its order.
async fn named(op: &Op, child: &Child, of_parent: &[Vec<Key>], keys: &[Key]) -> Result<Kids> {
    let object = child.level.object;
    let found = keyed(op, &child.level, object.key, object.key_kind, keys).await?;
    let place: HashMap<&Key, usize> = found.keys.iter().enumerate().map(|(n, k)| (k, n)).collect();
    let (mut order, mut spans) = (vec![], vec![]);
    for keys in of_parent {
        let from = order.len();
        order.extend(keys.iter().filter_map(|k| place.get(k)).copied());
        spans.push(Span { from, to: order.len(), ..Span::default() });
    }
    let rows = below(op, &child.level, Set::Rows(found.rows)).await?;
    Ok(Kids { rows, spans, order: Some(order), totals: vec![] })
}

#[allow(clippy::too_many_arguments)] // one call, and each is needed
async fn one(
    op: &Op,
    child: &Child,
    parents: &Set,
    of_parent: &[Vec<Key>],
    keys: &[Key],
    by: Col,
    kind: KeyKind,
    pick: Option<&Pick>,
) -> Result<Kids> {
    let found = keyed(op, &child.level, by, kind, keys).await?;
    let mut place: HashMap<&Key, Vec<usize>> = HashMap::new();
    for (n, key) in found.keys.iter().enumerate() {
        place.entry(key).or_default().push(n);
    }
    let mut spans = Vec::with_capacity(of_parent.len());
    for (n, keys) in of_parent.iter().enumerate() {
        let candidates = keys.first().and_then(|k| place.get(k)).map(Vec::as_slice).unwrap_or_default();
        let row = match pick {
            None => candidates.first().copied(),
            Some(pick) => version(op, pick, parents, n, &found.rows, candidates)?,
        };
        spans.push(row.map(|at| Span { from: at, to: at + 1, ..Span::default() }).unwrap_or_default());
    }
    Ok(Kids { rows: below(op, &child.level, Set::Rows(found.rows)).await?, spans, order: None, totals: vec![] })
}

/// Of several versions the one of a day: the last that had begun by then, else the first.
fn version(
    op: &Op,
    pick: &Pick,
    parents: &Set,
    parent: usize,
    rows: &[QueryResult],
    candidates: &[usize],
) -> Result<Option<usize>> {
    let day = match (pick.day, parents) {
        (Some(at), Set::Rows(parents)) => match parents.get(parent) {
            Some(row) => row.try_get_by_index::<Option<NaiveDate>>(at)?,
            None => None,
        },
        _ => None,
    }
    .unwrap_or_else(|| op.today());
    let mut best: Option<(Option<NaiveDate>, usize)> = None;
    let mut first: Option<(Option<NaiveDate>, usize)> = None;
    for at in candidates {
        let Some(row) = rows.get(*at) else { continue };
        let from = row.try_get_by_index::<Option<NaiveDate>>(pick.from)?;
        if from.is_none_or(|from| from <= day) && best.is_none_or(|(f, _)| f <= from) {
            best = Some((from, *at));
        }
        if first.is_none_or(|(f, _)| from < f) {
            first = Some((from, *at));
        }
    }
    Ok(best.or(first).map(|(_, at)| at))
}

/// The visible rows of a level, joined with what links them to their parents, and the column that names the parent.
fn linked(op: &Op, level: &Level, link: &Link) -> (SelectStatement, Col, KeyKind) {
    let mut query = visible(op, level);
    match link {
        Link::Column(col, kind) => (query, *col, *kind),
        Link::Through(pairs, to) => {
            let via = Alias::new("via");
            let on = Expr::col(to.column()).equals((via.clone(), Alias::new("child")));
            query.join_subquery(JoinType::InnerJoin, (**pairs).clone(), via, on);
            (query, Col { table: "via", name: "parent" }, KeyKind::Int)
        }
    }
}

async fn all_of(
    op: &Op,
    level: &Level,
    mut query: SelectStatement,
    link: Col,
    kind: KeyKind,
    keys: &[Key],
    order: &Order,
) -> Result<Found> {
    select(&mut query, level);
    query.expr_as(Expr::col(link.column()), Alias::new(PARENT)).and_where(op.db().among(link, keys));
    query.order_by(Alias::new(PARENT), Dir::Asc);
    db::sort(&mut query, &order.sorting(level.object.key));
    Found::read(op, &query, level.cols.len(), kind).await
}

/// Where each parent's rows are, among rows in which each parent's lie together.
fn spans(of_parent: &[Vec<Key>], keys: &[Key]) -> Vec<Span> {
    let mut at: HashMap<&Key, Span> = HashMap::new();
    for (n, key) in keys.iter().enumerate() {
        at.entry(key).or_insert(Span { from: n, to: n, ..Span::default() }).to = n + 1;
    }
    of_parent.iter().map(|keys| keys.first().and_then(|k| at.get(k)).copied().unwrap_or_default()).collect()
}

async fn pages(
    op: &Op,
    child: &Child,
    spec: &PageSpec,
    link: &Link,
    of_parent: &[Vec<Key>],
    keys: &[Key],
) -> Result<Kids> {
    let level = &child.level;
    let (mut base, col, kind) = linked(op, level, link);
    base.cond_where(spec.condition.clone());
    let mut found = Found { rows: vec![], keys: vec![] };
    if spec.rows {
        let mut query = base.clone();
        select(&mut query, level);
        query.cond_where(spec.between.clone());
        let sorting = spec.paging.sorting(&spec.order, level.object.key);
        let query = op.db().first_of_each(query, level.cols.len(), col, keys, spec.paging.limit + 1, &sorting);
        found = Found::read(op, &query, level.cols.len(), kind).await?;
    }
    let mut trimmed: HashMap<(usize, usize), Span> = HashMap::new();
    let mut spans: Vec<Span> = spans(of_parent, &found.keys)
        .into_iter()
        .map(|span| *trimmed.entry((span.from, span.to)).or_insert_with(|| trim(&mut found.rows, span, spec)))
        .collect();
    let_go(&mut found.rows, &mut spans);
    let totals = if spec.total { totals(op, level, base, col, kind, of_parent, keys).await? } else { vec![] };
    Ok(Kids { rows: below(op, level, Set::Rows(found.rows)).await?, spans, order: None, totals })
}

async fn totals(
    op: &Op,
    level: &Level,
    mut query: SelectStatement,
    link: Col,
    kind: KeyKind,
    of_parent: &[Vec<Key>],
    keys: &[Key],
) -> Result<Vec<i64>> {
    query
        .expr(Func::count(Expr::col(level.object.key.column())))
        .expr_as(Expr::col(link.column()), Alias::new(PARENT))
        .cond_where(Condition::all().add(op.db().among(link, keys)))
        .add_group_by([Expr::col(link.column())]);
    let found = Found::read(op, &query, 1, kind).await?;
    let mut counts = HashMap::new();
    for (row, key) in found.rows.iter().zip(&found.keys) {
        counts.insert(key, row.try_get_by_index::<i64>(0)?);
    }
    Ok(of_parent.iter().map(|keys| keys.first().and_then(|k| counts.get(k)).copied().unwrap_or(0)).collect())
}
