//! Traffic (lưu lượng trao đổi): the calls over data links, as consumers and providers report them, and their
//! statistics. A report contains time, outcome, duration and size; never the payload.
//!
//! A call is identified by its link and a message id. Both sides may report it; it counts once, and the provider's
//! report wins. Each hour, day and month of a link has two tallies: of all calls that the provider reported, and of
//! those that only the consumer reported. When a provider's report arrives later, the consumer's is removed from its
//! tally, so the sum of both tallies is correct at any time, whatever the order of the reports. Trial calls have
//! tallies of their own, since they are not yet sharing of data.

pub mod bulletin;
pub mod durations;
pub mod graphql;
mod operating;
pub mod rules;
pub mod statistics;
pub mod store;
pub mod tally;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    exchange_record,
    ids::{AgencyId, DataLinkId},
    kinds::{AuditOutcome, Bucket, ChangeAction, ExchangeOutcome, LinkDirection, ReportSide},
};

use crate::{
    agency,
    indicator::import::RowFault,
    kernel::{
        error::{Code, FieldFault, Refusal, Result},
        locale::Message,
        op::Op,
        policy::{Action, Caller},
        text::clean,
        tx::{Attempt, Change, FieldChange, Outcome, Tx},
    },
};
use store::Reachable;
use tally::Call;

/// The largest number of calls in one report.
pub const MOST_RECORDS: usize = 10_000;

/// The number of old records deleted per transaction, so that other writers get their turn in between.
const DROPPED_AT_ONCE: u64 = 20_000;

/// How many hours a record is kept after reports of its time are no longer accepted. The clocks of the two sides
/// differ: without this, a late report by the other side might not find the record, and the call would count twice.
const KEPT_LONGER: i64 = 24;

/// A call over a data link, to be reported.
#[derive(Clone, Debug, PartialEq)]
pub struct NewExchange {
    /// The code of the link.
    pub link: String,
    /// The side that reports it.
    pub side: ReportSide,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The outcome.
    pub outcome: ExchangeOutcome,
    /// The duration in milliseconds.
    pub duration_ms: i32,
    /// The size of the request in bytes, if reported.
    pub bytes_in: Option<f64>,
    /// The size of the response in bytes, if reported.
    pub bytes_out: Option<f64>,
    /// The id of the call, unique on its link and the same on both sides.
    pub message_id: String,
    /// The error code, if any.
    pub fault_code: Option<String>,
}

/// The result of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// The number of calls that were stored.
    pub accepted: usize,
    /// The number of calls that the same side had already reported.
    pub duplicates: usize,
    /// All faults of the rejected calls, in their order.
    pub errors: Vec<RowFault>,
}

/// A call that passed validation.
struct Checked {
    link: DataLinkId,
    hour: i64,
    trial: bool,
    order: NewExchange,
}

/// The key of a call: link and message id.
type CallKey = (DataLinkId, String);

/// The key of a tally among those of one kind of bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TallyKey {
    /// The link.
    link: DataLinkId,
    /// The first hour of the bucket.
    hour: i64,
    /// The side whose reports it counts.
    side: ReportSide,
    /// Whether it counts trial calls.
    trial: bool,
}

impl TallyKey {
    /// The key of the tally of a larger bucket that includes this one.
    fn within(self, span: Bucket) -> Self {
        TallyKey { hour: rules::bucket_of(self.hour, span), ..self }
    }
    fn of(row: &exchange_record::Model) -> Self {
        TallyKey { link: row.link_id, hour: row.hour, side: row.side, trial: row.trial }
    }
}

/// The kinds of buckets, each a multiple of the one before.
const SPANS: [Bucket; 3] = [Bucket::Hour, Bucket::Day, Bucket::Month];

/// The calls to add to and to remove from the tallies, each with its hour.
#[derive(Debug, Default)]
struct Turn {
    added: Vec<(TallyKey, Call)>,
    removed: Vec<(TallyKey, Call)>,
}

