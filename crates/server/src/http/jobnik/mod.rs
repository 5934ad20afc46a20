//! The surface `/jobnik`: the wire contract of Jobnik's manager on our engine (docs/contract/jobnik.md). The directory of a handler is its resource,
//! its file its operation.
//!
//! Its words are its own ([`words`]), and so are its bodies ([`body`]), parameters ([`query`]) and paths ([`path`]); what it does is done by the engine and
//! the store's use cases, as for every surface.

mod body;
mod document;
mod jobs;
mod operations;
mod path;
mod query;
mod refusal;
mod service;
mod shown;
mod stages;
mod tasks;
mod traced;
mod words;

use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use windlass_wire::Code;

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::surface::Surface;

pub use document::openapi_json;

/// Jobnik's contract.
pub(super) const SURFACE: Surface = Surface {
    base: "/jobnik",
    routes,
    routine: of_workers,
    fallback: || Problem::no_such_path().into_response(),
    drains: true,
    is_on: |app| app.jobnik().settings.on,
    closed,
    anonymous: |app| app.jobnik().settings.anonymous,
    meant: path::meant,
    words: Some(words::reword),
    page_headers: Some([
        "authorization, content-type, traceparent, x-attempt-started, x-jobnik-request-key, x-request-id",
        "x-request-id, retry-after, x-truncated, reason",
    ]),
    answered: operations::answered,
    operation: traced::operation,
};

/// While a server runs that does not know this surface, nothing is made or changed by it.
fn closed(app: &App, path: &str) -> Option<Problem> {
    let refused = path.starts_with("/v1/") && app.jobnik().is_closed();
    let detail = "a server of another version runs on the database that does not know this surface";
    refused.then(|| Problem::new(Code::Overloaded, detail))
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(jobs::create::create_job, jobs::list::find_jobs))
        .routes(routes!(jobs::get::get_job, jobs::delete::delete_job))
        .routes(routes!(jobs::metadata::set_job_metadata))
        .routes(routes!(jobs::priority::set_job_priority))
        .routes(routes!(jobs::status::set_job_status))
        .routes(routes!(jobs::stages::list_job_stages))
        .routes(routes!(jobs::add_stage::add_stage))
        .routes(routes!(stages::list::list_stages))
        .routes(routes!(stages::summary::get_stage_summary))
        .routes(routes!(stages::metadata::set_stage_metadata))
        .routes(routes!(stages::status::set_stage_status))
        .routes(routes!(stages::tasks::list_stage_tasks, stages::add_tasks::add_tasks))
        .routes(routes!(tasks::list::list_tasks))
        .routes(routes!(tasks::metadata::set_task_metadata))
        .routes(routes!(service::liveness::get_liveness))
        .routes(routes!(service::metrics::get_metrics))
        .routes(routes!(service::counts::get_service_metrics))
        .routes(routes!(service::document::get_document))
        .merge(of_workers())
}

/// Calls that come several times for each task: those that succeed are logged at `debug` only.
fn of_workers() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(stages::dequeue::dequeue_task))
        .routes(routes!(stages::get::get_stage))
        .routes(routes!(tasks::get::get_task))
        .routes(routes!(tasks::status::set_task_status))
}
