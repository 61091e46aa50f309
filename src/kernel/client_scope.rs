//! What the token of a system may allow (phạm vi), beside what roles allow people: names that tokens carry. Each scope holds in the
//! area of the client's agency; grants alone widen what a client reads.

/// What a client's token may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientScope {
    /// To read figures, those of its grants included.
    ObservationRead,
    /// To record figures.
    ObservationWrite,
    /// To report exchanges.
    ExchangeReport,
    /// To read the change feed.
    ChangesRead,
    /// To read the details of links.
    LinkRead,
}

impl ClientScope {
    /// All of them.
    pub const ALL: [ClientScope; 5] = [
        ClientScope::ObservationRead,
        ClientScope::ObservationWrite,
        ClientScope::ExchangeReport,
        ClientScope::ChangesRead,
        ClientScope::LinkRead,
    ];
    /// As tokens name it.
    pub fn name(self) -> &'static str {
        match self {
            ClientScope::ObservationRead => "observation:read",
            ClientScope::ObservationWrite => "observation:write",
            ClientScope::ExchangeReport => "exchange:report",
            ClientScope::ChangesRead => "changes:read",
            ClientScope::LinkRead => "link:read",
        }
    }
    /// The one with a name.
    pub fn named(name: &str) -> Option<Self> {
        ClientScope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}
