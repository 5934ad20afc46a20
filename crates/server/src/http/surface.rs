//! What a surface is: a set of routes below one path, with rules of its own.

use std::time::Duration;

use axum::http::Method;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use windlass_domain::Scopes;
use windlass_wire::Problem as Told;

use super::problem::Problem;
use crate::app::App;
use crate::telemetry::Operation;

/// One way to speak to the server. Surfaces do not know each other.
pub(crate) struct Surface {
    /// The path below which all its routes are, without a slash at its end.
    pub(super) base: &'static str,
    /// Its routes, each with its whole path.
    pub(super) routes: fn() -> OpenApiRouter<App>,
    /// Those of its routes that are called several times for each task: of their calls, those that succeed are logged at `debug` only.
    pub(super) routine: fn() -> OpenApiRouter<App>,
    /// Answers a path below the base that it does not have.
    pub(super) fallback: fn() -> Response,
    /// Whether its calls are refused once the server stops, and those that were begun before are waited for.
    pub(super) drains: bool,
    /// Whether there is it at this server.
    pub(super) is_on: fn(&App) -> bool,
    /// Why its calls are refused for now, of a path without the base.
    pub(super) closed: fn(&App, &str) -> Option<Problem>,
    /// What those may do who show no key where keys are asked for.
    pub(super) anonymous: fn(&App) -> Scopes,
    /// The path that is meant by one of this surface, where it is not the same.
    pub(super) meant: fn(&str) -> Option<String>,
    /// A problem in its own words; `None`: those that every surface has.
    pub(super) words: Option<fn(&Method, &Told) -> Response>,
    /// The headers that pages of listed origins may send, and those that they may read; `None`: as everywhere.
    pub(super) page_headers: Option<[&'static str; 2]>,
    /// Hears of a call of a route that was answered with a status after a time; the route comes without the base.
    pub(super) answered: fn(&App, &Method, &str, (u16, Duration)),
    /// What a call of a route means to a trace; the route comes without the base.
    pub(super) operation: fn(&Method, &str) -> Option<Operation>,
}

impl Surface {
    /// What follows the base in a path of this surface; `None` if it is none.
    pub(super) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.base).filter(|rest| rest.starts_with('/'))
    }
}
