//! The one door for writes: a transaction that cannot be opened without a permit, nor left without telling what it did.
//!
//! What changed goes into the audit chain and into the change feed in the same transaction. The chain has one writer at a time,
//! so entries follow each other in commit order: a sequence without gaps or forks.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryResult,
    sea_query::{Alias, Order, Query, SelectStatement},
};
use sha2::{Digest, Sha256};

use entity::{
    audit_entry, change,
    ids::AuditEntryId,
    kinds::{AuditOutcome, ChangeAction, ChangeType},
};

use super::{error::Result, object::Col, op::Op, policy::Permit};

/// The hash that the first entry names as the one before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The version of the encoding that is hashed.
const ENCODING: u8 = 1;

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
}

impl Change {
    /// A new record.
    pub fn created(kind: ChangeType, key: impl Into<String>, id: impl Into<i64>) -> Self {
        Change { kind: Some(kind), action: ChangeAction::Created, key: key.into(), id: id.into() }
    }
}

/// What a write came to: its value, and what it changed. Without it there is no way out of the door.
#[must_use]
pub struct Outcome<T> {
    value: T,
    changes: Vec<Change>,
}

impl<T> Outcome<T> {
    /// Something changed.
    pub fn changed(value: T, changes: Vec<Change>) -> Self {
        Outcome { value, changes }
    }
    /// Something changed that the feed has no type for: it stands in the audit chain alone.
    pub fn audited(value: T, key: impl Into<String>, id: impl Into<i64>) -> Self {
        let change = Change { kind: None, action: ChangeAction::Created, key: key.into(), id: id.into() };
        Outcome { value, changes: vec![change] }
    }
    /// Everything was already so.
    pub fn unchanged(value: T) -> Self {
        Outcome { value, changes: vec![] }
    }
}

/// An open transaction. Stores' mutations take it first.
pub struct Tx {
    tx: DatabaseTransaction,
    op: Op,
}

impl Tx {
    pub(super) async fn begin(op: &Op) -> Result<Self> {
        let tx = op.db().begin().await?;
        // From the beginning: what is looked up to decide stays so until the commit, and nobody waits for two locks.
        op.db().lock_writers(&tx).await?;
        Ok(Tx { tx, op: op.clone() })
    }
    pub(super) async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
    pub(super) async fn rows(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        Ok(self.tx.query_all(query).await?)
    }
    /// The instant of the operation.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.op.now()
    }
    /// Inserts a row and answers with it.
    pub async fn insert<A>(&self, row: A) -> Result<<A::Entity as EntityTrait>::Model>
    where
        A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        Ok(row.insert(&self.tx).await?)
    }
    /// Inserts rows whose ids nobody asks for.
    pub async fn insert_many<A>(&self, rows: Vec<A>) -> Result<()>
    where
        A: ActiveModelTrait + Send,
    {
        if !rows.is_empty() {
            A::Entity::insert_many(rows).exec_without_returning(&self.tx).await?;
        }
        Ok(())
    }
    /// The first row of an entity, as this transaction sees it.
    pub async fn first<E: EntityTrait>(&self, select: sea_orm::Select<E>) -> Result<Option<E::Model>> {
        Ok(select.one(&self.tx).await?)
    }
    /// The rows of an entity, as this transaction sees them.
    pub async fn find<E: EntityTrait>(&self, select: sea_orm::Select<E>) -> Result<Vec<E::Model>> {
        Ok(select.all(&self.tx).await?)
    }

    pub(super) async fn record<T>(&self, permit: &Permit, outcome: Outcome<T>) -> Result<T> {
        if outcome.changes.is_empty() {
            return Ok(outcome.value);
        }
        self.op.note_changes(outcome.changes.len());
        let mut head = self.head().await?;
        let (mut entries, mut feed) = (vec![], vec![]);
        for changed in &outcome.changes {
            let entry = Entry {
                sequence: head.sequence + 1,
                at: self.now().timestamp_micros(),
                actor: self.op.caller().name(),
                action: permit.action().name(),
                resource: &changed.key,
                request_id: self.op.request_id(),
                previous_hash: &head.hash,
            };
            let hash = entry.hash();
            entries.push(audit_entry::ActiveModel {
                id: Set(AuditEntryId(entry.sequence)),
                at: Set(self.now()),
                actor: Set(entry.actor.to_owned()),
                action: Set(entry.action.to_owned()),
                resource: Set(Some(entry.resource.to_owned())),
                outcome: Set(AuditOutcome::Ok),
                reason: Set(None),
                request_id: Set(Some(entry.request_id.to_owned())),
                changes: Set("[]".to_owned()),
                previous_hash: Set(head.hash.clone()),
                hash: Set(hash.clone()),
            });
            if let Some(kind) = changed.kind {
                feed.push(change::ActiveModel {
                    kind: Set(kind),
                    action: Set(changed.action),
                    key: Set(changed.key.clone()),
                    node_id: Set(changed.id),
                    at: Set(self.now()),
                    ..Default::default()
                });
            }
            head = Head { sequence: head.sequence + 1, hash };
        }
        self.insert_many(entries).await?;
        self.insert_many(feed).await?;
        Ok(outcome.value)
    }

    async fn head(&self) -> Result<Head> {
        let id = Col::of(audit_entry::Column::Id);
        let mut query = Query::select();
        query
            .columns([id.column(), Col::of(audit_entry::Column::Hash).column()])
            .from(Alias::new(id.table))
            .order_by(id.column(), Order::Desc)
            .limit(1);
        Ok(match self.rows(&query).await?.first() {
            Some(row) => Head { sequence: row.try_get_by_index(0)?, hash: row.try_get_by_index(1)? },
            None => Head { sequence: 0, hash: GENESIS.to_owned() },
        })
    }
}

struct Head {
    sequence: i64,
    hash: String,
}

/// An entry as it is hashed.
struct Entry<'a> {
    sequence: i64,
    at: i64,
    actor: &'a str,
    action: &'a str,
    resource: &'a str,
    request_id: &'a str,
    previous_hash: &'a str,
}

impl Entry<'_> {
    /// SHA-256 over a version byte, the sequence and the microsecond as eight bytes each, and every text after a byte that
    /// tells whether there is one and its length in four bytes (all big-endian), so that no two entries are ever encoded alike.
    fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update([ENCODING]);
        hasher.update(self.sequence.to_be_bytes());
        hasher.update(self.at.to_be_bytes());
        let reason: Option<&str> = None;
        let texts = [
            Some(self.actor),
            Some(self.action),
            Some(self.resource),
            Some("OK"),
            reason,
            Some(self.request_id),
            Some("[]"),
            Some(self.previous_hash),
        ];
        for text in texts {
            hasher.update([u8::from(text.is_some())]);
            let text = text.unwrap_or_default();
            hasher.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            hasher.update(text);
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
