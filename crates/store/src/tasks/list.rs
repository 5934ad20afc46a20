//! Which tasks a list shows: the ids of a page, by the index that fits the filter.
//!
//! | filter | index |
//! |---|---|
//! | job or pipeline | `tasks_job`, once for each job; for failed ones `tasks_failed_job` |
//! | none, or type | `tasks_pkey` backwards; for failed ones `tasks_failed` |
//! | running | `leases_job`, or the narrow leases as a whole |
//!
//! The shapes leave the planner no other choice, also while it has no statistics yet. A limit is a number and not a parameter: of that, a
//! generic plan would assume a tenth of the table.

use sqlx::{Postgres, QueryBuilder};
use windlass_domain::TaskState;

use crate::input::{Paging, TaskFilter};

/// Appends the query of the page's ids, one more than the page holds.
pub(super) fn push_ids(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter, paging: Paging) {
    if filter.job_id.is_some() || filter.pipeline_id.is_some() {
        push_by_job(query, filter, paging);
    } else if filter.state == Some(TaskState::Running) {
        query.push("SELECT l.task_id FROM leases l JOIN jobs j ON j.id = l.job_id JOIN pipelines p ON p.id = j.pipeline_id");
        query.push(" WHERE p.deleted_at IS NULL");
        push_type(query, filter);
        push_after(query, "l.task_id", paging);
    } else {
        push_over_all(query, filter, paging);
    }
    query.push(format_args!(" ORDER BY 1 DESC LIMIT {}", paging.limit + 1));
}

/// For each job the page that it alone would fill.
fn push_by_job(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter, paging: Paging) {
    query.push("SELECT picked.id FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id CROSS JOIN LATERAL (");
    if filter.state == Some(TaskState::Running) {
        query.push("SELECT t.task_id AS id FROM leases t WHERE t.job_id = j.id");
        push_after(query, "t.task_id", paging);
    } else {
        query.push("SELECT t.id FROM tasks t WHERE t.job_id = j.id");
        push_after(query, "t.id", paging);
        if let Some(state) = filter.state {
            query.push(" AND ").push(is_effectively(state));
        }
    }
    query
        .push(format_args!(" ORDER BY 1 DESC LIMIT {}) picked WHERE p.deleted_at IS NULL", paging.limit + 1));
    if let Some(job) = filter.job_id {
        query.push(" AND j.id = ").push_bind(job);
    }
    if let Some(pipeline) = filter.pipeline_id {
        query.push(" AND j.pipeline_id = ").push_bind(pipeline);
    }
    push_type(query, filter);
}

/// All tasks from the newest on. The inner order is a fence: the walk starts from the tasks, whatever the planner thinks of the rest.
fn push_over_all(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter, paging: Paging) {
    query.push("SELECT t.id FROM (SELECT t.id, t.job_id, t.state FROM tasks t WHERE ");
    query.push(filter.state.map_or("true", may_be));
    push_after(query, "t.id", paging);
    query.push(" ORDER BY t.id DESC OFFSET 0) t JOIN jobs j ON j.id = t.job_id JOIN pipelines p ON p.id = j.pipeline_id");
    query.push(" WHERE p.deleted_at IS NULL");
    if let Some(state) = filter.state {
        query.push(" AND ").push(is_effectively(state));
    }
    push_type(query, filter);
}

fn push_type(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    if let Some(type_name) = &filter.type_name {
        query.push(" AND j.type = ").push_bind(type_name.clone());
    }
}

fn push_after(query: &mut QueryBuilder<Postgres>, id: &'static str, paging: Paging) {
    if let Some(after) = paging.after {
        query.push(" AND ").push(id).push(" < ").push_bind(after);
    }
}

/// The condition that a task's effective state is this one, in terms of what is stored: `windlass_task_state` turned round.
fn is_effectively(state: TaskState) -> &'static str {
    match state {
        TaskState::Succeeded => "t.state = 'succeeded'",
        TaskState::Failed => "t.state = 'failed'",
        TaskState::Running => "t.state = 'running' AND j.ended_at IS NULL",
        TaskState::Pending => "t.state IN ('queued', 'scheduled') AND j.state = 'pending'",
        TaskState::Queued => "t.state = 'queued' AND j.state IN ('queued', 'running') AND j.due",
        TaskState::Scheduled => {
            "(t.state = 'scheduled' OR t.state = 'queued' AND NOT j.due) AND j.state IN ('queued', 'running')"
        }
        TaskState::Cancelled => {
            "(t.state = 'cancelled' OR t.state IN ('queued', 'scheduled', 'running')
                AND j.state IN ('succeeded', 'failed', 'cancelled'))"
        }
        TaskState::Skipped => {
            "(t.state = 'skipped' OR t.state IN ('queued', 'scheduled', 'running') AND j.state = 'skipped')"
        }
    }
}

/// What of it can be said of the task's row alone.
fn may_be(state: TaskState) -> &'static str {
    match state {
        TaskState::Succeeded => "t.state = 'succeeded'",
        TaskState::Failed => "t.state = 'failed'",
        TaskState::Running => "t.state = 'running'",
        TaskState::Pending | TaskState::Queued | TaskState::Scheduled => "t.state IN ('queued', 'scheduled')",
        TaskState::Cancelled => "t.state IN ('cancelled', 'queued', 'scheduled', 'running')",
        TaskState::Skipped => "t.state IN ('skipped', 'queued', 'scheduled', 'running')",
    }
}
