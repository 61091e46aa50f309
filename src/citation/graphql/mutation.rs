//! What is done with legal documents, in the schema.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{ids::LegalDocumentId, legal_document, time::PartialDate};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    citation::{self, LegalDocumentPatch, NewLegalDocument, NewSource, store},
    kernel::{
        object::{GlobalId, One},
        op::Op,
        patch::Patch,
        policy::Action,
        scalar::Date,
    },
};

/// Where a fact is told (nguồn).
#[derive(InputObject)]
pub struct SourceInput {
    /// The title of the document, report or article (tiêu đề).
    title: String,
    /// Who wrote it (tác giả).
    author: Option<String>,
    /// Who published it (đơn vị công bố).
    publisher: Option<String>,
    /// Who says it there (người phát biểu).
    stated_by: Option<String>,
    /// Where it can be read: http:// or https:// (địa chỉ).
    url: Option<String>,
    /// When it was published, as precisely as it is known (ngày công bố).
    published_on: Option<PartialDate>,
    /// The words that say it, verbatim (trích nguyên văn).
    quote: Option<String>,
}

impl From<SourceInput> for NewSource {
    fn from(input: SourceInput) -> Self {
        NewSource {
            title: Some(input.title),
            author: input.author,
            publisher: input.publisher,
            stated_by: input.stated_by,
            url: input.url,
            published_on: input.published_on,
            quote: input.quote,
        }
    }
}

/// A new legal document.
#[derive(InputObject)]
pub struct CreateLegalDocumentInput {
    /// Its key, as "278-2025-nd-cp" (mã).
    code: String,
    /// Its number, as printed (số, ký hiệu).
    number: String,
    /// Its title (trích yếu).
    title: Option<String>,
    /// LAW, RESOLUTION, DECREE, DECISION, CIRCULAR or another word (loại văn bản).
    kind: String,
    /// Who issued it (cơ quan ban hành).
    issuer: Option<String>,
    /// When, as precisely as it is known (ngày ban hành).
    issued_on: Option<PartialDate>,
    /// Its first day in force (có hiệu lực từ).
    in_force_from: Option<Date>,
    /// Its last day in force, inclusive (hết hiệu lực sau ngày).
    in_force_to: Option<Date>,
    /// Whether somebody read its days in the gazette (đã đối chiếu công báo).
    #[graphql(default)]
    verified: bool,
    /// The agency that issued it, by code, where it is one of those recorded: in its area the document is kept. Without one it is kept in
    /// the area of whoever creates it (cơ quan ban hành trong danh mục).
    issuing_agency: Option<String>,
}

impl From<CreateLegalDocumentInput> for NewLegalDocument {
    fn from(input: CreateLegalDocumentInput) -> Self {
        NewLegalDocument {
            code: input.code,
            number: input.number,
            title: input.title,
            kind: input.kind,
            issuer: input.issuer,
            issued_on: input.issued_on,
            in_force_from: input.in_force_from.map(|day| day.0),
            in_force_to: input.in_force_to.map(|day| day.0),
            verified: input.verified,
            issuing_agency: input.issuing_agency,
        }
    }
}

/// Changes of a legal document; what is left out stays, null clears.
#[derive(InputObject)]
pub struct UpdateLegalDocumentInput {
    /// Which (văn bản).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// Its title (trích yếu).
    title: MaybeUndefined<String>,
    /// Its first day in force (có hiệu lực từ).
    in_force_from: MaybeUndefined<Date>,
    /// Its last day in force, inclusive (hết hiệu lực sau ngày).
    in_force_to: MaybeUndefined<Date>,
    /// Whether somebody read its days in the gazette (đã đối chiếu công báo).
    verified: Option<bool>,
    /// The documents that took its place, by code: all of them, at most 100 (văn bản thay thế).
    superseded_by: Option<Vec<String>>,
    /// The agency that issued it, by code: in its area the document is kept from then on; null: it is the country's (cơ quan ban hành
    /// trong danh mục).
    issuing_agency: MaybeUndefined<String>,
}

impl UpdateLegalDocumentInput {
    /// Which document, in which version, and what changes of it.
    ///
    /// # Errors
    /// NOT_FOUND for an id that was never given out.
    pub fn parts(self) -> crate::kernel::error::Result<(LegalDocumentId, i32, LegalDocumentPatch)> {
        let id = LegalDocumentId(GlobalId::of::<legal_document::Entity>(&self.id)?);
        let patch = LegalDocumentPatch {
            title: self.title.into(),
            in_force_from: Patch::from(self.in_force_from).map(|day| day.0),
            in_force_to: Patch::from(self.in_force_to).map(|day| day.0),
            verified: self.verified,
            superseded_by: self.superseded_by,
            issuing_agency: self.issuing_agency.into(),
        };
        Ok((id, self.version, patch))
    }
}

/// A legal document that was written.
#[derive(SimpleObject)]
struct LegalDocumentPayload {
    /// The document (văn bản).
    legal_document: One<legal_document::Entity>,
}

impl LegalDocumentPayload {
    fn of(op: &Op, id: LegalDocumentId) -> Self {
        LegalDocumentPayload { legal_document: One(store::visible(op).filter(legal_document::Column::Id.eq(id))) }
    }
}

/// Mutations of this room.
#[derive(Default)]
pub struct CitationMutation;

#[Object]
impl CitationMutation {
    /// Create a legal document that an agency of your area issued; what national bodies issue is created by registrars of the country, and
    /// proposed by others (thêm văn bản pháp luật).
    async fn create_legal_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] input: CreateLegalDocumentInput,
    ) -> Result<LegalDocumentPayload> {
        let op = ctx.data::<Op>()?;
        Ok(LegalDocumentPayload::of(op, citation::create(op, input.into()).await?))
    }
    /// Change a legal document that an agency of your area issued; others are the country's, or another area's: propose what should change
    /// (sửa văn bản pháp luật).
    async fn update_legal_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateLegalDocumentInput,
    ) -> Result<LegalDocumentPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordLegalDocument)?;
        let (id, version, patch) = input.parts()?;
        citation::update(op, id, version, patch).await?;
        Ok(LegalDocumentPayload::of(op, id))
    }
}
