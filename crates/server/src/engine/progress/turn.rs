//! What to look at next of all that is watched: a piece at a time, in turns.

use uuid::Uuid;
use windlass_store::WatchedJobs;

/// Pipelines and jobs that one look asks for at the most.
pub(super) const SCOPES: usize = 500;

/// Whose jobs are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Watched {
    /// All that run.
    All,
    /// Those of this pipeline that run.
    Pipeline(Uuid),
    /// This one.
    Job(Uuid),
}

/// How far the present turn is.
#[derive(Debug, Default)]
pub(super) struct Turn {
    at: Option<Place>,
}

/// A position in what is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    of: Watched,
    /// Within it behind this job; `None`: behind it.
    within: Option<Uuid>,
}

/// What one look asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    of: Vec<Watched>,
    behind: Uuid,
    /// Nothing of what is watched comes behind it.
    ends: bool,
}

impl Turn {
    /// The next piece of what is watched, which is in order.
    pub(super) fn piece(&self, watched: &[Watched]) -> Piece {
        // Who watches all watches the others as well.
        let watched = if watched.first() == Some(&Watched::All) { &watched[..1] } else { watched };
        let left = |at: Place| {
            let from = watched.partition_point(|of| *of < at.of || (*of == at.of && at.within.is_none()));
            &watched[from..]
        };
        // What comes behind may be watched no more.
        let left = self.at.map(left).filter(|left| !left.is_empty()).unwrap_or(watched);
        let of = left[..left.len().min(SCOPES)].to_vec();
        let within = self.at.filter(|at| Some(&at.of) == of.first()).and_then(|at| at.within);
        Piece { behind: within.unwrap_or_default(), ends: of.len() == left.len(), of }
    }

    /// Goes on behind a piece, or within it where its jobs were too many; whether the turn has ended.
    pub(super) fn pass(&mut self, piece: &Piece, more_behind: Option<(Uuid, Uuid)>) -> bool {
        let first = piece.of.first().copied();
        self.at = match (more_behind, piece.of.last()) {
            (Some((_, job)), _) if first == Some(Watched::All) => {
                Some(Place { of: Watched::All, within: Some(job) })
            }
            (Some((pipeline, job)), _) => Some(Place { of: Watched::Pipeline(pipeline), within: Some(job) }),
            (None, Some(last)) if !piece.ends => Some(Place { of: *last, within: None }),
            (None, _) => None,
        };
        self.at.is_none()
    }
}

impl Piece {
    /// The jobs that the store is asked for.
    pub(super) fn jobs(&self) -> WatchedJobs {
        let mut jobs = WatchedJobs { behind: self.behind, ..WatchedJobs::default() };
        for of in &self.of {
            match of {
                Watched::All => jobs.all = true,
                Watched::Pipeline(id) => jobs.pipelines.push(*id),
                Watched::Job(id) => jobs.jobs.push(*id),
            }
        }
        jobs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> Uuid {
        Uuid::from_u128(number as u128)
    }

    #[test]
    fn a_turn_shows_all_that_is_watched_piece_by_piece() {
        let watched: Vec<_> = (1..=SCOPES + 3).map(|n| Watched::Pipeline(id(n))).collect();
        let mut turn = Turn::default();
        let first = turn.piece(&watched);
        assert_eq!((first.jobs().pipelines.len(), first.jobs().behind), (SCOPES, Uuid::nil()));
        assert!(!turn.pass(&first, None));
        let second = turn.piece(&watched);
        assert_eq!(second.jobs().pipelines, [id(SCOPES + 1), id(SCOPES + 2), id(SCOPES + 3)]);
        assert!(turn.pass(&second, None));
        assert_eq!(turn.piece(&watched), first, "and begins anew");
    }

    #[test]
    fn a_turn_goes_on_within_a_pipeline_of_many_jobs() {
        let watched = [Watched::Pipeline(id(1)), Watched::Pipeline(id(2)), Watched::Job(id(7))];
        let mut turn = Turn::default();
        let first = turn.piece(&watched);
        assert!(!turn.pass(&first, Some((id(2), id(30)))));
        let asked = turn.piece(&watched).jobs();
        assert_eq!((asked.pipelines, asked.behind, asked.jobs), (vec![id(2)], id(30), vec![id(7)]));
        let asked = turn.piece(&watched[..1]).jobs();
        assert_eq!(
            (asked.pipelines, asked.behind),
            (vec![id(1)], Uuid::nil()),
            "that one is watched no more"
        );
    }

    #[test]
    fn who_watches_all_is_shown_all_in_pieces() {
        let watched = [Watched::All, Watched::Pipeline(id(1))];
        let mut turn = Turn::default();
        let first = turn.piece(&watched);
        assert_eq!(first.jobs(), WatchedJobs { all: true, ..WatchedJobs::default() });
        assert!(!turn.pass(&first, Some((Uuid::nil(), id(30)))));
        let second = turn.piece(&watched);
        assert_eq!(second.jobs(), WatchedJobs { all: true, behind: id(30), ..WatchedJobs::default() });
        assert!(turn.pass(&second, None));
    }
}
