//! The rows of checks: how links stand, what each check said, for how long of each day they answered; and who checks what.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    data_link::{self, Column as L},
    ids::DataLinkId,
    kinds::{CheckOutcome, HealthState},
    link_check::{self, Column as C},
    link_health::{self, Column as H},
    link_uptime::{self, Column as U},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::rules::CHECKED;
use crate::{
    kernel::{
        clock::day_of,
        error::Result,
        object::Key,
        op::Op,
        policy::{self, Places},
        tx::Tx,
    },
    sharing::store::LINK_AREAS,
};

/// How links stand, of the links that the caller sees: of all of them.
pub fn visible_health(_: &Op) -> Select<link_health::Entity> {
    link_health::Entity::find()
}

/// For how long links answered, of the links that the caller sees: of all of them.
pub fn visible_uptime(_: &Op) -> Select<link_uptime::Entity> {
    link_uptime::Entity::find()
}

fn links(condition: Condition) -> SelectStatement {
    Query::select().expr(Expr::val(1)).from(data_link::Entity).cond_where(condition).to_owned()
}

/// Links that are checked: in use, or about to be, with an endpoint.
fn checked() -> Condition {
    Condition::all().add(L::Status.is_in(CHECKED)).add(L::Endpoint.is_not_null())
}

/// What is still known of a link at an instant: of its present endpoint, while it is checked, and not for too long.
fn known(now: DateTime<Utc>) -> Condition {
    let same = checked()
        .add(Expr::col((data_link::Entity, L::Id)).equals((link_health::Entity, H::LinkId)))
        .add(Expr::col((data_link::Entity, L::Endpoint)).equals((link_health::Entity, H::Endpoint)));
    Condition::all().add(H::KnownUntil.gt(now)).add(Expr::exists(links(same)))
}

/// Links in one of these states, as everybody is told it.
pub fn in_states(op: &Op, states: &[HealthState]) -> Condition {
    let known = |of: Condition| {
        let links = visible_health(op).filter(known(op.now())).filter(of).select_only().column(H::LinkId).into_query();
        Condition::all().add(L::Id.in_subquery(links))
    };
    let told = known(H::State.is_in(states.iter().copied()).into());
    match states.contains(&HealthState::Unknown) {
        true => Condition::any().add(told).add(known(H::State.ne(HealthState::Unknown).into()).not()),
        false => told,
    }
}

/// What is of a link of which the caller sees the endpoint.
fn endpoint_seen(op: &Op, link: impl ColumnTrait) -> Expr {
    match policy::sees_endpoints(op.caller()) {
        Places::Nowhere => Expr::val(false),
        Places::Everywhere => Expr::val(true),
        Places::Units(units) => {
            let lies = |area| op.among(area, units.iter().copied().map(Key::from));
            let near = LINK_AREAS.into_iter().map(lies).fold(Condition::any(), Condition::add);
            link.in_subquery(Query::select().column(L::Id).from(data_link::Entity).cond_where(near).to_owned())
        }
    }
}

/// The checks that the caller sees: those of links of which the caller sees the endpoint.
pub fn visible_checks(op: &Op) -> Select<link_check::Entity> {
    link_check::Entity::find().filter(endpoint_seen(op, C::LinkId))
}

/// How a link stands, as it is read.
pub struct Told {
    /// The row.
    pub row: link_health::Model,
    /// Whether it still tells how the link stands.
    pub known: bool,
    /// Whether the caller may know what went wrong.
    pub fault: bool,
}

/// How some links stand, as far as they were ever checked.
pub async fn of_links(op: &Op, links: &[i64]) -> Result<Vec<Told>> {
    let fault = endpoint_seen(op, H::LinkId);
    let keys = links.iter().copied().map(Key::Int);
    let mut query = visible_health(op).filter(op.among(H::LinkId, keys)).into_query();
    query.expr_as(Expr::expr(known(op.now())), Alias::new("known")).expr_as(fault, Alias::new("told"));
    let told = |row| {
        Ok(Told {
            row: link_health::Model::from_query_result(row, "")?,
            known: row.try_get("", "known")?,
            fault: row.try_get("", "told")?,
        })
    };
    op.rows(&query).await?.iter().map(told).collect()
}

