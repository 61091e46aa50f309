//! How much is done for one request, one caller, one connection: every limit has a name, a default, and bounds within which it can be configured.

use std::{collections::BTreeMap, time::Duration};

use entity::kinds::Role;
use serde::{Deserialize, Serialize};

use super::{
    error::{Broken, Code, Refusal, Result},
    locale::Message,
    policy::Caller,
};

const MIB: u32 = 1024 * 1024;

/// What is limited. The names are those of the table `limits` in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Bytes of a document.
    DocumentBytes,
    /// Names, numbers, texts and signs in a document.
    Tokens,
    /// Levels of brackets in a document or a body, and of selections with fragments in their places.
    Nesting,
    /// Levels of fields, but below `__schema` and `__type`.
    Depth,
    /// Aliases in a document.
    Aliases,
    /// Fields of the root that one operation asks for.
    RootFields,
    /// Fields of a document that repeat a name in the answer which their selection had already.
    RepeatedFields,
    /// Directives in a document.
    Directives,
    /// Fields of a document, with fragments in their places.
    Fields,
    /// Rows that a document could be answered with, by the sizes of its pages.
    Nodes,
    /// Values of one list that an argument, or a field of an input, is given.
    ListValues,
    /// The same, of records: input objects. A command may take fewer.
    ListRecords,
    /// Errors that the answer to a request lists.
    Errors,
    /// Bytes of an anonymous request body, or of an anonymous message to a socket.
    BodyBytesAnonymous,
    /// Bytes of the body of a request by somebody who is signed in.
    BodyBytes,
    /// Names, numbers, texts and signs in a body: each takes many times its length in memory.
    BodyTokens,
    /// Seconds until a body must have come.
    BodySeconds,
    /// Seconds until a request that was read must be answered.
    DeadlineSeconds,
    /// Seconds until a request that brings a file must be answered, once the file was read.
    ImportSeconds,
    /// Points a minute of all anonymous callers at an address.
    PointsAnonymous,
    /// The same, of a VIEWER; of several roles, the one with the most counts.
    PointsViewer,
    /// The same, of an EDITOR.
    PointsEditor,
    /// The same, of an APPROVER.
    PointsApprover,
    /// The same, of a REGISTRAR.
    PointsRegistrar,
    /// The same, of a SECURITY_OFFICER.
    PointsSecurityOfficer,
    /// The same, of an ADMIN.
    PointsAdmin,
    /// The same, of a system that integrates.
    PointsClient,
    /// Points for a millisecond that a request's statements take in the database.
    PointsPerMillisecond,
    /// Sign-ins that are tried a minute from an address.
    SignIns,
    /// Passwords that one caller may change or give a minute.
    PasswordChanges,
    /// Connections at one time.
    Connections,
    /// Connections of one address at one time.
    ConnectionsAddress,
    /// Connections of one trusted proxy at one time.
    ConnectionsProxy,
    /// Bytes of the head of a request.
    HeaderBytes,
    /// Seconds until the head of a request must have come: since the connection began, or the last answer went out.
    HeaderSeconds,
    /// The same, on a connection of a trusted proxy, which keeps it for the requests of others.
    HeaderSecondsProxy,
    /// Seconds within which some of an answer must be taken.
    WriteSeconds,
    /// Sockets and event streams of one caller, or of all anonymous callers at an address, at one time.
    Streams,
    /// Operations of one socket at one time.
    StreamOperations,
    /// Bytes of a message to a socket.
    MessageBytes,
    /// Seconds until a socket must have been initialised.
    InitSeconds,
    /// MiB of answers to anonymous queries that are kept for other callers; 0 turns the cache off.
    AnswerCacheMib,
    /// Seconds between keep-alives. A client that is silent for three times as long is disconnected.
    KeepAliveSeconds,
}

