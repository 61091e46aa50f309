//! Figures, and what was found in them.

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
        page::{By, Listing, Order, Sorted},
        scalar::{Date, DateTime},
    },
    territory,
};

impl Noun for observation::Entity {
    const NAME: &'static str = "Observation";
    const DOC: &'static str = "One revision of a figure (số liệu): what its source says, as it says it. A correction is the next revision; nothing is overwritten.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_observations(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one::<indicator::Entity>("indicator", "What it measures (chỉ tiêu).", C::IndicatorId)
            .one_on::<unit_version::Entity>(
                "area",
                "Whose it is: the unit as it was in the period; VN for a national figure (địa bàn).",
                C::AreaId,
                C::PeriodEnd,
            )
            .stored::<Period>(
                "period",
                "When. Where the source gives no time: the year it was written in, and `periodInferred` (kỳ).",
                C::Period,
            )
            .column("periodInferred", "Whether the source leaves the time to be inferred (kỳ suy ra).", C::PeriodInferred)
            .column("asOfText", "What the source says of the time: \"đến nay\" (thời điểm theo nguồn).", C::AsOfText)
            .column("value", "How much, in the indicator's unit; an IEEE double (giá trị).", C::Value)
            .stored::<Qualifier>("qualifier", "How the value is to be taken: gần 85 is UNDER 85 (từ hạn định).", C::Qualifier)
            .column("numerator", "The numerator, where it is printed (tử số).", C::Numerator)
            .column("denominator", "The denominator, where it is printed (mẫu số).", C::Denominator)
            .column("rankOf", "Of a rank: out of how many; 63 in \"18/63\" (tổng số xếp hạng).", C::RankOf)
            .column("text", "As printed: \"khoảng 1,55 triệu\" (nguyên văn).", C::Text)
            .column(
                "dimension",
                "What the figure is restricted to, \"commune_level\"; empty for none (phân tổ).",
                C::Dimension,
            )
            .column("scopeText", "The denominator or scope as printed: \"xã, phường, thị trấn\" (phạm vi).", C::ScopeText)
            .column("methodologyVersion", "The indicator's method at the time (phiên bản phương pháp).", C::MethodologyVersion)
            .stored::<ObservationStatus>("status", "What sort of figure it is (loại số liệu).", C::Status)
            .stored::<ReviewState>("state", "Where it stands in its review (trạng thái duyệt).", C::State)
            .stored::<SharingClass>("sharing", "Who may see it (phân loại chia sẻ).", C::Sharing)
            .one::<source::Entity>("source", "Where it is told, and in which words (nguồn).", C::SourceId)
            .column("revision", "Counts the revisions of this figure from 1 (lần sửa đổi).", C::Revision)
            .column("recordedAt", "When this revision was recorded (thời điểm ghi nhận).", C::RecordedAt)
            .column("revisionReason", "Why it was revised (lý do sửa đổi).", C::RevisionReason)
            .column("publishedAt", "When it was published; null where it was not (thời điểm công bố).", C::PublishedAt)
            .column(
                "withdrawnAt",
                "When it was withdrawn; null where it was not. What was withdrawn stands in lists only where its state is asked for, or `asOf` before (thời điểm thu hồi).",
                C::WithdrawnAt,
            )
            .column("withdrawalReason", "Why it was withdrawn (lý do thu hồi).", C::WithdrawalReason)
            .list::<observation_transition::Entity>(
                "history",
                "The steps of its review, oldest first, for those who see drafts of its area (quá trình duyệt).",
                C::Id,
                || Link::column(observation_transition::Column::ObservationId),
                Order::by_key,
            )
            .list::<Self>(
                "revisions",
                "All its revisions that the caller may see, oldest first (các lần sửa đổi).",
                C::Id,
                store::revisions,
                || Order::by("REVISION", By::asc(C::Revision, Sorted::Int)),
            )
            .list::<quality_finding::Entity>(
                "findings",
                "What checks found in it, none of which blocks it: RATIO_MISMATCH where a printed share is not its fraction; DENOMINATOR_MISMATCH where figures of one scope have different totals, or a series changes its scope; OUTLIER far from the other periods; UNIT_SUSPECT about a thousand times the other periods, or a million, or a milliard; DUPLICATE where it was perhaps entered twice (phát hiện chất lượng).",
                C::Id,
                || Link::column(quality_finding::Column::ObservationId),
                Order::by_key,
            )
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
            .watched(granted::may, granted::TELLING, granted::note_rows)
    }
}

