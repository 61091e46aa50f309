//! The rows of grants as a transaction sees and writes them.

use chrono::{DateTime, Utc};
use entity::{
    access_grant::{self, Column as G},
    grant_area, grant_indicator,
    ids::AccessGrantId,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    kernel::{error::Result, text::clean, tx::Tx},
    sharing::granting::{Named, NewGrant},
};

/// Writes a grant, and what it names.
pub async fn insert(tx: &Tx, order: &NewGrant, named: &Named) -> Result<AccessGrantId> {
    let row = access_grant::ActiveModel {
        agreement_id: Set(order.agreement),
        client_id: Set(named.client),
        purpose: Set(clean(&order.purpose)),
        valid_from: Set(order.valid_from),
        valid_to: Set(order.valid_to),
        revoked_at: Set(None),
        revoked_by: Set(None),
        revoke_reason: Set(None),
        version: Set(1),
        ..Default::default()
    };
    let id = tx.insert(row).await?.id;
    let of = |indicator| grant_indicator::ActiveModel {
        grant_id: Set(id),
        indicator_id: Set(indicator),
        ..Default::default()
    };
    tx.insert_many(named.indicators.iter().copied().map(of).collect()).await?;
    let at = |unit| grant_area::ActiveModel { grant_id: Set(id), unit_id: Set(unit), ..Default::default() };
    tx.insert_many(named.areas.iter().copied().map(at).collect()).await?;
    Ok(id)
}

/// Revokes a grant that has not changed since it was read; whether it had not.
pub async fn revoke(tx: &Tx, before: &access_grant::Model, at: DateTime<Utc>, by: &str, reason: &str) -> Result<bool> {
    let row = access_grant::ActiveModel {
        revoked_at: Set(Some(at)),
        revoked_by: Set(Some(by.to_owned())),
        revoke_reason: Set(Some(reason.to_owned())),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let update =
        access_grant::Entity::update_many().set(row).filter(G::Id.eq(before.id)).filter(G::Version.eq(before.version));
    Ok(tx.update(update).await? == 1)
}
