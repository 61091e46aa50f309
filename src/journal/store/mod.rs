//! The rows of the audit chain, of its checkpoints, and of the change feed.

pub mod feed;
pub mod reads;

use chrono::{DateTime, Utc};
use entity::{
    audit_checkpoint,
    audit_entry::{self, Column as C},
    audit_value::{self, Column as V},
    ids::AuditEntryId,
    indicator,
    kinds::{AuditOutcome, ReviewState},
    observation, observation_transition, unit,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    indicator::{recording::name, store as indicators},
    kernel::{
        error::Result,
        object::{Key, texts, words},
        op::Op,
        policy::{self, Action, Places},
        tx::Tx,
    },
};

/// The entries that the caller sees: all, or none. What was done belongs to no area.
pub fn visible(op: &Op) -> Select<audit_entry::Entity> {
    let all = audit_entry::Entity::find();
    match policy::permit(op.caller(), Action::ReadAudit) {
        Ok(permit) if *permit.places() == Places::Everywhere => all,
        _ => all.filter(Expr::val(false)),
    }
}

/// The values beside the chain that the caller sees: those of revisions of observations that the caller sees.
pub fn visible_values(op: &Op) -> Select<audit_value::Entity> {
    let mut revisions = indicators::visible_observations(op).into_query();
    revisions.clear_selects().column((observation::Entity, observation::Column::Id));
    audit_value::Entity::find().filter(V::ObservationId.in_subquery(revisions))
}

/// The last entry, whoever sees it.
pub async fn visible_last(op: &Op) -> Result<Option<AuditEntryId>> {
    Ok(op.first(audit_entry::Entity::find().order_by_desc(C::Id)).await?.map(|entry| entry.id))
}

/// So many entries after one, visible to the caller or not: their ids, and on what they are.
pub async fn visible_resources(op: &Op, id: AuditEntryId, most: u64) -> Result<Vec<(AuditEntryId, Option<String>)>> {
    let entries = audit_entry::Entity::find().select_only().columns([C::Id, C::Resource]);
    let rows = op.rows(&entries.filter(C::Id.gt(id)).order_by_asc(C::Id).limit(most).into_query()).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
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

/// The values beside some entries, by the entry, as far as the caller sees them.
pub async fn values(op: &Op, of: impl IntoIterator<Item = AuditEntryId>) -> Result<Vec<audit_value::Model>> {
    op.find(visible_values(op).filter(op.among(V::EntryId, of.into_iter().map(Key::from)))).await
}

/// What opens the commitments of the entries from one to another, whoever sees the values: to verify the log.
pub async fn visible_openings(op: &Op, first: AuditEntryId, last: AuditEntryId) -> Result<Vec<audit_value::Model>> {
    op.find(audit_value::Entity::find().filter(V::EntryId.between(first, last))).await
}

/// A revision of an observation that the caller sees, once for each step of its review.
pub struct Seen {
    /// The observation, as the audit log names it.
    pub key: String,
    /// Which revision.
    pub revision: i32,
    /// When the step was taken, and to which state.
    pub step: Option<(DateTime<Utc>, ReviewState)>,
}

/// The revisions that the caller sees of observations of some indicators, areas and periods, by their codes.
pub async fn seen(op: &Op, indicators: &[String], areas: &[String], periods: &[String]) -> Result<Vec<Seen>> {
    use observation::Column as O;
    use observation_transition::Column as T;
    let on = |one: Expr, other: Expr| Condition::all().add(one.eq(other));
    let its = |column: O| Expr::col((observation::Entity, column));
    let mut query = indicators::visible_observations(op)
        .filter(op.among(indicator::Column::Code, texts(indicators)))
        .filter(op.among(unit::Column::Code, texts(areas)))
        .filter(op.among(O::Period, texts(periods)))
        .into_query();
    query
        .clear_selects()
        .column((indicator::Entity, indicator::Column::Code))
        .column((unit::Entity, unit::Column::Code))
        .column((observation::Entity, O::Period))
        .column((observation::Entity, O::Dimension))
        .column((observation::Entity, O::Revision))
        .column((observation_transition::Entity, T::At))
        .column((observation_transition::Entity, T::ToState))
        .inner_join(indicator::Entity, on(Expr::col((indicator::Entity, indicator::Column::Id)), its(O::IndicatorId)))
        .inner_join(unit::Entity, on(Expr::col((unit::Entity, unit::Column::Id)), its(O::AreaId)))
        .left_join(
            observation_transition::Entity,
            on(Expr::col((observation_transition::Entity, T::ObservationId)), its(O::Id)),
        );
    let seen = |row: &QueryResult| -> Result<Seen> {
        let [indicator, area, dimension]: [String; 3] =
            [row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(3)?];
        let key = name(&indicator, &area, &row.try_get_by_index(2)?, &dimension);
        let (at, to): (Option<DateTime<Utc>>, Option<ReviewState>) =
            (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
        Ok(Seen { key, revision: row.try_get_by_index(4)?, step: at.zip(to) })
    };
    op.rows(&query).await?.iter().map(seen).collect()
}

/// All checkpoints, oldest first.
pub async fn checkpoints(op: &Op) -> Result<Vec<audit_checkpoint::Model>> {
    op.find(visible_checkpoints(op).order_by_asc(audit_checkpoint::Column::Sequence)).await
}

/// The last entry.
pub async fn visible_head(op: &Op) -> Result<Option<audit_entry::Model>> {
    op.first(audit_entry::Entity::find().order_by_desc(audit_entry::Column::Id)).await
}

/// The newest entry, as a transaction sees it.
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

/// Deletes the entries up to a number, with the values beside them; answers how many entries.
pub async fn delete_up_to(tx: &Tx, sequence: i64) -> Result<u64> {
    tx.delete(audit_value::Entity::delete_many().filter(V::EntryId.lte(sequence))).await?;
    tx.delete(audit_entry::Entity::delete_many().filter(C::Id.lte(sequence))).await
}
