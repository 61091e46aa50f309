//! The rows of calls and of what was counted of them.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
};

use chrono::SubsecRound;
use entity::{
    api_client, data_link, exchange_horizon,
    exchange_record::{self, Column as R},
    exchange_tally::{self, Column as T},
    ids::{AgencyId, ApiClientId, DataLinkId, ExchangeRecordId, InformationSystemId},
    information_system,
    kinds::{Bucket, ReportSide},
    link_transition,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QueryResult, QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};

use super::{Checked, TallyKey, durations::Durations, operating::Life, tally::Tally};
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
pub fn visible_tallies(_: &Op) -> Select<exchange_tally::Entity> {
    exchange_tally::Entity::find()
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

/// A span of time in whole hours, days or months.
pub type Part = (Bucket, Range<i64>);

/// What was counted in some spans of time.
fn spanning(parts: &[Part]) -> Condition {
    let within = |(span, hours): &Part| {
        Condition::all().add(T::Span.eq(*span)).add(T::Hour.gte(hours.start)).add(T::Hour.lt(hours.end))
    };
    parts.iter().map(within).fold(Condition::any(), Condition::add)
}

/// What was counted in some spans of time, with the parent that it belongs to and its first hour; with or without the durations.
pub async fn counted(
    op: &Op,
    of: Of,
    parents: &[i64],
    parts: &[Part],
    with_durations: bool,
) -> Result<Vec<(i64, i64, Tally)>> {
    let keys = parents.iter().copied().map(Key::Int);
    let select = visible_tallies(op).filter(spanning(parts));
    let mut query = select.into_query();
    query.clear_selects();
    let parent = match of.pairs() {
        None => {
            query.and_where(op.among(T::LinkId, keys));
            Col::of(T::LinkId)
        }
        Some(pairs) => {
            let link = Expr::col((Alias::new(PARENT.table), Alias::new("child")));
            query
                .join_subquery(
                    JoinType::InnerJoin,
                    pairs,
                    Alias::new(PARENT.table),
                    link.equals((exchange_tally::Entity, T::LinkId)),
                )
                .and_where(op.among(PARENT, keys));
            PARENT
        }
    };
    let durations = with_durations.then_some(T::Durations);
    query.column(parent.column()).columns(TALLY.into_iter().chain(durations).map(|c| (exchange_tally::Entity, c)));
    let tally = |row: &QueryResult| {
        let longest: i32 = row.try_get_by_index(8)?;
        let tally = Tally {
            succeeded: row.try_get_by_index(2)?,
            failed: row.try_get_by_index(3)?,
            denied: row.try_get_by_index(4)?,
            bytes_in: row.try_get_by_index(5)?,
            bytes_out: row.try_get_by_index(6)?,
            duration_ms: row.try_get_by_index(7)?,
            longest_ms: u32::try_from(longest).unwrap_or_default(),
            durations: match with_durations {
                true => Durations::decode(&row.try_get_by_index::<Vec<u8>>(9)?)?,
                false => Durations::default(),
            },
        };
        Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, tally))
    };
    op.rows(&query).await?.iter().map(tally).collect()
}

/// What is read of a tally, but for its durations.
const TALLY: [T; 8] =
    [T::Hour, T::Succeeded, T::Failed, T::Denied, T::BytesIn, T::BytesOut, T::DurationMs, T::LongestMs];

/// The parent's column in the pairs of parents and links.
const PARENT: Col = Col { table: "pairs", name: "parent" };

/// A link, as whoever reports calls over it is looked at.
pub(super) struct Reachable {
    /// Who owns or operates its source, and its target.
    pub bodies: [Vec<AgencyId>; 2],
    /// The link, and when it was in which state.
    pub life: Life,
}

/// Links by their codes.
pub(super) async fn links(op: &Op, tx: &Tx, codes: HashSet<String>) -> Result<HashMap<String, Reachable>> {
    let codes = codes.into_iter().map(Key::Text);
    let links = tx.find(data_link::Entity::find().filter(op.among(data_link::Column::Code, codes))).await?;
    let ends: BTreeSet<InformationSystemId> =
        links.iter().flat_map(|link| [link.source_system_id, link.target_system_id]).collect();
    let ends = op.among(information_system::Column::Id, ends.into_iter().map(Key::from));
    let systems = tx.find(information_system::Entity::find().filter(ends)).await?;
    let bodies: HashMap<_, Vec<AgencyId>> = systems
        .into_iter()
        .map(|system| (system.id, [system.owner_id, system.operator_id].into_iter().flatten().collect()))
        .collect();
    let of = |id| bodies.get(&id).cloned().unwrap_or_default();
    let mut steps = steps(op, tx, &links).await?;
    let whole = |link: data_link::Model| {
        let bodies = [of(link.source_system_id), of(link.target_system_id)];
        let steps = steps.remove(&link.id).unwrap_or_default();
        (link.code.clone(), Reachable { bodies, life: Life { link, steps } })
    };
    Ok(links.into_iter().map(whole).collect())
}

/// The steps of links, in the order in which they were taken.
async fn steps(
    op: &Op,
    tx: &Tx,
    links: &[data_link::Model],
) -> Result<HashMap<DataLinkId, Vec<link_transition::Model>>> {
    use link_transition::Column;
    let of = op.among(Column::LinkId, links.iter().map(|link| Key::from(link.id)));
    let steps = link_transition::Entity::find().filter(of);
    let mut by_link: HashMap<_, Vec<_>> = HashMap::new();
    for step in tx.find(steps.order_by_asc(Column::Id)).await? {
        by_link.entry(step.link_id).or_default().push(step);
    }
    Ok(by_link)
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

/// Writes records, each of which counts or does not.
pub(super) async fn insert_records(
    tx: &Tx,
    records: &[Checked],
    counted: impl Fn(&Checked) -> bool,
    by: &str,
) -> Result<()> {
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
            trial: Set(record.trial),
            counted: Set(counted(record)),
        }
    };
    tx.insert_many(records.iter().map(row).collect()).await
}

