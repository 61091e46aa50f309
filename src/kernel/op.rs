//! One operation: who asks, when, and the only ways to the rows. Reads go through it; writes through its door.
//!
//! An operation never hands out a connection. It reads from the pool, or, inside [`Op::together`], from the open transaction,
//! so that what was just written is seen.

use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    audit_entry,
    ids::{IndicatorId, ObservationId, UnitId},
    kinds::AuditOutcome,
};
use sea_orm::{
    EntityTrait, FromQueryResult, PartialModelTrait, QueryResult, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, SelectStatement},
};

use super::{
    app::App,
    clock::day_of,
    db::{Cell, Db},
    error::{Broken, Code, Error, Result},
    limits::Limit,
    object::{Col, Key},
    policy::{self, Action, Caller, Permit, Scope},
    quota::{Holder, Standing},
    reads::Read,
    repeat::Ticket,
    spending::{Account, Spending, Used},
    text::fold,
    tx::{Attempt, Outcome, Tx},
};

/// One operation.
#[derive(Clone)]
pub struct Op {
    app: App,
    caller: Caller,
    request_id: Arc<str>,
    now: DateTime<Utc>,
    statements: Arc<AtomicUsize>,
    changes: Arc<AtomicUsize>,
    answered: Arc<Mutex<HashSet<String>>>,
    refused: Arc<Mutex<Vec<Attempt>>>,
    read: Arc<Mutex<Read>>,
    values: Arc<AtomicUsize>,
    objects: Arc<AtomicUsize>,
    personal: Arc<AtomicBool>,
    standing: Option<Standing>,
    address: Option<IpAddr>,
    spending: Spending,
    tx: Option<Arc<Tx>>,
    ticket: Option<Ticket>,
}

