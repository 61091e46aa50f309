//! Mutations of indicators and observations.

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
    /// Unique key of lower-case letters, digits and underscores (mã chỉ tiêu).
    code: String,
    /// The Vietnamese name (tên).
    name_vi: String,
    /// The English name (tên tiếng Anh).
    name_en: String,
    /// What it measures, with its denominator, in Vietnamese (định nghĩa).
    definition_vi: String,
    /// The definition in English (định nghĩa tiếng Anh).
    definition_en: String,
    /// Unit of its values (đơn vị tính).
    unit: String,
    /// Kind of its values (kiểu giá trị).
    value_type: ValueType,
    /// Whether higher or lower values are better (chiều tốt lên).
    direction: Direction,
    /// How the values of merged units combine into the value of their successor (quy tắc gộp khi sáp nhập).
    merge_rule: MergeRule,
    /// Code of the indicator that gives the weights; required for WEIGHTED_MEAN, not allowed for other rules (trọng
    /// số).
    weight_indicator: Option<String>,
    /// Topic (nhóm).
    topic: Topic,
    /// Smallest value that an observation may have; null for no bound. Default by `valueType`: 0 for PERCENT, COUNT,
    /// PER_100 and SPEED, 1 for RANK, no bound for the others (nhỏ nhất).
    min: MaybeUndefined<f64>,
    /// Largest value that an observation may have; null for no bound. Default: 100 for PERCENT, no bound for other
    /// kinds of value (lớn nhất).
    max: MaybeUndefined<f64>,
}

/// Changes of an indicator. A field that is left out keeps its value; null clears it.
#[derive(InputObject)]
struct UpdateIndicatorInput {
    /// Id of the indicator (chỉ tiêu).
    id: ID,
    /// The expected version; the update is rejected if the record has another one (phiên bản).
    version: i32,
    /// The Vietnamese name (tên).
    name_vi: Option<String>,
    /// The English name (tên tiếng Anh).
    name_en: Option<String>,
    /// What it measures, with its denominator, in Vietnamese (định nghĩa).
    definition_vi: Option<String>,
    /// The definition in English (định nghĩa tiếng Anh).
    definition_en: Option<String>,
    /// How the values of merged units combine into the value of their successor (quy tắc gộp khi sáp nhập).
    merge_rule: Option<MergeRule>,
    /// Code of the indicator that gives the weights; required for WEIGHTED_MEAN, not allowed for other rules (trọng
    /// số).
    weight_indicator: MaybeUndefined<String>,
    /// Smallest value that an observation may have; null for no bound (nhỏ nhất).
    min: MaybeUndefined<f64>,
    /// Largest value that an observation may have; null for no bound (lớn nhất).
    max: MaybeUndefined<f64>,
    /// Version of the method: the present one, or the next one (+1). Observations recorded after the change have the
    /// new version and are not comparable with earlier ones (phiên bản phương pháp).
    methodology_version: Option<i32>,
}

