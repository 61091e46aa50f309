//! The OAuth scopes of API clients (phạm vi), as roles are for users. Each scope applies in the area of the client's
//! agency; only grants widen what a client reads.

/// An OAuth scope of an API client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientScope {
    /// Read observations under grants.
    ObservationRead,
    /// Record and submit observations.
    ObservationWrite,
    /// Report calls over data links.
    ExchangeReport,
    /// Read non-public entries of the change feed.
    ChangesRead,
    /// Read the details of data links.
    LinkRead,
}

impl ClientScope {
    /// All scopes.
    pub const ALL: [ClientScope; 5] = [
        ClientScope::ObservationRead,
        ClientScope::ObservationWrite,
        ClientScope::ExchangeReport,
        ClientScope::ChangesRead,
        ClientScope::LinkRead,
    ];
    /// The name in tokens, such as `observation:read`.
    pub fn name(self) -> &'static str {
        match self {
            ClientScope::ObservationRead => "observation:read",
            ClientScope::ObservationWrite => "observation:write",
            ClientScope::ExchangeReport => "exchange:report",
            ClientScope::ChangesRead => "changes:read",
            ClientScope::LinkRead => "link:read",
        }
    }
    /// The scope with a name; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        ClientScope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}
