//! Creating and changing data links (kết nối chia sẻ dữ liệu). A link is created as a draft, and can change until it
//! ends.
//!
//! A link lies in the areas of both of its ends, and a registrar of either area may write it. Otherwise no registrar of
//! a province could maintain its links to national systems. The other end gives its consent by the agreement, and by
//! the approval of its information-security level.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use entity::{
    agreement, data_link,
    ids::{AgreementId, DataLinkId, UnitId},
    information_system,
    kinds::{ChangeType, GrantStatus, Intermediary, LinkStatus},
    legal_document,
};

use super::{
    NewDataLink,
    agreeing::{self, Agreed},
    drafting::{self, DraftPatch},
    law, resolve, resolve_maybe,
    rules::{self, endpoint, life},
    store::{self, agreement as agreements, link as rows},
};
use crate::{
    agency,
    citation::{self, rules::check_source},
    kernel::{
        check::{Faults, PARAGRAPH, taken},
        error::{Broken, FieldFault, Refusal, Result},
        locale::Message,
        network::Networks,
        op::Op,
        patch::Patch,
        policy::{Action, Permit, Placed},
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
};

/// Checks that the caller may write in the area of at least one end.
///
/// # Errors
/// FORBIDDEN if both ends lie outside the caller's area.
pub fn placed(permit: &Permit, [source, target]: [Option<UnitId>; 2]) -> Result<Placed> {
    Ok(permit.at(source).or_else(|_| permit.at(target))?)
}

/// The allowed expiry dates: from today up to the configured maximum.
pub(super) fn last_days(op: &Op) -> RangeInclusive<NaiveDate> {
    let today = op.today();
    today..=today.checked_add_months(op.app().settings().longest_link).unwrap_or(NaiveDate::MAX)
}

/// The private networks in which endpoints are allowed.
fn private_networks(op: &Op) -> &Networks {
    &op.app().settings().probes.private_networks
}

/// Fails with BAD_USER_INPUT if there are invalid fields, otherwise with CONFLICT if a requirement is not met.
pub(super) fn settle(mut faults: Faults, status: LinkStatus, lacking: Vec<FieldFault>) -> Result<()> {
    if faults.is_empty() {
        return Ok(life::unless_lacking(status, lacking)?);
    }
    faults.extend(lacking);
    faults.refuse()
}

/// The changed fields of a link, for the audit log. The endpoint is masked.
pub(super) fn told(
    before: &data_link::Model,
    after: &data_link::Model,
    rested_on: &[legal_document::Model],
    rests_on: &[legal_document::Model],
) -> Vec<Option<FieldChange>> {
    vec![
        FieldChange::of("status", Some(before.status.word()), Some(after.status.word())),
        FieldChange::of("intermediary", Some(before.intermediary.word()), Some(after.intermediary.word())),
        FieldChange::of("carries", before.carries.as_ref(), after.carries.as_ref()),
        FieldChange::of("purpose", before.purpose.as_ref(), after.purpose.as_ref()),
        (before.endpoint != after.endpoint).then(|| FieldChange::secret("endpoint")),
        FieldChange::of("legalBasis", law::codes(rested_on), law::codes(rests_on)),
        FieldChange::of("agreement", before.agreement_id.map(|id| id.0), after.agreement_id.map(|id| id.0)),
        FieldChange::of("requestedOn", before.requested_on, after.requested_on),
        FieldChange::of("decisionDueOn", before.decision_due_on, after.decision_due_on),
        FieldChange::of("decidedOn", before.decided_on, after.decided_on),
        FieldChange::of("decisionReason", before.decision_reason.as_ref(), after.decision_reason.as_ref()),
        FieldChange::of("activeFrom", before.active_from.as_ref(), after.active_from.as_ref()),
        FieldChange::of("expiresOn", before.expires_on, after.expires_on),
        FieldChange::of("noExpiryReason", before.no_expiry_reason.as_ref(), after.no_expiry_reason.as_ref()),
    ]
}

/// Creates a link, always as a draft.
///
/// # Errors
/// BAD_USER_INPUT for a code that is taken, unknown codes, an expiry date in the past, and every invalid field;
/// FORBIDDEN if neither end lies in the caller's area.
pub async fn create(op: &Op, order: NewDataLink) -> Result<DataLinkId> {
    let permit = op.permit(Action::CreateDataLink)?;
    let order = NewDataLink { status: LinkStatus::Draft, ..order };
    op.write(permit, async |tx, permit| {
        let mut faults = Faults::default();
        rules::check_new_link(&mut faults, &order, &last_days(op), private_networks(op));
        if let Some(evidence) = &order.evidence {
            check_source(&mut faults, "evidence", evidence);
        }
        if store::known_link(tx, &order.code).await?.is_some() {
            faults.extend(taken("code", &order.code).fields);
        }
        let source = faults.gather(resolve(tx, "source", &order.source).await)?;
        let target = faults.gather(resolve(tx, "target", &order.target).await)?;
        let via = faults.gather(resolve_maybe(tx, "via", order.via.as_deref()).await)?;
        let known = [source.as_ref(), target.as_ref(), via.as_ref().and_then(Option::as_ref)];
        rules::check_joined(known.map(|system| system.map(|system| system.id)), &mut faults);
        let laws = law::named(tx, &mut faults, &order.legal_basis, &[], op.today()).await?;
        let ((source, target), via) = faults.settle(source.zip(target).zip(via))?;
        let placed = placed(permit, [source.area_id, target.area_id])?;
        let evidence = citation::cite_maybe(tx, order.evidence.clone()).await?;
        let ends = store::Ends { source, target, via: via.map(|system| system.id), evidence };
        let laws: Vec<_> = laws.iter().map(|law| law.id).collect();
        let link = store::insert_link(tx, &order, ends, laws).await?;
        let first = rows::Step { from: None, after: &link, by: op.caller().name(), reason: None, laws: &[] };
        rows::insert_step(tx, first).await?;
        let change = Change::created(ChangeType::DataLink, link.code.clone(), link.id);
        Ok(Outcome::changed(placed, link.id, vec![change]))
    })
    .await
}

/// Changes to a link. Omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct DataLinkPatch {
    /// The fields that change only while the link is a draft.
    pub draft: DraftPatch,
    /// The data that it carries.
    pub carries: Patch<String>,
    /// The purpose.
    pub purpose: Patch<String>,
    /// The complete legal basis, by codes of legal documents.
    pub legal_basis: Patch<Vec<String>>,
    /// The expiry date.
    pub expires_on: Patch<NaiveDate>,
    /// The reason for having no expiry date.
    pub no_expiry_reason: Patch<String>,
    /// The endpoint URL.
    pub endpoint: Patch<String>,
    /// The agreement that covers it; the inner `None` is an id that is not an agreement's.
    pub agreement: Patch<Option<AgreementId>>,
    /// The reason for the change.
    pub reason: Option<String>,
}

