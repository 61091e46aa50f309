//! The one door for writes: a transaction that cannot be opened without a permit, nor left without telling what it did.
//!
//! What changed goes into the audit chain and into the change feed in the same transaction. The chain has one writer at a time,
//! so entries follow each other in commit order: a sequence without gaps or forks.

mod change;
mod entry;
mod record;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ConnectionTrait, DeleteMany, EntityTrait, IntoActiveModel, Iterable, PrimaryKeyToColumn, QueryResult, QueryTrait,
    Statement, UpdateMany,
    sea_query::{Alias, OnConflict, Query, SelectStatement},
};

use entity::{audit_entry, change as feed, ids::AuditEntryId, kinds::AuditOutcome};

pub use self::change::{Change, FieldChange, Revisions};
use self::entry::{By, Entry};
pub use self::record::{Audited, Named, Record};

use super::{
    chain::{COMMITTED, GENESIS, Link},
    db::{Transaction, failure::Failure},
    error::{Broken, Refusal, Result},
    object::Col,
    op::Op,
    policy::{Action, Permit, Placed},
};

/// The reason of what an administrator did that others are there to do.
const EMERGENCY: &str = "EMERGENCY";

/// Something that was tried and not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What was tried.
    pub action: Action,
    /// On which record, by its key.
    pub resource: Option<String>,
    /// Whether it was not allowed, or failed.
    pub outcome: AuditOutcome,
    /// Why, in a word that does not change.
    pub reason: &'static str,
}

/// What somebody else did that is written down for them.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Who did it, as the audit chain names them.
    pub by: String,
    /// In which request.
    pub request_id: Arc<str>,
    /// When.
    pub at: DateTime<Utc>,
    /// What it was. It stands in the audit chain alone.
    pub change: Change,
}

/// What a write came to: its value, and what it changed. Without it there is no way out of the door.
#[must_use]
pub struct Outcome<T> {
    value: T,
    changes: Vec<Change>,
    attempts: Vec<(Attempt, u32)>,
    deeds: Vec<Deed>,
}

impl<T> Outcome<T> {
    /// Something changed, in a place where the caller may write.
    pub fn changed(_: Placed, value: T, changes: Vec<Change>) -> Self {
        Outcome { value, changes, attempts: vec![], deeds: vec![] }
    }
    /// Everything was already so.
    pub fn unchanged(value: T) -> Self {
        Outcome { value, changes: vec![], attempts: vec![], deeds: vec![] }
    }
    /// Nothing was done of what was tried; what was written to remember it stays.
    /// It may stand for several times.
    pub fn tried(value: T, attempt: Attempt, times: u32) -> Self {
        Outcome { value, changes: vec![], attempts: vec![(attempt, times)], deeds: vec![] }
    }
    /// Whether it leaves nothing behind.
    pub(super) fn is_nothing(&self) -> bool {
        self.changes.is_empty() && self.attempts.is_empty() && self.deeds.is_empty()
    }
    /// What others did is written down in their names.
    pub fn written_down(_: Placed, value: T, deeds: Vec<Deed>) -> Self {
        Outcome { value, changes: vec![], attempts: vec![], deeds }
    }
}

/// An open transaction. Stores' mutations take it first.
pub struct Tx {
    tx: Transaction,
    op: Op,
    /// The end of the audit chain. None before the lock is taken, and after a part was rolled back.
    head: Mutex<Option<Head>>,
}

/// What was written is paid for, whatever became of it.
impl Drop for Tx {
    fn drop(&mut self) {
        self.op.pay(self.tx.micros());
    }
}

