//! What is done with indicators and figures, in the schema.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{
    ids::{IndicatorId, ObservationId},
    indicator,
    kinds::{Direction, MergeRule, ObservationStatus, Qualifier, SharingClass, Topic, ValueType},
    observation,
    time::Period,
};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    citation::graphql::mutation::SourceInput,
    indicator::{
        self as indicators, IndicatorPatch, NewIndicator, NewObservation,
        graphql::importing::{ImportPayload, count},
        import::{self, Import, Row},
        recording,
        review::{self, Seen, Step},
        rules, store, warnings,
    },
    kernel::{
        locale::Locale,
        object::{GlobalId, One},
        op::Op,
        policy::Action,
    },
};

/// A new indicator.
#[derive(InputObject)]
struct CreateIndicatorInput {
    /// Its key, in snake_case (mã chỉ tiêu).
    code: String,
    /// The Vietnamese name (tên).
    name_vi: String,
    /// The English name (tên tiếng Anh).
    name_en: String,
    /// What it measures, with its denominator (định nghĩa).
    definition_vi: String,
    /// The same in English (định nghĩa tiếng Anh).
    definition_en: String,
    /// The unit of its values (đơn vị tính).
    unit: String,
    /// What sort of number it has (kiểu giá trị).
    value_type: ValueType,
    /// Which way it gets better (chiều tốt lên).
    direction: Direction,
    /// How the figures of merged units combine into one (quy tắc gộp khi sáp nhập).
    merge_rule: MergeRule,
    /// For WEIGHTED_MEAN: what to weigh by, by code (trọng số).
    weight_indicator: Option<String>,
    /// What it is about (nhóm).
    topic: Topic,
    /// No value lies below it. Left out, what is usual for the sort of number: 0 for a share, a count, a rate or a speed, 1 for a
    /// rank; null for no bound (nhỏ nhất).
    min: MaybeUndefined<f64>,
    /// No value lies above it. Left out, what is usual for the sort of number: 100 for a share; null for no bound (lớn nhất).
    max: MaybeUndefined<f64>,
}

/// Changes of an indicator; what is left out stays, null clears.
#[derive(InputObject)]
struct UpdateIndicatorInput {
    /// Which (chỉ tiêu).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// The Vietnamese name (tên).
    name_vi: Option<String>,
    /// The English name (tên tiếng Anh).
    name_en: Option<String>,
    /// What it measures, with its denominator (định nghĩa).
    definition_vi: Option<String>,
    /// The same in English (định nghĩa tiếng Anh).
    definition_en: Option<String>,
    /// How the figures of merged units combine into one (quy tắc gộp khi sáp nhập).
    merge_rule: Option<MergeRule>,
    /// For WEIGHTED_MEAN: what to weigh by, by code (trọng số).
    weight_indicator: MaybeUndefined<String>,
    /// No value lies below it (nhỏ nhất).
    min: MaybeUndefined<f64>,
    /// No value lies above it (lớn nhất).
    max: MaybeUndefined<f64>,
    /// The next method, one more than the present: figures from now on are of it, and cannot be compared with those before (phiên
    /// bản phương pháp).
    methodology_version: Option<i32>,
}

/// A figure to be recorded.
#[derive(InputObject)]
struct RecordObservationInput {
    /// What it measures, by code (chỉ tiêu).
    indicator: String,
    /// Whose it is, by code: the unit that holds it on the last day of the period; VN for the country (địa bàn).
    area: String,
    /// When (kỳ).
    period: Period,
    /// What it is restricted to, as "commune_level"; empty for none (phân tổ).
    #[graphql(default)]
    dimension: String,
    /// The denominator or scope as printed: "xã, phường, thị trấn" (phạm vi).
    scope_text: Option<String>,
    /// How much, in the indicator's unit; at most 15 significant digits (giá trị).
    value: Option<f64>,
    /// How the value is to be taken: gần 85 is UNDER 85 (từ hạn định).
    #[graphql(default_with = "Qualifier::Exact")]
    qualifier: Qualifier,
    /// The numerator, where it is printed (tử số).
    numerator: Option<f64>,
    /// The denominator, where it is printed (mẫu số).
    denominator: Option<f64>,
    /// Of a rank: out of how many; 63 in "18/63" (tổng số xếp hạng).
    rank_of: Option<i32>,
    /// As printed: "khoảng 1,55 triệu"; the value must stand in it (nguyên văn).
    text: Option<String>,
    /// What sort of figure it is (loại số liệu).
    #[graphql(default_with = "ObservationStatus::Official")]
    status: ObservationStatus,
    /// Who may see it (phân loại chia sẻ).
    #[graphql(default_with = "SharingClass::Open")]
    sharing: SharingClass,
    /// Where it is told (nguồn).
    source: SourceInput,
    /// Why it revises what stands; required when it does (lý do sửa đổi).
    revision_reason: Option<String>,
    /// The revision that you have seen, and revise; where another is the newest by now, nothing is done (lần sửa đổi đã xem).
    revises: Option<i32>,
    /// Whether the source leaves the time to be inferred (kỳ suy ra).
    #[graphql(default)]
    period_inferred: bool,
    /// What the source says of the time: "đến nay" (thời điểm theo nguồn).
    as_of_text: Option<String>,
}

