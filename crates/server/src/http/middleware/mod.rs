//! What happens around every handler, from the outside in: observe, stop politely, catch panics.

mod gate;
mod observe;
mod panic;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;

/// Puts the middleware around all routes, the fallbacks included.
pub(super) fn around(router: Router<App>, app: &App) -> Router<App> {
    router
        .layer(CatchPanicLayer::custom(panic::answer))
        .layer(from_fn_with_state(app.clone(), observe::observe))
}
