//! All routes: the surfaces, and what they share.

use axum::Router;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use windlass_wire::Code;

use super::middleware;
use super::operations::{docs, health, metrics};
use super::problem::Problem;
use super::surfaces::{self, SURFACES};
use crate::app::App;
use crate::input::short;

/// The routes that the contract documents.
pub(super) fn routes() -> OpenApiRouter<App> {
    let surfaces = SURFACES.iter().map(|surface| (surface.routes)());
    surfaces
        .fold(OpenApiRouter::new(), OpenApiRouter::merge)
        .routes(routes!(health::get_health))
        .routes(routes!(health::get_readiness))
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(docs::get_openapi))
        .routes(routes!(docs::get_docs))
}

/// The routes with everything around them, ready to serve.
pub(crate) fn router(app: &App) -> Router {
    let (router, _) = routes().split_for_parts();
    let router = router
        .route("/docs/", get(docs::get_docs_page))
        .route("/docs/{*file}", get(docs::get_docs_file))
        .fallback(refuse_path)
        .method_not_allowed_fallback(refuse_method);
    let routine = SURFACES
        .iter()
        .flat_map(|surface| (surface.routine)().into_openapi().paths.paths.into_keys())
        .collect();
    middleware::around(router, app, routine).with_state(app.clone())
}

async fn refuse_path(uri: Uri) -> Response {
    let surface = surfaces::of(uri.path());
    surface.map_or_else(|| Problem::no_such_path().into_response(), |surface| (surface.fallback)())
}

async fn refuse_method(method: Method) -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        format!("the path does not answer {}; the header allow lists what it does", short(method.as_str())),
    )
}
