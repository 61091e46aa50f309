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
use crate::kernel::db::{Db, SchemaState};

/// `GET /healthz`: the process lives.
pub(super) async fn alive() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], "ok").into_response()
}

/// `GET /readyz`: the database answers and can be written, and its schema is this program's. It takes two seconds at most.
pub(super) async fn ready<E: Executor>(State(server): State<Arc<Server<E>>>) -> Response {
    let (status, body) = match reason(server.app.db(), &server.migrations).await {
        None => (StatusCode::OK, serde_json::json!({ "ready": true })),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, serde_json::json!({ "ready": false, "reason": reason })),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Why this instance should be sent no requests.
async fn reason(db: &Db, migrations: &[String]) -> Option<String> {
    if let Err(reason) = db.ready().await {
        return Some(reason);
    }
    let state = match db.schema_state(migrations).await {
        Ok(SchemaState::Current) => return None,
        Ok(SchemaState::Empty) => "the database has not been set up",
        Ok(SchemaState::Foreign) => "the database holds another program's tables",
        Ok(SchemaState::Older) => "the database's schema is older than this program's",
        Ok(SchemaState::Newer) => "the database's schema is newer than this program's",
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            "the database does not answer"
        }
    };
    Some(state.to_owned())
}