impl Op {
    /// Begins an operation. The request id ties its log lines and audit entries together.
    pub fn new(app: &App, caller: Caller, request_id: &str) -> Self {
        let spending = Spending::of(Holder::known(&caller));
        Op {
            app: app.clone(),
            caller,
            request_id: request_id.into(),
            now: app.clock().now(),
            statements: Arc::default(),
            changes: Arc::default(),
            answered: Arc::default(),
            refused: Arc::default(),
            read: Arc::default(),
            values: Arc::default(),
            objects: Arc::default(),
            personal: Arc::default(),
            standing: None,
            address: None,
            spending,
            tx: None,
            ticket: None,
        }
    }
    /// The same operation, under an idempotency key.
    pub fn under(&self, ticket: Ticket) -> Self {
        Op { ticket: Some(ticket), ..self.clone() }
    }
    /// The same operation, later.
    pub fn later(&self) -> Self {
        Op { now: self.app.clock().now(), ..self.clone() }
    }
    /// The same operation, where what it writes is committed alone: neither together with more nor with the answer.
    pub(super) fn alone(&self) -> Option<&Self> {
        (self.tx.is_none() && self.ticket.is_none()).then_some(self)
    }
    /// Whether it holds the write lock, so that nobody else may be waited for who needs it.
    pub fn is_writing(&self) -> bool {
        self.tx.is_some() || self.ticket.as_ref().is_some_and(|ticket| ticket.open().is_some())
    }
    /// The same operation, that a request from an address asks for.
    pub fn sent_from(self, address: IpAddr) -> Self {
        Op { address: Some(address), ..self }
    }
    /// Where the request came from; none for what no request asks for.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }
    /// The same operation, by a caller whose bucket stands like this, and who pays from an account.
    pub fn paid_from(self, standing: Standing, account: Arc<Account>) -> Self {
        Op { standing: Some(standing), spending: self.spending.clone().paid_from(account), ..self }
    }
    /// The same operation, waiting for the database in somebody's name.
    pub fn waiting_as(self, holder: Holder) -> Self {
        Op { spending: self.spending.clone().by(holder), ..self }
    }
    /// The same operation, as somebody would have it who has not signed in.
    pub fn as_stranger(&self) -> Self {
        Op { caller: Caller::Anonymous, ..self.clone() }
    }
    /// How the caller's bucket stands, what this request may cost taken from it already.
    pub fn standing(&self) -> Standing {
        self.personal.store(true, Ordering::Relaxed);
        let full = || Standing::full(self.app.settings().limits.points(&self.caller).1, self.now);
        self.standing.unwrap_or_else(full)
    }
    /// Whether the answer tells how the caller's bucket stands, and so is no other caller's.
    pub fn is_personal(&self) -> bool {
        self.personal.load(Ordering::Relaxed)
    }
    /// What lives as long as the process.
    pub fn app(&self) -> &App {
        &self.app
    }
    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
    /// The request's id.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
    /// When it began: the one instant of the whole operation.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }
    /// Today in Việt Nam, when it began.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now)
    }
    /// What of the figures the caller sees.
    pub fn scope(&self) -> Scope {
        policy::scope(&self.caller)
    }
    /// How many statements it has read with so far.
    pub fn statements(&self) -> usize {
        self.statements.load(Ordering::Relaxed)
    }
    /// Microseconds that its statements have taken so far.
    pub fn database_micros(&self) -> u64 {
        self.spending.micros()
    }
    /// What it has used of the database so far.
    pub(super) fn used(&self) -> Used {
        Used { statements: self.statements(), micros: self.database_micros() }
    }
    /// Counts what was used of the database on its behalf elsewhere.
    pub(super) fn note_used(&self, used: Used) {
        self.statements.fetch_add(used.statements, Ordering::Relaxed);
        self.spending.note(used.micros);
    }
    /// Pays for microseconds that its transaction took of the database.
    pub(super) fn pay(&self, micros: u64) {
        self.spending.pay(&self.app, micros);
    }
    /// Another operation of the same request, as somebody else sees it, in the caller's place in the queue.
    pub(super) fn seen_as(&self, reader: Caller) -> Self {
        Op { spending: self.spending.another(), ..Op::new(&self.app, reader, &self.request_id) }
    }
    /// How many values it has answered so far.
    pub fn values(&self) -> usize {
        self.values.load(Ordering::Relaxed)
    }
    pub(super) fn note_answered(&self, values: usize, objects: usize) {
        self.values.fetch_add(values, Ordering::Relaxed);
        self.objects.fetch_add(objects, Ordering::Relaxed);
    }
    /// How many objects its answer may still have. A row may come with its edge, its page and what is said of that.
    pub(super) fn objects_left(&self) -> usize {
        let most = self.app.settings().limits.of(Limit::Nodes);
        let most = usize::try_from(most).unwrap_or(usize::MAX).saturating_mul(4);
        most.saturating_sub(self.objects.load(Ordering::Relaxed))
    }
    /// Whether nothing has been answered yet at a place of the response. An operation answers one document.
    pub(super) fn answers_first(&self, place: &str) -> bool {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).insert(place.to_owned())
    }
    /// How many changes it has recorded so far.
    pub fn changes(&self) -> usize {
        self.changes.load(Ordering::Relaxed)
    }
    pub(super) fn note_changes(&self, count: usize) {
        self.changes.fetch_add(count, Ordering::Relaxed);
    }
    pub(super) fn db(&self) -> &Db {
        self.app.db()
    }

    /// Rows of a column whose value is one of these: one parameter, so that the statement stays the same whatever their number.
    pub fn among(&self, column: impl Into<Col>, keys: impl IntoIterator<Item = Key>) -> Expr {
        let keys: Vec<Key> = keys.into_iter().collect();
        match keys.is_empty() {
            true => Expr::val(false),
            false => self.db().among(column.into(), &keys),
        }
    }
    /// Rows of a column whose value is one of those that a statement selects, which are few.
    pub fn selected(&self, column: impl Into<Col>, values: SelectStatement) -> Expr {
        self.db().selected(column.into(), values)
    }
    /// The ids that a statement finds for each of some records, by the values of the record.
    pub fn for_each(
        &self,
        records: &[Vec<Cell>],
        find: impl FnOnce(&dyn Fn(usize) -> Expr) -> SelectStatement,
    ) -> SelectStatement {
        self.db().for_each(records, find)
    }
    /// Rows whose column of folded texts has a text in it, wherever. Nothing is found for a text of which nothing is left when it
    /// is folded, such as a dash; an empty one asks for nothing, and finds everything.
    pub fn has(&self, column: impl Into<Col>, text: &str) -> Expr {
        let folded = fold(text);
        if folded.is_empty() {
            return Expr::val(text.trim().is_empty());
        }
        self.db().contains(column.into(), &folded)
    }
    /// Reads rows.
    pub async fn rows(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let written = self.ticket.as_ref().and_then(Ticket::open);
        match self.tx.as_ref().or(written.as_ref()) {
            Some(tx) => tx.rows(query).await,
            None => {
                let _running = self.spending.turn(&self.app).await?;
                self.db().rows(query).await
            }
        }
    }
    /// Reads the rows of an entity.
    pub async fn find<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>> {
        let rows = self.rows(&select.into_query()).await?;
        Ok(rows.iter().map(|row| E::Model::from_query_result(row, "")).collect::<std::result::Result<_, _>>()?)
    }
    /// Reads some columns of the rows of an entity.
    pub async fn find_part<E: EntityTrait, P: PartialModelTrait>(&self, select: Select<E>) -> Result<Vec<P>> {
        let rows = self.rows(&P::select_cols(select.select_only()).into_query()).await?;
        Ok(rows.iter().map(|row| P::from_query_result(row, "")).collect::<std::result::Result<_, _>>()?)
    }
    /// Reads the first row of an entity.
    pub async fn first<E: EntityTrait>(&self, select: Select<E>) -> Result<Option<E::Model>> {
        Ok(self.find(select.limit(1)).await?.into_iter().next())
    }

    /// Whether nothing was ever recorded: the store is new.
    ///
    /// # Errors
    /// The database's.
    pub async fn untouched(&self) -> Result<bool> {
        Ok(self.first(audit_entry::Entity::find()).await?.is_none())
    }

    /// May the caller do this at all?
    ///
    /// # Errors
    /// UNAUTHENTICATED or FORBIDDEN.
    pub fn permit(&self, action: Action) -> Result<Permit> {
        Ok(policy::permit(&self.caller, action).inspect_err(|refusal| self.note_refusal(action, refusal.code))?)
    }
    /// May the caller do this at all? For whoever must know before the rest of the request is looked at.
    ///
    /// # Errors
    /// UNAUTHENTICATED or FORBIDDEN.
    pub fn may(&self, action: Action) -> Result<()> {
        self.permit(action).map(drop)
    }
    fn note_refusal(&self, action: Action, code: Code) {
        let outcome = match code {
            Code::Unauthenticated | Code::Forbidden => AuditOutcome::Denied,
            // Somebody else's record is one that is not there.
            Code::NotFound | Code::Conflict | Code::PreconditionFailed => AuditOutcome::Failed,
            _ => return,
        };
        let attempt = Attempt { action, resource: None, outcome, reason: code.as_str() };
        let mut refused = self.refused();
        // However often a document asks: once.
        if !refused.contains(&attempt) {
            refused.push(attempt);
        }
    }
    /// Notes that a figure was read, of an indicator and a unit, which only a grant opens.
    pub fn note_read(&self, of: (IndicatorId, UnitId), figure: ObservationId) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(of).or_default().insert(figure);
    }
    /// Whether a figure was noted so far.
    pub fn has_read(&self) -> bool {
        !self.read.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
    /// The figures that were noted so far, which are noted no more.
    pub fn take_read(&self) -> Read {
        std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
    /// Writes what was refused so far into the audit chain: whoever made the operation does so when it is over.
    ///
    /// # Errors
    /// The database's.
    pub async fn record_refusals(&self) -> Result<()> {
        // Under an idempotency key they are recorded with the answer: see `repeat::end`.
        if self.ticket.is_some() || self.refused().is_empty() {
            return Ok(());
        }
        let tx = Tx::begin(self).await?;
        self.record_refusals_in(&tx).await?;
        tx.commit().await
    }
    pub(super) async fn record_refusals_in(&self, tx: &Tx) -> Result<()> {
        let refused = std::mem::take(&mut *self.refused());
        tx.record_attempts(&refused).await
    }
    fn refused(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The door for writes. What `work` did is committed together with its audit entries and the feed's rows; when it fails,
    /// nothing of it is left. Inside [`Op::together`] it becomes part of the whole. Under an idempotency key it is committed with the
    /// answer, and is read until then by this operation alone.
    pub async fn write<T>(
        &self,
        permit: Permit,
        work: impl AsyncFnOnce(&Tx, &Permit) -> Result<Outcome<T>>,
    ) -> Result<T> {
        let refused = |error: &Error| {
            if let Error::Refused(refusal) = error {
                self.note_refusal(permit.action(), refusal.code);
            }
        };
        if let Some(tx) = &self.tx {
            let outcome = Box::pin(work(tx, &permit)).await.inspect_err(refused)?;
            return tx.record(&permit, outcome).await;
        }
        let open = self.ticket.as_ref().and_then(Ticket::open);
        let tx = match &open {
            Some(tx) => tx.clone(),
            None => Arc::new(Tx::begin_write(&Op { ticket: None, ..self.clone() }).await.inspect_err(refused)?),
        };
        if open.is_some() {
            tx.savepoint().await?;
        }
        let written = async {
            // Boxed: the root of all mutations would hold a place on the stack for what each of them does.
            let outcome = Box::pin(work(&tx, &permit)).await.inspect_err(refused)?;
            let nothing = outcome.is_nothing();
            Ok::<_, Error>((tx.record(&permit, outcome).await?, nothing))
        };
        match (written.await, &self.ticket) {
            (Ok((value, _)), _) if open.is_some() => {
                tx.release().await?;
                Ok(value)
            }
            // Other writers need not wait for an answer that changes nothing.
            (Ok((value, false)), Some(ticket)) => {
                ticket.keep(tx);
                Ok(value)
            }
            (Ok((value, _)), _) => {
                let tx = Arc::into_inner(tx).ok_or_else(|| Broken::new("an operation outlived its transaction"))?;
                tx.commit().await?;
                self.app.news().look();
                Ok(value)
            }
            (Err(Error::Refused(refusal)), _) if open.is_some() => {
                tx.roll_back_to_savepoint().await?;
                Err(refusal.into())
            }
            (Err(error), _) => Err(error),
        }
    }
    /// Several commands as one: all of them or none.
    pub async fn together<T>(&self, work: impl AsyncFnOnce(&Op) -> Result<T>) -> Result<T> {
        let tx = Arc::new(Tx::begin_write(&Op { ticket: None, ..self.clone() }).await?);
        let inner = Op { tx: Some(tx.clone()), ..self.clone() };
        let value = Box::pin(work(&inner)).await?;
        drop(inner);
        let tx = Arc::into_inner(tx).ok_or_else(|| Broken::new("an operation outlived its transaction"))?;
        tx.commit().await?;
        self.app.news().look();
        Ok(value)
    }
}
