//! How far the watched jobs were when they were last looked at.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use windlass_store::JobProgress;

/// What one look found.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// Jobs that are further than when they were last looked at, or were not looked at before.
    pub(crate) changed: Vec<JobProgress>,
    /// Running jobs that are as far as before.
    pub(crate) same: Vec<JobProgress>,
}

/// Jobs that ran in the last turn and not in this one, asked for at once, at the most.
const GONE: usize = 1_000;

/// What is known of jobs that ran.
#[derive(Debug, Default)]
pub(super) struct Known {
    jobs: HashMap<Uuid, Last>,
    turn: u64,
}

/// A job as it was last seen to run.
#[derive(Debug)]
struct Last {
    percent: f64,
    turn: u64,
}

impl Known {
    /// Jobs that were not found any more where they ran: how far they came is still to be shown.
    pub(super) fn gone(&self) -> HashSet<Uuid> {
        let gone = self.jobs.iter().filter(|(_, last)| last.turn + 1 < self.turn).map(|(id, _)| *id);
        gone.take(GONE).collect()
    }

    /// Takes over what a look has found, `gone` having been asked for beside what is watched, and tells what of it is new.
    pub(super) fn compare(&mut self, found: Vec<JobProgress>, gone: &HashSet<Uuid>) -> Look {
        let mut look = Look::default();
        for job in found {
            let before = self.jobs.remove(&job.job_id);
            let of_gone = gone.contains(&job.job_id);
            if job.runs && !of_gone {
                self.jobs.insert(job.job_id, Last { percent: job.percent, turn: self.turn });
            } else if job.runs || before.is_none() {
                // It runs and is watched no more; or it is watched and does not run.
                continue;
            }
            let same = before.is_some_and(|before| before.percent.to_bits() == job.percent.to_bits());
            if same { look.same.push(job) } else { look.changed.push(job) }
        }
        self.jobs.retain(|id, _| !gone.contains(id));
        look
    }

    /// All that is watched was looked at.
    pub(super) fn end_turn(&mut self) {
        self.turn += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(number: u128, runs: bool, percent: f64) -> JobProgress {
        let (pipeline_id, job_id) = (Uuid::nil(), Uuid::from_u128(number));
        JobProgress { pipeline_id, job_id, type_name: "a".to_owned(), runs, percent }
    }

    /// What one look of a whole turn shows: what has changed, and what is the same.
    fn look(known: &mut Known, watched: &[JobProgress], gone: &[JobProgress]) -> (Vec<f64>, Vec<f64>) {
        let asked = known.gone();
        let found = gone.iter().filter(|job| asked.contains(&job.job_id)).chain(watched).cloned().collect();
        let look = known.compare(found, &asked);
        known.end_turn();
        let percents = |jobs: Vec<JobProgress>| jobs.into_iter().map(|job| job.percent).collect();
        (percents(look.changed), percents(look.same))
    }

    #[test]
    fn only_what_has_changed_is_new() {
        let mut known = Known::default();
        assert_eq!(
            look(&mut known, &[job(1, true, 0.0), job(2, true, 50.0)], &[]),
            (vec![0.0, 50.0], vec![])
        );
        assert_eq!(look(&mut known, &[job(1, true, 0.0), job(2, true, 60.0)], &[]), (vec![60.0], vec![0.0]));
    }

    #[test]
    fn a_job_that_has_ended_is_shown_once_more() {
        let mut known = Known::default();
        look(&mut known, &[job(1, true, 10.0)], &[]);
        let ended = [job(1, false, 100.0)];
        assert_eq!(look(&mut known, &[], &ended), (vec![], vec![]), "it may be behind in the turn");
        assert_eq!(look(&mut known, &[], &ended), (vec![100.0], vec![]));
        assert_eq!(look(&mut known, &[], &ended), (vec![], vec![]));
        assert!(known.jobs.is_empty());
    }

    #[test]
    fn what_is_deleted_or_watched_no_more_is_forgotten() {
        let mut known = Known::default();
        look(&mut known, &[job(1, true, 10.0), job(2, true, 10.0)], &[]);
        for _ in 0..2 {
            assert_eq!(look(&mut known, &[], &[job(2, true, 20.0)]), (vec![], vec![]));
        }
        assert!(known.jobs.is_empty());
    }

    #[test]
    fn a_job_that_is_watched_and_has_never_run_is_not_shown() {
        let mut known = Known::default();
        assert_eq!(look(&mut known, &[job(1, false, 0.0)], &[]), (vec![], vec![]));
    }
}
