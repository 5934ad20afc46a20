//! Progress where there is no terminal: a line where something worth one has changed.

use std::collections::HashMap;
use std::io::{self, Write};

use uuid::Uuid;
use windlass_sdk::Error;
use windlass_sdk::wire::{JobInPipeline, JobState};

use super::bars::told;
use super::table::percent;

/// What of each job was told last.
#[derive(Default)]
pub(super) struct Lines {
    told: HashMap<Uuid, (JobState, bool, String)>,
    away: bool,
}

impl Lines {
    pub(super) fn show(&mut self, jobs: &[JobInPipeline]) {
        self.away = false;
        for job in jobs {
            let now = (job.state, job.paused, tenth(job.progress.percent));
            if self.told.get(&job.id) != Some(&now) {
                line(&format!("{}: {} {}", job.key, told(job), percent(job.progress.percent)));
                self.told.insert(job.id, now);
            }
        }
    }

    /// Told once for each time that the server is away.
    pub(super) fn away(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.away, true) {
            line(&format!("{error}, trying again"));
        }
    }
}

/// Every tenth of the way is worth a line.
fn tenth(percent: f64) -> String {
    format!("{:.0}", (percent / 10.0).floor())
}

fn line(text: &str) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}
