//! What happens around every handler, from the outside in: observe, refuse (hosts, then keys), complete locations, catch panics.

mod admit;
mod cors;
mod gate;
mod host;
mod location;
mod observe;
mod panic;
mod welcome;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_response_with_state};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;

pub(super) use observe::Routes;

/// Puts the middleware around all routes of a listener, the fallbacks included. Of routine routes the log shows only what does not go well.
pub(super) fn around(router: Router<App>, app: &App, known: Routes) -> Router<App> {
    let state = (app.clone(), Arc::new(known));
    let router = router.layer(CatchPanicLayer::custom(panic::answer));
    let router = match app.public_url() {
        Some(public) => router.layer(map_response_with_state(public.clone(), location::complete)),
        None => router,
    };
    router.layer(from_fn_with_state(state, observe::observe))
}
