//! Traffic (lưu lượng trao đổi): the calls that went over data links, as consumers and providers report them, and what is counted of
//! them. Who, when, how it ended, how long, how large: never what was in it.
//!
//! A call is named by its link and a message id, and both sides may report it. It counts once, by the word of the provider where
//! there is one. Each hour of a link has two tallies: of all calls that the provider reported, and of those that the consumer
//! alone did. When the provider's word comes later, the consumer's is taken out again; so the sum of both tallies is right at any
//! time, in whichever order the reports come.

pub mod bulletin;
pub mod durations;
pub mod graphql;
pub mod rules;
pub mod statistics;
pub mod store;
pub mod tally;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    exchange_record,
    ids::{AgencyId, DataLinkId},
    kinds::{AuditOutcome, ChangeAction, ExchangeOutcome, ReportSide},
};

use crate::{
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
use tally::Call;

/// The most calls of one report.
pub const MOST_RECORDS: usize = 10_000;

/// How many old records are dropped at once: between, others may write.
const DROPPED_AT_ONCE: u64 = 20_000;

/// A record is kept for so many hours after reports of its time are no longer taken, so that what the other side says of the same
/// call, with a clock of its own, still finds it.
const KEPT_LONGER: i64 = 24;

/// A call over a data link, to be reported.
#[derive(Clone, Debug, PartialEq)]
pub struct NewExchange {
    /// The link, by code.
    pub link: String,
    /// The end that reports it.
    pub side: ReportSide,
    /// When it began.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub outcome: ExchangeOutcome,
    /// How long it took.
    pub duration_ms: i32,
    /// The bytes of the request, where they are told.
    pub bytes_in: Option<f64>,
    /// The bytes of the answer, where they are told.
    pub bytes_out: Option<f64>,
    /// Names the call, on its link, the same on both sides.
    pub message_id: String,
    /// Why it was not answered, where that has a code.
    pub fault_code: Option<String>,
}

/// What a report came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// How many calls are counted now.
    pub accepted: usize,
    /// How many were reported before, by the same side.
    pub duplicates: usize,
    /// Everything wrong in the others, in their order.
    pub errors: Vec<RowFault>,
}

/// A call that may be reported.
struct Checked {
    link: DataLinkId,
    hour: i64,
    order: NewExchange,
}

/// What names a call.
type CallKey = (DataLinkId, String);

/// What names the tally that a call is in.
pub type HourKey = (DataLinkId, i64, ReportSide);

/// What happens to a tally.
#[derive(Debug, Default)]
struct Turn {
    added: Vec<Call>,
    removed: Vec<Call>,
}

/// Notes calls that one side reports, and counts them. What was reported before changes nothing; what is wrong in a record is told in
/// the answer, and does not keep the others from being noted.
///
/// # Errors
/// FORBIDDEN for whoever is no system with the scope; BAD_USER_INPUT for more than [`MOST_RECORDS`].
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
            return Ok(if denied { Outcome::tried(reported, attempt) } else { Outcome::unchanged(reported) });
        }
        let told = |field: &str, count: usize| FieldChange::new(field, count.to_string());
        let counts = vec![told("accepted", fresh), told("duplicates", reported.duplicates), told("rejected", rejected)];
        let change = Change::audited(ChangeAction::Created, "exchanges", 0).with(counts);
        Ok(Outcome::changed(permit.anywhere(), reported, vec![change]))
    })
    .await
}

/// The records that may be noted, and what is wrong in the others.
async fn check(op: &Op, tx: &Tx, orders: Vec<NewExchange>) -> Result<(Vec<Checked>, Reported)> {
    let codes: HashSet<String> = orders.iter().map(|order| clean(&order.link)).collect();
    let links = store::links(op, tx, codes).await?;
    let body = match op.caller() {
        Caller::Client(client) => store::body(tx, client.id).await?,
        _ => None,
    };
    let (mut checked, mut reported) = (vec![], Reported::default());
    let first_hour = first_hour(op);
    for (n, order) in orders.into_iter().enumerate() {
        let mut faults = rules::faults(&order, op.now(), first_hour);
        let link = links.get(&clean(&order.link));
        faults.extend(link.map_or_else(|| Some(unknown(&order.link)), |(_, owners)| stranger(body, owners)));
        match link {
            Some((id, _)) if faults.is_empty() => {
                checked.push(Checked { link: *id, hour: rules::hour_of(order.at), order });
            }
            _ => reported.errors.extend(faults.into_iter().map(|fault| RowFault::of(n + 1, fault))),
        }
    }
    Ok((checked, reported))
}

