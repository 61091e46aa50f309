//! The rows that tell what was read under grants.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    access_grant,
    grant_read::{self, Column as C},
    indicator, unit_version,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait, Select,
    sea_query::{Expr, Query, SelectStatement},
};

use crate::{
    indicator::store as indicators,
    journal::reads::Figures,
    kernel::{
        chain::{FieldEntry, ValueEntry},
        error::{Broken, Result},
        object::{Key, texts},
        op::Op,
        policy::Action,
    },
    sharing::{
        granting,
        store::{agreement::visible_grants, looking},
    },
    territory::store as territory,
};

/// What was read under the grants that the caller sees.
pub fn visible(op: &Op) -> Select<grant_read::Entity> {
    let grants = named(visible_grants(op).into_query());
    grant_read::Entity::find().filter(C::Action.eq(Action::ReadGranted.name())).filter(C::Resource.in_subquery(grants))
}

/// The names of grants in the audit chain.
fn named(mut grants: SelectStatement) -> SelectStatement {
    let name = format!("'{}' || \"access_grant\".\"id\"", granting::PREFIX);
    grants.clear_selects().expr(Expr::cust(name));
    grants
}

/// Reads under some grants.
pub fn under(op: &Op, grants: &[i64]) -> Condition {
    let names = grants.iter().map(|id| Key::Text(granting::name(entity::ids::AccessGrantId(*id))));
    Condition::all().add(op.among(C::Resource, names))
}

/// Reads by some clients.
pub fn by(op: &Op, clients: &[String]) -> Condition {
    let mut grants = Query::select();
    grants.from(access_grant::Entity).cond_where(looking::of_clients(op, clients));
    Condition::all().add(C::Resource.in_subquery(named(grants)))
}

/// Reads from an instant on, and before another.
pub fn within(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Condition {
    Condition::all().add_option(from.map(|from| C::At.gte(from))).add_option(to.map(|to| C::At.lt(to)))
}

async fn by_ids(op: &Op, ids: Vec<i64>) -> Result<Vec<grant_read::Model>> {
    op.find(visible(op).filter(op.among(C::Id, ids.into_iter().map(Key::Int)))).await
}

/// The grants of some reads.
pub async fn grants(op: &Op, ids: Vec<i64>) -> Result<HashMap<i64, i64>> {
    let number = |row: grant_read::Model| {
        let grant = row.resource.as_deref().and_then(|name| name.strip_prefix(granting::PREFIX))?;
        Some((row.id.0, grant.parse().ok()?))
    };
    Ok(by_ids(op, ids).await?.into_iter().filter_map(number).collect())
}

/// How many figures were read, of which indicators and areas.
pub async fn figures(op: &Op, ids: Vec<i64>) -> Result<HashMap<i64, Vec<Figures>>> {
    let mut read: HashMap<i64, Vec<FieldEntry>> = HashMap::new();
    for row in by_ids(op, ids).await? {
        read.insert(row.id.0, serde_json::from_str(&row.changes).map_err(Broken::new)?);
    }
    let parts = |change: &FieldEntry| {
        let (indicator, area) = change.field.split_once('/')?;
        Some((indicator.to_owned(), area.to_owned()))
    };
    let all: Vec<(String, String)> = read.values().flatten().filter_map(parts).collect();
    let (of, at): (Vec<String>, Vec<String>) = all.into_iter().unzip();
    let at: Vec<String> = at.iter().map(|area| area.split('@').next().unwrap_or_default().to_owned()).collect();
    let known = op.find(indicators::visible(op).filter(op.among(indicator::Column::Code, texts(&of)))).await?;
    let known: HashMap<String, i64> = known.into_iter().map(|row| (row.code, row.id.into())).collect();
    let versions = territory::visible(op).filter(territory::coded_any(op, &at)).filter(territory::newest());
    let versions: Vec<unit_version::Model> = op.find(versions).await?;
    let units = territory::by_ids(op, versions.iter().map(|version| version.unit_id)).await?;
    let units: HashMap<String, i64> = versions
        .into_iter()
        .filter_map(|version| {
            let unit = units.get(&version.unit_id)?;
            Some((granting::unit_name(&unit.code, unit.valid_from), version.id.into()))
        })
        .collect();
    let told = |change: &FieldEntry| {
        let (indicator, area) = parts(change)?;
        let Some(ValueEntry::Plain(count)) = &change.after else { return None };
        let count = count.parse().ok()?;
        Some(Figures { indicator: *known.get(&indicator)?, area: *units.get(&area)?, count })
    };
    Ok(read.into_iter().map(|(id, changes)| (id, changes.iter().filter_map(told).collect())).collect())
}
