//! Access grants (quyền truy cập): the right of an API client to read observations of named indicators and areas, under
//! an agreement, for a period. Grants are revoked, never deleted, so that who could read what on a given day can always
//! be answered.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{
    access_grant, api_client,
    ids::{AccessGrantId, AgreementId, ApiClientId, IndicatorId, UnitId},
    kinds::{ChangeAction, ChangeType},
};
use sea_orm::{ColumnTrait, QueryFilter};

use super::{
    agreeing::place,
    rules,
    store::{
        agreement::{self as agreements, visible_grants},
        grant as store,
    },
};
use crate::{
    agency, identity, indicator,
    kernel::{
        check::Faults,
        client_scope::ClientScope,
        clock::day_of,
        error::{Broken, Refusal, Result},
        locale::Message,
        op::Op,
        policy::{Action, OUTSIDE_AREA, Permit},
        scalar,
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
    territory,
};

/// A grant to be given.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The agreement.
    pub agreement: AgreementId,
    /// The client, by its `clientId`.
    pub client: String,
    /// The indicators, by code: at least one.
    pub indicators: Vec<String>,
    /// The areas, by their codes of today: at least one. Each includes the units that it was formed from.
    pub areas: Vec<String>,
    /// The purpose.
    pub purpose: String,
    /// The beginning.
    pub valid_from: DateTime<Utc>,
    /// The end, exclusive.
    pub valid_to: DateTime<Utc>,
}

/// The records that a new grant names.
pub struct Named {
    /// The client.
    pub client: ApiClientId,
    /// The indicators, without duplicates.
    pub indicators: Vec<IndicatorId>,
    /// The units, without duplicates.
    pub areas: Vec<UnitId>,
}

/// The prefix of a grant's name.
pub const PREFIX: &str = "grant:";

/// The name of a grant in the audit chain and in the change feed.
pub fn name(id: AccessGrantId) -> String {
    format!("{PREFIX}{}", id.0)
}

/// The name of a unit in the audit chain: its code, and its first day if known, since a code may have meant several
/// units.
pub fn unit_name(code: &str, since: Option<NaiveDate>) -> String {
    since.map_or_else(|| code.to_owned(), |day| format!("{code}@{day}"))
}

/// Looks up the client of a new grant, and adds a fault for everything wrong with it.
async fn client(
    op: &Op,
    tx: &Tx,
    faults: &mut Faults,
    order: &NewGrant,
    agreement: &entity::agreement::Model,
) -> Result<Option<ApiClientId>> {
    let code = clean(&order.client);
    let known =
        tx.first(identity::store::visible_clients(op).filter(api_client::Column::ClientId.eq(code.clone()))).await?;
    let Some(client) = known else {
        let unknown = Message::new(
            format!("Không có hệ thống tích hợp mã \"{code}\"."),
            format!("There is no client \"{code}\"."),
        );
        faults.add("client", "UNKNOWN_CLIENT", unknown);
        return Ok(None);
    };
    let good = client.active && client.valid_to.is_none_or(|until| until > op.now());
    let reads = identity::store::scopes(&client.scopes).contains(&ClientScope::ObservationRead);
    // A client without an agency gets no grant: no agency could answer for what it reads.
    let of_consumer = match client.agency_id {
        Some(agency) => agency::store::authority(tx, agency).await?.contains(&agreement.consumer_id),
        None => false,
    };
    rules::check_client(faults, good, of_consumer, reads);
    Ok(Some(client.id))
}

/// Looks up the records that a new grant names, and adds a fault for each that is unknown or outside the caller's area.
async fn look_up(
    op: &Op,
    (tx, permit): (&Tx, &Permit),
    faults: &mut Faults,
    order: &NewGrant,
    agreement: &entity::agreement::Model,
) -> Result<Option<Named>> {
    let client = client(op, tx, faults, order, agreement).await?;
    let codes: Vec<String> = order.indicators.iter().map(|code| clean(code)).collect();
    let known = indicator::store::figures::coded(op, tx, &codes).await?;
    let mut indicators = vec![];
    for (n, code) in codes.iter().enumerate() {
        match known.iter().find(|row| row.code == *code) {
            Some(row) if indicators.contains(&row.id) => {}
            Some(row) => indicators.push(row.id),
            None => faults.extend(indicator::unknown(&format!("indicators[{n}]"), code).fields),
        }
    }
    let codes: Vec<String> = order.areas.iter().map(|code| clean(code)).collect();
    let units = territory::store::with_codes(op, tx, &codes).await?;
    let mut areas = vec![];
    for (n, code) in codes.iter().enumerate() {
        match territory::holder(&format!("areas[{n}]"), code, &units, op.today()) {
            // Without this check, a registrar could grant access to another province's data.
            Ok(unit) if !permit.places().hold(Some(unit.id)) => {
                let elsewhere = Message::new(
                    format!(
                        "\"{code}\" nằm ngoài địa bàn được phân quyền: chỉ cấp quyền đọc số liệu của địa bàn mình."
                    ),
                    format!(
                        "\"{code}\" lies outside the area that your roles hold in: only what is of that area is granted."
                    ),
                );
                faults.add(format!("areas[{n}]"), OUTSIDE_AREA, elsewhere);
            }
            Ok(unit) if areas.contains(&unit.id) => {}
            Ok(unit) => areas.push(unit.id),
            Err(refusal) => faults.extend(refusal.fields),
        }
    }
    Ok(client.map(|client| Named { client, indicators, areas }))
}

