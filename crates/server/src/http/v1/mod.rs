//! The surface `/v1`: the HTTP interface of the contract. The directory of a handler is its resource, its file its operation.

mod events;
mod ids;
mod jobs;
mod keys;
mod outcomes;
mod pipelines;
mod queues;
mod schedules;
mod system;
mod tasks;
mod templates;
mod traced;
mod webhooks;
mod workers;

use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use windlass_domain::Scopes;

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::surface::Surface;

/// The HTTP interface of the contract.
pub(super) const SURFACE: Surface = Surface {
    base: "/v1",
    routes,
    routine: of_workers,
    fallback: || Problem::no_such_path().into_response(),
    drains: true,
    is_on: |_| true,
    closed: |_, _| None,
    anonymous: |_| Scopes::default(),
    meant: |_| None,
    words: None,
    page_headers: None,
    answered: |_, _, _, _| {},
    operation: traced::operation,
};

/// All its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    of_producers().merge(of_workers()).merge(of_operators())
}

fn of_producers() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pipelines::create::create_pipeline, pipelines::list::list_pipelines))
        .routes(routes!(
            pipelines::get::get_pipeline,
            pipelines::patch::patch_pipeline,
            pipelines::delete::delete_pipeline
        ))
        .routes(routes!(pipelines::add_jobs::add_pipeline_jobs))
        .routes(routes!(pipelines::seal::seal_pipeline))
        .routes(routes!(pipelines::cancel::cancel_pipeline))
        .routes(routes!(pipelines::pause::pause_pipeline))
        .routes(routes!(pipelines::resume::resume_pipeline))
        .routes(routes!(pipelines::retry::retry_pipeline))
        .routes(routes!(pipelines::bulk::cancel_pipelines))
        .routes(routes!(pipelines::bulk::pause_pipelines))
        .routes(routes!(pipelines::bulk::resume_pipelines))
        .routes(routes!(pipelines::bulk::retry_pipelines))
        .routes(routes!(pipelines::results::list_job_results))
        .routes(routes!(jobs::create::create_job, jobs::list::list_jobs))
        .routes(routes!(jobs::batch::create_jobs))
        .routes(routes!(jobs::get::get_job))
        .routes(routes!(jobs::errors::list_job_errors))
        .routes(routes!(jobs::add_tasks::add_job_tasks))
        .routes(routes!(jobs::seal::seal_job))
        .routes(routes!(jobs::cancel::cancel_job))
        .routes(routes!(jobs::pause::pause_job))
        .routes(routes!(jobs::resume::resume_job))
        .routes(routes!(jobs::retry::retry_job))
        .routes(routes!(jobs::skip::skip_job))
        .routes(routes!(tasks::list::list_tasks))
        .routes(routes!(tasks::get::get_task))
        .routes(routes!(tasks::attempts::list_task_attempts))
        .routes(routes!(tasks::cancel::cancel_task))
        .routes(routes!(tasks::retry::retry_task))
        .routes(routes!(templates::run::create_template_pipeline))
        .routes(routes!(templates::preview::preview_template))
        .routes(routes!(outcomes::list::list_outcomes, outcomes::delete::delete_outcomes))
        .routes(routes!(events::list::list_events))
        .routes(routes!(events::stream::stream_events))
}

/// Calls that come several times for each task: those that succeed are logged at `debug` only.
fn of_workers() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(tasks::dequeue::dequeue_tasks))
        .routes(routes!(tasks::heartbeat::heartbeat_task))
        .routes(routes!(tasks::heartbeat::heartbeat_tasks))
        .routes(routes!(tasks::progress::progress_task))
        .routes(routes!(tasks::complete::complete_task))
        .routes(routes!(tasks::complete::complete_tasks))
        .routes(routes!(tasks::fail::fail_task))
        .routes(routes!(tasks::fail::fail_tasks))
        .routes(routes!(tasks::release::release_task))
        .routes(routes!(tasks::outcomes::record_task_outcomes))
        .routes(routes!(tasks::log::log_task, tasks::list_log::list_task_log))
        .routes(routes!(tasks::log::log_tasks))
}

fn of_operators() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(queues::list::list_queues))
        .routes(routes!(queues::get::get_queue, queues::patch::patch_queue))
        .routes(routes!(queues::history::get_queue_history))
        .routes(routes!(workers::list::list_workers))
        .routes(routes!(ids::list::find_ids))
        .routes(routes!(system::get::get_system))
        .routes(routes!(keys::create::create_key, keys::list::list_keys))
        .routes(routes!(keys::current::get_current_key))
        .routes(routes!(keys::get::get_key))
        .routes(routes!(keys::rotate::rotate_key))
        .routes(routes!(keys::revoke::revoke_key))
        .routes(routes!(schedules::list::list_schedules))
        .routes(routes!(
            schedules::put::put_schedule,
            schedules::get::get_schedule,
            schedules::delete::delete_schedule
        ))
        .routes(routes!(schedules::pause::pause_schedule))
        .routes(routes!(schedules::resume::resume_schedule))
        .routes(routes!(schedules::trigger::trigger_schedule))
        .routes(routes!(schedules::runs::list_schedule_runs))
        .routes(routes!(templates::list::list_templates))
        .routes(routes!(
            templates::get::get_template,
            templates::put::put_template,
            templates::delete::delete_template
        ))
        .routes(routes!(templates::versions::list_template_versions))
        .routes(routes!(templates::get_version::get_template_version))
        .routes(routes!(webhooks::create::create_webhook, webhooks::list::list_webhooks))
        .routes(routes!(
            webhooks::get::get_webhook,
            webhooks::patch::patch_webhook,
            webhooks::delete::delete_webhook
        ))
        .routes(routes!(webhooks::pause::pause_webhook))
        .routes(routes!(webhooks::resume::resume_webhook))
        .routes(routes!(webhooks::rotate_secret::rotate_webhook_secret))
        .routes(routes!(webhooks::test::test_webhook))
        .routes(routes!(webhooks::deliveries::list_webhook_deliveries))
        .routes(routes!(webhooks::retry::retry_webhook_delivery))
}
