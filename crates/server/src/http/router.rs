//! All routes: the surfaces, and what they share.

use std::collections::HashSet;

use axum::Router;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Requirements;
use super::entrance::Entrance;
use super::middleware::{self, Routes};
use super::operations::{docs, health, metrics};
use super::problem::Problem;
use super::surfaces::{self, SURFACES};
use crate::app::App;

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
    let (router, document) = routes().split_for_parts();
    let requirements = Requirements::of(&document);
    let router = router
        .route("/docs/", get(docs::get_docs_page))
        .route("/docs/{*file}", get(docs::get_docs_file))
        .fallback(refuse_path)
        .method_not_allowed_fallback(refuse_method);
    let routine = SURFACES
        .iter()
        .flat_map(|surface| (surface.routine)().into_openapi().paths.paths.into_keys())
        .collect();
    let known = Routes { entrance: Entrance::Clients, routine, requirements };
    middleware::around(router, app, known).with_state(app.clone())
}

/// What the listener for metrics answers, without a key.
pub(crate) fn metrics_router(app: &App) -> Router {
    let router = Router::new()
        .route("/healthz", get(health::get_health))
        .route("/readyz", get(health::get_readiness))
        .route("/metrics", get(metrics::get_metrics))
        .fallback(refuse_path)
        .method_not_allowed_fallback(refuse_path);
    let known = Routes {
        entrance: Entrance::Metrics,
        routine: HashSet::new(),
        requirements: Requirements::default(),
    };
    middleware::around(router, app, known).with_state(app.clone())
}

async fn refuse_path(uri: Uri) -> Response {
    let surface = surfaces::of(uri.path());
    surface.map_or_else(|| Problem::no_such_path().into_response(), |surface| (surface.fallback)())
}

async fn refuse_method(method: Method) -> Problem {
    Problem::no_such_method(&method)
}
