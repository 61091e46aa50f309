//! Changing information systems (sửa thông tin hệ thống).

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    ids::{AgencyId, InformationSystemId, UnitId},
    information_system,
    kinds::{ChangeType, SystemKind, SystemScope, SystemStatus},
};

use super::{
    resolve, rules,
    store::{self, Belongings},
    system::place,
};
use crate::{
    agency,
    kernel::{
        check::Faults,
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        patch::Patch,
        policy::Action,
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
    territory,
};

/// Changes to a system. Omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct InformationSystemPatch {
    /// The Vietnamese name.
    pub name_vi: Patch<String>,
    /// The English name.
    pub name_en: Patch<String>,
    /// The acronym.
    pub acronym: Patch<String>,
    /// The complete list of aliases.
    pub aliases: Patch<Vec<String>>,
    /// The kind of system.
    pub kind: Patch<SystemKind>,
    /// The operating status.
    pub status: Patch<SystemStatus>,
    /// The level of government that it belongs to.
    pub scope: Patch<SystemScope>,
    /// Whether it is a class of systems rather than one named system.
    pub generic: Patch<bool>,
    /// The code of its area.
    pub area: Patch<String>,
    /// The day on which that code is looked up; today by default.
    pub on: Option<NaiveDate>,
    /// The agency that owns it, by code.
    pub owner: Patch<String>,
    /// The agency that operates it, by code.
    pub operator: Patch<String>,
    /// The system that it is part of, by code.
    pub parent: Patch<String>,
    /// The information-security level, 1 to 5.
    pub security_level: Patch<i32>,
    /// Whether that level is approved. A new level is not, unless this field says so.
    pub security_level_approved: Patch<bool>,
}

impl InformationSystemPatch {
    /// Validates the changes that need no look-up.
    fn check(&self, faults: &mut Faults) {
        faults.lasting("nameVi", &self.name_vi);
        faults.lasting("nameEn", &self.name_en);
        faults.lasting("kind", &self.kind);
        faults.lasting("status", &self.status);
        faults.lasting("scope", &self.scope);
        faults.lasting("generic", &self.generic);
        faults.lasting("securityLevelApproved", &self.security_level_approved);
        let aliases = self.aliases.set().map(Vec::as_slice).unwrap_or_default();
        rules::check_other_names(faults, self.acronym.set().map(String::as_str), aliases);
        if self.on.is_some() && self.area.set().is_none() {
            let idle = Message::new("`on` chỉ dùng cùng với `area`.", "`on` has no place without `area`.");
            faults.add("on", "NOT_APPLICABLE", idle);
        }
    }
    /// The system after the changes.
    fn apply(self, before: &information_system::Model, belongs: &Belongings) -> information_system::Model {
        let mut after = before.clone();
        after.name_vi = self.name_vi.map(|name| clean(&name)).or(after.name_vi);
        after.name_en = self.name_en.map(|name| clean(&name)).or(after.name_en);
        after.acronym =
            self.acronym.map(|name| clean(&name)).apply(after.acronym).filter(|acronym| !acronym.is_empty());
        after.aliases =
            self.aliases.map(|names| rules::each_once(&names)).apply(Some(after.aliases)).unwrap_or_default();
        after.kind = self.kind.or(after.kind);
        after.status = self.status.or(after.status);
        after.scope = self.scope.or(after.scope);
        after.generic = self.generic.or(after.generic);
        if self.area != Patch::Keep {
            after.area_on = self.on;
        }
        after.area_id = belongs.area;
        after.owner_id = belongs.owner;
        after.operator_id = belongs.operator;
        after.parent_id = belongs.parent;
        after.security_level = self.security_level.apply(after.security_level);
        // The approval applies to the old level only: without this, a changed level would keep it.
        let approved = before.security_level_approved && after.security_level == before.security_level;
        after.security_level_approved = self.security_level_approved.or(approved);
        after
    }
}

/// The new value of a field that names a record by code. Adds a fault if the code is unknown.
async fn named<T>(
    faults: &mut Faults,
    before: Option<T>,
    patch: &Patch<String>,
    look_up: impl AsyncFnOnce(&str) -> Result<T>,
) -> Result<Option<T>> {
    match patch {
        Patch::Keep => Ok(before),
        Patch::Clear => Ok(None),
        Patch::Set(code) => faults.gather(look_up(code).await),
    }
}

/// The area, owner, operator and parent after the change. Adds a fault for unknown codes, and for a parent that is part
/// of the system.
async fn belong(
    op: &Op,
    tx: &Tx,
    faults: &mut Faults,
    patch: &InformationSystemPatch,
    before: &information_system::Model,
) -> Result<Belongings> {
    let on = patch.on.unwrap_or_else(|| op.today());
    let area = async |code: &str| territory::resolve(tx, "area", code, on).await;
    let owner = async |code: &str| agency::resolve(tx, "owner", code).await;
    let operator = async |code: &str| agency::resolve(tx, "operator", code).await;
    let parent = async |code: &str| Ok(resolve(tx, "parent", code).await?.id);
    let belongs = Belongings {
        area: named(faults, before.area_id, &patch.area, area).await?,
        owner: named(faults, before.owner_id, &patch.owner, owner).await?,
        operator: named(faults, before.operator_id, &patch.operator, operator).await?,
        parent: named(faults, before.parent_id, &patch.parent, parent).await?,
    };
    if belongs.parent != before.parent_id && lies_below(tx, belongs.parent, before.id).await? {
        let itself = Message::new(
            "Hệ thống không thể thuộc chính nó, hay thuộc một hệ thống nằm trong nó.",
            "A system cannot belong to itself, nor to one that belongs to it.",
        );
        faults.add("parent", "ITSELF", itself);
    }
    Ok(belongs)
}