impl From<RecordObservationInput> for NewObservation {
    fn from(input: RecordObservationInput) -> Self {
        NewObservation {
            indicator: input.indicator,
            area: input.area,
            on: None,
            period: input.period,
            period_inferred: input.period_inferred,
            as_of_text: input.as_of_text,
            value: input.value,
            qualifier: input.qualifier,
            numerator: input.numerator,
            denominator: input.denominator,
            rank_of: input.rank_of,
            text: input.text,
            dimension: input.dimension,
            scope_text: input.scope_text,
            status: input.status,
            sharing: input.sharing,
            source: input.source.into(),
            revision_reason: input.revision_reason,
            revises: input.revises,
        }
    }
}

/// A step of something that is reviewed or has a life.
#[derive(InputObject)]
pub struct TransitionInput {
    /// Which.
    pub id: ID,
    /// The version that you have seen (phiên bản).
    pub version: i32,
    /// Why; required to return or withdraw (lý do).
    pub reason: Option<String>,
}

/// A figure as you have seen it.
#[derive(InputObject)]
struct SeenInput {
    /// Which.
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
}

/// A step of many figures: all of them or none.
#[derive(InputObject)]
struct TransitionsInput {
    /// The figures: 1 to 1,000 (các số liệu).
    observations: Vec<SeenInput>,
    /// Why; required to return (lý do).
    reason: Option<String>,
}

/// Figures to be recorded as drafts.
#[derive(InputObject)]
struct ImportInput {
    /// The figures: at most 10,000 (các dòng).
    rows: Vec<RecordObservationInput>,
    /// Only tell what would become of them (chạy thử).
    #[graphql(default)]
    dry_run: bool,
    /// All of them or none; otherwise the good ones (tất cả hoặc không).
    #[graphql(default = true)]
    atomic: bool,
}

/// An indicator that was written.
#[derive(SimpleObject)]
struct IndicatorPayload {
    /// The indicator (chỉ tiêu).
    indicator: One<indicator::Entity>,
}

impl IndicatorPayload {
    fn of(op: &Op, id: IndicatorId) -> Self {
        IndicatorPayload { indicator: One(store::visible(op).filter(indicator::Column::Id.eq(id))) }
    }
}

/// A figure that was written.
#[derive(SimpleObject)]
struct ObservationPayload {
    /// The revision (số liệu).
    observation: One<observation::Entity>,
}

impl ObservationPayload {
    fn of(op: &Op, id: ObservationId) -> Self {
        ObservationPayload { observation: One(store::visible_observations(op).filter(observation::Column::Id.eq(id))) }
    }
    async fn after(op: &Op, input: TransitionInput, step: Step) -> Result<Self> {
        op.may(step.action())?;
        let id = ObservationId(GlobalId::of::<observation::Entity>(&input.id)?);
        review::take(op, Seen { id, version: input.version }, step, input.reason.as_deref()).await?;
        Ok(ObservationPayload::of(op, id))
    }
}

/// Figures that were taken to their next state.
#[derive(SimpleObject)]
struct TransitionsPayload {
    /// How many: all that were named (số lượng).
    count: i32,
}

impl TransitionsPayload {
    async fn after(op: &Op, input: TransitionsInput, step: Step) -> Result<Self> {
        op.may(step.action())?;
        // What is no id of a figure is one that no figure has: each is told in its place.
        let id = |id: &ID| ObservationId(GlobalId::of::<observation::Entity>(id).unwrap_or_default());
        let figures = input.observations.iter().map(|seen| Seen { id: id(&seen.id), version: seen.version });
        let figures: Vec<Seen> = figures.collect();
        review::take_all(op, &figures, step, input.reason.as_deref()).await?;
        Ok(TransitionsPayload { count: count(figures.len()) })
    }
}

