//! Sources and legal documents in the schema.

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
    const DOC: &'static str = "Where a fact is told, and in which words (nguồn).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_sources(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use source::Column as C;
        declare
            .column("title", "The title of the article or document; null where it has none (tiêu đề).", C::Title)
            .column("author", "Who wrote it (tác giả).", C::Author)
            .column("publisher", "Who published it (nơi đăng).", C::Publisher)
            .column("statedBy", "Who says it there, where the source names somebody (người phát biểu).", C::StatedBy)
            .column("url", "Where it can be read.", C::Url)
            .stored::<PartialDate>("publishedOn", "When it was published (ngày đăng).", C::PublishedOn)
            .column("quote", "The words that say it, verbatim (trích dẫn nguyên văn).", C::Quote)
    }
}

impl Noun for legal_document::Entity {
    const NAME: &'static str = "LegalDocument";
    const DOC: &'static str = "A law, decree, decision or resolution (văn bản pháp luật). Its number is its name; whether it is in force depends on the day.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Our key: the number in lower case, `61-2018-nd-cp` (mã).", C::Code)
            .column("number", "The number as printed, `61/2018/NĐ-CP` (số, ký hiệu).", C::Number)
            .column("title", "The title (trích yếu).", C::Title)
            .column("kind", "LAW, RESOLUTION, DECREE or DECISION (loại văn bản).", C::Kind)
            .column("issuer", "Who issued it (cơ quan ban hành).", C::Issuer)
            .stored::<PartialDate>("issuedOn", "When it was issued (ngày ban hành).", C::IssuedOn)
            .column("inForceFrom", "Its first day in force (ngày có hiệu lực).", C::InForceFrom)
            .column("inForceTo", "Its last day in force, inclusive (ngày hết hiệu lực).", C::InForceTo)
            .value_by(
                "status",
                "Whether it is in force on a day (tình trạng hiệu lực), computed from its days.",
                |_: &OnDay| [C::InForceFrom, C::InForceTo],
                |on: &OnDay, from: Option<NaiveDate>, to: Option<NaiveDate>| Word(rules::status(from, to, on.day())),
            )
            .column("verified", "Whether somebody read its days in the gazette (đã đối chiếu công báo).", C::Verified)
            .list::<Self>(
                "supersededBy",
                "The documents that took its place (văn bản thay thế).",
                C::Id,
                || Link::through(legal_succession::Column::DocumentId, legal_succession::Column::SuccessorId, C::Id),
                Order::by_key,
            )
            .one::<agency::Entity>(
                "issuingAgency",
                "The agency that issued it, where it is one of those recorded (cơ quan ban hành trong danh mục).",
                C::IssuingAgencyId,
            )
            .one_on::<unit_version::Entity>(
                "area",
                "The area whose registrars keep it: that of the agency that issued it. Null: the country's (địa bàn).",
                C::AreaId,
                C::InForceFrom,
            )
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

/// Which legal documents.
#[derive(InputObject, Default)]
pub struct LegalDocumentFilter {
    /// These numbers, as printed (số, ký hiệu).
    numbers: Option<Vec<String>>,
    /// Those that stand so today (tình trạng hiệu lực hôm nay).
    statuses: Option<Vec<LegalStatus>>,
    /// Those whose number or title has this text; marks and case do not matter (từ khoá).
    text: Option<String>,
}

/// The arguments of lists of legal documents.
#[derive(InputObject)]
pub struct LegalDocuments {
    /// Which of them.
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

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    proposal::roots(roots)
        .one("legalDocument", "A legal document by its code (văn bản pháp luật).", |op, args: &ByCode| {
            store::by_code(op, &args.code)
        })
        .page::<legal_document::Entity, LegalDocuments>(
            "legalDocuments",
            "Legal documents, in the order in which they were recorded (danh sách văn bản pháp luật).",
        )
}