impl Limit {
    /// All of them.
    pub const ALL: [Limit; 43] = [
        Limit::DocumentBytes,
        Limit::Tokens,
        Limit::Nesting,
        Limit::Depth,
        Limit::Aliases,
        Limit::RootFields,
        Limit::RepeatedFields,
        Limit::Directives,
        Limit::Fields,
        Limit::Nodes,
        Limit::ListValues,
        Limit::ListRecords,
        Limit::Errors,
        Limit::BodyBytesAnonymous,
        Limit::BodyBytes,
        Limit::BodyTokens,
        Limit::BodySeconds,
        Limit::DeadlineSeconds,
        Limit::ImportSeconds,
        Limit::PointsAnonymous,
        Limit::PointsViewer,
        Limit::PointsEditor,
        Limit::PointsApprover,
        Limit::PointsRegistrar,
        Limit::PointsSecurityOfficer,
        Limit::PointsAdmin,
        Limit::PointsClient,
        Limit::PointsPerMillisecond,
        Limit::SignIns,
        Limit::PasswordChanges,
        Limit::Connections,
        Limit::ConnectionsAddress,
        Limit::ConnectionsProxy,
        Limit::HeaderBytes,
        Limit::HeaderSeconds,
        Limit::HeaderSecondsProxy,
        Limit::WriteSeconds,
        Limit::Streams,
        Limit::StreamOperations,
        Limit::MessageBytes,
        Limit::InitSeconds,
        Limit::KeepAliveSeconds,
        Limit::AnswerCacheMib,
    ];
    /// The default, the least and the most.
    fn values(self) -> (u32, u32, u32) {
        match self {
            Limit::DocumentBytes => (256 * 1024, 1024, 16 * 1024 * 1024),
            Limit::Tokens => (20_000, 100, 1_000_000),
            // What parses and validates recurses, and has no more room than this on its stack.
            Limit::Nesting => (60, 20, 60),
            Limit::Depth => (20, 5, 60),
            Limit::Aliases => (200, 1, 10_000),
            Limit::RootFields => (50, 1, 1_000),
            Limit::RepeatedFields => (100, 1, 10_000),
            Limit::Directives => (50, 1, 10_000),
            Limit::Fields => (5_000, 200, 100_000),
            // The standard query of introspection needs some tens of thousands.
            Limit::Nodes => (100_000, 50_000, 10_000_000),
            Limit::ListValues => (500, 1, 100_000),
            // No command takes more.
            Limit::ListRecords => (10_000, 1, 10_000),
            Limit::Errors => (100, 1, 10_000),
            // The longest query of a client's has some thousands; what is long is written, by whoever has signed in.
            Limit::BodyBytesAnonymous => (64 * 1024, 1024, 1024 * MIB),
            Limit::BodyBytes => (16 * MIB, 1024, 1024 * MIB),
            Limit::BodyTokens => (1_000_000, 1_000, 100_000_000),
            Limit::BodySeconds => (30, 1, 3_600),
            Limit::DeadlineSeconds => (10, 1, 3_600),
            // Ten thousand rows are more than a query.
            Limit::ImportSeconds => (120, 1, 3_600),
            Limit::PointsAnonymous => (1_000_000, 1_000, 1_000_000_000),
            Limit::PointsViewer
            | Limit::PointsEditor
            | Limit::PointsApprover
            | Limit::PointsRegistrar
            | Limit::PointsSecurityOfficer
            | Limit::PointsAdmin
            | Limit::PointsClient => (5_000_000, 1_000, 1_000_000_000),
            // A million points are 40 seconds of the database, and leave room for what is done beside it.
            Limit::PointsPerMillisecond => (25, 0, 10_000),
            Limit::SignIns => (60, 1, 100_000),
            Limit::PasswordChanges => (10, 1, 100_000),
            Limit::Connections => (1_000, 1, 100_000),
            // Many offices share an address.
            Limit::ConnectionsAddress => (200, 1, 100_000),
            Limit::ConnectionsProxy => (900, 1, 100_000),
            Limit::HeaderBytes => (32 * 1024, 1024, 256 * 1024),
            Limit::HeaderSeconds => (10, 1, 3_600),
            // Longer than proxies keep idle connections: one that is closed just when they send a request looks like a failure.
            Limit::HeaderSecondsProxy => (75, 1, 3_600),
            Limit::WriteSeconds => (30, 1, 3_600),
            Limit::Streams => (20, 1, 10_000),
            Limit::StreamOperations => (10, 1, 1_000),
            Limit::MessageBytes => (MIB, 1024, 1024 * MIB),
            Limit::InitSeconds => (10, 1, 3_600),
            Limit::KeepAliveSeconds => (15, 1, 3_600),
            Limit::AnswerCacheMib => (32, 0, 65_536),
        }
    }
    /// Its name in the configuration, and what it counts, in Vietnamese and English.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Limit::DocumentBytes => ("document_bytes", "byte", "bytes"),
            Limit::Tokens => ("tokens", "từ tố", "tokens"),
            Limit::Nesting => ("nesting", "tầng lồng nhau", "levels of nesting"),
            Limit::Depth => ("depth", "tầng trường", "levels of fields"),
            Limit::Aliases => ("aliases", "bí danh", "aliases"),
            Limit::RootFields => ("root_fields", "trường gốc", "root fields"),
            Limit::RepeatedFields => ("repeated_fields", "trường lặp lại", "repeated fields"),
            Limit::Directives => ("directives", "chỉ thị", "directives"),
            Limit::Fields => ("fields", "trường", "fields"),
            Limit::Nodes => ("nodes", "dòng dữ liệu", "rows"),
            Limit::ListValues => ("list_values", "giá trị", "values"),
            Limit::ListRecords => ("list_records", "bản ghi", "records"),
            Limit::Errors => ("errors", "lỗi", "errors"),
            Limit::BodyBytesAnonymous => ("body_bytes_anonymous", "byte", "bytes"),
            Limit::BodyBytes => ("body_bytes", "byte", "bytes"),
            Limit::BodyTokens => ("body_tokens", "từ tố trong thân", "tokens in its body"),
            Limit::BodySeconds => ("body_seconds", "giây", "seconds"),
            Limit::DeadlineSeconds => ("deadline_seconds", "giây", "seconds"),
            Limit::ImportSeconds => ("import_seconds", "giây", "seconds"),
            Limit::PointsAnonymous => ("points_anonymous", "điểm", "points"),
            Limit::PointsViewer => ("points_viewer", "điểm", "points"),
            Limit::PointsEditor => ("points_editor", "điểm", "points"),
            Limit::PointsApprover => ("points_approver", "điểm", "points"),
            Limit::PointsRegistrar => ("points_registrar", "điểm", "points"),
            Limit::PointsSecurityOfficer => ("points_security_officer", "điểm", "points"),
            Limit::PointsAdmin => ("points_admin", "điểm", "points"),
            Limit::PointsClient => ("points_client", "điểm", "points"),
            Limit::PointsPerMillisecond => ("points_per_millisecond", "điểm", "points"),
            Limit::Connections => ("connections", "kết nối", "connections"),
            Limit::ConnectionsAddress => ("connections_address", "kết nối", "connections"),
            Limit::ConnectionsProxy => ("connections_proxy", "kết nối", "connections"),
            Limit::HeaderBytes => ("header_bytes", "byte", "bytes"),
            Limit::HeaderSeconds => ("header_seconds", "giây", "seconds"),
            Limit::HeaderSecondsProxy => ("header_seconds_proxy", "giây", "seconds"),
            Limit::WriteSeconds => ("write_seconds", "giây", "seconds"),
            Limit::Streams => ("streams", "luồng", "streams"),
            Limit::StreamOperations => ("stream_operations", "thao tác", "operations"),
            Limit::MessageBytes => ("message_bytes", "byte", "bytes"),
            Limit::InitSeconds => ("init_seconds", "giây", "seconds"),
            Limit::KeepAliveSeconds => ("keep_alive_seconds", "giây", "seconds"),
            Limit::AnswerCacheMib => ("answer_cache_mib", "MiB", "MiB"),
            Limit::SignIns => ("sign_ins", "lần đăng nhập", "sign-ins"),
            Limit::PasswordChanges => ("password_changes", "lần đổi mật khẩu", "password changes"),
        }
    }
    /// The refusal of a request that asks for more than is allowed.
    pub fn exceeded(self, asked: u64, allowed: u32) -> Refusal {
        let (name, vi, en) = self.words();
        Refusal::new(
            Code::QueryTooComplex,
            Message::new(
                format!("Yêu cầu quá lớn: {asked} {vi}, nhiều nhất là {allowed} (giới hạn `{name}`)."),
                format!("The request asks for too much: {asked} {en}, at most {allowed} (the limit `{name}`)."),
            ),
        )
    }
}

