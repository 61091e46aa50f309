//! The one table of who may do what, where. Deny by default: what stands in no line is refused. Pure: it touches no database, so
//! that it can be printed whole (a committed snapshot that people review).
//!
//! A [`Permit`] to write, a [`Placed`] to have written, and a [`Scope`] to read come only from here.

use std::sync::Arc;

use entity::{
    ids::{ApiClientId, SessionId, UnitId, UnitVersionId, UserId},
    kinds::Role,
};

use super::{
    client_scope::ClientScope,
    error::{Code, Refusal},
    locale::Message,
};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody has signed in (công khai).
    Anonymous,
    /// A person who has signed in (người dùng).
    User(Arc<User>),
    /// A system that integrates (hệ thống tích hợp).
    Client(Arc<Client>),
    /// Whoever runs this program on the machine (quản trị hệ thống): the command line.
    Operator,
    /// The program itself, in what it does when the time has come.
    System,
}

/// A person who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Which one.
    pub id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// The roles.
    pub roles: Vec<Role>,
    /// Where they hold; none: in the country.
    pub area: Option<Area>,
    /// The session.
    pub session: SessionId,
}

/// The area in which somebody's roles hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its newest version, which is the one to show.
    pub version: UnitVersionId,
    /// The unit and all that it came from.
    pub units: Arc<[UnitId]>,
}

/// A system that integrates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Which one.
    pub id: ApiClientId,
    /// The name by which it authenticates.
    pub client_id: String,
    /// What its token allows.
    pub scopes: Vec<ClientScope>,
    /// The area of its body, where it may write; none: in the country.
    pub area: Option<Area>,
}

impl Caller {
    /// The names of the actions that are permitted, somewhere.
    pub fn permissions(&self) -> Vec<String> {
        Action::ALL.iter().filter(|a| permit(self, **a).is_ok()).map(|a| a.name().to_owned()).collect()
    }
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
    fn has(&self, roles: &[Role]) -> bool {
        matches!(self, Caller::User(user) if user.roles.iter().any(|role| roles.contains(role)))
    }
    /// Nobody who sent a request: whoever runs the program, and the program itself.
    fn is_at_home(&self) -> bool {
        matches!(self, Caller::Operator | Caller::System)
    }
    fn can(&self, scope: ClientScope) -> bool {
        matches!(self, Caller::Client(client) if client.scopes.contains(&scope))
    }
    /// Where the caller's roles hold.
    fn area(&self) -> Places {
        match self {
            Caller::Anonymous => Places::Nowhere,
            Caller::User(user) => match &user.area {
                Some(area) => Places::Units(area.units.clone()),
                None => Places::Everywhere,
            },
            Caller::Client(_) | Caller::Operator | Caller::System => Places::Everywhere,
        }
    }
}

/// Some part of the country.
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
    /// Whether a unit, or, without one, the whole country, lies in it.
    pub fn hold(&self, unit: Option<UnitId>) -> bool {
        match self {
            Places::Nowhere => false,
            Places::Units(units) => unit.is_some_and(|unit| units.contains(&unit)),
            Places::Everywhere => true,
        }
    }
    fn only_if(self, condition: bool) -> Self {
        if condition { self } else { Places::Nowhere }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal, $who:expr;)+) => {
        /// What can be done, or read by some only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action),+ }

        impl Action {
            /// All of them, for the printed table.
            pub const ALL: &[Action] = &[$(Action::$action),+];

            /// The name under which it is audited.
            pub fn name(self) -> &'static str {
                match self { $(Action::$action => $name),+ }
            }
            fn who(self) -> Who {
                match self { $(Action::$action => $who),+ }
            }
        }
    };
}

