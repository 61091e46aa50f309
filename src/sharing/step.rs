//! Status transitions of data links (chuyển trạng thái): those that a caller makes, and expiry, which the server records.

use chrono::{Duration, NaiveDate};
use entity::{
    data_link,
    ids::DataLinkId,
    kinds::{
        ChangeType, Intermediary, LinkDirection,
        LinkStatus::{self, Active, Approved, Expired, Rejected, Requested, Testing, UnderReview},
    },
};

use super::{
    law,
    link::{agreement_of, ends, last_days, placed, settle, told},
    rules::{
        self,
        life::{self, Has, Told},
    },
    store::link as rows,
};
use crate::kernel::{
    check::Faults,
    error::{Code, Refusal, Result},
    locale::Message,
    op::Op,
    policy::{Action, OUTSIDE_AREA, Permit},
    text::clean,
    tx::{Change, FieldChange, Outcome},
};

/// A transition to be made.
#[derive(Clone, Debug)]
pub struct NewStep {
    /// The new status.
    pub to: LinkStatus,
    /// The reason.
    pub reason: Option<String>,
    /// The legal basis, by codes of legal documents. A transition to ACTIVE adds them to the link's own.
    pub legal_basis: Vec<String>,
    /// The new intermediary; only for the transition that completes a migration.
    pub intermediary: Option<Intermediary>,
    /// The new expiry date.
    pub expires_on: Option<NaiveDate>,
    /// The reason for having no expiry date.
    pub no_expiry_reason: Option<String>,
}

impl NewStep {
    fn told<'a>(&self, from: LinkStatus, [reason, no_expiry_reason]: [Option<&'a str>; 2]) -> Told<'a> {
        Told {
            from,
            to: self.to,
            reason,
            laws: self.legal_basis.len(),
            intermediary: self.intermediary,
            expires_on: self.expires_on,
            no_expiry_reason,
        }
    }
}

/// The link after a transition, with the dates that the transition sets.
fn after(before: &data_link::Model, told: Told<'_>, today: NaiveDate, decision: Duration) -> data_link::Model {
    let mut after = before.clone();
    let reason = told.reason.map(str::to_owned);
    after.status = told.to;
    after.intermediary = told.intermediary.unwrap_or(after.intermediary);
    if told.expires_on.is_some() {
        after.expires_on = told.expires_on;
        after.no_expiry_reason = None;
    }
    after.no_expiry_reason = told.no_expiry_reason.map(str::to_owned).or(after.no_expiry_reason);
    match (told.from, told.to) {
        (_, Requested) => {
            after.requested_on = Some(today);
            after.decision_due_on = today.checked_add_signed(decision);
        }
        (UnderReview, Approved | Rejected) => {
            after.decided_on = Some(today);
            after.decision_reason = reason;
        }
        // Only the first activation sets the date: a link that was suspended or migrated resumes, it does not begin.
        (Testing, Active) if after.active_from.is_none() => after.active_from = today.to_string().parse().ok(),
        _ => {}
    }
    after
}

/// A link is approved by the side that provides the data: a registrar of the source's area, and also of the target's
/// area unless the link is ONE_WAY. Otherwise a registrar could link another area's system to their own, and report
/// calls in its name.
fn consent(permit: &Permit, link: &data_link::Model, from: LinkStatus, to: LinkStatus) -> Result<()> {
    if (from, to) != (UnderReview, Approved) {
        return Ok(());
    }
    let one_way = link.direction == LinkDirection::OneWay;
    let providers = [Some(link.source_area_id), Some(link.target_area_id).filter(|_| !one_way)];
    let elsewhere = |_| {
        let message = Message::new(
            "Kết nối do cán bộ đăng ký của địa bàn có hệ thống cung cấp dữ liệu phê duyệt.",
            "The link is approved by a registrar of the area whose system provides the data.",
        );
        Refusal { code: Code::Forbidden, ..Refusal::field("to", OUTSIDE_AREA, message) }
    };
    let _ = permit.at_all(providers.into_iter().flatten()).map_err(elsewhere)?;
    Ok(())
}

