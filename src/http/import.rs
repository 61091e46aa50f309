//! Spreadsheet import over HTTP: the template to fill in, and the upload of observations.
//!
//! The request body is the file itself; multipart forms are rejected. The body is read completely before the import
//! begins, so a broken connection imports nothing.

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::{Mutex, Semaphore};

use super::{
    Server, answer, authenticate, body,
    negotiate::{self, Media},
    observe::{Context, Told},
    ready_made::Made,
    repeat,
};
use crate::{
    bulk::sheet::{self, Import, Kind, Report, Sheet, numbers::Notation, template},
    kernel::{
        error::{Broken, Code, Error, FieldFault, Refusal},
        locale::{Locale, Message},
        op::Op,
        policy::{Action, Caller},
    },
};

/// The number of files parsed at the same time: each takes a CPU core, and several times its size in memory.
static READ_AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The media types of text tables. The separator is detected from the content.
const TEXTS: [&str; 2] = ["text/csv", "text/tab-separated-values"];

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The cached template, and when it was built.
#[derive(Default)]
pub(super) struct Template(Mutex<Option<(DateTime<Utc>, Arc<Made>)>>);

/// How long the template is cached. It contains lists from the database, which seldom change.
const FRESH: TimeDelta = TimeDelta::minutes(1);

impl Template {
    /// The current template. Requests that arrive while it is being built wait for it instead of building another.
    async fn of(&self, op: &Op) -> Result<Arc<Made>, Error> {
        let mut last = self.0.lock().await;
        let fresh = last.as_ref().filter(|(made, _)| (TimeDelta::zero()..FRESH).contains(&(op.now() - *made)));
        if let Some((_, made)) = fresh {
            return Ok(made.clone());
        }
        let made = Arc::new(Made::of(XLSX, template::template(op).await?));
        *last = Some((op.now(), made.clone()));
        Ok(made)
    }
}

/// `GET /import/template.xlsx`.
pub(super) async fn blank<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
) -> Response {
    let op = Op::new(&server.app, Caller::Anonymous, &context.asker.request_id);
    match server.template.of(&op).await {
        Ok(made) => {
            let mut response = made.answer(&headers);
            let named = HeaderValue::from_static("attachment; filename=\"lienthong-so-lieu.xlsx\"");
            response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
            response
        }
        Err(error) => refuse(&context, &error),
    }
}

/// `POST /import/observations`.
pub(super) async fn observations<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    parameters: Result<Query<Vec<(String, String)>>, QueryRejection>,
    body: Body,
) -> Response {
    let caller = match authenticate::signed_in(&server.app, &context, &headers).await {
        Ok(caller) => caller,
        Err(refused) => return *refused,
    };
    let asked = match Asked::read(parameters.ok().map(|Query(parameters)| parameters)) {
        Ok(asked) => asked,
        Err(refusal) => return refuse(&context, &refusal.into()),
    };
    let Some(kind) = kind(&headers) else { return not_a_sheet(&context) };
    let op = Op::new(&server.app, caller, &context.asker.request_id);
    // Reject callers who may not record observations before the server reads their whole file.
    if let Err(refusal) = op.may(Action::RecordObservation) {
        return refuse(&context, &op.record_refusals().await.err().unwrap_or(refusal));
    }
    let body = match body::read(&server.app, &context, op.caller(), &headers, body).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let how = format!("{asked:?} {kind:?}");
    let sent = body.clone();
    let seen = context.clone();
    let run = move |op: Op| async move {
        let imported = imported(&op, body, kind, asked).await;
        // A rejection that cannot be audited must fail: the audit log would miss it.
        match op.record_refusals().await.and(imported) {
            Ok(report) => told(&report, asked.how, seen.asker.locale, op.statements()),
            Err(error) => refuse(&seen, &error),
        }
    };
    repeat::once(&context, op, &headers, &[b"/import/observations", how.as_bytes(), &sent], run).await
}

async fn imported(op: &Op, body: Bytes, kind: Kind, asked: Asked) -> Result<Report, Error> {
    // The permit moves into the blocking task: parsing goes on after a request that timed out, and must still be counted.
    let permit = READ_AT_ONCE.acquire().await.map_err(Broken::new)?;
    let reading = tokio::task::spawn_blocking(move || {
        let sheet = Sheet::read(&body, kind, asked.numbers);
        drop(permit);
        sheet
    });
    let sheet = reading.await.map_err(Broken::new)??;
    sheet.import(op, asked.how, |_| {}).await
}

/// The options in the query string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    how: Import,
    numbers: Option<Notation>,
}

