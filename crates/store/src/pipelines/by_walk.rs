//! `GET /v1/pipelines` by what has no index of its own, or by several things: the page's pipelines by a walk, as a rule along the index of the rarest of these.
//!
//! It goes on until the page is full or everything has been looked at. Only where a second (see `Store::looking_for`) was not enough for that, as where texts that millions
//! have never meet, the page is shorter, and the next one goes on where this one looked last.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::walk::{Asked, LARGEST, begin, look};
use crate::db::Session;
use crate::input::{Paging, PipelineFilter, PipelineSet};

/// Finds the ids of the page and one more, if there is one, the newest first; and the last pipeline looked at, where others have not been.
pub(super) async fn find_by_walk(
    connection: &mut Session,
    filter: &PipelineFilter,
    paging: Paging,
    looks_for: Duration,
) -> Result<(Vec<Uuid>, Option<Uuid>), sqlx::Error> {
    let set = PipelineSet::from(filter);
    let asked = Asked::of(&set);
    let begun = Instant::now();
    let start = begin(connection, &asked).await?;
    // Of what most pipelines fit it fills the page.
    let (mut ids, mut after, mut size) = (Vec::new(), paging.after, 2 * (paging.limit + 1));
    loop {
        let missing = paging.limit + 1 - i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let window = look(connection, (&asked, &start), after, (size, missing)).await?;
        ids.extend(window.ids);
        let full = i64::try_from(ids.len()).is_ok_and(|ids| ids > paging.limit);
        if full || window.looked_to.is_none() || begun.elapsed() > looks_for {
            return Ok((ids, window.looked_to));
        }
        (after, size) = (window.looked_to, LARGEST.min(size * 5));
    }
}
