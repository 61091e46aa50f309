//! Changing and revoking agreements (thoả thuận chia sẻ dữ liệu). The expiry date, the purpose and the legal basis can
//! change; the parties, the number and the first day cannot. No agreement is ever deleted.

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

/// Changes to an agreement. Omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct AgreementPatch {
    /// The purpose.
    pub purpose: Patch<String>,
    /// The complete legal basis, by codes of legal documents.
    pub legal_basis: Patch<Vec<String>>,
    /// The expiry date, inclusive.
    pub valid_to: Patch<NaiveDate>,
}

impl AgreementPatch {
    /// Validates the changes that need no look-up.
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
    /// The agreement after the changes.
    fn apply(self, before: &agreement::Model) -> agreement::Model {
        let mut after = before.clone();
        after.purpose = self.purpose.map(|purpose| clean(&purpose)).or(after.purpose);
        after.valid_to = self.valid_to.apply(after.valid_to);
        after
    }
}

/// Changes an agreement, if it still has the expected version. Its grants have no effect after its expiry date, even if
/// they were given for longer.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if the provider lies outside the caller's area; PRECONDITION_FAILED for another version;
/// CONFLICT if the agreement was revoked or has expired, or is to be extended although its whole legal basis has
/// expired; BAD_USER_INPUT for unknown codes, expired legal documents, and every invalid field.
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

/// Revokes an agreement. It and its grants stop having effect immediately. An agreement that is already revoked is left
/// unchanged.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if the provider lies outside the caller's area; PRECONDITION_FAILED for another version;
/// BAD_USER_INPUT without a reason.
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
        // Use the time of the write, not of the request: until now the agreement was in effect.
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
