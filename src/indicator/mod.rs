//! Indicators (chỉ tiêu), figures (số liệu) and reported shortcomings (hạn chế).
//!
//! A figure says what its source says: the value with its qualifier, the printed text, numerator and denominator where they are
//! told, even where they disagree. What a check finds is a finding beside the figure and changes nothing. A figure is revised,
//! never overwritten.

pub mod findings;
pub mod granted;
pub mod graphql;
pub mod import;
pub mod input;
pub mod merging;
pub mod printed;
pub mod ranking;
pub mod recording;
pub mod review;
pub mod rules;
pub mod series;
pub mod store;
pub mod warnings;

use chrono::NaiveDate;
use entity::{
    ids::{IndicatorId, ShortcomingId},
    kinds::{
        ChangeAction, ChangeType, Direction, MergeRule, ObservationStatus, Qualifier, SharingClass, Topic, ValueType,
    },
    time::Period,
};
use serde::Deserialize;

use crate::{
    citation::{self, NewSource},
    kernel::{
        check::{Faults, LINE, PARAGRAPH, taken},
        error::{Error, Refusal, Result},
        locale::Message,
        op::Op,
        patch::Patch,
        policy::Action,
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
    territory,
};

/// An indicator to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewIndicator {
    /// Its key, in snake_case.
    pub code: String,
    /// The Vietnamese name.
    pub name_vi: String,
    /// The English name.
    pub name_en: String,
    /// What it measures, with its denominator, in Vietnamese.
    pub definition_vi: String,
    /// The same in English.
    pub definition_en: String,
    /// Its unit, as printed.
    pub unit: String,
    /// What sort of number it has.
    pub value_type: ValueType,
    /// Which way it gets better.
    pub direction: Direction,
    /// How figures of merged units combine.
    pub merge_rule: MergeRule,
    /// For WEIGHTED_MEAN: what to weigh by, by code.
    pub weight_indicator: Option<String>,
    /// What it is about.
    pub topic: Topic,
    /// Counts changes of method.
    #[serde(default = "one")]
    pub methodology_version: i32,
    /// No value lies below it.
    pub min: Option<f64>,
    /// No value lies above it.
    pub max: Option<f64>,
}

fn one() -> i32 {
    1
}

/// A figure to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewObservation {
    /// What it measures, by code.
    pub indicator: String,
    /// Whose it is, by code.
    pub area: String,
    /// The day to read that code on; the last day of the period by default.
    pub on: Option<NaiveDate>,
    /// When.
    pub period: Period,
    /// Whether the source leaves the time to be inferred.
    #[serde(default)]
    pub period_inferred: bool,
    /// What the source says of the time.
    pub as_of_text: Option<String>,
    /// How much.
    pub value: Option<f64>,
    /// How to take the value.
    #[serde(default = "exact")]
    pub qualifier: Qualifier,
    /// The numerator, where it is printed.
    pub numerator: Option<f64>,
    /// The denominator, where it is printed.
    pub denominator: Option<f64>,
    /// Of a rank: out of how many.
    pub rank_of: Option<i32>,
    /// As printed.
    pub text: Option<String>,
    /// What it is restricted to; empty for none.
    #[serde(default)]
    pub dimension: String,
    /// The denominator or scope, as printed.
    pub scope_text: Option<String>,
    /// What sort of figure.
    #[serde(default = "official")]
    pub status: ObservationStatus,
    /// Who may see it.
    #[serde(default = "open")]
    pub sharing: SharingClass,
    /// Where it is told.
    pub source: NewSource,
    /// Why it revises what stands.
    pub revision_reason: Option<String>,
    /// The newest revision that whoever revises it has seen.
    pub revises: Option<i32>,
}

fn exact() -> Qualifier {
    Qualifier::Exact
}

fn official() -> ObservationStatus {
    ObservationStatus::Official
}

fn open() -> SharingClass {
    SharingClass::Open
}

/// A shortcoming that a source reports, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewShortcoming {
    /// Whose it is, by code.
    pub area: String,
    /// The day to read that code on; today by default.
    pub on: Option<NaiveDate>,
    /// What is lacking.
    pub text: String,
    /// The indicator that it is about, by code.
    pub indicator: Option<String>,
    /// The figure that it is about.
    pub observation: Option<ObservationKey>,
    /// Where it is told.
    pub source: NewSource,
}

