//! Callers, with their roles or scopes, and the areas in which those hold.

use std::sync::Arc;

use entity::{
    ids::{ApiClientId, SessionId, UnitId, UnitVersionId, UserId},
    kinds::Role,
};

use crate::kernel::{client_scope::ClientScope, recheck::Recheck};

/// The caller of an operation: its roles, scopes and area are what the policy looks at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A caller that presented no token (công khai).
    Anonymous,
    /// A signed-in user (người dùng).
    User(Arc<User>),
    /// An API client: another system (hệ thống tích hợp).
    Client(Arc<Client>),
    /// The command line, run on the server's machine (quản trị hệ thống).
    Operator,
    /// The program itself: its scheduled work.
    System,
}

/// A signed-in user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// The user name.
    pub username: String,
    /// The roles.
    pub roles: Vec<Role>,
    /// The area in which the roles hold; none: the whole country.
    pub area: Option<Area>,
    /// The session of the token.
    pub session: SessionId,
    /// How the write transaction checks all of this again.
    pub recheck: Recheck,
}

/// The area in which a caller's roles or scopes hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Area {
    /// Its unit.
    pub unit: UnitId,
    /// The newest version of the unit, which is displayed.
    pub version: UnitVersionId,
    /// The unit and all its predecessors.
    pub units: Arc<[UnitId]>,
}

/// An API client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The client's id.
    pub id: ApiClientId,
    /// The name by which it authenticates (OAuth's `client_id`).
    pub client_id: String,
    /// The scopes of its token.
    pub scopes: Vec<ClientScope>,
    /// The area in which its scopes hold, which is its agency's; none: the whole country.
    pub area: Option<Area>,
    /// How the write transaction checks all of this again.
    pub recheck: Recheck,
}

impl Caller {
    /// The name under which acts are audited.
    pub fn name(&self) -> String {
        match self {
            Caller::Anonymous => "anonymous".to_owned(),
            Caller::User(user) => format!("user:{}", user.username),
            Caller::Client(client) => format!("client:{}", client.client_id),
            Caller::Operator => "operator".to_owned(),
            Caller::System => "system".to_owned(),
        }
    }
    /// How the write transaction checks the caller again; none for callers without a token.
    pub(in crate::kernel) fn recheck(&self) -> Option<&Recheck> {
        match self {
            Caller::User(user) => Some(&user.recheck),
            Caller::Client(client) => Some(&client.recheck),
            Caller::Anonymous | Caller::Operator | Caller::System => None,
        }
    }
    pub(super) fn has(&self, roles: &[Role]) -> bool {
        matches!(self, Caller::User(user) if user.roles.iter().any(|role| roles.contains(role)))
    }
    /// Whether the caller is the command line or the program itself.
    pub(super) fn is_at_home(&self) -> bool {
        matches!(self, Caller::Operator | Caller::System)
    }
    pub(super) fn can(&self, scope: ClientScope) -> bool {
        matches!(self, Caller::Client(client) if client.scopes.contains(&scope))
    }
    /// The unit in which the caller's roles or scopes hold; none: the country.
    pub fn home(&self) -> Option<UnitId> {
        match self {
            Caller::User(user) => user.area.as_ref().map(|area| area.unit),
            Caller::Client(client) => client.area.as_ref().map(|area| area.unit),
            Caller::Anonymous | Caller::Operator | Caller::System => None,
        }
    }
    /// Where the caller's roles or scopes hold.
    pub(super) fn area(&self) -> Places {
        let within =
            |area: &Option<Area>| area.as_ref().map_or(Places::Everywhere, |area| Places::Units(area.units.clone()));
        match self {
            Caller::Anonymous => Places::Nowhere,
            Caller::User(user) => within(&user.area),
            Caller::Client(client) => within(&client.area),
            Caller::Operator | Caller::System => Places::Everywhere,
        }
    }
}

/// A part of the country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Places {
    /// No unit.
    Nowhere,
    /// These units.
    Units(Arc<[UnitId]>),
    /// All units, and what belongs to none.
    Everywhere,
}

impl Places {
    /// Whether it holds a unit, or the whole country where none is given.
    pub fn hold(&self, unit: Option<UnitId>) -> bool {
        match self {
            Places::Nowhere => false,
            Places::Units(units) => unit.is_some_and(|unit| units.contains(&unit)),
            Places::Everywhere => true,
        }
    }
    pub(super) fn only_if(self, condition: bool) -> Self {
        if condition { self } else { Places::Nowhere }
    }
}
