//! Log in and out.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};
use windlass_dashboard::login;
use windlass_store::NewSession;
use windlass_wire::{Code, Problem as WireProblem};

use super::board::Board;
use super::cookies::{SESSION, draw, set_cookie};
use super::sent::{Sent, is_own, take, unwelcome};
use super::token;
use super::visit::{Answer, Fault, Visit, status};
use crate::engine::within;
use crate::http::Problem;
use crate::http::auth::{Credential, Unproven};
use crate::http::entrance::PeerAddress;
use crate::settings::Auth;

/// How long a session lasts at the most.
const LENGTH: Duration = Duration::from_hours(12);
/// Bytes of the form at the most.
const MOST: usize = 16 * 1024;
/// Characters of a display name at the most.
const LONGEST_NAME: usize = 100;
/// Where who names no page is led to.
const FIRST: &str = "/ui/";

/// `GET /ui/login`.
pub(super) async fn show(State(board): State<Board>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&parts, &board).await?;
    if board.app.auth() == Auth::Open {
        return Ok(Redirect::to("/ui/").into_response());
    }
    let next = local(visit.asked("next")).to_owned();
    visit.ok(login::page(&visit.frame().await, &next, ""))
}

/// `POST /ui/login`.
pub(super) async fn enter(State(board): State<Board>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&parts, &board).await?;
    let address = parts.extensions.get::<PeerAddress>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
    let again = async |problem: &WireProblem, next: &str, name: &str| {
        let frame = visit.frame_with(problem).await;
        visit.html(status(problem), login::page(&frame, next, name))
    };
    // Before the body: nobody is asked for more than is looked at.
    if !is_own(&parts, &board) {
        let words = "the form comes from a page of another origin, or says none";
        return Ok(unwelcome(&parts, again(&WireProblem::new(Code::Forbidden, words), FIRST, "").await));
    }
    if board.is_refused(address) {
        let words = "too many wrong keys came from your address; wait a minute";
        return Ok(unwelcome(&parts, again(&WireProblem::new(Code::RateLimited, words), FIRST, "").await));
    }
    let (fields, _body) = match take(&parts, body, (&board, MOST)).await {
        Ok(taken) => taken,
        Err(problem) => return Ok(again(&problem.into_wire(), FIRST, "").await),
    };
    let field =
        |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let (next, name) = (local(field("next")), field("display_name").trim());
    let refuse = async |code: Code, words: &str| Ok(again(&WireProblem::new(code, words), next, name).await);
    let shown = field("forgery_token");
    if !shown.is_empty() {
        let secret =
            board.secret().await.map_err(|error| Fault::from(Problem::from(error).into_response()))?;
        if !token::is_good(secret, &visit.binding, shown) {
            return refuse(Code::Forbidden, "the form is not of this browser; send it again").await;
        }
    }
    if name.chars().count() > LONGEST_NAME {
        return refuse(Code::ValidationFailed, "display_name: has more than 100 characters").await;
    }
    let credential = Credential::of_text(field("key").trim());
    match (board.app.keys().find(credential).await, credential) {
        (Ok(_), Credential::Key { hash, stored }) => begin(&board, (hash, stored), name, next).await,
        (Err(Unproven::Refused) | Ok(_), _) => {
            board.was_wrong(address);
            refuse(Code::Unauthorized, "this is no key, or it is no longer good").await
        }
        (Err(Unproven::Busy), _) => refuse(Code::Overloaded, "too many keys are looked up; try again").await,
        (Err(_), _) => {
            refuse(Code::DatabaseUnavailable, "the database does not answer, so the key cannot be looked up")
                .await
        }
    }
}

async fn begin(board: &Board, (key_hash, stored): ([u8; 32], bool), name: &str, next: &str) -> Answer {
    let token = draw();
    let display_name = Some(name).filter(|name| !name.is_empty()).map(str::to_owned);
    let session =
        NewSession { hash: Sha256::digest(&token).into(), key_hash, stored, display_name, length: LENGTH };
    within(board.app.store().add_session(&session))
        .await
        .map_err(|error| Fault::from(Problem::from(error).into_response()))?;
    let mut response = Redirect::to(next).into_response();
    set(&mut response, &set_cookie(board, SESSION, &token, Some(LENGTH.as_secs())));
    Ok(response)
}

fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// `POST /ui/logout`.
pub(super) async fn leave(sent: Sent) -> Answer {
    let board = &sent.visit.board;
    if let Some(session) = &sent.visit.session {
        within(board.app.store().end_session(&session.hash))
            .await
            .map_err(|error| Fault::from(Problem::from(error).into_response()))?;
        board.sessions.forget(&session.hash);
    }
    let mut response = Redirect::to("/ui/login").into_response();
    set(&mut response, &set_cookie(board, SESSION, "", Some(0)));
    Ok(response)
}

/// `GET /ui/logout`: nothing is changed by a look.
pub(super) async fn no_leave() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

/// A path of these pages; whatever else it is, the first one.
fn local(next: &str) -> &str {
    let (path, _) = next.split_once('?').unwrap_or((next, ""));
    let goes_up = path.to_ascii_lowercase().replace("%2e", ".").contains("/..");
    let is_local = next.starts_with("/ui/")
        && !next.contains(|character: char| character == '\\' || character.is_control())
        && !next.contains("//")
        && !goes_up;
    if is_local { next } else { FIRST }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_pages_are_gone_on_to() {
        assert_eq!(local("/ui/jobs/1?state=failed"), "/ui/jobs/1?state=failed");
        for other in [
            "",
            "//evil.example",
            "https://evil.example/ui/",
            "/ui//evil",
            "/\\evil",
            "/ui/\\evil",
            "/ui/../v1/jobs",
            "/ui/%2E./v1/jobs",
            "/ui/a\u{b}",
            "/v1/jobs",
            "javascript:alert(1)",
            "/uix",
        ] {
            assert_eq!(local(other), "/ui/", "{other}");
        }
    }
}