/// The limits as configured; what is not is as by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limits(BTreeMap<Limit, u32>);

impl Default for Limits {
    fn default() -> Self {
        Limits(Limit::ALL.iter().map(|limit| (*limit, limit.values().0)).collect())
    }
}

impl Limits {
    /// How much is allowed.
    pub fn of(&self, limit: Limit) -> u32 {
        self.0.get(&limit).copied().unwrap_or(limit.values().0)
    }
    /// Which limit of points is a caller's, and how many those are.
    pub fn points(&self, caller: &Caller) -> (Limit, u32) {
        let of = |limit: Limit| (limit, self.of(limit));
        match caller {
            Caller::Anonymous | Caller::Operator | Caller::System => of(Limit::PointsAnonymous),
            Caller::Client(_) => of(Limit::PointsClient),
            Caller::User(user) => {
                let mine = user.roles.iter().map(|role| match role {
                    Role::Viewer => Limit::PointsViewer,
                    Role::Editor => Limit::PointsEditor,
                    Role::Approver => Limit::PointsApprover,
                    Role::Registrar => Limit::PointsRegistrar,
                    Role::SecurityOfficer => Limit::PointsSecurityOfficer,
                    Role::Admin => Limit::PointsAdmin,
                });
                mine.map(of).max_by_key(|(_, points)| *points).unwrap_or(of(Limit::PointsAnonymous))
            }
        }
    }
    /// How long something may take.
    pub fn time(&self, limit: Limit) -> Duration {
        Duration::from_secs(self.of(limit).into())
    }
    /// The same, but for one of them.
    pub fn with(mut self, limit: Limit, allowed: u32) -> Self {
        self.0.insert(limit, allowed);
        self
    }
    /// Refuses what is more than is allowed.
    ///
    /// # Errors
    /// QUERY_TOO_COMPLEX, with the limit, what was asked for, and what is allowed.
    pub fn hold(&self, limit: Limit, asked: u64) -> std::result::Result<(), Refusal> {
        let allowed = self.of(limit);
        if asked > allowed.into() { Err(limit.exceeded(asked, allowed)) } else { Ok(()) }
    }
    /// Is a list that a request gives at a path no longer than is allowed?
    ///
    /// # Errors
    /// What is to be told of that path where it is, with both numbers and the limit.
    pub fn list(&self, limit: Limit, path: &str, given: u64) -> std::result::Result<(), Message> {
        let (allowed, (name, vi, en)) = (self.of(limit), limit.words());
        if given <= allowed.into() {
            return Ok(());
        }
        Err(Message::new(
            format!("`{path}` có {given} {vi}, nhiều nhất là {allowed} (giới hạn `{name}`)."),
            format!("`{path}` has {given} {en}, at most {allowed} (the limit `{name}`)."),
        ))
    }
    /// Are they within the bounds that they can be configured in?
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn check(&self) -> Result<()> {
        for (limit, value) in &self.0 {
            let (_, least, most) = limit.values();
            if !(least..=most).contains(value) {
                let name = limit.words().0;
                return Err(Broken::new(format!("the key `limits.{name}` must be between {least} and {most}")).into());
            }
        }
        Ok(())
    }
}