impl Tx {
    pub(super) async fn begin(op: &Op) -> Result<Self> {
        // The lock is taken from the beginning: what is looked up to decide stays so until the commit, and nobody waits for two.
        let (tx, head) = op.db().begin(HEAD).await?;
        Ok(Tx { tx, op: op.clone(), head: Mutex::new(Some(Head::of(&head)?)) })
    }
    /// Opens one to write in ahead of the lock of all writers, where the database lets others write meanwhile.
    pub(super) async fn begin_ahead(op: &Op) -> Result<Option<Self>> {
        Ok(op.db().begin_ahead().await?.map(|tx| Tx { tx, op: op.clone(), head: Mutex::default() }))
    }
    /// Takes the lock of one that was opened ahead of it, and looks at an authenticated caller again.
    pub(super) async fn lock(&self) -> Result<()> {
        let head = self.op.db().lock(&self.tx, HEAD).await?;
        self.keep(Some(Head::of(&head)?));
        self.recheck().await
    }
    async fn recheck(&self) -> Result<()> {
        match self.op.caller().recheck() {
            Some(recheck) => recheck.judge(self.rows(recheck.query()).await?.first()),
            None => Ok(()),
        }
    }
    /// Opens one to write in, and looks at an authenticated caller again: what was ended or taken away since the request began is
    /// seen, for the lock is held.
    pub(super) async fn begin_write(op: &Op) -> Result<Self> {
        let tx = Tx::begin(op).await?;
        tx.recheck().await?;
        Ok(tx)
    }
    pub(super) async fn commit(self) -> Result<()> {
        self.tx.commit().await.map_err(|error| match Failure::of(&error) {
            Some(Failure::Lost) => Refusal::perhaps_saved().into(),
            _ => error.into(),
        })
    }
    /// Begins a part that can be rolled back alone. Parts follow one another.
    pub(super) async fn savepoint(&self) -> Result<()> {
        self.tx.execute_unprepared("SAVEPOINT part").await.map(drop).map_err(Into::into)
    }
    /// Ends a part.
    pub(super) async fn release(&self) -> Result<()> {
        self.tx.execute_unprepared("RELEASE SAVEPOINT part").await.map(drop).map_err(Into::into)
    }
    /// Ends a part, of which nothing is left.
    pub(super) async fn roll_back_to_savepoint(&self) -> Result<()> {
        self.tx.execute_unprepared("ROLLBACK TO SAVEPOINT part").await?;
        self.keep(None);
        self.release().await
    }
    /// Whether the process with an instance's number runs.
    pub(super) async fn runs(&self, instance: i64) -> Result<bool> {
        self.op.db().runs(&self.tx, instance).await
    }
    /// Reads rows, as this transaction sees them.
    pub async fn rows(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        Ok(self.tx.query_all(query).await?)
    }
    /// The instant of the operation.
    pub fn now(&self) -> DateTime<Utc> {
        self.op.now()
    }
    /// This instant. It is later than the operation's: a transaction waits for those before it.
    pub fn instant(&self) -> DateTime<Utc> {
        self.op.app().clock().now()
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
        for rows in statements(rows) {
            A::Entity::insert_many(rows).exec_without_returning(&self.tx).await?;
        }
        Ok(())
    }
    /// Inserts rows whose ids nobody asks for; one whose key is another's takes the place of that one.
    pub async fn put_many<A>(&self, rows: Vec<A>, key: &[<A::Entity as EntityTrait>::Column]) -> Result<()>
    where
        A: ActiveModelTrait + Send,
    {
        let id = |column: &<A::Entity as EntityTrait>::Column| {
            <A::Entity as EntityTrait>::PrimaryKey::iter().any(|id| Col::of(id.into_column()) == Col::of(*column))
        };
        let same = |column: &<A::Entity as EntityTrait>::Column| key.iter().any(|of| Col::of(*of) == Col::of(*column));
        let rest = <A::Entity as EntityTrait>::Column::iter().filter(|column| !id(column) && !same(column));
        let taken = OnConflict::columns(key.iter().copied()).update_columns(rest).to_owned();
        for rows in statements(rows) {
            A::Entity::insert_many(rows).on_conflict(taken.clone()).exec_without_returning(&self.tx).await?;
        }
        Ok(())
    }
    /// Inserts rows and answers with them, in an order of the database's.
    pub async fn insert_all<A>(&self, rows: Vec<A>) -> Result<Vec<<A::Entity as EntityTrait>::Model>>
    where
        A: ActiveModelTrait + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let mut inserted = vec![];
        for rows in statements(rows) {
            inserted.extend(A::Entity::insert_many(rows).exec_with_returning(&self.tx).await?);
        }
        Ok(inserted)
    }
    /// Inserts rows and answers with some of their columns, in an order of the database's.
    pub async fn insert_keyed<A>(
        &self,
        rows: Vec<A>,
        columns: &[<A::Entity as EntityTrait>::Column],
    ) -> Result<Vec<QueryResult>>
    where
        A: ActiveModelTrait + Send,
    {
        let mut inserted = vec![];
        for rows in statements(rows) {
            let mut query = A::Entity::insert_many(rows).into_query();
            let columns = columns.iter().map(|column| Alias::new(Col::of(*column).name));
            query.returning(Query::returning().columns(columns));
            inserted.extend(self.tx.query_all(&query).await?);
        }
        Ok(inserted)
    }
    /// The first row of an entity, as this transaction sees it.
    pub async fn first<E: EntityTrait>(&self, select: sea_orm::Select<E>) -> Result<Option<E::Model>> {
        Ok(select.one(&self.tx).await?)
    }
    /// The rows of an entity, as this transaction sees them.
    pub async fn find<E: EntityTrait>(&self, select: sea_orm::Select<E>) -> Result<Vec<E::Model>> {
        Ok(select.all(&self.tx).await?)
    }

    /// Changes the rows of an entity that an update selects; answers how many.
    pub async fn update<E: EntityTrait>(&self, update: UpdateMany<E>) -> Result<u64> {
        Ok(update.exec(&self.tx).await?.rows_affected)
    }
    /// Deletes the rows of an entity that a deletion selects; answers how many.
    pub async fn delete<E: EntityTrait>(&self, delete: DeleteMany<E>) -> Result<u64> {
        Ok(delete.exec(&self.tx).await?.rows_affected)
    }

    pub(super) async fn record<T>(&self, permit: &Permit, outcome: Outcome<T>) -> Result<T> {
        let emergency = permit.emergency().then_some(EMERGENCY);
        let own = self.own();
        let mut entries = vec![];
        for changed in &outcome.changes {
            entries.push(Entry { reason: emergency, ..Entry::done(&own, permit.action(), changed)? });
        }
        for (attempt, times) in &outcome.attempts {
            entries.push(Entry::of(&own, attempt, *times)?);
        }
        for deed in &outcome.deeds {
            entries.push(Entry::done(&By::of(deed), permit.action(), &deed.change)?);
        }
        self.op.note_changes(outcome.changes.len());
        self.append(entries).await?;
        let feed = outcome.changes.iter().filter_map(|changed| {
            Some(feed::ActiveModel {
                kind: Set(changed.kind?),
                action: Set(changed.action),
                key: Set(changed.key.clone()),
                node_id: Set(changed.id),
                at: Set(self.now()),
                ..Default::default()
            })
        });
        self.insert_many(feed.collect()).await?;
        Ok(outcome.value)
    }
    /// Records what was tried and refused before anything was looked at.
    pub(super) async fn record_attempts(&self, attempts: &[Attempt]) -> Result<()> {
        let own = self.own();
        let entries = attempts.iter().map(|attempt| Entry::of(&own, attempt, 1));
        self.append(entries.collect::<Result<_>>()?).await
    }
    /// Appends entries to the chain.
    async fn append(&self, entries: Vec<Entry<'_>>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut head = self.head().await?;
        let (mut rows, mut values) = (vec![], vec![]);
        for entry in entries {
            let link = Link {
                version: COMMITTED,
                sequence: head.sequence + 1,
                at: entry.by.at.timestamp_micros(),
                actor: &entry.by.actor,
                action: entry.action,
                resource: entry.resource,
                outcome: entry.outcome,
                reason: entry.reason,
                request_id: Some(&entry.by.request_id),
                changes: &entry.changes,
                previous_hash: &head.hash,
            };
            let hash = link.hash();
            rows.push(audit_entry::ActiveModel {
                id: Set(AuditEntryId(link.sequence)),
                at: Set(entry.by.at),
                actor: Set(entry.by.actor.clone().into_owned()),
                action: Set(entry.action.to_owned()),
                resource: Set(entry.resource.map(str::to_owned)),
                outcome: Set(entry.outcome),
                reason: Set(entry.reason.map(str::to_owned)),
                request_id: Set(Some(entry.by.request_id.clone().into_owned())),
                changes: Set(entry.changes.clone()),
                previous_hash: Set(head.hash.clone()),
                hash: Set(hash.clone()),
                hash_version: Set(link.version),
            });
            values.extend(entry.values.into_iter().map(|value| value.row(AuditEntryId(link.sequence))));
            head = Head { sequence: link.sequence, hash };
        }
        self.insert_many(rows).await?;
        self.insert_many(values).await?;
        self.keep(Some(head));
        Ok(())
    }

    /// Who does what this transaction does.
    fn own(&self) -> By<'_> {
        By { actor: self.op.caller().name().into(), request_id: self.op.request_id().into(), at: self.now() }
    }
    async fn head(&self) -> Result<Head> {
        if let Some(head) = self.head.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(head);
        }
        let select = Statement::from_string(self.tx.get_database_backend(), format!("SELECT NULL, {HEAD}"));
        let row = self.tx.query_one_raw(select).await?;
        Head::of(&row.ok_or_else(|| Broken::new("a statement without a row"))?)
    }
    fn keep(&self, head: Option<Head>) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }
}

/// Rows in as many statements as they need: SQLite binds at most 32,766 values in one.
fn statements<A: ActiveModelTrait>(rows: Vec<A>) -> Vec<Vec<A>> {
    const VALUES: usize = 30_000;
    let columns = <A::Entity as EntityTrait>::Column::iter().count().max(1);
    let mut parts = vec![];
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        parts.push(rows.by_ref().take(VALUES / columns).collect());
    }
    parts
}

/// The end of the audit chain.
struct Head {
    sequence: i64,
    hash: String,
}

/// The columns of a row that tells it, after the first.
const HEAD: &str = "(SELECT max(id) FROM audit_entry), (SELECT hash FROM audit_entry ORDER BY id DESC LIMIT 1)";

impl Head {
    fn of(row: &QueryResult) -> Result<Self> {
        let (sequence, hash): (Option<i64>, Option<String>) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        Ok(Head { sequence: sequence.unwrap_or_default(), hash: hash.unwrap_or_else(|| GENESIS.to_owned()) })
    }
}
