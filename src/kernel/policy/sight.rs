//! The read scope of a caller: which observations, agreements, grants, clients and link details it may read, and where.

use entity::{
    ids::{ApiClientId, SessionId, UserId},
    kinds::Role,
};

use super::{Action, Caller, ClientScope, Places, REGISTRAR, TRUST, User, permit};

impl Caller {
    /// The caller, reduced to what its read access depends on. Callers with equal readers see the same records, so a stream
    /// can read once and deliver the result to all of them. The identity of a user matters only if the user may record
    /// observations: such users see their own.
    pub fn reader(&self) -> Caller {
        let Caller::User(user) = self else { return self.clone() };
        let (id, username) = match permit(self, Action::RecordObservation) {
            Ok(_) => (user.id, user.username.clone()),
            Err(_) => (UserId(0), String::new()),
        };
        Caller::User(User { id, username, session: SessionId(0), ..User::clone(user) }.into())
    }
}

/// Which observations a caller sees, in addition to those that are PUBLISHED and OPEN. Only [`scope`] creates one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The areas in which the caller also sees unpublished ones: DRAFT, SUBMITTED and RETURNED.
    pub drafts: Places,
    /// The areas in which the caller also sees SHARED ones.
    pub shared: Places,
    /// The areas in which the caller also sees PRIVATE ones.
    pub private: Places,
    /// For a caller who may record observations: its audit name. The caller sees all that it recorded, in any area and
    /// state.
    pub own: Option<String>,
    /// For an API client: its id. The client sees PUBLISHED observations under its grants, SHARED and PRIVATE ones.
    pub granted: Option<ApiClientId>,
}

/// The roles that read SHARED observations.
const READERS: &[Role] = &[Role::Viewer, Role::Editor, Role::Approver, Role::Registrar, Role::Admin];

/// The read scope of a caller for observations. PRIVATE ones need a role in the area itself: a role in the whole country is
/// not enough.
pub fn scope(caller: &Caller) -> Scope {
    let at_home = caller.is_at_home();
    let area = || caller.area();
    let home = match caller {
        Caller::User(user) if user.area.is_none() => Places::Nowhere,
        _ => area(),
    };
    Scope {
        drafts: area().only_if(at_home || caller.has(&[Role::Editor, Role::Approver, Role::Admin])),
        shared: area().only_if(at_home || caller.has(READERS)),
        private: home.only_if(at_home || caller.has(READERS)),
        own: permit(caller, Action::RecordObservation).is_ok().then(|| caller.name()),
        granted: match caller {
            Caller::Client(client) if caller.can(ClientScope::ObservationRead) => Some(client.id),
            _ => None,
        },
    }
}

/// Whether the change feed returns the non-public records that this caller may read. An API client needs `changes:read` for
/// that.
pub fn follows_what_is_not_public(caller: &Caller) -> bool {
    !matches!(caller, Caller::Client(_)) || caller.can(ClientScope::ChangesRead)
}

/// The areas in which the caller sees the details of data links. Everybody sees the code, the two systems and the network
/// between them, the intermediary, the status, the direction, the data carried, the legal basis, the evidence, the health
/// and the statistics.
pub fn sees_link_details(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(READERS) || caller.can(ClientScope::LinkRead);
    caller.area().only_if(may)
}

/// The areas whose agencies' agreements the caller may read.
pub fn sees_agreements(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(READERS) || caller.has(TRUST);
    caller.area().only_if(may)
}

/// The areas whose agencies' grants the caller may read.
pub fn sees_grants(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(REGISTRAR) || caller.has(TRUST);
    caller.area().only_if(may)
}

/// The areas whose agencies' API clients the caller may read. A registrar sees all, because a grant may name a client of any
/// agency.
pub fn sees_clients(caller: &Caller) -> Places {
    match caller.has(REGISTRAR) {
        true => Places::Everywhere,
        false => caller.area().only_if(caller.is_at_home() || caller.has(TRUST)),
    }
}

/// The areas in which the caller sees the endpoints of data links.
pub fn sees_endpoints(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(&[Role::Registrar, Role::Admin]);
    caller.area().only_if(may)
}
