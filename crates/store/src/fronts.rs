//! Up to where, in line, a type has no job left that opened there and can be dequeued.
//!
//! Why: jobs with nothing left to give leave dead entries at the head of the index that a dequeue walks. While somebody holds an old snapshot,
//! as a backup does for hours, vacuum cannot take them away, and each dequeue passes them all (78 ns each).
//!
//! Jobs draw their places as they open, ever higher ones. A place drawn late may be committed early, so a front follows what was seen with
//! a delay of [`MARGIN`]: by then whoever drew a lower place has committed or never will. A job that can be dequeued again at its old place is marked
//! (`jobs.returned`) by the statement that makes it so, and is looked for in an index of its own. So servers need not tell each other anything.
//!
//! What it deliberately does not do: anything, unless hot tables have many dead rows. While they do, the hot statements are also used in a variation
//! that does not pass old versions of hot rows (`variations.rs`). How it fails: once a minute the look begins at the
//! start, and a front that hides a job is dropped, with a line in the log: a front only saves work, and is never what the truth hangs on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::transaction::deadline;
use crate::{Error, Store};

/// Longer than any transaction lives that opens jobs: half a minute at the most, unless its commit hangs (then see below).
pub(crate) const MARGIN: Duration = Duration::from_mins(1);
/// How often a look begins at the start.
const WHOLE: Duration = Duration::from_mins(1);
/// Dead rows from which on it is worth its while: passing so many takes a millisecond.
const DEAD: i64 = 10_000;
/// The ranks of priorities.
const RANKS: std::ops::RangeInclusive<i16> = 0..=4;

/// The fronts of all types, each server's own.
#[derive(Debug, Default)]
pub(crate) struct Fronts(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By type and priority.
    fronts: BTreeMap<(String, i16), Front>,
    /// When a look last began at the start.
    whole: Option<Instant>,
    held_back: bool,
}

#[derive(Debug, Default, Clone)]
struct Front {
    /// No job that opened here or before can be dequeued, but for those that returned.
    at: i64,
    /// What looks found: when, and the first place in line.
    seen: VecDeque<(Instant, i64)>,
}

/// The parts of the line that a dequeue of some types walks.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Spans {
    pub(crate) types: Vec<String>,
    /// Behind this priority and place…
    pub(crate) priorities: Vec<i16>,
    pub(crate) places: Vec<i64>,
    /// … up to this priority.
    pub(crate) last_priorities: Vec<i16>,
    /// Where jobs that returned are looked for: type, priority, and the last place.
    pub(crate) behind_types: Vec<String>,
    pub(crate) behind_priorities: Vec<i16>,
    pub(crate) behind_places: Vec<i64>,
}

impl Fronts {
    /// Whether many rows are dead and are still there.
    pub(crate) fn is_vacuum_held_back(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).held_back
    }

    /// The parts of the line in which these types may have something; `None`, all of it, unless vacuum is held back.
    pub(crate) fn spans(&self, types: &[String]) -> Option<Spans> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.held_back {
            return None;
        }
        let mut spans = Spans::default();
        for name in types {
            let front = |rank| known.fronts.get(&(name.clone(), rank)).map_or(0, |front| front.at);
            let places: Vec<i64> = RANKS.map(front).collect();
            if places.iter().all(|place| *place == 0) {
                spans.whole(name);
                continue;
            }
            for (rank, place) in RANKS.zip(places) {
                spans.ahead(name, rank, place, rank);
                if place > 0 {
                    spans.behind_types.push(name.clone());
                    spans.behind_priorities.push(rank);
                    spans.behind_places.push(place);
                }
            }
        }
        Some(spans)
    }

    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Known::default();
    }

    /// Where to look of these types: type, priority and the place behind which to begin; whether that is the start.
    fn looks(&self, types: &[String], now: Instant) -> (Vec<(String, i16, i64)>, bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.held_back = true;
        let whole = known.whole.is_none_or(|last| now.duration_since(last) >= WHOLE);
        let begin = |name: &String, rank: i16| {
            let front = known.fronts.get(&(name.clone(), rank)).filter(|_| !whole);
            (name.clone(), rank, front.map_or(0, |front| front.at))
        };
        (types.iter().flat_map(|name| RANKS.map(move |rank| begin(name, rank))).collect(), whole)
    }

    /// Takes over what a look found; whether it began at the `whole` line's start.
    fn see(&self, found: Vec<Found>, whole: bool, now: Instant, margin: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if whole {
            known.whole = Some(now);
        }
        for Found { type_name, priority, first } in found {
            let front = known.fronts.entry((type_name, priority)).or_default();
            if first <= front.at {
                tracing::error!(front = front.at, first, "a front hid a job, and is dropped");
                *front = Front::default();
            }
            front.see(first, now, margin);
        }
    }
}

impl Front {
    /// What was first in line long ago and now: before both there is nothing, and nothing will come.
    fn see(&mut self, first: i64, now: Instant, margin: Duration) {
        self.seen.push_back((now, first));
        while let Some((at, then)) = self.seen.front().copied()
            && now.duration_since(at) >= margin
        {
            self.seen.pop_front();
            self.at = self.at.max(then.min(first) - 1);
        }
    }
}

impl Spans {
    /// All of the line.
    pub(crate) fn all(types: &[String]) -> Self {
        let mut spans = Self::default();
        for name in types {
            spans.whole(name);
        }
        spans
    }

