//! The rows of calls and of what was counted of them.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
};

use chrono::SubsecRound;
use entity::{
    api_client, data_link,
    exchange_hour::{self, Column as H},
    exchange_record::{self, Column as R},
    ids::{AgencyId, ApiClientId, DataLinkId, InformationSystemId},
    information_system,
    kinds::ReportSide,
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};

use super::{Checked, HourKey, tally::Tally};
use crate::{
    kernel::{
        error::Result,
        object::{Col, Key},
        op::Op,
        tx::Tx,
    },
    sharing,
};

pub mod bulletin;

/// What was counted, as far as the caller sees it: all of it.
pub fn visible_hours(_: &Op) -> Select<exchange_hour::Entity> {
    exchange_hour::Entity::find()
}

/// Whose calls are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A link's.
    Links,
    /// Those of a system's links, from it and to it.
    Systems,
    /// Those of the links that have a system of a unit at either end, or also of the units that merged into it.
    Units {
        /// Also of those.
        include_predecessors: bool,
    },
}

impl Of {
    /// Each parent with each of its links; links have themselves.
    fn pairs(self) -> Option<SelectStatement> {
        match self {
            Of::Links => None,
            Of::Systems => Some(sharing::store::pairs_of_systems()),
            Of::Units { include_predecessors } => Some(sharing::store::pairs_of_units(include_predecessors)),
        }
    }
}

/// What was counted in some hours, each with the parent that it belongs to.
pub async fn hours(op: &Op, of: Of, parents: &[i64], hours: &Range<i64>) -> Result<Vec<(i64, exchange_hour::Model)>> {
    let keys = parents.iter().copied().map(Key::Int);
    let select = visible_hours(op).filter(H::Hour.gte(hours.start)).filter(H::Hour.lt(hours.end));
    let mut query = select.into_query();
    match of.pairs() {
        None => {
            query.and_where(op.among(H::LinkId, keys)).expr_as(H::LinkId.into_expr(), Alias::new(PARENT.name));
        }
        Some(pairs) => {
            let link = Expr::col((Alias::new(PARENT.table), Alias::new("child")));
            query
                .join_subquery(
                    JoinType::InnerJoin,
                    pairs,
                    Alias::new(PARENT.table),
                    link.equals((exchange_hour::Entity, H::LinkId)),
                )
                .and_where(op.among(PARENT, keys))
                .expr_as(Expr::col(PARENT.column()), Alias::new(PARENT.name));
        }
    }
    let rows = op.rows(&query).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", PARENT.name)?, exchange_hour::Model::from_query_result(row, "")?)))
        .collect()
}

/// The parent's column in the pairs of parents and links.
const PARENT: Col = Col { table: "pairs", name: "parent" };

/// Links by their codes, each with the owners of its ends.
pub(super) async fn links(
    op: &Op,
    tx: &Tx,
    codes: HashSet<String>,
) -> Result<HashMap<String, (DataLinkId, [Option<AgencyId>; 2])>> {
    let codes = codes.into_iter().map(Key::Text);
    let links = tx.find(data_link::Entity::find().filter(op.among(data_link::Column::Code, codes))).await?;
    let ends: BTreeSet<InformationSystemId> =
        links.iter().flat_map(|link| [link.source_system_id, link.target_system_id]).collect();
    let ends = op.among(information_system::Column::Id, ends.into_iter().map(Key::from));
    let systems = tx.find(information_system::Entity::find().filter(ends)).await?;
    let owners: HashMap<_, _> = systems.into_iter().map(|system| (system.id, system.owner_id)).collect();
    let owner = |id| owners.get(&id).copied().flatten();
    let whole =
        |link: data_link::Model| (link.code, (link.id, [owner(link.source_system_id), owner(link.target_system_id)]));
    Ok(links.into_iter().map(whole).collect())
}

/// The body that a client acts for.
pub(super) async fn body(tx: &Tx, client: ApiClientId) -> Result<Option<AgencyId>> {
    let row = tx.first(api_client::Entity::find().filter(api_client::Column::Id.eq(client))).await?;
    Ok(row.and_then(|client| client.agency_id))
}

/// What either side said of some calls, as far as it is kept.
pub(super) async fn known(op: &Op, tx: &Tx, records: &[Checked]) -> Result<Vec<exchange_record::Model>> {
    let names: BTreeSet<&str> = records.iter().map(|record| record.order.message_id.as_str()).collect();
    let links: BTreeSet<DataLinkId> = records.iter().map(|record| record.link).collect();
    let same = exchange_record::Entity::find()
        .filter(op.among(R::MessageId, names.into_iter().map(|name| Key::Text(name.to_owned()))))
        .filter(op.among(R::LinkId, links.into_iter().map(Key::from)));
    tx.find(same).await
}

