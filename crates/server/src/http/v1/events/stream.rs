//! `GET /v1/events/stream`.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::IntoResponse;
use serde_json::Value;
use windlass_store::{self as store, EventCursor, EventFilter};
use windlass_wire::Code;

use super::filter::{self, EventFilterParameters};
use super::lines::Lines;
use super::messages;
use crate::app::App;
use crate::engine::{self, Watched, within};
use crate::http::auth::Shown;
use crate::http::connection::Endless;
use crate::http::query::Query;
use crate::http::{Problem, cursor};

/// Where a client that comes back wants to go on.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks a proxy to pass on what comes as it comes.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Messages of an `id`, the event's, and `data`, the event as JSON, as in the list of events.
// Without a type: some generators read a stream as text, others as its messages.
#[derive(utoipa::ToSchema)]
pub(crate) struct EventMessages(#[expect(dead_code, reason = "describes what the stream is")] Value);

/// Follow events
///
/// The audit as server-sent events: `id:` is the event's, `data:` the event as JSON. It begins now, or behind the event
/// that `Last-Event-ID` names, and then misses none and repeats none, whichever server is asked. Comments hold the
/// connection alive; an outage of the database only pauses it. It ends when the server stops, or when the database was restored
/// from a backup that does not know its position, and when its caller's key is no longer good.
///
/// With `progress=true` there are also messages of the type `progress`, without an id: `data:` is
/// `{"pipeline_id", "job_id", "percent"}` of a job that runs, or ran when it was last looked at, and has changed since;
/// the first look shows all that run. Of `pipeline_id`, `job_id`, `task_id` (its job) and `type` only those; the other
/// parameters narrow events alone. At most one a second and job; where more than 1,000 such jobs run they take turns.
#[utoipa::path(get, path = "/v1/events/stream", tag = "producers", operation_id = "stream_events",
    security(("key" = ["read"])),
    params(
        EventFilterParameters,
        ("progress" = Option<bool>, Query, description = "Whether lines of progress come as well.", nullable = false),
        ("last-event-id" = Option<String>, Header, nullable = false, min_length = 1, description = "The `id` of the last event seen; 400 if it is none.")
    ),
    responses((status = 200, description = "The stream; it has no end of its own.", body = EventMessages,
        content_type = "text/event-stream")))]
pub(crate) async fn stream_events(
    State(app): State<App>,
    headers: HeaderMap,
    shown: Shown,
    query: Query,
) -> Result<impl IntoResponse, Problem> {
    let (filter, progress) = query.read(|query| (filter::read(query), query.flag("progress")))?;
    let after = match last_event_id(&headers)? {
        Some(after) => {
            within(app.store().check_event_cursor(after)).await?;
            after
        }
        None => within(app.store().event_head()).await?.read_to,
    };
    let lines = if progress == Some(true) { lines(&app, &filter).await? } else { None };
    let key = shown.lasting(&app);
    let body = Body::from_stream(messages::follow(app, filter, after, lines, key));
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (UNBUFFERED, "no")];
    Ok((Extension(Endless), headers, body))
}

/// The lines of progress that the stream has; none where no job is watched.
async fn lines(app: &App, filter: &EventFilter) -> Result<Option<Lines>, Problem> {
    let watched = match (filter.task_id, filter.job_id, filter.pipeline_id) {
        (Some(task), ..) => match within(app.store().task(task)).await {
            Ok(task) => Watched::Job(task.job_id),
            Err(engine::Error::Store(store::Error::NotFound(_))) => return Ok(None),
            Err(error) => return Err(error.into()),
        },
        (None, Some(job), _) => Watched::Job(job),
        (None, None, Some(pipeline)) => Watched::Pipeline(pipeline),
        (None, None, None) => Watched::All,
    };
    Ok(Some(Lines::new(app.progress(), watched, filter.clone())))
}

/// The event behind which to go on, if the client names one.
fn last_event_id(headers: &HeaderMap) -> Result<Option<EventCursor>, Problem> {
    let mut sent = headers.get_all(LAST_EVENT_ID).iter();
    let Some(id) = sent.next() else { return Ok(None) };
    match (id.to_str().ok().and_then(cursor::read_event), sent.next()) {
        (Some(after), None) => Ok(Some(after)),
        _ => Err(Problem::new(Code::MalformedRequest, "the header last-event-id names no event")),
    }
}
