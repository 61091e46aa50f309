//! For whoever watches over the process: does it live, and can it answer?

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::Server;
use crate::kernel::db::SchemaState;

/// `GET /healthz`: the process lives.
pub(super) async fn alive() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], "ok").into_response()
}

/// `GET /readyz`: the database answers, and its schema is this program's.
pub(super) async fn ready<E: Executor>(State(server): State<Arc<Server<E>>>) -> Response {
    let reason = match server.app.db().schema_state(&server.migrations).await {
        Ok(SchemaState::Current) => None,
        Ok(SchemaState::Empty) => Some("the database has not been set up"),
        Ok(SchemaState::Foreign) => Some("the database holds another program's tables"),
        Ok(SchemaState::Older) => Some("the database's schema is older than this program's"),
        Ok(SchemaState::Newer) => Some("the database's schema is newer than this program's"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            Some("the database does not answer")
        }
    };
    let (status, body) = match reason {
        None => (StatusCode::OK, serde_json::json!({ "ready": true })),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, serde_json::json!({ "ready": false, "reason": reason })),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
