//! Plans, and what they rest on.

use async_graphql::{Enum, InputObject};
use chrono::NaiveDate;
use entity::{
    agency,
    kinds::{LegalStatus, PlanKind, PlanRelationKind, PlanStatus},
    legal_document,
    plan::{self, Column as C},
    plan_basis, plan_target, plan_task, source,
    time::PartialDate,
    unit_version,
};
use sea_orm::{ColumnTrait, Condition, Select};

use super::{attainment, parts::Targets};
use crate::{
    citation,
    kernel::{
        arguments::SortDirection,
        error::Refusal,
        locale::Message,
        object::{Args, Declare, Link, NoArgs, Noun, texts, words},
        op::Op,
        page::{Listing, Order, Sorted},
        scalar::Date,
    },
    plan::{progress::Summary, store},
    territory,
};

impl Noun for plan::Entity {
    const NAME: &'static str = "Plan";
    const DOC: &'static str = "A plan, scheme, programme, project, master plan or resolution, or the aims and measures that a source states without naming one (kế hoạch, đề án, chương trình, dự án, quy hoạch, nghị quyết).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Its key, \"hy-148\" (mã).", C::Code)
            .column(
                "number",
                "Its number as printed, \"148/KH-UBND\"; null while it has none. Many provinces issue the same (số, ký hiệu).",
                C::Number,
            )
            .column("title", "Its title (tên).", C::Title)
            .stored::<PlanKind>("kind", "What kind of document it is (loại văn bản).", C::Kind)
            .stored::<PlanStatus>("status", "What the document is, as its source tells (tình trạng văn bản).", C::Status)
            .one::<agency::Entity>("issuer", "Who issued it (cơ quan ban hành).", C::IssuerId)
            .one_on::<unit_version::Entity>(
                "area",
                "Whose it is: the unit as it was on the day of issue, else at the start of the period (địa bàn).",
                C::AreaId,
                C::AreaOn,
            )
            .stored::<PartialDate>("issuedOn", "When it was issued, as precisely as it says (ngày ban hành).", C::IssuedOn)
            .column("periodStart", "Its first year (năm đầu).", C::PeriodStart)
            .column("periodEnd", "Its last year (năm cuối).", C::PeriodEnd)
            .column("visionYear", "The year of its vision or orientation, which is not its end (tầm nhìn).", C::VisionYear)
            .list::<plan_basis::Entity>(
                "basedOn",
                "The plans and legal documents that it rests on (căn cứ).",
                C::Id,
                || Link::column(plan_basis::Column::PlanId),
                Order::by_key,
            )
            .page::<plan_target::Entity, Targets>("targets", "What it aims at (mục tiêu).", C::Id, |_| {
                Link::column(plan_target::Column::PlanId)
            })
            .page::<plan_task::Entity, NoArgs>("tasks", "What it says shall be done (nhiệm vụ, giải pháp).", C::Id, |_| {
                Link::column(plan_task::Column::PlanId)
            })
            .computed::<Summary, NoArgs>(
                "progress",
                "How its targets stand (tiến độ).",
                C::Id,
                true,
                attainment::of_plans,
            )
            .one::<source::Entity>("source", "Where it is told of (nguồn).", C::SourceId)
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

impl Noun for plan_basis::Entity {
    const NAME: &'static str = "PlanBasis";
    const DOC: &'static str = "What a plan rests on: another plan or a legal document (căn cứ).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_bases(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use plan_basis::Column as C;
        declare
            .joined(C::BasedDocumentId, legal_document::Column::Id)
            .one::<plan::Entity>("plan", "The plan that it rests on (kế hoạch).", C::BasedPlanId)
            .one::<legal_document::Entity>(
                "document",
                "The legal document that it rests on (văn bản).",
                C::BasedDocumentId,
            )
            .stored::<PlanRelationKind>("relation", "How it rests on it (quan hệ).", C::Relation)
            .value_today(
                "valid",
                "Whether the basis is in force today; null where that is not known, as of a plan (còn hiệu lực).",
                [legal_document::Column::InForceFrom, legal_document::Column::InForceTo],
                |today: &NaiveDate, from: Option<NaiveDate>, to: Option<NaiveDate>| match citation::rules::status(
                    from, to, *today,
                ) {
                    LegalStatus::InForce | LegalStatus::PartlyExpired => Some(true),
                    LegalStatus::NotYet | LegalStatus::Expired => Some(false),
                    LegalStatus::Unknown => None,
                },
            )
            .one::<source::Entity>("evidence", "Where it is told (nguồn).", C::SourceId)
    }
}

