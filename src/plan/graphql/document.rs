//! Plans and their bases, in the schema.

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
use sea_orm::{Condition, Select};

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
    const DOC: &'static str = "A plan, scheme, programme, project, master plan or resolution. Of kind DIRECTION: the targets and tasks that a source states without naming a document (kế hoạch, đề án, chương trình, dự án, quy hoạch, nghị quyết).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Unique key, such as \"hy-148\" (mã).", C::Code)
            .column(
                "number",
                "The number as printed, such as \"148/KH-UBND\"; null while the plan has none. Unique only for one issuer and year (số, ký hiệu).",
                C::Number,
            )
            .column("title", "Title in Vietnamese, as printed (tên).", C::Title)
            .stored::<PlanKind>("kind", "Kind of document (loại văn bản).", C::Kind)
            .stored::<PlanStatus>(
                "status",
                "Status of the document as its source states it, not the progress of the plan (tình trạng văn bản).",
                C::Status,
            )
            .one::<agency::Entity>(
                "issuer",
                "The agency that issued it; null if it is not known (cơ quan ban hành).",
                C::IssuerId,
            )
            .one_on::<unit_version::Entity>(
                "area",
                "The unit that the plan is for, as it was on the day of issue, or at the start of the period if that day is not known (địa bàn).",
                C::AreaId,
                C::AreaOn,
            )
            .stored::<PartialDate>(
                "issuedOn",
                "Day of issue, as precise as the document states it (ngày ban hành).",
                C::IssuedOn,
            )
            .column(
                "periodStart",
                "First year of its period; null if the document names none (năm đầu).",
                C::PeriodStart,
            )
            .column("periodEnd", "Last year of its period; null if the document names none (năm cuối).", C::PeriodEnd)
            .column(
                "visionYear",
                "Year of its vision or orientation, which is not the end of its period (tầm nhìn).",
                C::VisionYear,
            )
            .list::<plan_basis::Entity>(
                "basedOn",
                "The plans and legal documents that it is based on or relates to (căn cứ).",
                C::Id,
                || Link::column(plan_basis::Column::PlanId),
                Order::by_key,
            )
            .page::<plan_target::Entity, Targets>("targets", "Its targets (mục tiêu).", C::Id, |_| {
                Link::column(plan_target::Column::PlanId)
            })
            .page::<plan_task::Entity, NoArgs>("tasks", "Its tasks and measures (nhiệm vụ, giải pháp).", C::Id, |_| {
                Link::column(plan_task::Column::PlanId)
            })
            .computed::<Summary, NoArgs>(
                "progress",
                "How many of its targets have each attainment status today (tiến độ).",
                C::Id,
                true,
                attainment::of_plans,
            )
            .one::<source::Entity>("source", "The source that the plan was recorded from (nguồn).", C::SourceId)
            .column(
                "version",
                "Version of this record, from 1; it rises with each change. Updates send it as the expected version.",
                C::Version,
            )
    }
}

impl Noun for plan_basis::Entity {
    const NAME: &'static str = "PlanBasis";
    const DOC: &'static str =
        "A relation of a plan to another plan or to a legal document, such as its legal basis (căn cứ).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_bases(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use plan_basis::Column as C;
        declare
            .joined(C::BasedDocumentId, legal_document::Column::Id)
            .one::<plan::Entity>(
                "plan",
                "The related plan; null if the relation is to a legal document (kế hoạch).",
                C::BasedPlanId,
            )
            .one::<legal_document::Entity>(
                "document",
                "The related legal document; null if the relation is to a plan (văn bản).",
                C::BasedDocumentId,
            )
            .stored::<PlanRelationKind>("relation", "Kind of relation (quan hệ).", C::Relation)
            .value_today(
                "valid",
                "Whether the legal document is in force today, in whole or in part; null if that is not known or the relation is to a plan (còn hiệu lực).",
                [legal_document::Column::InForceFrom, legal_document::Column::InForceTo],
                |today: &NaiveDate, from: Option<NaiveDate>, to: Option<NaiveDate>| match citation::rules::status(
                    from, to, *today,
                ) {
                    LegalStatus::InForce | LegalStatus::PartlyExpired => Some(true),
                    LegalStatus::NotYet | LegalStatus::Expired => Some(false),
                    LegalStatus::Unknown => None,
                },
            )
            .one::<source::Entity>(
                "evidence",
                "The source that states the relation; null without one (nguồn).",
                C::SourceId,
            )
    }
}

/// Conditions on plans; all that are given must hold.
#[derive(InputObject)]
struct PlanFilter {
    /// Plans with one of these codes (mã).
    codes: Option<Vec<String>>,
    /// Plans with one of these numbers, as printed (số, ký hiệu).
    numbers: Option<Vec<String>>,
    /// Of one of these areas, by code: every unit that ever held the code or, with `on`, the one that holds it on that
    /// day (địa bàn).
    areas: Option<Vec<String>>,
    /// The day on which the codes in `areas` are resolved (ngày của mã).
    on: Option<Date>,
    /// Documents of one of these kinds (loại văn bản).
    kinds: Option<Vec<PlanKind>>,
    /// Documents with one of these statuses (tình trạng văn bản).
    statuses: Option<Vec<PlanStatus>>,
    /// Plans whose period includes this year, 1900 to 2200. A plan without a first year starts in its year of issue
    /// (năm).
    in_year: Option<i32>,
    /// True for plans with a legal basis, their own or a task's, that has expired by today; false for the others (căn
    /// cứ hết hiệu lực).
    rests_on_expired: Option<bool>,
    /// Plans whose title, number or code contains this text, ignoring case and tone marks (từ khoá).
    text: Option<String>,
}

/// What plans can be sorted by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum PlanOrderField {
    /// The day of issue; plans without one come last (ngày ban hành).
    IssuedOn,
    /// The number; plans without one come last (số, ký hiệu).
    Number,
    /// The title, in Vietnamese alphabetical order (tên).
    Title,
}

/// A sort order of plans.
#[derive(InputObject)]
struct PlanOrder {
    /// The field to sort by.
    field: PlanOrderField,
    /// The direction.
    direction: SortDirection,
}

/// The arguments of lists of plans.
#[derive(InputObject)]
pub struct Plans {
    /// Which plans to return; all by default.
    filter: Option<PlanFilter>,
    /// The sort order; by default the order in which they were recorded.
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
        let areas = |codes| op.selected(C::AreaId, territory::store::areas(op, codes, filter.on.map(|d| d.0)));
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