/// For how long some links answered, and for how long they did not, in milliseconds, from a day to a day.
pub async fn uptime_of(op: &Op, links: &[i64], [first, last]: [NaiveDate; 2]) -> Result<HashMap<i64, (i64, i64)>> {
    let sum = |column: U| column.sum().cast_as(Alias::new("bigint"));
    let query = visible_uptime(op)
        .select_only()
        .column(U::LinkId)
        .expr(sum(U::AnsweredMs))
        .expr(sum(U::FailedMs))
        .filter(op.among(U::LinkId, links.iter().copied().map(Key::Int)))
        .filter(U::Day.gte(first))
        .filter(U::Day.lte(last))
        .group_by(U::LinkId)
        .into_query();
    let read = |row: &sea_orm::QueryResult| {
        Ok((row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?)))
    };
    op.rows(&query).await?.iter().map(read).collect()
}

// ---------------------------------------------------------------- whose turn it is

/// Links whose time has come, and which nobody is checking.
fn due(now: DateTime<Utc>) -> Condition {
    let waits = Condition::all()
        .add(H::NextDue.gt(now))
        .add(Expr::col((link_health::Entity, H::Endpoint)).equals((data_link::Entity, L::Endpoint)));
    let waits = Condition::any().add(waits).add(H::LeaseUntil.gt(now));
    let waiting = Query::select()
        .expr(Expr::val(1))
        .from(link_health::Entity)
        .and_where(Expr::col((link_health::Entity, H::LinkId)).equals((data_link::Entity, L::Id)))
        .cond_where(waits)
        .to_owned();
    checked().add(Expr::exists(waiting).not())
}

/// Whether any link's time has come: a look that keeps nobody waiting.
pub async fn visible_due(op: &Op) -> Result<bool> {
    Ok(op.first(data_link::Entity::find().filter(due(op.now()))).await?.is_some())
}

/// Some links whose time has come.
pub async fn links_due(tx: &Tx, most: u64) -> Result<Vec<data_link::Model>> {
    tx.find(data_link::Entity::find().filter(due(tx.now())).order_by_asc(L::Id).limit(most)).await
}

/// A link, as a transaction sees it.
pub async fn link(tx: &Tx, id: DataLinkId) -> Result<Option<data_link::Model>> {
    tx.first(data_link::Entity::find().filter(L::Id.eq(id))).await
}

/// Some links that are checked still, as a transaction sees them.
pub async fn links_checked(tx: &Tx, ids: impl IntoIterator<Item = DataLinkId>) -> Result<Vec<data_link::Model>> {
    tx.find(data_link::Entity::find().filter(L::Id.is_in(ids)).filter(checked())).await
}

/// Gives somebody the right to check a link, until then. False where somebody else has it.
pub async fn lease(tx: &Tx, link: &data_link::Model, owner: &str, until: DateTime<Utc>) -> Result<bool> {
    let lease = link_health::ActiveModel {
        lease_owner: Set(Some(owner.to_owned())),
        lease_until: Set(Some(until)),
        ..Default::default()
    };
    let free = Condition::any().add(H::LeaseUntil.is_null()).add(H::LeaseUntil.lte(tx.now()));
    let mine = link_health::Entity::update_many().set(lease.clone()).filter(H::LinkId.eq(link.id)).filter(free);
    if tx.update(mine).await? == 1 {
        return Ok(true);
    }
    let known = link_health::Entity::find().filter(H::LinkId.eq(link.id));
    if tx.first(known).await?.is_some() {
        return Ok(false);
    }
    let row = link_health::ActiveModel {
        link_id: Set(link.id),
        endpoint: Set(link.endpoint.clone().unwrap_or_default()),
        state: Set(HealthState::Unknown),
        since: Set(tx.now()),
        told_at: Set(tx.now()),
        consecutive_failures: Set(0),
        next_due: Set(tx.now()),
        known_until: Set(tx.now()),
        ..lease
    };
    tx.insert(row).await?;
    Ok(true)
}

/// How those of some links stand that somebody has the right to check.
pub async fn leased(tx: &Tx, owner: &str, links: &[DataLinkId]) -> Result<Vec<link_health::Model>> {
    let of = H::LinkId.is_in(links.iter().copied());
    tx.find(link_health::Entity::find().filter(of).filter(H::LeaseOwner.eq(owner))).await
}

/// Gives back the rights to check some links, as far as somebody has them still.
pub async fn release(tx: &Tx, owner: &str, links: &[DataLinkId]) -> Result<()> {
    let free = link_health::ActiveModel { lease_owner: Set(None), lease_until: Set(None), ..Default::default() };
    let of = H::LinkId.is_in(links.iter().copied());
    tx.update(link_health::Entity::update_many().set(free).filter(of).filter(H::LeaseOwner.eq(owner))).await.map(drop)
}

// ---------------------------------------------------------------- what a check said

