//! Progress on a terminal: a live bar per job.

use std::collections::HashMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use uuid::Uuid;
use windlass_sdk::Error;
use windlass_sdk::wire::{JobInPipeline, JobState};

use super::table::state;

/// A bar's length: tenths of a per cent.
const LENGTH: u64 = 1000;
const STYLE: &str = "{prefix:>20} {bar:32.cyan/blue} {percent:>3}%  {msg}";

/// Bars by job; jobs that are added on the way get theirs.
pub(super) struct Bars {
    screen: MultiProgress,
    by_job: HashMap<Uuid, ProgressBar>,
    style: ProgressStyle,
}

impl Bars {
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template(STYLE).expect("the template is well formed");
        Self {
            screen: MultiProgress::new(), by_job: HashMap::new(), style: style.progress_chars("━╸─")
        }
    }

    pub(super) fn show(&mut self, jobs: &[JobInPipeline]) {
        for job in jobs {
            let bar = self.by_job.entry(job.id).or_insert_with(|| {
                let bar =
                    ProgressBar::new(LENGTH).with_style(self.style.clone()).with_prefix(job.key.clone());
                self.screen.add(bar)
            });
            bar.set_position(tenths(job.progress.percent));
            bar.set_message(message(job));
        }
    }

    pub(super) fn away(&self, error: &Error) {
        for bar in self.by_job.values().filter(|bar| !bar.is_finished()) {
            bar.set_message(format!("{error}, trying again"));
        }
    }

    /// Leaves the bars as they are, and the cursor below them.
    pub(super) fn end(&self) {
        for bar in self.by_job.values() {
            bar.abandon();
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=1000, and the fraction is not shown"
)]
fn tenths(percent: f64) -> u64 {
    (percent * 10.0).clamp(0.0, 1000.0) as u64
}

/// A job's state and its tasks in a few words.
pub(super) fn message(job: &JobInPipeline) -> String {
    let counts = &job.counts;
    let ended = counts.succeeded + counts.failed + counts.cancelled + counts.skipped;
    let mut text = state(&job.state, job.paused);
    if counts.total > 0 && job.state != JobState::Skipped {
        text = format!("{text}  {ended}/{} tasks", counts.total);
    }
    if counts.running > 0 {
        text = format!("{text}, {} running", counts.running);
    }
    if counts.failed > 0 {
        text = format!("{text}, {} failed", counts.failed);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(state: &str, counts: [u64; 4]) -> JobInPipeline {
        let [queued, running, succeeded, failed] = counts;
        serde_json::from_value(json!({
            "id": Uuid::nil(), "pipeline_id": Uuid::nil(), "key": "k", "type": "t", "state": state,
            "paused": state == "queued", "sealed": true, "depends_on": [], "reason": null, "join": "all",
            "retry": {"max_attempts": 3, "initial_delay_seconds": 1, "factor": 2, "max_delay_seconds": 300,
                      "jitter": 0.2, "non_retryable": []},
            "lease_seconds": 60, "timeout_seconds": null, "max_failed_tasks": 0, "fail_fast": true,
            "allow_failure": false, "run_at": null,
            "counts": {"pending": 0, "scheduled": 0, "queued": queued, "running": running,
                       "succeeded": succeeded, "failed": failed, "cancelled": 0, "skipped": 0,
                       "total": queued + running + succeeded + failed},
            "progress": {"percent": 0}, "created_at": "2026-11-22T20:00:00Z", "opened_at": null,
            "started_at": null, "ended_at": null,
        }))
        .unwrap()
    }

    #[test]
    fn a_job_is_shown_by_what_matters_of_it() {
        assert_eq!(message(&job("queued", [5, 0, 0, 0])), "queued (paused)  0/5 tasks");
        assert_eq!(message(&job("running", [1, 2, 3, 4])), "running  7/10 tasks, 2 running, 4 failed");
        assert_eq!(message(&job("succeeded", [0, 0, 0, 0])), "succeeded");
        assert_eq!(message(&job("skipped", [1, 0, 0, 0])), "skipped");
    }

    #[test]
    fn a_bar_is_full_only_at_the_end() {
        assert_eq!([0.0, 99.99, 100.0].map(tenths), [0, 999, 1000]);
    }
}