fn said(text: Option<String>) -> Option<String> {
    text.map(|text| clean(&text)).filter(|text| !text.is_empty())
}

impl DataLinkPatch {
    /// Validates the changes that need no look-up.
    fn check(&self, op: &Op, faults: &mut Faults, before: &data_link::Model) {
        self.draft.check(faults);
        faults.maybe("carries", self.carries.set().map(String::as_str), PARAGRAPH);
        faults.maybe("purpose", self.purpose.set().map(String::as_str), PARAGRAPH);
        endpoint::check(faults, self.endpoint.set().map(String::as_str), private_networks(op));
        let new = self.expires_on.set().copied().filter(|day| before.expires_on != Some(*day));
        life::check_last_day(faults, new, &last_days(op));
        life::check_begun(faults, new, before.active_from.as_ref());
        faults.maybe("noExpiryReason", self.no_expiry_reason.set().map(String::as_str), PARAGRAPH);
        let endless = said(self.no_expiry_reason.set().cloned()).is_some();
        let ends = self.expires_on.clone().apply(before.expires_on).is_some();
        faults.extend((endless && ends).then(life::contradiction));
        faults.maybe("reason", self.reason.as_deref(), PARAGRAPH);
    }
    /// Applies the changes, except those of the draft, to a link.
    fn apply(self, after: &mut data_link::Model, agreed: Option<&Agreed>) {
        after.carries = said(self.carries.apply(after.carries.take()));
        after.purpose = said(self.purpose.apply(after.purpose.take()));
        after.endpoint = self.endpoint.map(|text| endpoint::written(&text)).apply(after.endpoint.take());
        after.agreement_id = agreed.map(|agreed| agreed.agreement.id);
        after.expires_on = self.expires_on.apply(after.expires_on);
        after.no_expiry_reason = said(self.no_expiry_reason.apply(after.no_expiry_reason.take()));
        if after.expires_on.is_some() {
            after.no_expiry_reason = None;
        }
    }
}

