//! What stands near observations that are written: what they are compared with. Each look-up is one search of an index and ends
//! after a fixed number of rows; only the columns that are compared are read.

use std::collections::HashMap;

use entity::{
    ids::{IndicatorId, ObservationId, UnitId},
    kinds::{ObservationStatus, SharingClass},
    observation::{self, Column as C},
    time::Period,
};
use sea_orm::{
    ActiveEnum, QueryResult, QueryTrait,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};
use serde_json::{Value, json};

use super::visible_in_own_right;
use crate::{
    indicator::findings::{NEAR, Neighbours, Peer, is_telling},
    kernel::{
        db::Typed,
        error::{Broken, Result},
        object::Col,
        op::Op,
        reader::Reader,
    },
};

/// The columns of a [`Peer`], in the order of [`Columns`].
const COMPARED: [C; 11] = [
    C::Id,
    C::Period,
    C::Value,
    C::Numerator,
    C::Denominator,
    C::RankOf,
    C::Dimension,
    C::ScopeText,
    C::MethodologyVersion,
    C::Status,
    C::Sharing,
];

/// What tells whether an observation is compared with.
const TELLING: [C; 4] = [C::AreaId, C::PublishedAt, C::RecordedBy, C::WithdrawnAt];

/// The values of [`COMPARED`], column by column.
#[derive(serde::Deserialize)]
struct Columns(
    Vec<i64>,
    Vec<Period>,
    Vec<Option<f64>>,
    Vec<Option<f64>>,
    Vec<Option<f64>>,
    Vec<Option<i32>>,
    Vec<String>,
    Vec<Option<String>>,
    Vec<i32>,
    Vec<ObservationStatus>,
    Vec<SharingClass>,
);

impl Columns {
    fn peers(self) -> Vec<Peer> {
        let mut periods = self.1.into_iter();
        let mut values = self.2.into_iter();
        let mut numerators = self.3.into_iter();
        let mut denominators = self.4.into_iter();
        let mut ranks = self.5.into_iter();
        let mut dimensions = self.6.into_iter();
        let mut scopes = self.7.into_iter();
        let mut versions = self.8.into_iter();
        let mut statuses = self.9.into_iter();
        let mut classes = self.10.into_iter();
        let peer = |id| {
            let period = periods.next()?;
            let span = period.span()?;
            Some(Peer {
                id: ObservationId(id),
                period,
                period_start: span.start,
                period_end: span.end,
                value: values.next()?,
                numerator: numerators.next()?,
                denominator: denominators.next()?,
                rank_of: ranks.next()?,
                dimension: dimensions.next()?,
                scope_text: scopes.next()?,
                methodology_version: versions.next()?,
                status: statuses.next()?,
                sharing: classes.next()?,
            })
        };
        self.0.into_iter().map_while(peer).collect()
    }
}

/// The peers in a column of a row.
fn peers(row: &QueryResult, at: usize) -> Result<Vec<Peer>> {
    let lists: Option<String> = row.try_get_by_index(at)?;
    let columns = lists.map(|lists| serde_json::from_str::<Columns>(&lists)).transpose().map_err(Broken::new)?;
    Ok(columns.map(Columns::peers).unwrap_or_default())
}

/// The name under which rows near others are looked for.
const FOUND: &str = "near";

fn near(column: C) -> Expr {
    Expr::col((Alias::new(FOUND), column))
}

/// A search of what stands, for what is compared.
fn stands(which: impl IntoIterator<Item = Expr>, order: &[(C, Order)], most: usize) -> SelectStatement {
    let mut query = Query::select();
    query.exprs(COMPARED.iter().chain(&TELLING).map(|column| near(*column)));
    query.from_as(observation::Entity, Alias::new(FOUND)).and_where(near(C::SupersededAt).is_null());
    for condition in which {
        query.and_where(condition);
    }
    for (column, order) in order {
        query.order_by((Alias::new(FOUND), *column), order.clone());
    }
    query.limit(most as u64);
    query
}

/// What a search finds, as far as the caller sees it without a grant (what is found in an observation tells of nothing that is read
/// under one) and, where findings are for everybody, as far as it is public.
fn seen(op: &Op, published: bool, search: SelectStatement) -> Expr {
    let own = |column: C| Expr::col((observation::Entity, column));
    let mut query = visible_in_own_right(op).into_query();
    query.clear_selects().from_clear().from_subquery(search, observation::Entity);
    query.expr(op.lists(&COMPARED.map(Col::of))).and_where(own(C::WithdrawnAt).is_null());
    if published {
        query.and_where(own(C::PublishedAt).is_not_null()).and_where(own(C::Sharing).eq(SharingClass::Open.to_value()));
    }
    Expr::SubQuery(None, Box::new(query.into()))
}

/// What stands near some observations, for each of them: of its series at most [`NEAR`] periods before and after, of its period at most
/// twice as many other dimensions, of its scope at most [`NEAR`] other totals below and above. Never more, however much stands.
pub async fn near_to(
    op: &Op,
    reader: &impl Reader,
    of: &[&observation::Model],
    published: bool,
) -> Result<Vec<Neighbours>> {
    if of.is_empty() {
        return Ok(vec![]);
    }
    let mut found: Vec<Neighbours> = of.iter().map(|_| Neighbours::default()).collect();
    series(op, reader, of, published, &mut found).await?;
    totals(op, reader, of, published, &mut found).await?;
    dimensions(op, reader, of, published, &mut found).await?;
    Ok(found)
}

