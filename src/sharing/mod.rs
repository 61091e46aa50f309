//! Sharing (kết nối, chia sẻ dữ liệu): information systems, how they relate, who uses them, and the data links between them.
//!
//! Hosting, transport and being part of something are relations between systems; access, supply and use by bodies are uses; a
//! data link carries data from a system to a system. A link that a source tells of is loaded in the state that the source
//! tells, without inventing agreements.

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

/// How a system relates to another, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSystemRelation {
    /// The one, by code.
    pub from: String,
    /// The other, by code.
    pub to: String,
    /// How the one relates to the other.
    pub kind: SystemRelationKind,
    /// Where it is told.
    pub source: Option<NewSource>,
}

/// A body's use of a system, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSystemUse {
    /// The system, by code.
    pub system: String,
    /// The body, by code.
    pub agency: String,
    /// What it has to do with the system.
    pub kind: SystemUseKind,
    /// At how many points, where it is told.
    pub points: Option<i32>,
    /// Where it is told.
    pub source: Option<NewSource>,
}

/// A link that a source tells of, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDataLink {
    /// Its key.
    pub code: String,
    /// From which system, by code.
    pub source: String,
    /// To which system, by code.
    pub target: String,
    /// Through what.
    pub intermediary: Intermediary,
    /// How.
    pub method: Option<SharingMethod>,
    /// Which way.
    pub direction: LinkDirection,
    /// Where it runs.
    pub environment: Environment,
    /// In which state.
    pub status: LinkStatus,
    /// What it carries.
    pub carries: Option<String>,
    /// The network below, by code.
    pub via: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// Since when it is active.
    pub active_from: Option<PartialDate>,
    /// The legal documents that it rests on, by code.
    #[serde(default)]
    pub legal_basis: Vec<String>,
    /// Where it is told.
    pub evidence: Option<NewSource>,
    /// Its last day. Nothing that is only told of has one.
    #[serde(skip)]
    pub expires_on: Option<NaiveDate>,
    /// Where it is reached. Nothing that is only told of is.
    #[serde(skip)]
    pub endpoint: Option<String>,
}

/// Records how two systems relate; what is known stays as it is.
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

/// Records a body's use of a system; what is known stays as it is.
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

/// Records a link in the state that its source tells; one that is known stays as it is.
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
/// BAD_USER_INPUT naming the field that has the code, when there is none.
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

/// The system with a code, where one is named.
///
/// # Errors
/// As [`resolve`]'s.
async fn resolve_maybe(tx: &Tx, field: &str, code: Option<&str>) -> Result<Option<information_system::Model>> {
    match code {
        Some(code) => Ok(Some(resolve(tx, field, code).await?)),
        None => Ok(None),
    }
}
