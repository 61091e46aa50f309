//! The one table of who may do what, where. Deny by default: what stands in no line is refused. Pure: it touches no database, so
//! that it can be printed whole (a committed snapshot that people review).
//!
//! A [`Permit`] to write, a [`Placed`] to have written, and a [`Scope`] to read come only from here.

mod caller;
mod sight;

use entity::{ids::UnitId, kinds::Role};

pub use self::{
    caller::{Area, Caller, Client, Places, User},
    sight::{
        Scope, follows_what_is_not_public, scope, sees_agreements, sees_clients, sees_endpoints, sees_grants,
        sees_link_details,
    },
};
use super::{
    client_scope::ClientScope,
    error::{Code, FieldFault, Refusal},
    locale::Message,
};

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
    /// Propose a legal document that no agency of one's area issued, or a change of one.
    ProposeLegalDocument = "legalDocument.propose", People(REGISTRAR);
    /// Decide on such a proposal.
    DecideLegalDocumentProposal = "legalDocument.decide", People(REGISTRAR);
    /// Read such proposals.
    ReadLegalDocumentProposals = "legalDocument.readProposals", People(&[Role::Registrar, Role::Admin]);
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
    /// Record what bodies have agreed on.
    RecordAgreement = "agreement.record", People(REGISTRAR);
    /// Let an agreement begin.
    ActivateAgreement = "agreement.activate", People(REGISTRAR);
    /// Prolong or shorten an agreement, or put it on another law.
    UpdateAgreement = "agreement.update", People(REGISTRAR);
    /// Revoke an agreement.
    RevokeAgreement = "agreement.revoke", People(&[Role::Registrar, Role::SecurityOfficer]);
    /// Grant a client the right to read figures, under an agreement.
    GrantAccess = "accessGrant.grant", People(REGISTRAR);
    /// Revoke such a right.
    RevokeAccess = "accessGrant.revoke", People(&[Role::Registrar, Role::SecurityOfficer]);
    /// Read figures under a grant.
    ReadGranted = "observation.readGranted", Program;
    /// Read what clients have read under their grants.
    ReadGrantReads = "grantRead.read", PeopleOr(&[Role::Registrar, Role::SecurityOfficer, Role::Admin], ClientScope::ObservationRead);
}

/// The code of a field that names a record outside the caller's area.
pub const OUTSIDE_AREA: &str = "OUTSIDE_AREA";

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
    /// At the other end of each relation, too: the areas of the records that fields of the input name. A relation between two
    /// records is recorded by a caller whose roles hold at both of its ends; otherwise one side could take what is the other's.
    ///
    /// # Errors
    /// FORBIDDEN with OUTSIDE_AREA for each field whose record lies outside the caller's area.
    pub fn at_related(&self, related: impl IntoIterator<Item = (String, Option<UnitId>)>) -> Result<Placed, Refusal> {
        let outside = related.into_iter().filter(|(_, area)| !self.places.hold(*area));
        let fault = |(path, _): (String, Option<UnitId>)| {
            let message = Message::new(
                format!(
                    "`{path}` nêu một bản ghi ngoài địa bàn của bạn: cần người có vai trò này ở cả hai phía, hoặc ở cả nước."
                ),
                format!(
                    "`{path}` names a record outside your area: this needs somebody whose roles hold on both sides, or in the whole country."
                ),
            );
            FieldFault { path, code: OUTSIDE_AREA, message }
        };
        match Refusal::unless_empty(outside.map(fault).collect()) {
            Ok(()) => Ok(Placed(())),
            Err(refusal) => Err(Refusal { code: Code::Forbidden, ..refusal }),
        }
    }
    /// For what lies in no place: what is the caller's own, or that of the caller's agency.
    pub fn anywhere(&self) -> Placed {
        Placed(())
    }
}

impl Caller {
    /// The names of the actions that the caller may perform in some area.
    pub fn permissions(&self) -> Vec<String> {
        Action::ALL.iter().filter(|a| permit(self, **a).is_ok()).map(|a| a.name().to_owned()).collect()
    }
}

/// The caller's permit for an action, in every area where the caller may perform it.
///
/// # Errors
/// UNAUTHENTICATED for anonymous callers; FORBIDDEN for callers without a role or scope for this action.
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
        (Caller::Client(_), PeopleOr(_, scope) | Systems(scope)) if caller.can(scope) => permit(false),
        (Caller::User(user), InCountry(roles)) if caller.has(roles) && user.area.is_none() => permit(false),
        (Caller::User(_), People(_) | PeopleOr(..)) if caller.has(ADMIN) => permit(true),
        (Caller::User(_) | Caller::Client(_) | Caller::System, _) => Err(Refusal::new(
            Code::Forbidden,
            Message::new("Không có vai trò hay quyền nào cho việc này.", "You have no role or scope that does this."),
        )),
    }
}