/// The first hour of which calls are taken.
fn first_hour(op: &Op) -> i64 {
    rules::hour_of(op.now() - op.app().settings().exchanges)
}

/// The first hour of which records are kept.
fn first_kept_hour(op: &Op) -> i64 {
    first_hour(op) - KEPT_LONGER
}

/// Why a system whose body has neither end of a link may not report for it.
fn stranger(body: Option<AgencyId>, owners: &[Option<AgencyId>; 2]) -> Option<FieldFault> {
    let may = body.is_none() || owners.contains(&body);
    let message = || {
        Message::new(
            "Cơ quan của hệ thống này không là chủ quản của đầu nào của kết nối.",
            "The body that this system reports for owns neither end of the link.",
        )
    };
    (!may).then(|| FieldFault { path: "link".to_owned(), code: Code::Forbidden.as_str(), message: message() })
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

/// Notes records, and counts them; answers how many of them are new.
async fn note(op: &Op, tx: &Tx, records: Vec<Checked>) -> Result<usize> {
    let mut known: HashMap<CallKey, Vec<exchange_record::Model>> = HashMap::new();
    for row in store::known(op, tx, &records).await? {
        known.entry((row.link_id, row.message_id.clone())).or_default().push(row);
    }
    // Which side said it already, before or in a record further up.
    let mut said: HashSet<(CallKey, ReportSide)> =
        known.values().flatten().map(|row| ((row.link_id, row.message_id.clone()), row.side)).collect();
    let fresh: Vec<Checked> =
        records.into_iter().filter(|record| said.insert((record.key(), record.order.side))).collect();
    if fresh.is_empty() {
        return Ok(0);
    }
    let mut turns: HashMap<HourKey, Turn> = HashMap::new();
    for record in &fresh {
        let key = record.key();
        let provided = said.contains(&(key.clone(), ReportSide::Provider));
        if record.order.side == ReportSide::Provider || !provided {
            turns.entry((record.link, record.hour, record.order.side)).or_default().added.push(record.call());
        }
        if record.order.side == ReportSide::Provider {
            // What the consumer said before was counted, and is not any more.
            for row in known.get(&key).into_iter().flatten() {
                turns.entry((row.link_id, row.hour, row.side)).or_default().removed.push(Call::of(row));
            }
        }
    }
    store::insert_records(tx, &fresh, &op.caller().name()).await?;
    count(op, tx, turns).await?;
    Ok(fresh.len())
}

/// Brings tallies up to date, once the records are written.
async fn count(op: &Op, tx: &Tx, turns: HashMap<HourKey, Turn>) -> Result<()> {
    let mut tallies = store::tallies(op, tx, turns.keys()).await?;
    let mut shortened = vec![];
    for (key, turn) in turns {
        let tally = tallies.entry(key).or_default();
        turn.added.iter().for_each(|call| tally.add(call));
        let longest_gone = turn.removed.iter().fold(false, |gone, call| tally.remove(call) || gone);
        // Of an hour that is being dropped not every call is there any more to tell which was the longest.
        if longest_gone && key.1 >= first_kept_hour(op) {
            shortened.push(key);
        }
    }
    let longest = store::longest_alone(op, tx, &shortened).await?;
    for key in shortened {
        if let Some(tally) = tallies.get_mut(&key) {
            tally.longest_ms = longest.get(&(key.0, key.1)).copied().unwrap_or_default();
        }
    }
    store::put_tallies(tx, tallies).await
}

impl Checked {
    fn key(&self) -> CallKey {
        (self.link, self.order.message_id.clone())
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

/// A number of bytes, which was checked; what is not told is not counted.
fn whole(bytes: Option<f64>) -> i64 {
    bytes.unwrap_or_default() as i64
}

/// Drops the records that are older than they are kept, some at a time; answers how many. What was counted of them stays.
///
/// # Errors
/// FORBIDDEN; the database's.
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
                let count = FieldChange { field: "count".to_owned(), before: Some(gone.to_string()), after: None };
                let change = Change::audited(ChangeAction::Deleted, "exchanges", 0).with(vec![count]);
                Ok(Outcome::changed(permit.at(None)?, gone, vec![change]))
            })
            .await?;
        all += gone;
        if gone < DROPPED_AT_ONCE {
            return Ok(all);
        }
    }
}