impl Asked {
    /// Parses the parameters; `None` means that the query string itself could not be parsed.
    ///
    /// # Errors
    /// BAD_USER_INPUT naming every parameter that is unknown, duplicated or invalid.
    fn read(parameters: Option<Vec<(String, String)>>) -> Result<Self, Refusal> {
        let unreadable =
            Message::new("Chuỗi truy vấn của địa chỉ không đọc được.", "The address's query string cannot be read.");
        let parameters = parameters.ok_or_else(|| Refusal::new(Code::BadUserInput, unreadable))?;
        let mut asked = Asked { how: Import { dry_run: false, atomic: true }, numbers: None };
        let (mut seen, mut faults) = (vec![], vec![]);
        for (name, value) in &parameters {
            if seen.contains(&name) {
                faults.push(fault(name, "DUPLICATE_PARAMETER", "được nêu hai lần", "is given twice"));
                continue;
            }
            seen.push(name);
            let truth = || value.parse::<bool>().map_err(|_| ("phải là true hoặc false", "must be true or false"));
            let read = match name.as_str() {
                "dryRun" => truth().map(|truth| asked.how.dry_run = truth),
                "atomic" => truth().map(|truth| asked.how.atomic = truth),
                "numbers" => {
                    let notation = Notation::named(value).ok_or(("phải là vi hoặc plain", "must be vi or plain"));
                    notation.map(|notation| asked.numbers = Some(notation))
                }
                _ => {
                    let (vi, en) = ("không phải tham số ở đây", "is not a parameter here");
                    faults.push(fault(name, "UNKNOWN_PARAMETER", vi, en));
                    continue;
                }
            };
            if let Err((vi, en)) = read {
                faults.push(fault(name, "INVALID", vi, en));
            }
        }
        Refusal::unless_empty(faults)?;
        Ok(asked)
    }
}

fn fault(name: &str, code: &'static str, vi: &str, en: &str) -> FieldFault {
    let path: String = name.chars().take(100).collect();
    let message = Message::new(format!("`{path}` {vi}."), format!("`{path}` {en}."));
    FieldFault { path, code, message }
}

/// The file type, by the `Content-Type` header.
fn kind(headers: &HeaderMap) -> Option<Kind> {
    let mut parts = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.split(';').map(str::trim);
    let name = parts.next()?;
    if name.eq_ignore_ascii_case(XLSX) {
        return Some(Kind::Xlsx);
    }
    let text = TEXTS.iter().any(|text| name.eq_ignore_ascii_case(text));
    (text && parts.all(negotiate::is_utf8)).then_some(Kind::Csv)
}

fn not_a_sheet(context: &Context) -> Response {
    let message = Message::new(
        format!(
            "Thân yêu cầu phải là chính tệp đó, Content-Type: {} (UTF-8) hoặc {XLSX}; không nhận biểu mẫu.",
            TEXTS.join(", ")
        ),
        format!(
            "The request body must be the file itself, Content-Type: {} (UTF-8) or {XLSX}; forms are not taken.",
            TEXTS.join(", ")
        ),
    );
    context.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &Refusal::new(Code::BadUserInput, message).into())
}

/// An error response, with the status of its error code.
fn refuse(context: &Context, error: &Error) -> Response {
    context.refuse(answer::status(error.code()), error)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    accepted: usize,
    rejected: usize,
    dry_run: bool,
    errors: Vec<Fault<'a>>,
    warnings: Vec<Fault<'a>>,
}

#[derive(Serialize)]
struct Fault<'a> {
    row: usize,
    column: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<&'a str>,
    field: Option<&'a str>,
    code: &'a str,
    message: &'a str,
}

impl<'a> Fault<'a> {
    fn of(fault: &'a sheet::Fault, locale: Locale) -> Self {
        Fault {
            row: fault.row,
            column: fault.column.as_deref(),
            cell: fault.cell.as_deref(),
            field: fault.field.as_deref(),
            code: &fault.code,
            message: fault.message.text(locale),
        }
    }
}

/// The response with the result of each row. The status is 422 if an atomic import was rejected because of at least one
/// row.
fn told(report: &Report, how: Import, locale: Locale, statements: usize) -> Response {
    let placed = |fault| Fault::of(fault, locale);
    let answer = Answer {
        accepted: report.accepted,
        rejected: report.rejected,
        dry_run: report.dry_run,
        errors: report.errors.iter().map(placed).collect(),
        warnings: report.warnings.iter().map(placed).collect(),
    };
    let status = match how.atomic && report.rejected > 0 {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    let mut response = (status, axum::Json(answer)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Media::Json.content_type()));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response.extensions_mut().insert(Told { statements, ..Told::default() });
    response
}
