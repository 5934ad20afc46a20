//! `GET /v1/jobs`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::{JobState, TypeName};
use windlass_store::JobFilter;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::query::{PageParameters, Parameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which jobs to show.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `filter` reads")]
pub(crate) struct JobParameters {
    /// Only those of this pipeline.
    pipeline_id: Option<Uuid>,
    /// Only those of this type.
    #[param(min_length = 1, max_length = 100)]
    r#type: Option<String>,
    /// Only those in this state.
    state: Option<wire::JobState>,
}

/// List jobs
///
/// Newest first; `progress` counts ended tasks only.
#[utoipa::path(get, path = "/v1/jobs", tag = "producers", operation_id = "list_jobs",
    security(("key" = ["read"])),
    params(JobParameters, PageParameters),
    responses((status = 200, description = "A page of jobs.", body = wire::Page<wire::Job>)))]
pub(crate) async fn list_jobs(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Job>>, Problem> {
    let (filter, paging) = query.read(|query| (filter(query), query.paging(List::Jobs)))?;
    let page = within(app.store().list_jobs(&filter, paging)).await?;
    Ok(Answer(view::page(page, |last| cursor::write(List::Jobs, last.id), view::job)))
}

fn filter(query: &mut Parameters) -> JobFilter {
    JobFilter {
        pipeline_id: query.uuid("pipeline_id"),
        type_name: query.text("type", TypeName::parse).map(TypeName::into_string),
        state: query.word("state", JobState::parse),
    }
}
