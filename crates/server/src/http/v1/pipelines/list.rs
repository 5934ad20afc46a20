//! `GET /v1/pipelines`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use windlass_domain::{CorrelationId, Limits, Name, PipelineState, Priority, ScheduleName, TemplateName};
use windlass_store::PipelineFilter;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::query::{PageParameters, Parameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which pipelines to show.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `filter` reads")]
pub(crate) struct PipelineParameters {
    /// Only those in this state.
    state: Option<wire::PipelineState>,
    /// Only those with this name, 1 to 200 characters.
    #[param(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Only those with this priority.
    priority: Option<wire::Priority>,
    /// Only those with this correlation id, 1 to 200 characters.
    #[param(min_length = 1, max_length = 200)]
    correlation_id: Option<String>,
    /// Only those created then or later.
    created_after: Option<DateTime<Utc>>,
    /// Only those created earlier than then.
    created_before: Option<DateTime<Utc>>,
    /// Only those made from the template of this name.
    #[param(pattern = "^[A-Za-z0-9._-]{1,100}$")]
    template: Option<String>,
    /// Only those made by the schedule of this name.
    #[param(pattern = "^[A-Za-z0-9._-]{1,100}$")]
    schedule: Option<String>,
    /// Only those whose metadata has exactly this text as its top-level member KEY; an empty text finds an empty one. KEY stands for
    /// the member's name: all that follows the first dot. Up to 5, each once.
    #[param(rename = "metadata.KEY")]
    metadata: Option<String>,
}

/// List pipelines
///
/// Newest first, without their jobs; `progress` counts ended tasks only. By metadata, template or schedule, a page may hold less than its limit where few of
/// millions fit; the next one goes on.
#[utoipa::path(get, path = "/v1/pipelines", tag = "producers", operation_id = "list_pipelines",
    security(("key" = ["read"])),
    params(PipelineParameters, PageParameters),
    responses((status = 200, description = "A page of pipelines.", body = wire::Page<wire::Pipeline>)))]
pub(crate) async fn list_pipelines(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Pipeline>>, Problem> {
    let (filter, paging) = query.read(|query| (filter(query), query.paging(List::Pipelines)))?;
    let page = within(app.store().list_pipelines(&filter, paging)).await?;
    let resume = page.resume.map(|after| cursor::write(List::Pipelines, after));
    let cursor = |last: &windlass_store::Pipeline| cursor::write(List::Pipelines, last.id);
    let page = view::page(page, cursor, view::pipeline_alone);
    Ok(Answer(wire::Page { next_cursor: page.next_cursor.or(resume), ..page }))
}

fn filter(query: &mut Parameters) -> PipelineFilter {
    PipelineFilter {
        state: query.word("state", PipelineState::parse),
        name: query.text("name", Name::parse).map(Name::into_string),
        priority: query.word("priority", Priority::parse),
        correlation_id: query.text("correlation_id", CorrelationId::parse).map(CorrelationId::into_string),
        created_after: query.instant("created_after"),
        created_before: query.instant("created_before"),
        template: query.text("template", TemplateName::parse).map(TemplateName::into_string),
        schedule: query.text("schedule", ScheduleName::parse).map(ScheduleName::into_string),
        metadata: query.texts("metadata", Limits::METADATA_FILTERS),
    }
}
