//! `POST /v1/tasks/{id}/outcomes`.

use axum::extract::State;
use windlass_store::{Once, Resource};
use windlass_wire as wire;

use crate::app::App;
use crate::http::body::CreateBody;
use crate::http::headers::IdempotencyParameters;
use crate::http::path::PathId;
use crate::http::{CalledBy, Done, Problem};
use crate::input::OutcomeReader;
use crate::input::report::take_outcomes;

/// Record outcomes
///
/// What became of items that a running task handled, 1 to 10,000 of them, all or none. Nothing is overwritten: a later outcome of the same subject and
/// kind is the current one. The lease is not renewed. With an `Idempotency-Key` a repeated call counts once.
#[utoipa::path(post, path = "/v1/tasks/{id}/outcomes", tag = "workers", operation_id = "record_task_outcomes",
    security(("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id."), IdempotencyParameters),
    request_body(content = wire::RecordOutcomes, example = json!({
        "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "outcomes": [
            {"subject": "variant-17", "kind": "annotate", "disposition": "succeeded", "version": "2026-11"},
            {"subject": "variant-18", "kind": "annotate", "disposition": "failed", "reason": "no such gene", "detail": {"gene": "XYZ"}}
        ]
    })),
    responses((status = 200, description = "How many were recorded: all.", body = wire::RecordedOutcomes,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["lease_lost", "idempotency_key_reused"]))))]
pub(crate) async fn record_task_outcomes(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::RecordedOutcomes>, Problem> {
    let id = id.of(Resource::Task)?;
    let outcomes = OutcomeReader::default();
    let read = body.read(|root| root.object(|report| take_outcomes(report, &outcomes)));
    let (token, outcomes) = app.below(Resource::Task, id, read).await?;
    let render = |accepted: &usize| Done::stored(&recorded(*accepted));
    let once = key.map(|key| Once { key, render: &render });
    let store = app.store().on_behalf_of(caller);
    let answer = app.engine().outcomes.record(&store, (id, token), outcomes, once).await?;
    Ok(Done::of(answer, recorded))
}

fn recorded(accepted: usize) -> wire::RecordedOutcomes {
    wire::RecordedOutcomes { accepted: accepted as u64 }
}