/// The requirements that an operating link would lose by a change: its valid legal basis, and its expiry date or reason
/// for none. What it lacked before is not reported, so that such a link can still be corrected.
fn lacking(
    [before, after]: [&data_link::Model; 2],
    left_out: bool,
    grounded: bool,
) -> impl Iterator<Item = FieldFault> + use<> {
    let taken_away = left_out || (before.agreement_id.is_some() && before.agreement_id != after.agreement_id);
    let ends = |link: &data_link::Model| link.expires_on.is_some() || link.no_expiry_reason.is_some();
    let ground = (taken_away && !grounded).then(life::no_ground);
    let end = (ends(before) && !ends(after)).then(life::no_end);
    ground.into_iter().chain(end)
}

/// Looks up the agreement that a link is to be covered by. Adds a fault if it is unknown, revoked or expired, or if a
/// known owner of the link's systems is not a party to it.
async fn binding(
    op: &Op,
    tx: &Tx,
    faults: &mut Faults,
    ends: &[information_system::Model; 2],
    id: Option<AgreementId>,
) -> Result<Option<Agreed>> {
    const PATH: &str = "agreement";
    let found = match id {
        Some(id) => agreements::visible_to_parties(op, tx, id).await?,
        None => None,
    };
    let Some(found) = found else {
        faults.add(PATH, "UNKNOWN_AGREEMENT", Message::new("Không có thoả thuận này.", "There is no such agreement."));
        return Ok(None);
    };
    if matches!(rules::status_of(&found, op.today()), GrantStatus::Revoked | GrantStatus::Expired) {
        let over = Message::new("Thoả thuận này đã hết hiệu lực.", "This agreement is over.");
        faults.add(PATH, "OVER", over);
    }
    check_parties(tx, faults, &found, ends).await?;
    Ok(Some(agreeing::with_laws(tx, found).await?))
}

/// Adds a fault for each known owner of the link's systems who is not a party to the agreement.
async fn check_parties(
    tx: &Tx,
    faults: &mut Faults,
    agreement: &agreement::Model,
    ends: &[information_system::Model; 2],
) -> Result<()> {
    for end in ends {
        let Some(owner) = end.owner_id else { continue };
        // Agencies succeed each other: a successor or predecessor of a party counts as that party.
        let party = agency::store::same_authority(tx, agreement.provider_id, owner).await?
            || agency::store::same_authority(tx, agreement.consumer_id, owner).await?;
        if !party {
            let code = &end.code;
            let stranger = Message::new(
                format!("Chủ quản của hệ thống \"{code}\" không phải là một bên của thoả thuận."),
                format!("The owner of the system \"{code}\" is no party to this agreement."),
            );
            faults.add("agreement", "NOT_A_PARTY", stranger);
        }
    }
    Ok(())
}

/// The source system and the target system of a link.
pub(super) async fn ends(tx: &Tx, link: &data_link::Model) -> Result<[information_system::Model; 2]> {
    let missing = || Broken::new("a data link leads to a system that is not there");
    let source = store::system(tx, link.source_system_id).await?.ok_or_else(missing)?;
    let target = store::system(tx, link.target_system_id).await?.ok_or_else(missing)?;
    Ok([source, target])
}

/// The agreement that covers a link, if there is one.
pub(super) async fn agreement_of(tx: &Tx, link: &data_link::Model) -> Result<Option<Agreed>> {
    let Some(id) = link.agreement_id else { return Ok(None) };
    match agreements::agreement(tx, id).await? {
        Some(agreement) => Ok(Some(agreeing::with_laws(tx, agreement).await?)),
        None => Ok(None),
    }
}

