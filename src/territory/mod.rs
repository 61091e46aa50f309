//! Territory (đơn vị hành chính): units, their versions, and their successions.
//!
//! A code does not identify a unit: of the 34 codes in force since 2025-07-01, seven belonged to another province the day
//! before. A merger creates a new unit, even where code and name stay the same; a change of name or type creates a version
//! of the same unit. The intervals in which units hold one code never overlap. Records of predecessors are found through
//! the lineage.

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

/// Input for a new unit, with all its versions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUnit {
    /// The official code: two digits, or VN.
    pub code: String,
    /// The administrative level.
    pub level: AdministrativeLevel,
    /// The first day; `None` if it precedes the records.
    pub valid_from: Option<NaiveDate>,
    /// The last day, inclusive; `None` while the unit exists.
    pub valid_to: Option<NaiveDate>,
    /// The code of the legal document that established it.
    pub legal_basis: Option<String>,
    /// Its names and types, oldest first; at least one.
    #[serde(rename = "version")]
    pub versions: Vec<NewVersion>,
}

/// Input for one version of a unit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewVersion {
    /// The Vietnamese name, without the type.
    pub name_vi: String,
    /// The English name, without the type.
    pub name_en: String,
    /// The Vietnamese name, with the type.
    pub full_name_vi: String,
    /// The English name, with the type.
    pub full_name_en: String,
    /// The type.
    pub unit_type: AdministrativeUnitType,
    /// The first day; `None` means the unit's first day.
    pub valid_from: Option<NaiveDate>,
    /// The last day, inclusive; `None` means the unit's last day.
    pub valid_to: Option<NaiveDate>,
    /// The code of the legal document that changed the name or type.
    pub legal_basis: Option<String>,
}

/// Input for the succession of one unit by another.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSuccession {
    /// The former unit's code, resolved for the day before `effective_on`.
    pub predecessor: String,
    /// The new unit's code, resolved for `effective_on`.
    pub successor: String,
    /// The kind of succession.
    pub kind: SuccessionKind,
    /// The new unit's first day.
    pub effective_on: NaiveDate,
    /// The code of the legal document that orders the succession.
    pub legal_basis: Option<String>,
}

/// Records a unit. If a unit with the same code and first day is already recorded, nothing changes and its id is returned.
///
/// # Errors
/// BAD_USER_INPUT for a malformed code, and for versions that leave gaps, overlap or reach beyond the unit's life; CONFLICT
/// if another unit holds the code on one of its days.
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

/// Records the succession of one unit by another. Nothing changes if it is already recorded.
///
/// # Errors
/// BAD_USER_INPUT if no unit holds one of the codes on its day.
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

/// Resolves a code on a day to the unit that holds it.
///
/// # Errors
/// BAD_USER_INPUT naming `field`, if no unit holds the code that day.
pub async fn resolve(tx: &Tx, field: &str, code: &str, on: NaiveDate) -> Result<UnitId> {
    Ok(holder(field, code, &store::with_code(tx, code).await?, on)?.id)
}

/// Finds the unit that holds a code on a day among the given units.
///
/// # Errors
/// BAD_USER_INPUT naming `field`, if none of them does.
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
