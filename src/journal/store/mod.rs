//! The rows of the audit chain, of its checkpoints, and of the change feed.

pub mod feed;
pub mod reads;

use chrono::{DateTime, Utc};
use entity::{
    audit_checkpoint,
    audit_entry::{self, Column as C},
    kinds::AuditOutcome,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};

use crate::kernel::{
    error::Result,
    object::{Key, words},
    op::Op,
    policy::{self, Action, Places},
    tx::Tx,
};

/// The entries that the caller sees: all, or none. What was done belongs to no area.
pub fn visible(op: &Op) -> Select<audit_entry::Entity> {
    let all = audit_entry::Entity::find();
    match policy::permit(op.caller(), Action::ReadAudit) {
        Ok(permit) if *permit.places() == Places::Everywhere => all,
        _ => all.filter(Expr::val(false)),
    }
}

/// The checkpoints that the caller sees: each is public once it was signed.
pub fn visible_checkpoints(_: &Op) -> Select<audit_checkpoint::Entity> {
    audit_checkpoint::Entity::find()
}

/// Which entries.
pub struct Which<'a> {
    /// By these.
    pub actors: Option<&'a [String]>,
    /// Of these.
    pub actions: Option<&'a [String]>,
    /// On these.
    pub resources: Option<&'a [String]>,
    /// That ended so.
    pub outcomes: Option<&'a [AuditOutcome]>,
    /// From then on.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub to: Option<DateTime<Utc>>,
}

/// The condition for some entries.
pub fn matching(op: &Op, which: &Which<'_>) -> Condition {
    let texts = |texts: &[String]| texts.iter().cloned().map(Key::Text).collect::<Vec<_>>();
    Condition::all()
        .add_option(which.actors.map(|actors| op.among(C::Actor, texts(actors))))
        .add_option(which.actions.map(|actions| op.among(C::Action, texts(actions))))
        .add_option(which.resources.map(|resources| op.among(C::Resource, texts(resources))))
        .add_option(which.outcomes.map(|outcomes| op.among(C::Outcome, words(outcomes))))
        .add_option(which.from.map(|from| C::At.gte(from)))
        .add_option(which.to.map(|to| C::At.lt(to)))
}

/// So many entries after a number.
pub async fn after(op: &Op, sequence: i64, most: u64) -> Result<Vec<audit_entry::Model>> {
    op.find(visible(op).filter(C::Id.gt(sequence)).order_by_asc(C::Id).limit(most)).await
}

/// Some entries.
pub async fn by_ids(op: &Op, ids: Vec<i64>) -> Result<Vec<audit_entry::Model>> {
    op.find(visible(op).filter(op.among(C::Id, ids.into_iter().map(Key::Int)))).await
}

/// All checkpoints, oldest first.
pub async fn checkpoints(op: &Op) -> Result<Vec<audit_checkpoint::Model>> {
    op.find(visible_checkpoints(op).order_by_asc(audit_checkpoint::Column::Sequence)).await
}

/// The last entry.
pub async fn head(tx: &Tx) -> Result<Option<audit_entry::Model>> {
    tx.first(audit_entry::Entity::find().order_by_desc(C::Id)).await
}

/// The entry with a number.
pub async fn entry(tx: &Tx, sequence: i64) -> Result<Option<audit_entry::Model>> {
    tx.first(audit_entry::Entity::find().filter(C::Id.eq(sequence))).await
}

/// The newest checkpoint.
pub async fn latest_checkpoint(tx: &Tx) -> Result<Option<audit_checkpoint::Model>> {
    tx.first(audit_checkpoint::Entity::find().order_by_desc(audit_checkpoint::Column::Sequence)).await
}

/// Writes a checkpoint; one of that number stays as it is.
pub async fn insert_checkpoint(tx: &Tx, sequence: i64, hash: &str, jws: &str) -> Result<()> {
    use audit_checkpoint::Column;
    if tx.first(audit_checkpoint::Entity::find().filter(Column::Sequence.eq(sequence))).await?.is_some() {
        return Ok(());
    }
    let row = audit_checkpoint::ActiveModel {
        sequence: Set(sequence),
        hash: Set(hash.to_owned()),
        at: Set(tx.now()),
        jws: Set(jws.to_owned()),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(())
}

/// Deletes the entries up to a number; answers how many.
pub async fn delete_up_to(tx: &Tx, sequence: i64) -> Result<u64> {
    tx.delete(audit_entry::Entity::delete_many().filter(C::Id.lte(sequence))).await
}
