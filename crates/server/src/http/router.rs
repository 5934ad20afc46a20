//! All routes: the surfaces, and what they share.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Requirements;
use super::dashboard;
use super::entrance::Entrance;
use super::middleware::{self, Routes};
use super::operations::{docs, health, metrics};
use super::problem::Problem;
use super::surfaces::{self, SURFACES};
use super::v1;
use crate::app::App;

/// The routes that the document of `/v1` shows.
pub(super) fn routes() -> OpenApiRouter<App> {
    (v1::SURFACE.routes)()
        .routes(routes!(health::get_health))
        .routes(routes!(health::get_readiness))
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(docs::get_openapi))
        .routes(routes!(docs::get_docs))
}

/// The routes with everything around them, ready to serve.
pub(crate) fn router(app: &App) -> Router {
    let on = || SURFACES.iter().filter(|surface| (surface.is_on)(app));
    let others = on().filter(|surface| surface.base != v1::SURFACE.base);
    let all = others.map(|surface| (surface.routes)()).fold(routes(), OpenApiRouter::merge);
    let (router, document) = all.split_for_parts();
    let requirements = Requirements::of(&document);
    let (v1, _) = v1::routes().split_for_parts();
    let pages = dashboard::routes(app, v1, Arc::new(Requirements::of(&document)));
    let requirements = requirements.beside_pages(&dashboard::ROUTES);
    let router = router
        .merge(pages)
        .route("/docs/", get(docs::get_docs_page))
        .route("/docs/{*file}", get(docs::get_docs_file))
        .fallback(refuse_path)
        .method_not_allowed_fallback(refuse_method);
    let routine =
        on().flat_map(|surface| (surface.routine)().into_openapi().paths.paths.into_keys()).collect();
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

async fn refuse_path(State(app): State<App>, uri: Uri) -> Response {
    let surface = surfaces::of(uri.path()).filter(|surface| (surface.is_on)(&app));
    surface.map_or_else(|| Problem::no_such_path().into_response(), |surface| (surface.fallback)())
}

async fn refuse_method(method: Method) -> Problem {
    Problem::no_such_method(&method)
}
