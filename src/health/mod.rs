//! Health (tình trạng hoạt động): HTTP checks of the data links that are in use.
//!
//! Links that are ACTIVE, MIGRATING or TESTING and have an endpoint are checked. An instance that checks a link holds a
//! lease on it, stored with the link's health, so that no two instances check it at the same time; an expired lease can
//! be taken over. No transaction waits for the network. The health is UNKNOWN if a check is overdue by three intervals,
//! if the endpoint has changed since, or if the link is no longer in use.

pub mod graphql;
pub mod probe;
pub mod rules;
pub mod store;

use async_graphql::futures_util::future::join_all;
use chrono::{DateTime, Days, Duration, Utc};
use entity::{
    data_link,
    ids::{DataLinkId, UnitId},
    kinds::{ChangeAction, ChangeType, CheckOutcome, HealthState, LinkStatus},
    link_health,
};

use self::{
    probe::Prober,
    rules::{Answer, CHECKED},
};
use crate::{
    kernel::{
        app::App,
        clock,
        error::{Code, Refusal, Result},
        locale::Message,
        op::Op,
        policy::Action,
        tx::{Change, FieldChange, Outcome, Tx},
    },
    sharing::link,
};

/// The number of links that are leased, checked and written together.
const BATCH: u64 = 32;

/// The largest number of batches in one run, so that probing cannot keep other background work from running.
const ROUND: usize = 100;

/// The length of a lease in multiples of the check timeout: as many checks of a batch as may have to wait for each
/// other, and one more.
const TURNS: i32 = 5;

/// How much longer a lease is than the checks may take.
const MARGIN: Duration = Duration::seconds(20);

/// The interval after which a state becomes stale if scheduled checks are switched off.
const UNASKED: Duration = Duration::seconds(60);

/// The number of old checks deleted per transaction.
const DROPPED: u64 = 20_000;

/// The number of days for which uptime is kept.
pub const UPTIME_DAYS: u64 = 366;

/// Checks the configuration of probes.
///
/// # Errors
/// If the file of certificate authorities is invalid; the message says why.
pub fn ready(app: &App) -> Result<()> {
    Prober::new(&app.settings().probes).map(drop)
}

/// A link that was probed, and the result.
struct Asked {
    link: DataLinkId,
    endpoint: String,
    at: DateTime<Utc>,
    answer: Answer,
}

/// A unique name for the holder of leases.
fn owner() -> Result<String> {
    Ok(format!("{:032x}", u128::from_le_bytes(clock::random()?)))
}

/// A random number from 0 to 1.
fn chance() -> Result<f64> {
    Ok(f64::from(u32::from_le_bytes(clock::random()?)) / f64::from(u32::MAX))
}

/// Probes a link. Waits for its turn first: the number of concurrent probes is limited.
async fn ask(app: &App, prober: &Prober, link: data_link::Model) -> Asked {
    // The semaphore is never closed. If it were, probing would go on without a limit.
    let _turn = app.probing().acquire().await.ok();
    let (at, endpoint) = (app.clock().now(), link.endpoint.unwrap_or_default());
    Asked { link: link.id, at, answer: prober.ask(&endpoint).await, endpoint }
}

/// Checks the links that are due, and sets stale states to UNKNOWN; returns the number of changed states.
///
/// # Errors
/// FORBIDDEN; database errors.
pub async fn probe_due(op: &Op) -> Result<u64> {
    let mut changed = 0;
    // Don't take the write lock when no link is due.
    if op.app().settings().probes.every.is_some() && store::visible_due(op).await? {
        let prober = Prober::new(&op.app().settings().probes)?;
        for _ in 0..ROUND {
            let (asked, states) = probe_some(op, &prober).await?;
            changed += states;
            if asked < BATCH {
                break;
            }
        }
    }
    Ok(changed + outlive(&op.later()).await?)
}

