//! `GET /v1/tasks`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Category, TaskState, TypeName, WorkerId};
use windlass_store::{FailureFilter, Paging, RunningSince, TaskFilter};
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
#[expect(dead_code, reason = "describes what `read` reads")]
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
    /// Only those that an error of this category has ended: with `state=failed`, over all jobs.
    #[param(pattern = "^[a-z0-9_.]{1,64}$")]
    category: Option<String>,
    /// Only those created at this instant or later: with `state=failed`, over all jobs.
    created_after: Option<DateTime<Utc>>,
    /// Only those that this worker runs, or ran when they failed, as long as their attempts are kept: with `state=running` or `state=failed`, over all jobs.
    #[param(min_length = 1, max_length = 200)]
    worker_id: Option<String>,
}

/// One of the lists, by what is asked for.
enum Asked {
    /// The newest first.
    Newest(TaskFilter, Paging),
    /// Those that run, over all jobs, the longest first.
    Longest { type_name: Option<String>, worker_id: Option<String>, after: Option<RunningSince>, limit: i64 },
    /// Those that have failed, over all jobs, the newest failure first.
    Failed { filter: FailureFilter, before: Option<i64>, limit: i64 },
}

/// List tasks
///
/// In their effective state, newest first. Over all jobs, without `job_id` and `pipeline_id`, running ones come in the order of their leases, those that have
/// run for longest first, and failed ones in the order of their failures, the newest first. A page may hold less than its limit where few of very many
/// tasks fit; the next one goes on.
#[utoipa::path(get, path = "/v1/tasks", tag = "producers", operation_id = "list_tasks",
    security(("key" = ["read"])),
    params(TaskParameters, PageParameters),
    responses((status = 200, description = "A page of tasks.", body = wire::Page<wire::Task>)))]
pub(crate) async fn list_tasks(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Task>>, Problem> {
    match query.read(read)? {
        Asked::Newest(filter, paging) => newest(&app, &filter, paging).await,
        Asked::Longest { type_name, worker_id, after, limit } => {
            let of = (type_name.as_deref(), worker_id.as_deref());
            let page = within(app.store().running_tasks(of, after, limit)).await?;
            let items = page.tasks.into_iter().map(view::task).collect();
            Ok(Answer(wire::Page { items, next_cursor: page.next.map(cursor::write_running) }))
        }
        Asked::Failed { filter, before, limit } => {
            let page = within(app.store().failed_tasks(&filter, before, limit)).await?;
            let items = page.tasks.into_iter().map(view::task).collect();
            Ok(Answer(wire::Page { items, next_cursor: page.next.map(cursor::write_failure) }))
        }
    }
}

async fn newest(
    app: &App,
    filter: &TaskFilter,
    paging: Paging,
) -> Result<Answer<wire::Page<wire::Task>>, Problem> {
    let page = within(app.store().list_tasks(filter, paging)).await?;
    let resume = page.resume.map(|after| cursor::write(List::Tasks, after));
    let page = view::page(page, |last| cursor::write(List::Tasks, last.id), view::task);
    Ok(Answer(wire::Page { next_cursor: page.next_cursor.or(resume), ..page }))
}

fn read(query: &mut Parameters) -> Asked {
    let filter = TaskFilter {
        job_id: query.uuid("job_id"),
        pipeline_id: query.uuid("pipeline_id"),
        type_name: query.text("type", TypeName::parse).map(TypeName::into_string),
        state: query.word("state", TaskState::parse),
    };
    let category = query.text("category", Category::parse).map(|category| category.to_string());
    let created_after = query.instant("created_after");
    let worker_id = query.text("worker_id", WorkerId::parse).map(|worker| worker.to_string());
    let over_all = filter.job_id.is_none() && filter.pipeline_id.is_none();
    match filter.state {
        Some(TaskState::Failed) if over_all => {
            let filter = FailureFilter { type_name: filter.type_name, category, created_after, worker_id };
            Asked::Failed { filter, before: query.cursor(cursor::read_failure), limit: query.limit() }
        }
        _ if category.is_some() || created_after.is_some() => {
            query.refuse("category and created_after are for state=failed without job_id and pipeline_id");
            Asked::Newest(filter, query.paging(List::Tasks))
        }
        Some(TaskState::Running) if over_all => {
            let (after, limit) = (query.cursor(cursor::read_running), query.limit());
            Asked::Longest { type_name: filter.type_name, worker_id, after, limit }
        }
        _ if worker_id.is_some() => {
            query.refuse("worker_id is for state=running and state=failed without job_id and pipeline_id");
            Asked::Newest(filter, query.paging(List::Tasks))
        }
        _ => Asked::Newest(filter, query.paging(List::Tasks)),
    }
}
