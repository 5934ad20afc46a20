//! `/ui/system`.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use windlass_dashboard::system::{self, System};
use windlass_store::Outage;

use super::board::Board;
use super::visit::{Answer, Visit};
use crate::health::Trouble;
use crate::settings::Auth;

/// `GET /ui/system`: opens also while the database is away, to those whose session is known.
pub(super) async fn show(State(board): State<Board>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&parts, &board).await?;
    if board.app.auth() == Auth::Keys && visit.session.is_none() {
        return Ok(Redirect::to("/ui/login?next=%2Fui%2Fsystem").into_response());
    }
    let app = &board.app;
    let known = visit.api.get::<windlass_wire::System>("/v1/system").await;
    if let Err(problem) = &known
        && problem.status == StatusCode::FORBIDDEN.as_u16()
    {
        return Err(visit.refused(problem).await);
    }
    let trouble = app.health().trouble().map(words);
    let away = known.as_ref().err().map(|_| words(Trouble::Database(Outage::Away)));
    let pool = app.own_store().pool_use();
    let system = System {
        trouble: away.or(trouble),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        known: known.ok(),
        pool: (pool.used, pool.used + pool.idle, pool.max),
        duties: app.health().duties(),
    };
    Ok(visit.html(StatusCode::OK, system::page(&visit.frame().await, &system)))
}

/// What is not well, and what becomes of it.
fn words(trouble: Trouble) -> String {
    let what = match trouble {
        Trouble::Loop(name) => {
            return format!("The duty {name} fails or is silent: see the log of this server.");
        }
        Trouble::Database(Outage::Away) => "does not answer",
        Trouble::Database(Outage::ReadOnly) => "takes no changes: it is a standby, or made read-only",
        Trouble::Database(Outage::DiskFull) => "has no space left",
        Trouble::Database(Outage::TooManyConnections) => "takes no more connections",
        Trouble::Database(Outage::LoginRefused) => "refuses the server's user or password",
        Trouble::Database(Outage::Locked) => "is held by a lock, such as a migration's",
    };
    format!("The database {what}. Workers and callers are told to come again; nothing is lost.")
}
