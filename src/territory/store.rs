//! The rows of units, versions, successions and lineages.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ids::{LegalDocumentId, UnitId, UnitVersionId},
    kinds::AdministrativeLevel,
    succession, unit, unit_lineage,
    unit_version::{self, Column as C},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::{NewSuccession, NewUnit, lineage::Lineage, rules};
use crate::kernel::{
    error::{Broken, Result},
    object::{Key, Link, texts},
    op::Op,
    reader::Reader,
    text::{clean, searched, sort_key},
    tx::Tx,
};

/// The versions that the caller sees: all are public.
pub fn visible(_: &Op) -> Select<unit_version::Entity> {
    unit_version::Entity::find()
}

/// The units that the caller sees: all are public.
pub fn visible_units(_: &Op) -> Select<unit::Entity> {
    unit::Entity::find()
}

/// The successions that the caller sees: all are public.
pub fn visible_successions(_: &Op) -> Select<succession::Entity> {
    succession::Entity::find()
}

/// Versions that were in force on a day.
pub fn on(day: NaiveDate) -> Condition {
    Condition::all()
        .add(Condition::any().add(C::ValidFrom.is_null()).add(C::ValidFrom.lte(day)))
        .add(Condition::any().add(C::ValidTo.is_null()).add(C::ValidTo.gte(day)))
}

fn units(condition: Condition) -> SelectStatement {
    Query::select().column(unit::Column::Id).from(unit::Entity).cond_where(condition).to_owned()
}

/// Versions of the units with a code.
pub fn coded(code: &str) -> Condition {
    Condition::all().add(C::UnitId.in_subquery(units(unit::Column::Code.eq(code).into())))
}

/// Versions of units of a level.
pub fn of_level(level: AdministrativeLevel) -> Condition {
    Condition::all().add(C::UnitId.in_subquery(units(unit::Column::Level.eq(level).into())))
}

/// Versions of units that hold one of these codes.
pub fn coded_any(op: &Op, codes: &[String]) -> Condition {
    Condition::all().add(C::UnitId.in_subquery(units(op.among(unit::Column::Code, texts(codes)).into())))
}

/// The newest version of each unit.
pub fn newest() -> Condition {
    let later = Alias::new("later");
    let its = |column: C| Expr::col((later.clone(), column));
    let after = Condition::any()
        .add(its(C::ValidFrom).gt(Expr::col((unit_version::Entity, C::ValidFrom))))
        .add(Condition::all().add(C::ValidFrom.is_null()).add(its(C::ValidFrom).is_not_null()));
    let newer = Query::select()
        .expr(Expr::val(1))
        .from_as(unit_version::Entity, later.clone())
        .and_where(its(C::UnitId).equals((unit_version::Entity, C::UnitId)))
        .cond_where(after)
        .to_owned();
    Condition::all().add(Expr::exists(newer).not())
}

/// The ids of the units that an area filter names: those that hold a code on a day, or that ever held it.
pub fn areas(op: &Op, codes: &[String], on: Option<NaiveDate>) -> SelectStatement {
    units(Condition::all().add(op.among(unit::Column::Code, texts(codes))).add_option(on.map(lives)))
}

/// Versions of the units that are in being on a day.
pub fn in_being(day: NaiveDate) -> Condition {
    Condition::all().add(C::UnitId.in_subquery(units(lives(day))))
}

/// Units that were in being on a day.
fn lives(day: NaiveDate) -> Condition {
    use unit::Column;
    Condition::all()
        .add(Condition::any().add(Column::ValidFrom.is_null()).add(Column::ValidFrom.lte(day)))
        .add(Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gte(day)))
}

/// How rows with an area belong to a unit: its own only, or also those of the units that merged into it.
pub fn belonging(include_predecessors: bool, area: impl ColumnTrait) -> Link {
    if include_predecessors {
        Link::through(unit_lineage::Column::UnitId, unit_lineage::Column::AncestorId, area)
    } else {
        Link::column(area)
    }
}

/// The units of some versions.
pub async fn units_of(op: &Op, versions: &[i64]) -> Result<HashMap<i64, UnitId>> {
    let asked = visible(op).filter(op.among(C::Id, versions.iter().copied().map(Key::Int)));
    Ok(op.find(asked).await?.into_iter().map(|version| (version.id.into(), version.unit_id)).collect())
}