    fn whole(&mut self, name: &str) {
        self.ahead(name, -1, 0, *RANKS.end());
    }

    fn ahead(&mut self, name: &str, priority: i16, place: i64, last_priority: i16) {
        self.types.push(name.to_owned());
        self.priorities.push(priority);
        self.places.push(place);
        self.last_priorities.push(last_priority);
    }
}

struct Found {
    type_name: String,
    priority: i16,
    /// The first place of a job that can be dequeued and did not return; behind the last place drawn if there is none.
    first: i64,
}

impl Store {
    /// Looks where the fronts are, if so many rows of a hot table are dead that vacuum seems to be held back. To be called every 10 s or so.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn look_for_fronts(&self, dead_rows: i64) -> Result<(), Error> {
        if dead_rows < DEAD {
            self.fronts.forget();
            return Ok(());
        }
        let types = sqlx::query_scalar!("SELECT type FROM queues ORDER BY type");
        let types = deadline(async { Ok(types.fetch_all(&self.pool).await?) }).await?;
        let (looks, whole) = self.fronts.looks(&types, Instant::now());
        let look = sqlx::query_as!(
            Found,
            r#"SELECT look.type AS "type_name!", look.priority AS "priority!",
                      coalesce(first.opened_position, drawn.last_value + 1) AS "first!"
               FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS look (type, priority, behind)
               CROSS JOIN (SELECT last_value FROM job_positions) drawn
               LEFT JOIN LATERAL (
                   SELECT opened_position FROM jobs
                   WHERE type = look.type AND dispatchable AND NOT returned
                     AND priority = look.priority AND opened_position > look.behind
                   ORDER BY opened_position LIMIT 1
               ) first ON true"#,
            &looks.iter().map(|look| look.0.clone()).collect::<Vec<_>>(),
            &looks.iter().map(|look| look.1).collect::<Vec<_>>(),
            &looks.iter().map(|look| look.2).collect::<Vec<_>>(),
        );
        let found = deadline(async { Ok(look.fetch_all(&self.pool).await?) }).await?;
        tracing::debug!(looks = found.len(), whole, "looked for fronts");
        // The time after the look: what it saw had been drawn by then.
        self.fronts.see(found, whole, Instant::now(), self.front_margin);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(first: i64) -> Vec<Found> {
        vec![Found { type_name: "work".to_owned(), priority: 2, first }]
    }

    fn place(fronts: &Fronts) -> i64 {
        fronts.spans(&["work".to_owned()]).unwrap().behind_places.first().copied().unwrap_or(0)
    }

    #[test]
    fn a_front_follows_what_was_first_in_line_when_nobody_can_come_before_it_any_more() {
        let (fronts, begun) = (Fronts::default(), Instant::now());
        fronts.looks(&[], begun);
        let see =
            |after: u64, first| fronts.see(found(first), true, begun + Duration::from_secs(after), MARGIN);
        see(0, 11);
        see(59, 31);
        assert_eq!(place(&fronts), 0);
        see(60, 41);
        assert_eq!(place(&fronts), 10);
        see(120, 26);
        assert_eq!(place(&fronts), 25, "one that committed late is still there");
        see(200, 61);
        assert_eq!(place(&fronts), 25);
        see(300, 81);
        assert_eq!(place(&fronts), 60);
        see(310, 5);
        assert_eq!(place(&fronts), 0, "what it hid is found");
    }

    #[test]
    fn what_returned_is_looked_for_behind_the_fronts_and_the_rest_before_them() {
        let fronts = Fronts::default();
        let types = ["other".to_owned(), "work".to_owned()];
        assert_eq!(fronts.spans(&types), None);
        fronts.looks(&types, Instant::now());
        let whole = fronts.spans(&types).unwrap();
        assert_eq!((&whole.priorities[..], &whole.last_priorities[..]), (&[-1, -1][..], &[4, 4][..]));
        assert!(whole.behind_types.is_empty());
        fronts.see(found(11), true, Instant::now(), Duration::ZERO);
        let spans = fronts.spans(&types).unwrap();
        assert_eq!(spans.types.iter().filter(|name| *name == "other").count(), 1);
        assert_eq!(spans.priorities, [-1, 0, 1, 2, 3, 4]);
        assert_eq!(spans.last_priorities, [4, 0, 1, 2, 3, 4]);
        assert_eq!(spans.places, [0, 0, 0, 10, 0, 0]);
        assert_eq!((&spans.behind_priorities[..], &spans.behind_places[..]), (&[2][..], &[10][..]));
        fronts.forget();
        assert_eq!(fronts.spans(&types), None);
        assert_eq!(Spans::all(&types), whole);
    }

    #[test]
    fn a_look_begins_at_the_front_and_once_a_minute_at_the_start() {
        let (fronts, begun) = (Fronts::default(), Instant::now());
        let types = ["work".to_owned()];
        let behind = |seconds| {
            let (looks, whole) = fronts.looks(&types, begun + Duration::from_secs(seconds));
            (looks[2].2, whole)
        };
        assert_eq!(behind(0), (0, true));
        assert_eq!(behind(10), (0, true), "the first one failed");
        fronts.see(found(11), true, begun, Duration::ZERO);
        assert_eq!(behind(20), (10, false));
        assert_eq!(behind(60), (0, true));
        fronts.see(found(11), true, begun + Duration::from_mins(1), Duration::ZERO);
        assert_eq!(behind(70), (10, false));
    }
}