impl Noun for observation_transition::Entity {
    const NAME: &'static str = "ObservationTransition";
    const DOC: &'static str = "A step of a figure's review (bước duyệt): who, when, why.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_transitions(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use observation_transition::Column as C;
        declare
            .stored::<ReviewState>("from", "The state before; null when it was recorded (từ).", C::FromState)
            .stored::<ReviewState>("to", "The state after (sang).", C::ToState)
            .column("at", "When (thời điểm).", C::At)
            .column("by", "Who, as the audit log names them: \"user:lan\" (người thực hiện).", C::By)
            .column("reason", "Why, where it was said (lý do).", C::Reason)
    }
}

impl Noun for quality_finding::Entity {
    const NAME: &'static str = "QualityFinding";
    const DOC: &'static str =
        "What a check found in a figure (phát hiện chất lượng). It blocks nothing and changes nothing.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_findings(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use quality_finding::Column as C;
        declare
            .column("code", "What was found, as a stable code.", C::Code)
            .stored::<Severity>("severity", "How grave it is (mức độ).", C::Severity)
            .named("message", "What was found, in words (diễn giải).", C::MessageVi, C::MessageEn)
    }
}

/// Which figures.
#[derive(InputObject, Default)]
pub struct ObservationFilter {
    /// Of these indicators, by code (chỉ tiêu).
    indicators: Option<Vec<String>>,
    /// Of these areas, by code: every unit that ever held it, or that holds it on `on` (địa bàn).
    areas: Option<Vec<String>>,
    /// The day on which the codes of `areas` are read (ngày của mã).
    on: Option<Date>,
    /// With these restrictions; the empty text for none (phân tổ).
    dimensions: Option<Vec<String>>,
    /// Of periods that end no earlier than this one begins (từ kỳ).
    period_from: Option<Period>,
    /// Of periods that begin no later than this one ends (đến kỳ).
    period_to: Option<Period>,
    /// In these states of review (trạng thái duyệt).
    states: Option<Vec<ReviewState>>,
    /// In these sharing classes (phân loại chia sẻ).
    sharing: Option<Vec<SharingClass>>,
    /// Only the newest of each indicator, area and dimension, after all other filters (mới nhất).
    latest: Option<bool>,
    /// Only those with findings, or only those without (có phát hiện chất lượng).
    has_findings: Option<bool>,
}

impl ObservationFilter {
    /// What a whole series is chosen by, for rows of figures or of series under a name.
    fn of_series(&self, op: &Op, table: &'static str) -> Condition {
        let col = |column: C| Expr::col((Alias::new(table), column));
        let dimension = Col { table, name: Col::of(C::Dimension).name };
        Condition::all()
            .add_option(self.indicators.as_ref().map(|codes| col(C::IndicatorId).in_subquery(store::coded(op, codes))))
            .add_option(
                self.areas
                    .as_ref()
                    .map(|codes| col(C::AreaId).in_subquery(territory::store::areas(op, codes, self.on.map(|d| d.0)))),
            )
            .add_option(self.dimensions.as_ref().map(|dimensions| op.among(dimension, texts(dimensions))))
    }
    /// Which of the figures of a series.
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

/// What figures are ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ObservationOrderField {
    /// The period: by its last day, then its first (kỳ).
    Period,
    /// The value; figures without one come last (giá trị).
    Value,
    /// When it was recorded (thời điểm ghi nhận).
    RecordedAt,
}

/// How figures are ordered.
#[derive(InputObject)]
struct ObservationOrder {
    /// By what.
    field: ObservationOrderField,
    /// Which way.
    direction: SortDirection,
}

/// The arguments of lists of figures.
#[derive(InputObject)]
pub struct Observations {
    /// Which of them.
    filter: Option<ObservationFilter>,
    /// In which order; as recorded by default.
    order_by: Option<ObservationOrder>,
    /// What was published at this instant; now by default (theo thời điểm công bố).
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

impl Listing for Observations {
    fn condition(&self, op: &Op) -> Condition {
        let nothing = ObservationFilter::default();
        let filter = self.filter.as_ref().unwrap_or(&nothing);
        store::narrowed(
            op,
            &Narrowing {
                as_of: self.as_of.map(|at| at.0),
                of_rows: &|table| filter.of_rows(op, table),
                of_series: &|table| filter.of_series(op, table),
                latest: filter.latest.unwrap_or(false),
                withdrawn: filter.states.as_ref().is_some_and(|states| states.contains(&ReviewState::Withdrawn)),
            },
        )
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

/// How figures belong to a unit.
pub fn of_unit(include_predecessors: bool) -> Link {
    territory::store::belonging(include_predecessors, C::AreaId)
}
