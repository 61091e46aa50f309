//! The bases of plans (căn cứ): other plans and legal documents; and the status of plans that another plan replaces or
//! inherits.

use entity::{
    ids::{LegalDocumentId, PlanId, UnitId},
    kinds::{ChangeType, PlanRelationKind},
    plan, plan_basis,
};
use serde::Deserialize;

use super::{record::PLAN, resolve, rules, store};
use crate::{
    citation::{self, LEGAL_DOCUMENT, NewSource},
    kernel::{
        check::Faults,
        error::{FieldFault, Result},
        locale::Message,
        op::Op,
        policy::Action,
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
    territory,
};

/// A basis of a plan, to be recorded. Exactly one of `plan` and `document` is set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlanBasis {
    /// Code of the related plan.
    pub plan: Option<String>,
    /// Code of the related legal document.
    pub document: Option<String>,
    /// Kind of relation.
    pub relation: PlanRelationKind,
    /// The source that states the relation.
    pub source: Option<NewSource>,
}

/// What identifies a basis of a plan: the plan or the document, and the kind of relation.
pub type Key = (Option<PlanId>, Option<LegalDocumentId>, PlanRelationKind);

/// The key of a stored basis.
pub(super) fn key(row: &plan_basis::Model) -> Key {
    (row.based_plan_id, row.based_document_id, row.relation)
}

/// A basis whose codes have been resolved.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    plan: Option<plan::Model>,
    document: Option<LegalDocumentId>,
    relation: PlanRelationKind,
}

impl Ground {
    /// The key of this basis.
    pub(super) fn key(&self) -> Key {
        (self.plan.as_ref().map(|plan| plan.id), self.document, self.relation)
    }
    /// The plan that is replaced or inherited through this basis, if any.
    fn taken(&self) -> Option<&plan::Model> {
        self.plan.as_ref().filter(|_| rules::becomes(self.relation).is_some())
    }
}

/// Bases, each with its path in the input.
pub(super) type Grounds = [(String, Ground)];

/// Records a basis of a plan; an existing one is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT unless exactly one of plan and document is given, and for an unknown code.
pub async fn record(op: &Op, plan: &str, order: NewPlanBasis) -> Result<()> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let of = resolve(tx, "code", plan).await?;
        let mut faults = Faults::default();
        let ground = ground(tx, &mut faults, "basedOn", &order).await?;
        let key = faults.settle(ground)?.key();
        if store::basis_known(tx, of.id, key).await? {
            return Ok(Outcome::unchanged(()));
        }
        let source = citation::cite_maybe(tx, order.source.clone()).await?;
        store::insert_basis(tx, of.id, key, source).await?;
        Ok(Outcome::changed(permit.at(Some(of.area_id))?, (), vec![Change::created(ChangeType::Plan, plan, of.id)]))
    })
    .await
}

/// Resolves the codes of a basis. Records faults for unknown codes, and unless exactly one of plan and document is
/// given.
async fn ground(tx: &Tx, faults: &mut Faults, path: &str, order: &NewPlanBasis) -> Result<Option<Ground>> {
    rules::check_basis(faults, path, order);
    let plan = match &order.plan {
        Some(code) => faults.gather(resolve(tx, &format!("{path}.plan"), code).await)?.map(Some),
        None => Some(None),
    };
    let document = citation::resolve_maybe(tx, &format!("{path}.document"), order.document.as_deref()).await;
    let document = faults.gather(document)?;
    Ok(plan.zip(document).map(|(plan, document)| Ground { plan, document, relation: order.relation }))
}

/// Resolves the bases of the plan with this code and drops repeated ones. Records each fault with its path.
pub(super) async fn look_up(
    tx: &Tx,
    faults: &mut Faults,
    own_code: &str,
    orders: &[NewPlanBasis],
) -> Result<Vec<(String, Ground)>> {
    let mut grounds: Vec<(String, Ground)> = vec![];
    for (n, order) in orders.iter().enumerate() {
        let path = format!("basedOn[{n}]");
        if order.plan.as_deref().map(clean) == Some(clean(own_code)) {
            faults.extend([rules::itself(&format!("{path}.plan"))]);
            continue;
        }
        if let Some(ground) = ground(tx, faults, &path, order).await?
            && !grounds.iter().any(|(_, known)| known.key() == ground.key())
        {
            grounds.push((path, ground));
        }
    }
    Ok(grounds)
}

/// The bases that the plan does not have yet.
pub(super) fn added(was: &[plan_basis::Model], grounds: Option<&Grounds>) -> Vec<(String, Ground)> {
    let known = |ground: &Ground| was.iter().any(|row| key(row) == ground.key());
    grounds.unwrap_or_default().iter().filter(|(_, ground)| !known(ground)).cloned().collect()
}

/// Checks that inherited plans belong to predecessors of the plan's unit, and that no two plans replace each other.
pub(super) async fn check_taking(
    tx: &Tx,
    (own, area): (Option<PlanId>, UnitId),
    grounds: &Grounds,
) -> Result<Vec<FieldFault>> {
    let mut faults = vec![];
    for (path, ground) in grounds {
        let Some(plan) = ground.taken() else { continue };
        let path = format!("{path}.plan");
        if ground.relation == PlanRelationKind::Inherits && !territory::store::came_from(tx, area, plan.area_id).await?
        {
            faults.push(no_predecessor(path.clone(), plan));
        }
        if let Some(own) = own
            && takes(&store::bases(tx, plan.id).await?.iter().map(key).collect::<Vec<_>>(), own)
        {
            faults.push(circle(path));
        }
    }
    Ok(faults)
}