fn same(columns: &[(C, usize)], value: &dyn Fn(usize) -> Expr) -> Vec<Expr> {
    columns.iter().map(|(column, n)| near(*column).eq(value(*n))).collect()
}

async fn series(
    op: &Op,
    reader: &impl Reader,
    of: &[&observation::Model],
    published: bool,
    found: &mut [Neighbours],
) -> Result<()> {
    let record = |(n, row): (usize, &&observation::Model)| -> Vec<Value> {
        vec![json!(n), json!(row.indicator_id.0), json!(row.area_id.0), json!(row.dimension), json!(row.period_end)]
    };
    let types = [Typed::Int, Typed::Int, Typed::Int, Typed::Text, Typed::Day];
    let query = op.row_for_each(&types, of.iter().enumerate().map(record).collect(), |value| {
        let side = |before: bool| {
            let (side, order, most) = match before {
                true => (near(C::PeriodEnd).lt(value(4)), Order::Desc, NEAR),
                false => (near(C::PeriodEnd).gte(value(4)), Order::Asc, NEAR + 1),
            };
            let which = same(&[(C::IndicatorId, 1), (C::AreaId, 2), (C::Dimension, 3)], value).into_iter();
            let order = [C::PeriodEnd, C::PeriodStart].map(|column| (column, order.clone()));
            seen(op, published, stands(which.chain([side]), &order, most))
        };
        vec![value(0), side(true), side(false)]
    });
    for row in reader.rows(&query).await? {
        let Some(found) = found.get_mut(place(&row)?) else { continue };
        found.series = peers(&row, 1)?;
        found.series.extend(peers(&row, 2)?);
    }
    Ok(())
}

async fn totals(
    op: &Op,
    reader: &impl Reader,
    of: &[&observation::Model],
    published: bool,
    found: &mut [Neighbours],
) -> Result<()> {
    let record = |(n, row): (usize, &&observation::Model)| -> Option<Vec<Value>> {
        let (scope, total) = (row.scope_key.as_deref()?, row.denominator?);
        Some(vec![json!(n), json!(row.area_id.0), json!(row.period), json!(scope), json!(total)])
    };
    let records: Vec<_> = of.iter().enumerate().filter_map(record).collect();
    if records.is_empty() {
        return Ok(());
    }
    let types = [Typed::Int, Typed::Int, Typed::Text, Typed::Text, Typed::Double];
    let query = op.row_for_each(&types, records, |value| {
        let side = |below: bool| {
            let (side, order) = match below {
                true => (near(C::Denominator).lt(value(4)), Order::Desc),
                false => (near(C::Denominator).gt(value(4)), Order::Asc),
            };
            let which = same(&[(C::AreaId, 1), (C::Period, 2), (C::ScopeKey, 3)], value).into_iter();
            // Said, so that the index of totals serves it.
            let which = which.chain([near(C::Denominator).is_not_null(), side]);
            seen(op, published, stands(which, &[(C::Denominator, order)], NEAR))
        };
        vec![value(0), side(true), side(false)]
    });
    for row in reader.rows(&query).await? {
        let Some(found) = found.get_mut(place(&row)?) else { continue };
        found.totals = peers(&row, 1)?;
        found.totals.extend(peers(&row, 2)?);
    }
    Ok(())
}

async fn dimensions(
    op: &Op,
    reader: &impl Reader,
    of: &[&observation::Model],
    published: bool,
    found: &mut [Neighbours],
) -> Result<()> {
    // Many dimensions of one period have the same others.
    let mut periods: HashMap<(IndicatorId, UnitId, &Period), Vec<usize>> = HashMap::new();
    for (n, row) in of.iter().enumerate().filter(|(_, row)| is_telling(row.value, row.denominator)) {
        periods.entry((row.indicator_id, row.area_id, &row.period)).or_default().push(n);
    }
    if periods.is_empty() {
        return Ok(());
    }
    let (keys, whose): (Vec<_>, Vec<_>) = periods.into_iter().unzip();
    let record = |(n, (indicator, area, period)): (usize, &(IndicatorId, UnitId, &Period))| -> Vec<Value> {
        vec![json!(n), json!(indicator.0), json!(area.0), json!(period)]
    };
    let types = [Typed::Int, Typed::Int, Typed::Int, Typed::Text];
    let query = op.row_for_each(&types, keys.iter().enumerate().map(record).collect(), |value| {
        let which = same(&[(C::IndicatorId, 1), (C::AreaId, 2), (C::Period, 3)], value);
        vec![value(0), seen(op, published, stands(which, &[(C::Dimension, Order::Asc)], 2 * NEAR))]
    });
    for row in reader.rows(&query).await? {
        let others = peers(&row, 1)?;
        for n in whose.get(place(&row)?).into_iter().flatten() {
            let (Some(found), Some(own)) = (found.get_mut(*n), of.get(*n)) else { continue };
            found.dimensions = others.iter().filter(|other| other.value == own.value).cloned().collect();
        }
    }
    Ok(())
}

/// Which record a row is for.
fn place(row: &QueryResult) -> Result<usize> {
    Ok(usize::try_from(row.try_get_by_index::<i64>(0)?).map_err(Broken::new)?)
}
