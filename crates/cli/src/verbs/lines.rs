//! Progress where there is no terminal: a line where something worth one has changed.

use std::collections::HashMap;
use std::io::{self, Write};

use uuid::Uuid;
use windlass_sdk::Error;
use windlass_sdk::wire::{JobInPipeline, JobState};

use super::bars::message;
use super::table::percent;

/// What of each job was shown last.
#[derive(Default)]
pub(super) struct Lines {
    shown: HashMap<Uuid, (JobState, bool, String)>,
    away: bool,
}

impl Lines {
    pub(super) fn show(&mut self, jobs: &[JobInPipeline]) {
        self.away = false;
        for job in jobs {
            let now = (job.state, job.paused, tenth(job.progress.percent));
            if self.shown.get(&job.id) != Some(&now) {
                line(&format!("{}: {} {}", job.key, message(job), percent(job.progress.percent)));
                self.shown.insert(job.id, now);
            }
        }
    }

    /// Shown once for each time that the server is away.
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
    // Nobody reads this if standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}