/// The units of some versions, and the lineage of them all.
pub async fn lineage(op: &Op, versions: &[i64]) -> Result<(HashMap<i64, UnitId>, Lineage)> {
    let mut query = Query::select();
    query
        .columns([(unit_version::Entity, C::Id), (unit_version::Entity, C::UnitId)])
        .column((unit::Entity, unit::Column::Id))
        .columns([(unit::Entity, unit::Column::ValidFrom), (unit::Entity, unit::Column::ValidTo)])
        .from(unit_version::Entity)
        .inner_join(
            unit_lineage::Entity,
            Expr::col((unit_lineage::Entity, unit_lineage::Column::UnitId)).equals((unit_version::Entity, C::UnitId)),
        )
        .inner_join(
            unit::Entity,
            Expr::col((unit::Entity, unit::Column::Id))
                .equals((unit_lineage::Entity, unit_lineage::Column::AncestorId)),
        )
        .and_where(op.among(C::Id, versions.iter().copied().map(Key::Int)));
    let (mut units, mut lives) = (HashMap::new(), HashMap::new());
    for row in op.rows(&query).await? {
        units.insert(row.try_get_by_index::<i64>(0)?, row.try_get_by_index::<UnitId>(1)?);
        lives.insert(row.try_get_by_index::<UnitId>(2)?, (row.try_get_by_index(3)?, row.try_get_by_index(4)?));
    }
    let ancestors = || lives.keys().copied().map(Key::from);
    let successions =
        op.find(visible_successions(op).filter(op.among(succession::Column::SuccessorId, ancestors()))).await?;
    let versions = op.find(visible(op).filter(op.among(C::UnitId, ancestors()))).await?;
    Ok((units, Lineage::new(lives, successions, versions)))
}

/// The provinces and central cities, or those of the map of a day, by unit.
pub fn provinces(on: Option<NaiveDate>) -> SelectStatement {
    units(Condition::all().add(unit::Column::Level.eq(AdministrativeLevel::Province)).add_option(on.map(lives)))
}

/// Some units.
pub async fn by_ids(op: &Op, ids: impl IntoIterator<Item = UnitId>) -> Result<HashMap<UnitId, unit::Model>> {
    let query = visible_units(op).filter(op.among(unit::Column::Id, ids.into_iter().map(Key::from)));
    Ok(op.find(query).await?.into_iter().map(|unit| (unit.id, unit)).collect())
}

/// The country and every province that ever was, each with its newest version; by code, the older first.
pub async fn provinces_ever(op: &Op) -> Result<Vec<(unit::Model, unit_version::Model)>> {
    use AdministrativeLevel::{Country, Province};
    let levels = Condition::any().add(of_level(Country)).add(of_level(Province));
    let versions = op.find(visible(op).filter(newest()).filter(levels)).await?;
    let units = by_ids(op, versions.iter().map(|version| version.unit_id)).await?;
    let whole = |version: unit_version::Model| Some((units.get(&version.unit_id)?.clone(), version));
    let mut found: Vec<_> = versions.into_iter().filter_map(whole).collect();
    found.sort_by(|(a, _), (b, _)| (&a.code, a.valid_from).cmp(&(&b.code, b.valid_from)));
    Ok(found)
}

/// The units that ever held a code, as a transaction sees them.
pub async fn with_code(tx: &Tx, code: &str) -> Result<Vec<unit::Model>> {
    tx.find(unit::Entity::find().filter(unit::Column::Code.eq(clean(code)))).await
}

/// The units that ever held one of these codes.
pub async fn with_codes(op: &Op, reader: &impl Reader, codes: &[String]) -> Result<Vec<unit::Model>> {
    reader.find(unit::Entity::find().filter(op.among(unit::Column::Code, texts(codes)))).await
}

/// A unit, as a transaction sees it.
pub async fn unit(tx: &Tx, id: UnitId) -> Result<unit::Model> {
    let found = tx.first(unit::Entity::find().filter(unit::Column::Id.eq(id))).await?;
    Ok(found.ok_or_else(|| Broken::new("a unit that is not there"))?)
}

/// The newest version of a unit.
pub async fn newest_version(tx: &Tx, id: UnitId) -> Result<UnitVersionId> {
    let versions = unit_version::Entity::find().filter(C::UnitId.eq(id)).order_by_desc(C::Id);
    let found = tx.first(versions).await?;
    Ok(found.map(|version| version.id).ok_or_else(|| Broken::new("a unit without a version"))?)
}

/// Whether a succession is known.
pub async fn succession_known(tx: &Tx, predecessor: UnitId, successor: UnitId) -> Result<bool> {
    use succession::Column;
    let query = succession::Entity::find()
        .filter(Column::PredecessorId.eq(predecessor))
        .filter(Column::SuccessorId.eq(successor));
    Ok(tx.first(query).await?.is_some())
}

/// Whether a unit came from another one, over however many steps.
pub async fn came_from(tx: &Tx, unit: UnitId, ancestor: UnitId) -> Result<bool> {
    use unit_lineage::Column;
    let query = unit_lineage::Entity::find().filter(Column::UnitId.eq(unit)).filter(Column::AncestorId.eq(ancestor));
    // Every unit is among its own ancestors there.
    Ok(unit != ancestor && tx.first(query).await?.is_some())
}

