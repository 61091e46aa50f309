//! The rows of agreements and grants.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    access_grant, agency,
    agreement::{self, Column as A},
    agreement_basis, grant_area,
    ids::{AgencyId, AgreementId, LegalDocumentId},
    kinds::GrantStatus,
    legal_document, unit_lineage, unit_version,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::link::documents;
use crate::{
    identity,
    kernel::{
        error::Result,
        object::{Key, Link, texts},
        op::Op,
        policy::{self, Caller, Places},
        text::clean,
        tx::Tx,
    },
    sharing::agreeing::{Bound, NewAgreement},
    territory,
};

/// Agreements of which a body lies in some places.
fn of_parties(op: &Op, places: &Places) -> Condition {
    match places {
        Places::Nowhere => Condition::all().add(Expr::val(false)),
        Places::Everywhere => Condition::all(),
        Places::Units(units) => {
            let area = op.among(agency::Column::AreaId, units.iter().copied().map(Key::from));
            parties(agencies(area.into()))
        }
    }
}

fn agencies(which: Condition) -> SelectStatement {
    Query::select().column(agency::Column::Id).from(agency::Entity).cond_where(which).to_owned()
}

/// Agreements of which some bodies provide or consume.
fn parties(agencies: SelectStatement) -> Condition {
    Condition::any().add(A::ProviderId.in_subquery(agencies.clone())).add(A::ConsumerId.in_subquery(agencies))
}

fn own_grants(caller: &Caller) -> Condition {
    Condition::all().add(match caller {
        Caller::Client(client) => access_grant::Column::ClientId.eq(client.id),
        _ => Expr::val(false),
    })
}

/// Grants that open figures of the caller's places, whose bodies ever granted them: who could read one's figures is known to whoever
/// answers for them.
fn opening(op: &Op) -> Condition {
    let ancestor = identity::store::within(op, unit_lineage::Column::AncestorId, &policy::sees_grants(op.caller()));
    let grants = identity::store::grants_of_units(ancestor.into());
    Condition::all().add(access_grant::Column::Id.in_subquery(grants))
}

/// The agreements that the caller sees: those of bodies in the caller's places, and those under which the caller sees a grant: a client its
/// own, people those that open figures of their places.
pub fn visible_agreements(op: &Op) -> Select<agreement::Entity> {
    let granted = Query::select()
        .column(access_grant::Column::AgreementId)
        .from(access_grant::Entity)
        .cond_where(Condition::any().add(own_grants(op.caller())).add(opening(op)))
        .to_owned();
    let seen = of_parties(op, &policy::sees_agreements(op.caller()));
    agreement::Entity::find().filter(Condition::any().add(seen).add(A::Id.in_subquery(granted)))
}

/// An agreement of bodies in the caller's places, as a transaction sees it.
pub async fn visible_to_parties(op: &Op, tx: &Tx, id: AgreementId) -> Result<Option<agreement::Model>> {
    let seen = of_parties(op, &policy::sees_agreements(op.caller()));
    tx.first(agreement::Entity::find().filter(A::Id.eq(id)).filter(seen)).await
}

/// An agreement that the caller sees, as a transaction sees it.
pub async fn visible_agreement(op: &Op, tx: &Tx, id: AgreementId) -> Result<Option<agreement::Model>> {
    tx.first(visible_agreements(op).filter(A::Id.eq(id))).await
}

/// An agreement, whoever sees it, as a transaction sees it.
pub async fn agreement(tx: &Tx, id: AgreementId) -> Result<Option<agreement::Model>> {
    tx.first(agreement::Entity::find().filter(A::Id.eq(id))).await
}

/// The grants that the caller sees: those under agreements of bodies in the caller's places, those that open figures of these places, and
/// a client's own.
pub fn visible_grants(op: &Op) -> Select<access_grant::Entity> {
    let seen = of_parties(op, &policy::sees_grants(op.caller()));
    let agreements = Query::select().column(A::Id).from(agreement::Entity).cond_where(seen).to_owned();
    let under = access_grant::Column::AgreementId.in_subquery(agreements);
    access_grant::Entity::find().filter(Condition::any().add(under).add(own_grants(op.caller())).add(opening(op)))
}

/// How the areas of grants belong to them: each in its newest version.
pub fn areas_of_grants() -> Link {
    let mut pairs = Query::select();
    let newest = territory::store::newest_of(grant_area::Column::UnitId);
    pairs
        .expr_as(Expr::col((grant_area::Entity, grant_area::Column::GrantId)), Alias::new("parent"))
        .expr_as(newest, Alias::new("child"))
        .from(grant_area::Entity);
    Link::pairs(pairs, unit_version::Column::Id)
}