/// Whether a system is `top` or one of its direct or indirect parts.
async fn lies_below(tx: &Tx, system: Option<InformationSystemId>, top: InformationSystemId) -> Result<bool> {
    let (mut seen, mut next) = (HashSet::new(), system);
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        if id == top {
            return Ok(true);
        }
        next = store::system(tx, id).await?.and_then(|system| system.parent_id);
    }
    Ok(false)
}

/// A unit as the audit log names it: by its code and its first day, since another unit may have had the code before.
async fn told_unit(tx: &Tx, id: Option<UnitId>) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    let unit = territory::store::unit(tx, id).await?;
    Ok(Some(match unit.valid_from {
        Some(from) => format!("{} ({from})", unit.code),
        None => unit.code,
    }))
}

/// An agency as the audit log names it.
async fn told_body(tx: &Tx, id: Option<AgencyId>) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    Ok(agency::store::row(tx, id).await?.map(|body| body.code))
}

/// A system as the audit log names it.
pub(super) async fn told_system(tx: &Tx, id: Option<InformationSystemId>) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    Ok(store::system(tx, id).await?.map(|system| system.code))
}

/// The changed fields of a system, for the audit log.
async fn told(
    tx: &Tx,
    before: &information_system::Model,
    after: &information_system::Model,
) -> Result<Vec<Option<FieldChange>>> {
    let mut fields = vec![
        FieldChange::of("nameVi", Some(&before.name_vi), Some(&after.name_vi)),
        FieldChange::of("nameEn", Some(&before.name_en), Some(&after.name_en)),
        FieldChange::of("acronym", before.acronym.as_ref(), after.acronym.as_ref()),
        FieldChange::of("aliases", Some(&before.aliases), Some(&after.aliases)),
        FieldChange::of("kind", Some(before.kind.word()), Some(after.kind.word())),
        FieldChange::of("status", Some(before.status.word()), Some(after.status.word())),
        FieldChange::of("scope", Some(before.scope.word()), Some(after.scope.word())),
        FieldChange::of("generic", Some(before.generic), Some(after.generic)),
    ];
    if before.area_id != after.area_id {
        let [was, is] = [told_unit(tx, before.area_id).await?, told_unit(tx, after.area_id).await?];
        fields.push(FieldChange::of("area", was, is));
    }
    fields.push(FieldChange::of("areaOn", before.area_on, after.area_on));
    for (field, was, is) in
        [("owner", before.owner_id, after.owner_id), ("operator", before.operator_id, after.operator_id)]
    {
        if was != is {
            fields.push(FieldChange::of(field, told_body(tx, was).await?, told_body(tx, is).await?));
        }
    }
    if before.parent_id != after.parent_id {
        let [was, is] = [told_system(tx, before.parent_id).await?, told_system(tx, after.parent_id).await?];
        fields.push(FieldChange::of("parent", was, is));
    }
    fields.push(FieldChange::of("securityLevel", before.security_level, after.security_level));
    let [was, is] = [before.security_level_approved, after.security_level_approved];
    fields.push(FieldChange::of("securityLevelApproved", Some(was), Some(is)));
    Ok(fields)
}

/// Changes a system, if it still has the expected version. Its links move with it to a new area. The agreements of its
/// links stay, even if its owner changes.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if the system, before or after, or its new owner, operator or parent lies outside the caller's
/// area; PRECONDITION_FAILED for another version; BAD_USER_INPUT for unknown codes, a parent that is part of the
/// system, and every invalid field.
pub async fn update(op: &Op, id: InformationSystemId, version: i32, patch: InformationSystemPatch) -> Result<()> {
    let permit = op.permit(Action::RecordInformationSystem)?;
    op.write(permit, async |tx, permit| {
        let before = store::system(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let _ = permit.at(before.area_id)?;
        Refusal::unless_current(before.version, version)?;
        let mut faults = Faults::default();
        patch.check(&mut faults);
        let belongs = belong(op, tx, &mut faults, &patch, &before).await?;
        let after = patch.apply(&before, &belongs);
        rules::check_names(&mut faults, &after.name_vi, &after.name_en);
        rules::check_level(&mut faults, after.security_level, after.security_level_approved);
        faults.refuse()?;
        let belonged = Belongings {
            area: before.area_id,
            owner: before.owner_id,
            operator: before.operator_id,
            parent: before.parent_id,
        };
        let placed = place(tx, permit, &belongs, &belonged).await?;
        let fields = told(tx, &before, &after).await?;
        let Some(change) = Change::updated(ChangeType::InformationSystem, &before.code, id, fields) else {
            return Ok(Outcome::unchanged(()));
        };
        let moved = (before.area_id != after.area_id).then_some(after.area_id);
        if !store::change_system(tx, &before, after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        if let Some(area) = moved {
            store::link::move_ends(tx, id, area).await?;
        }
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}
