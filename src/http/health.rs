//! Liveness and readiness endpoints.

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use tokio::time::timeout;

use super::Server;
use crate::kernel::{
    db::{Db, READINESS, SchemaState},
    error::Result,
};

/// `GET /healthz`: the process is alive.
pub(super) async fn alive() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], "ok").into_response()
}

/// `GET /readyz`: the database responds, is writable, and has the schema of this program. Takes at most [`READINESS`].
pub(super) async fn ready<E: Executor>(State(server): State<Arc<Server<E>>>) -> Response {
    let reason = match timeout(READINESS, reason(server.app.db(), &server.migrations)).await {
        Ok(Ok(reason)) => reason,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            Some(SILENT.to_owned())
        }
        Err(_) => Some(SILENT.to_owned()),
    };
    let (status, body) = match reason {
        None => (StatusCode::OK, serde_json::json!({ "ready": true })),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, serde_json::json!({ "ready": false, "reason": reason })),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

const SILENT: &str = "the database does not answer";

/// Why this instance should receive no requests; none if it is ready.
async fn reason(db: &Db, migrations: &[String]) -> Result<Option<String>> {
    if let Some(reason) = db.unwritable().await? {
        return Ok(Some(reason));
    }
    let state = match db.schema_state(migrations).await? {
        SchemaState::Current => return Ok(None),
        SchemaState::Empty => "the database has not been set up",
        SchemaState::Foreign => "the database holds another program's tables",
        SchemaState::Older => "the database's schema is older than this program's",
        SchemaState::Newer => "the database's schema is newer than this program's",
    };
    Ok(Some(state.to_owned()))
}
