//! Indicators.

use async_graphql::{Enum, InputObject};
use entity::{
    indicator::{self, Column as C},
    kinds::{Direction, MergeRule, Topic, ValueType},
    observation, plan_target,
};
use sea_orm::{Condition, Select};

use super::{
    observation::Observations,
    ranking::{self, RankingOf},
};
use crate::{
    indicator::{ranking::Ranked, store},
    kernel::{
        arguments::SortDirection,
        object::{Args, Declare, Link, NoArgs, Noun, texts, words},
        op::Op,
        page::{Listing, Order, Sorted},
    },
};

impl Noun for indicator::Entity {
    const NAME: &'static str = "Indicator";
    const DOC: &'static str =
        "What a figure measures (chỉ tiêu). Where a denominator or a scope differs, it is another indicator.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Its key, in snake_case (mã chỉ tiêu).", C::Code)
            .named("name", "Its name (tên).", C::NameVi, C::NameEn)
            .named(
                "definition",
                "What it measures, with its denominator (định nghĩa).",
                C::DefinitionVi,
                C::DefinitionEn,
            )
            .column("unit", "The unit of its values (đơn vị tính).", C::Unit)
            .stored::<ValueType>("valueType", "What sort of number it has (kiểu giá trị).", C::ValueType)
            .stored::<Direction>("direction", "Which way it gets better (chiều tốt lên).", C::Direction)
            .stored::<MergeRule>(
                "mergeRule",
                "How the figures of merged units combine into one (quy tắc gộp khi sáp nhập).",
                C::MergeRule,
            )
            .one::<Self>("weightIndicator", "For WEIGHTED_MEAN: what to weigh by (trọng số).", C::WeightIndicatorId)
            .stored::<Topic>("topic", "What it is about (nhóm).", C::Topic)
            .column(
                "methodologyVersion",
                "Counts changes of method; figures of different versions cannot be compared (phiên bản phương pháp).",
                C::MethodologyVersion,
            )
            .column("min", "No value lies below it; null where nothing bounds it.", C::Min)
            .column("max", "No value lies above it; null where nothing bounds it.", C::Max)
            .page::<observation::Entity, Observations>("observations", "Its figures (số liệu).", C::Id, |_| {
                Link::column(observation::Column::IndicatorId)
            })
            .computed_list::<Ranked, RankingOf>(
                "ranking",
                "The provinces by its figures of one period, the best first: the highest, or the lowest where less is better. Figures of another definition or an older method have no place (xếp hạng).",
                C::Id,
                ranking::of_indicators,
            )
            .page::<plan_target::Entity, NoArgs>("targets", "The targets that aim at it (mục tiêu).", C::Id, |_| {
                Link::column(plan_target::Column::IndicatorId)
            })
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

/// Which indicators.
#[derive(InputObject)]
struct IndicatorFilter {
    /// These codes (mã).
    codes: Option<Vec<String>>,
    /// About these topics (nhóm).
    topics: Option<Vec<Topic>>,
    /// Those whose name or code has this text; marks and case do not matter (từ khoá).
    text: Option<String>,
}

/// What indicators are ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum IndicatorOrderField {
    /// The code (mã).
    Code,
    /// The name, by the Vietnamese alphabet (tên).
    Name,
}

/// How indicators are ordered.
#[derive(InputObject)]
struct IndicatorOrder {
    /// By what.
    field: IndicatorOrderField,
    /// Which way.
    direction: SortDirection,
}

/// The arguments of lists of indicators.
#[derive(InputObject)]
pub struct Indicators {
    /// Which of them.
    filter: Option<IndicatorFilter>,
    /// In which order; as recorded by default.
    order_by: Option<IndicatorOrder>,
}

impl Args for Indicators {}

impl Listing for Indicators {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        Condition::all()
            .add_option(filter.codes.as_ref().map(|codes| op.among(C::Code, texts(codes))))
            .add_option(filter.topics.as_ref().map(|topics| op.among(C::Topic, words(topics))))
            .add_option(filter.text.as_ref().map(|t| op.has(C::Search, t)))
    }
    fn order(&self) -> Order {
        match &self.order_by {
            None => Order::by_key(),
            Some(IndicatorOrder { field: IndicatorOrderField::Code, direction }) => {
                direction.by("CODE", C::Code, Sorted::Text)
            }
            Some(IndicatorOrder { field: IndicatorOrderField::Name, direction }) => {
                direction.by("NAME", C::NameSort, Sorted::Text)
            }
        }
    }
}
