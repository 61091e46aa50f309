//! The rows of proposals.

use entity::{
    ids::{LegalDocumentId, LegalDocumentProposalId},
    kinds::ProposalStatus,
    legal_document,
    legal_document_proposal::{self, Column as C},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, Select,
    sea_query::{Expr, Query},
};

use crate::{
    citation::proposing::NewProposal,
    kernel::{
        error::{Broken, Result},
        object::{Key, words},
        op::Op,
        policy::{self, Action, Places},
        tx::Tx,
    },
};

/// The proposals that the caller sees: those of the caller's area, and those for documents that are kept there.
pub fn visible(op: &Op) -> Select<legal_document_proposal::Entity> {
    let permit = policy::permit(op.caller(), Action::ReadLegalDocumentProposals);
    let places = permit.map_or(Places::Nowhere, |permit| permit.places().clone());
    let seen = match places {
        Places::Nowhere => Condition::all().add(Expr::val(false)),
        Places::Everywhere => Condition::all(),
        Places::Units(units) => {
            let units = || units.iter().copied().map(Key::from);
            let kept = Query::select()
                .column(legal_document::Column::Id)
                .from(legal_document::Entity)
                .and_where(op.among(legal_document::Column::AreaId, units()))
                .to_owned();
            Condition::any().add(op.among(C::AreaId, units())).add(C::DocumentId.in_subquery(kept))
        }
    };
    legal_document_proposal::Entity::find().filter(seen)
}

/// Proposals that stand so.
pub fn with(op: &Op, statuses: &[ProposalStatus]) -> Condition {
    Condition::all().add(op.among(C::Status, words(statuses)))
}

/// A proposal that the caller sees, as a transaction does.
pub async fn seen(op: &Op, tx: &Tx, id: LegalDocumentProposalId) -> Result<Option<legal_document_proposal::Model>> {
    tx.first(visible(op).filter(C::Id.eq(id))).await
}

/// Some proposals, for what is worked out of them.
pub async fn visible_by_ids(op: &Op, ids: Vec<i64>) -> Result<Vec<legal_document_proposal::Model>> {
    op.find(visible(op).filter(op.among(C::Id, ids.into_iter().map(Key::Int)))).await
}

/// Writes a proposal, which waits for a decision.
pub(in crate::citation) async fn insert(op: &Op, tx: &Tx, order: NewProposal<'_>) -> Result<LegalDocumentProposalId> {
    let row = legal_document_proposal::ActiveModel {
        document_id: Set(order.document),
        code: Set(order.code.to_owned()),
        content: Set(order.content),
        changes: Set(serde_json::to_string(&order.changes).map_err(Broken::new)?),
        reason: Set(order.reason),
        area_id: Set(op.caller().home()),
        area_on: Set(op.today()),
        proposed_by: Set(op.caller().name()),
        proposed_at: Set(tx.now()),
        status: Set(ProposalStatus::Pending),
        decided_by: Set(None),
        decided_at: Set(None),
        decision_reason: Set(None),
        version: Set(1),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Decides on a proposal that has not changed since it was read; whether it had not.
pub async fn decide(
    op: &Op,
    tx: &Tx,
    before: &legal_document_proposal::Model,
    status: ProposalStatus,
    document: Option<LegalDocumentId>,
    reason: Option<String>,
) -> Result<bool> {
    let row = legal_document_proposal::ActiveModel {
        document_id: Set(document),
        status: Set(status),
        decided_by: Set(Some(op.caller().name())),
        decided_at: Set(Some(tx.now())),
        decision_reason: Set(reason),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let same = Condition::all().add(C::Id.eq(before.id)).add(C::Version.eq(before.version));
    Ok(tx.update(legal_document_proposal::Entity::update_many().set(row).filter(same)).await? == 1)
}
