//! `GET /v1/tasks/{id}/log`.

use axum::extract::State;
use windlass_domain::LogLevel;
use windlass_store::{LogFilter, Resource};
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor;
use crate::http::path::PathId;
use crate::http::query::{Parameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which lines, and how many.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handler reads")]
pub(crate) struct LogParameters {
    /// Of the attempts with this number, from 1.
    #[param(minimum = 1)]
    attempt: Option<i32>,
    /// As grave as this, or graver.
    level: Option<wire::LogLevel>,
    /// Lines of a page at the most, 1 to 500; a page also ends early at 8 MiB.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// Where the page begins: the `next_cursor` of the page before, and nothing else.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// List the log of a task
///
/// Oldest first, over all attempts, or of those with a number. `next_cursor` is never null: an empty page means nothing new yet, and asking again with it
/// misses nothing. An attempt whose log was full ends with a line of level `warn` that says how many lines were dropped, once it has ended. Lines go
/// with their pipeline, or sooner, after 7 days.
#[utoipa::path(get, path = "/v1/tasks/{id}/log", tag = "producers", operation_id = "list_task_log",
    security(("key" = ["read"]), ("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id."), LogParameters),
    responses((status = 200, description = "A page of lines.", body = wire::LogPage)))]
pub(crate) async fn list_task_log(
    State(app): State<App>,
    id: PathId,
    query: Query,
) -> Result<Answer<wire::LogPage>, Problem> {
    let (filter, limit, after) =
        query.read(|query| (filter(query), query.limit(), query.cursor(cursor::read_log)))?;
    let id = id.of(Resource::Task)?;
    let page = within(app.store().task_log(id, filter, after.unwrap_or(0), limit)).await?;
    let items = page.lines.into_iter().map(view::logged_line).collect();
    Ok(Answer(wire::LogPage { items, next_cursor: cursor::write_log(page.next) }))
}

fn filter(query: &mut Parameters) -> LogFilter {
    let attempt = query.optional("attempt", |text| {
        let number = text.parse().ok().filter(|number: &i32| *number > 0 && number.to_string() == text);
        number.ok_or_else(|| format!("must be a whole number from 1 to {}", i32::MAX))
    });
    LogFilter { attempt, level: query.word("level", LogLevel::parse) }
}
