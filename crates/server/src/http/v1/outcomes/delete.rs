//! `DELETE /v1/outcomes`.

use axum::extract::State;
use windlass_domain::Subject;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::detached;
use crate::http::query::Query;
use crate::http::{Answer, CalledBy, Problem};

/// Which outcomes to remove.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handler reads")]
pub(crate) struct SubjectParameter {
    /// The subject.
    #[param(min_length = 1, max_length = 200)]
    subject: String,
}

/// Remove the outcomes of a subject
///
/// All of them, whatever their kind, pipeline, job and task; the counts of jobs stay. It goes on when its client hangs up. An event says that outcomes were removed, but not
/// of which subject.
#[utoipa::path(delete, path = "/v1/outcomes", tag = "producers", operation_id = "delete_outcomes",
    params(SubjectParameter),
    security(("key" = ["admin"])),
    responses((status = 200, description = "How many there were.", body = wire::RemovedOutcomes)))]
pub(crate) async fn delete_outcomes(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    query: Query,
) -> Result<Answer<wire::RemovedOutcomes>, Problem> {
    let subject = query.read(|query| {
        if !query.has_any(&["subject"]) {
            query.refuse("subject is required");
        }
        query.text("subject", Subject::parse)
    })?;
    let subject = subject.expect("a query without a subject is refused");
    let store = app.store().on_behalf_of(caller);
    let removed =
        detached(app.health(), async move { store.remove_outcomes(subject.as_str()).await }).await?;
    Ok(Answer(wire::RemovedOutcomes { removed }))
}
