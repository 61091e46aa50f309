//! GraphQL types and root fields of sources and legal documents.

pub mod mutation;
pub mod proposal;

use async_graphql::InputObject;
use chrono::NaiveDate;
use entity::{
    agency,
    kinds::LegalStatus,
    legal_document::{self, Column as C},
    legal_succession, source,
    time::PartialDate,
    unit_version,
};
use sea_orm::{Condition, Select};

use crate::citation::{rules, store};
use crate::kernel::{
    arguments::{ByCode, OnDay},
    object::{Args, Declare, Link, Noun, Roots, Word, texts},
    op::Op,
    page::{Listing, Order},
};

impl Noun for source::Entity {
    const NAME: &'static str = "Source";
    const DOC: &'static str = "The source of a fact, with the sentence that states it (nguồn).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_sources(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use source::Column as C;
        declare
            .column("title", "The title of the article or document; null if not recorded (tiêu đề).", C::Title)
            .column("author", "The author; null if not recorded (tác giả).", C::Author)
            .column("publisher", "The publisher; null if not recorded (nơi đăng).", C::Publisher)
            .column(
                "statedBy",
                "The person or agency that the source quotes for the fact; null if it names none (người phát biểu).",
                C::StatedBy,
            )
            .column("url", "The address of the source on the web (địa chỉ).", C::Url)
            .stored::<PartialDate>(
                "publishedOn",
                "The date of publication, as precise as it is known (ngày đăng).",
                C::PublishedOn,
            )
            .column("quote", "The sentence that states the fact, verbatim (trích dẫn nguyên văn).", C::Quote)
    }
}

impl Noun for legal_document::Entity {
    const NAME: &'static str = "LegalDocument";
    const DOC: &'static str = "A law, decree, decision or other legal document (văn bản pháp luật). Whether it is in force is computed for a day, never stored.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "The key of this document in the API: the number in lower case, such as `61-2018-nd-cp` (mã).", C::Code)
            .column("number", "The number as printed, such as `61/2018/NĐ-CP` (số, ký hiệu).", C::Number)
            .column("title", "The title; null if not recorded (trích yếu).", C::Title)
            .column("kind", "The kind: LAW, RESOLUTION, DECREE, DECISION, CIRCULAR or another word (loại văn bản).", C::Kind)
            .column("issuer", "The name of the issuing authority (cơ quan ban hành).", C::Issuer)
            .stored::<PartialDate>("issuedOn", "The date of issue, as precise as it is known (ngày ban hành).", C::IssuedOn)
            .column("inForceFrom", "The first day in force; null if not known (ngày có hiệu lực).", C::InForceFrom)
            .column("inForceTo", "The last day in force, inclusive; null if no end is known (ngày hết hiệu lực).", C::InForceTo)
            .value_by(
                "status",
                "Whether the document is in force on a day, computed from `inForceFrom` and `inForceTo` (tình trạng hiệu lực).",
                |_: &OnDay| [C::InForceFrom, C::InForceTo],
                |on: &OnDay, from: Option<NaiveDate>, to: Option<NaiveDate>| Word(rules::status(from, to, on.day())),
            )
            .column("verified", "Whether the days in force were checked against the official gazette (đã đối chiếu công báo).", C::Verified)
            .list::<Self>(
                "supersededBy",
                "The documents that replaced this one (văn bản thay thế).",
                C::Id,
                || Link::through(legal_succession::Column::DocumentId, legal_succession::Column::SuccessorId, C::Id),
                Order::by_key,
            )
            .one::<agency::Entity>(
                "issuingAgency",
                "The issuing agency, if it is recorded as an Agency; otherwise null (cơ quan ban hành trong danh mục).",
                C::IssuingAgencyId,
            )
            .one_on::<unit_version::Entity>(
                "area",
                "The area whose registrars may change the document: that of the issuing agency. Null means the whole country (địa bàn).",
                C::AreaId,
                C::InForceFrom,
            )
            .column("version", "The version number, incremented by each change. Updates must state the expected version (phiên bản).", C::Version)
    }
}

/// A filter on legal documents. All given conditions must hold.
#[derive(InputObject, Default)]
pub struct LegalDocumentFilter {
    /// Documents with one of these numbers, as printed (số, ký hiệu).
    numbers: Option<Vec<String>>,
    /// Documents that have one of these statuses today (tình trạng hiệu lực hôm nay).
    statuses: Option<Vec<LegalStatus>>,
    /// Documents whose code, number or title contains this text. Tone marks and case are ignored (từ khoá).
    text: Option<String>,
}

/// The arguments of lists of legal documents.
#[derive(InputObject)]
pub struct LegalDocuments {
    /// Which documents to list; all by default (bộ lọc).
    filter: Option<LegalDocumentFilter>,
}

impl Args for LegalDocuments {}

impl Listing for LegalDocuments {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        let standing = |statuses: &Vec<LegalStatus>| {
            statuses.iter().fold(Condition::any(), |any, s| any.add(store::standing(*s, op.today())))
        };
        Condition::all()
            .add_option(filter.numbers.as_ref().map(|numbers| op.among(C::Number, texts(numbers))))
            .add_option(filter.statuses.as_ref().map(standing))
            .add_option(filter.text.as_ref().map(|t| op.has(C::Search, t)))
    }
}

/// Declares the root fields for legal documents and proposals.
pub fn roots(roots: Roots) -> Roots {
    proposal::roots(roots)
        .one(
            "legalDocument",
            "The legal document with a code; null if there is none (văn bản pháp luật).",
            |op, args: &ByCode| store::by_code(op, &args.code),
        )
        .page::<legal_document::Entity, LegalDocuments>(
            "legalDocuments",
            "Legal documents, in the order in which they were recorded (danh sách văn bản pháp luật).",
        )
}
