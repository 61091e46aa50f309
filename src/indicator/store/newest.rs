//! The newest figures: of each series, of each indicator.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{indicator, observation, observation_series, time::Period, unit_lineage};
use sea_orm::{
    ColumnTrait, Condition, IdenStatic, QueryFilter, QueryOrder,
    sea_query::{Alias, Expr, ExprTrait, Order as Dir, Query, SelectStatement, SubQueryStatement},
};

use super::{coded, is_published, its, seen, visible_observations};
use crate::{
    indicator::input::Input,
    kernel::{
        error::Result,
        object::{Col, Key},
        op::Op,
    },
    territory,
};

/// The name under which rows of figures are compared with others of their series.
pub(super) const NEWEST: &str = "newest";

/// Something of the newest revision of a series that the caller sees, of those that hold a condition; null where there is none.
/// One probe of an index for each series, however long it is.
pub(super) fn newest_of(op: &Op, what: Expr, which: Condition) -> Expr {
    use observation::Column as C;
    let same = |column: C| its(NEWEST, column).equals((observation_series::Entity, column));
    let newest = newest_first(
        Query::select()
            .expr(what)
            .from_as(observation::Entity, Alias::new(NEWEST))
            .and_where(same(C::IndicatorId))
            .and_where(same(C::AreaId))
            .and_where(same(C::Dimension))
            .cond_where(seen(op, NEWEST))
            .cond_where(which),
    );
    Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(newest)))
}

/// The newest published figure of each indicator, dimension and unit, for some units: theirs, or also those of the units that
/// became part of them. Of these indicators only, if some are named.
pub async fn newest(
    op: &Op,
    units: &[i64],
    include_predecessors: bool,
    codes: Option<&Vec<String>>,
) -> Result<HashMap<i64, Vec<i64>>> {
    use observation::Column as C;
    use observation_series::Column as S;
    let (all, lineage) = (observation_series::Entity, unit_lineage::Entity);
    let newest = newest_of(op, its(NEWEST, C::Id), is_published(NEWEST, None));
    let of = unit_lineage::Column::UnitId;
    let ancestor = Expr::col((lineage, unit_lineage::Column::AncestorId));
    let asked = codes.map(|codes| Expr::col((all, S::IndicatorId)).in_subquery(coded(op, codes)));
    let mut query = Query::select();
    query
        .column((lineage, of))
        .expr(newest)
        .from(lineage)
        .inner_join(all, ancestor.clone().equals((all, S::AreaId)))
        .and_where(op.among(of, units.iter().copied().map(Key::Int)))
        .cond_where(Condition::all().add_option(asked));
    if !include_predecessors {
        query.and_where(ancestor.equals((lineage, of)));
    }
    for column in [S::IndicatorId, S::AreaId, S::Dimension] {
        query.order_by((all, column), Dir::Asc);
    }
    let mut found: HashMap<i64, Vec<i64>> = HashMap::new();
    for row in op.rows(&query).await? {
        if let Some(newest) = row.try_get_by_index(1)? {
            found.entry(row.try_get_by_index(0)?).or_default().push(newest);
        }
    }
    Ok(found)
}

fn newest_first(query: &mut SelectStatement) -> SelectStatement {
    use observation::Column as C;
    for column in [C::PeriodEnd, C::PeriodStart, C::Id] {
        query.order_by((Alias::new(NEWEST), column), Dir::Desc);
    }
    query.limit(1).to_owned()
}

/// The published figures with a number that provinces have for some indicators in a period: by default, of each indicator, the
/// newest in which any has one. Of the provinces of the map of a day only, if one is named.
pub async fn to_rank(
    op: &Op,
    indicators: &[i64],
    period: Option<&Period>,
    dimension: &str,
    on: Option<NaiveDate>,
) -> Result<Vec<Input>> {
    use observation::Column as C;
    let which = |table| {
        Condition::all()
            .add(seen(op, table))
            .add(is_published(table, None))
            .add(its(table, C::Value).is_not_null())
            .add(its(table, C::Dimension).eq(dimension))
            .add(its(table, C::AreaId).in_subquery(territory::store::provinces(on)))
    };
    let of_these = |column| op.among(column, indicators.iter().copied().map(Key::Int));
    let in_period = match period {
        Some(period) => C::Period.eq(period.clone()),
        None => {
            // Once for each indicator, not for each of its figures.
            let newest = newest_first(
                Query::select()
                    .column((Alias::new(NEWEST), C::Period))
                    .from_as(observation::Entity, Alias::new(NEWEST))
                    .and_where(its(NEWEST, C::IndicatorId).equals((indicator::Entity, indicator::Column::Id)))
                    .cond_where(which(NEWEST)),
            );
            let of_each = Query::select()
                .column((indicator::Entity, indicator::Column::Id))
                .expr(Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(newest))))
                .from(indicator::Entity)
                .and_where(of_these(Col::of(indicator::Column::Id)))
                .to_owned();
            let own = [C::IndicatorId, C::Period].map(|column| Expr::col((observation::Entity, column)));
            Expr::tuple(own).in_subquery(of_each)
        }
    };
    let query = visible_observations(op)
        .filter(of_these(Col::of(C::IndicatorId)))
        .filter(which(observation::Entity.as_str()))
        .filter(in_period)
        .order_by_asc(C::AreaId);
    op.find_part(query).await
}
