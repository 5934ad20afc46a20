//! Which tasks a list shows: the ids of a page, by the index that fits the filter.
//!
//! | filter | index |
//! |---|---|
//! | job or pipeline | `tasks_job`, once for each job; for failed ones `tasks_failed_job` |
//! | a type with at most 1,000 jobs | the same, over the jobs by `jobs_type` |
//! | running | `leases_job`, or the narrow leases as a whole |
//! | any other | windows of `tasks_pkey` from the newest on (`windows.rs`); for failed ones of `tasks_failed` |
//!
//! The shapes leave the planner no other choice, also while it has no statistics yet. A limit is a number and not a parameter: of that, a
//! generic plan would assume a tenth of the table.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;
use windlass_domain::TaskState;

use crate::input::{Paging, TaskFilter};

/// That the task is stale, of an older run, and so waits again.
macro_rules! again {
    () => {
        "windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)"
    };
}

/// That the pipeline of `jobs j` was not deleted. A sub-select: of a join with `IS NULL` the planner expects next to no rows, and begins
/// there.
pub(super) const LIVES: &str = "(SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)";

/// The query of the page's ids, one more than the page holds. `few_jobs`: the filter's type has few.
/// `None` where only windows over all tasks find them.
pub(super) fn ids(filter: &TaskFilter, paging: Paging, few_jobs: bool) -> Option<QueryBuilder<Postgres>> {
    let mut query = QueryBuilder::new("");
    if filter.job_id.is_some() || filter.pipeline_id.is_some() || few_jobs {
        push_by_job(&mut query, filter, paging);
    } else if filter.state == Some(TaskState::Running) {
        query.push("SELECT l.task_id FROM leases l JOIN jobs j ON j.id = l.job_id WHERE ").push(LIVES);
        push_type(&mut query, filter);
        push_after(&mut query, "l.task_id", paging);
    } else {
        return None;
    }
    query.push(format_args!(" ORDER BY 1 DESC LIMIT {}", paging.limit + 1));
    Some(query)
}

/// For each job the page that it alone would fill.
fn push_by_job(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter, paging: Paging) {
    query.push("SELECT picked.id FROM jobs j CROSS JOIN LATERAL (");
    let after = paging.after.unwrap_or(Uuid::max());
    if filter.state == Some(TaskState::Running) {
        query
            .push("SELECT t.task_id AS id FROM leases t WHERE t.job_id = j.id AND t.task_id < ")
            .push_bind(after);
        query.push(" ORDER BY t.task_id DESC");
    } else {
        // With pairs the planner stays on the index by job, as `push_walk` says.
        query.push("SELECT t.id FROM tasks t WHERE (t.job_id, t.id) < (j.id, ").push_bind(after);
        query.push(") AND (t.job_id, t.id) >= (j.id, ").push_bind(Uuid::nil()).push(")");
        if let Some(state) = filter.state {
            query.push(" AND ").push(is_effectively(state));
        }
        if let Some(counter) = filter.state.and_then(counter) {
            query.push(format_args!(" AND {counter} > 0"));
        }
        query.push(" ORDER BY t.job_id DESC, t.id DESC");
    }
    query.push(format_args!(" LIMIT {}) picked WHERE {LIVES}", paging.limit + 1));
    if let Some(job) = filter.job_id {
        query.push(" AND j.id = ").push_bind(job);
    }
    if let Some(pipeline) = filter.pipeline_id {
        query.push(" AND j.pipeline_id = ").push_bind(pipeline);
    }
    push_type(query, filter);
}

pub(super) fn push_type(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    if let Some(type_name) = &filter.type_name {
        query.push(" AND j.type = ").push_bind(type_name.clone());
    }
}

pub(super) fn push_after(query: &mut QueryBuilder<Postgres>, id: &'static str, paging: Paging) {
    if let Some(after) = paging.after {
        query.push(" AND ").push(id).push(" < ").push_bind(after);
    }
}

/// The condition that a task's effective state is this one, in terms of what is stored: the inverse of `windlass_task_state`.
pub(super) fn is_effectively(state: TaskState) -> &'static str {
    match state {
        TaskState::Succeeded => "t.state = 'succeeded' AND t.run >= j.all_again_run",
        TaskState::Failed => "t.state = 'failed' AND t.run >= j.again_run",
        TaskState::Running => "t.state = 'running' AND t.run >= j.again_run AND j.ended_at IS NULL",
        TaskState::Pending => {
            concat!("(t.state IN ('queued', 'scheduled') OR ", again!(), ") AND j.state = 'pending'")
        }
        TaskState::Queued => {
            concat!("(t.state = 'queued' OR ", again!(), ") AND j.state IN ('queued', 'running') AND j.due")
        }
        TaskState::Scheduled => concat!(
            "(t.state = 'scheduled' AND t.run >= j.again_run OR NOT j.due AND (t.state = 'queued' OR ",
            again!(),
            ")) AND j.state IN ('queued', 'running')"
        ),
        TaskState::Cancelled => concat!(
            "(t.state = 'cancelled' AND t.run >= j.again_run
                OR (t.state IN ('queued', 'scheduled', 'running') OR ",
            again!(),
            ") AND j.state IN ('succeeded', 'failed', 'cancelled'))"
        ),
        TaskState::Skipped => concat!(
            "(t.state = 'skipped' AND t.run >= j.again_run
                OR (t.state IN ('queued', 'scheduled', 'running') OR ",
            again!(),
            ") AND j.state = 'skipped')"
        ),
    }
}

/// The job's counter of tasks that have ended like this: where it is 0 the list is empty, and a million stale ones are not walked to find that out.
fn counter(state: TaskState) -> Option<&'static str> {
    match state {
        TaskState::Succeeded => Some("j.succeeded"),
        TaskState::Failed => Some("j.failed"),
        TaskState::Cancelled => Some("j.cancelled"),
        TaskState::Skipped => Some("j.skipped"),
        TaskState::Pending | TaskState::Scheduled | TaskState::Queued | TaskState::Running => None,
    }
}
