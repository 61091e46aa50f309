//! Territory (đơn vị hành chính): units, their versions, and how one gives way to another.
//!
//! A code is not a unit: of the 34 codes in force since 2025-07-01, seven meant another province the day before. A unit that
//! merged is a different unit even where code and name live on; a change of name or type makes a version of the same unit.
//! Intervals of one code never overlap. What predecessors had is found through the lineage.

pub mod graphql;
pub mod lineage;
pub mod rules;
pub mod store;

use chrono::NaiveDate;
use entity::{
    ids::UnitId,
    kinds::{AdministrativeLevel, AdministrativeUnitType, ChangeType, SuccessionKind},
};
use serde::Deserialize;

use crate::{
    citation,
    kernel::{
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        policy::Action,
        text::clean,
        tx::{Change, Outcome, Tx},
    },
};

/// A unit to be recorded, with all its versions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUnit {
    /// Two digits, or VN.
    pub code: String,
    /// Its level.
    pub level: AdministrativeLevel,
    /// Its first day; none where the records begin later.
    pub valid_from: Option<NaiveDate>,
    /// Its last day, inclusive.
    pub valid_to: Option<NaiveDate>,
    /// The legal document that made it, by code.
    pub legal_basis: Option<String>,
    /// Its names and types, oldest first.
    #[serde(rename = "version")]
    pub versions: Vec<NewVersion>,
}

/// A version of a unit to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewVersion {
    /// The Vietnamese name, without its type.
    pub name_vi: String,
    /// The English name.
    pub name_en: String,
    /// The Vietnamese name with its type.
    pub full_name_vi: String,
    /// The English one.
    pub full_name_en: String,
    /// Its type.
    pub unit_type: AdministrativeUnitType,
    /// Its first day; none: the unit's.
    pub valid_from: Option<NaiveDate>,
    /// Its last day, inclusive; none: the unit's.
    pub valid_to: Option<NaiveDate>,
    /// The legal document that made the version, by code.
    pub legal_basis: Option<String>,
}

/// A unit's giving way to another, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSuccession {
    /// The old unit's code, read on the day before.
    pub predecessor: String,
    /// The new unit's code, read on the day.
    pub successor: String,
    /// How.
    pub kind: SuccessionKind,
    /// The new unit's first day.
    pub effective_on: NaiveDate,
    /// The legal document that says so, by code.
    pub legal_basis: Option<String>,
}

/// Records a unit; one that is known (by code and first day) stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for a malformed code, versions that leave gaps, overlap or reach beyond the unit's life; CONFLICT when another
/// unit holds the code on some of its days.
pub async fn record_unit(op: &Op, order: NewUnit) -> Result<UnitId> {
    let permit = op.permit(Action::RecordTerritory)?;
    rules::check_unit(&order)?;
    op.write(permit, async |tx, permit| {
        let same_code = store::with_code(tx, &order.code).await?;
        if let Some(known) = same_code.iter().find(|unit| unit.valid_from == order.valid_from) {
            return Ok(Outcome::unchanged(known.id));
        }
        rules::check_overlap(&order, &same_code)?;
        let basis = match &order.legal_basis {
            Some(code) => Some(citation::resolve(tx, "legalBasis", code).await?),
            None => None,
        };
        let mut version_bases = vec![];
        for version in &order.versions {
            version_bases.push(match &version.legal_basis {
                Some(code) => Some(citation::resolve(tx, "version.legalBasis", code).await?),
                None => None,
            });
        }
        let (unit, version) = store::insert_unit(tx, &order, basis, version_bases).await?;
        let change = Change::created(ChangeType::AdministrativeUnit, order.code.clone(), version);
        Ok(Outcome::changed(permit.at(None)?, unit, vec![change]))
    })
    .await
}

/// Records that a unit gave way to another; what is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT when there is no such unit on its day.
pub async fn record_succession(op: &Op, order: NewSuccession) -> Result<()> {
    let permit = op.permit(Action::RecordTerritory)?;
    op.write(permit, async |tx, permit| {
        let before = order.effective_on.pred_opt().unwrap_or(order.effective_on);
        let predecessor = resolve(tx, "predecessor", &order.predecessor, before).await?;
        let successor = resolve(tx, "successor", &order.successor, order.effective_on).await?;
        if store::succession_known(tx, predecessor, successor).await? {
            return Ok(Outcome::unchanged(()));
        }
        let basis = match &order.legal_basis {
            Some(code) => Some(citation::resolve(tx, "legalBasis", code).await?),
            None => None,
        };
        store::insert_succession(tx, &order, predecessor, successor, basis).await?;
        let version = store::newest_version(tx, successor).await?;
        let key = order.successor.clone();
        Ok(Outcome::changed(permit.at(None)?, (), vec![Change::created(ChangeType::AdministrativeUnit, key, version)]))
    })
    .await
}

/// The unit that holds a code on a day.
///
/// # Errors
/// BAD_USER_INPUT naming the field that has the code, when no unit holds it that day.
pub async fn resolve(tx: &Tx, field: &str, code: &str, on: NaiveDate) -> Result<UnitId> {
    Ok(holder(field, code, &store::with_code(tx, code).await?, on)?.id)
}

/// Of some units the one that holds a code on a day.
///
/// # Errors
/// BAD_USER_INPUT naming the field that has the code, when none does.
pub fn holder<'a>(
    field: &str,
    code: &str,
    units: &'a [entity::unit::Model],
    on: NaiveDate,
) -> std::result::Result<&'a entity::unit::Model, Refusal> {
    rules::check_code(field, code)?;
    let code = clean(code);
    let holder = units.iter().find(|u| u.code == code && rules::covers(u.valid_from, u.valid_to, on));
    holder.ok_or_else(|| {
        Refusal::field(
            field,
            "UNKNOWN_AREA",
            Message::new(
                format!("Không có đơn vị hành chính nào mang mã \"{code}\" vào ngày {on}."),
                format!("No territorial unit holds the code \"{code}\" on {on}."),
            ),
        )
    })
}