/// Checks that a plan which moves to another area still inherits only plans of predecessors.
pub(super) async fn check_move(tx: &Tx, area: UnitId, rests_on: &[Key]) -> Result<Option<FieldFault>> {
    for (plan, _, relation) in rests_on {
        let Some(plan) = plan.filter(|_| *relation == PlanRelationKind::Inherits) else { continue };
        if let Some(plan) = store::row(tx, plan).await?
            && !territory::store::came_from(tx, area, plan.area_id).await?
        {
            return Ok(Some(no_predecessor("area".to_owned(), &plan)));
        }
    }
    Ok(None)
}

fn no_predecessor(path: String, plan: &plan::Model) -> FieldFault {
    let message = Message::new(
        format!("Đơn vị của kế hoạch \"{}\" không phải đơn vị tiền thân.", plan.code),
        format!("The unit of the plan \"{}\" is no predecessor.", plan.code),
    );
    FieldFault { path, code: "NOT_A_PREDECESSOR", message }
}

/// Whether a plan with these bases replaces or inherits the plan.
fn takes(keys: &[Key], of: PlanId) -> bool {
    keys.iter().any(|(plan, _, relation)| *plan == Some(of) && rules::becomes(*relation).is_some())
}

fn circle(path: String) -> FieldFault {
    let message =
        Message::new("Hai kế hoạch không thể thay thế lẫn nhau.", "Two plans cannot take the place of each other.");
    FieldFault { path, code: "CIRCLE", message }
}

/// Resolves the plan that replaces `plan`; records a fault if it cannot.
pub(super) async fn successor(
    tx: &Tx,
    faults: &mut Faults,
    plan: &plan::Model,
    code: &str,
    rests_on: &[Key],
) -> Result<Option<plan::Model>> {
    let Some(successor) = faults.gather(resolve(tx, "supersededBy", code).await)? else { return Ok(None) };
    if successor.id == plan.id {
        faults.extend([rules::itself("supersededBy")]);
    } else if takes(rests_on, successor.id) {
        faults.extend([circle("supersededBy".to_owned())]);
    }
    Ok(Some(successor))
}

/// The areas of plans that are replaced or inherited: the caller changes their status, so the caller needs the right to
/// write there.
pub(super) fn areas_taken(grounds: &Grounds) -> impl Iterator<Item = Option<UnitId>> {
    grounds.iter().filter_map(|(_, ground)| ground.taken()).map(|plan| Some(plan.area_id))
}

/// The change of the bases for the audit log; none if they are the same in another order.
pub(super) async fn changed(tx: &Tx, before: &[Key], after: &[Key]) -> Result<Option<FieldChange>> {
    if before.len() == after.len() && before.iter().all(|key| after.contains(key)) {
        return Ok(None);
    }
    let keys = || before.iter().chain(after);
    let plans = tx.names(PLAN, keys().filter_map(|(plan, ..)| *plan)).await?;
    let documents = tx.names(LEGAL_DOCUMENT, keys().filter_map(|(_, document, _)| *document)).await?;
    let name = |(plan, document, relation): &Key| {
        let code = match plan {
            Some(plan) => plans.get(&plan.0),
            None => document.and_then(|id| documents.get(&id.0)),
        };
        code.map(|code| format!("{} {code}", relation.word()))
    };
    let names = |keys: &[Key]| (!keys.is_empty()).then(|| keys.iter().filter_map(name).collect::<Vec<_>>().join(", "));
    Ok(FieldChange::of("basedOn", names(before), names(after)))
}

/// Replaces all bases of a plan. Bases that stay keep their source.
pub(super) async fn set(tx: &Tx, of: PlanId, was: &[plan_basis::Model], grounds: &Grounds) -> Result<()> {
    let stays = |row: &plan_basis::Model| grounds.iter().any(|(_, ground)| ground.key() == key(row));
    store::delete_bases(tx, was.iter().filter(|row| !stays(row)).map(|row| row.id).collect()).await?;
    for (_, ground) in &added(was, Some(grounds)) {
        store::insert_basis(tx, of, ground.key(), None).await?;
    }
    Ok(())
}

/// Sets the status of plans that are replaced or inherited and returns the changes. REPLACES wins if a plan is both.
pub(super) async fn mark(tx: &Tx, grounds: &Grounds) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = vec![];
    let replaced_first = |(_, ground): &&(String, Ground)| ground.relation != PlanRelationKind::Replaces;
    let mut grounds: Vec<_> = grounds.iter().collect();
    grounds.sort_by_key(replaced_first);
    let mut seen = vec![];
    for (_, ground) in grounds {
        let (Some(plan), Some(status)) = (ground.taken(), rules::becomes(ground.relation)) else { continue };
        if seen.contains(&plan.id) {
            continue;
        }
        seen.push(plan.id);
        let change = tx.change(&plan.code, plan, plan::Model { status, ..plan.clone() }, []).await?;
        changes.extend(change);
    }
    Ok(changes)
}

/// Relates the successor to the plan that it replaces and returns the change, if any.
pub(super) async fn take_place(tx: &Tx, successor: &plan::Model, of: PlanId) -> Result<Option<Change>> {
    let new: Key = (Some(of), None, PlanRelationKind::Replaces);
    let before: Vec<Key> = store::bases(tx, successor.id).await?.iter().map(key).collect();
    if before.contains(&new) {
        return Ok(None);
    }
    store::insert_basis(tx, successor.id, new, None).await?;
    let after: Vec<Key> = before.iter().copied().chain([new]).collect();
    tx.change(&successor.code, successor, successor.clone(), [changed(tx, &before, &after).await?]).await
}
