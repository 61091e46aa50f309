//! The rows of agencies.

use entity::{
    agency::{self, Column as C},
    agency_succession,
    ids::AgencyId,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use crate::{
    citation,
    kernel::{error::Result, op::Op, text::clean, tx::Tx},
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

/// Writes that one body gave way to another.
pub async fn insert_succession(tx: &Tx, old: AgencyId, new: AgencyId) -> Result<()> {
    let row = agency_succession::ActiveModel { predecessor_id: Set(old), successor_id: Set(new), ..Default::default() };
    tx.insert(row).await?;
    Ok(())
}
