//! Tables of jobs, for people.

use windlass_sdk::wire::{Job, JobError};

use super::details::{pairs, percent, short, state};
use super::grid::{self, Grid};
use super::screen::Screen;

/// Jobs wherever they are, a row each.
pub(super) fn jobs(screen: &Screen, jobs: &[Job]) -> String {
    let header = ["ID", "KEY", "TYPE", "STATE", "PROGRESS", "TASKS", "FAILED", "CREATED"];
    let mut grid = Grid::new(screen, &header, &["TASKS", "FAILED", "PROGRESS"]);
    for job in jobs {
        grid.row([
            grid::id(job.id),
            grid::text(&job.key),
            grid::text(&job.r#type),
            grid::word(state(&job.state, job.paused)),
            grid::word(percent(job.progress.percent)),
            grid::word(job.counts.total.to_string()),
            grid::word(job.counts.failed.to_string()),
            grid::word(screen.time(Some(job.created_at))),
        ]);
    }
    grid.text()
}

/// One job.
pub(super) fn job(screen: &Screen, job: &Job) -> String {
    let counts = &job.counts;
    pairs(
        screen,
        &[
            ("id", job.id.to_string()),
            ("key", job.key.clone()),
            ("type", job.r#type.clone()),
            ("state", state(&job.state, job.paused)),
            ("reason", job.reason.clone().unwrap_or_default()),
            ("pipeline", job.pipeline_id.to_string()),
            ("sealed", if job.sealed { "yes" } else { "no" }.to_owned()),
            ("progress", percent(job.progress.percent)),
            ("tasks", counts.total.to_string()),
            ("waiting", (counts.pending + counts.scheduled + counts.queued).to_string()),
            ("running", counts.running.to_string()),
            ("succeeded", counts.succeeded.to_string()),
            ("failed", counts.failed.to_string()),
            ("cancelled", counts.cancelled.to_string()),
            ("skipped", counts.skipped.to_string()),
            ("outcomes", outcomes(job)),
            ("payload", short(&job.payload)),
            ("created", screen.both(Some(job.created_at))),
            ("opened", screen.both(job.opened_at)),
            ("started", screen.both(job.started_at)),
            ("ended", screen.both(job.ended_at)),
        ],
    )
}

/// How many outcomes of each disposition a job has.
fn outcomes(job: &Job) -> String {
    let counts = job.outcomes.iter().map(|(word, number)| format!("{number} {word}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// Errors of a job, a row each.
pub(super) fn errors(screen: &Screen, errors: &[JobError]) -> String {
    let mut grid = Grid::new(screen, &["COUNT", "CATEGORY", "MESSAGE", "NEWEST", "TASK"], &[]);
    for error in errors {
        grid.row([
            grid::word(error.count.to_string()),
            grid::text(error.category.clone().unwrap_or_else(|| "(others)".to_owned())),
            grid::text(error.message.clone().unwrap_or_default()),
            grid::word(screen.time(Some(error.newest_at))),
            grid::id(error.task_id),
        ]);
    }
    grid.text()
}
