//! Tables of pipelines, for people.

use windlass_sdk::wire::{JobInPipeline, Pipeline};

use super::details::{pairs, percent, short, state, took, yes};
use super::grid::{self, Grid};
use super::screen::Screen;
use super::words::word;

/// Pipelines, a row each.
pub(super) fn pipelines(screen: &Screen, pipelines: &[Pipeline]) -> String {
    let header = ["ID", "NAME", "STATE", "PROGRESS", "PRIORITY", "CREATED"];
    let mut grid = Grid::new(screen, &header, &["PRIORITY"]);
    for pipeline in pipelines {
        grid.row([
            grid::id(pipeline.id),
            grid::text(&pipeline.name),
            grid::word(state(&pipeline.state, pipeline.paused)),
            grid::word(percent(pipeline.progress.percent)),
            grid::word(word(&pipeline.priority)),
            grid::word(screen.time(Some(pipeline.created_at))),
        ]);
    }
    grid.text()
}

/// One pipeline with its jobs.
pub(super) fn pipeline(screen: &Screen, pipeline: &Pipeline) -> String {
    let template = pipeline.template.as_ref().map(|from| format!("{} {}", from.name, from.version));
    let head = pairs(
        screen,
        &[
            ("id", pipeline.id.to_string()),
            ("name", pipeline.name.clone()),
            ("state", state(&pipeline.state, pipeline.paused)),
            ("cancelling", yes(pipeline.cancelling)),
            ("reason", pipeline.reason.clone().unwrap_or_default()),
            ("waiting for", pipeline.waiting_for.clone().flatten().unwrap_or_default()),
            ("progress", percent(pipeline.progress.percent)),
            ("priority", word(&pipeline.priority)),
            ("correlation id", pipeline.correlation_id.clone()),
            ("created", screen.both(Some(pipeline.created_at))),
            ("started", screen.both(pipeline.started_at)),
            ("ended", screen.both(pipeline.ended_at)),
            ("deadline", screen.both(pipeline.deadline_at)),
            ("template", template.unwrap_or_default()),
            ("parameters", pipeline.parameters.as_ref().map(short).unwrap_or_default()),
        ],
    );
    let jobs = pipeline.jobs.as_deref().unwrap_or_default();
    if jobs.is_empty() {
        format!("{head}\n\nno jobs yet")
    } else {
        format!("{head}\n\n{}", of_jobs(screen, jobs))
    }
}

fn of_jobs(screen: &Screen, jobs: &[JobInPipeline]) -> String {
    let header = ["KEY", "TYPE", "STATE", "PROGRESS", "TASKS", "FAILED", "TOOK", "REASON"];
    let mut grid = Grid::new(screen, &header, &["TYPE", "TOOK"]);
    for job in jobs {
        grid.row([
            grid::text(&job.key),
            grid::text(&job.r#type),
            grid::word(state(&job.state, job.paused)),
            grid::word(percent(job.progress.percent)),
            grid::word(job.counts.total.to_string()),
            grid::word(job.counts.failed.to_string()),
            grid::word(took(job.started_at, job.ended_at)),
            grid::text(job.reason.clone().unwrap_or_default()),
        ]);
    }
    grid.text()
}
