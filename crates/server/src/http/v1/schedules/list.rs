//! `GET /v1/schedules`.

use axum::extract::State;
use windlass_domain::TemplateName;
use windlass_store::Schedule;
use windlass_wire as wire;

use super::answer::shown;
use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{List, read_name, write_name};
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which schedules to show.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handler reads")]
pub(crate) struct ScheduleParameters {
    /// Only those of the template of this name.
    #[param(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9._-]{1,100}$")]
    template: Option<String>,
}

/// List schedules
///
/// By name.
#[utoipa::path(get, path = "/v1/schedules", tag = "operators", operation_id = "list_schedules",
    params(ScheduleParameters, PageParameters),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page of schedules.", body = wire::Page<wire::Schedule>)))]
pub(crate) async fn list_schedules(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Schedule>>, Problem> {
    let (template, limit, after) = query.read(|query| {
        let template = query.text("template", TemplateName::parse);
        (template, query.limit(), query.cursor(|text| read_name(List::Schedules, text)))
    })?;
    let template = template.as_ref().map(TemplateName::as_str);
    let page = within(app.store().list_schedules(template, after.as_deref(), limit)).await?;
    let cursor = |last: &Schedule| write_name(List::Schedules, &last.name);
    Ok(Answer(view::page(page, cursor, shown)))
}