/// Writes a unit with its versions; answers the unit's id and its newest version's.
pub async fn insert_unit(
    tx: &Tx,
    order: &NewUnit,
    basis: Option<LegalDocumentId>,
    version_bases: Vec<Option<LegalDocumentId>>,
) -> Result<(UnitId, UnitVersionId)> {
    let row = unit::ActiveModel {
        code: Set(order.code.clone()),
        level: Set(order.level),
        valid_from: Set(order.valid_from),
        valid_to: Set(order.valid_to),
        legal_basis_id: Set(basis),
        ..Default::default()
    };
    let unit_id = tx.insert(row).await?.id;
    tx.insert(unit_lineage::ActiveModel { unit_id: Set(unit_id), ancestor_id: Set(unit_id), ..Default::default() })
        .await?;
    let mut newest = None;
    for (version, basis) in order.versions.iter().zip(version_bases) {
        let (valid_from, valid_to) = rules::days(order, version);
        let names = [&version.name_vi, &version.name_en, &version.full_name_vi, &version.full_name_en];
        let short = rules::short_names(&version.name_vi, version.unit_type);
        let row = unit_version::ActiveModel {
            unit_id: Set(unit_id),
            name_vi: Set(clean(&version.name_vi)),
            name_en: Set(clean(&version.name_en)),
            full_name_vi: Set(clean(&version.full_name_vi)),
            full_name_en: Set(clean(&version.full_name_en)),
            unit_type: Set(version.unit_type),
            valid_from: Set(valid_from),
            valid_to: Set(valid_to),
            legal_basis_id: Set(basis),
            name_sort: Set(sort_key(&version.name_vi)),
            search: Set(searched(&order.code, names.into_iter().chain(&short).map(String::as_str))),
            ..Default::default()
        };
        newest = Some(tx.insert(row).await?.id);
    }
    Ok((unit_id, newest.ok_or_else(|| Broken::new("a unit without a version"))?))
}

/// Writes a succession, and who descends from whom.
pub async fn insert_succession(
    tx: &Tx,
    order: &NewSuccession,
    predecessor: UnitId,
    successor: UnitId,
    basis: Option<LegalDocumentId>,
) -> Result<()> {
    use unit_lineage::Column;
    let row = succession::ActiveModel {
        predecessor_id: Set(predecessor),
        successor_id: Set(successor),
        kind: Set(order.kind),
        effective_on: Set(order.effective_on),
        legal_basis_id: Set(basis),
        ..Default::default()
    };
    tx.insert(row).await?;
    let ancestors = tx.find(unit_lineage::Entity::find().filter(Column::UnitId.eq(predecessor))).await?;
    let descendants = tx.find(unit_lineage::Entity::find().filter(Column::AncestorId.eq(successor))).await?;
    for descendant in &descendants {
        let of_unit = unit_lineage::Entity::find().filter(Column::UnitId.eq(descendant.unit_id));
        let known: Vec<UnitId> = tx.find(of_unit).await?.iter().map(|row| row.ancestor_id).collect();
        for ancestor in ancestors.iter().filter(|a| !known.contains(&a.ancestor_id)) {
            let row = unit_lineage::ActiveModel {
                unit_id: Set(descendant.unit_id),
                ancestor_id: Set(ancestor.ancestor_id),
                ..Default::default()
            };
            tx.insert(row).await?;
        }
    }
    Ok(())
}

/// The id of the newest version of the unit that another table's column names.
pub fn newest_of(unit: impl ColumnTrait) -> SelectStatement {
    Query::select()
        .expr(Expr::col((unit_version::Entity, C::Id)).max())
        .from(unit_version::Entity)
        .and_where(Expr::col((unit_version::Entity, C::UnitId)).equals((unit.entity_name(), unit)))
        .to_owned()
}

/// The newest version of a unit, and the unit with all that it came from.
pub async fn area(op: &Op, id: UnitId) -> Result<Option<(UnitVersionId, Vec<UnitId>)>> {
    use unit_lineage::Column;
    let mut query = Query::select();
    query
        .column((unit_lineage::Entity, Column::AncestorId))
        .expr(newest_of(Column::UnitId))
        .from(unit_lineage::Entity)
        .and_where(Column::UnitId.eq(id));
    let mut area: Option<(UnitVersionId, Vec<UnitId>)> = None;
    for row in op.rows(&query).await? {
        let (unit, version) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        area.get_or_insert((version, vec![])).1.push(unit);
    }
    Ok(area)
}
