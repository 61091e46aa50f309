//! Creating and activating agreements (thoả thuận chia sẻ dữ liệu). An agreement lies in the area of its provider.

use chrono::NaiveDate;
use entity::{
    agreement,
    ids::{AgencyId, AgreementId, LegalDocumentId},
    kinds::{ChangeAction, ChangeType},
    legal_document,
};

use super::{law, rules, store::agreement as store};
use crate::{
    agency,
    kernel::{
        check::{Faults, PARAGRAPH},
        error::{Refusal, Result},
        op::Op,
        policy::{Action, Permit, Placed},
        scalar::DateTime,
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
};

/// An agreement to be created.
#[derive(Clone, Debug)]
pub struct NewAgreement {
    /// The number, as printed.
    pub number: String,
    /// The agency that provides the data, by code.
    pub provider: String,
    /// The agency that consumes the data, by code.
    pub consumer: String,
    /// The purpose.
    pub purpose: String,
    /// The legal basis, by codes of legal documents: at least one.
    pub legal_basis: Vec<String>,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The expiry date, inclusive; none for an agreement without an end.
    pub valid_to: Option<NaiveDate>,
}

/// The records that a new agreement names by code.
pub struct Bound {
    /// The provider.
    pub provider: AgencyId,
    /// The consumer.
    pub consumer: AgencyId,
    /// The legal documents, without duplicates.
    pub basis: Vec<LegalDocumentId>,
}

/// A stored agreement with its legal basis.
pub struct Agreed {
    /// The agreement.
    pub agreement: agreement::Model,
    /// The legal documents.
    pub laws: Vec<legal_document::Model>,
}

/// Loads the legal basis of an agreement.
pub async fn with_laws(tx: &Tx, agreement: agreement::Model) -> Result<Agreed> {
    let laws = store::basis(tx, agreement.id).await?;
    Ok(Agreed { agreement, laws })
}

/// Looks up the records that a new agreement names. Adds a fault for each unknown code and each expired legal document.
async fn look_up(tx: &Tx, faults: &mut Faults, order: &NewAgreement, today: NaiveDate) -> Result<Option<Bound>> {
    let provider = faults.gather(agency::resolve(tx, "provider", &order.provider).await)?;
    let consumer = faults.gather(agency::resolve(tx, "consumer", &order.consumer).await)?;
    let on = rules::agreed::day_of_laws(order.valid_from, today);
    let basis = law::named(tx, faults, &order.legal_basis, &[], on).await?.iter().map(|law| law.id).collect();
    let (Some(provider), Some(consumer)) = (provider, consumer) else { return Ok(None) };
    rules::check_parties(faults, provider, consumer);
    if store::number_taken(tx, &order.number, provider, consumer).await? {
        faults.extend(rules::number_taken(&clean(&order.number)).fields);
    }
    Ok(Some(Bound { provider, consumer, basis }))
}

/// Creates an agreement, which stays PENDING until it is activated.
///
/// # Errors
/// BAD_USER_INPUT for a number that the two agencies have already used, unknown codes, expired legal documents, one
/// agency on both sides, and every invalid field; FORBIDDEN if the provider lies outside the caller's area.
pub async fn create(op: &Op, order: NewAgreement) -> Result<AgreementId> {
    let permit = op.permit(Action::RecordAgreement)?;
    op.write(permit, async |tx, permit| {
        let mut faults = Faults::default();
        rules::check_new_agreement(&mut faults, &order);
        let bound = look_up(tx, &mut faults, &order, op.today()).await?;
        let bound = faults.settle(bound)?;
        let placed = place(tx, permit, bound.provider).await?;
        let id = store::insert(tx, &order, &bound).await?;
        let change = Change::created(ChangeType::Agreement, clean(&order.number), id);
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

/// Activates an agreement: it applies from its first day, or immediately if that day has come.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if the provider lies outside the caller's area; PRECONDITION_FAILED for another version;
/// CONFLICT if the agreement was already activated, was revoked, has expired, or if its whole legal basis has expired.
pub async fn activate(op: &Op, id: AgreementId, version: i32, reason: Option<&str>) -> Result<()> {
    let permit = op.permit(Action::ActivateAgreement)?;
    let mut faults = Faults::default();
    faults.maybe("reason", reason, PARAGRAPH);
    faults.refuse()?;
    op.write(permit, async |tx, permit| {
        let before = store::visible_agreement(op, tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = place(tx, permit, before.provider_id).await?;
        Refusal::unless_current(before.version, version)?;
        rules::check_activation(rules::status_of(&before, op.today()), before.activated_at.is_some())?;
        let on = rules::agreed::day_of_laws(before.valid_from, op.today());
        rules::agreed::check_laws(&store::basis(tx, id).await?, on)?;
        if !store::activate(tx, &before).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        let fields = [
            Some(FieldChange::new("activatedAt", DateTime(tx.now()).print())),
            reason.map(|reason| FieldChange::new("reason", clean(reason))),
        ];
        let change = Change::of(ChangeType::Agreement, ChangeAction::Updated, before.number, id);
        Ok(Outcome::changed(placed, (), vec![change.with(fields.into_iter().flatten().collect())]))
    })
    .await
}

/// Checks that the caller may write in the area of the provider.
///
/// # Errors
/// FORBIDDEN outside the caller's area.
pub async fn place(tx: &Tx, permit: &Permit, provider: AgencyId) -> Result<Placed> {
    let provider = agency::store::row(tx, provider).await?.ok_or_else(Refusal::no_such_record)?;
    Ok(permit.at(provider.area_id)?)
}
