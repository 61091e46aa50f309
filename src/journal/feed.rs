//! The change feed (luồng thay đổi): what happened to records, in the order in which it was committed.
//!
//! Whoever writes holds one lock until the commit, so a row's number is never smaller than that of a row that was there to read
//! before it: who has read up to a number has missed none below it.

use entity::{
    ids::AuditEntryId,
    kinds::{ChangeAction, ChangeType},
};
use sea_orm::Condition;
use serde::Serialize;

use super::store::{self as audit, feed as store};
use crate::kernel::{
    check::Faults,
    error::{Refusal, Result},
    locale::Message,
    news::Outdated,
    object::GlobalId,
    op::Op,
    page::{self, FeedArgs, Paging},
    policy::Action,
    scalar::{Cursor, DateTime},
    tx::{Change, Outcome},
};

/// The list's name, in its cursors.
pub const LIST: &str = "Change";

/// A change as it is printed: a line of JSON, with the names that the API has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Its place in the feed.
    pub cursor: String,
    /// What kind of record.
    pub r#type: ChangeType,
    /// What happened to it.
    pub action: ChangeAction,
    /// Its natural key.
    pub key: String,
    /// Its global id.
    pub node_id: String,
    /// When.
    pub at: String,
}

/// The name in the schema of the type of record that a change is of.
pub fn named(kind: ChangeType) -> &'static str {
    match kind {
        ChangeType::Observation => "Observation",
        ChangeType::Indicator => "Indicator",
        ChangeType::Plan => "Plan",
        ChangeType::PlanTarget => "PlanTarget",
        ChangeType::PlanTask => "PlanTask",
        ChangeType::InformationSystem => "InformationSystem",
        ChangeType::DataLink => "DataLink",
        ChangeType::Agreement => "Agreement",
        ChangeType::AccessGrant => "AccessGrant",
        ChangeType::Agency => "Agency",
        ChangeType::LegalDocument => "LegalDocument",
        ChangeType::AdministrativeUnit => "AdministrativeUnit",
    }
}

/// The rows that are read at once.
const BATCH: u64 = 1000;

/// The next changes after a cursor that the caller is told of; from the beginning without one. None, when there are no more.
///
/// # Errors
/// BAD_USER_INPUT for what is no cursor of the feed; CURSOR_EXPIRED for one from before what is kept.
pub async fn after(op: &Op, cursor: Option<&str>) -> Result<Vec<Told>> {
    let after = place(op, cursor.map(|cursor| Cursor(cursor.to_owned()))).await?;
    let told = |row: entity::change::Model| Told {
        cursor: page::cursor_by_key(LIST, row.id.into()).0,
        r#type: row.kind,
        action: row.action,
        key: row.key,
        node_id: GlobalId::encode(named(row.kind), row.node_id).to_string(),
        at: DateTime(row.at).print(),
    };
    Ok(store::after(op, after.unwrap_or_default(), Condition::all(), BATCH).await?.into_iter().map(told).collect())
}

/// The place that a cursor names, if there is one.
///
/// # Errors
/// BAD_USER_INPUT for what is no cursor of the feed; CURSOR_EXPIRED for one from before what is kept.
pub async fn place(op: &Op, cursor: Option<Cursor>) -> Result<Option<i64>> {
    let place = Paging::of_feed(FeedArgs { after: cursor, first: None })?.after_key(LIST)?;
    match place {
        Some(id) if !kept(op, id).await? => Err(Refusal::cursor_expired().into()),
        place => Ok(place),
    }
}

/// How far the feed goes, whoever sees it; 0 while it is empty.
///
/// # Errors
/// The database's.
pub async fn newest(op: &Op) -> Result<i64> {
    Ok(store::visible_newest(op).await?.map_or(0, |newest| newest.id.0))
}

/// How far commits were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    change: i64,
    entry: AuditEntryId,
}

