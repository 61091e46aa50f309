//! What can go wrong: the request's fault ([`Refusal`], told to the caller in full) or ours ([`Broken`], told only to the log).
//! Codes are stable; messages are in the caller's language.

use std::{fmt, sync::Arc};

use sea_orm::DbErr;

use super::{
    db::failure::Failure,
    locale::{Locale, Message},
};

/// The outcome of anything that may be refused or break.
pub type Result<T> = std::result::Result<T, Error>;

/// The stable codes of `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request says something that cannot be: syntax, validation, a value.
    BadUserInput,
    /// Nobody is signed in.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// There is no such record, or the caller may not see it.
    NotFound,
    /// The record's state does not allow this.
    Conflict,
    /// The record has changed since the caller saw it.
    PreconditionFailed,
    /// The idempotency key came with another request before.
    IdempotencyMismatch,
    /// What came after the cursor is not kept any more.
    CursorExpired,
    /// No document of this hash is known: it must be sent.
    PersistedQueryNotFound,
    /// Only documents that were registered beforehand are executed.
    PersistedQueryOnly,
    /// The request asks for more than is answered at once.
    QueryTooComplex,
    /// The caller has asked for too much lately.
    RateLimited,
    /// Answering took too long.
    Timeout,
    /// The service cannot answer just now.
    Unavailable,
    /// A fault of the service.
    Internal,
}

impl Code {
    /// The code as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::BadUserInput => "BAD_USER_INPUT",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::Forbidden => "FORBIDDEN",
            Code::NotFound => "NOT_FOUND",
            Code::Conflict => "CONFLICT",
            Code::PreconditionFailed => "PRECONDITION_FAILED",
            Code::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Code::CursorExpired => "CURSOR_EXPIRED",
            Code::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Code::PersistedQueryOnly => "PERSISTED_QUERY_ONLY",
            Code::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Code::RateLimited => "RATE_LIMITED",
            Code::Timeout => "TIMEOUT",
            Code::Unavailable => "UNAVAILABLE",
            Code::Internal => "INTERNAL",
        }
    }
}

/// One field that is wrong, of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// Where: `filter.areas[0]`.
    pub path: String,
    /// What: a stable code of its own.
    pub code: &'static str,
    /// What, in words.
    pub message: Message,
}

/// The request's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// Why, in words.
    pub message: Message,
    /// Every bad field at once, of BAD_USER_INPUT; everything that is lacking, of a CONFLICT; every field that names a record outside
    /// the caller's area, of FORBIDDEN. Else empty.
    pub fields: Vec<FieldFault>,
    /// What the state of the record allows instead, of a CONFLICT that knows it.
    pub allowed: Option<Vec<String>>,
    /// The version of a record that has changed since the caller saw it.
    pub version: Option<i32>,
}

