//! The cookies of browsers: of a session, or of nobody in particular.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::board::Board;

/// The cookie of a session.
pub(super) const SESSION: &str = "windlass_session";
/// The cookie of a browser without a session.
const VISITOR: &str = "windlass_visitor";

/// What a browser sent under a name.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies =
        all.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
        .filter(|value| value.len() <= 100)
}

/// What a browser without a session is known by, and the header that sets it where it is new.
pub(super) fn cookie_or_new(headers: &HeaderMap, board: &Board) -> (String, Option<String>) {
    if let Some(visitor) = cookie(headers, VISITOR) {
        return (visitor, None);
    }
    let drawn = draw();
    let cookie = set_cookie(board, VISITOR, &drawn, None);
    (drawn, Some(cookie))
}

/// 256 random bits as a text.
pub(super) fn draw() -> String {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).expect("the operating system gives random bits");
    URL_SAFE_NO_PAD.encode(bits)
}

/// The header that sets a cookie, for so many seconds.
pub(super) fn set_cookie(board: &Board, name: &str, value: &str, seconds: Option<u64>) -> String {
    let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if board.secure { "; Secure" } else { "" };
    format!("{name}={value}; Path={}/ui/; HttpOnly; SameSite=Strict{age}{secure}", board.prefix)
}