/// Grants a client of the consumer the right to read.
///
/// # Errors
/// NOT_FOUND for the agreement; FORBIDDEN if its provider lies outside the caller's area; BAD_USER_INPUT for unknown
/// codes, a client that does not belong to the consumer, is inactive or lacks the scope observation:read, areas outside
/// the caller's, times outside the agreement's, and every invalid field; CONFLICT if the agreement was revoked or has
/// expired, or if its whole legal basis has expired.
pub async fn grant(op: &Op, order: NewGrant) -> Result<AccessGrantId> {
    let permit = op.permit(Action::GrantAccess)?;
    op.write(permit, async |tx, permit| {
        let agreement = agreements::visible_agreement(op, tx, order.agreement).await?;
        let agreement = agreement.ok_or_else(Refusal::no_such_record)?;
        let placed = place(tx, permit, agreement.provider_id).await?;
        let mut faults = Faults::default();
        // The end is exclusive, so midnight after the agreement's last day is still allowed.
        let days = [order.valid_from, order.valid_to - TimeDelta::microseconds(1)].map(day_of);
        rules::check_new_grant(&mut faults, &order, days, &agreement, op.now());
        let named = look_up(op, (tx, permit), &mut faults, &order, &agreement).await?;
        let named = faults.settle(named)?;
        rules::check_grantable(rules::status_of(&agreement, op.today()))?;
        let laws = agreements::basis(tx, agreement.id).await?;
        rules::agreed::check_laws(&laws, rules::agreed::day_of_laws(agreement.valid_from, op.today()))?;
        let id = store::insert(tx, &order, &named).await?;
        let at = |at| scalar::DateTime(at).print();
        let change = Change::created(ChangeType::AccessGrant, name(id), id).with(vec![
            FieldChange::new("agreement", agreement.number),
            FieldChange::new("client", clean(&order.client)),
            FieldChange::new("indicators", order.indicators.join(" ")),
            FieldChange::new("areas", order.areas.join(" ")),
            FieldChange::new("validFrom", at(order.valid_from)),
            FieldChange::new("validTo", at(order.valid_to)),
        ]);
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

/// Revokes a grant, effective immediately. A grant that is already revoked is left unchanged.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if its provider lies outside the caller's area; PRECONDITION_FAILED for another version;
/// BAD_USER_INPUT without a reason.
pub async fn revoke(op: &Op, id: AccessGrantId, version: Option<i32>, reason: &str) -> Result<()> {
    let permit = op.permit(Action::RevokeAccess)?;
    identity::rules::check_reason(reason)?;
    op.write(permit, async |tx, permit| {
        let found = tx.first(visible_grants(op).filter(access_grant::Column::Id.eq(id))).await?;
        let before = found.ok_or_else(Refusal::no_such_record)?;
        let agreement = agreements::agreement(tx, before.agreement_id).await?;
        let agreement = agreement.ok_or_else(|| Broken::new("a grant without its agreement"))?;
        let placed = place(tx, permit, agreement.provider_id).await?;
        if let Some(version) = version {
            Refusal::unless_current(before.version, version)?;
        }
        if before.revoked_at.is_some() {
            return Ok(Outcome::unchanged(()));
        }
        // Use the time of the write, not of the request: until now the grant was in effect.
        let at = tx.instant();
        if !store::revoke(tx, &before, at, &op.caller().name(), &clean(reason)).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        let change = Change::of(ChangeType::AccessGrant, ChangeAction::Updated, name(id), id).with(vec![
            FieldChange::new("revokedAt", scalar::DateTime(at).print()),
            FieldChange::new("revokeReason", clean(reason)),
        ]);
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}