/// Checks one batch of due links; returns the number of links, and of changed states.
async fn probe_some(op: &Op, prober: &Prober) -> Result<(u64, u64)> {
    let (op, owner) = (op.later(), owner()?);
    let permit = op.permit(Action::ProbeDataLinks)?;
    let app = op.app();
    let until = op.now() + app.settings().probes.patience * TURNS + MARGIN;
    let links = op
        .write(permit, async |tx, _| {
            let mut mine = vec![];
            for link in store::links_due(tx, BATCH).await? {
                if store::lease(tx, &link, &owner, until).await? {
                    mine.push(link);
                }
            }
            Ok(Outcome::unchanged(mine))
        })
        .await?;
    let count = u64::try_from(links.len()).unwrap_or(u64::MAX);
    let asked = join_all(links.into_iter().map(|link| ask(app, prober, link))).await;
    let op = op.later();
    let permit = op.permit(Action::ProbeDataLinks)?;
    let states = op
        .write(permit, async |tx, permit| {
            let changes = note(&op, tx, &owner, &asked).await?;
            let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
            Ok(Outcome::changed(permit.at(None)?, count, changes))
        })
        .await?;
    Ok((count, states))
}

/// Checks a link now.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if neither end of the link lies in the caller's area; CONFLICT for a link that has no endpoint
/// or is not in use, and while another check of it is running.
pub async fn check(op: &Op, id: DataLinkId) -> Result<()> {
    let (permit, owner) = (op.permit(Action::CheckDataLink)?, owner()?);
    let app = op.app();
    let prober = Prober::new(&app.settings().probes)?;
    let until = op.now() + app.settings().probes.patience * 2 + MARGIN;
    let link = op
        .write(permit.clone(), async |tx, permit| {
            let link = store::link(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
            let _ = link::placed(permit, ends(&link))?;
            fit(&link)?;
            match store::lease(tx, &link, &owner, until).await? {
                true => Ok(Outcome::unchanged(link)),
                false => Err(under_way().into()),
            }
        })
        .await?;
    let asked = ask(app, &prober, link).await;
    op.write(permit, async |tx, permit| {
        let link = store::link(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let changes = note(op, tx, &owner, &[asked]).await?;
        Ok(Outcome::changed(link::placed(permit, ends(&link))?, (), changes))
    })
    .await
}

/// The areas of the two ends of a link.
fn ends(link: &data_link::Model) -> [Option<UnitId>; 2] {
    [link.source_area_id, link.target_area_id]
}

fn fit(link: &data_link::Model) -> std::result::Result<(), Refusal> {
    let refuse = |vi: String, en: String| Err(Refusal::new(Code::Conflict, Message::new(vi, en)));
    if link.endpoint.is_none() {
        return refuse(
            "Kết nối chưa có điểm cuối nên không thể kiểm tra.".to_owned(),
            "The link has no endpoint: there is nothing to check.".to_owned(),
        );
    }
    if !CHECKED.contains(&link.status) {
        let states = CHECKED.map(LinkStatus::word).join(", ");
        return refuse(
            format!("Chỉ kiểm tra kết nối ở trạng thái {states}; kết nối này là {}.", link.status.word()),
            format!("Only links that are {states} are checked; this one is {}.", link.status.word()),
        );
    }
    Ok(())
}

fn under_way() -> Refusal {
    let message = Message::new("Kết nối đang được kiểm tra.", "The link is being checked just now.");
    Refusal::new(Code::Conflict, message)
}

/// Stores the results of probes and releases the leases; returns the changed states. A result is discarded if the lease
/// was lost, or if the link's endpoint has changed since.
async fn note(op: &Op, tx: &Tx, owner: &str, asked: &[Asked]) -> Result<Vec<Change>> {
    let probes = &op.app().settings().probes;
    let every = probes.every.unwrap_or(UNASKED);
    let ids: Vec<DataLinkId> = asked.iter().map(|asked| asked.link).collect();
    let standing = store::leased(tx, owner, &ids).await?;
    let links = store::links_checked(tx, standing.iter().map(|row| row.link_id)).await?;
    let (mut checks, mut changes) = (vec![], vec![]);
    for Asked { link, endpoint, at, answer } in asked {
        let at = *at;
        let link = links.iter().find(|row| row.id == *link && row.endpoint.as_ref() == Some(endpoint));
        let Some((before, link)) =
            link.and_then(|link| Some((standing.iter().find(|row| row.link_id == link.id)?, link)))
        else {
            continue;
        };
        // Failures of an earlier endpoint say nothing about this one.
        let same = before.endpoint == *endpoint;
        let outcome = answer.outcome(probes.slow);
        let (state, failures) = rules::standing(if same { before.consecutive_failures } else { 0 }, outcome);
        let next_due = at + rules::wait(every, failures, chance()?);
        let lasts = same && state == before.state && before.known_until > at;
        let after = link_health::Model {
            endpoint: endpoint.clone(),
            state,
            since: if lasts { before.since } else { at },
            told_at: if state == before.state { before.told_at } else { tx.now() },
            checked_at: Some(at),
            latency_ms: answer.latency_ms,
            http_status: answer.status.map(i32::from),
            fault: answer.fault.map(|fault| fault.code().to_owned()),
            consecutive_failures: failures,
            next_due,
            known_until: rules::known_until(next_due, every),
            ..before.clone()
        };
        store::change(tx, &after).await?;
        if let Some(then) = before.checked_at {
            let left = rules::left_of(then, before.next_due, at);
            store::add_uptime(tx, link.id, then, before.fault.is_none(), -left).await?;
        }
        let stands = rules::stands_for(at, next_due);
        store::add_uptime(tx, link.id, at, outcome != CheckOutcome::Failed, stands).await?;
        changes.extend(told(link, before.state, state));
        checks.push((at, outcome, after));
    }
    store::insert_checks(tx, checks).await?;
    store::release(tx, owner, &ids).await?;
    Ok(changes)
}

/// The change of a state, for the audit log and the change feed; none if the state is the same.
fn told(link: &data_link::Model, before: HealthState, after: HealthState) -> Option<Change> {
    let health = FieldChange::of("health", Some(before.word()), Some(after.word()));
    Change::updated(ChangeType::DataLink, &link.code, link.id, [health])
}

/// Sets stale states to UNKNOWN; returns their number.
async fn outlive(op: &Op) -> Result<u64> {
    let permit = op.permit(Action::ProbeDataLinks)?;
    if !store::visible_outlived(op).await? {
        return Ok(0);
    }
    op.write(permit, async |tx, permit| {
        let mut changes = vec![];
        for (before, link) in store::some_outlived(tx, BATCH).await? {
            let state = HealthState::Unknown;
            let (since, told_at) = (before.known_until.min(op.now()), tx.now());
            changes.extend(told(&link, before.state, state));
            store::change(tx, &link_health::Model { state, since, told_at, ..before }).await?;
        }
        let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        Ok(Outcome::changed(permit.at(None)?, count, changes))
    })
    .await
}

/// Deletes checks and uptime days that are older than their retention; returns the number of deleted rows.
///
/// # Errors
/// FORBIDDEN; database errors.
pub async fn forget(op: &Op) -> Result<u64> {
    let permit = op.permit(Action::ForgetChecks)?;
    let before = op.now() - op.app().settings().probes.kept;
    let mut all = 0;
    loop {
        let gone = op
            .write(permit.clone(), async |tx, permit| {
                let Some(last) = store::last_before(tx, before, DROPPED).await? else {
                    return Ok(Outcome::unchanged(0));
                };
                let gone = store::delete_before(tx, before, &last).await?;
                let id = i64::from(last.id);
                let change = Change::audited(ChangeAction::Deleted, format!("linkChecks:1-{id}"), id);
                Ok(Outcome::changed(permit.at(None)?, gone, vec![change]))
            })
            .await?;
        all += gone;
        if gone < DROPPED {
            break;
        }
    }
    let day = op.today().checked_sub_days(Days::new(UPTIME_DAYS)).unwrap_or(op.today());
    let days =
        op.write(permit, async |tx, _| Ok(Outcome::unchanged(store::delete_days_before(tx, day).await?))).await?;
    Ok(all + days)
}
