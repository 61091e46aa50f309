//! What an operation uses of the database: its turns at a reader, and the time for which somebody pays.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    app::App,
    error::{Broken, Code, Refusal, Result},
    gate::Turn,
    limits::Limit,
    locale::Message,
    quota::{Holder, Short, Standing},
};

/// How many statements of one operation run at a time.
const AT_A_TIME: usize = 4;

/// The points of a caller that an operation pays with: what was taken before it began, and what its statements have used since.
pub struct Account {
    holder: Holder,
    limit: u32,
    /// Points for a millisecond.
    price: f64,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    prepaid: f64,
    spent: f64,
    /// What was taken beyond what was prepaid.
    more: f64,
    settled: bool,
}

impl Account {
    /// One for an operation, for which these points were taken.
    pub fn new(holder: Holder, taken: Standing, price: u32) -> Arc<Self> {
        let book = Book { prepaid: taken.cost.into(), ..Book::default() };
        Arc::new(Account { holder, limit: taken.limit, price: price.into(), book: Mutex::new(book) })
    }
    /// Refuses to go on where the caller owes points.
    fn solvent(&self, app: &App, now: DateTime<Utc>) -> std::result::Result<(), Refusal> {
        app.points().solvent(self.holder, self.limit, now).map_err(|Short { wait, .. }| {
            let message = Message::new(
                format!("Hết hạn mức giữa chừng: hãy thử lại sau {wait} giây."),
                format!("Out of points before all was read: try again in {wait} seconds."),
            );
            Refusal::new(Code::RateLimited, message)
        })
    }
    /// Pays for work in the database. What was prepaid covers it first; the rest is taken at once, so that many operations cannot each
    /// use up the same points.
    fn pay(&self, app: &App, milliseconds: f64) {
        let points = milliseconds * self.price;
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.spent += points;
        let more = if book.settled { points } else { (book.spent - book.prepaid - book.more).max(0.0) };
        if more > 0.0 {
            book.more += more;
            app.points().charge(self.holder, self.limit, more, app.clock().now());
        }
    }
    /// Closes the account: `beside` points were used beside the database. What was not needed is put back, what is missing is
    /// taken. Returns the points that it came to, and how the caller's stand. Statements that end later pay for themselves.
    pub fn settle(&self, app: &App, beside: u64) -> (u32, Standing) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let beside = f64::from(u32::try_from(beside).unwrap_or(u32::MAX));
        let actual = book.spent + beside;
        let open = actual - book.prepaid - book.more;
        book.more += open;
        book.settled = true;
        let actual = round(actual);
        (actual, app.points().charge(self.holder, self.limit, open, app.clock().now()).having_cost(actual))
    }
}

/// What is at most some millions, as a whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn round(points: f64) -> u32 {
    points.ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// What was used of the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Statements.
    pub statements: usize,
    /// The microseconds that they took.
    pub micros: u64,
}

/// What an operation uses of the database.
#[derive(Clone)]
pub(super) struct Spending {
    holder: Holder,
    turns: Arc<Semaphore>,
    micros: Arc<AtomicU64>,
    account: Option<Arc<Account>>,
}

impl Spending {
    /// Nobody pays for it.
    pub fn of(holder: Holder) -> Self {
        Spending { holder, turns: Arc::new(Semaphore::new(AT_A_TIME)), micros: Arc::default(), account: None }
    }
    /// The same, in the name of another.
    pub fn by(self, holder: Holder) -> Self {
        Spending { holder, ..self }
    }
    /// The same, paid from an account.
    pub fn paid_from(self, account: Arc<Account>) -> Self {
        Spending { holder: account.holder, account: Some(account), ..self }
    }
    /// Microseconds that its statements have taken so far.
    pub fn micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }
    /// Counts microseconds that were used elsewhere, and paid for there.
    pub fn note(&self, micros: u64) {
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
    /// Counts and pays for microseconds of a transaction. One that is under way is not ended by a debt: the caller pays it with the
    /// next request.
    pub fn pay(&self, app: &App, micros: u64) {
        self.note(micros);
        if let Some(account) = &self.account {
            account.pay(app, std::time::Duration::from_micros(micros).as_secs_f64() * 1_000.0);
        }
    }
    /// That of another operation in the same name, for which nobody pays yet.
    pub fn another(&self) -> Self {
        Spending::of(self.holder)
    }
    /// Waits for a reader. The time until what is returned is dropped is paid for.
    ///
    /// # Errors
    /// UNAVAILABLE where too many wait; RATE_LIMITED where the caller owes points.
    pub async fn turn<'a>(&'a self, app: &'a App) -> Result<Running<'a>> {
        let own = self.turns.clone().acquire_owned().await.map_err(Broken::new)?;
        let turn = app.gate().enter(self.holder).await?;
        let running = Running { spending: self, app, turn, _own: own };
        if let Some(account) = &self.account {
            account.solvent(app, app.clock().now())?;
        }
        Ok(running)
    }
}

/// A statement under way.
#[must_use]
pub(super) struct Running<'a> {
    spending: &'a Spending,
    app: &'a App,
    turn: Turn,
    _own: OwnedSemaphorePermit,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let (took, beside) = self.turn.so_far();
        self.spending.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if let Some(account) = &self.spending.account {
            // Where more run than there are cores, each has its share of them, and pays for no more.
            let share = (self.app.cores() / beside.max(1.0)).min(1.0);
            account.pay(self.app, took.as_secs_f64() * 1_000.0 * share);
        }
    }
}

/// The price of a millisecond, as configured.
pub fn price(app: &App) -> u32 {
    app.settings().limits.of(Limit::PointsPerMillisecond)
}