/// Agreements with one of these statuses on a day.
pub fn agreements_with(statuses: &[GrantStatus], today: NaiveDate) -> Condition {
    let over = || Condition::all().add(A::ValidTo.lt(today));
    let lasting = || Condition::any().add(A::ValidTo.is_null()).add(A::ValidTo.gte(today));
    let with = |status: &GrantStatus| {
        let not_revoked = Condition::all().add(A::RevokedAt.is_null());
        match status {
            GrantStatus::Revoked => Condition::all().add(A::RevokedAt.is_not_null()),
            GrantStatus::Expired => not_revoked.add(over()),
            GrantStatus::Pending => not_revoked
                .add(lasting())
                .add(Condition::any().add(A::ActivatedAt.is_null()).add(A::ValidFrom.gt(today))),
            GrantStatus::Active => {
                not_revoked.add(lasting()).add(A::ActivatedAt.is_not_null()).add(A::ValidFrom.lte(today))
            }
        }
    };
    statuses.iter().map(with).fold(Condition::any().add(Expr::val(false)), Condition::add)
}

/// Agreements of bodies with these codes.
pub fn agreements_of(op: &Op, codes: &[String]) -> Condition {
    parties(agencies(op.among(agency::Column::Code, texts(codes)).into()))
}

/// Agreements whose days hold a day.
pub fn agreements_on(day: NaiveDate) -> Condition {
    let lasting = Condition::any().add(A::ValidTo.is_null()).add(A::ValidTo.gte(day));
    Condition::all().add(A::ValidFrom.lte(day)).add(lasting)
}

/// Whether two bodies have an agreement of this number.
pub async fn number_taken(tx: &Tx, number: &str, provider: AgencyId, consumer: AgencyId) -> Result<bool> {
    let same = agreement::Entity::find()
        .filter(A::Number.eq(clean(number)))
        .filter(A::ProviderId.eq(provider))
        .filter(A::ConsumerId.eq(consumer));
    Ok(tx.first(same).await?.is_some())
}

/// Writes an agreement, and what it rests on.
pub async fn insert(tx: &Tx, order: &NewAgreement, bound: &Bound) -> Result<AgreementId> {
    let row = agreement::ActiveModel {
        number: Set(clean(&order.number)),
        provider_id: Set(bound.provider),
        consumer_id: Set(bound.consumer),
        purpose: Set(clean(&order.purpose)),
        valid_from: Set(order.valid_from),
        valid_to: Set(order.valid_to),
        activated_at: Set(None),
        revoked_at: Set(None),
        revoked_by: Set(None),
        revoke_reason: Set(None),
        version: Set(1),
        ..Default::default()
    };
    let id = tx.insert(row).await?.id;
    put_on(tx, id, &bound.basis).await?;
    Ok(id)
}

/// Writes what an agreement rests on, beside what it rested on so far.
async fn put_on(tx: &Tx, id: AgreementId, laws: &[LegalDocumentId]) -> Result<()> {
    let basis = |document| agreement_basis::ActiveModel {
        agreement_id: Set(id),
        document_id: Set(document),
        ..Default::default()
    };
    tx.insert_many(laws.iter().copied().map(basis).collect()).await
}

/// Makes an agreement rest on these and nothing else.
pub async fn set_basis(tx: &Tx, id: AgreementId, laws: &[LegalDocumentId]) -> Result<()> {
    tx.delete(agreement_basis::Entity::delete_many().filter(agreement_basis::Column::AgreementId.eq(id))).await?;
    put_on(tx, id, laws).await
}

/// The legal documents that an agreement rests on.
pub async fn basis(tx: &Tx, id: AgreementId) -> Result<Vec<legal_document::Model>> {
    let of = Query::select()
        .column(agreement_basis::Column::DocumentId)
        .from(agreement_basis::Entity)
        .and_where(Expr::col(agreement_basis::Column::AgreementId).eq(id))
        .to_owned();
    documents(tx, Condition::all().add(legal_document::Column::Id.in_subquery(of))).await
}

/// Writes something of an agreement that has not changed since it was read; whether it had not.
async fn put(tx: &Tx, before: &agreement::Model, row: agreement::ActiveModel) -> Result<bool> {
    let row = agreement::ActiveModel { version: Set(before.version + 1), ..row };
    let update =
        agreement::Entity::update_many().set(row).filter(A::Id.eq(before.id)).filter(A::Version.eq(before.version));
    Ok(tx.update(update).await? == 1)
}

/// Lets an agreement that has not changed since it was read begin; whether it had not.
pub async fn activate(tx: &Tx, before: &agreement::Model) -> Result<bool> {
    put(tx, before, agreement::ActiveModel { activated_at: Set(Some(tx.now())), ..Default::default() }).await
}

/// Changes an agreement that has not changed since it was read; whether it had not.
pub async fn change(tx: &Tx, before: &agreement::Model, after: &agreement::Model) -> Result<bool> {
    let row = agreement::ActiveModel {
        purpose: Set(after.purpose.clone()),
        valid_to: Set(after.valid_to),
        ..Default::default()
    };
    put(tx, before, row).await
}

/// Revokes an agreement that has not changed since it was read; whether it had not.
pub async fn revoke(tx: &Tx, before: &agreement::Model, at: DateTime<Utc>, by: &str, reason: &str) -> Result<bool> {
    let row = agreement::ActiveModel {
        revoked_at: Set(Some(at)),
        revoked_by: Set(Some(by.to_owned())),
        revoke_reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    put(tx, before, row).await
}
