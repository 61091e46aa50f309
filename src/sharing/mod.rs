//! Sharing (kết nối, chia sẻ dữ liệu): information systems, their relations and uses, the data links between them, and
//! the agreements and access grants for the data.
//!
//! Hosting, transport and being part of another system are relations between systems. Access, supply and use by
//! agencies are uses. A data link carries data from one system to another. A link that a source mentions is loaded in
//! the status that the source states; no agreement is invented for it.

pub mod agreeing;
pub mod changing;
pub mod correcting;
pub mod deadline;
pub mod drafting;
pub mod granting;
pub mod graphql;
pub mod law;
pub mod link;
pub mod rules;
pub mod step;
pub mod store;
pub mod system;

use chrono::NaiveDate;
use entity::{
    ids::DataLinkId,
    information_system,
    kinds::{
        ChangeType, Environment, Intermediary, LinkDirection, LinkStatus, SharingMethod, SystemRelationKind,
        SystemUseKind,
    },
    time::PartialDate,
};
use serde::Deserialize;

use crate::{
    agency,
    citation::{self, NewSource},
    kernel::{
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        policy::Action,
        tx::{Change, Outcome, Tx},
    },
};

/// A relation between two systems, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSystemRelation {
    /// The first system, by code.
    pub from: String,
    /// The second system, by code.
    pub to: String,
    /// How the first relates to the second.
    pub kind: SystemRelationKind,
    /// The source that states it.
    pub source: Option<NewSource>,
}

/// An agency's use of a system, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSystemUse {
    /// The system, by code.
    pub system: String,
    /// The agency, by code.
    pub agency: String,
    /// How the agency uses the system.
    pub kind: SystemUseKind,
    /// The number of connection points, if stated.
    pub points: Option<i32>,
    /// The source that states it.
    pub source: Option<NewSource>,
}

/// A data link to be recorded or created.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDataLink {
    /// The unique code.
    pub code: String,
    /// The source system, by code.
    pub source: String,
    /// The target system, by code.
    pub target: String,
    /// The intermediary platform.
    pub intermediary: Intermediary,
    /// The method of sharing.
    pub method: Option<SharingMethod>,
    /// The direction of the data.
    pub direction: LinkDirection,
    /// The environment.
    pub environment: Environment,
    /// The status.
    pub status: LinkStatus,
    /// The data that it carries.
    pub carries: Option<String>,
    /// The network that it runs over, by system code.
    pub via: Option<String>,
    /// The purpose.
    pub purpose: Option<String>,
    /// When it became active.
    pub active_from: Option<PartialDate>,
    /// The legal basis, by codes of legal documents.
    #[serde(default)]
    pub legal_basis: Vec<String>,
    /// The source that states it.
    pub evidence: Option<NewSource>,
    /// The expiry date. A link that is loaded from a source has none.
    #[serde(skip)]
    pub expires_on: Option<NaiveDate>,
    /// The endpoint URL. A link that is loaded from a source has none.
    #[serde(skip)]
    pub endpoint: Option<String>,
}

/// Records a relation between two systems. An existing relation is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT for an unknown system, or a system related to itself.
pub async fn relate(op: &Op, order: NewSystemRelation) -> Result<()> {
    let permit = op.permit(Action::RecordInformationSystem)?;
    rules::check_ends("to", &order.from, &order.to)?;
    op.write(permit, async |tx, permit| {
        let from = resolve(tx, "from", &order.from).await?;
        let to = resolve(tx, "to", &order.to).await?;
        if store::relation_known(tx, from.id, to.id, order.kind).await? {
            return Ok(Outcome::unchanged(()));
        }
        let placed = permit.at_related([("from".to_owned(), from.area_id), ("to".to_owned(), to.area_id)])?;
        let source = citation::cite_maybe(tx, order.source.clone()).await?;
        store::insert_relation(tx, from.id, to.id, order.kind, source).await?;
        Ok(Outcome::changed(
            placed,
            (),
            vec![Change::created(ChangeType::InformationSystem, order.from.clone(), from.id)],
        ))
    })
    .await
}

/// Records an agency's use of a system. An existing use is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT for an unknown system or agency, or a number of points below one.
pub async fn record_use(op: &Op, order: NewSystemUse) -> Result<()> {
    let permit = op.permit(Action::RecordInformationSystem)?;
    rules::check_use(&order)?;
    op.write(permit, async |tx, permit| {
        let system = resolve(tx, "system", &order.system).await?;
        let agency = agency::resolve(tx, "agency", &order.agency).await?;
        if store::use_known(tx, system.id, agency, order.kind).await? {
            return Ok(Outcome::unchanged(()));
        }
        let placed = permit.at(system.area_id)?;
        let _ = permit.at_related(agency::related(tx, [("agency", Some(agency))]).await?)?;
        let source = citation::cite_maybe(tx, order.source.clone()).await?;
        store::insert_use(tx, &order, system.id, agency, source).await?;
        Ok(Outcome::changed(
            placed,
            (),
            vec![Change::created(ChangeType::InformationSystem, order.system.clone(), system.id)],
        ))
    })
    .await
}

/// Records a link in the status that its source states. An existing link is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT for an unknown system or document, or a link of a system to itself.
pub async fn record_link(op: &Op, order: NewDataLink) -> Result<DataLinkId> {
    let permit = op.permit(Action::RecordDataLink)?;
    rules::check_ends("target", &order.source, &order.target)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known_link(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known));
        }
        let ends = store::Ends {
            source: resolve(tx, "source", &order.source).await?,
            target: resolve(tx, "target", &order.target).await?,
            via: resolve_maybe(tx, "via", order.via.as_deref()).await?.map(|system| system.id),
            evidence: citation::cite_maybe(tx, order.evidence.clone()).await?,
        };
        let mut basis = vec![];
        for code in &order.legal_basis {
            basis.push(citation::resolve(tx, "legalBasis", code).await?);
        }
        let area = ends.source.area_id.or(ends.target.area_id);
        let id = store::insert_link(tx, &order, ends, basis).await?.id;
        Ok(Outcome::changed(permit.at(area)?, id, vec![Change::created(ChangeType::DataLink, order.code.clone(), id)]))
    })
    .await
}

/// The system with a code.
///
/// # Errors
/// BAD_USER_INPUT for `field` if there is no such system.
async fn resolve(tx: &Tx, field: &str, code: &str) -> Result<information_system::Model> {
    let unknown = || {
        Refusal::field(
            field,
            "UNKNOWN_INFORMATION_SYSTEM",
            Message::new(
                format!("Không có hệ thống thông tin mã \"{code}\"."),
                format!("There is no information system with the code \"{code}\"."),
            ),
        )
    };
    Ok(store::known_system(tx, code).await?.ok_or_else(unknown)?)
}

/// The system with a code, if a code is given.
///
/// # Errors
/// As [`resolve`]'s.
async fn resolve_maybe(tx: &Tx, field: &str, code: Option<&str>) -> Result<Option<information_system::Model>> {
    match code {
        Some(code) => Ok(Some(resolve(tx, field, code).await?)),
        None => Ok(None),
    }
}
