//! Errors: those of the request ([`Refusal`], returned to the caller in full) and internal ones ([`Broken`], only
//! logged). Codes are stable; messages are in the caller's language.

use std::{fmt, sync::Arc};

use sea_orm::DbErr;

use super::{
    db::failure::Failure,
    locale::{Locale, Message},
};

/// The result of an operation that may be rejected or fail.
pub type Result<T> = std::result::Result<T, Error>;

/// The stable error codes in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request is invalid: its syntax, its validation or a value.
    BadUserInput,
    /// The request needs an authenticated caller.
    Unauthenticated,
    /// The caller has no permission.
    Forbidden,
    /// The record does not exist, or the caller may not see it.
    NotFound,
    /// The state of the record does not allow this.
    Conflict,
    /// The record has changed since the version that the caller expects.
    PreconditionFailed,
    /// The idempotency key was used for another request.
    IdempotencyMismatch,
    /// The changes after the cursor are no longer kept.
    CursorExpired,
    /// No persisted document has this hash: the client must send the document.
    PersistedQueryNotFound,
    /// Only registered documents are executed.
    PersistedQueryOnly,
    /// The request exceeds a limit of complexity.
    QueryTooComplex,
    /// The caller has exceeded its rate limit.
    RateLimited,
    /// The request timed out.
    Timeout,
    /// The service is temporarily unavailable.
    Unavailable,
    /// An internal error.
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

/// An error in one field of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The path of the field: `filter.areas[0]`.
    pub path: String,
    /// The stable code of the field error.
    pub code: &'static str,
    /// The message.
    pub message: Message,
}

/// An error that the request caused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// The message.
    pub message: Message,
    /// BAD_USER_INPUT: every invalid field. CONFLICT: every missing requirement. FORBIDDEN: every field that names a
    /// record outside the caller's area. Otherwise empty.
    pub fields: Vec<FieldFault>,
    /// CONFLICT: the states that are allowed instead, if they are known.
    pub allowed: Option<Vec<String>>,
    /// PRECONDITION_FAILED: the current version of the record.
    pub version: Option<i32>,
}

impl Refusal {
    /// An error that concerns no single field.
    pub fn new(code: Code, message: Message) -> Self {
        Refusal { code, message, fields: vec![], allowed: None, version: None }
    }
    /// The record does not exist, or the caller may not see it.
    pub fn no_such_record() -> Self {
        Refusal::new(Code::NotFound, Message::new("Không có bản ghi này.", "There is no such record."))
    }
    /// The record has changed since the version that the caller expects.
    pub fn changed_since(current: i32) -> Self {
        let message = Message::new(
            format!("Bản ghi đã đổi từ khi bạn xem; phiên bản hiện tại là {current}."),
            format!("The record has changed since you saw it; its version is {current} now."),
        );
        Refusal { version: Some(current), ..Refusal::new(Code::PreconditionFailed, message) }
    }
    /// The request timed out.
    pub fn timeout() -> Self {
        Refusal::new(Code::Timeout, Message::new("Trả lời mất quá nhiều thời gian.", "Answering this took too long."))
    }
    /// The database cannot be reached or is too busy.
    pub fn unavailable() -> Self {
        let message = Message::new(
            "Dịch vụ đang quá tải hoặc không tới được cơ sở dữ liệu; xin thử lại sau.",
            "The service is too busy, or cannot reach its database; please try again later.",
        );
        Refusal::new(Code::Unavailable, message)
    }
    /// The connection was lost during a commit, so the result is not known.
    pub fn perhaps_saved() -> Self {
        let message = Message::new(
            "Mất kết nối với cơ sở dữ liệu đúng lúc lưu: thay đổi có thể đã được lưu hoặc chưa. Hãy gửi lại với cùng Idempotency-Key, hoặc xem lại dữ liệu.",
            "The connection to the database was lost during the commit: the change may or may not have been saved. Send the request again with the same Idempotency-Key, or look at the records.",
        );
        Refusal::new(Code::Unavailable, message)
    }
    /// The changes after a cursor are no longer kept.
    pub fn cursor_expired() -> Self {
        let message = Message::new(
            "Các thay đổi sau con trỏ này không còn được lưu đủ: hãy đọc lại dữ liệu từ đầu, rồi theo dõi tiếp.",
            "What changed after this cursor is not kept any more: read the data anew, and follow from there.",
        );
        Refusal::new(Code::CursorExpired, message)
    }
    /// Rejects an expected version that is not the current one.
    ///
    /// # Errors
    /// PRECONDITION_FAILED with the current version.
    pub fn unless_current(current: i32, seen: i32) -> std::result::Result<(), Refusal> {
        if current == seen { Ok(()) } else { Err(Refusal::changed_since(current)) }
    }
    /// A BAD_USER_INPUT error of one field.
    pub fn field(path: impl Into<String>, code: &'static str, message: Message) -> Self {
        let fields = vec![FieldFault { path: path.into(), code, message: message.clone() }];
        Refusal { fields, ..Refusal::new(Code::BadUserInput, message) }
    }
    /// The same error with its paths below a parent: `areas` becomes `filter.areas`.
    pub fn below(mut self, parent: &str) -> Self {
        for field in &mut self.fields {
            field.path = format!("{parent}.{}", field.path);
        }
        self
    }
    /// BAD_USER_INPUT with all field errors, if there are any.
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

/// An internal error.
#[derive(Clone, Debug)]
pub struct Broken(Arc<str>);

impl Broken {
    /// The cause, for the log.
    pub fn new(what: impl fmt::Display) -> Self {
        Broken(what.to_string().into())
    }
}

/// An error of the request or an internal one.
#[derive(Clone, Debug)]
pub enum Error {
    /// An error of the request.
    Refused(Refusal),
    /// An internal error.
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
    /// The message for the caller. It does not contain the cause of an internal error.
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

/// For logs and command lines, in English. Callers of the API get [`Error::told`].
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
