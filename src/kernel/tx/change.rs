//! What changed, as commands tell it.

use entity::{
    ids::ObservationId,
    kinds::{ChangeAction, ChangeType},
};

use crate::kernel::chain::SECRET;

/// A record that changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// What kind of record; none where the change feed has no type for it.
    pub kind: Option<ChangeType>,
    /// What happened to it.
    pub action: ChangeAction,
    /// Its natural key.
    pub key: String,
    /// Its id.
    pub id: i64,
    /// What changed of it, field by field. Empty for a record that is new and says all of it itself.
    pub fields: Vec<FieldChange>,
}

impl Change {
    /// A new record.
    pub fn created(kind: ChangeType, key: impl Into<String>, id: impl Into<i64>) -> Self {
        Change::of(kind, ChangeAction::Created, key, id)
    }
    /// What happened to a record.
    pub fn of(kind: ChangeType, action: ChangeAction, key: impl Into<String>, id: impl Into<i64>) -> Self {
        Change { kind: Some(kind), ..Change::audited(action, key, id) }
    }
    /// A record that changed, and what changed of it; none where nothing did.
    pub fn updated(
        kind: ChangeType,
        key: impl Into<String>,
        id: impl Into<i64>,
        fields: impl IntoIterator<Item = Option<FieldChange>>,
    ) -> Option<Self> {
        let fields: Vec<FieldChange> = fields.into_iter().flatten().collect();
        (!fields.is_empty()).then(|| Change::of(kind, ChangeAction::Updated, key, id).with(fields))
    }
    /// A change that the feed has no type for: it stands in the audit chain alone.
    pub fn audited(action: ChangeAction, key: impl Into<String>, id: impl Into<i64>) -> Self {
        Change { kind: None, action, key: key.into(), id: id.into(), fields: vec![] }
    }
    /// The same change, with what changed.
    pub fn with(mut self, fields: Vec<FieldChange>) -> Self {
        self.fields = fields;
        self
    }
}

/// The revisions of an observation whose values a change holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// The one that was revised.
    pub before: ObservationId,
    /// The one that is there now.
    pub after: ObservationId,
}

/// A field of a record that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Which field, as the API names it.
    pub field: String,
    /// What it said.
    pub before: Option<String>,
    /// What it says.
    pub after: Option<String>,
    /// Whose values these are, where not every reader of the audit log may see them.
    pub of: Option<Revisions>,
}

impl FieldChange {
    /// A field that says something now.
    pub fn new(field: &str, after: impl Into<String>) -> Self {
        FieldChange { field: field.to_owned(), before: None, after: Some(after.into()), of: None }
    }
    /// A field that may have changed; none where it has not.
    pub fn of<T: ToString>(field: &str, before: Option<T>, after: Option<T>) -> Option<Self> {
        let [before, after] = [before, after].map(|value| value.map(|value| value.to_string()));
        (before != after).then(|| FieldChange { field: field.to_owned(), before, after, of: None })
    }
    /// A secret that changed: what it is stands nowhere.
    pub fn secret(field: &str) -> Self {
        FieldChange::new(field, SECRET)
    }
    /// The same change, with values of an observation: the chain holds only their commitments, and only readers of the revision see
    /// them.
    pub fn committed(self, of: Revisions) -> Self {
        FieldChange { of: Some(of), ..self }
    }
}