/// Stores and counts the calls that one side reports. Calls that the side had already reported change nothing. An
/// invalid record is reported in the result and does not keep the others from being stored.
///
/// # Errors
/// FORBIDDEN unless the caller is an API client with the scope exchange:report; BAD_USER_INPUT for more than
/// [`MOST_RECORDS`] calls.
pub async fn report(op: &Op, orders: Vec<NewExchange>) -> Result<Reported> {
    let permit = op.permit(Action::ReportExchanges)?;
    if orders.len() > MOST_RECORDS {
        return Err(too_many(orders.len()).into());
    }
    op.write(permit, async |tx, permit| {
        let (records, mut reported) = check(op, tx, orders).await?;
        let rejected = reported.errors.iter().map(|fault| fault.row).collect::<HashSet<_>>().len();
        let all = records.len();
        let fresh = note(op, tx, records).await?;
        (reported.accepted, reported.duplicates) = (fresh, all - fresh);
        if fresh == 0 {
            let denied = reported.errors.iter().any(|fault| fault.code == Code::Forbidden.as_str());
            let attempt = Attempt {
                action: Action::ReportExchanges,
                resource: None,
                outcome: AuditOutcome::Denied,
                reason: Code::Forbidden.as_str(),
            };
            return Ok(if denied { Outcome::tried(reported, attempt, 1) } else { Outcome::unchanged(reported) });
        }
        let told = |field: &str, count: usize| FieldChange::new(field, count.to_string());
        let counts = vec![told("accepted", fresh), told("duplicates", reported.duplicates), told("rejected", rejected)];
        let change = Change::audited(ChangeAction::Created, "exchanges", 0).with(counts);
        Ok(Outcome::changed(permit.anywhere(), reported, vec![change]))
    })
    .await
}

/// Validates the calls: those that can be stored, and the faults of the others.
async fn check(op: &Op, tx: &Tx, orders: Vec<NewExchange>) -> Result<(Vec<Checked>, Reported)> {
    let codes: HashSet<String> = orders.iter().map(|order| clean(&order.link)).collect();
    let links = store::links(op, tx, codes).await?;
    let bodies = match op.caller() {
        Caller::Client(client) => match store::body(tx, client.id).await? {
            // An agency may report for the agencies that it succeeded.
            Some(agency) => Some(agency::store::authority(tx, agency).await?),
            None => None,
        },
        _ => None,
    };
    let (mut checked, mut reported) = (vec![], Reported::default());
    // Where records were deleted, duplicates can no longer be recognised, even if the retention was raised since.
    let dropped = store::horizon(tx).await?.map(|hour| hour + KEPT_LONGER);
    let first_hour = dropped.map_or(first_hour(op), |hour| hour.max(first_hour(op)));
    for (n, mut order) in orders.into_iter().enumerate() {
        // Normalise the id: otherwise a stray blank would make the two sides' reports two calls.
        order.message_id = clean(&order.message_id);
        let mut faults = rules::faults(&order, op.now(), first_hour);
        let link = links.get(&clean(&order.link));
        faults.extend(
            link.map_or_else(|| Some(unknown(&order.link)), |link| stranger(bodies.as_deref(), link, order.side)),
        );
        // Check the link's status only for a record that is otherwise valid: `at` may be the very field that is wrong.
        if faults.is_empty() {
            faults.extend(link.and_then(|link| link.life.fault(&order)));
        }
        match link {
            Some(Reachable { life, .. }) if faults.is_empty() => checked.push(Checked {
                link: life.link.id,
                hour: rules::hour_of(order.at),
                trial: life.is_trial(order.at),
                order,
            }),
            _ => reported.errors.extend(faults.into_iter().map(|fault| RowFault::of(n + 1, fault))),
        }
    }
    Ok((checked, reported))
}

/// The first hour for which reports are accepted.
fn first_hour(op: &Op) -> i64 {
    rules::hour_of(op.now() - op.app().settings().exchanges)
}

/// The first hour whose records are kept.
fn first_kept_hour(op: &Op) -> i64 {
    first_hour(op) - KEPT_LONGER
}

