//! The rows of data links as they are kept: what changes of them, what they rest on, the steps of their lives.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    data_link::{self, Column as L},
    data_link_basis,
    ids::{DataLinkId, InformationSystemId, LegalDocumentId, UnitId},
    kinds::{Intermediary, LinkStatus},
    legal_document, link_transition, link_transition_basis,
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, Iterable, QueryFilter, QueryOrder, QueryTrait, Select,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    citation,
    kernel::{
        deadline::Deadline,
        error::Result,
        object::{Col, texts, words},
        op::Op,
        text::searched,
        tx::Tx,
    },
    sharing::rules::life::{ENDED, EXPIRING},
};

/// The status as it is stored, among links as they stand on a day.
const STORED_STATUS: &str = "stored_status";

/// Links as they stand on a day: one whose last day is over has expired, whether or not that was noted already. It takes the
/// place of the table, so that what is shown and ordered by is the same. What is filtered by it compares the stored columns, because
/// no index serves a status that is worked out: see [`with_status`].
fn standing_on(today: NaiveDate) -> SelectStatement {
    let is_over = Condition::all().add(L::Status.is_in(EXPIRING)).add(L::ExpiresOn.lt(today));
    let status = CaseStatement::new().case(is_over, LinkStatus::Expired.to_value()).finally(Expr::col(L::Status));
    let mut links = Query::select();
    for column in L::iter().filter(|column| !matches!(column, L::Status)) {
        links.column(column);
    }
    links.expr_as(status, L::Status).expr_as(Expr::col(L::Status), Alias::new(STORED_STATUS)).from(data_link::Entity);
    links
}

/// The links that the caller sees, as they stand today: all are public, but not every field of them.
pub fn visible_links(op: &Op) -> Select<data_link::Entity> {
    let mut links = data_link::Entity::find();
    QueryTrait::query(&mut links).from_clear().from_subquery(standing_on(op.today()), Alias::new("data_link"));
    links
}

/// Of the links that the caller sees, those with one of some statuses today.
pub fn with_status(op: &Op, statuses: &[LinkStatus]) -> Condition {
    let stored = |some: &[LinkStatus]| {
        let column = Col { name: STORED_STATUS, ..Col::of(L::Status) };
        Condition::all().add(op.among(column, words(some)))
    };
    let last_day = || Expr::col((data_link::Entity, L::ExpiresOn));
    let (expiring, others): (Vec<_>, Vec<_>) = statuses.iter().copied().partition(|status| EXPIRING.contains(status));
    let still = Condition::any().add(last_day().is_null()).add(last_day().gte(op.today()));
    let over = stored(&EXPIRING).add(last_day().lt(op.today()));
    let mut any = Condition::any().add(stored(&others));
    if !expiring.is_empty() {
        any = any.add(stored(&expiring).add(still));
    }
    any.add_option(statuses.contains(&LinkStatus::Expired).then_some(over))
}

/// Of the links that the caller sees, those whose life is not over today.
pub fn alive(op: &Op) -> Condition {
    let alive: Vec<LinkStatus> = LinkStatus::iter().filter(|status| !ENDED.contains(status)).collect();
    with_status(op, &alive)
}

/// Links that must move to another intermediary by some deadlines, and have not done so yet.
pub fn to_move<'a>(op: &Op, deadlines: impl Iterator<Item = &'a Deadline>) -> Condition {
    let through: Vec<Intermediary> = deadlines.map(|deadline| deadline.from).collect();
    match through.is_empty() {
        true => Condition::all().add(Expr::val(false)),
        false => Condition::all().add(alive(op)).add(L::Intermediary.is_in(through)),
    }
}

/// Some links, as the caller sees them.
pub async fn visible_rows(op: &Op, ids: &[i64], which: Condition) -> Result<Vec<data_link::Model>> {
    op.find(visible_links(op).filter(op.among(L::Id, ids.iter().map(|id| (*id).into()))).filter(which)).await
}

/// The legal documents with some codes, as the caller sees them.
pub async fn visible_laws(op: &Op, codes: &[String]) -> Result<Vec<legal_document::Model>> {
    op.find(citation::store::visible(op).filter(op.among(legal_document::Column::Code, texts(codes)))).await
}

/// A link as it is stored, as a transaction sees it.
pub async fn row(tx: &Tx, id: DataLinkId) -> Result<Option<data_link::Model>> {
    tx.first(data_link::Entity::find().filter(L::Id.eq(id))).await
}

