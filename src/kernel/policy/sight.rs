//! What a caller sees: which figures, and whose agreements, grants, clients and details of links.

use entity::{
    ids::{ApiClientId, SessionId, UserId},
    kinds::Role,
};

use super::{Action, Caller, ClientScope, Places, REGISTRAR, TRUST, User, permit};

impl Caller {
    /// The caller without what no read of records depends on. Callers with equal readers are shown the same, so what was read as one
    /// reader may be delivered to all of them. Who a person is matters only where they may record observations: they see their own.
    pub fn reader(&self) -> Caller {
        let Caller::User(user) = self else { return self.clone() };
        let (id, username) = match permit(self, Action::RecordObservation) {
            Ok(_) => (user.id, user.username.clone()),
            Err(_) => (UserId(0), String::new()),
        };
        Caller::User(User { id, username, session: SessionId(0), ..User::clone(user) }.into())
    }
}

/// Which figures a caller sees, beyond those that are published and open. Only [`scope`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Where also those that were not published: drafts, submitted, returned.
    pub drafts: Places,
    /// Where also those that are shared among bodies of the state.
    pub shared: Places,
    /// Where also private ones.
    pub private: Places,
    /// Whoever may record figures sees what they recorded, wherever and in whichever state: under this name.
    pub own: Option<String>,
    /// A system sees what is published of what it was granted, SHARED or PRIVATE.
    pub granted: Option<ApiClientId>,
}

/// Those who read what bodies of the state share.
const READERS: &[Role] = &[Role::Viewer, Role::Editor, Role::Approver, Role::Registrar, Role::Admin];

/// What of the figures does this caller see? Private ones need the home area: to hold a role in the whole country is not enough.
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

/// May this caller be told by the change feed of what strangers do not see? A system needs the scope for it.
pub fn follows_what_is_not_public(caller: &Caller) -> bool {
    !matches!(caller, Caller::Client(_)) || caller.can(ClientScope::ChangesRead)
}

/// Where may this caller see the details of data links? Everybody sees the code, the ends and the network between them, the
/// intermediary, the status, the direction, what is carried, the legal basis, the evidence, the health and the statistics.
pub fn sees_link_details(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(READERS) || caller.can(ClientScope::LinkRead);
    caller.area().only_if(may)
}

/// Of which bodies may this caller see the agreements?
pub fn sees_agreements(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(READERS) || caller.has(TRUST);
    caller.area().only_if(may)
}

/// Of which bodies may this caller see what clients were granted?
pub fn sees_grants(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(REGISTRAR) || caller.has(TRUST);
    caller.area().only_if(may)
}

/// Of which bodies may this caller see the clients? A registrar grants rights to those of any body.
pub fn sees_clients(caller: &Caller) -> Places {
    match caller.has(REGISTRAR) {
        true => Places::Everywhere,
        false => caller.area().only_if(caller.is_at_home() || caller.has(TRUST)),
    }
}

/// May this caller see where a data link's endpoint is?
pub fn sees_endpoints(caller: &Caller) -> Places {
    let may = caller.is_at_home() || caller.has(&[Role::Registrar, Role::Admin]);
    caller.area().only_if(may)
}