/// Why a client may not report for a side of a link: its agency owns or operates neither end, or only the other one. On
/// a ONE_WAY link the source is the provider and the target the consumer; on other links either end may be either.
fn stranger(bodies: Option<&[AgencyId]>, link: &Reachable, side: ReportSide) -> Option<FieldFault> {
    let fault =
        |path: &str, message| Some(FieldFault { path: path.to_owned(), code: Code::Forbidden.as_str(), message });
    let [source, target] = &link.bodies;
    // A client without an agency may report for any link.
    let bodies = bodies?;
    let of = |end: &[AgencyId]| end.iter().any(|body| bodies.contains(body));
    if !of(source) && !of(target) {
        let message = Message::new(
            "Cơ quan của hệ thống này không là chủ quản hay đơn vị vận hành của đầu nào của kết nối.",
            "The body that this system reports for neither owns nor operates an end of the link.",
        );
        return fault("link", message);
    }
    let its = match side {
        ReportSide::Provider => source,
        ReportSide::Consumer => target,
    };
    if link.life.link.direction == LinkDirection::OneWay && !of(its) {
        let message = Message::new(
            "Cơ quan của hệ thống này là đầu kia: nguồn báo cáo PROVIDER, đích báo cáo CONSUMER.",
            "The body that this system reports for is the other end: the source reports as PROVIDER, the target as CONSUMER.",
        );
        return fault("side", message);
    }
    None
}

fn unknown(code: &str) -> FieldFault {
    FieldFault {
        path: "link".to_owned(),
        code: "UNKNOWN_DATA_LINK",
        message: Message::new(
            format!("Không có kết nối mã \"{code}\"."),
            format!("There is no data link with the code \"{code}\"."),
        ),
    }
}

fn too_many(records: usize) -> Refusal {
    Refusal::field(
        "records",
        "TOO_MANY_ROWS",
        Message::new(
            format!("Có {records} bản ghi; mỗi lần báo cáo nhiều nhất {MOST_RECORDS} bản ghi."),
            format!("There are {records} records; at most {MOST_RECORDS} are reported at once."),
        ),
    )
}

/// Stores and counts records; returns the number of new ones.
async fn note(op: &Op, tx: &Tx, records: Vec<Checked>) -> Result<usize> {
    let mut known: HashMap<CallKey, Vec<exchange_record::Model>> = HashMap::new();
    for row in store::known(op, tx, &records).await? {
        known.entry((row.link_id, row.message_id.clone())).or_default().push(row);
    }
    // The sides that have already reported each call, earlier or in this batch.
    let mut said: HashSet<(CallKey, ReportSide)> =
        known.values().flatten().map(|row| ((row.link_id, row.message_id.clone()), row.side)).collect();
    let fresh: Vec<Checked> =
        records.into_iter().filter(|record| said.insert((record.key(), record.order.side))).collect();
    if fresh.is_empty() {
        return Ok(0);
    }
    // The provider's report counts if there is one.
    let counted = |record: &Checked| {
        record.order.side == ReportSide::Provider || !said.contains(&(record.key(), ReportSide::Provider))
    };
    let mut turn = Turn::default();
    let mut replaced = vec![];
    for record in &fresh {
        if counted(record) {
            turn.added.push((record.tally(), record.call()));
        }
        if record.order.side == ReportSide::Provider {
            // The consumer's earlier report no longer counts. It may not be counted already: an earlier report of the
            // provider, since deleted, may have replaced it.
            let before = known.get(&record.key()).into_iter().flatten().filter(|row| row.counted);
            replaced.extend(before.clone().map(|row| row.id));
            turn.removed.extend(before.map(|row| (TallyKey::of(row), Call::of(row))));
        }
    }
    store::insert_records(tx, &fresh, counted, &op.caller().name()).await?;
    store::count_no_more(op, tx, replaced.into_iter()).await?;
    for span in SPANS {
        count(op, tx, span, &turn).await?;
    }
    Ok(fresh.len())
}

