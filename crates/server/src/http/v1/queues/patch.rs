//! `PATCH /v1/queues/{type}`.

use axum::extract::State;
use windlass_domain::{Limits, Reason};
use windlass_store::QueueChange;
use windlass_wire as wire;

use super::path::PathType;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::{Answer, CalledBy, Problem};
use crate::input::Field;
use crate::view;

/// Pause or limit a queue
///
/// `paused` stops handing out tasks of the type. `max_running` bounds how many of them run at once, exactly and over all
/// servers: 0 hands out nothing, null lifts the limit; what runs already goes on. What is left out stays. Both hold for
/// every dequeue after the answer. `reason` goes into the audit; of a pause it is shown, with who paused it and when. A type not seen before may be set ahead of its first job.
#[utoipa::path(patch, path = "/v1/queues/{type}", tag = "operators", operation_id = "patch_queue",
    security(("key" = ["operate"])),
    params(("type" = String, Path, description = "The type.", min_length = 1, max_length = 100)),
    request_body(content = wire::PatchQueue, example = json!({"paused": true, "max_running": 20, "reason": "the disk is full"})),
    responses((status = 200, description = "The queue, changed.", body = wire::Queue)))]
pub(crate) async fn patch_queue(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathType,
    body: Body,
) -> Result<Answer<wire::Queue>, Problem> {
    let name = name.parse()?;
    let change = body.read(read)?;
    let queue = within(app.store().on_behalf_of(caller).patch_queue(&name, &change)).await?;
    Ok(Answer(view::queue(queue)))
}

fn read(root: Field<'_>) -> Option<QueueChange> {
    root.object(|patch| {
        Some(QueueChange {
            paused: patch.present("paused", |field| field.flag()),
            max_running: patch.present("max_running", read_limit),
            reason: patch.optional("reason", |field| field.text(Reason::parse)),
        })
    })
}

#[expect(clippy::option_option, reason = "a limit that could be read, and one that is there")]
fn read_limit(field: Field<'_>) -> Option<Option<i32>> {
    if field.is_null() {
        return Some(None);
    }
    let limit = field.integer(Limits::MAX_RUNNING)?;
    Some(Some(i32::try_from(limit).expect("the bounds are those of an i32")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(body: &str) -> Result<QueueChange, Vec<String>> {
        Body::of(body.as_bytes()).read(read).map_err(|problem| {
            problem.into_wire().errors.unwrap().into_iter().map(|error| error.pointer).collect()
        })
    }

    #[test]
    fn a_null_limit_lifts_it_and_one_left_out_stays() {
        let max_running = |body: &str| patch(body).unwrap().max_running;
        assert_eq!(max_running("{}"), None);
        assert_eq!(max_running(r#"{"max_running":null}"#), Some(None));
        assert_eq!(max_running(r#"{"max_running":0}"#), Some(Some(0)));
        assert_eq!(max_running(r#"{"max_running":2147483647}"#), Some(Some(i32::MAX)));
        assert_eq!(patch(r#"{"paused":true}"#).unwrap().paused, Some(true));
    }

    #[test]
    fn a_reason_is_optional() {
        assert!(patch(r#"{"paused":true,"reason":null}"#).unwrap().reason.is_none());
        assert_eq!(patch(r#"{"reason":"why"}"#).unwrap().reason.unwrap().as_str(), "why");
        assert_eq!(patch(r#"{"reason":""}"#).unwrap_err(), ["/reason"]);
    }

    #[test]
    fn wrong_values_are_listed_together() {
        for limit in ["-1", "2147483648", "1.5", "\"1\"", "true"] {
            let body = format!(r#"{{"max_running":{limit},"paused":null,"limit":1}}"#);
            assert_eq!(patch(&body).unwrap_err(), ["/paused", "/max_running", "/limit"], "{limit}");
        }
        assert_eq!(patch("null").unwrap_err(), [""]);
        assert_eq!(patch(r#"{"paused":true,"paused":true}"#).unwrap_err(), ["/paused"]);
    }
}