/// Which plans.
#[derive(InputObject)]
struct PlanFilter {
    /// These codes (mã).
    codes: Option<Vec<String>>,
    /// These numbers, as printed (số, ký hiệu).
    numbers: Option<Vec<String>>,
    /// Of these areas, by code: every unit that ever held it, or that holds it on `on` (địa bàn).
    areas: Option<Vec<String>>,
    /// The day on which the codes of `areas` are read (ngày của mã).
    on: Option<Date>,
    /// These kinds of document (loại văn bản).
    kinds: Option<Vec<PlanKind>>,
    /// Documents of these statuses (tình trạng văn bản).
    statuses: Option<Vec<PlanStatus>>,
    /// Those whose years have this year in them, 1900 to 2200 (năm).
    in_year: Option<i32>,
    /// Those that rest, themselves or by a task, on a legal document that has expired; or those that do not (căn cứ hết hiệu lực).
    rests_on_expired: Option<bool>,
    /// Those whose title, number or code has this text; marks and case do not matter (từ khoá).
    text: Option<String>,
}

/// What plans are ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum PlanOrderField {
    /// The day of issue; those without one come last (ngày ban hành).
    IssuedOn,
    /// The number; those without one come last (số, ký hiệu).
    Number,
    /// The title, by the Vietnamese alphabet (tên).
    Title,
}

/// How plans are ordered.
#[derive(InputObject)]
struct PlanOrder {
    /// By what.
    field: PlanOrderField,
    /// Which way.
    direction: SortDirection,
}

/// The arguments of lists of plans.
#[derive(InputObject)]
pub struct Plans {
    /// Which of them.
    filter: Option<PlanFilter>,
    /// In which order; as recorded by default.
    order_by: Option<PlanOrder>,
}

impl Args for Plans {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        let Some(filter) = &self.filter else { return Ok(()) };
        if filter.in_year.is_some_and(|year| !(1900..=2200).contains(&year)) {
            return Err(Refusal::field(
                "filter.inYear",
                "OUT_OF_RANGE",
                Message::new("Năm phải từ 1900 đến 2200.", "The year must be 1900 to 2200."),
            ));
        }
        territory::graphql::check_areas("filter.areas", filter.areas.as_ref())
    }
}

impl Listing for Plans {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        let areas = |codes| C::AreaId.in_subquery(territory::store::areas(op, codes, filter.on.map(|d| d.0)));
        let expired = |yes| {
            let rests = store::rests_on_expired(op.today());
            if yes { rests } else { rests.not() }
        };
        Condition::all()
            .add_option(filter.codes.as_ref().map(|codes| op.among(C::Code, texts(codes))))
            .add_option(filter.numbers.as_ref().map(|numbers| op.among(C::Number, texts(numbers))))
            .add_option(filter.areas.as_ref().map(|codes| areas(codes)))
            .add_option(filter.kinds.as_ref().map(|kinds| op.among(C::Kind, words(kinds))))
            .add_option(filter.statuses.as_ref().map(|statuses| op.among(C::Status, words(statuses))))
            .add_option(filter.in_year.map(store::in_year))
            .add_option(filter.rests_on_expired.map(expired))
            .add_option(filter.text.as_ref().map(|t| op.has(C::Search, t)))
    }
    fn order(&self) -> Order {
        match &self.order_by {
            None => Order::by_key(),
            Some(PlanOrder { field: PlanOrderField::IssuedOn, direction }) => {
                direction.by("ISSUED_ON", C::IssuedOn, Sorted::Text)
            }
            Some(PlanOrder { field: PlanOrderField::Number, direction }) => {
                direction.by("NUMBER", C::Number, Sorted::Text)
            }
            Some(PlanOrder { field: PlanOrderField::Title, direction }) => {
                direction.by("TITLE", C::TitleSort, Sorted::Text)
            }
        }
    }
}
