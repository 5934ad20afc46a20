//! Low-water marks of the line of each type: up to which position it has no job left that opened there and can be dequeued.
//!
//! Why: jobs whose tasks are all taken leave dead entries at the head of the index that a dequeue walks. While somebody holds an old snapshot,
//! as a backup does for hours, vacuum cannot remove them, and each dequeue passes them all (78 ns each).
//!
//! Jobs draw their positions as they open, ever higher ones. A position drawn late may be committed early, so a mark follows what was seen with
//! a delay of [`MARGIN`]: by then a transaction that drew a lower position has committed or never will. A job that can be dequeued again at its old position
//! is marked (`jobs.returned`) by the statement that makes it so, and is looked for in an index of its own. So servers need not announce
//! anything to each other.
//!
//! Nothing is done unless hot tables have many dead rows. While they have, the hot statements also run in a variant that does not pass old
//! versions of hot rows. How it fails: once a minute the look begins at the start. A mark that hides a job is dropped then, with a line in
//! the log: a mark only saves work, and is never what the truth depends on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::remembered::Remembered;

/// Longer than any transaction lives that opens jobs: half a minute at the most, unless its commit hangs (then see below).
const MARGIN: Duration = Duration::from_mins(1);
/// Dead rows from which on it is worth its while: passing so many takes a millisecond.
const DEAD: i64 = 10_000;
/// The ranks of priorities.
const RANKS: std::ops::RangeInclusive<i16> = 0..=4;

/// The marks of all types, each server's own.
#[derive(Debug, Default)]
pub(crate) struct LowWaterMarks(Mutex<Known>);

#[derive(Debug)]
struct Known {
    /// By type and priority.
    marks: Remembered<BTreeMap<(String, i16), Mark>>,
    held_back: bool,
    /// How far marks stay behind what was seen.
    margin: Duration,
}

impl Default for Known {
    fn default() -> Self {
        Self { marks: Remembered::default(), held_back: false, margin: MARGIN }
    }
}

#[derive(Debug, Default, Clone)]
struct Mark {
    /// No job that opened at this position or before can be dequeued, but for those that returned.
    at: i64,
    /// What looks found: when, and the first position.
    seen: VecDeque<(Instant, i64)>,
}

/// The parts of the line that a dequeue of some types walks.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Spans {
    pub(crate) types: Vec<String>,
    /// Behind this priority and position…
    pub(crate) priorities: Vec<i16>,
    pub(crate) positions: Vec<i64>,
    /// … up to this priority.
    pub(crate) last_priorities: Vec<i16>,
    /// Where jobs that returned are looked for: type, priority, and the last position.
    pub(crate) behind_types: Vec<String>,
    pub(crate) behind_priorities: Vec<i16>,
    pub(crate) behind_positions: Vec<i64>,
}

/// What a look found of one type and priority.
pub(super) struct Found {
    pub(super) type_name: String,
    pub(super) priority: i16,
    /// The first position of a job that can be dequeued and did not return; behind the last position drawn if there is none.
    pub(super) first: i64,
}

impl LowWaterMarks {
    /// Whether many rows are dead and are still there.
    pub(crate) fn is_vacuum_held_back(&self) -> bool {
        self.lock().held_back
    }

    /// The parts of the line in which these types may have something; `None`, all of it, unless vacuum is held back.
    pub(crate) fn spans(&self, types: &[String]) -> Option<Spans> {
        let known = self.lock();
        if !known.held_back {
            return None;
        }
        let mut spans = Spans::default();
        for name in types {
            let mark = |rank| known.marks.begin.get(&(name.clone(), rank)).map_or(0, |mark| mark.at);
            let positions: Vec<i64> = RANKS.map(mark).collect();
            if positions.iter().all(|position| *position == 0) {
                spans.whole(name);
                continue;
            }
            for (rank, position) in RANKS.zip(positions) {
                spans.ahead(name, rank, position, rank);
                if position > 0 {
                    spans.behind_types.push(name.clone());
                    spans.behind_priorities.push(rank);
                    spans.behind_positions.push(position);
                }
            }
        }
        Some(spans)
    }

    /// Takes note of how many rows of a hot table are dead; whether marks are worth a look. Where they are not, all are forgotten.
    pub(super) fn are_worth_while(&self, dead_rows: i64) -> bool {
        let mut known = self.lock();
        known.held_back = dead_rows >= DEAD;
        if !known.held_back {
            *known = Known { margin: known.margin, ..Known::default() };
        }
        known.held_back
    }

