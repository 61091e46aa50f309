//! The audit log and the change feed in the schema.

mod feed;
mod reads;

use std::collections::HashMap;

use async_graphql::InputObject;
use entity::{
    audit_entry::{self, Column as C},
    kinds::AuditOutcome,
};
use sea_orm::{Condition, Select};

use super::{
    Verification, store,
    values::{self, ShownChange},
    verify,
};
use crate::kernel::{
    error::{Broken, Result},
    object::{Args, Declare, NoArgs, Noun, Roots, Shape, Shaped, Streams},
    op::Op,
    page::Listing,
    policy::Action,
    scalar::DateTime,
};

impl Noun for audit_entry::Entity {
    const NAME: &'static str = "AuditEntry";
    const DOC: &'static str = "An entry of the audit log: something that was done, or tried (mục nhật ký). Each names the hash of the one before, so that none can be changed.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .value("sequence", "Its number, from 1, without gaps (số thứ tự).", [C::Id], |id: i64| {
                i32::try_from(id).map_err(|_| Broken::new("more entries than a number has room for").into())
            })
            .column("at", "When (thời điểm).", C::At)
            .column("actor", "Who: user:…, client:…, operator, or anonymous (người thực hiện).", C::Actor)
            .column("action", "What, by the names that `viewer.permissions` has (hành động).", C::Action)
            .column("resource", "On which record, by its key (đối tượng).", C::Resource)
            .stored::<AuditOutcome>("outcome", "Whether it was done (kết quả).", C::Outcome)
            .column(
                "reason",
                "Why it was not done; EMERGENCY for what an administrator did that others are there to do (lý do).",
                C::Reason,
            )
            .column("requestId", "In which request, as `extensions.requestId` told (mã yêu cầu).", C::RequestId)
            .computed_list::<ShownChange, NoArgs>(
                "changes",
                "What changed, field by field. Values of an observation are returned to callers who may see that revision of it; secrets are masked (thay đổi).",
                C::Id,
                |op, ids, _| Box::pin(changes(op, ids)),
            )
            .column("hash", "SHA-256 over its content and the hash before: `hashVersion` as a byte; sequence and microseconds since 1970 as eight bytes each; actor, action, resource, outcome, reason, requestId, changes as exported, previousHash, each after a byte that tells whether there is one and its length in four bytes; all big-endian (mã băm).", C::Hash)
            .column(
                "hashVersion",
                "The version of what is hashed: 1 holds every value as it is; since 2, values of an observation are hashed as {\"sha256\": …}, the SHA-256 of a random salt of 32 bytes and the value (phiên bản mã băm).",
                C::HashVersion,
            )
            .column(
                "previousHash",
                "The hash of the entry before; zeros for the first (mã băm trước).",
                C::PreviousHash,
            )
    }
}

async fn changes(op: &Op, ids: Vec<i64>) -> Result<HashMap<i64, Vec<ShownChange>>> {
    values::shown(op, &store::by_ids(op, ids).await?).await
}

impl Shape for ShownChange {
    const NAME: &'static str = "FieldChange";
    const DOC: &'static str = "A field that changed (thay đổi của một trường).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("field", "Which field (trường).", |change| change.field.clone())
            .value(
                "before",
                "What it said; null where it said nothing, or `masked` (trước).",
                |change| change.before.clone(),
            )
            .value("after", "What it says; null where it says nothing, or `masked` (sau).", |change| change.after.clone())
            .value(
                "masked",
                "Whether a value is withheld: one of a revision of an observation that the caller may not see, which is null, or a secret, which is *** (bị che).",
                |change| change.masked,
            )
    }
}

impl Shape for Verification {
    const NAME: &'static str = "AuditVerification";
    const DOC: &'static str = "Whether the audit log is what it was (kết quả kiểm tra nhật ký).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("valid", "Whether every entry follows the one before, and none is missing (hợp lệ).", |found| {
                found.first_invalid.is_none()
            })
            .value("entries", "How many entries are in the database; older ones may be in an archive (số mục).", |found| count(found.entries))
            .value("headHash", "The hash of the last one (mã băm cuối).", |found| found.head_hash.clone())
            .value(
                "firstInvalidSequence",
                "The first number at which an entry is missing, or is not what was written; null where every one is (số thứ tự sai đầu tiên).",
                |found| found.first_invalid.map(count),
            )
    }
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Which entries.
#[derive(InputObject)]
struct AuditFilter {
    /// By these: user:NAME, client:ID, operator, anonymous (người thực hiện).
    actors: Option<Vec<String>>,
    /// Of these actions, by name (hành động).
    actions: Option<Vec<String>>,
    /// On these records, by key: user:NAME, client:ID, "hy-148" (đối tượng).
    resources: Option<Vec<String>>,
    /// That ended so (kết quả).
    outcomes: Option<Vec<AuditOutcome>>,
    /// From this instant on (từ).
    from: Option<DateTime>,
    /// Before this instant (đến).
    to: Option<DateTime>,
}

/// The arguments of the audit log.
#[derive(InputObject)]
struct AuditEntries {
    /// Which of them.
    filter: Option<AuditFilter>,
}

impl Args for AuditEntries {}

impl Listing for AuditEntries {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        store::matching(
            op,
            &store::Which {
                actors: filter.actors.as_deref(),
                actions: filter.actions.as_deref(),
                resources: filter.resources.as_deref(),
                outcomes: filter.outcomes.as_deref(),
                from: filter.from.as_ref().map(|at| at.0),
                to: filter.to.as_ref().map(|at| at.0),
            },
        )
    }
}

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    reads::roots(feed::roots(roots))
        .page::<audit_entry::Entity, AuditEntries>(
            "auditEntries",
            "The audit log, oldest first (`last` begins at its end); for security officers and administrators of the whole country (nhật ký).",
        )
        .asks(Action::ReadAudit)
        .made::<Verification, NoArgs>(
            "auditVerification",
            "Goes through the whole audit log, and compares it with its checkpoints (kiểm tra nhật ký).",
            |op, _| Box::pin(verify(op)),
        )
        .asks(Action::ReadAudit)
}

/// The room's subscriptions.
pub fn streams(streams: Streams) -> Streams {
    feed::streams(streams)
}