/// Notes that records do not count any more.
pub(super) async fn count_no_more(op: &Op, tx: &Tx, records: impl Iterator<Item = ExchangeRecordId>) -> Result<()> {
    let row = exchange_record::ActiveModel { counted: Set(false), ..Default::default() };
    let these = op.among(R::Id, records.map(Key::from));
    tx.update(exchange_record::Entity::update_many().set(row).filter(these)).await?;
    Ok(())
}

/// Rows of these links and hours.
fn at(op: &Op, link: impl Into<Col>, hour: impl Into<Col>, keys: &HashSet<TallyKey>) -> Expr {
    let links: BTreeSet<DataLinkId> = keys.iter().map(|key| key.link).collect();
    let hours: BTreeSet<i64> = keys.iter().map(|key| key.hour).collect();
    let links = op.among(link, links.into_iter().map(Key::from));
    links.and(op.among(hour, hours.into_iter().map(Key::Int)))
}

/// What was counted in spans of one kind.
pub(super) async fn tallies(
    op: &Op,
    tx: &Tx,
    span: Bucket,
    keys: &HashSet<TallyKey>,
) -> Result<HashMap<TallyKey, Tally>> {
    let rows = exchange_tally::Entity::find().filter(T::Span.eq(span)).filter(at(op, T::LinkId, T::Hour, keys));
    let rows = tx.find(rows).await?;
    let of =
        |row: &exchange_tally::Model| TallyKey { link: row.link_id, hour: row.hour, side: row.side, trial: row.trial };
    rows.iter().filter(|row| keys.contains(&of(row))).map(|row| Ok((of(row), Tally::of(row)?))).collect()
}

/// How long the longest call took in each of some spans of one kind, of those that consumers alone reported.
pub(super) async fn longest_in(
    op: &Op,
    tx: &Tx,
    span: Bucket,
    links: impl Iterator<Item = DataLinkId>,
    hours: Range<i64>,
) -> Result<Vec<(TallyKey, u32)>> {
    let mut query = Query::select();
    query
        .columns([T::LinkId, T::Hour, T::Trial, T::LongestMs])
        .from(exchange_tally::Entity)
        .and_where(op.among(T::LinkId, links.map(Key::from)))
        .and_where(T::Side.eq(ReportSide::Consumer))
        .cond_where(spanning(&[(span, hours)]));
    longest(tx, &query).await
}

async fn longest(tx: &Tx, query: &SelectStatement) -> Result<Vec<(TallyKey, u32)>> {
    let read = |row: &QueryResult| {
        let longest: i32 = row.try_get_by_index(3)?;
        let key = TallyKey {
            link: row.try_get_by_index(0)?,
            hour: row.try_get_by_index(1)?,
            side: ReportSide::Consumer,
            trial: row.try_get_by_index(2)?,
        };
        Ok((key, longest.unsigned_abs()))
    };
    tx.rows(query).await?.iter().map(read).collect()
}

/// How long the longest call took of those that consumers alone reported, in some hours of some links.
pub(super) async fn longest_alone(op: &Op, tx: &Tx, keys: &HashSet<TallyKey>) -> Result<Vec<(TallyKey, u32)>> {
    let mut query = Query::select();
    query
        .columns([R::LinkId, R::Hour, R::Trial])
        .expr(R::DurationMs.max())
        .from(exchange_record::Entity)
        .and_where(at(op, R::LinkId, R::Hour, keys))
        .and_where(R::Side.eq(ReportSide::Consumer))
        .and_where(R::Counted.eq(true))
        .group_by_columns([R::LinkId, R::Hour, R::Trial]);
    longest(tx, &query).await
}

/// Writes what was counted, in place of what was counted before.
pub(super) async fn put_tallies(tx: &Tx, span: Bucket, tallies: HashMap<TallyKey, Tally>) -> Result<()> {
    let row = |(key, tally): (TallyKey, Tally)| exchange_tally::ActiveModel {
        id: NotSet,
        link_id: Set(key.link),
        span: Set(span),
        hour: Set(key.hour),
        side: Set(key.side),
        trial: Set(key.trial),
        succeeded: Set(tally.succeeded),
        failed: Set(tally.failed),
        denied: Set(tally.denied),
        bytes_in: Set(tally.bytes_in),
        bytes_out: Set(tally.bytes_out),
        duration_ms: Set(tally.duration_ms),
        longest_ms: Set(i32::try_from(tally.longest_ms).unwrap_or(i32::MAX)),
        durations: Set(tally.durations.encode()),
    };
    tx.put_many(tallies.into_iter().map(row).collect::<Vec<_>>(), &[T::LinkId, T::Span, T::Hour, T::Side, T::Trial])
        .await
}

/// The first hour of which every record is still there; none while none was dropped.
pub(super) async fn horizon(tx: &Tx) -> Result<Option<i64>> {
    Ok(tx.first(exchange_horizon::Entity::find()).await?.map(|row| row.hour))
}

/// Remembers from which hour on every record is still there.
pub(super) async fn put_horizon(tx: &Tx, hour: i64) -> Result<()> {
    tx.delete(exchange_horizon::Entity::delete_many()).await?;
    tx.insert_many(vec![exchange_horizon::ActiveModel { id: NotSet, hour: Set(hour) }]).await
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