/// Mutations of this room.
#[derive(Default)]
pub struct IndicatorMutation;

#[Object]
impl IndicatorMutation {
    /// Create an indicator (thêm chỉ tiêu).
    async fn create_indicator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The indicator.")] input: CreateIndicatorInput,
    ) -> Result<IndicatorPayload> {
        let op = ctx.data::<Op>()?;
        let (min, max) = rules::usual_bounds(input.value_type);
        let bound = |given: MaybeUndefined<f64>, usual| match given {
            MaybeUndefined::Undefined => usual,
            given => given.take(),
        };
        let order = NewIndicator {
            code: input.code,
            name_vi: input.name_vi,
            name_en: input.name_en,
            definition_vi: input.definition_vi,
            definition_en: input.definition_en,
            unit: input.unit,
            value_type: input.value_type,
            direction: input.direction,
            merge_rule: input.merge_rule,
            weight_indicator: input.weight_indicator,
            topic: input.topic,
            methodology_version: 1,
            min: bound(input.min, min),
            max: bound(input.max, max),
        };
        Ok(IndicatorPayload::of(op, indicators::create(op, order).await?))
    }
    /// Change an indicator (sửa chỉ tiêu).
    async fn update_indicator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateIndicatorInput,
    ) -> Result<IndicatorPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordIndicator)?;
        let id = IndicatorId(GlobalId::of::<indicator::Entity>(&input.id)?);
        let patch = IndicatorPatch {
            name_vi: input.name_vi,
            name_en: input.name_en,
            definition_vi: input.definition_vi,
            definition_en: input.definition_en,
            merge_rule: input.merge_rule,
            weight_indicator: input.weight_indicator.into(),
            min: input.min.into(),
            max: input.max.into(),
            methodology_version: input.methodology_version,
        };
        indicators::update(op, id, input.version, patch).await?;
        Ok(IndicatorPayload::of(op, id))
    }
    /// Record a figure as a draft, or the next revision of what stands (nhập số liệu).
    async fn record_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The figure.")] input: RecordObservationInput,
    ) -> Result<ObservationPayload> {
        let op = ctx.data::<Op>()?;
        Ok(ObservationPayload::of(op, recording::record(op, input.into()).await?))
    }
    /// Submit a draft to whoever approves it (trình duyệt).
    async fn submit_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Submit).await
    }
    /// Publish a submitted figure, which neither its recorder nor its submitter may; the revision before gives way to it (công bố).
    async fn publish_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submitted figure.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Publish).await
    }
    /// Send a submitted figure back, with a reason; it goes on as its next revision (trả lại).
    async fn return_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submitted figure.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Return).await
    }
    /// Take a published figure back, with a reason; it stays, and says that it was withdrawn (thu hồi).
    async fn withdraw_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which published figure.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Withdraw).await
    }
    /// Submit many drafts, all of them or none (trình duyệt nhiều số liệu).
    async fn submit_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which drafts.")] input: TransitionsInput,
    ) -> Result<TransitionsPayload> {
        TransitionsPayload::after(ctx.data::<Op>()?, input, Step::Submit).await
    }
    /// Publish many submitted figures, all of them or none (công bố nhiều số liệu).
    async fn publish_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submitted figures.")] input: TransitionsInput,
    ) -> Result<TransitionsPayload> {
        TransitionsPayload::after(ctx.data::<Op>()?, input, Step::Publish).await
    }
    /// Send many submitted figures back, all of them or none (trả lại nhiều số liệu).
    async fn return_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submitted figures.")] input: TransitionsInput,
    ) -> Result<TransitionsPayload> {
        TransitionsPayload::after(ctx.data::<Op>()?, input, Step::Return).await
    }
    /// Record many figures as drafts; every bad row is told (nhập nhiều số liệu).
    async fn import_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The figures.")] input: ImportInput,
    ) -> Result<ImportPayload> {
        let op = ctx.data::<Op>()?;
        let (mut rows, mut found) = (vec![], vec![]);
        for (number, order) in (1..).zip(input.rows.into_iter().map(NewObservation::from)) {
            found.extend(warnings::of_order(number, &order));
            rows.push(Row { number, order: Ok(order) });
        }
        let how = Import { dry_run: input.dry_run, atomic: input.atomic };
        let imported = import::import(op, rows, how, |_| ()).await?;
        Ok(ImportPayload::of(imported, found, *ctx.data::<Locale>()?))
    }
}
