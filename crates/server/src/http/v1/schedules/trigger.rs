//! `POST /v1/schedules/{name}/trigger`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use windlass_domain::RunOutcome;
use windlass_store::{Job, Once, Pipeline};
use windlass_wire as wire;

use super::answer::below;
use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::body::CreateBody;
use crate::http::called_by::CalledBy;
use crate::http::headers::IdempotencyParameters;
use crate::http::{Created, Creation, Problem};
use crate::input::{self, Findings, Origin};
use crate::schedules::{self, Occasion};
use crate::{correlation, telemetry, view};

/// Trigger a schedule
///
/// Makes a pipeline now, paused or not, whatever `overlap` says. `scheduled_at` is what the expressions see, so that a back-fill is a loop of
/// triggers. A time that has a pipeline already, or a run that waits, is refused; one whose run was `skipped`, `missed` or `failed` is free.
#[utoipa::path(post, path = "/v1/schedules/{name}/trigger", tag = "operators", operation_id = "trigger_schedule",
    params(
        ("name" = String, Path, description = "The schedule's name.", pattern = "^[A-Za-z0-9._-]{1,100}$"),
        IdempotencyParameters
    ),
    request_body(content = Option<wire::TriggerSchedule>, example = json!({"scheduled_at": "2026-11-22T03:00:00Z"})),
    security(("key" = ["operate"])),
    responses((status = 201, description = "The pipeline.", body = wire::Pipeline,
        headers(
            ("location" = String, description = "The path of the pipeline."),
            ("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")
        ))),
    extensions(("x-problems" = json!(["illegal_transition", "render_failed", "idempotency_key_reused"]))))]
pub(crate) async fn trigger_schedule(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathName,
    origin: Origin,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::Pipeline>, Problem> {
    let name = name.parse()?;
    let asked = below(&app, &name, body.read_optional(input::read_trigger)).await?;
    if let Some(key) = &key
        && let Some(stored) = within(app.store().answer_of(key)).await?
    {
        return Ok(Creation::Repeated(stored));
    }
    let schedule = within(app.store().schedule(&name)).await?;
    let now = within(app.store().now()).await?;
    let scheduled_at = not_ahead(asked, now)?;
    let occasion = Occasion::of(&schedule, scheduled_at, now).triggered();
    let new = schedules::make(app.store(), app.renderer(), app.limits(), &occasion, Some(origin)).await??;
    correlation::belongs_to(new.correlation_id.as_str());
    let render = |made: &(Pipeline, Vec<Job>)| created(made.clone()).into_stored();
    let once = key.map(|key| Once { key, render: &render });
    let store = app.store().on_behalf_of(caller);
    let answer = within(store.trigger_schedule(&schedule, scheduled_at, &new, once)).await?;
    if matches!(answer, windlass_store::Answer::New(_)) {
        telemetry::count_run(RunOutcome::Triggered);
    }
    Ok(Creation::of(answer, created))
}

/// The time asked for, which has come; now where none is.
fn not_ahead(asked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
    match asked {
        Some(asked) if asked > now => {
            let findings = Findings::default();
            findings.value("/scheduled_at", "must not be ahead of now, by the database's clock");
            Err(findings.into_rejection().map_or_else(Problem::internal, Problem::from))
        }
        asked => Ok(asked.unwrap_or(now)),
    }
}

fn created((pipeline, jobs): (Pipeline, Vec<Job>)) -> Created<wire::Pipeline> {
    let location = Some(format!("/v1/pipelines/{}", pipeline.id));
    Created { location, body: view::pipeline(pipeline, jobs) }
}
