//! Observations, their review and the findings in them, in the schema.

use async_graphql::{Enum, InputObject};
use entity::{
    indicator,
    kinds::{ObservationStatus, Qualifier, ReviewState, Severity, SharingClass},
    observation::{self, Column as C},
    observation_transition, quality_finding, source,
    time::Period,
    unit_version,
};
use sea_orm::{
    Condition, Select,
    sea_query::{Alias, Expr, ExprTrait},
};

use crate::{
    indicator::{
        granted,
        store::{self, Narrowing},
    },
    kernel::{
        arguments::SortDirection,
        error::Refusal,
        locale::Message,
        object::{Args, Col, Declare, Link, Noun, texts, words},
        op::Op,
        page::{By, Listing, Order, Parts, Sorted},
        scalar::{Date, DateTime},
    },
    territory,
};

impl Noun for observation::Entity {
    const NAME: &'static str = "Observation";
    const DOC: &'static str = "One revision of an observation (số liệu), as its source states it. A correction is recorded as the next revision; nothing is overwritten.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_observations(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one::<indicator::Entity>("indicator", "The indicator that it measures (chỉ tiêu).", C::IndicatorId)
            .one_on::<unit_version::Entity>(
                "area",
                "The unit as it was at the end of the period; VN for a national observation (địa bàn).",
                C::AreaId,
                C::PeriodEnd,
            )
            .stored::<Period>(
                "period",
                "The period. If the source gives none, the year in which the source was written, and `periodInferred` is true (kỳ).",
                C::Period,
            )
            .column(
                "periodInferred",
                "Whether the period was inferred because the source does not state it (kỳ suy ra).",
                C::PeriodInferred,
            )
            .column(
                "asOfText",
                "The source's own words for the time, such as \"đến nay\" (thời điểm theo nguồn).",
                C::AsOfText,
            )
            .column(
                "value",
                "The value in the indicator's unit, as an IEEE double; null when the source gives only words (giá trị).",
                C::Value,
            )
            .stored::<Qualifier>(
                "qualifier",
                "How to read the value: \"gần 85\" is UNDER 85 (từ hạn định).",
                C::Qualifier,
            )
            .column("numerator", "The numerator as printed; null when the source prints none (tử số).", C::Numerator)
            .column(
                "denominator",
                "The denominator as printed; null when the source prints none (mẫu số).",
                C::Denominator,
            )
            .column("rankOf", "For a rank, the number of ranked units: 63 in \"18/63\" (tổng số xếp hạng).", C::RankOf)
            .column("text", "The value as printed, such as \"khoảng 1,55 triệu\" (nguyên văn).", C::Text)
            .column(
                "dimension",
                "The part of the area or population that it covers, such as \"commune_level\"; empty for the whole (phân tổ).",
                C::Dimension,
            )
            .column(
                "scopeText",
                "The denominator or scope as printed, such as \"xã, phường, thị trấn\" (phạm vi).",
                C::ScopeText,
            )
            .column(
                "methodologyVersion",
                "The indicator's method version when this was recorded (phiên bản phương pháp).",
                C::MethodologyVersion,
            )
            .stored::<ObservationStatus>(
                "status",
                "Whether the value is official, provisional, estimated and so on (loại số liệu).",
                C::Status,
            )
            .stored::<ReviewState>("state", "Its state in the review (trạng thái duyệt).", C::State)
            .stored::<SharingClass>("sharing", "Who may read it (phân loại chia sẻ).", C::Sharing)
            .one::<source::Entity>(
                "source",
                "The source, with the sentence that it was read from (nguồn).",
                C::SourceId,
            )
            .column("revision", "Number of the revision, from 1 (lần sửa đổi).", C::Revision)
            .column("recordedAt", "When this revision was recorded (thời điểm ghi nhận).", C::RecordedAt)
            .column(
                "revisionReason",
                "Why the previous revision was revised; null for the first (lý do sửa đổi).",
                C::RevisionReason,
            )
            .column(
                "publishedAt",
                "When this revision was published; null if it never was (thời điểm công bố).",
                C::PublishedAt,
            )
            .column(
                "withdrawnAt",
                "When this revision was withdrawn; null if it was not. Lists leave it out from then on, unless the filter has `states: [WITHDRAWN]` or `asOf` is earlier (thời điểm thu hồi).",
                C::WithdrawnAt,
            )
            .column("withdrawalReason", "Why this revision was withdrawn (lý do thu hồi).", C::WithdrawalReason)
            .list::<observation_transition::Entity>(
                "history",
                "The steps of its review, oldest first; only for callers who may read drafts of its area, and for the caller that recorded it (quá trình duyệt).",
                C::Id,
                || Link::column(observation_transition::Column::ObservationId),
                Order::by_key,
            )
            .list::<Self>(
                "revisions",
                "All revisions of this observation that the caller may read, oldest first (các lần sửa đổi).",
                C::Id,
                store::revisions,
                || Order::by("REVISION", By::asc(C::Revision, Sorted::Int)),
            )
            .list::<quality_finding::Entity>(
                "findings",
                "Findings of automatic checks; none prevents publication. RATIO_MISMATCH: the printed share differs from numerator / denominator. DENOMINATOR_MISMATCH: observations of one scope have different denominators, or the series changes its scope. OUTLIER: the value is far from other periods. UNIT_SUSPECT: it is about a thousand, a million or a billion times larger or smaller than other periods. DUPLICATE: it may have been entered twice (phát hiện chất lượng).",
                C::Id,
                || Link::column(quality_finding::Column::ObservationId),
                Order::by_key,
            )
            .column(
                "version",
                "Version of this record, from 1; it rises with each change. Steps of the review send it as the expected version.",
                C::Version,
            )
            .watched(granted::may, granted::TELLING, granted::note_rows)
    }
}

