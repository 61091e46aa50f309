//! The rows of agencies.

use entity::{
    agency::{self, Column as C},
    agency_succession,
    ids::{AgencyId, SourceId, UnitId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::NewAgency;
use crate::{
    citation,
    kernel::{
        error::Result,
        op::Op,
        text::{clean, searched},
        tx::Tx,
    },
};

/// The agencies that the caller sees: all are public.
pub fn visible(_: &Op) -> Select<agency::Entity> {
    agency::Entity::find()
}

/// The agency with a code.
pub fn by_code(op: &Op, code: &str) -> Select<agency::Entity> {
    visible(op).filter(C::Code.eq(clean(code)))
}

/// The id of the agency with a code, as a transaction sees it.
pub async fn known(tx: &Tx, code: &str) -> Result<Option<AgencyId>> {
    Ok(citation::store::agency(tx, code).await?.map(|row| row.id))
}

/// A body, as a transaction sees it.
pub async fn row(tx: &Tx, id: AgencyId) -> Result<Option<agency::Model>> {
    tx.first(agency::Entity::find().filter(C::Id.eq(id))).await
}

/// Changes a body whose version is still this one; whether it was.
pub async fn change(tx: &Tx, before: &agency::Model, after: agency::Model) -> Result<bool> {
    let row = agency::ActiveModel {
        search: Set(searched(&after.code, [after.name_vi.as_str(), &after.name_en])),
        name_vi: Set(after.name_vi.clone()),
        name_en: Set(after.name_en.clone()),
        valid_to: Set(after.valid_to.clone()),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let update =
        agency::Entity::update_many().set(row).filter(C::Id.eq(before.id)).filter(C::Version.eq(before.version));
    Ok(tx.update(update).await? == 1)
}

/// The bodies that a body became.
pub async fn successors(tx: &Tx, id: AgencyId) -> Result<Vec<AgencyId>> {
    use agency_succession::Column;
    let all = agency_succession::Entity::find().filter(Column::PredecessorId.eq(id)).order_by_asc(Column::Id);
    Ok(tx.find(all).await?.into_iter().map(|row| row.successor_id).collect())
}

/// Whose authority an agency has: its own, and that of every agency that it succeeded, over however many successions. What was
/// theirs is the successor's; nothing of the successor's is theirs.
pub async fn authority(tx: &Tx, id: AgencyId) -> Result<Vec<AgencyId>> {
    let (mut authority, mut newest) = (vec![id], vec![id]);
    while !newest.is_empty() {
        let successions = agency_succession::Entity::find();
        let next = tx.find(successions.filter(agency_succession::Column::SuccessorId.is_in(newest))).await?;
        newest = next.into_iter().map(|row| row.predecessor_id).collect();
        newest.retain(|agency| !authority.contains(agency));
        authority.extend(&newest);
    }
    Ok(authority)
}

/// Whether two agencies are one, or one has the authority of the other.
pub async fn same_authority(tx: &Tx, one: AgencyId, other: AgencyId) -> Result<bool> {
    Ok(authority(tx, one).await?.contains(&other) || authority(tx, other).await?.contains(&one))
}

/// Sets the bodies that a body became.
pub async fn set_successors(tx: &Tx, id: AgencyId, successors: Vec<AgencyId>) -> Result<()> {
    tx.delete(agency_succession::Entity::delete_many().filter(agency_succession::Column::PredecessorId.eq(id))).await?;
    for successor in successors {
        insert_succession(tx, id, successor).await?;
    }
    Ok(())
}

/// Whether one body is known to have given way to the other.
pub async fn succession_known(tx: &Tx, old: AgencyId, new: AgencyId) -> Result<bool> {
    use agency_succession::Column;
    let query =
        agency_succession::Entity::find().filter(Column::PredecessorId.eq(old)).filter(Column::SuccessorId.eq(new));
    Ok(tx.first(query).await?.is_some())
}

/// Writes an agency.
pub async fn insert(
    tx: &Tx,
    order: &NewAgency,
    area: Option<UnitId>,
    parent: Option<AgencyId>,
    source: Option<SourceId>,
) -> Result<AgencyId> {
    let row = agency::ActiveModel {
        code: Set(clean(&order.code)),
        name_vi: Set(clean(&order.name_vi)),
        name_en: Set(clean(&order.name_en)),
        kind: Set(order.kind),
        generic: Set(order.generic),
        area_id: Set(area),
        area_on: Set(order.on),
        parent_id: Set(parent),
        valid_from: Set(order.valid_from.clone()),
        valid_to: Set(order.valid_to.clone()),
        source_id: Set(source),
        version: Set(1),
        search: Set(searched(&order.code, [order.name_vi.as_str(), &order.name_en])),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Writes that one body gave way to another.
pub async fn insert_succession(tx: &Tx, old: AgencyId, new: AgencyId) -> Result<()> {
    let row = agency_succession::ActiveModel { predecessor_id: Set(old), successor_id: Set(new), ..Default::default() };
    tx.insert(row).await?;
    Ok(())
}
