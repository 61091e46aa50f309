//! What stands near observations that are written: what they are compared with. Each look-up is one search of an index and ends
//! after a fixed number of rows; only the columns that are compared are read.

use std::collections::HashMap;

use super::{
    figures::{near, stands},
    visible_in_own_right,
};
use crate::{
    indicator::findings::{NEAR, Neighbours, Peer, is_telling},
    kernel::{
        db::Cell,
        error::{Broken, Result},
        object::Col,
        op::Op,
        reader::Reader,
    },
};
use entity::{
    ids::{IndicatorId, ObservationId, UnitId},
    kinds::{ObservationStatus, SharingClass},
    observation::{self, Column as C},
    time::Period,
};
use sea_orm::{
    ActiveEnum, QueryResult, QueryTrait,
    sea_query::{Expr, ExprTrait, Order, SelectStatement},
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

/// A search of what stands, for what is compared.
fn first(which: impl IntoIterator<Item = Expr>, order: &[(C, Order)], most: usize) -> SelectStatement {
    let mut query = stands(which);
    query.exprs(COMPARED.iter().chain(&TELLING).map(|column| near(*column)));
    for (column, order) in order {
        query.order_by_expr(near(*column), order.clone());
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
    let record = |(n, row): (usize, &&observation::Model)| {
        let (indicator, area) = (Cell::Int(row.indicator_id.0), Cell::Int(row.area_id.0));
        vec![number(n), indicator, area, Cell::Text(row.dimension.clone()), Cell::Day(row.period_end)]
    };
    let records: Vec<_> = of.iter().enumerate().map(record).collect();
    let query = op.row_for_each(&records, |value| {
        let side = |before: bool| {
            let (side, order, most) = match before {
                true => (near(C::PeriodEnd).lt(value(4)), Order::Desc, NEAR),
                false => (near(C::PeriodEnd).gte(value(4)), Order::Asc, NEAR + 1),
            };
            let which = same(&[(C::IndicatorId, 1), (C::AreaId, 2), (C::Dimension, 3)], value).into_iter();
            let order = [C::PeriodEnd, C::PeriodStart].map(|column| (column, order.clone()));
            seen(op, published, first(which.chain([side]), &order, most))
        };
        vec![value(0), side(true), side(false)]
    });
    both_sides(reader, &query, found, |found| &mut found.series).await
}

async fn totals(
    op: &Op,
    reader: &impl Reader,
    of: &[&observation::Model],
    published: bool,
    found: &mut [Neighbours],
) -> Result<()> {
    let record = |(n, row): (usize, &&observation::Model)| {
        let (scope, total) = (row.scope_key.clone()?, row.denominator?);
        let period = Cell::Text(row.period.to_string());
        Some(vec![number(n), Cell::Int(row.area_id.0), period, Cell::Text(scope), Cell::Double(total)])
    };
    let records: Vec<_> = of.iter().enumerate().filter_map(record).collect();
    if records.is_empty() {
        return Ok(());
    }
    let query = op.row_for_each(&records, |value| {
        let side = |below: bool| {
            let (side, order) = match below {
                true => (near(C::Denominator).lt(value(4)), Order::Desc),
                false => (near(C::Denominator).gt(value(4)), Order::Asc),
            };
            let which = same(&[(C::AreaId, 1), (C::Period, 2), (C::ScopeKey, 3)], value).into_iter();
            // Said, so that the index of totals serves it.
            let which = which.chain([near(C::Denominator).is_not_null(), side]);
            seen(op, published, first(which, &[(C::Denominator, order)], NEAR))
        };
        vec![value(0), side(true), side(false)]
    });
    both_sides(reader, &query, found, |found| &mut found.totals).await
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
    let record = |(n, (indicator, area, period)): (usize, &(IndicatorId, UnitId, &Period))| {
        vec![number(n), Cell::Int(indicator.0), Cell::Int(area.0), Cell::Text(period.to_string())]
    };
    let records: Vec<_> = keys.iter().enumerate().map(record).collect();
    let query = op.row_for_each(&records, |value| {
        let which = same(&[(C::IndicatorId, 1), (C::AreaId, 2), (C::Period, 3)], value);
        vec![value(0), seen(op, published, first(which, &[(C::Dimension, Order::Asc)], 2 * NEAR))]
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

/// Reads what a statement finds on both sides of each record.
async fn both_sides(
    reader: &impl Reader,
    query: &SelectStatement,
    found: &mut [Neighbours],
    of: impl Fn(&mut Neighbours) -> &mut Vec<Peer>,
) -> Result<()> {
    for row in reader.rows(query).await? {
        let Some(found) = found.get_mut(place(&row)?) else { continue };
        *of(found) = peers(&row, 1)?;
        of(found).extend(peers(&row, 2)?);
    }
    Ok(())
}

/// The place of a record, as its first value.
fn number(place: usize) -> Cell {
    Cell::Int(i64::try_from(place).unwrap_or(i64::MAX))
}

/// Which record a row is for.
fn place(row: &QueryResult) -> Result<usize> {
    Ok(usize::try_from(row.try_get_by_index::<i64>(0)?).map_err(Broken::new)?)
}
