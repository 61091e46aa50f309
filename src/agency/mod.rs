//! Agencies (cơ quan, tổ chức): the bodies that issue plans, lead tasks, own and use systems; or classes of bodies that a source
//! names without naming one. Bodies succeed each other as territories do.

pub mod graphql;
pub mod store;

use chrono::NaiveDate;
use entity::{
    ids::AgencyId,
    kinds::{AgencyKind, ChangeType},
    time::PartialDate,
};
use serde::Deserialize;

use crate::{
    citation::{self, NewSource},
    kernel::{
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        policy::Action,
        tx::{Change, Outcome, Tx},
    },
    territory,
};

/// An agency to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAgency {
    /// Its key.
    pub code: String,
    /// The Vietnamese name.
    pub name_vi: String,
    /// The English name.
    pub name_en: String,
    /// What kind of body.
    pub kind: AgencyKind,
    /// A class of bodies that is not one named body.
    #[serde(default)]
    pub generic: bool,
    /// The code of its area.
    pub area: Option<String>,
    /// The day to read that code on; today by default.
    pub on: Option<NaiveDate>,
    /// The body that it belongs to, by code.
    pub parent: Option<String>,
    /// Since when it is.
    pub valid_from: Option<PartialDate>,
    /// Until when it was.
    pub valid_to: Option<PartialDate>,
    /// Where it is told of.
    pub source: Option<NewSource>,
}

/// Records an agency; one that is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for an unknown area or parent.
pub async fn record(op: &Op, order: NewAgency) -> Result<AgencyId> {
    let permit = op.permit(Action::RecordAgency)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known));
        }
        let area = match &order.area {
            Some(code) => Some(territory::resolve(tx, "area", code, order.on.unwrap_or_else(|| op.today())).await?),
            None => None,
        };
        let parent = match &order.parent {
            Some(code) => Some(resolve(tx, "parent", code).await?),
            None => None,
        };
        let source = match order.source.clone() {
            Some(source) => Some(citation::cite(tx, source).await?),
            None => None,
        };
        let id = store::insert(tx, &order, area, parent, source).await?;
        Ok(Outcome::changed(permit.at(area)?, id, vec![Change::created(ChangeType::Agency, order.code.clone(), id)]))
    })
    .await
}

/// Records that one body gave way to another; what is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT when either is unknown.
pub async fn succeed(op: &Op, code: &str, successor: &str) -> Result<()> {
    let permit = op.permit(Action::RecordAgency)?;
    op.write(permit, async |tx, permit| {
        let old = resolve(tx, "code", code).await?;
        let new = resolve(tx, "succeededBy", successor).await?;
        if store::succession_known(tx, old, new).await? {
            return Ok(Outcome::unchanged(()));
        }
        store::insert_succession(tx, old, new).await?;
        Ok(Outcome::changed(
            permit.at(store::area(tx, old).await?)?,
            (),
            vec![Change::created(ChangeType::Agency, code, old)],
        ))
    })
    .await
}

/// The agency with a code.
///
/// # Errors
/// BAD_USER_INPUT naming the field that has the code, when there is none.
pub async fn resolve(tx: &Tx, field: &str, code: &str) -> Result<AgencyId> {
    let unknown = || {
        Refusal::field(
            field,
            "UNKNOWN_AGENCY",
            Message::new(
                format!("Không có cơ quan mã \"{code}\"."),
                format!("There is no agency with the code \"{code}\"."),
            ),
        )
    };
    Ok(store::known(tx, code).await?.ok_or_else(unknown)?)
}
