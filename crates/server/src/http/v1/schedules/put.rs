//! `PUT /v1/schedules/{name}`.

use axum::extract::State;
use axum::http::StatusCode;
use windlass_store::{Error, Resource, ScheduleDefinition};
use windlass_wire as wire;

use super::answer::shown;
use super::path::PathName;
use crate::app::App;
use crate::engine::{self, within};
use crate::http::body::Body;
use crate::http::called_by::CalledBy;
use crate::http::{Answer, Problem};
use crate::input::{self, Findings};
use crate::schedules::{self, Occasion};

/// Put a schedule
///
/// Makes the schedule, or changes the one of this name: what is left out has its default, not what it was, but for `paused`. The template is
/// rendered once, as if it ran now, to see that it works; nothing is made of that. A changed `cron`, `every_seconds`, `timezone` or
/// `starts_at` counts from now on.
#[utoipa::path(put, path = "/v1/schedules/{name}", tag = "operators", operation_id = "put_schedule",
    params(("name" = String, Path, description = "The schedule's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    request_body(content = wire::PutSchedule, example = json!({
        "cron": "0 3 * * *", "timezone": "Europe/Berlin", "template": {"name": "align", "parameters": {"samples": ["a"]}}
    })),
    security(("key" = ["operate"])),
    responses(
        (status = 200, description = "The schedule, changed.", body = wire::Schedule),
        (status = 201, description = "The schedule, made.", body = wire::Schedule)
    ),
    extensions(("x-problems" = json!(["render_failed"]))))]
pub(crate) async fn put_schedule(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathName,
    body: Body,
) -> Result<(StatusCode, Answer<wire::Schedule>), Problem> {
    let definition = body.read(|root| input::read_schedule(root, app.limits()))?;
    let name = name.of_new()?;
    let now = within(app.store().now()).await?;
    let trial = Occasion::trial(name.as_str(), &definition, now);
    match schedules::make(app.store(), app.renderer(), app.limits(), &trial, None).await {
        Ok(rendered) => {
            if rendered?.deadline_at.is_some_and(|deadline| deadline <= now) {
                return Err(Error::DeadlineNotAhead.into());
            }
        }
        Err(error) => return Err(absent(&app, error.into(), &definition).await),
    }
    let store = app.store().on_behalf_of(caller);
    let (schedule, is_new) = match within(store.put_schedule(&name, &definition, &schedules::next)).await {
        Ok(put) => put,
        Err(error) => return Err(absent(&app, error, &definition).await),
    };
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Answer(shown(schedule))))
}

/// A template or version that is not there is a wrong value.
async fn absent(app: &App, error: engine::Error, definition: &ScheduleDefinition) -> Problem {
    let engine::Error::Store(Error::NotFound(Resource::Template)) = error else { return error.into() };
    let version = match within(app.store().template_exists(&definition.template)).await {
        Ok(exists) => definition.template_version.filter(|_| exists),
        Err(error) => return error.into(),
    };
    let findings = Findings::default();
    match version {
        None => findings.value("/template/name", "is no template"),
        Some(version) => {
            findings.value("/template/version", format_args!("{version} is no version of the template"));
        }
    }
    findings.into_rejection().map_or_else(Problem::internal, Problem::from)
}