/// Names a figure of an area.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservationKey {
    /// The indicator's code.
    pub indicator: String,
    /// The period.
    pub period: Period,
    /// The restriction; empty for none.
    #[serde(default)]
    pub dimension: String,
}

/// Records an indicator; one that is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for a weighted mean without a weight, or a weight without a weighted mean; bounds in the wrong order.
pub async fn record(op: &Op, order: NewIndicator) -> Result<IndicatorId> {
    let permit = op.permit(Action::RecordIndicator)?;
    rules::check_indicator(&order)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known.id));
        }
        let weight = match &order.weight_indicator {
            Some(code) => Some(resolve(tx, "weightIndicator", code).await?.id),
            None => None,
        };
        let id = store::insert(tx, &order, weight).await?;
        Ok(Outcome::changed(permit.at(None)?, id, vec![Change::created(ChangeType::Indicator, order.code.clone(), id)]))
    })
    .await
}

/// Creates an indicator.
///
/// # Errors
/// BAD_USER_INPUT, every bad field at once: a code that is taken or cannot be one, an unknown weight, a weighted mean without a
/// weight or a weight without it, bounds in the wrong order.
pub async fn create(op: &Op, order: NewIndicator) -> Result<IndicatorId> {
    let permit = op.permit(Action::RecordIndicator)?;
    let mut faults = Faults::default();
    faults.text("nameVi", &order.name_vi, LINE);
    faults.text("nameEn", &order.name_en, LINE);
    faults.text("definitionVi", &order.definition_vi, PARAGRAPH);
    faults.text("definitionEn", &order.definition_en, PARAGRAPH);
    faults.text("unit", &order.unit, LINE);
    faults.gather(rules::check_indicator(&order).map_err(Error::from))?;
    op.write(permit, async |tx, permit| {
        if store::known(tx, &order.code).await?.is_some() {
            faults.extend(taken("code", &order.code).fields);
        }
        let weight = match &order.weight_indicator {
            Some(code) => faults.gather(resolve(tx, "weightIndicator", code).await)?.map(|row| row.id),
            None => None,
        };
        faults.refuse()?;
        let id = store::insert(tx, &order, weight).await?;
        Ok(Outcome::changed(permit.at(None)?, id, vec![Change::created(ChangeType::Indicator, order.code.clone(), id)]))
    })
    .await
}

/// What changes of an indicator; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct IndicatorPatch {
    /// The Vietnamese name.
    pub name_vi: Option<String>,
    /// The English name.
    pub name_en: Option<String>,
    /// What it measures, in Vietnamese.
    pub definition_vi: Option<String>,
    /// The same in English.
    pub definition_en: Option<String>,
    /// How figures of merged units combine.
    pub merge_rule: Option<MergeRule>,
    /// For WEIGHTED_MEAN: what to weigh by, by code.
    pub weight_indicator: Patch<String>,
    /// No value lies below it.
    pub min: Patch<f64>,
    /// No value lies above it.
    pub max: Patch<f64>,
    /// The next method: figures from now on are of it.
    pub methodology_version: Option<i32>,
}

