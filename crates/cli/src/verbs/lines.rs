//! Progress where there is no terminal: a line where something worth one has changed.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_sdk::wire::{JobInPipeline, JobState};

use super::bars::message;
use super::details::percent;
use super::hints::Hints;
use super::patience::note;

/// What of each job was shown last.
#[derive(Default)]
pub(super) struct Lines {
    shown: HashMap<Uuid, (JobState, bool, String)>,
    hinted: HashMap<Uuid, String>,
    away: bool,
}

impl Lines {
    pub(super) fn show(&mut self, jobs: &[JobInPipeline], hints: &Hints) {
        self.away = false;
        for job in jobs {
            let now = (job.state, job.paused, tenth(job.progress.percent));
            if self.shown.get(&job.id) != Some(&now) {
                note(&format!("{}: {} {}", job.key, message(job), percent(job.progress.percent)));
                self.shown.insert(job.id, now);
            }
            match hints.of(job.id) {
                // Of a time that comes nearer the first word is enough.
                Some(hint) if self.hinted.contains_key(&job.id) && hint.contains(", the next in ") => {}
                Some(hint) if self.hinted.get(&job.id).is_none_or(|known| known != hint) => {
                    note(&format!("{}: {hint}", job.key));
                    self.hinted.insert(job.id, hint.to_owned());
                }
                Some(_) => {}
                None => drop(self.hinted.remove(&job.id)),
            }
        }
    }

    /// Shown once for each time that the server is away.
    pub(super) fn away(&mut self, why: &str) {
        if !std::mem::replace(&mut self.away, true) {
            note(why);
        }
    }
}

/// Every tenth of the way is worth a line.
fn tenth(percent: f64) -> String {
    format!("{:.0}", (percent / 10.0).floor())
}
