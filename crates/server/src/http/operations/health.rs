//! `GET /healthz` and `GET /readyz`.

use axum::extract::State;
use serde::Serialize;
use windlass_wire::Code;

use crate::app::App;
use crate::health::Trouble;
use crate::http::{Answer, Problem};

/// That all is well.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Status {
    /// Always `ok`.
    #[schema(examples("ok"))]
    status: &'static str,
}

const OK: Answer<Status> = Answer(Status { status: "ok" });

/// Say whether the process lives
///
/// 200 while the process answers at all, with or without its database. For liveness probes.
#[utoipa::path(get, path = "/healthz", tag = "operators", operation_id = "get_health",
    security(()),
    responses((status = 200, description = "The process lives.", body = Status)))]
pub(crate) async fn get_health() -> Answer<Status> {
    OK
}

/// Say whether the server can work
///
/// 503 within 5 s when the database or a background loop is not well, or the server drains or stops; `detail` says which and
/// why. 200 again by itself. For readiness probes.
#[utoipa::path(get, path = "/readyz", tag = "operators", operation_id = "get_readiness",
    security(()),
    responses((status = 200, description = "The server can work.", body = Status)),
    extensions(("x-problems" = json!(["database_unavailable", "overloaded", "shutting_down"]))))]
pub(crate) async fn get_readiness(State(app): State<App>) -> Result<Answer<Status>, Problem> {
    if app.stop().is_stopping() {
        return Err(Problem::new(Code::ShuttingDown, "the server is stopping"));
    }
    if app.stop().is_requested() {
        return Err(Problem::new(Code::ShuttingDown, "the server is draining, and stops soon"));
    }
    match app.health().trouble() {
        None => Ok(OK),
        Some(Trouble::Database(outage)) => Err(Problem::new(Code::DatabaseUnavailable, outage.as_str())),
        Some(Trouble::Loop(name)) => {
            Err(Problem::new(Code::Overloaded, format!("the background loop {name} is not well")))
        }
    }
}
