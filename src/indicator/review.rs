//! The review of figures (quy trình duyệt): DRAFT → SUBMITTED → PUBLISHED or RETURNED, PUBLISHED → WITHDRAWN. Whoever recorded or
//! submitted a figure does not publish it: four eyes see it before everybody does.

use entity::{
    ids::ObservationId,
    indicator,
    kinds::{ChangeAction, ChangeType, ReviewState},
    observation,
};

use super::{
    recording, rules,
    store::{
        self,
        figures::{self, Reviewed},
    },
};
use crate::{
    kernel::{
        check::{Faults, PARAGRAPH},
        error::{Broken, Code, Error, Refusal, Result},
        locale::Message,
        op::Op,
        policy::{Action, Permit, Placed},
        text::clean,
        tx::{Change, FieldChange, Outcome, Revisions, Tx},
    },
    territory,
};

/// A step of the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To whoever approves it.
    Submit,
    /// To everybody who may see it.
    Publish,
    /// Back to who submitted it.
    Return,
    /// Taken back after publication.
    Withdraw,
}

impl Step {
    /// What may take it.
    pub fn action(self) -> Action {
        match self {
            Step::Submit => Action::SubmitObservation,
            Step::Publish => Action::PublishObservation,
            Step::Return => Action::ReturnObservation,
            Step::Withdraw => Action::WithdrawObservation,
        }
    }
    /// Where it leads.
    pub fn to(self) -> ReviewState {
        match self {
            Step::Submit => ReviewState::Submitted,
            Step::Publish => ReviewState::Published,
            Step::Return => ReviewState::Returned,
            Step::Withdraw => ReviewState::Withdrawn,
        }
    }
}

/// The most figures that are taken to their next state at once.
pub const MOST: usize = 1000;

/// A figure as the caller saw it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Which.
    pub id: ObservationId,
    /// Its version.
    pub version: i32,
}

/// Takes a figure that has not changed since the caller saw it to its next state.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED with another version; CONFLICT where its state does not lead there, or a newer revision stands;
/// BAD_USER_INPUT for a return or a withdrawal without a reason; FORBIDDEN outside the caller's area, and for who recorded or
/// submitted what is to be published.
pub async fn take(op: &Op, seen: Seen, step: Step, reason: Option<&str>) -> Result<()> {
    let permit = op.permit(step.action())?;
    let reason = reason_of(step, reason)?;
    op.write(permit, async |tx, permit| {
        let taken = advance(op, tx, permit, seen, step, reason.as_deref()).await?;
        look(op, tx, step, std::slice::from_ref(&taken)).await?;
        Ok(Outcome::changed(taken.placed, (), vec![taken.change]))
    })
    .await
}

/// Takes figures to their next state, all of them or none.
///
/// # Errors
/// BAD_USER_INPUT that tells of each figure what [`take`] would refuse; for more than [`MOST`], and for none.
pub async fn take_all(op: &Op, figures: &[Seen], step: Step, reason: Option<&str>) -> Result<()> {
    let permit = op.permit(step.action())?;
    let reason = reason_of(step, reason)?;
    if !(1..=MOST).contains(&figures.len()) {
        let count = Message::new(
            format!("Mỗi lần từ 1 đến {MOST} số liệu."),
            format!("There may be 1 to {MOST} figures at once."),
        );
        return Err(Refusal::field("observations", "OUT_OF_RANGE", count).into());
    }
    op.write(permit, async |tx, permit| {
        let (mut faults, mut taken) = (Faults::default(), vec![]);
        for (n, seen) in figures.iter().enumerate() {
            match advance(op, tx, permit, *seen, step, reason.as_deref()).await {
                Ok(one) => taken.push(one),
                Err(Error::Refused(refusal)) => {
                    faults.add(format!("observations[{n}]"), refusal.code.as_str(), refusal.message);
                }
                Err(broken) => return Err(broken),
            }
        }
        faults.refuse()?;
        look(op, tx, step, &taken).await?;
        let placed = taken.first().map(|one| one.placed).ok_or_else(|| Broken::new("figures without a place"))?;
        Ok(Outcome::changed(placed, (), taken.into_iter().map(|one| one.change).collect()))
    })
    .await
}

