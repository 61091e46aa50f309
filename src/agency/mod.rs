//! Agencies (cơ quan, tổ chức), which issue plans, lead tasks, own and use systems. A record may also stand for a class of
//! agencies that a source mentions without naming one. Agencies succeed each other as territorial units do.

pub mod graphql;
mod record;
pub mod store;

use chrono::NaiveDate;
use entity::{
    agency::Model,
    ids::{AgencyId, UnitId},
    kinds::{AgencyKind, ChangeType},
    time::PartialDate,
};
use serde::Deserialize;

use crate::{
    citation::{self, AGENCY, NewSource, rules::check_source},
    kernel::{
        check::{Faults, LINE, taken},
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        patch::Patch,
        policy::{Action, Permit},
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
    territory,
};

/// Input for a new agency.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAgency {
    /// The key.
    pub code: String,
    /// The Vietnamese name.
    pub name_vi: String,
    /// The English name.
    pub name_en: String,
    /// The kind of agency.
    pub kind: AgencyKind,
    /// Whether it is a class of agencies instead of one named agency.
    #[serde(default)]
    pub generic: bool,
    /// The code of the area; `None` if it belongs to none.
    pub area: Option<String>,
    /// The day for which to resolve the area's code; today by default.
    pub on: Option<NaiveDate>,
    /// The code of the parent agency.
    pub parent: Option<String>,
    /// The start of the agency.
    pub valid_from: Option<PartialDate>,
    /// The end of the agency.
    pub valid_to: Option<PartialDate>,
    /// The source that mentions it.
    pub source: Option<NewSource>,
}

/// Records an agency. If the code is already recorded, nothing changes and the existing id is returned.
///
/// # Errors
/// BAD_USER_INPUT for an unknown area or parent; FORBIDDEN outside the caller's area.
pub async fn record(op: &Op, order: NewAgency) -> Result<AgencyId> {
    let permit = op.permit(Action::RecordAgency)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known));
        }
        insert(op, tx, permit, &order).await
    })
    .await
}

/// Inserts an agency, if the caller may write in its area and in that of its parent.
async fn insert(op: &Op, tx: &Tx, permit: &Permit, order: &NewAgency) -> Result<Outcome<AgencyId>> {
    let area = match &order.area {
        Some(code) => Some(territory::resolve(tx, "area", code, order.on.unwrap_or_else(|| op.today())).await?),
        None => None,
    };
    let parent = resolve_maybe(tx, "parent", order.parent.as_deref()).await?;
    let placed = permit.at(area)?;
    let _ = permit.at_related(related(tx, [("parent", parent)]).await?)?;
    let source = citation::cite_maybe(tx, order.source.clone()).await?;
    let row = Model {
        id: AgencyId(0),
        code: clean(&order.code),
        name_vi: clean(&order.name_vi),
        name_en: clean(&order.name_en),
        kind: order.kind,
        generic: order.generic,
        area_id: area,
        area_on: order.on,
        parent_id: parent,
        valid_from: order.valid_from.clone(),
        valid_to: order.valid_to.clone(),
        source_id: source,
        version: 1,
        search: String::new(),
    };
    let (row, change) = tx.create(row, |row| row.code.clone()).await?;
    Ok(Outcome::changed(placed, row.id, vec![change]))
}

/// The areas of the agencies that input fields name, for [`Permit::at_related`]. Fields without an agency are skipped.
///
/// # Errors
/// Database errors.
pub async fn related(
    tx: &Tx,
    named: impl IntoIterator<Item = (impl Into<String>, Option<AgencyId>)>,
) -> Result<Vec<(String, Option<UnitId>)>> {
    let mut areas = vec![];
    for (path, agency) in named {
        let Some(agency) = agency else { continue };
        areas.push((path.into(), store::row(tx, agency).await?.and_then(|row| row.area_id)));
    }
    Ok(areas)
}

/// Creates an agency.
///
/// # Errors
/// BAD_USER_INPUT for a code that is taken, an unknown area or parent, and every invalid field; FORBIDDEN if the agency or
/// its parent lies outside the caller's area.
pub async fn create(op: &Op, order: NewAgency) -> Result<AgencyId> {
    let permit = op.permit(Action::RecordAgency)?;
    let mut faults = Faults::default();
    faults.code("code", &order.code);
    faults.text("nameVi", &order.name_vi, LINE);
    faults.maybe("nameEn", Some(&order.name_en), LINE);
    faults.refuse()?;
    op.write(permit, async |tx, permit| {
        if store::known(tx, &order.code).await?.is_some() {
            return Err(taken("code", &order.code).into());
        }
        insert(op, tx, permit, &order).await
    })
    .await
}