/// Updates the tallies of one kind of bucket. The records and the tallies of smaller buckets must already be written.
async fn count(op: &Op, tx: &Tx, span: Bucket, turn: &Turn) -> Result<()> {
    let of = |key: TallyKey| key.within(span);
    let keys = turn.added.iter().chain(&turn.removed).map(|(key, _)| of(*key)).collect();
    let mut tallies = store::tallies(op, tx, span, &keys).await?;
    for (key, call) in &turn.added {
        tallies.entry(of(*key)).or_default().add(call);
    }
    let mut shortened = HashSet::new();
    for (key, call) in &turn.removed {
        if tallies.entry(of(*key)).or_default().remove(call) {
            shortened.insert(of(*key));
        }
    }
    for (key, longest) in longest(op, tx, span, shortened).await? {
        if let Some(tally) = tallies.get_mut(&key) {
            tally.longest_ms = longest;
        }
    }
    store::put_tallies(tx, span, tallies).await
}

/// The longest duration in buckets whose longest call was removed: for an hour from its records, for a day or a month
/// from the smaller buckets in it.
async fn longest(op: &Op, tx: &Tx, span: Bucket, mut shortened: HashSet<TallyKey>) -> Result<HashMap<TallyKey, u32>> {
    let found = match rules::smaller(span) {
        _ if shortened.is_empty() => vec![],
        Some(smaller) => {
            let starts = || shortened.iter().map(|key| key.hour);
            let hours = starts().min().unwrap_or_default()..starts().max().unwrap_or_default() + rules::longest(span);
            store::longest_in(op, tx, smaller, shortened.iter().map(|key| key.link), hours).await?
        }
        None => {
            // Some records of a deleted hour are gone, so its longest call cannot be found again.
            let first = store::horizon(tx).await?.unwrap_or(i64::MIN);
            shortened.retain(|key| key.hour >= first);
            store::longest_alone(op, tx, &shortened).await?
        }
    };
    let mut longest: HashMap<TallyKey, u32> = shortened.into_iter().map(|key| (key, 0)).collect();
    for (key, ms) in found {
        if let Some(most) = longest.get_mut(&key.within(span)) {
            *most = ms.max(*most);
        }
    }
    Ok(longest)
}

impl Checked {
    fn key(&self) -> CallKey {
        (self.link, self.order.message_id.clone())
    }
    fn tally(&self) -> TallyKey {
        TallyKey { link: self.link, hour: self.hour, side: self.order.side, trial: self.trial }
    }
    fn call(&self) -> Call {
        Call {
            outcome: self.order.outcome,
            duration_ms: self.order.duration_ms.unsigned_abs(),
            bytes_in: whole(self.order.bytes_in),
            bytes_out: whole(self.order.bytes_out),
        }
    }
}

impl Call {
    fn of(row: &exchange_record::Model) -> Self {
        Call {
            outcome: row.outcome,
            duration_ms: row.duration_ms.unsigned_abs(),
            bytes_in: row.bytes_in,
            bytes_out: row.bytes_out,
        }
    }
}

/// A validated number of bytes; 0 if it was not reported.
fn whole(bytes: Option<f64>) -> i64 {
    bytes.unwrap_or_default() as i64
}

/// Deletes records older than the retention, in batches; returns their number. Their tallies stay.
///
/// # Errors
/// FORBIDDEN; database errors.
pub async fn forget(op: &Op) -> Result<u64> {
    let first = first_kept_hour(op);
    let mut all = 0;
    loop {
        let permit = op.permit(Action::ForgetExchanges)?;
        let gone = op
            .write(permit, async |tx, permit| {
                let gone = store::delete_before(tx, first, DROPPED_AT_ONCE).await?;
                if gone == 0 {
                    return Ok(Outcome::unchanged(0));
                }
                let before = store::horizon(tx).await?;
                store::put_horizon(tx, before.map_or(first, |hour| hour.max(first))).await?;
                let count = FieldChange::of("count", Some(gone), None);
                let change = Change::audited(ChangeAction::Deleted, "exchanges", 0).with(count.into_iter().collect());
                Ok(Outcome::changed(permit.at(None)?, gone, vec![change]))
            })
            .await?;
        all += gone;
        if gone < DROPPED_AT_ONCE {
            return Ok(all);
        }
    }
}
