//! `GET /v1/tasks`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::{TaskState, TypeName};
use windlass_store::TaskFilter;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::query::{PageParameters, Parameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which tasks to show.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `filter` reads")]
pub(crate) struct TaskParameters {
    /// Only those of this job.
    job_id: Option<Uuid>,
    /// Only those of this pipeline.
    pipeline_id: Option<Uuid>,
    /// Only those of this type.
    #[param(min_length = 1, max_length = 100)]
    r#type: Option<String>,
    /// Only those in this state.
    state: Option<wire::TaskState>,
}

/// List tasks
///
/// Newest first, in their effective state. A page may hold less than its limit where few of very many tasks fit; the next one goes on.
#[utoipa::path(get, path = "/v1/tasks", tag = "producers", operation_id = "list_tasks",
    security(("key" = ["read"])),
    params(TaskParameters, PageParameters),
    responses((status = 200, description = "A page of tasks.", body = wire::Page<wire::Task>)))]
pub(crate) async fn list_tasks(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Task>>, Problem> {
    let (filter, paging) = query.read(|query| (filter(query), query.paging(List::Tasks)))?;
    let page = within(app.store().list_tasks(&filter, paging)).await?;
    let resume = page.resume.map(|after| cursor::write(List::Tasks, after));
    let page = view::page(page, |last| cursor::write(List::Tasks, last.id), view::task);
    Ok(Answer(wire::Page { next_cursor: page.next_cursor.or(resume), ..page }))
}

fn filter(query: &mut Parameters) -> TaskFilter {
    TaskFilter {
        job_id: query.uuid("job_id"),
        pipeline_id: query.uuid("pipeline_id"),
        type_name: query.text("type", TypeName::parse).map(TypeName::into_string),
        state: query.word("state", TaskState::parse),
    }
}
