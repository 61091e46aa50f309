//! The review of figures (quy trình duyệt): DRAFT → SUBMITTED → PUBLISHED or RETURNED, PUBLISHED → WITHDRAWN. Whoever recorded or
//! submitted a figure does not publish it: four eyes see it before everybody does.

use entity::{
    ids::ObservationId,
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
        error::{Broken, Code, Refusal, Result},
        locale::Message,
        op::Op,
        policy::Action,
        text::clean,
        tx::{Change, FieldChange, Outcome},
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

/// Takes a figure that has not changed since the caller saw it to its next state.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED with another version; CONFLICT where its state does not lead there, or a newer revision stands;
/// BAD_USER_INPUT for a return or a withdrawal without a reason; FORBIDDEN outside the caller's area, and for who recorded or
/// submitted what is to be published.
pub async fn take(op: &Op, id: ObservationId, version: i32, step: Step, reason: Option<&str>) -> Result<()> {
    let permit = op.permit(step.action())?;
    let mut faults = Faults::default();
    match step {
        Step::Return | Step::Withdraw => faults.text("reason", reason.unwrap_or_default(), PARAGRAPH),
        Step::Submit | Step::Publish => faults.maybe("reason", reason, PARAGRAPH),
    }
    faults.refuse()?;
    let reason = reason.map(clean).filter(|reason| !reason.is_empty());
    let by = op.caller().name();
    op.write(permit, async |tx, permit| {
        let before = figures::seen(op, tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = permit.at(Some(before.area_id))?;
        if before.version != version {
            return Err(Refusal::changed_since(before.version).into());
        }
        rules::check_step(before.state, step.to(), before.superseded_at.is_some())?;
        if step == Step::Publish && (before.recorded_by == by || before.submitted_by.as_ref() == Some(&by)) {
            return Err(four_eyes().into());
        }
        let submitted_by = if step == Step::Submit { Some(by.clone()) } else { before.submitted_by.clone() };
        let after = Reviewed {
            state: step.to(),
            submitted_by,
            published_at: if step == Step::Publish { Some(tx.now()) } else { before.published_at },
            withdrawn: reason.clone().filter(|_| step == Step::Withdraw).map(|reason| (tx.now(), reason)),
        };
        if !figures::review(tx, &before, after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        figures::insert_transitions(tx, [(Some(before.state), id, step.to())], &by, reason.as_deref()).await?;
        let indicator = store::row(tx, before.indicator_id).await?;
        let indicator = indicator.ok_or_else(|| Broken::new("a figure without an indicator"))?;
        if step == Step::Publish {
            figures::supersede_others(tx, &before).await?;
            // What everybody is told of it rests on what is published.
            let row = observation::Model { published_at: Some(tx.now()), ..before.clone() };
            figures::forget_findings(tx, id).await?;
            recording::look(op, tx, &[(&row, &indicator, None)], true).await?;
        }
        let area = territory::store::unit(tx, before.area_id).await?.code;
        let fields = [
            FieldChange::of("state", Some(before.state.word()), Some(step.to().word())),
            FieldChange::of("reason", None, reason),
        ];
        let change = Change {
            kind: Some(ChangeType::Observation),
            action: if step == Step::Withdraw { ChangeAction::Withdrawn } else { ChangeAction::Updated },
            key: recording::name(&indicator.code, &area, &before.period, &before.dimension),
            id: id.into(),
            fields: fields.into_iter().flatten().collect(),
        };
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
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