/// Changes a link whose version is still this one; whether it was.
pub async fn change(tx: &Tx, before: &data_link::Model, after: &data_link::Model) -> Result<bool> {
    let after = after.clone();
    let row = data_link::ActiveModel {
        search: Set(searched(&after.code, after.carries.as_deref())),
        source_system_id: Set(after.source_system_id),
        target_system_id: Set(after.target_system_id),
        source_area_id: Set(after.source_area_id),
        target_area_id: Set(after.target_area_id),
        intermediary: Set(after.intermediary),
        method: Set(after.method),
        direction: Set(after.direction),
        environment: Set(after.environment),
        via_id: Set(after.via_id),
        evidence_id: Set(after.evidence_id),
        status: Set(after.status),
        carries: Set(after.carries),
        agreement_id: Set(after.agreement_id),
        purpose: Set(after.purpose),
        endpoint: Set(after.endpoint),
        requested_on: Set(after.requested_on),
        decision_due_on: Set(after.decision_due_on),
        decided_on: Set(after.decided_on),
        decision_reason: Set(after.decision_reason),
        active_from: Set(after.active_from),
        expires_on: Set(after.expires_on),
        no_expiry_reason: Set(after.no_expiry_reason),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let update = data_link::Entity::update_many().set(row).filter(L::Id.eq(before.id));
    Ok(tx.update(update.filter(L::Version.eq(before.version))).await? == 1)
}

/// The ends of links at a system lie where the system does.
pub async fn move_ends(tx: &Tx, system: InformationSystemId, area: Option<UnitId>) -> Result<()> {
    for (end, lies) in [(L::SourceSystemId, L::SourceAreaId), (L::TargetSystemId, L::TargetAreaId)] {
        let update = data_link::Entity::update_many().col_expr(lies, Expr::value(area));
        tx.update(update.filter(end.eq(system))).await?;
    }
    Ok(())
}

/// The legal documents that a link rests on.
pub async fn basis(tx: &Tx, id: DataLinkId) -> Result<Vec<legal_document::Model>> {
    let of = Query::select()
        .column(data_link_basis::Column::DocumentId)
        .from(data_link_basis::Entity)
        .and_where(Expr::col(data_link_basis::Column::LinkId).eq(id))
        .to_owned();
    documents(tx, Condition::all().add(legal_document::Column::Id.in_subquery(of))).await
}

/// The legal documents with some ids.
pub async fn laws(tx: &Tx, ids: &[LegalDocumentId]) -> Result<Vec<legal_document::Model>> {
    documents(tx, Condition::all().add(legal_document::Column::Id.is_in(ids.iter().copied()))).await
}

/// Some legal documents, in the order in which they were recorded.
pub(super) async fn documents(tx: &Tx, which: Condition) -> Result<Vec<legal_document::Model>> {
    let rows = legal_document::Entity::find().filter(which).order_by_asc(legal_document::Column::Id);
    tx.find(rows).await
}

/// Makes a link rest on these and nothing else.
pub async fn set_basis(tx: &Tx, id: DataLinkId, before: &[LegalDocumentId], after: &[LegalDocumentId]) -> Result<()> {
    use data_link_basis::Column as C;
    let gone: Vec<LegalDocumentId> = before.iter().filter(|law| !after.contains(law)).copied().collect();
    if !gone.is_empty() {
        let rows = data_link_basis::Entity::delete_many().filter(C::LinkId.eq(id));
        tx.delete(rows.filter(C::DocumentId.is_in(gone))).await?;
    }
    let new = after.iter().filter(|law| !before.contains(law)).map(|law| data_link_basis::ActiveModel {
        link_id: Set(id),
        document_id: Set(*law),
        ..Default::default()
    });
    tx.insert_many(new.collect()).await
}

/// The links whose last day is over, and of which that is not noted yet.
pub async fn over(tx: &Tx, today: NaiveDate) -> Result<Vec<data_link::Model>> {
    let links = data_link::Entity::find().filter(L::Status.is_in(EXPIRING)).filter(L::ExpiresOn.lt(today));
    tx.find(links.order_by_asc(L::Id)).await
}

/// A step of a link's life, to be written.
pub struct Step<'a> {
    /// From where; none at the beginning.
    pub from: Option<LinkStatus>,
    /// The link after it.
    pub after: &'a data_link::Model,
    /// Who took it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// On which laws.
    pub laws: &'a [LegalDocumentId],
}

/// When a step is taken: now, and never before the last one, whatever the clocks of other instances said of that.
async fn taken_at(tx: &Tx, link: DataLinkId) -> Result<DateTime<Utc>> {
    use link_transition::Column as C;
    let last = link_transition::Entity::find().filter(C::LinkId.eq(link)).order_by_desc(C::Id);
    Ok(tx.first(last).await?.map_or(tx.now(), |last| Ord::max(last.at, tx.now())))
}

/// Writes a step of a link's life.
pub async fn insert_step(tx: &Tx, step: Step<'_>) -> Result<()> {
    let row = link_transition::ActiveModel {
        link_id: Set(step.after.id),
        from_status: Set(step.from),
        to_status: Set(step.after.status),
        at: Set(taken_at(tx, step.after.id).await?),
        by: Set(step.by),
        reason: Set(step.reason),
        legal_basis_id: Set(step.laws.first().copied()),
        intermediary: Set(Some(step.after.intermediary)),
        expires_on: Set(step.after.expires_on),
        no_expiry_reason: Set(step.after.no_expiry_reason.clone()),
        agreement_id: Set(step.after.agreement_id),
        ..Default::default()
    };
    let id = tx.insert(row).await?.id;
    let laws = step.laws.iter().map(|law| link_transition_basis::ActiveModel {
        transition_id: Set(id),
        document_id: Set(*law),
        ..Default::default()
    });
    tx.insert_many(laws.collect()).await
}