/// Writes how a link stands now.
pub async fn change(tx: &Tx, after: &link_health::Model) -> Result<()> {
    let row = link_health::ActiveModel {
        endpoint: Set(after.endpoint.clone()),
        state: Set(after.state),
        since: Set(after.since),
        told_at: Set(after.told_at),
        checked_at: Set(after.checked_at),
        latency_ms: Set(after.latency_ms),
        http_status: Set(after.http_status),
        fault: Set(after.fault.clone()),
        consecutive_failures: Set(after.consecutive_failures),
        next_due: Set(after.next_due),
        known_until: Set(after.known_until),
        ..Default::default()
    };
    tx.update(link_health::Entity::update_many().set(row).filter(H::Id.eq(after.id))).await.map(drop)
}

/// Keeps what checks said: when, how each ended, and how its link stands since.
pub async fn insert_checks(tx: &Tx, checks: Vec<(DateTime<Utc>, CheckOutcome, link_health::Model)>) -> Result<()> {
    let row = |(at, outcome, after): (DateTime<Utc>, CheckOutcome, link_health::Model)| link_check::ActiveModel {
        link_id: Set(after.link_id),
        at: Set(at),
        outcome: Set(outcome),
        state: Set(after.state),
        http_status: Set(after.http_status),
        latency_ms: Set(after.latency_ms),
        fault: Set(after.fault),
        ..Default::default()
    };
    tx.insert_many(checks.into_iter().map(row).collect()).await
}

/// Adds to the time for which a link answered on the day of an instant, or did not; takes from it what is less than nothing.
pub async fn add_uptime(tx: &Tx, link: DataLinkId, at: DateTime<Utc>, answered: bool, milliseconds: i64) -> Result<()> {
    let day = day_of(at);
    let of = if answered { U::AnsweredMs } else { U::FailedMs };
    let sum = Expr::col(of).add(milliseconds);
    let same = link_uptime::Entity::update_many().col_expr(of, sum).filter(U::LinkId.eq(link)).filter(U::Day.eq(day));
    if milliseconds == 0 || tx.update(same).await? > 0 {
        return Ok(());
    }
    let row = link_uptime::ActiveModel {
        link_id: Set(link),
        day: Set(day),
        answered_ms: Set(if answered { milliseconds } else { 0 }),
        failed_ms: Set(if answered { 0 } else { milliseconds }),
        ..Default::default()
    };
    tx.insert(row).await.map(drop)
}

// ---------------------------------------------------------------- what is over

/// What tells of links how they stood, and does not tell how they stand.
fn outlived(now: DateTime<Utc>) -> Condition {
    Condition::all().add(H::State.ne(HealthState::Unknown)).add(known(now).not())
}

/// Whether any link's state is not known any more, and nothing says so yet.
pub async fn visible_outlived(op: &Op) -> Result<bool> {
    Ok(op.first(visible_health(op).filter(outlived(op.now()))).await?.is_some())
}

/// Some links whose state is not known any more.
pub async fn some_outlived(tx: &Tx, most: u64) -> Result<Vec<(link_health::Model, data_link::Model)>> {
    let rows = tx.find(link_health::Entity::find().filter(outlived(tx.now())).order_by_asc(H::Id).limit(most)).await?;
    let links = tx.find(data_link::Entity::find().filter(L::Id.is_in(rows.iter().map(|row| row.link_id)))).await?;
    let mut links: HashMap<_, _> = links.into_iter().map(|link| (link.id, link)).collect();
    Ok(rows.into_iter().filter_map(|row| Some((links.remove(&row.link_id)?, row))).map(|(l, r)| (r, l)).collect())
}

/// The last of the oldest checks from before an instant, at most so many, as a transaction sees them.
pub async fn last_before(tx: &Tx, before: DateTime<Utc>, most: u64) -> Result<Option<link_check::Model>> {
    let old = link_check::Entity::find().filter(C::At.lt(before)).order_by_asc(C::Id);
    match tx.first(old.clone().offset(most - 1).limit(1)).await? {
        Some(last) => Ok(Some(last)),
        None => tx.first(link_check::Entity::find().filter(C::At.lt(before)).order_by_desc(C::Id)).await,
    }
}

/// Deletes the checks from before an instant, up to one; answers how many.
pub async fn delete_before(tx: &Tx, before: DateTime<Utc>, last: &link_check::Model) -> Result<u64> {
    tx.delete(link_check::Entity::delete_many().filter(C::At.lt(before)).filter(C::Id.lte(last.id))).await
}

/// Deletes what is kept of days before one; answers of how many.
pub async fn delete_days_before(tx: &Tx, day: NaiveDate) -> Result<u64> {
    tx.delete(link_uptime::Entity::delete_many().filter(U::Day.lt(day))).await
}