/// Changes an indicator that has not changed since the caller saw it. Figures so far keep the method that they were recorded under.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED with another version; BAD_USER_INPUT, every bad field at once, as [`create`] has it, and for a
/// method that is neither the present one nor the next.
pub async fn update(op: &Op, id: IndicatorId, version: i32, patch: IndicatorPatch) -> Result<()> {
    let permit = op.permit(Action::RecordIndicator)?;
    let mut faults = Faults::default();
    let texts = [
        ("nameVi", &patch.name_vi, LINE),
        ("nameEn", &patch.name_en, LINE),
        ("definitionVi", &patch.definition_vi, PARAGRAPH),
        ("definitionEn", &patch.definition_en, PARAGRAPH),
    ];
    for (path, text, most) in texts {
        if let Some(text) = text {
            faults.text(path, text, most);
        }
    }
    op.write(permit, async |tx, permit| {
        let before = store::row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = permit.at(None)?;
        let mut after = before.clone();
        let text = |new: Option<String>, old: String| new.as_deref().map_or(old, clean);
        after.name_vi = text(patch.name_vi, after.name_vi);
        after.name_en = text(patch.name_en, after.name_en);
        after.definition_vi = text(patch.definition_vi, after.definition_vi);
        after.definition_en = text(patch.definition_en, after.definition_en);
        after.merge_rule = patch.merge_rule.unwrap_or(after.merge_rule);
        after.min = patch.min.apply(after.min);
        after.max = patch.max.apply(after.max);
        after.methodology_version = patch.methodology_version.unwrap_or(after.methodology_version);
        after.weight_indicator_id = match patch.weight_indicator {
            Patch::Set(code) => faults.gather(resolve(tx, "weightIndicator", &code).await)?.map(|row| row.id),
            other => other.map(|_| id).apply(after.weight_indicator_id),
        };
        rules::check_change(&mut faults, &before, &after);
        faults.refuse()?;
        Refusal::unless_current(before.version, version)?;
        let change = Change::updated(
            ChangeType::Indicator,
            &before.code,
            id,
            [
                FieldChange::of("nameVi", Some(&before.name_vi), Some(&after.name_vi)),
                FieldChange::of("nameEn", Some(&before.name_en), Some(&after.name_en)),
                FieldChange::of("definitionVi", Some(&before.definition_vi), Some(&after.definition_vi)),
                FieldChange::of("definitionEn", Some(&before.definition_en), Some(&after.definition_en)),
                FieldChange::of("mergeRule", Some(before.merge_rule.word()), Some(after.merge_rule.word())),
                FieldChange::of(
                    "weightIndicator",
                    before.weight_indicator_id.map(|id| id.0),
                    after.weight_indicator_id.map(|id| id.0),
                ),
                FieldChange::of("min", before.min, after.min),
                FieldChange::of("max", before.max, after.max),
                FieldChange::of(
                    "methodologyVersion",
                    Some(before.methodology_version),
                    Some(after.methodology_version),
                ),
            ],
        );
        let Some(change) = change else { return Ok(Outcome::unchanged(())) };
        if !store::change(tx, &before, after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}

/// Records a shortcoming; one that is known (by area and text) stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for an unknown area, indicator or figure.
pub async fn record_shortcoming(op: &Op, order: NewShortcoming) -> Result<ShortcomingId> {
    let permit = op.permit(Action::RecordShortcoming)?;
    op.write(permit, async |tx, permit| {
        let area = territory::resolve(tx, "area", &order.area, order.on.unwrap_or_else(|| op.today())).await?;
        if let Some(known) = store::shortcoming(tx, area, &order.text).await? {
            return Ok(Outcome::unchanged(known));
        }
        let indicator = match &order.indicator {
            Some(code) => Some(resolve(tx, "indicator", code).await?.id),
            None => None,
        };
        let observation = match &order.observation {
            Some(key) => {
                let of = resolve(tx, "observation.indicator", &key.indicator).await?;
                let found = store::figures::figure(tx, of.id, area, &key.period, &key.dimension).await?;
                Some(found.ok_or_else(unknown_figure)?)
            }
            None => None,
        };
        let source = citation::cite(tx, order.source.clone()).await?;
        let id = store::insert_shortcoming(tx, &order, area, indicator, observation, source).await?;
        Ok(Outcome::changed(
            permit.at(Some(area))?,
            id,
            vec![Change::audited(ChangeAction::Created, order.area.clone(), id)],
        ))
    })
    .await
}

fn unknown_figure() -> Refusal {
    Refusal::field(
        "observation",
        "UNKNOWN_OBSERVATION",
        Message::new("Không có số liệu như vậy.", "There is no such figure."),
    )
}

/// The indicator with a code.
///
/// # Errors
/// BAD_USER_INPUT naming the field that has the code, when there is none.
pub async fn resolve(tx: &Tx, field: &str, code: &str) -> Result<entity::indicator::Model> {
    Ok(store::known(tx, code).await?.ok_or_else(|| unknown(field, code))?)
}

/// There is no indicator with a code.
pub fn unknown(field: &str, code: &str) -> Refusal {
    Refusal::field(
        field,
        "UNKNOWN_INDICATOR",
        Message::new(
            format!("Không có chỉ tiêu mã \"{code}\"."),
            format!("There is no indicator with the code \"{code}\"."),
        ),
    )
}