impl Noun for observation_transition::Entity {
    const NAME: &'static str = "ObservationTransition";
    const DOC: &'static str = "A step in the review of an observation (bước duyệt): who took it, when and why.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_transitions(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use observation_transition::Column as C;
        declare
            .stored::<ReviewState>("from", "The state before; null for the first step, recording (từ).", C::FromState)
            .stored::<ReviewState>("to", "The state after (sang).", C::ToState)
            .column("at", "When the step was taken (thời điểm).", C::At)
            .column("by", "Who took the step, as named in the audit log: \"user:lan\" (người thực hiện).", C::By)
            .column("reason", "The reason, if one was given; returning and withdrawing require one (lý do).", C::Reason)
    }
}

impl Noun for quality_finding::Entity {
    const NAME: &'static str = "QualityFinding";
    const DOC: &'static str = "A problem that a check found in an observation (phát hiện chất lượng). It prevents nothing and changes nothing.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_findings(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use quality_finding::Column as C;
        declare
            .column("code", "A stable code; `Observation.findings` lists them.", C::Code)
            .stored::<Severity>("severity", "Severity (mức độ).", C::Severity)
            .named("message", "Explanation of the finding (diễn giải).", C::MessageVi, C::MessageEn)
    }
}

/// Conditions on observations; all that are given must hold.
#[derive(InputObject, Default)]
pub struct ObservationFilter {
    /// Of one of these indicators, by code (chỉ tiêu).
    indicators: Option<Vec<String>>,
    /// Of one of these areas, by code: every unit that ever held the code or, with `on`, the one that holds it on that
    /// day (địa bàn).
    areas: Option<Vec<String>>,
    /// The day on which the codes in `areas` are resolved (ngày của mã).
    on: Option<Date>,
    /// With one of these dimensions; the empty string matches observations without one (phân tổ).
    dimensions: Option<Vec<String>>,
    /// Of periods that end on or after the first day of this one (từ kỳ).
    period_from: Option<Period>,
    /// Of periods that begin on or before the last day of this one (đến kỳ).
    period_to: Option<Period>,
    /// In one of these review states; WITHDRAWN is left out unless it is named here (trạng thái duyệt).
    states: Option<Vec<ReviewState>>,
    /// In one of these sharing classes (phân loại chia sẻ).
    sharing: Option<Vec<SharingClass>>,
    /// Only the newest observation of each indicator, area and dimension among those that match all other conditions
    /// (mới nhất).
    latest: Option<bool>,
    /// True for observations with findings, false for those without (có phát hiện chất lượng).
    has_findings: Option<bool>,
}

impl ObservationFilter {
    /// The conditions that apply to a whole series. `table` names a table of observations or of series.
    fn of_series(&self, op: &Op, table: &'static str) -> Condition {
        let col = |column: C| Expr::col((Alias::new(table), column));
        self.of_dimensions(op, table)
            .add_option(self.indicators.as_ref().map(|codes| col(C::IndicatorId).in_subquery(store::coded(op, codes))))
            .add_option(
                self.areas
                    .as_ref()
                    .map(|codes| col(C::AreaId).in_subquery(territory::store::areas(op, codes, self.on.map(|d| d.0)))),
            )
    }
    fn of_dimensions(&self, op: &Op, table: &'static str) -> Condition {
        let dimension = Col { table, name: Col::of(C::Dimension).name };
        Condition::all().add_option(self.dimensions.as_ref().map(|some| op.among(dimension, texts(some))))
    }
    /// The conditions that apply to single observations.
    fn of_rows(&self, op: &Op, table: &'static str) -> Condition {
        let col = |column: C| Expr::col((Alias::new(table), column));
        let named = |column: C| Col { table, name: Col::of(column).name };
        let with_findings = |has: bool| {
            let found = col(C::Id).in_subquery(store::with_findings());
            if has { found } else { found.not() }
        };
        Condition::all()
            .add_option(self.period_from.as_ref().and_then(Period::span).map(|span| col(C::PeriodEnd).gte(span.start)))
            .add_option(self.period_to.as_ref().and_then(Period::span).map(|span| col(C::PeriodStart).lte(span.end)))
            .add_option(self.states.as_ref().map(|states| op.among(named(C::State), words(states))))
            .add_option(self.sharing.as_ref().map(|classes| op.among(named(C::Sharing), words(classes))))
            .add_option(self.has_findings.map(with_findings))
    }
}