/// What was committed since somebody looked: how far the feed goes, and whose verification is outdated. Without an earlier look, or
/// when there is too much to go through, everybody's.
///
/// Whatever ends a right of a caller stands in the audit log under the caller's name; areas move with units and agencies, which the
/// feed tells of. The feed is read first: what the log says is at least as new.
///
/// # Errors
/// The database's.
pub async fn latest(op: &Op, seen: Option<Seen>) -> Result<(Seen, Outdated)> {
    let Some(Seen { change, entry }) = seen else { return everything(op).await };
    let changes = store::visible_moves(op, change, LOOKED_THROUGH).await?;
    let entries = audit::visible_resources(op, entry, LOOKED_THROUGH).await?;
    if changes.len().max(entries.len()) as u64 >= LOOKED_THROUGH {
        return everything(op).await;
    }
    let seen = Seen {
        change: changes.last().map_or(change, |(id, _)| *id),
        entry: entries.last().map_or(entry, |(id, _)| *id),
    };
    if changes.iter().any(|(_, moves)| *moves) {
        return Ok((seen, Outdated::Everybody));
    }
    let mut names: Vec<String> = entries.into_iter().filter_map(|(_, resource)| resource).collect();
    names.retain(|name| name.starts_with("user:") || name.starts_with("client:"));
    names.sort_unstable();
    names.dedup();
    Ok((seen, Outdated::Callers(names)))
}

/// The most that is gone through at one look.
const LOOKED_THROUGH: u64 = 1_000;

async fn everything(op: &Op) -> Result<(Seen, Outdated)> {
    let change = newest(op).await?;
    let entry = audit::visible_last(op).await?.unwrap_or(AuditEntryId(0));
    Ok((Seen { change, entry }, Outdated::Everybody))
}

impl Seen {
    /// How far the feed goes.
    pub fn newest(self) -> i64 {
        self.change
    }
}

/// How far the feed goes, for whoever follows the health of these data links, or of all.
///
/// # Errors
/// BAD_USER_INPUT for codes of links that there are not: nothing would ever be told of them.
pub async fn newest_of_links(op: &Op, links: Option<&[String]>) -> Result<i64> {
    let mut faults = Faults::default();
    let known = store::visible_codes(op, links.unwrap_or_default()).await?;
    for (n, code) in links.unwrap_or_default().iter().enumerate().filter(|(_, code)| !known.contains(code)) {
        let unknown = Message::new(
            format!("Không có kết nối với mã \"{code}\"."),
            format!("There is no data link with the code \"{code}\"."),
        );
        faults.add(format!("links[{n}]"), "UNKNOWN_LINK", unknown);
    }
    faults.refuse()?;
    newest(op).await
}

/// Whether everything is still there that came after a row.
///
/// # Errors
/// The database's.
pub async fn kept(op: &Op, id: i64) -> Result<bool> {
    Ok(store::visible_oldest(op).await?.is_none_or(|oldest| oldest.id.0 <= id))
}

/// How many changes a page goes through at most, to find those that it shows.
const WALKED: u64 = 5_000;

/// The row before which a page must end that begins after one; none where it may go to the end.
///
/// # Errors
/// The database's.
pub async fn reach(op: &Op, id: i64) -> Result<Option<i64>> {
    Ok(store::visible_beyond(op, id, WALKED).await?.map(|row| row.id.0))
}

/// How many changes are looked at to count those that a caller sees. Each of them is looked up with its record: a feed of half a
/// million would take seconds.
const COUNTED: u64 = 10_000;

/// The row before which rows after one are counted; none where all are.
///
/// # Errors
/// The database's.
pub async fn counted_before(op: &Op, id: i64) -> Result<Option<i64>> {
    Ok(store::visible_beyond(op, id, COUNTED).await?.map(|row| row.id.0))
}

/// Drops the rows that are older than the feed is kept, but for the newest of all, from which everybody reads on; answers how
/// many.
///
/// # Errors
/// FORBIDDEN; the database's.
pub async fn forget(op: &Op) -> Result<u64> {
    let permit = op.permit(Action::ForgetChanges)?;
    let before = op.now() - op.app().settings().changes;
    op.write(permit, async |tx, permit| {
        let (last, newest) = (store::last_before(tx, before).await?, store::newest(tx).await?);
        let Some((last, newest)) = last.zip(newest) else { return Ok(Outcome::unchanged(0)) };
        let first_kept = newest.id.0.min(last.id.0 + 1);
        let gone = store::delete_before(tx, first_kept).await?;
        if gone == 0 {
            return Ok(Outcome::unchanged(0));
        }
        let change = Change::audited(ChangeAction::Deleted, format!("changes:1-{}", first_kept - 1), first_kept - 1);
        Ok(Outcome::changed(permit.at(None)?, gone, vec![change]))
    })
    .await
}
