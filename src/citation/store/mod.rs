//! The rows of sources, legal documents and proposals.

pub mod proposal;

use chrono::NaiveDate;
use entity::{
    agency,
    ids::{LegalDocumentId, SourceId},
    kinds::LegalStatus,
    legal_document::{self, Column as C},
    legal_succession, source,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Select, sea_query::SelectStatement,
};

use super::{NewSource, rules};
use crate::kernel::{error::Result, op::Op, text::clean, tx::Tx};

/// The legal documents that the caller sees: all are public.
pub fn visible(_: &Op) -> Select<legal_document::Entity> {
    legal_document::Entity::find()
}

/// The sources that the caller sees: each is reached only from a fact that the caller sees.
pub fn visible_sources(_: &Op) -> Select<source::Entity> {
    source::Entity::find()
}

/// The document with a code.
pub fn by_code(op: &Op, code: &str) -> Select<legal_document::Entity> {
    visible(op).filter(C::Code.eq(clean(code)))
}

/// The documents that stand so on a day.
pub fn standing(status: LegalStatus, on: NaiveDate) -> Condition {
    let not_past = || Condition::any().add(C::InForceTo.is_null()).add(C::InForceTo.gte(on));
    match status {
        LegalStatus::NotYet => Condition::all().add(C::InForceFrom.gt(on)).add(not_past()),
        LegalStatus::InForce => Condition::all().add(C::InForceFrom.lte(on)).add(not_past()),
        LegalStatus::Expired => Condition::all().add(C::InForceTo.lt(on)),
        LegalStatus::Unknown => Condition::all().add(C::InForceFrom.is_null()).add(not_past()),
        LegalStatus::PartlyExpired => Condition::all().add(sea_orm::sea_query::Expr::val(false)),
    }
}

/// The ids of the documents that have expired by a day.
pub fn expired(on: NaiveDate) -> SelectStatement {
    let mut query = sea_orm::sea_query::Query::select();
    query.column(C::Id).from(legal_document::Entity).cond_where(standing(LegalStatus::Expired, on));
    query
}

/// The id of the document with a code, as a transaction sees it.
pub async fn known(tx: &Tx, code: &str) -> Result<Option<LegalDocumentId>> {
    let found = tx.first(legal_document::Entity::find().filter(C::Code.eq(clean(code)))).await?;
    Ok(found.map(|row| row.id))
}

/// The agency with a code, as a transaction sees it.
pub async fn agency(tx: &Tx, code: &str) -> Result<Option<agency::Model>> {
    tx.first(agency::Entity::find().filter(agency::Column::Code.eq(clean(code)))).await
}

/// The documents with some codes, as a transaction sees them, in the order in which they were recorded.
pub async fn with_codes(tx: &Tx, codes: &[String]) -> Result<Vec<legal_document::Model>> {
    let codes = codes.iter().map(|code| clean(code));
    tx.find(legal_document::Entity::find().filter(C::Code.is_in(codes)).order_by_asc(C::Id)).await
}

/// Whether one document is known to have given way to the other.
pub async fn superseded(tx: &Tx, old: LegalDocumentId, new: LegalDocumentId) -> Result<bool> {
    use legal_succession::Column;
    let query = legal_succession::Entity::find().filter(Column::DocumentId.eq(old)).filter(Column::SuccessorId.eq(new));
    Ok(tx.first(query).await?.is_some())
}

/// A document, as a transaction sees it.
pub async fn row(tx: &Tx, id: LegalDocumentId) -> Result<Option<legal_document::Model>> {
    tx.first(legal_document::Entity::find().filter(legal_document::Column::Id.eq(id))).await
}

/// Which documents took the places of some.
pub async fn successions(tx: &Tx, old: &[LegalDocumentId]) -> Result<Vec<legal_succession::Model>> {
    use legal_succession::Column;
    let of = Column::DocumentId.is_in(old.iter().copied());
    tx.find(legal_succession::Entity::find().filter(of).order_by_asc(Column::Id)).await
}

/// The documents that took a document's place.
pub async fn successors(tx: &Tx, id: LegalDocumentId) -> Result<Vec<LegalDocumentId>> {
    Ok(successions(tx, &[id]).await?.into_iter().map(|row| row.successor_id).collect())
}

/// Sets the documents that took a document's place.
pub async fn set_successors(tx: &Tx, id: LegalDocumentId, successors: Vec<LegalDocumentId>) -> Result<()> {
    tx.delete(legal_succession::Entity::delete_many().filter(legal_succession::Column::DocumentId.eq(id))).await?;
    for successor in successors {
        insert_succession(tx, id, successor).await?;
    }
    Ok(())
}

/// Writes that one document gave way to another.
pub async fn insert_succession(tx: &Tx, old: LegalDocumentId, new: LegalDocumentId) -> Result<()> {
    let row = legal_succession::ActiveModel { document_id: Set(old), successor_id: Set(new), ..Default::default() };
    tx.insert(row).await?;
    Ok(())
}

/// A source, as a transaction sees it.
pub async fn source(tx: &Tx, id: SourceId) -> Result<Option<source::Model>> {
    tx.first(source::Entity::find().filter(source::Column::Id.eq(id))).await
}

/// Writes a source.
pub async fn insert_source(tx: &Tx, order: NewSource) -> Result<SourceId> {
    Ok(tx.insert(source_row(rules::clean_source(order))).await?.id)
}

/// Writes sources, no two of which say the same.
pub async fn insert_sources(tx: &Tx, orders: impl IntoIterator<Item = NewSource>) -> Result<Vec<source::Model>> {
    tx.insert_all(orders.into_iter().map(source_row).collect()).await
}

fn source_row(order: NewSource) -> source::ActiveModel {
    source::ActiveModel {
        title: Set(order.title),
        author: Set(order.author),
        publisher: Set(order.publisher),
        stated_by: Set(order.stated_by),
        url: Set(order.url),
        published_on: Set(order.published_on),
        quote: Set(order.quote),
        ..Default::default()
    }
}
