//! What a surface is: a set of routes below one path, with rules of its own.

use axum::http::Method;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

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
    /// What a call of a route means to a trace; the route comes without the base.
    pub(super) operation: fn(&Method, &str) -> Option<Operation>,
}

impl Surface {
    /// What follows the base in a path of this surface; `None` if it is none.
    pub(super) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.base).filter(|rest| rest.starts_with('/'))
    }
}
