//! Agreements (thoả thuận chia sẻ dữ liệu), as they are kept: made, and then activated. An agreement lies where its provider does.

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

/// An agreement to be made.
#[derive(Clone, Debug)]
pub struct NewAgreement {
    /// Its number, as printed.
    pub number: String,
    /// The body that provides, by code.
    pub provider: String,
    /// The body that consumes, by code.
    pub consumer: String,
    /// What for.
    pub purpose: String,
    /// The legal documents that it rests on, by code: at least one.
    pub legal_basis: Vec<String>,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// Its last day, inclusive; none: without an end.
    pub valid_to: Option<NaiveDate>,
}

/// What an agreement names.
pub struct Bound {
    /// The body that provides.
    pub provider: AgencyId,
    /// The body that consumes.
    pub consumer: AgencyId,
    /// The legal documents, each once.
    pub basis: Vec<LegalDocumentId>,
}

/// An agreement that is kept, and the legal documents that it rests on.
pub struct Agreed {
    /// The agreement.
    pub agreement: agreement::Model,
    /// The legal documents.
    pub laws: Vec<legal_document::Model>,
}

/// An agreement with the legal documents that it rests on, as a transaction sees them.
pub async fn with_laws(tx: &Tx, agreement: agreement::Model) -> Result<Agreed> {
    let laws = store::basis(tx, agreement.id).await?;
    Ok(Agreed { agreement, laws })
}

/// Looks up what an agreement names; notes what is unknown, and what is no ground any more.
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

/// Makes an agreement, which is PENDING until it is activated.
///
/// # Errors
/// BAD_USER_INPUT for a number that the two bodies have used, what is unknown, a law that is no longer in force, one body on both sides,
/// and for every field that cannot be; FORBIDDEN where the provider lies outside the caller's area.
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

/// Lets an agreement begin: on its first day, or at once where that has come.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN where the provider lies outside the caller's area; PRECONDITION_FAILED with another version; CONFLICT for
/// one that was activated or revoked, or is over, and for one of whose laws none is in force any more.
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

/// That something lies where a body does, and the caller may write there.
///
/// # Errors
/// FORBIDDEN outside the caller's area.
pub async fn place(tx: &Tx, permit: &Permit, provider: AgencyId) -> Result<Placed> {
    let provider = agency::store::row(tx, provider).await?.ok_or_else(Refusal::no_such_record)?;
    Ok(permit.at(provider.area_id)?)
}