/// What observations can be sorted by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ObservationOrderField {
    /// The period: by its last day, then by its first (kỳ).
    Period,
    /// The value; observations without one come last (giá trị).
    Value,
    /// The time of recording (thời điểm ghi nhận).
    RecordedAt,
}

/// A sort order of observations.
#[derive(InputObject)]
struct ObservationOrder {
    /// The field to sort by.
    field: ObservationOrderField,
    /// The direction.
    direction: SortDirection,
}

/// The arguments of lists of observations.
#[derive(InputObject)]
pub struct Observations {
    /// Which observations to return; all by default.
    filter: Option<ObservationFilter>,
    /// The sort order; by default the order in which they were recorded.
    order_by: Option<ObservationOrder>,
    /// The time at which the observations were published; now by default (theo thời điểm công bố).
    as_of: Option<DateTime>,
}

impl Args for Observations {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        let Some(filter) = &self.filter else { return Ok(()) };
        if let (Some(from), Some(to)) = (&filter.period_from, &filter.period_to)
            && let (Some(first), Some(last)) = (from.span(), to.span())
            && last.end < first.start
        {
            return Err(Refusal::field(
                "filter.periodTo",
                "OUT_OF_RANGE",
                Message::new("Kỳ cuối phải không trước kỳ đầu.", "`periodTo` must not lie before `periodFrom`."),
            ));
        }
        territory::graphql::check_areas("filter.areas", filter.areas.as_ref())
    }
}

/// So many series of an indicator, or an area, or both, are looked up one by one at most. More of them are found soon by going
/// through the list.
const MOST_PARTS: usize = 50;

impl Observations {
    fn narrowed(
        &self,
        op: &Op,
        filter: &ObservationFilter,
        of_series: &dyn Fn(&'static str) -> Condition,
    ) -> Condition {
        let narrowing = Narrowing {
            as_of: self.as_of.map(|at| at.0),
            of_rows: &|table| filter.of_rows(op, table),
            of_series,
            latest: filter.latest.unwrap_or(false),
            withdrawn: filter.states.as_ref().is_some_and(|states| states.contains(&ReviewState::Withdrawn)),
        };
        store::narrowed(op, &narrowing)
    }
}

impl Listing for Observations {
    fn condition(&self, op: &Op) -> Condition {
        let nothing = ObservationFilter::default();
        let filter = self.filter.as_ref().unwrap_or(&nothing);
        self.narrowed(op, filter, &|table| filter.of_series(op, table))
    }
    fn parts(&self, op: &Op) -> Option<Parts> {
        let filter = self.filter.as_ref().filter(|filter| filter.latest != Some(true))?;
        let (indicators, areas) = (filter.indicators.as_deref(), filter.areas.as_deref());
        indicators.or(areas)?;
        if indicators.map_or(1, <[_]>::len).saturating_mul(areas.map_or(1, <[_]>::len)) > MOST_PARTS {
            return None;
        }
        let areas = areas.map(|codes| (codes, filter.on.map(|day| day.0)));
        let (keys, columns) = store::of_each(op, indicators, areas);
        let condition = self.narrowed(op, filter, &|table| filter.of_dimensions(op, table));
        Some(Parts { keys, columns, condition })
    }
    fn order(&self) -> Order {
        match &self.order_by {
            None => Order::by_key(),
            Some(ObservationOrder { field: ObservationOrderField::Value, direction }) => {
                direction.by("VALUE", C::Value, Sorted::Float)
            }
            Some(ObservationOrder { field: ObservationOrderField::RecordedAt, direction }) => {
                direction.by("RECORDED_AT", C::RecordedAt, Sorted::Instant)
            }
            Some(ObservationOrder { field: ObservationOrderField::Period, direction }) => {
                direction.by("PERIOD", C::PeriodEnd, Sorted::Date).then(direction.along(C::PeriodStart, Sorted::Date))
            }
        }
    }
}

/// How observations belong to a unit.
pub fn of_unit(include_predecessors: bool) -> Link {
    territory::store::belonging(include_predecessors, C::AreaId)
}