fn reason_of(step: Step, reason: Option<&str>) -> Result<Option<String>> {
    let mut faults = Faults::default();
    match step {
        Step::Return | Step::Withdraw => faults.text("reason", reason.unwrap_or_default(), PARAGRAPH),
        Step::Submit | Step::Publish => faults.maybe("reason", reason, PARAGRAPH),
    }
    faults.refuse()?;
    Ok(reason.map(clean).filter(|reason| !reason.is_empty()))
}

/// A figure that was taken to its next state.
struct Taken {
    placed: Placed,
    change: Change,
    row: observation::Model,
    indicator: indicator::Model,
}

/// What everybody is told of figures that are published rests on what is public.
async fn look(op: &Op, tx: &Tx, step: Step, taken: &[Taken]) -> Result<()> {
    if step != Step::Publish {
        return Ok(());
    }
    for part in taken.chunks(recording::AT_ONCE) {
        figures::forget_findings(op, tx, part.iter().map(|one| one.row.id)).await?;
        let rows: Vec<_> = part.iter().map(|one| (&one.row, &one.indicator)).collect();
        recording::look(op, tx, &rows).await?;
    }
    Ok(())
}

async fn advance(op: &Op, tx: &Tx, permit: &Permit, seen: Seen, step: Step, reason: Option<&str>) -> Result<Taken> {
    let (id, by) = (seen.id, op.caller().name());
    let before = figures::seen(op, tx, id).await?.ok_or_else(Refusal::no_such_record)?;
    let placed = permit.at(Some(before.area_id))?;
    Refusal::unless_current(before.version, seen.version)?;
    rules::check_step(before.state, step.to(), before.superseded_at.is_some())?;
    if step == Step::Publish && (before.recorded_by == by || before.submitted_by.as_ref() == Some(&by)) {
        return Err(four_eyes().into());
    }
    let submitted_by = if step == Step::Submit { Some(by.clone()) } else { before.submitted_by.clone() };
    let after = Reviewed {
        state: step.to(),
        submitted_by,
        published_at: if step == Step::Publish { Some(tx.now()) } else { before.published_at },
        withdrawn: reason.filter(|_| step == Step::Withdraw).map(|reason| (tx.now(), reason.to_owned())),
    };
    if !figures::review(tx, &before, after).await? {
        return Err(Refusal::changed_since(before.version).into());
    }
    figures::insert_transitions(tx, [(Some(before.state), id, step.to())], &by, reason).await?;
    let indicator = store::row(tx, before.indicator_id).await?;
    let indicator = indicator.ok_or_else(|| Broken::new("a figure without an indicator"))?;
    if step == Step::Publish {
        figures::supersede_others(tx, &before).await?;
    }
    let area = territory::store::unit(tx, before.area_id).await?.code;
    let fields = [
        FieldChange::of("state", Some(before.state.word()), Some(step.to().word())),
        // A reason may tell the value.
        FieldChange::of("reason", None, reason).map(|reason| reason.committed(Revisions { before: id, after: id })),
    ];
    let action = if step == Step::Withdraw { ChangeAction::Withdrawn } else { ChangeAction::Updated };
    let key = recording::name(&indicator.code, &area, &before.period, &before.dimension);
    let change = Change::of(ChangeType::Observation, action, key, id).with(fields.into_iter().flatten().collect());
    Ok(Taken { placed, change, row: before, indicator })
}

fn four_eyes() -> Refusal {
    Refusal::new(
        Code::Forbidden,
        Message::new(
            "Người đã nhập hoặc trình số liệu này không được công bố nó: cần một người phê duyệt khác.",
            "Who recorded or submitted this figure does not publish it: it takes another approver.",
        ),
    )
}