impl Refusal {
    /// A refusal that no single field is to blame for.
    pub fn new(code: Code, message: Message) -> Self {
        Refusal { code, message, fields: vec![], allowed: None, version: None }
    }
    /// There is no such record, or the caller may not see it.
    pub fn no_such_record() -> Self {
        Refusal::new(Code::NotFound, Message::new("Không có bản ghi này.", "There is no such record."))
    }
    /// The record was changed since the caller saw it.
    pub fn changed_since(current: i32) -> Self {
        let message = Message::new(
            format!("Bản ghi đã đổi từ khi bạn xem; phiên bản hiện tại là {current}."),
            format!("The record has changed since you saw it; its version is {current} now."),
        );
        Refusal { version: Some(current), ..Refusal::new(Code::PreconditionFailed, message) }
    }
    /// Answering took too long.
    pub fn timeout() -> Self {
        Refusal::new(Code::Timeout, Message::new("Trả lời mất quá nhiều thời gian.", "Answering this took too long."))
    }
    /// The database cannot be reached, or cannot do this now.
    pub fn unavailable() -> Self {
        let message = Message::new(
            "Dịch vụ đang quá tải hoặc không tới được cơ sở dữ liệu; xin thử lại sau.",
            "The service is too busy, or cannot reach its database; please try again later.",
        );
        Refusal::new(Code::Unavailable, message)
    }
    /// The connection was lost while a change was being committed.
    pub fn perhaps_saved() -> Self {
        let message = Message::new(
            "Mất kết nối với cơ sở dữ liệu đúng lúc lưu: thay đổi có thể đã được lưu hoặc chưa. Hãy gửi lại với cùng Idempotency-Key, hoặc xem lại dữ liệu.",
            "The connection to the database was lost during the commit: the change may or may not have been saved. Send the request again with the same Idempotency-Key, or look at the records.",
        );
        Refusal::new(Code::Unavailable, message)
    }
    /// What came after a cursor is not kept any more.
    pub fn cursor_expired() -> Self {
        let message = Message::new(
            "Các thay đổi sau con trỏ này không còn được lưu đủ: hãy đọc lại dữ liệu từ đầu, rồi theo dõi tiếp.",
            "What changed after this cursor is not kept any more: read the data anew, and follow from there.",
        );
        Refusal::new(Code::CursorExpired, message)
    }
    /// Refuses a version that is not the present one.
    ///
    /// # Errors
    /// PRECONDITION_FAILED with the present one.
    pub fn unless_current(current: i32, seen: i32) -> std::result::Result<(), Refusal> {
        if current == seen { Ok(()) } else { Err(Refusal::changed_since(current)) }
    }
    /// A refusal because of one field.
    pub fn field(path: impl Into<String>, code: &'static str, message: Message) -> Self {
        let fields = vec![FieldFault { path: path.into(), code, message: message.clone() }];
        Refusal { fields, ..Refusal::new(Code::BadUserInput, message) }
    }
    /// The same refusal, with its paths below another: `areas` becomes `filter.areas`.
    pub fn below(mut self, parent: &str) -> Self {
        for field in &mut self.fields {
            field.path = format!("{parent}.{}", field.path);
        }
        self
    }
    /// Gathers faults; refuses when there is one.
    pub fn unless_empty(fields: Vec<FieldFault>) -> std::result::Result<(), Refusal> {
        match fields.first() {
            None => Ok(()),
            Some(first) => {
                let message = first.message.clone();
                Err(Refusal { fields, ..Refusal::new(Code::BadUserInput, message) })
            }
        }
    }
}

/// Our own fault.
#[derive(Clone, Debug)]
pub struct Broken(Arc<str>);

impl Broken {
    /// What broke, for the log.
    pub fn new(what: impl fmt::Display) -> Self {
        Broken(what.to_string().into())
    }
}

/// The request's fault or ours.
#[derive(Clone, Debug)]
pub enum Error {
    /// The request's.
    Refused(Refusal),
    /// Ours.
    Broken(Broken),
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Error::Refused(refusal) => refusal.code,
            Error::Broken(_) => Code::Internal,
        }
    }
    /// What the caller is told. Of a fault of ours: nothing but that.
    pub fn told(&self, locale: Locale) -> String {
        match self {
            Error::Refused(refusal) => refusal.message.text(locale).to_owned(),
            Error::Broken(_) => Message::new(
                "Dịch vụ gặp lỗi khi trả lời; xin thử lại sau.",
                "The service failed to answer this; please try again later.",
            )
            .text(locale)
            .to_owned(),
        }
    }
}

/// For logs and command lines, in English; callers of the API get [`Error::told`].
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => f.write_str(refusal.message.text(Locale::En)),
            Error::Broken(broken) => f.write_str(&broken.0),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal)
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match Failure::of(&error) {
            Some(Failure::Canceled) => Error::Refused(Refusal::timeout()),
            Some(Failure::Busy | Failure::Lost) => {
                tracing::warn!(%error, "the database is busy or lost");
                Error::Refused(Refusal::unavailable())
            }
            None => Error::Broken(Broken::new(error)),
        }
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Error::Broken(broken)
    }
}