    /// Where to look of these types: type, priority and the position behind which to begin; whether that is the start.
    pub(super) fn looks(&self, types: &[String], now: Instant) -> (Vec<(String, i16, i64)>, bool) {
        let known = self.lock();
        let marks = known.marks.trusted(now);
        let begin = |name: &String, rank: i16| {
            let mark = marks.and_then(|marks| marks.get(&(name.clone(), rank)));
            (name.clone(), rank, mark.map_or(0, |mark| mark.at))
        };
        (types.iter().flat_map(|name| RANKS.map(move |rank| begin(name, rank))).collect(), marks.is_none())
    }

    /// Takes over what a look found; whether it began at the start of the `whole` line.
    pub(super) fn see(&self, found: Vec<Found>, whole: bool, now: Instant) {
        let mut known = self.lock();
        let margin = known.margin;
        if whole {
            known.marks.looked_from_start(now);
        }
        for Found { type_name, priority, first } in found {
            let mark = known.marks.begin.entry((type_name, priority)).or_default();
            if first <= mark.at {
                tracing::error!(mark = mark.at, first, "a low-water mark hid a job, and is dropped");
                *mark = Mark::default();
            }
            mark.see(first, now, margin);
        }
    }

    /// How far marks stay behind what was seen from now on.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn stay_behind(&self, margin: Duration) {
        self.lock().margin = margin;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mark {
    /// What was first in line a margin ago and now: before both there is nothing, and nothing will come.
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

    fn ahead(&mut self, name: &str, priority: i16, position: i64, last_priority: i16) {
        self.types.push(name.to_owned());
        self.priorities.push(priority);
        self.positions.push(position);
        self.last_priorities.push(last_priority);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(first: i64) -> Vec<Found> {
        vec![Found { type_name: "work".to_owned(), priority: 2, first }]
    }

    fn position(marks: &LowWaterMarks) -> i64 {
        marks.spans(&["work".to_owned()]).unwrap().behind_positions.first().copied().unwrap_or(0)
    }

    #[test]
    fn a_mark_follows_what_was_first_in_line_when_nobody_can_come_before_it_any_more() {
        let (marks, begun) = (LowWaterMarks::default(), Instant::now());
        assert!(marks.are_worth_while(DEAD));
        let see = |after: u64, first| marks.see(found(first), true, begun + Duration::from_secs(after));
        see(0, 11);
        see(59, 31);
        assert_eq!(position(&marks), 0);
        see(60, 41);
        assert_eq!(position(&marks), 10);
        see(120, 26);
        assert_eq!(position(&marks), 25, "one that committed late is still there");
        see(200, 61);
        assert_eq!(position(&marks), 25);
        see(300, 81);
        assert_eq!(position(&marks), 60);
        see(310, 5);
        assert_eq!(position(&marks), 0, "what it hid is found");
    }

    #[test]
    fn what_returned_is_looked_for_behind_the_marks_and_the_rest_before_them() {
        let marks = LowWaterMarks::default();
        let types = ["other".to_owned(), "work".to_owned()];
        assert_eq!(marks.spans(&types), None);
        assert!(marks.are_worth_while(DEAD));
        marks.stay_behind(Duration::ZERO);
        let whole = marks.spans(&types).unwrap();
        assert_eq!((&whole.priorities[..], &whole.last_priorities[..]), (&[-1, -1][..], &[4, 4][..]));
        assert!(whole.behind_types.is_empty());
        marks.see(found(11), true, Instant::now());
        let spans = marks.spans(&types).unwrap();
        assert_eq!(spans.types.iter().filter(|name| *name == "other").count(), 1);
        assert_eq!(spans.priorities, [-1, 0, 1, 2, 3, 4]);
        assert_eq!(spans.last_priorities, [4, 0, 1, 2, 3, 4]);
        assert_eq!(spans.positions, [0, 0, 0, 10, 0, 0]);
        assert_eq!((&spans.behind_priorities[..], &spans.behind_positions[..]), (&[2][..], &[10][..]));
        assert!(!marks.are_worth_while(DEAD - 1));
        assert_eq!(marks.spans(&types), None);
        assert_eq!(Spans::all(&types), whole);
    }

    #[test]
    fn a_look_begins_at_the_mark_and_once_a_minute_at_the_start() {
        let (marks, begun) = (LowWaterMarks::default(), Instant::now());
        let types = ["work".to_owned()];
        marks.stay_behind(Duration::ZERO);
        let behind = |seconds| {
            let (looks, whole) = marks.looks(&types, begun + Duration::from_secs(seconds));
            (looks[2].2, whole)
        };
        assert_eq!(behind(0), (0, true));
        assert_eq!(behind(10), (0, true), "the first one failed");
        marks.see(found(11), true, begun);
        assert_eq!(behind(20), (10, false));
        assert_eq!(behind(60), (0, true));
        marks.see(found(11), true, begun + Duration::from_mins(1));
        assert_eq!(behind(70), (10, false));
    }
}
