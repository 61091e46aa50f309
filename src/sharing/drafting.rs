//! Fields of a data link that change only while it is a draft (bản nháp): its ends, its technical properties and its
//! source. Afterwards they are fixed, since the request and the decision refer to them. An UNKNOWN intermediary may
//! still be filled in later.

use entity::{
    data_link, information_system,
    kinds::{Environment, Intermediary, LinkDirection, LinkStatus, SharingMethod},
};

use super::{
    correcting::told_system,
    link::ends,
    resolve,
    rules::{self, life},
};
use crate::{
    citation::{self, NewSource, rules::check_source},
    kernel::{
        check::Faults,
        error::{FieldFault, Result},
        patch::Patch,
        tx::{FieldChange, Tx},
    },
};

/// Changes to a draft. Omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct DraftPatch {
    /// The source system, by code.
    pub source: Patch<String>,
    /// The target system, by code.
    pub target: Patch<String>,
    /// The intermediary platform.
    pub intermediary: Patch<Intermediary>,
    /// The network that it runs over, by system code.
    pub via: Patch<String>,
    /// The method of sharing.
    pub method: Patch<SharingMethod>,
    /// The direction of the data.
    pub direction: Patch<LinkDirection>,
    /// The environment.
    pub environment: Patch<Environment>,
    /// The source that mentions it.
    pub evidence: Patch<NewSource>,
}

impl DraftPatch {
    /// Validates the changes that need no look-up.
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.lasting("source", &self.source);
        faults.lasting("target", &self.target);
        faults.lasting("intermediary", &self.intermediary);
        faults.lasting("direction", &self.direction);
        faults.lasting("environment", &self.environment);
        if let Some(evidence) = self.evidence.set() {
            check_source(faults, "evidence", evidence);
        }
    }
    /// Whether it changes one of the systems that the link joins.
    fn joins(&self) -> bool {
        [&self.source, &self.target, &self.via].into_iter().any(|patch| *patch != Patch::Keep)
    }
}

/// The system at an end of a link after the change. None, with a fault added, if it is unknown.
async fn end(
    tx: &Tx,
    faults: &mut Faults,
    (field, patch): (&str, &Patch<String>),
    before: &information_system::Model,
) -> Result<Option<information_system::Model>> {
    match patch.set() {
        Some(code) => faults.gather(resolve(tx, field, code).await),
        None => Ok(Some(before.clone())),
    }
}

/// Applies the changes to a link; returns the systems at its ends. Adds a fault for unknown codes and for ends that
/// cannot be joined.
pub(super) async fn draw(
    tx: &Tx,
    faults: &mut Faults,
    patch: DraftPatch,
    link: &mut data_link::Model,
) -> Result<[information_system::Model; 2]> {
    let [from, to] = ends(tx, link).await?;
    let source = end(tx, faults, ("source", &patch.source), &from).await?;
    let target = end(tx, faults, ("target", &patch.target), &to).await?;
    let via = match &patch.via {
        Patch::Keep => link.via_id,
        Patch::Clear => None,
        Patch::Set(code) => faults.gather(resolve(tx, "via", code).await)?.map(|system| system.id),
    };
    if patch.joins() {
        let [source, target] = [&source, &target].map(|end| end.as_ref().map(|system| system.id));
        rules::check_joined([source, target, via], faults);
    }
    let [source, target] = [source.unwrap_or(from), target.unwrap_or(to)];
    (link.source_system_id, link.target_system_id, link.via_id) = (source.id, target.id, via);
    (link.source_area_id, link.target_area_id) = (source.area_id, target.area_id);
    link.intermediary = patch.intermediary.or(link.intermediary);
    link.method = patch.method.apply(link.method);
    link.direction = patch.direction.or(link.direction);
    link.environment = patch.environment.or(link.environment);
    link.evidence_id = match (patch.evidence, link.evidence_id) {
        (Patch::Clear, _) => None,
        // Do not store the new source if the whole change will be rejected.
        (Patch::Set(_), before) if !faults.is_empty() => before,
        (Patch::Set(order), Some(before)) => Some(citation::cite_again(tx, before, order).await?),
        (Patch::Set(order), None) => Some(citation::cite(tx, order).await?),
        (Patch::Keep, before) => before,
    };
    Ok([source, target])
}

/// The changed fields that are fixed, for a link that is no longer a draft. An UNKNOWN intermediary may still be filled
/// in.
pub(super) fn fixed(status: LinkStatus, before: &data_link::Model, after: &data_link::Model) -> Vec<FieldFault> {
    if life::DRAFTS.contains(&status) {
        return vec![];
    }
    let changed = [
        ("source", before.source_system_id != after.source_system_id),
        ("target", before.target_system_id != after.target_system_id),
        ("intermediary", ![after.intermediary, Intermediary::Unknown].contains(&before.intermediary)),
        ("via", before.via_id != after.via_id),
        ("method", before.method != after.method),
        ("direction", before.direction != after.direction),
        ("environment", before.environment != after.environment),
        ("evidence", before.evidence_id != after.evidence_id),
    ];
    changed.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| life::not_a_draft(field)).collect()
}

/// The changed draft fields of a link, for the audit log.
pub(super) async fn told(
    tx: &Tx,
    before: &data_link::Model,
    after: &data_link::Model,
) -> Result<Vec<Option<FieldChange>>> {
    let mut fields = vec![];
    for (field, was, is) in [
        ("source", Some(before.source_system_id), Some(after.source_system_id)),
        ("target", Some(before.target_system_id), Some(after.target_system_id)),
        ("via", before.via_id, after.via_id),
    ] {
        if was != is {
            fields.push(FieldChange::of(field, told_system(tx, was).await?, told_system(tx, is).await?));
        }
    }
    let [was, is] = [before.method, after.method].map(|method| method.map(SharingMethod::word));
    fields.push(FieldChange::of("method", was, is));
    fields.push(FieldChange::of("direction", Some(before.direction.word()), Some(after.direction.word())));
    fields.push(FieldChange::of("environment", Some(before.environment.word()), Some(after.environment.word())));
    let [was, is] = [before.evidence_id, after.evidence_id].map(|source| source.map(|id| id.0));
    fields.push(FieldChange::of("evidence", was, is));
    Ok(fields)
}