/// Changes to an agency. Omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct AgencyPatch {
    /// The Vietnamese name.
    pub name_vi: Option<String>,
    /// The English name.
    pub name_en: Option<String>,
    /// The kind of agency.
    pub kind: Option<AgencyKind>,
    /// The code of the area; cleared if it belongs to none.
    pub area: Patch<String>,
    /// The code of the parent agency.
    pub parent: Patch<String>,
    /// The start of the agency.
    pub valid_from: Patch<PartialDate>,
    /// The end of the agency.
    pub valid_to: Patch<PartialDate>,
    /// The source that mentions it.
    pub source: Patch<NewSource>,
    /// The codes of all agencies that succeeded it; replaces the previous list.
    pub successors: Option<Vec<String>>,
}

/// Changes an agency, if it still has the expected version.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED for another version; BAD_USER_INPUT for a successor that is unknown, the agency itself or
/// one of its predecessors; FORBIDDEN if the agency, or a successor that is added or removed, lies outside the caller's
/// area.
pub async fn update(op: &Op, id: AgencyId, version: i32, patch: AgencyPatch) -> Result<()> {
    let permit = op.permit(Action::RecordAgency)?;
    let mut faults = Faults::default();
    for (path, name) in [("nameVi", &patch.name_vi), ("nameEn", &patch.name_en)] {
        if let Some(name) = name {
            faults.text(path, name, LINE);
        }
    }
    if let Some(source) = patch.source.set() {
        check_source(&mut faults, "source", source);
    }
    faults.refuse()?;
    op.write(permit, async |tx, permit| {
        let before = store::row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let mut after = before.clone();
        after.name_vi = patch.name_vi.as_deref().map_or(after.name_vi, clean);
        after.name_en = patch.name_en.as_deref().map_or(after.name_en, clean);
        after.kind = patch.kind.unwrap_or(after.kind);
        after.valid_from = patch.valid_from.apply(after.valid_from);
        after.valid_to = patch.valid_to.apply(after.valid_to);
        check_life(&after)?;
        match &patch.area {
            Patch::Keep => {}
            Patch::Clear => (after.area_id, after.area_on) = (None, None),
            Patch::Set(code) => {
                after.area_id = Some(territory::resolve(tx, "area", code, op.today()).await?);
                after.area_on = None;
            }
        }
        after.parent_id = resolve_patch(tx, "parent", before.parent_id, &patch.parent).await?;
        if let Some(parent) = after.parent_id.filter(|_| patch.parent.set().is_some()) {
            check_parent(tx, id, parent).await?;
        }
        let (was, mut becomes) = (store::successors(tx, id).await?, None);
        if let Some(codes) = &patch.successors {
            let mut ids = vec![];
            for (n, code) in codes.iter().enumerate() {
                let path = format!("successors[{n}]");
                let successor = resolve(tx, &path, code).await?;
                check_succession(tx, &path, id, successor).await?;
                if !ids.contains(&successor) {
                    ids.push(successor);
                }
            }
            becomes = Some(ids).filter(|ids| *ids != was);
        }
        let placed = permit.at_all([before.area_id, after.area_id])?;
        if after.parent_id != before.parent_id {
            let parents = [before.parent_id, after.parent_id].map(|parent| ("parent", parent));
            let _ = permit.at_related(related(tx, parents).await?)?;
        }
        if let (Some(codes), Some(becomes)) = (&patch.successors, &becomes) {
            let _ = permit.at_related(ends(tx, codes, &was, becomes).await?)?;
        }
        Refusal::unless_current(before.version, version)?;
        after.source_id = match (patch.source, before.source_id) {
            (Patch::Keep, source) => source,
            (Patch::Clear, _) => None,
            (Patch::Set(source), Some(before)) => Some(citation::cite_again(tx, before, source).await?),
            (Patch::Set(source), None) => Some(citation::cite(tx, source).await?),
        };
        let successions = match &becomes {
            Some(becomes) => {
                FieldChange::of("successors", tx.list(AGENCY, &was).await?, tx.list(AGENCY, becomes).await?)
            }
            None => None,
        };
        let change = tx.change(&before.code, &before, after, [successions]).await?;
        let Some(change) = change else { return Ok(Outcome::unchanged(())) };
        if let Some(successors) = becomes {
            store::set_successors(tx, id, successors).await?;
        }
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}

/// Checks that an agency does not end before it starts.
fn check_life(agency: &Model) -> Result<()> {
    let [from, to] = [&agency.valid_from, &agency.valid_to].map(|day| day.as_ref().and_then(PartialDate::span));
    if let (Some(from), Some(to)) = (from, to)
        && to.end < from.start
    {
        let wrong =
            Message::new("Cơ quan không thể kết thúc trước khi bắt đầu.", "An agency cannot end before it starts.");
        return Err(Refusal::field("validTo", "OUT_OF_ORDER", wrong).into());
    }
    Ok(())
}

/// Checks that no agency is above itself.
async fn check_parent(tx: &Tx, agency: AgencyId, parent: AgencyId) -> Result<()> {
    let (mut above, mut seen) = (Some(parent), vec![]);
    while let Some(next) = above.filter(|next| !seen.contains(next)) {
        if next == agency {
            let circle = Message::new(
                "Cơ quan này trực thuộc chính cơ quan đang sửa.",
                "This agency is the one being changed, or belongs to it.",
            );
            return Err(Refusal::field("parent", "CIRCULAR", circle).into());
        }
        seen.push(next);
        above = store::row(tx, next).await?.and_then(|row| row.parent_id);
    }
    Ok(())
}

/// Checks that a succession makes no cycle. In a cycle, each agency would have the authority of all others.
async fn check_succession(tx: &Tx, path: &str, old: AgencyId, new: AgencyId) -> Result<()> {
    if new == old {
        let itself = Message::new("Cơ quan không thể kế thừa chính nó.", "An agency cannot succeed itself.");
        return Err(Refusal::field(path, "ITSELF", itself).into());
    }
    if store::authority(tx, old).await?.contains(&new) {
        let circle = Message::new(
            "Cơ quan này đã được chính cơ quan đang sửa kế thừa.",
            "The agency being changed is itself a successor of this one.",
        );
        return Err(Refusal::field(path, "CIRCULAR", circle).into());
    }
    Ok(())
}

/// The areas of the successors that are added or removed, with the input path of each. Unchanged successors need no
/// permission. A removed successor has the path of the whole list.
async fn ends(
    tx: &Tx,
    codes: &[String],
    was: &[AgencyId],
    becomes: &[AgencyId],
) -> Result<Vec<(String, Option<UnitId>)>> {
    let mut named = vec![];
    for (n, code) in codes.iter().enumerate() {
        let begins = store::known(tx, code).await?.filter(|id| !was.contains(id));
        named.push((format!("successors[{n}]"), begins));
    }
    let left_out = was.iter().filter(|id| !becomes.contains(id));
    named.extend(left_out.map(|id| ("successors".to_owned(), Some(*id))));
    related(tx, named).await
}

/// Records that one agency was succeeded by another. Nothing changes if it is already recorded.
///
/// # Errors
/// BAD_USER_INPUT if either is unknown, and for a cycle; FORBIDDEN if either lies outside the caller's area.
pub async fn succeed(op: &Op, code: &str, successor: &str) -> Result<()> {
    let permit = op.permit(Action::RecordAgency)?;
    op.write(permit, async |tx, permit| {
        let old = resolve(tx, "code", code).await?;
        let new = resolve(tx, "succeededBy", successor).await?;
        if store::succession_known(tx, old, new).await? {
            return Ok(Outcome::unchanged(()));
        }
        check_succession(tx, "succeededBy", old, new).await?;
        let ends = related(tx, [("code", Some(old)), ("succeededBy", Some(new))]).await?;
        let placed = permit.at_related(ends)?;
        store::insert_succession(tx, old, new).await?;
        Ok(Outcome::changed(placed, (), vec![Change::created(ChangeType::Agency, code, old)]))
    })
    .await
}

/// Resolves a code to an agency.
///
/// # Errors
/// BAD_USER_INPUT naming `field`, if there is none.
pub async fn resolve(tx: &Tx, field: &str, code: &str) -> Result<AgencyId> {
    Ok(citation::issuer(tx, field, code).await?.id)
}

/// Resolves a code to an agency, if one is given.
///
/// # Errors
/// As for [`resolve`].
pub async fn resolve_maybe(tx: &Tx, field: &str, code: Option<&str>) -> Result<Option<AgencyId>> {
    match code {
        Some(code) => Ok(Some(resolve(tx, field, code).await?)),
        None => Ok(None),
    }
}

/// The agency of a field after a change of it.
///
/// # Errors
/// As for [`resolve`].
pub async fn resolve_patch(
    tx: &Tx,
    field: &str,
    before: Option<AgencyId>,
    patch: &Patch<String>,
) -> Result<Option<AgencyId>> {
    match patch {
        Patch::Keep => Ok(before),
        Patch::Clear => Ok(None),
        Patch::Set(code) => Ok(Some(resolve(tx, field, code).await?)),
    }
}
