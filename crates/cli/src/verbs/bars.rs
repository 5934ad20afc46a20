//! Progress on a terminal: a line for the pipeline, and a live bar for each job.
//!
//! A bar is green and full only where a job has succeeded: of one that failed, was cancelled or skipped it shows how much succeeded, in the colour of its end.

use std::collections::HashMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use uuid::Uuid;
use windlass_sdk::wire::{JobInPipeline, JobState, Pipeline};

use super::cut::cut;
use super::details::{percent, state};
use super::hints::Hints;
use super::patience::note;

/// A bar's length: tenths of a per cent.
const LENGTH: u64 = 1000;
/// What is shown of a job's key.
const KEY_CHARS: usize = 16;

/// Bars by job; jobs that are added on the way get theirs.
pub(super) struct Bars {
    screen: MultiProgress,
    head: ProgressBar,
    by_job: HashMap<Uuid, ProgressBar>,
}

impl Bars {
    pub(super) fn new() -> Self {
        let screen = MultiProgress::new();
        let head = ProgressBar::new(LENGTH).with_style(style("{wide_msg}"));
        let head = screen.add(head);
        Self { screen, head, by_job: HashMap::new() }
    }

    pub(super) fn show(&mut self, pipeline: &Pipeline, hints: &Hints) {
        let (name, percent) = (&pipeline.name, percent(pipeline.progress.percent));
        self.head.set_message(format!("{name}  {}  {percent}", state(&pipeline.state, pipeline.paused)));
        for job in pipeline.jobs.iter().flatten() {
            let bar = self.by_job.entry(job.id).or_insert_with(|| {
                self.screen.add(ProgressBar::new(LENGTH).with_prefix(cut(&job.key, KEY_CHARS)))
            });
            // Before the rest, of which a narrow terminal shows what fits.
            let hint = hints.of(job.id).map(|hint| format!("{hint}  ")).unwrap_or_default();
            bar.set_style(style(look(job.state)));
            bar.set_message(format!("{:>4}  {hint}{}", self::percent(share(job)), message(job)));
            bar.set_position(tenths(share(job)));
        }
    }

    /// Says in the first line why nothing moves.
    pub(super) fn away(&self, why: &str) {
        self.head.set_message(why.to_owned());
    }

    /// Leaves the bars as they are, and the cursor below them.
    pub(super) fn end(&self) {
        self.head.abandon();
        for bar in self.by_job.values() {
            bar.abandon();
        }
        // The last line fills the terminal, and has no end of its own.
        note("");
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    style.progress_chars("━╸─")
}

/// How a bar looks in a state.
fn look(state: JobState) -> &'static str {
    match state {
        JobState::Succeeded => "{prefix:>16} {bar:20.green/dim} {wide_msg}",
        JobState::Failed => "{prefix:>16} {bar:20.red/dim} {wide_msg:.red}",
        JobState::Cancelled => "{prefix:>16} {bar:20.yellow/dim} {wide_msg:.yellow}",
        JobState::Skipped => "{prefix:>16} {bar:20.dim/dim} {wide_msg:.dim}",
        JobState::Pending | JobState::Queued | JobState::Running => {
            "{prefix:>16} {bar:20.cyan/dim} {wide_msg}"
        }
    }
}

/// How full a bar is, in per cent: of what has ended badly only what succeeded counts, and it is never full.
#[expect(clippy::cast_precision_loss, reason = "it is shown in tenths of a per cent")]
fn share(job: &JobInPipeline) -> f64 {
    match job.state {
        JobState::Failed | JobState::Cancelled | JobState::Skipped => {
            let total = job.counts.total.max(job.counts.succeeded + 1);
            job.counts.succeeded as f64 * 100.0 / total as f64
        }
        _ => job.progress.percent,
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
            "progress": {"percent": 100}, "created_at": "2026-11-22T20:00:00Z", "opened_at": null,
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
    fn a_bar_is_full_only_at_the_end_and_of_what_has_succeeded() {
        assert_eq!([0.0, 99.99, 100.0].map(tenths), [0, 999, 1000]);
        for (state, expected) in [("succeeded", 1000), ("failed", 750), ("cancelled", 750), ("skipped", 750)]
        {
            assert_eq!(tenths(share(&job(state, [0, 0, 3, 1]))), expected, "{state}");
        }
        assert_eq!(tenths(share(&job("cancelled", [0, 0, 0, 0]))), 0);
        assert!(tenths(share(&job("cancelled", [0, 0, 4, 0]))) < LENGTH);
    }

    #[test]
    fn only_what_has_succeeded_is_green() {
        for state in [JobState::Failed, JobState::Cancelled, JobState::Skipped, JobState::Running] {
            assert!(!look(state).contains("green"), "{state:?}");
        }
        assert!(look(JobState::Succeeded).contains("green"));
    }
}