/// Moves a link to another status, if it still has the expected version, and records the transition in its history.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if neither end lies in the caller's area, or for an approval if the providing end does not;
/// PRECONDITION_FAILED for another version; CONFLICT naming the allowed statuses and all requirements that are not met;
/// BAD_USER_INPUT for unknown codes and for fields that do not apply to the transition.
pub async fn take(op: &Op, id: DataLinkId, version: i32, order: NewStep) -> Result<()> {
    let permit = op.permit(Action::TransitionDataLink)?;
    let today = op.today();
    let [reason, endless] =
        [&order.reason, &order.no_expiry_reason].map(|text| text.as_deref().map(clean).filter(|text| !text.is_empty()));
    op.write(permit, async |tx, permit| {
        let before = rows::row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = placed(permit, [before.source_area_id, before.target_area_id])?;
        Refusal::unless_current(before.version, version)?;
        let from = life::standing(before.status, before.expires_on, today);
        life::check_step(from, order.to)?;
        consent(permit, &before, from, order.to)?;
        let told_now = order.told(from, [reason.as_deref(), endless.as_deref()]);
        let mut faults = Faults::default();
        life::check_told(&mut faults, told_now, &before, &last_days(op));
        let on = law::named(tx, &mut faults, &order.legal_basis, &[], today).await?;
        let rested_on = rows::basis(tx, id).await?;
        let mut rests_on = rested_on.clone();
        if order.to == Active {
            rests_on.extend(on.iter().filter(|law| !rested_on.contains(law)).cloned());
        }
        let after = after(&before, told_now, today, op.app().settings().decision);
        let [source, target] = ends(tx, &before).await?;
        let has = Has {
            intermediary: before.intermediary,
            grounded: rules::is_grounded(agreement_of(tx, &before).await?.as_ref(), &rests_on, today),
            source_approved: source.security_level_approved,
            target_approved: target.security_level_approved,
            expires_on: after.expires_on,
            endless: after.no_expiry_reason.is_some(),
        };
        settle(faults, from, life::lacking(told_now, has, today))?;
        if !rows::change(tx, &before, &after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        let [rested_on_ids, rests_on_ids, on_ids] =
            [&rested_on, &rests_on, &on].map(|laws| laws.iter().map(|law| law.id).collect::<Vec<_>>());
        rows::set_basis(tx, id, &rested_on_ids, &rests_on_ids).await?;
        let step = rows::Step {
            from: Some(from),
            after: &after,
            by: op.caller().name(),
            reason: reason.clone(),
            laws: &on_ids,
        };
        rows::insert_step(tx, step).await?;
        let mut fields = told(&before, &after, &rested_on, &rests_on);
        fields.push(reason.as_ref().map(|reason| FieldChange::new("reason", reason)));
        let change = Change::updated(ChangeType::DataLink, &before.code, id, fields);
        Ok(Outcome::changed(placed, (), change.into_iter().collect()))
    })
    .await
}

/// Records the expiry of every link whose expiry date has passed; returns their number. Readers see EXPIRED even before
/// this runs.
///
/// # Errors
/// FORBIDDEN; the database's.
pub async fn expire(op: &Op) -> Result<u64> {
    let permit = op.permit(Action::ExpireDataLinks)?;
    op.write(permit, async |tx, permit| {
        let mut changes = vec![];
        for before in rows::over(tx, op.today()).await? {
            let after = data_link::Model { status: Expired, ..before.clone() };
            if !rows::change(tx, &before, &after).await? {
                return Err(Refusal::changed_since(before.version).into());
            }
            let step = rows::Step {
                from: Some(before.status),
                after: &after,
                by: op.caller().name(),
                reason: None,
                laws: &[],
            };
            rows::insert_step(tx, step).await?;
            let fields = told(&before, &after, &[], &[]);
            changes.extend(Change::updated(ChangeType::DataLink, &before.code, before.id, fields));
        }
        let count = changes.len() as u64;
        match changes.is_empty() {
            true => Ok(Outcome::unchanged(0)),
            false => Ok(Outcome::changed(permit.at(None)?, count, changes)),
        }
    })
    .await
}
