//! What an entry of the audit chain says, before it has a number.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use entity::{
    audit_value,
    ids::{AuditEntryId, ObservationId},
    kinds::AuditOutcome,
};
use sea_orm::ActiveValue::Set;

use super::{
    Attempt, Deed,
    change::{Change, FieldChange},
};
use crate::kernel::{
    chain::{FieldEntry, Opening, ValueEntry},
    error::{Broken, Result},
    policy::Action,
};

/// Who did something, in which request, and when.
#[derive(Clone)]
pub(super) struct By<'a> {
    pub(super) actor: Cow<'a, str>,
    pub(super) request_id: Cow<'a, str>,
    pub(super) at: DateTime<Utc>,
}

impl<'a> By<'a> {
    pub(super) fn of(deed: &'a Deed) -> Self {
        By { actor: deed.by.as_str().into(), request_id: deed.request_id.as_ref().into(), at: deed.at }
    }
}

/// What an entry says.
pub(super) struct Entry<'a> {
    pub(super) by: By<'a>,
    pub(super) action: &'a str,
    pub(super) resource: Option<&'a str>,
    pub(super) outcome: AuditOutcome,
    pub(super) reason: Option<&'a str>,
    pub(super) changes: String,
    pub(super) values: Vec<Committed>,
}

/// A value that stands beside the chain.
pub(super) struct Committed {
    sha256: String,
    opening: Opening,
    of: ObservationId,
}

impl Committed {
    pub(super) fn row(self, entry: AuditEntryId) -> audit_value::ActiveModel {
        audit_value::ActiveModel {
            entry_id: Set(entry),
            sha256: Set(self.sha256),
            salt: Set(self.opening.salt),
            value: Set(self.opening.value),
            observation_id: Set(self.of),
            ..Default::default()
        }
    }
}

/// A field as the chain has it; the values of an observation go beside it.
fn field_entry(change: &FieldChange, values: &mut Vec<Committed>) -> Result<FieldEntry> {
    let mut entry = |value: &Option<String>, of: Option<ObservationId>| -> Result<Option<ValueEntry>> {
        let (Some(value), Some(of)) = (value, of) else { return Ok(value.clone().map(ValueEntry::Plain)) };
        let opening = Opening::of(value.clone())?;
        let sha256 = opening.commitment().ok_or_else(|| Broken::new("a salt that is none"))?;
        values.push(Committed { sha256: sha256.clone(), opening, of });
        Ok(Some(ValueEntry::Committed { sha256 }))
    };
    Ok(FieldEntry {
        field: change.field.clone(),
        before: entry(&change.before, change.of.map(|of| of.before))?,
        after: entry(&change.after, change.of.map(|of| of.after))?,
    })
}

impl<'a> Entry<'a> {
    pub(super) fn done(by: &By<'a>, action: Action, change: &'a Change) -> Result<Self> {
        let mut values = vec![];
        let fields =
            change.fields.iter().map(|field| field_entry(field, &mut values)).collect::<Result<Vec<FieldEntry>>>()?;
        Ok(Entry {
            by: by.clone(),
            action: action.name(),
            resource: Some(&change.key),
            outcome: AuditOutcome::Ok,
            reason: None,
            changes: serde_json::to_string(&fields).map_err(Broken::new)?,
            values,
        })
    }
    pub(super) fn of(by: &By<'a>, attempt: &'a Attempt, times: u32) -> Result<Self> {
        let times = (times > 1).then(|| FieldChange::new("times", times.to_string()));
        let fields = times.iter().map(|field| field_entry(field, &mut vec![])).collect::<Result<Vec<FieldEntry>>>()?;
        Ok(Entry {
            by: by.clone(),
            action: attempt.action.name(),
            resource: attempt.resource.as_deref(),
            outcome: attempt.outcome,
            reason: Some(attempt.reason),
            changes: serde_json::to_string(&fields).map_err(Broken::new)?,
            values: vec![],
        })
    }
}