/// Changes a link, if it still has the expected version. An operating link must keep a valid legal basis, and an expiry
/// date or a reason for none. Unless the link is a draft, changes of expiry, agreement, legal basis and intermediary
/// are recorded in its history.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if neither end lies in the caller's area, before or after; PRECONDITION_FAILED for another
/// version; CONFLICT for a link that has ended, for fields that change only in drafts, and for requirements that an
/// operating link would lose; BAD_USER_INPUT for unknown codes, an agreement to which an owner is not a party, and
/// every invalid field.
pub async fn update(op: &Op, id: DataLinkId, version: i32, mut patch: DataLinkPatch) -> Result<()> {
    let permit = op.permit(Action::UpdateDataLink)?;
    patch.reason = said(patch.reason);
    op.write(permit, async |tx, permit| {
        let before = rows::row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let _ = placed(permit, [before.source_area_id, before.target_area_id])?;
        Refusal::unless_current(before.version, version)?;
        let status = life::standing(before.status, before.expires_on, op.today());
        life::check_alive(status)?;
        let mut faults = Faults::default();
        patch.check(op, &mut faults, &before);
        let mut after = before.clone();
        let ends = drafting::draw(tx, &mut faults, patch.draft.clone(), &mut after).await?;
        let rested_on = rows::basis(tx, id).await?;
        let rests_on = match &patch.legal_basis {
            Patch::Keep => rested_on.clone(),
            Patch::Clear => vec![],
            Patch::Set(codes) => law::named(tx, &mut faults, codes, &rested_on, op.today()).await?,
        };
        let agreed = match &patch.agreement {
            Patch::Keep => agreement_of(tx, &before).await?,
            Patch::Clear => None,
            Patch::Set(id) => binding(op, tx, &mut faults, &ends, *id).await?,
        };
        let same_ends = |link: &data_link::Model| [link.source_system_id, link.target_system_id];
        if let (Patch::Keep, Some(kept)) = (&patch.agreement, &agreed)
            && same_ends(&before) != same_ends(&after)
        {
            check_parties(tx, &mut faults, &kept.agreement, &ends).await?;
        }
        let reason = patch.reason.clone();
        patch.apply(&mut after, agreed.as_ref());
        let mut missing = drafting::fixed(status, &before, &after);
        if life::OPERATING.contains(&status) {
            let left_out = rested_on.iter().any(|law| !rests_on.contains(law));
            let grounded = rules::is_grounded(agreed.as_ref(), &rests_on, op.today());
            missing.extend(lacking([&before, &after], left_out, grounded));
        }
        settle(faults, status, missing)?;
        let placed = placed(permit, [after.source_area_id, after.target_area_id])?;
        let mut fields = drafting::told(tx, &before, &after).await?;
        fields.extend(told(&before, &after, &rested_on, &rests_on));
        if fields.iter().any(Option::is_some) {
            fields.push(reason.as_ref().map(|reason| FieldChange::new("reason", reason)));
        }
        let Some(change) = Change::updated(ChangeType::DataLink, &before.code, id, fields) else {
            return Ok(Outcome::unchanged(()));
        };
        if !rows::change(tx, &before, &after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        let ids = |laws: &[legal_document::Model]| laws.iter().map(|law| law.id).collect::<Vec<_>>();
        let (rested_on, rests_on) = (ids(&rested_on), ids(&rests_on));
        rows::set_basis(tx, id, &rested_on, &rests_on).await?;
        if !life::DRAFTS.contains(&status) && (rested_on != rests_on || terms(&before) != terms(&after)) {
            let by = op.caller().name();
            rows::insert_step(tx, rows::Step { from: Some(status), after: &after, by, reason, laws: &rests_on })
                .await?;
        }
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}

/// The terms that the history records, beside the legal basis: expiry, agreement and intermediary.
fn terms(link: &data_link::Model) -> (Option<NaiveDate>, Option<&str>, Option<AgreementId>, Intermediary) {
    (link.expires_on, link.no_expiry_reason.as_deref(), link.agreement_id, link.intermediary)
}
