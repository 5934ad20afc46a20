//! `PATCH /v1/pipelines/{id}`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use windlass_domain::{Json, Limits, Priority};
use windlass_store::{Merge, PipelineChange, Resource};
use windlass_wire as wire;

use super::answer::whole;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input::Field;
use crate::input::PRIORITIES;
use crate::input::merge;
use crate::input::unescaped_length;

/// Change a pipeline
///
/// In every state, but for the deadline. `priority` counts from the next dequeue on. `metadata` is a merge patch (RFC 7396): its members
/// replace those of the same name, null removes one; all else stays exactly as it was. The outcome may have 256 KiB.
/// `deadline_at` is when a pipeline that has not ended is cancelled with clean-up; null: never; of one that has ended it stays (409).
/// What is left out stays; null is not "left out" here, and is refused but for the deadline.
#[utoipa::path(patch, path = "/v1/pipelines/{id}", tag = "producers", operation_id = "patch_pipeline",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    request_body(content = wire::PatchPipeline, example = json!({
        "priority": "very_high", "metadata": {"owner": "ops", "draft": null}
    })),
    responses((status = 200, description = "The pipeline, changed.", body = wire::Pipeline)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn patch_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Pipeline>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let most = app.limits().json_bytes;
    let patch = app.below(Resource::Pipeline, id, body.read(|root| read(root, app.limits()))).await?;
    let merge = patch.metadata.map(|changes| {
        move |stored: Option<&str>| bounded(merge(stored.unwrap_or("{}"), changes.as_str()), most)
    });
    let merge = merge.as_ref().map(|merge| merge as Merge<'_>);
    let change = PipelineChange { priority: patch.priority, merge, deadline_at: patch.deadline_at };
    let (pipeline, jobs) = within(app.store().on_behalf_of(caller).patch_pipeline(id, change)).await?;
    Ok(whole(pipeline, jobs))
}

#[derive(Debug)]
struct Patch {
    priority: Option<Priority>,
    metadata: Option<Json>,
    /// `Some(None)` clears it.
    #[expect(clippy::option_option, reason = "left out, cleared, or set")]
    deadline_at: Option<Option<DateTime<Utc>>>,
}

fn read(root: Field<'_>, limits: &Limits) -> Option<Patch> {
    root.object(|patch| {
        Some(Patch {
            priority: patch.present("priority", |field| field.word(Priority::parse, PRIORITIES)),
            metadata: patch.present("metadata", |field| field.json_object(limits.json_bytes)),
            deadline_at: patch.present("deadline_at", read_deadline),
        })
    })
}

#[expect(clippy::option_option, reason = "a deadline that could be read, and one that is there")]
fn read_deadline(field: Field<'_>) -> Option<Option<DateTime<Utc>>> {
    if field.is_null() { Some(None) } else { field.instant().map(Some) }
}

/// The outcome of a merge, if it is not too large.
fn bounded(merged: String, most: usize) -> Result<Option<Json>, String> {
    let length = unescaped_length(&merged);
    if length > most {
        return Err(format!("must leave at most {most} bytes as compact JSON, would leave {length}"));
    }
    Ok(Some(Json::from_checked(merged)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(body: &str) -> Result<Patch, Vec<String>> {
        Body::of(body.as_bytes()).read(|root| read(root, &Limits::default())).map_err(|problem| {
            problem.into_wire().errors.unwrap().into_iter().map(|error| error.pointer).collect()
        })
    }

    #[test]
    fn what_is_left_out_stays_and_null_is_refused() {
        let none = patch("{}").unwrap();
        assert!(none.priority.is_none() && none.metadata.is_none());
        assert_eq!(patch(r#"{"priority":"low"}"#).unwrap().priority, Some(Priority::Low));
        assert_eq!(patch(r#"{"metadata":{"a":null}}"#).unwrap().metadata.unwrap().as_str(), r#"{"a":null}"#);
        assert_eq!(patch(r#"{"priority":null,"metadata":null}"#).unwrap_err(), ["/priority", "/metadata"]);
        assert_eq!(
            patch(r#"{"metadata":[],"name":"n","state":"failed"}"#).unwrap_err(),
            ["/metadata", "/name", "/state"]
        );
        for body in ["null", "[]", "1", "\"\""] {
            assert_eq!(patch(body).unwrap_err(), [""], "{body}");
        }
    }

    #[test]
    fn a_null_deadline_clears_it_and_one_left_out_stays() {
        assert_eq!(patch("{}").unwrap().deadline_at, None);
        assert_eq!(patch(r#"{"deadline_at":null}"#).unwrap().deadline_at, Some(None));
        assert!(patch(r#"{"deadline_at":"2026-11-22T20:00:00Z"}"#).unwrap().deadline_at.unwrap().is_some());
        assert_eq!(patch(r#"{"deadline_at":"soon"}"#).unwrap_err(), ["/deadline_at"]);
    }

    #[test]
    fn the_outcome_of_a_merge_is_bounded() {
        assert!(bounded("x".repeat(10), 10).is_ok());
        assert!(bounded("x".repeat(11), 10).unwrap_err().contains("10"));
    }
}
