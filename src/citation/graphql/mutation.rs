//! GraphQL mutations of legal documents.

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

/// The source of a fact (nguồn).
#[derive(InputObject)]
pub struct SourceInput {
    /// The title of the document, report or article (tiêu đề).
    title: String,
    /// The author (tác giả).
    author: Option<String>,
    /// The publisher (đơn vị công bố).
    publisher: Option<String>,
    /// The person or agency that the source quotes for the fact (người phát biểu).
    stated_by: Option<String>,
    /// The address on the web, http:// or https:// (địa chỉ).
    url: Option<String>,
    /// The date of publication, as precise as it is known (ngày công bố).
    published_on: Option<PartialDate>,
    /// The sentence that states the fact, verbatim (trích nguyên văn).
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

/// Input for a new legal document.
#[derive(InputObject)]
pub struct CreateLegalDocumentInput {
    /// The key, unique among legal documents: by convention the number in lower case, such as "278-2025-nd-cp" (mã).
    code: String,
    /// The number, as printed (số, ký hiệu).
    number: String,
    /// The title (trích yếu).
    title: Option<String>,
    /// The kind: LAW, RESOLUTION, DECREE, DECISION, CIRCULAR or another word (loại văn bản).
    kind: String,
    /// The name of the issuing authority (cơ quan ban hành).
    issuer: Option<String>,
    /// The date of issue, as precise as it is known (ngày ban hành).
    issued_on: Option<PartialDate>,
    /// The first day in force (có hiệu lực từ).
    in_force_from: Option<Date>,
    /// The last day in force, inclusive; not before the first (hết hiệu lực sau ngày).
    in_force_to: Option<Date>,
    /// Whether the days in force were checked against the official gazette (đã đối chiếu công báo).
    #[graphql(default)]
    verified: bool,
    /// The code of the issuing agency, if it is recorded as an Agency. Registrars of its area may change the document; if
    /// omitted, those of the caller's area may (cơ quan ban hành trong danh mục).
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

/// Changes to a legal document. Omitted fields keep their value; null clears a field.
#[derive(InputObject)]
pub struct UpdateLegalDocumentInput {
    /// The global id of the document (văn bản).
    id: ID,
    /// The expected version. The update is rejected if the document has another (phiên bản).
    version: i32,
    /// The number, as printed; cannot be cleared (số, ký hiệu).
    number: Option<String>,
    /// The title (trích yếu).
    title: MaybeUndefined<String>,
    /// The kind: LAW, RESOLUTION, DECREE, DECISION, CIRCULAR or another word; cannot be cleared (loại văn bản).
    kind: Option<String>,
    /// The name of the issuing authority (cơ quan ban hành).
    issuer: MaybeUndefined<String>,
    /// The date of issue, as precise as it is known (ngày ban hành).
    issued_on: MaybeUndefined<PartialDate>,
    /// The first day in force (có hiệu lực từ).
    in_force_from: MaybeUndefined<Date>,
    /// The last day in force, inclusive; not before the first (hết hiệu lực sau ngày).
    in_force_to: MaybeUndefined<Date>,
    /// Whether the days in force were checked against the official gazette (đã đối chiếu công báo).
    verified: Option<bool>,
    /// The codes of all documents that replaced this one, at most 100. Replaces the previous list (văn bản thay thế).
    superseded_by: Option<Vec<String>>,
    /// The code of the issuing agency. From then on, registrars of its area may change the document; after null, only those
    /// of the whole country may (cơ quan ban hành trong danh mục).
    issuing_agency: MaybeUndefined<String>,
}

impl UpdateLegalDocumentInput {
    /// Splits the input into the document's id, the expected version and the patch.
    ///
    /// # Errors
    /// NOT_FOUND for an id that is not the global id of a legal document.
    pub fn parts(self) -> crate::kernel::error::Result<(LegalDocumentId, i32, LegalDocumentPatch)> {
        let id = LegalDocumentId(GlobalId::of::<legal_document::Entity>(&self.id)?);
        let patch = LegalDocumentPatch {
            number: self.number,
            title: self.title.into(),
            kind: self.kind,
            issuer: self.issuer.into(),
            issued_on: self.issued_on.into(),
            in_force_from: Patch::from(self.in_force_from).map(|day| day.0),
            in_force_to: Patch::from(self.in_force_to).map(|day| day.0),
            verified: self.verified,
            superseded_by: self.superseded_by,
            issuing_agency: self.issuing_agency.into(),
        };
        Ok((id, self.version, patch))
    }
}

/// The legal document that was created or changed.
#[derive(SimpleObject)]
struct LegalDocumentPayload {
    /// The document after the change (văn bản).
    legal_document: One<legal_document::Entity>,
}

impl LegalDocumentPayload {
    fn of(op: &Op, id: LegalDocumentId) -> Self {
        LegalDocumentPayload { legal_document: One(store::visible(op).filter(legal_document::Column::Id.eq(id))) }
    }
}

/// The mutations of legal documents.
#[derive(Default)]
pub struct CitationMutation;

#[Object]
impl CitationMutation {
    /// Create a legal document that an agency of the caller's area issued. Only registrars of the whole country may create
    /// documents of national authorities; others use `proposeLegalDocument` (thêm văn bản pháp luật).
    async fn create_legal_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document to create.")] input: CreateLegalDocumentInput,
    ) -> Result<LegalDocumentPayload> {
        let op = ctx.data::<Op>()?;
        Ok(LegalDocumentPayload::of(op, citation::create(op, input.into()).await?))
    }
    /// Change a legal document that an agency of the caller's area issued. For documents of other areas and of the whole
    /// country, use `proposeLegalDocument` (sửa văn bản pháp luật).
    async fn update_legal_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document and its changes.")] input: UpdateLegalDocumentInput,
    ) -> Result<LegalDocumentPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordLegalDocument)?;
        let (id, version, patch) = input.parts()?;
        citation::update(op, id, version, patch).await?;
        Ok(LegalDocumentPayload::of(op, id))
    }
}
