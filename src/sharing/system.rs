//! Recording and creating information systems (hệ thống thông tin).

use chrono::NaiveDate;
use entity::{
    ids::InformationSystemId,
    kinds::{ChangeType, SystemKind, SystemScope, SystemStatus},
};
use serde::Deserialize;

use super::{
    resolve_maybe, rules,
    store::{self, Belongings},
};
use crate::{
    agency,
    citation::{self, NewSource, rules::check_source},
    kernel::{
        check::{Faults, taken},
        error::Result,
        op::Op,
        policy::{Action, Permit, Placed},
        tx::{Change, Outcome, Tx},
    },
    territory,
};

/// A system to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewInformationSystem {
    /// The unique code.
    pub code: String,
    /// The Vietnamese name, as printed.
    pub name_vi: String,
    /// The English name.
    pub name_en: String,
    /// The acronym, only if the source uses one.
    pub acronym: Option<String>,
    /// Aliases, as printed.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The kind of system.
    pub kind: SystemKind,
    /// The operating status.
    pub status: SystemStatus,
    /// The level of government that it belongs to.
    pub scope: SystemScope,
    /// Whether it is a class of systems rather than one named system.
    #[serde(default)]
    pub generic: bool,
    /// The code of its area.
    pub area: Option<String>,
    /// The day on which that code is looked up; today by default.
    pub on: Option<NaiveDate>,
    /// The agency that owns it, by code.
    pub owner: Option<String>,
    /// The agency that operates it, by code.
    pub operator: Option<String>,
    /// The system that it is part of, by code.
    pub parent: Option<String>,
    /// The information-security level, 1 to 5.
    pub security_level: Option<i32>,
    /// Whether that level is approved.
    #[serde(default)]
    pub security_level_approved: bool,
    /// The source that mentions it.
    pub source: NewSource,
}

/// Looks up the area, owner, operator and parent of a system. Adds a fault for each unknown code.
async fn look_up(op: &Op, tx: &Tx, faults: &mut Faults, order: &NewInformationSystem) -> Result<Option<Belongings>> {
    let area = match &order.area {
        Some(code) => {
            let area = territory::resolve(tx, "area", code, order.on.unwrap_or_else(|| op.today())).await;
            faults.gather(area)?.map(Some)
        }
        None => Some(None),
    };
    let owner = faults.gather(agency::resolve_maybe(tx, "owner", order.owner.as_deref()).await)?;
    let operator = faults.gather(agency::resolve_maybe(tx, "operator", order.operator.as_deref()).await)?;
    let parent = faults.gather(resolve_maybe(tx, "parent", order.parent.as_deref()).await)?;
    let (Some(area), Some(owner), Some(operator), Some(parent)) = (area, owner, operator, parent) else {
        return Ok(None);
    };
    Ok(Some(Belongings { area, owner, operator, parent: parent.map(|system| system.id) }))
}

/// Checks that the caller may write in the area of a system, and in those of its new owner, operator and parent.
/// Without this, a registrar could name another area's agency as the owner, and then use its agreements for the links
/// and its clients to report their calls.
///
/// # Errors
/// FORBIDDEN outside the caller's area, with OUTSIDE_AREA for each field that names a record there.
pub(super) async fn place(tx: &Tx, permit: &Permit, belongings: &Belongings, before: &Belongings) -> Result<Placed> {
    let placed = permit.at(belongings.area)?;
    let agencies = [
        ("owner", belongings.owner.filter(|owner| before.owner != Some(*owner))),
        ("operator", belongings.operator.filter(|operator| before.operator != Some(*operator))),
    ];
    let mut related = agency::related(tx, agencies).await?;
    if let Some(parent) = belongings.parent.filter(|parent| before.parent != Some(*parent)) {
        let area = store::system(tx, parent).await?.and_then(|parent| parent.area_id);
        related.push(("parent".to_owned(), area));
    }
    let _ = permit.at_related(related)?;
    Ok(placed)
}

/// Inserts a system; returns its id and the change for the audit log.
async fn insert(
    tx: &Tx,
    order: &NewInformationSystem,
    belongings: &Belongings,
) -> Result<(InformationSystemId, Change)> {
    let source = citation::cite(tx, order.source.clone()).await?;
    let id = store::insert_system(tx, order, belongings, source).await?;
    Ok((id, Change::created(ChangeType::InformationSystem, order.code.clone(), id)))
}

/// Records a system. An existing system is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT for an unknown code, or a security level outside 1 to 5.
pub async fn record(op: &Op, order: NewInformationSystem) -> Result<InformationSystemId> {
    let permit = op.permit(Action::RecordInformationSystem)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known_system(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known.id));
        }
        let mut faults = Faults::default();
        rules::check_level(&mut faults, order.security_level, order.security_level_approved);
        let belongings = look_up(op, tx, &mut faults, &order).await?;
        let belongings = faults.settle(belongings)?;
        let placed = place(tx, permit, &belongings, &Belongings::default()).await?;
        let (id, change) = insert(tx, &order, &belongings).await?;
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

/// Creates a system.
///
/// # Errors
/// BAD_USER_INPUT for a code that is taken, unknown codes, and every invalid field; FORBIDDEN if the system or its
/// owner, operator or parent lies outside the caller's area.
pub async fn create(op: &Op, order: NewInformationSystem) -> Result<InformationSystemId> {
    let permit = op.permit(Action::RecordInformationSystem)?;
    op.write(permit, async |tx, permit| {
        let mut faults = Faults::default();
        rules::check_new_system(&mut faults, &order);
        check_source(&mut faults, "source", &order.source);
        if store::known_system(tx, &order.code).await?.is_some() {
            faults.extend(taken("code", &order.code).fields);
        }
        let belongings = look_up(op, tx, &mut faults, &order).await?;
        let belongings = faults.settle(belongings)?;
        let placed = place(tx, permit, &belongings, &Belongings::default()).await?;
        let (id, change) = insert(tx, &order, &belongings).await?;
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}
