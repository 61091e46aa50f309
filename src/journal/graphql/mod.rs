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
    const DOC: &'static str = "An entry of the audit log: an action that was performed or attempted (mục nhật ký). Each entry contains the hash of the one before, so a changed or missing entry is detected.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .value("sequence", "Number of the entry, from 1, without gaps (số thứ tự).", [C::Id], |id: i64| {
                i32::try_from(id).map_err(|_| Broken::new("more entries than a number has room for").into())
            })
            .column("at", "When the action was performed or attempted (thời điểm).", C::At)
            .column("actor", "Who acted: user:…, client:…, operator, system or anonymous (người thực hiện).", C::Actor)
            .column("action", "Name of the action, as in `viewer.permissions` (hành động).", C::Action)
            .column("resource", "Natural key of the record; null if the action concerns none (đối tượng).", C::Resource)
            .stored::<AuditOutcome>(
                "outcome",
                "Whether the action succeeded, was denied or failed (kết quả).",
                C::Outcome,
            )
            .column(
                "reason",
                "Why the action was denied or failed, as a stable code. EMERGENCY if an administrator did what is another role's task; otherwise null (lý do).",
                C::Reason,
            )
            .column("requestId", "Id of the request, as in `extensions.requestId` (mã yêu cầu).", C::RequestId)
            .computed_list::<ShownChange, NoArgs>(
                "changes",
                "The changed fields. Values of an observation are returned to callers who may read that revision; secrets are masked (thay đổi).",
                C::Id,
                |op, ids, _| Box::pin(changes(op, ids)),
            )
            .column(
                "hash",
                "SHA-256 over the following bytes, numbers big-endian: `hashVersion` in 1 byte; `sequence` and the time in microseconds since 1970 in 8 bytes each; then actor, action, resource, outcome, reason, requestId, changes as exported, and previousHash, each as 1 byte (1 if present, 0 if null), its length in 4 bytes, and its text in UTF-8 (mã băm).",
                C::Hash,
            )
            .column(
                "hashVersion",
                "Version of the hashed encoding. 1 contains all values as they are. Since 2, a value of an observation is hashed as {\"sha256\": …}, the SHA-256 of a random 32-byte salt followed by the value (phiên bản mã băm).",
                C::HashVersion,
            )
            .column(
                "previousHash",
                "Hash of the entry before; zeros for the first entry (mã băm trước).",
                C::PreviousHash,
            )
    }
}

async fn changes(op: &Op, ids: Vec<i64>) -> Result<HashMap<i64, Vec<ShownChange>>> {
    values::shown(op, &store::by_ids(op, ids).await?).await
}

impl Shape for ShownChange {
    const NAME: &'static str = "FieldChange";
    const DOC: &'static str = "A changed field (thay đổi của một trường).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("field", "Name of the field (trường).", |change| change.field.clone())
            .value(
                "before",
                "The value before; null if there was none or the caller may not read it (trước).",
                |change| change.before.clone(),
            )
            .value("after", "The value after; null if there is none or the caller may not read it (sau).", |change| {
                change.after.clone()
            })
            .value(
                "masked",
                "Whether a value is withheld: null for a revision of an observation that the caller may not read, *** for a secret (bị che).",
                |change| change.masked,
            )
    }
}

impl Shape for Verification {
    const NAME: &'static str = "AuditVerification";
    const DOC: &'static str = "The result of a verification of the audit log (kết quả kiểm tra nhật ký).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("valid", "Whether the hash chain is intact and no entry is missing (hợp lệ).", |found| {
                found.first_invalid.is_none()
            })
            .value("entries", "How many entries are in the database; older ones may be in an archive (số mục).", |found| {
                count(found.entries)
            })
            .value("headHash", "Hash of the last entry (mã băm cuối).", |found| found.head_hash.clone())
            .value(
                "firstInvalidSequence",
                "Number of the first entry that is missing or was changed; null if there is none (số thứ tự sai đầu tiên).",
                |found| found.first_invalid.map(count),
            )
    }
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Conditions on audit entries; all that are given must hold.
#[derive(InputObject)]
struct AuditFilter {
    /// By one of these actors: user:NAME, client:ID, operator, anonymous (người thực hiện).
    actors: Option<Vec<String>>,
    /// With one of these actions, by name (hành động).
    actions: Option<Vec<String>>,
    /// On one of these records, by key: user:NAME, client:ID, "hy-148" (đối tượng).
    resources: Option<Vec<String>>,
    /// With one of these outcomes (kết quả).
    outcomes: Option<Vec<AuditOutcome>>,
    /// At or after this instant (từ).
    from: Option<DateTime>,
    /// Before this instant (đến).
    to: Option<DateTime>,
}

/// The arguments of the audit log.
#[derive(InputObject)]
struct AuditEntries {
    /// Which entries to return; all by default.
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

/// The root fields of the audit log and the change feed.
pub fn roots(roots: Roots) -> Roots {
    reads::roots(feed::roots(roots))
        .page::<audit_entry::Entity, AuditEntries>(
            "auditEntries",
            "The audit log, oldest entry first; `last` reads from its end. For security officers and administrators of the whole country (nhật ký).",
        )
        .asks(Action::ReadAudit)
        .made::<Verification, NoArgs>(
            "auditVerification",
            "Verifies the whole audit log in the database and compares it with its checkpoints. For security officers and administrators of the whole country (kiểm tra nhật ký).",
            |op, _| Box::pin(verify(op)),
        )
        .asks(Action::ReadAudit)
}

/// The subscriptions to the change feed.
pub fn streams(streams: Streams) -> Streams {
    feed::streams(streams)
}
