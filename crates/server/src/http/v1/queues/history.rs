//! `GET /v1/queues/{type}/history`.

use axum::extract::State;
use windlass_wire as wire;

use super::path::PathType;
use crate::app::App;
use crate::engine::within;
use crate::http::query::{Parameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Minutes that are shown unless it is said.
const DEFAULT: i32 = 60;
/// Minutes of 7 days: older ones are not kept.
const MOST: i32 = 7 * 24 * 60;

/// How far back to look.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `minutes` reads")]
pub(crate) struct HistoryParameters {
    /// The last so many minutes, this one among them: 1 to 10,080, which are the 7 days that are kept.
    #[param(minimum = 1, maximum = 10_080, default = 60)]
    minutes: Option<i32>,
}

/// Get the history of a queue
///
/// What the type did in each of the last minutes, over all servers, the newest first; minutes without anything to tell are left out. Each server adds what
/// it saw several times a minute. At most 1,000 types have minutes of their own. There is one page.
#[utoipa::path(get, path = "/v1/queues/{type}/history", tag = "operators", operation_id = "get_queue_history",
    security(("key" = ["read"])),
    params(("type" = String, Path, description = "The type.", min_length = 1, max_length = 100), HistoryParameters),
    responses((status = 200, description = "The minutes.", body = wire::Page<wire::QueueMinute>)))]
pub(crate) async fn get_queue_history(
    State(app): State<App>,
    name: PathType,
    query: Query,
) -> Result<Answer<wire::Page<wire::QueueMinute>>, Problem> {
    let minutes = query.read(minutes)?;
    let history = within(app.store().queue_history(&name.parse()?, minutes)).await?;
    let items = history.iter().map(view::queue_minute).collect();
    Ok(Answer(wire::Page { items, next_cursor: None }))
}

fn minutes(query: &mut Parameters) -> i32 {
    let minutes = query.optional("minutes", |text| {
        let number = text.parse().ok().filter(|number: &i32| number.to_string() == text);
        let minutes = number.filter(|minutes| (1..=MOST).contains(minutes));
        minutes.ok_or_else(|| format!("must be a whole number from 1 to {MOST}"))
    });
    minutes.unwrap_or(DEFAULT)
}
