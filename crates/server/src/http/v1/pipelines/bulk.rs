//! `POST /v1/pipelines/cancel`, `/pause`, `/resume` and `/retry`: a verb on every pipeline that fits.

use axum::extract::State;
use windlass_store::{BulkVerb, Caller, Error, IdempotencyKey, Once, Store};
use windlass_wire as wire;

use crate::app::App;
use crate::engine::detached;
use crate::http::body::CreateBody;
use crate::http::headers::IdempotencyParameters;
use crate::http::{CalledBy, Done, Problem};
use crate::input::{self, BulkOrder};
use crate::view;

/// Cancel pipelines
///
/// Cancels every pipeline that fits the filter, the oldest first, each as its own cancel does. A dry run, the default, only says how many
/// fit. More than 10,000 are refused. It goes on when its client hangs up; a server that stops ends it after the pipeline under way
/// (503), and asking again is safe. With an `Idempotency-Key`, asking again goes on with the same pipelines, and counts all.
#[utoipa::path(post, path = "/v1/pipelines/cancel", tag = "producers", operation_id = "cancel_pipelines",
    security(("key" = ["produce"])),
    params(IdempotencyParameters),
    request_body(content = wire::BulkCancel, example = json!({
        "filter": {"state": "open", "metadata": {"customer": "acme"}}, "dry_run": false, "reason": "the customer has left"
    })),
    responses((status = 200, description = "How many fitted, and what became of them.", body = wire::Bulked,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn cancel_pipelines(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::Bulked>, Problem> {
    let order = body.read(input::read_bulk_cancel)?;
    carry_out(&app, caller, order, key).await
}

/// Pause pipelines
///
/// Pauses every pipeline that fits the filter, the oldest first, each as its own pause does; those that have ended are refused. Otherwise as
/// cancelling pipelines.
#[utoipa::path(post, path = "/v1/pipelines/pause", tag = "producers", operation_id = "pause_pipelines",
    security(("key" = ["produce"])),
    params(IdempotencyParameters),
    request_body(content = wire::Bulk, example = json!({"filter": {"state": "open", "name": "tile-ingest"}, "dry_run": false})),
    responses((status = 200, description = "How many fitted, and what became of them.", body = wire::Bulked,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn pause_pipelines(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::Bulked>, Problem> {
    let order = body.read(|root| input::read_bulk(root, BulkVerb::Pause))?;
    carry_out(&app, caller, order, key).await
}

/// Resume pipelines
///
/// Resumes every pipeline that fits the filter, the oldest first, each as its own resume does; those that have ended are refused. Otherwise
/// as cancelling pipelines.
#[utoipa::path(post, path = "/v1/pipelines/resume", tag = "producers", operation_id = "resume_pipelines",
    security(("key" = ["produce"])),
    params(IdempotencyParameters),
    request_body(content = wire::Bulk, example = json!({"filter": {"state": "open", "name": "tile-ingest"}, "dry_run": false})),
    responses((status = 200, description = "How many fitted, and what became of them.", body = wire::Bulked,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn resume_pipelines(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::Bulked>, Problem> {
    let order = body.read(|root| input::read_bulk(root, BulkVerb::Resume))?;
    carry_out(&app, caller, order, key).await
}

/// Retry pipelines
///
/// Brings back every pipeline that fits the filter, the oldest first, each as its own retry does; those that have not ended, and those of
/// which nothing would run again, are refused. Otherwise as cancelling pipelines.
#[utoipa::path(post, path = "/v1/pipelines/retry", tag = "producers", operation_id = "retry_pipelines",
    security(("key" = ["produce"])),
    params(IdempotencyParameters),
    request_body(content = wire::BulkRetry, example = json!({
        "filter": {"state": ["failed", "partial"], "created_after": "2026-11-22T20:00:00Z"}, "dry_run": false, "scope": "failed"
    })),
    responses((status = 200, description = "How many fitted, and what became of them.", body = wire::Bulked,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn retry_pipelines(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::Bulked>, Problem> {
    let order = body.read(input::read_bulk_retry)?;
    carry_out(&app, caller, order, key).await
}

/// Runs it to its end, whether or not the client waits for that.
async fn carry_out(
    app: &App,
    caller: Caller,
    order: BulkOrder,
    key: Option<IdempotencyKey>,
) -> Result<Done<wire::Bulked>, Problem> {
    // The drain waits for the piece under way, even if the client has hung up.
    let (running, begun) = (app.clone(), app.begun().token());
    let store = app.store().on_behalf_of(caller);
    let run = Box::pin(async move {
        let _begun = begun;
        if order.dry_run {
            preview(&running, &store, order, key).await
        } else {
            Box::pin(change(&running, &store, order, key)).await
        }
    });
    detached(app.health(), run).await?.ok_or_else(Problem::shutting_down)
}

async fn preview(
    app: &App,
    store: &Store,
    order: BulkOrder,
    key: Option<IdempotencyKey>,
) -> Result<Option<Done<wire::Bulked>>, Error> {
    let once = key.map(|key| Once { key, render: &|matched| Done::stored(&view::matched(*matched)) });
    let goes_on = || !app.stop().is_stopping();
    let answer = store.count_pipelines(&order.set, order.verb, once, &goes_on).await?;
    Ok(answer.map(|answer| Done::of(answer, view::matched)))
}

async fn change(
    app: &App,
    store: &Store,
    order: BulkOrder,
    key: Option<IdempotencyKey>,
) -> Result<Option<Done<wire::Bulked>>, Error> {
    let once = key.map(|key| Once { key, render: &|bulked| Done::stored(&view::bulked(*bulked)) });
    let goes_on = || !app.stop().is_stopping();
    let answer = store.bulk_pipelines(&order.set, order.verb, order.reason.as_ref(), once, &goes_on).await?;
    Ok(answer.map(|answer| Done::of(answer, view::bulked)))
}