/// A new observation, or a revision of an existing one.
#[derive(InputObject)]
struct RecordObservationInput {
    /// The indicator's code (chỉ tiêu).
    indicator: String,
    /// Code of the area; it means the unit that holds the code on the last day of the period. VN for the country (địa
    /// bàn).
    area: String,
    /// The period (kỳ).
    period: Period,
    /// The part of the area or population that it covers, such as "commune_level"; empty for the whole (phân tổ).
    #[graphql(default)]
    dimension: String,
    /// The denominator or scope as printed, such as "xã, phường, thị trấn" (phạm vi).
    scope_text: Option<String>,
    /// The value in the indicator's unit, with at most 15 significant digits; required without `text` (giá trị).
    value: Option<f64>,
    /// How to read the value: "gần 85" is UNDER 85 (từ hạn định).
    #[graphql(default_with = "Qualifier::Exact")]
    qualifier: Qualifier,
    /// The numerator, if the source prints one (tử số).
    numerator: Option<f64>,
    /// The denominator, if the source prints one; not 0 (mẫu số).
    denominator: Option<f64>,
    /// For a rank, the number of ranked units: 63 in "18/63" (tổng số xếp hạng).
    rank_of: Option<i32>,
    /// The value as printed, such as "khoảng 1,55 triệu". It must contain `value` and agree with `qualifier` (nguyên
    /// văn).
    text: Option<String>,
    /// Whether the value is official, provisional, estimated and so on (loại số liệu).
    #[graphql(default_with = "ObservationStatus::Official")]
    status: ObservationStatus,
    /// Who may read it once it is published (phân loại chia sẻ).
    #[graphql(default_with = "SharingClass::Open")]
    sharing: SharingClass,
    /// The source that states it (nguồn).
    source: SourceInput,
    /// Why the existing observation is revised; required for a revision (lý do sửa đổi).
    revision_reason: Option<String>,
    /// The newest revision that the client has read. The request is rejected if there is a newer one (lần sửa đổi đã
    /// xem).
    revises: Option<i32>,
    /// Whether the period was inferred because the source does not state it (kỳ suy ra).
    #[graphql(default)]
    period_inferred: bool,
    /// The source's own words for the time, such as "đến nay" (thời điểm theo nguồn).
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

/// A step in the review of a record or in its life cycle.
#[derive(InputObject)]
pub struct TransitionInput {
    /// Id of the record.
    pub id: ID,
    /// The expected version; the step is rejected if the record has another one (phiên bản).
    pub version: i32,
    /// The reason; required to return or withdraw an observation (lý do).
    pub reason: Option<String>,
}

/// An observation and its expected version.
#[derive(InputObject)]
struct SeenInput {
    /// Id of the observation.
    id: ID,
    /// The expected version; the step is rejected if the observation has another one (phiên bản).
    version: i32,
}

/// A review step for many observations; it changes all of them or none.
#[derive(InputObject)]
struct TransitionsInput {
    /// The observations, 1 to 1,000 (các số liệu).
    observations: Vec<SeenInput>,
    /// The reason, the same for all; required to return observations (lý do).
    reason: Option<String>,
}

/// Observations to record as drafts.
#[derive(InputObject)]
struct ImportInput {
    /// The observations, at most 10,000 (các dòng).
    rows: Vec<RecordObservationInput>,
    /// Check the rows without recording anything (chạy thử).
    #[graphql(default)]
    dry_run: bool,
    /// True records all rows or none; false records the rows without errors (tất cả hoặc không).
    #[graphql(default = true)]
    atomic: bool,
}

/// The result of a mutation of an indicator.
#[derive(SimpleObject)]
struct IndicatorPayload {
    /// The indicator as it is now (chỉ tiêu).
    indicator: One<indicator::Entity>,
}

impl IndicatorPayload {
    fn of(op: &Op, id: IndicatorId) -> Self {
        IndicatorPayload { indicator: One(store::visible(op).filter(indicator::Column::Id.eq(id))) }
    }
}

/// The result of a mutation of an observation.
#[derive(SimpleObject)]
struct ObservationPayload {
    /// The revision that was recorded or changed (số liệu).
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

/// The result of a review step for many observations.
#[derive(SimpleObject)]
struct TransitionsPayload {
    /// How many observations changed: all that were named (số lượng).
    count: i32,
}

impl TransitionsPayload {
    async fn after(op: &Op, input: TransitionsInput, step: Step) -> Result<Self> {
        op.may(step.action())?;
        // An id of another type becomes 0, which no observation has, so the error is reported at its place in the list
        // instead of ending the request at the first one.
        let id = |id: &ID| ObservationId(GlobalId::of::<observation::Entity>(id).unwrap_or_default());
        let figures = input.observations.iter().map(|seen| Seen { id: id(&seen.id), version: seen.version });
        let figures: Vec<Seen> = figures.collect();
        review::take_all(op, &figures, step, input.reason.as_deref()).await?;
        Ok(TransitionsPayload { count: count(figures.len()) })
    }
}

/// The mutations of indicators and observations.
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
        #[graphql(desc = "The changes.")] input: UpdateIndicatorInput,
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
    /// Record an observation as a draft, or as the next revision of an existing one. Rejected while a revision is under
    /// review (nhập số liệu).
    async fn record_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The observation.")] input: RecordObservationInput,
    ) -> Result<ObservationPayload> {
        let op = ctx.data::<Op>()?;
        Ok(ObservationPayload::of(op, recording::record(op, input.into()).await?))
    }
    /// Submit a draft for approval (trình duyệt).
    async fn submit_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Submit).await
    }
    /// Publish a submitted observation, which replaces the revision published before. The person who recorded or
    /// submitted it may not publish it (công bố).
    async fn publish_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The submitted observation.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Publish).await
    }
    /// Return a submitted observation, with a reason. To correct it, record the next revision (trả lại).
    async fn return_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The submitted observation.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Return).await
    }
    /// Withdraw a published observation, with a reason. It stays readable in the state WITHDRAWN (thu hồi).
    async fn withdraw_observation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The published observation.")] input: TransitionInput,
    ) -> Result<ObservationPayload> {
        ObservationPayload::after(ctx.data::<Op>()?, input, Step::Withdraw).await
    }
    /// Submit many drafts for approval, all of them or none (trình duyệt nhiều số liệu).
    async fn submit_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The drafts.")] input: TransitionsInput,
    ) -> Result<TransitionsPayload> {
        TransitionsPayload::after(ctx.data::<Op>()?, input, Step::Submit).await
    }
    /// Publish many submitted observations, all of them or none (công bố nhiều số liệu).
    async fn publish_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The submitted observations.")] input: TransitionsInput,
    ) -> Result<TransitionsPayload> {
        TransitionsPayload::after(ctx.data::<Op>()?, input, Step::Publish).await
    }
    /// Return many submitted observations, all of them or none (trả lại nhiều số liệu).
    async fn return_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The submitted observations.")] input: TransitionsInput,
    ) -> Result<TransitionsPayload> {
        TransitionsPayload::after(ctx.data::<Op>()?, input, Step::Return).await
    }
    /// Record many observations as drafts. The answer lists the errors of every rejected row (nhập nhiều số liệu).
    async fn import_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rows.")] input: ImportInput,
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
