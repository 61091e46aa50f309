//! Indicators in the schema.

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
        "What an observation measures (chỉ tiêu). A different denominator or scope makes a different indicator.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Unique key in snake_case (mã chỉ tiêu).", C::Code)
            .named("name", "Name (tên).", C::NameVi, C::NameEn)
            .named(
                "definition",
                "What it measures, with its denominator (định nghĩa).",
                C::DefinitionVi,
                C::DefinitionEn,
            )
            .column("unit", "Unit of its values (đơn vị tính).", C::Unit)
            .stored::<ValueType>("valueType", "Kind of its values (kiểu giá trị).", C::ValueType)
            .stored::<Direction>(
                "direction",
                "Whether higher or lower values are better (chiều tốt lên).",
                C::Direction,
            )
            .stored::<MergeRule>(
                "mergeRule",
                "How the values of merged units combine into the value of their successor (quy tắc gộp khi sáp nhập).",
                C::MergeRule,
            )
            .one::<Self>(
                "weightIndicator",
                "For WEIGHTED_MEAN, the indicator that gives the weights; otherwise null (trọng số).",
                C::WeightIndicatorId,
            )
            .stored::<Topic>("topic", "Topic (nhóm).", C::Topic)
            .column(
                "methodologyVersion",
                "Version of the method, from 1; it rises when the method changes. Observations of different versions are not comparable (phiên bản phương pháp).",
                C::MethodologyVersion,
            )
            .column("min", "Smallest value that an observation may have; null for no lower bound.", C::Min)
            .column("max", "Largest value that an observation may have; null for no upper bound.", C::Max)
            .page::<observation::Entity, Observations>("observations", "Its observations (số liệu).", C::Id, |_| {
                Link::column(observation::Column::IndicatorId)
            })
            .computed_list::<Ranked, RankingOf>(
                "ranking",
                "Provinces ranked by their published observations of one period, the best first: the highest value, or the lowest when `direction` is LOWER_BETTER. Observations without a value, with another definition, or of an older method are not ranked (xếp hạng).",
                C::Id,
                ranking::of_indicators,
            )
            .page::<plan_target::Entity, NoArgs>("targets", "Targets set for this indicator (mục tiêu).", C::Id, |_| {
                Link::column(plan_target::Column::IndicatorId)
            })
            .column(
                "version",
                "Version of this record, from 1; it rises with each change. Updates send it as the expected version.",
                C::Version,
            )
    }
}

/// Conditions on indicators; all that are given must hold.
#[derive(InputObject)]
struct IndicatorFilter {
    /// Indicators with one of these codes (mã).
    codes: Option<Vec<String>>,
    /// Indicators of one of these topics (nhóm).
    topics: Option<Vec<Topic>>,
    /// Indicators whose name or code contains this text, ignoring case and tone marks (từ khoá).
    text: Option<String>,
}

/// What indicators can be sorted by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum IndicatorOrderField {
    /// The code (mã).
    Code,
    /// The Vietnamese name, in Vietnamese alphabetical order (tên).
    Name,
}

/// A sort order of indicators.
#[derive(InputObject)]
struct IndicatorOrder {
    /// The field to sort by.
    field: IndicatorOrderField,
    /// The direction.
    direction: SortDirection,
}

/// The arguments of lists of indicators.
#[derive(InputObject)]
pub struct Indicators {
    /// Which indicators to return; all by default.
    filter: Option<IndicatorFilter>,
    /// The sort order; by default the order in which they were recorded.
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
