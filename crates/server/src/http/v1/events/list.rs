//! `GET /v1/events`.

use axum::extract::State;
use windlass_store::EventCursor;
use windlass_wire as wire;

use super::filter::{self, EventFilterParameters};
use crate::app::App;
use crate::engine::within;
use crate::http::cursor;
use crate::http::query::{Parameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// From where to show events, and how many.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handler reads")]
pub(crate) struct EventPageParameters {
    /// Events of a page at the most, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// Where the page begins: the `next_cursor` of the page before, or any event's `id`.
    #[param(min_length = 1)]
    cursor: Option<String>,
    /// The newest events that the filter takes, rather than the oldest; not together with `cursor`.
    newest: Option<bool>,
}

/// List events
///
/// The audit, oldest first, by when changes took effect: every change of a state appends one event. `next_cursor` is
/// never null: an empty page means nothing new yet, and asking again with it misses nothing. An event can be read as soon
/// as no older transaction is under way, normally within 100 ms. With `entity`, `to` or `type` a page may be short; an empty one
/// whose `next_cursor` has moved only says that five seconds of looking found none. When the database was restored from a backup, a position that the
/// backup does not know is refused (400), so that nothing is skipped unnoticed. With `newest=true` a page has the newest events, oldest first as
/// ever, and `next_cursor` is the present end of the audit.
#[utoipa::path(get, path = "/v1/events", tag = "producers", operation_id = "list_events",
    security(("key" = ["read"])),
    params(EventFilterParameters, EventPageParameters),
    responses((status = 200, description = "A page of events.", body = wire::EventPage)))]
pub(crate) async fn list_events(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::EventPage>, Problem> {
    let (filter, limit, from) = query.read(|query| (filter::read(query), query.limit(), from(query)))?;
    let page = match from {
        From::End => within(app.store().newest_events(&filter, limit)).await?,
        From::Behind(after) => within(app.store().events(&filter, after, limit)).await?,
    };
    let items = page.events.into_iter().map(view::event).collect();
    Ok(Answer(wire::EventPage { items, next_cursor: page.next.to_string() }))
}

/// Where a page is taken from.
enum From {
    End,
    Behind(EventCursor),
}

fn from(query: &mut Parameters) -> From {
    let is_behind = query.has_any(&["cursor"]);
    let after = query.cursor(cursor::read_event).unwrap_or(EventCursor::START);
    let newest = query.flag("newest") == Some(true);
    if newest && is_behind {
        query.refuse("newest is not for a page with a cursor");
    }
    if newest { From::End } else { From::Behind(after) }
}
