//! `GET /v1/schedules/{name}/runs`.

use axum::extract::State;
use windlass_store::ScheduleRun;
use windlass_wire as wire;

use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{List, read_name, write_name};
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// List a schedule's runs
///
/// What became of its times, newest recorded first.
#[utoipa::path(get, path = "/v1/schedules/{name}/runs", tag = "operators", operation_id = "list_schedule_runs",
    params(("name" = String, Path, description = "The schedule's name.", pattern = "^[A-Za-z0-9._-]{1,100}$"), PageParameters),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page of runs.", body = wire::Page<wire::ScheduleRun>)))]
pub(crate) async fn list_schedule_runs(
    State(app): State<App>,
    name: PathName,
    query: Query,
) -> Result<Answer<wire::Page<wire::ScheduleRun>>, Problem> {
    let (limit, before) = query.read(|query| (query.limit(), query.cursor(number)))?;
    let name = name.parse()?;
    let page = within(app.store().list_schedule_runs(&name, before, limit)).await?;
    let cursor = |last: &ScheduleRun| write_name(List::ScheduleRuns, &last.number.to_string());
    Ok(Answer(view::page(page, cursor, view::schedule_run)))
}

/// The number that a cursor continues below, in the one form that is written.
fn number(cursor: &str) -> Option<i64> {
    let text = read_name(List::ScheduleRuns, cursor)?;
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}
