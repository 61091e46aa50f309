//! The one table of who may do what. Deny by default: what stands in no line is refused. Pure: it touches no database, so that it
//! can be printed whole (a committed snapshot that people review).
//!
//! A [`Permit`] to write and a [`Scope`] to read come only from here.

use super::{
    error::{Code, Refusal},
    locale::Message,
};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody has signed in (công khai).
    Anonymous,
    /// Whoever runs this program on the machine (quản trị hệ thống): the command line.
    Operator,
}

impl Caller {
    /// All of them, for the printed table.
    pub const ALL: [Caller; 2] = [Caller::Anonymous, Caller::Operator];

    /// The names of the actions that are permitted.
    pub fn permissions(self) -> Vec<String> {
        Action::ALL.iter().filter(|a| permit(self, **a).is_ok()).map(|a| a.name().to_owned()).collect()
    }
    /// The name under which acts are audited.
    pub fn name(self) -> &'static str {
        match self {
            Caller::Anonymous => "anonymous",
            Caller::Operator => "operator",
        }
    }
}

/// What can be done to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Record a legal document.
    RecordLegalDocument,
    /// Record a territorial unit or a succession.
    RecordTerritory,
    /// Record an agency.
    RecordAgency,
    /// Record an indicator.
    RecordIndicator,
    /// Record a figure that is published at once: only what is already public may come this way.
    RecordPublishedObservation,
    /// Record a reported shortcoming.
    RecordShortcoming,
    /// Record a plan, a target or a task.
    RecordPlan,
    /// Record an information system, its relations or its uses.
    RecordInformationSystem,
    /// Record a data link in the state that a source tells.
    RecordDataLink,
}

impl Action {
    /// All of them, for the printed table.
    pub const ALL: [Action; 9] = [
        Action::RecordLegalDocument,
        Action::RecordTerritory,
        Action::RecordAgency,
        Action::RecordIndicator,
        Action::RecordPublishedObservation,
        Action::RecordShortcoming,
        Action::RecordPlan,
        Action::RecordInformationSystem,
        Action::RecordDataLink,
    ];

    /// The name under which it is audited.
    pub fn name(self) -> &'static str {
        match self {
            Action::RecordLegalDocument => "legalDocument.record",
            Action::RecordTerritory => "territory.record",
            Action::RecordAgency => "agency.record",
            Action::RecordIndicator => "indicator.record",
            Action::RecordPublishedObservation => "observation.recordPublished",
            Action::RecordShortcoming => "shortcoming.record",
            Action::RecordPlan => "plan.record",
            Action::RecordInformationSystem => "informationSystem.record",
            Action::RecordDataLink => "dataLink.record",
        }
    }
}

/// A permission to do one thing. Only [`permit`] makes one, and nothing is written without one.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    action: Action,
}

impl Permit {
    /// What it allows.
    pub fn action(&self) -> Action {
        self.action
    }
}

/// Which records a caller sees, of those that not everybody may see. Only [`scope`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What is published and open.
    PublishedOpen,
    /// Everything.
    Everything,
}

/// May this caller do this?
///
/// # Errors
/// UNAUTHENTICATED for somebody who has not signed in.
pub fn permit(caller: Caller, action: Action) -> Result<Permit, Refusal> {
    match caller {
        Caller::Operator => Ok(Permit { action }),
        Caller::Anonymous => Err(Refusal::new(
            Code::Unauthenticated,
            Message::new("Cần đăng nhập để thực hiện việc này.", "Sign in to do this."),
        )),
    }
}

/// What of the figures does this caller see?
pub fn scope(caller: Caller) -> Scope {
    match caller {
        Caller::Operator => Scope::Everything,
        Caller::Anonymous => Scope::PublishedOpen,
    }
}

/// May this caller see the details of data links? Everybody sees the code, the ends and the network between them, the
/// intermediary, the status, the direction, what is carried, the legal basis, the evidence, the health and the statistics.
pub fn sees_link_details(caller: Caller) -> bool {
    match caller {
        Caller::Operator => true,
        Caller::Anonymous => false,
    }
}

/// May this caller see where a data link's endpoint is?
pub fn sees_endpoints(caller: Caller) -> bool {
    match caller {
        Caller::Operator => true,
        Caller::Anonymous => false,
    }
}
