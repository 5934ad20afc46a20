//! All types and minutes that have not been added yet.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use windlass_store::{Happened, LeasedTask, MinuteSeen};

use super::tally::Tally;

/// Types and minutes that are kept while the database is away; what comes then of others is not counted.
const MOST: usize = 20_000;

/// What was seen and has not been added yet.
#[derive(Debug, Default)]
pub(crate) struct Minutes(Mutex<HashMap<(DateTime<Utc>, String), Tally>>);

impl Minutes {
    /// Counts how long these tasks have waited, which were leased now.
    pub(crate) fn leased(&self, tasks: &[LeasedTask]) {
        self.with(|tallies| {
            for task in tasks {
                if let (Some(since), Some(tally)) =
                    (task.waiting_since, tally(tallies, task.leased_at, &task.type_name))
                {
                    tally.waited(since, task.leased_at);
                }
            }
        });
    }

    /// Counts attempts that have ended.
    pub(crate) fn ended(&self, happened: &Happened) {
        self.with(|tallies| {
            for attempt in &happened.attempts {
                if let Some(tally) = tally(tallies, attempt.ended_at, &attempt.type_name) {
                    tally.ended(attempt);
                }
            }
        });
    }

    /// All that has not been added yet, to be added now; what cannot be is given back.
    pub(crate) fn take(&self) -> Vec<MinuteSeen> {
        let taken = self.with(std::mem::take);
        taken.into_iter().map(|((at, type_name), tally)| tally.seen(type_name, at)).collect()
    }

    /// Keeps what could not be added.
    pub(crate) fn give_back(&self, seen: &[MinuteSeen]) {
        self.with(|tallies| {
            for minute in seen {
                if let Some(tally) = tally(tallies, minute.at, &minute.type_name) {
                    tally.add(minute);
                }
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<(DateTime<Utc>, String), Tally>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The tally of a type in the minute of a time; `None` where there are too many.
fn tally<'t>(
    tallies: &'t mut HashMap<(DateTime<Utc>, String), Tally>,
    at: DateTime<Utc>,
    type_name: &str,
) -> Option<&'t mut Tally> {
    let minute = at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at);
    let key = (minute, type_name.to_owned());
    (tallies.len() < MOST || tallies.contains_key(&key)).then(|| tallies.entry(key).or_default())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use uuid::Uuid;
    use windlass_domain::Outcome;
    use windlass_store::EndedAttempt;

    use super::*;

    fn at(second: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 29, 20, second / 60, second % 60).unwrap()
    }

    fn ended(type_name: &str, outcome: Outcome, from: u32, to: u32) -> Happened {
        let attempt = EndedAttempt {
            task_id: Uuid::nil(),
            job_id: Uuid::nil(),
            job_run: 1,
            pipeline_id: Uuid::nil(),
            type_name: type_name.to_owned(),
            number: 1,
            token: Uuid::nil(),
            worker_id: "w".to_owned(),
            outcome,
            category: None,
            swept: false,
            started_at: at(from),
            ended_at: at(to),
            again_at: None,
        };
        Happened { attempts: vec![attempt], ..Happened::default() }
    }

    #[test]
    fn what_ended_belongs_to_its_minute_and_type_until_it_is_taken() {
        let minutes = Minutes::default();
        for (type_name, outcome, from, to) in [
            ("a", Outcome::Succeeded, 1, 3),
            ("a", Outcome::Failed, 30, 59),
            ("a", Outcome::Succeeded, 30, 60),
            ("b", Outcome::Released, 1, 2),
            ("b", Outcome::Succeeded, 1, 2),
        ] {
            minutes.ended(&ended(type_name, outcome, from, to));
        }
        let mut taken = minutes.take();
        taken.sort_by_key(|minute| (minute.type_name.clone(), minute.at));
        let told: Vec<_> = taken
            .iter()
            .map(|minute| (minute.type_name.as_str(), minute.at, minute.succeeded, minute.failed))
            .collect();
        assert_eq!(told, [("a", at(0), 1, 1), ("a", at(60), 1, 0), ("b", at(0), 1, 0)]);
        assert!(minutes.take().is_empty());
        minutes.ended(&ended("a", Outcome::Failed, 1, 2));
        minutes.give_back(&taken);
        let again = minutes.take();
        let first = again.iter().find(|minute| minute.type_name == "a" && minute.at == at(0)).unwrap();
        assert_eq!((first.succeeded, first.failed), (1, 2));
    }

    #[test]
    fn no_more_types_than_fit_are_kept() {
        let minutes = Minutes::default();
        for number in 0..=MOST {
            minutes.ended(&ended(&number.to_string(), Outcome::Succeeded, 1, 2));
        }
        minutes.ended(&ended("0", Outcome::Succeeded, 1, 2));
        let taken = minutes.take();
        assert_eq!(taken.len(), MOST);
        assert_eq!(taken.iter().find(|minute| minute.type_name == "0").unwrap().succeeded, 2);
    }
}
