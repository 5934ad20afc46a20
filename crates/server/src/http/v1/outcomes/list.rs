//! `GET /v1/outcomes`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::{Disposition, Subject, SubjectKind};
use windlass_store::{OutcomeCursor, OutcomeFilter};
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{read_outcome, write_outcome};
use crate::http::query::{PageParameters, Parameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which outcomes to show; at least one of subject, pipeline, job and task.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(crate) struct OutcomeParameters {
    /// Only those of this subject.
    #[param(min_length = 1, max_length = 200)]
    subject: Option<String>,
    /// Only those of this kind, which may be empty.
    #[param(max_length = 100)]
    kind: Option<String>,
    /// Only those with this disposition.
    #[param(pattern = "^[a-z0-9_]{1,64}$")]
    disposition: Option<String>,
    /// Only those of this pipeline, which may be gone.
    pipeline_id: Option<Uuid>,
    /// Only those of this job, which may be gone.
    job_id: Option<Uuid>,
    /// Only those of this task, which may be gone.
    task_id: Option<Uuid>,
    /// Only the newest of each subject and kind, within subject, kind, pipeline, job and task; `disposition` is applied to what results.
    #[param(default = false)]
    current: Option<bool>,
}

/// List outcomes
///
/// Newest first. At least one of `subject`, `pipeline_id`, `job_id` and `task_id` is asked for; one that does not exist has none. With
/// `current=true` and `disposition=failed`: what is failed now. Such a page may be short or empty while its cursor goes on.
#[utoipa::path(get, path = "/v1/outcomes", tag = "producers", operation_id = "list_outcomes",
    params(OutcomeParameters, PageParameters),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page of outcomes.", body = wire::Page<wire::ItemOutcome>)))]
pub(crate) async fn list_outcomes(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::ItemOutcome>>, Problem> {
    let (filter, limit, after) = query.read(read)?;
    let page = within(app.store().list_outcomes(&filter, after, limit)).await?;
    Ok(Answer(wire::Page {
        items: page.items.into_iter().map(view::item_outcome).collect(),
        next_cursor: page.next.map(write_outcome),
    }))
}

fn read(query: &mut Parameters) -> (OutcomeFilter, i64, Option<OutcomeCursor>) {
    if !query.has_any(&["subject", "pipeline_id", "job_id", "task_id"]) {
        query.refuse("one of subject, pipeline_id, job_id and task_id is required");
    }
    let filter = OutcomeFilter {
        subject: query.text("subject", Subject::parse).map(Subject::into_string),
        kind: query.text("kind", SubjectKind::parse).map(SubjectKind::into_string),
        disposition: query.text("disposition", Disposition::parse).map(Disposition::into_string),
        pipeline_id: query.uuid("pipeline_id"),
        job_id: query.uuid("job_id"),
        task_id: query.uuid("task_id"),
        current: query.flag("current").unwrap_or(false),
    };
    (filter, query.limit(), query.cursor(read_outcome))
}
