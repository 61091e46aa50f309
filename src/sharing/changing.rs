//! Agreements (thoả thuận chia sẻ dữ liệu) that change and end: they are prolonged, shortened, put on other laws, and revoked. Their parties,
//! number and first day stay, and none is ever deleted.

use chrono::NaiveDate;
use entity::{
    agreement,
    ids::AgreementId,
    kinds::{ChangeAction, ChangeType},
};

use super::{agreeing::place, law, rules, store::agreement as store};
use crate::{
    identity,
    kernel::{
        check::{Faults, PARAGRAPH},
        error::{Refusal, Result},
        op::Op,
        patch::Patch,
        policy::Action,
        scalar::DateTime,
        text::clean,
        tx::{Change, FieldChange, Outcome},
    },
};

/// What changes of an agreement; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct AgreementPatch {
    /// What for.
    pub purpose: Patch<String>,
    /// The legal documents that it rests on, by code: all of them.
    pub legal_basis: Patch<Vec<String>>,
    /// Its last day, inclusive.
    pub valid_to: Patch<NaiveDate>,
}

impl AgreementPatch {
    /// What of it cannot be, as far as it tells itself.
    fn check(&self, faults: &mut Faults, before: &agreement::Model, today: NaiveDate) {
        faults.lasting("purpose", &self.purpose);
        if let Some(purpose) = self.purpose.set() {
            faults.text("purpose", purpose, PARAGRAPH);
        }
        faults.lasting("legalBasis", &self.legal_basis);
        if let Some(codes) = self.legal_basis.set() {
            rules::some(faults, "legalBasis", codes.len());
        }
        rules::agreed::check_last_day(faults, self.valid_to.set().copied(), before.valid_from, today);
    }
    /// The agreement as it will be.
    fn apply(self, before: &agreement::Model) -> agreement::Model {
        let mut after = before.clone();
        after.purpose = self.purpose.map(|purpose| clean(&purpose)).or(after.purpose);
        after.valid_to = self.valid_to.apply(after.valid_to);
        after
    }
}

/// Changes an agreement that has not changed since the caller saw it. Its grants end with it at the latest, however long they were
/// given for.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN where the provider lies outside the caller's area; PRECONDITION_FAILED with another version; CONFLICT for
/// one that was revoked or is over, and for one that is to last longer though none of its laws is in force any more; BAD_USER_INPUT for
/// what is unknown, a law that is no longer in force, and for every field that cannot be.
pub async fn update(op: &Op, id: AgreementId, version: i32, patch: AgreementPatch) -> Result<()> {
    let permit = op.permit(Action::UpdateAgreement)?;
    let today = op.today();
    op.write(permit, async |tx, permit| {
        let before = store::visible_agreement(op, tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = place(tx, permit, before.provider_id).await?;
        Refusal::unless_current(before.version, version)?;
        rules::agreed::check_changeable(rules::status_of(&before, today))?;
        let mut faults = Faults::default();
        patch.check(&mut faults, &before, today);
        let on = rules::agreed::day_of_laws(before.valid_from, today);
        let rested_on = store::basis(tx, id).await?;
        let rests_on = match &patch.legal_basis {
            Patch::Set(codes) => law::named(tx, &mut faults, codes, &[], on).await?,
            Patch::Keep | Patch::Clear => rested_on.clone(),
        };
        faults.refuse()?;
        let after = patch.apply(&before);
        if rules::agreed::lasts_longer(before.valid_to, after.valid_to) {
            rules::agreed::check_laws(&rests_on, on)?;
        }
        let fields = [
            FieldChange::of("purpose", Some(&before.purpose), Some(&after.purpose)),
            FieldChange::of("legalBasis", law::codes(&rested_on), law::codes(&rests_on)),
            FieldChange::of("validTo", before.valid_to, after.valid_to),
        ];
        let Some(change) = Change::updated(ChangeType::Agreement, &before.number, id, fields) else {
            return Ok(Outcome::unchanged(()));
        };
        if !store::change(tx, &before, &after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        if rests_on != rested_on {
            store::set_basis(tx, id, &rests_on.iter().map(|law| law.id).collect::<Vec<_>>()).await?;
        }
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}

/// Revokes an agreement: from now on it binds nothing, and what was granted under it opens nothing. One that was revoked already stays as
/// it is.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN where the provider lies outside the caller's area; PRECONDITION_FAILED with another version; BAD_USER_INPUT
/// without a reason.
pub async fn revoke(op: &Op, id: AgreementId, version: Option<i32>, reason: &str) -> Result<()> {
    let permit = op.permit(Action::RevokeAgreement)?;
    identity::rules::check_reason(reason)?;
    op.write(permit, async |tx, permit| {
        let before = store::visible_agreement(op, tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = place(tx, permit, before.provider_id).await?;
        if let Some(version) = version {
            Refusal::unless_current(before.version, version)?;
        }
        if before.revoked_at.is_some() {
            return Ok(Outcome::unchanged(()));
        }
        // Not when it was asked for: until now it held.
        let at = tx.instant();
        if !store::revoke(tx, &before, at, &op.caller().name(), &clean(reason)).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        let change = Change::of(ChangeType::Agreement, ChangeAction::Updated, before.number, id).with(vec![
            FieldChange::new("revokedAt", DateTime(at).print()),
            FieldChange::new("revokeReason", clean(reason)),
        ]);
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}