/// Who may do something.
#[derive(Clone, Copy)]
enum Who {
    /// Everybody, signed in or not.
    Anybody,
    /// Every person who has signed in.
    AnyUser,
    /// People with one of these roles; and an administrator in an emergency.
    People(&'static [Role]),
    /// The same, and systems whose token has this scope, in the area of their body.
    PeopleOr(&'static [Role], ClientScope),
    /// Systems whose token has this scope, and no person: what only a system can know.
    Systems(ClientScope),
    /// The same as people, whose roles hold in the whole country: what is done belongs to no area.
    InCountry(&'static [Role]),
    /// Nobody but whoever runs the program.
    OperatorOnly,
    /// Nobody but the program, when the time has come, and whoever runs it.
    Program,
}

use Who::{AnyUser, Anybody, InCountry, OperatorOnly, People, PeopleOr, Program, Systems};

const ADMIN: &[Role] = &[Role::Admin];
const EDITOR: &[Role] = &[Role::Editor];
const APPROVER: &[Role] = &[Role::Approver];
const REGISTRAR: &[Role] = &[Role::Registrar];
const TRUST: &[Role] = &[Role::SecurityOfficer, Role::Admin];

actions! {
    /// Sign in.
    SignIn = "session.signIn", Anybody;
    /// Renew a session's tokens.
    Refresh = "session.refresh", Anybody;
    /// End one's own session.
    SignOut = "session.signOut", Anybody;
    /// End somebody's sessions.
    EndSessions = "session.end", People(TRUST);
    /// Change one's own password.
    ChangePassword = "user.changePassword", AnyUser;
    /// Create a user.
    CreateUser = "user.create", People(ADMIN);
    /// Change a user's name, roles, area, or whether they may sign in.
    UpdateUser = "user.update", People(ADMIN);
    /// Give a user another password, and end a lock-out.
    ResetPassword = "user.resetPassword", People(ADMIN);
    /// Read who the users are.
    ReadUsers = "user.read", People(TRUST);
    /// Create a client.
    CreateApiClient = "apiClient.create", People(ADMIN);
    /// Give a client another secret.
    RotateClientSecret = "apiClient.rotateSecret", People(ADMIN);
    /// Revoke a client.
    RevokeApiClient = "apiClient.revoke", People(TRUST);
    /// Read which clients there are.
    ReadApiClients = "apiClient.read", People(TRUST);
    /// Ask for a token, as a client, with its secret.
    IssueToken = "token.issue", Anybody;
    /// Revoke a token, as a client, with its secret.
    RevokeToken = "token.revoke", Anybody;
    /// Present a token.
    UseToken = "token.use", Anybody;
    /// Read the audit log, and have it verified.
    ReadAudit = "audit.read", InCountry(TRUST);
    /// Put old entries of the audit log into an archive.
    ArchiveAudit = "audit.archive", OperatorOnly;
    /// Drop old rows of the change feed.
    ForgetChanges = "change.forget", Program;
    /// Sign with other keys from now on.
    RotateKeys = "key.rotate", OperatorOnly;
    /// Sign a checkpoint of the audit log, which is public.
    SignCheckpoint = "audit.checkpoint", Anybody;
    /// Record a legal document.
    RecordLegalDocument = "legalDocument.record", People(REGISTRAR);
    /// Record a territorial unit or a succession.
    RecordTerritory = "territory.record", InCountry(ADMIN);
    /// Record an agency.
    RecordAgency = "agency.record", People(REGISTRAR);
    /// Record an indicator.
    RecordIndicator = "indicator.record", InCountry(ADMIN);
    /// Record a figure that is published at once: only what is already public may come this way.
    RecordPublishedObservation = "observation.recordPublished", OperatorOnly;
    /// Record a figure to be reviewed, or revise one.
    RecordObservation = "observation.record", PeopleOr(EDITOR, ClientScope::ObservationWrite);
    /// Submit a figure to whoever approves it.
    SubmitObservation = "observation.submit", PeopleOr(EDITOR, ClientScope::ObservationWrite);
    /// Publish a figure that somebody else recorded and submitted.
    PublishObservation = "observation.publish", People(APPROVER);
    /// Send a figure back to who submitted it.
    ReturnObservation = "observation.return", People(APPROVER);
    /// Take a published figure back.
    WithdrawObservation = "observation.withdraw", People(APPROVER);
    /// Record a reported shortcoming.
    RecordShortcoming = "shortcoming.record", People(EDITOR);
    /// Record a plan, a target or a task.
    RecordPlan = "plan.record", People(EDITOR);
    /// Record an information system, its relations or its uses.
    RecordInformationSystem = "informationSystem.record", People(REGISTRAR);
    /// Record a data link in the state that a source tells.
    RecordDataLink = "dataLink.record", OperatorOnly;
    /// Create a data link, which is a draft.
    CreateDataLink = "dataLink.create", People(REGISTRAR);
    /// Change what is known of a data link.
    UpdateDataLink = "dataLink.update", People(REGISTRAR);
    /// Take a data link a step further in its life.
    TransitionDataLink = "dataLink.transition", People(REGISTRAR);
    /// Note that the last days of data links are over.
    ExpireDataLinks = "dataLink.expire", Program;
    /// Report calls that went over data links.
    ReportExchanges = "exchange.report", Systems(ClientScope::ExchangeReport);
    /// Drop old records of calls.
    ForgetExchanges = "exchange.forget", Program;
    /// Have a data link checked now.
    CheckDataLink = "dataLink.check", People(REGISTRAR);
    /// Check the data links whose time has come.
    ProbeDataLinks = "dataLink.probe", Program;
    /// Drop old checks of data links.
    ForgetChecks = "linkCheck.forget", Program;
}

/// A permission to do one thing in some places. Only [`permit`] makes one, and nothing is written without one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Permit {
    action: Action,
    places: Places,
    emergency: bool,
}

/// A proof that what was written lies where the caller may write. Only a [`Permit`] gives one, and nothing leaves the door for
/// writes without one.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Placed(());

impl Permit {
    /// What it allows.
    pub fn action(&self) -> Action {
        self.action
    }
    /// Where.
    pub fn places(&self) -> &Places {
        &self.places
    }
    /// Whether it is an administrator's, for what others are there to do.
    pub fn emergency(&self) -> bool {
        self.emergency
    }
    /// Here too?
    ///
    /// # Errors
    /// FORBIDDEN for a unit outside the caller's area; for none, which is the country, where the caller's area is only a part.
    pub fn at(&self, unit: Option<UnitId>) -> Result<Placed, Refusal> {
        match self.places.hold(unit) {
            true => Ok(Placed(())),
            false => Err(Refusal::new(
                Code::Forbidden,
                Message::new(
                    "Việc này nằm ngoài địa bàn được phân quyền.",
                    "This lies outside the area that your roles hold in.",
                ),
            )),
        }
    }
    /// The same, of several.
    ///
    /// # Errors
    /// FORBIDDEN for any outside.
    pub fn at_all(&self, units: impl IntoIterator<Item = Option<UnitId>>) -> Result<Placed, Refusal> {
        for unit in units {
            let _ = self.at(unit)?;
        }
        Ok(Placed(()))
    }
    /// For what lies in no place: what is the caller's own, a legal document.
    pub fn anywhere(&self) -> Placed {
        Placed(())
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
}

/// May this caller do this, somewhere?
///
/// # Errors
/// UNAUTHENTICATED for somebody who has not signed in; FORBIDDEN for whoever has no role or scope that does this anywhere.
pub fn permit(caller: &Caller, action: Action) -> Result<Permit, Refusal> {
    let permit = |emergency| Ok(Permit { action, places: caller.area(), emergency });
    match (caller, action.who()) {
        (_, Anybody) | (Caller::User(_), AnyUser) => Ok(Permit { action, places: Places::Nowhere, emergency: false }),
        (Caller::Operator, _) | (Caller::System, Program) => permit(false),
        (Caller::Anonymous, _) => Err(Refusal::new(
            Code::Unauthenticated,
            Message::new("Cần đăng nhập để thực hiện việc này.", "Sign in to do this."),
        )),
        (Caller::User(_), People(roles) | PeopleOr(roles, _)) if caller.has(roles) => permit(false),
        (Caller::Client(client), PeopleOr(_, scope)) if caller.can(scope) => {
            let places = client.area.as_ref().map_or(Places::Everywhere, |area| Places::Units(area.units.clone()));
            Ok(Permit { action, places, emergency: false })
        }
        (Caller::Client(_), Systems(scope)) if caller.can(scope) => permit(false),
        (Caller::User(user), InCountry(roles)) if caller.has(roles) && user.area.is_none() => permit(false),
        (Caller::User(_), People(_) | PeopleOr(..)) if caller.has(ADMIN) => permit(true),
        (Caller::User(_) | Caller::Client(_) | Caller::System, _) => Err(Refusal::new(
            Code::Forbidden,
            Message::new("Không có vai trò hay quyền nào cho việc này.", "You have no role or scope that does this."),
        )),
    }
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