/// Writes records.
pub(super) async fn insert_records(tx: &Tx, records: &[Checked], by: &str) -> Result<()> {
    let row = |record: &Checked| {
        let call = record.call();
        exchange_record::ActiveModel {
            id: NotSet,
            link_id: Set(record.link),
            side: Set(record.order.side),
            message_id: Set(record.order.message_id.clone()),
            at: Set(record.order.at.trunc_subsecs(6)),
            hour: Set(record.hour),
            outcome: Set(call.outcome),
            duration_ms: Set(record.order.duration_ms),
            bytes_in: Set(call.bytes_in),
            bytes_out: Set(call.bytes_out),
            fault_code: Set(record.order.fault_code.clone()),
            by: Set(by.to_owned()),
        }
    };
    tx.insert_many(records.iter().map(row).collect()).await
}

/// Rows of these links and hours.
fn at(op: &Op, link: impl Into<Col>, hour: impl Into<Col>, keys: &[(DataLinkId, i64)]) -> Expr {
    let links: BTreeSet<DataLinkId> = keys.iter().map(|(link, _)| *link).collect();
    let hours: BTreeSet<i64> = keys.iter().map(|(_, hour)| *hour).collect();
    let links = op.among(link, links.into_iter().map(Key::from));
    links.and(op.among(hour, hours.into_iter().map(Key::Int)))
}

/// What was counted in some hours of some links, by one side.
pub(super) async fn tallies(op: &Op, tx: &Tx, keys: impl Iterator<Item = &HourKey>) -> Result<HashMap<HourKey, Tally>> {
    let keys: HashSet<&HourKey> = keys.collect();
    let hours: Vec<(DataLinkId, i64)> = keys.iter().map(|(link, hour, _)| (*link, *hour)).collect();
    let rows = tx.find(exchange_hour::Entity::find().filter(at(op, H::LinkId, H::Hour, &hours))).await?;
    let of = |row: &exchange_hour::Model| (row.link_id, row.hour, row.side);
    rows.iter().filter(|row| keys.contains(&of(row))).map(|row| Ok((of(row), Tally::of(row)?))).collect()
}

/// How long the longest call took of those that consumers alone reported, in some hours of some links.
pub(super) async fn longest_alone(op: &Op, tx: &Tx, keys: &[HourKey]) -> Result<HashMap<(DataLinkId, i64), u32>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let hours: Vec<(DataLinkId, i64)> = keys.iter().map(|(link, hour, _)| (*link, *hour)).collect();
    let provider = Alias::new("provider");
    let theirs = |column: R| Expr::col((provider.clone(), column));
    let told_by_provider = Query::select()
        .expr(Expr::val(1))
        .from_as(exchange_record::Entity, provider.clone())
        .and_where(theirs(R::MessageId).equals((exchange_record::Entity, R::MessageId)))
        .and_where(theirs(R::LinkId).equals((exchange_record::Entity, R::LinkId)))
        .and_where(theirs(R::Side).eq(ReportSide::Provider.to_value()))
        .to_owned();
    let mut query = Query::select();
    query
        .columns([R::LinkId, R::Hour])
        .expr(R::DurationMs.max())
        .from(exchange_record::Entity)
        .and_where(at(op, R::LinkId, R::Hour, &hours))
        .and_where(R::Side.eq(ReportSide::Consumer))
        .and_where(Expr::exists(told_by_provider).not())
        .group_by_columns([R::LinkId, R::Hour]);
    let mut longest = HashMap::new();
    for row in tx.rows(&query).await? {
        let most: i32 = row.try_get_by_index(2)?;
        longest.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), most.unsigned_abs());
    }
    Ok(longest)
}

/// Writes what was counted, in place of what was counted before.
pub(super) async fn put_tallies(tx: &Tx, tallies: HashMap<HourKey, Tally>) -> Result<()> {
    let row = |((link, hour, side), tally): (HourKey, Tally)| exchange_hour::ActiveModel {
        id: NotSet,
        link_id: Set(link),
        hour: Set(hour),
        side: Set(side),
        succeeded: Set(tally.succeeded),
        failed: Set(tally.failed),
        denied: Set(tally.denied),
        bytes_in: Set(tally.bytes_in),
        bytes_out: Set(tally.bytes_out),
        duration_ms: Set(tally.duration_ms),
        longest_ms: Set(i32::try_from(tally.longest_ms).unwrap_or(i32::MAX)),
        durations: Set(tally.durations.encode()),
    };
    tx.put_many(tallies.into_iter().map(row).collect::<Vec<_>>(), &[H::LinkId, H::Hour, H::Side]).await
}

/// Deletes so many records at most from before an hour; answers how many.
pub(super) async fn delete_before(tx: &Tx, hour: i64, most: u64) -> Result<u64> {
    let oldest = Query::select()
        .column(R::Id)
        .from(exchange_record::Entity)
        .and_where(R::Hour.lt(hour))
        .order_by(R::Hour, Order::Asc)
        .limit(most)
        .to_owned();
    tx.delete(exchange_record::Entity::delete_many().filter(R::Id.in_subquery(oldest))).await
}
