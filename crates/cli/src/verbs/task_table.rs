//! Tables of tasks and attempts, for people.

use windlass_sdk::wire::{Attempt, Event, Task, TaskError};

use super::details::{pairs, short, took};
use super::grid::{self, Grid};
use super::screen::Screen;
use super::words::word;

/// Tasks, a row each.
pub(super) fn tasks(screen: &Screen, tasks: &[Task]) -> String {
    let header = ["ID", "TYPE", "STATE", "ATTEMPT", "WORKER", "CREATED", "TOOK", "ERROR"];
    let mut grid = Grid::new(screen, &header, &["TOOK", "WORKER", "ATTEMPT"]);
    for task in tasks {
        grid.row([
            grid::id(task.id),
            grid::text(&task.r#type),
            grid::word(word(&task.state)),
            grid::word(format!("{}/{}", task.attempt, task.max_attempts)),
            grid::text(task.worker_id.clone().unwrap_or_default()),
            grid::word(screen.time(Some(task.created_at))),
            grid::word(took(task.started_at, task.ended_at)),
            grid::text(task.error.as_ref().map(in_short).unwrap_or_default()),
        ]);
    }
    grid.text()
}

/// One task.
pub(super) fn task(screen: &Screen, task: &Task) -> String {
    pairs(
        screen,
        &[
            ("id", task.id.to_string()),
            ("type", task.r#type.clone()),
            ("state", word(&task.state)),
            ("job", task.job_id.to_string()),
            ("pipeline", task.pipeline_id.to_string()),
            ("attempt", format!("{} of {}", task.attempt, task.max_attempts)),
            ("worker", task.worker_id.clone().unwrap_or_default()),
            ("progress", progress(task)),
            ("payload", short(&task.payload)),
            ("result", task.result.as_ref().map(short).unwrap_or_default()),
            ("checkpoint", task.checkpoint.as_ref().map(short).unwrap_or_default()),
            ("created", screen.both(Some(task.created_at))),
            ("run at", screen.both(task.run_at)),
            ("started", screen.both(task.started_at)),
            ("ended", screen.both(task.ended_at)),
            ("lease ends", screen.both(task.lease_expires_at)),
        ],
    )
}

/// A task's attempts, a row each, with the names of the keys that took it, as far as its events tell.
pub(super) fn attempts(screen: &Screen, attempts: &[Attempt], events: &[Event]) -> String {
    let header = ["ATTEMPT", "OUTCOME", "WORKER", "CALLER", "STARTED", "ENDED", "TOOK", "ERROR"];
    let mut grid = Grid::new(screen, &header, &["CALLER", "ENDED"]);
    for attempt in attempts {
        grid.row([
            grid::word(attempt.number.to_string()),
            grid::word(word(&attempt.outcome)),
            grid::text(&attempt.worker_id),
            grid::text(taken_by(attempt, events).unwrap_or_default()),
            grid::word(screen.time(Some(attempt.started_at))),
            grid::word(screen.time(attempt.ended_at)),
            grid::word(took(Some(attempt.started_at), attempt.ended_at)),
            grid::text(attempt.error.as_ref().map(in_short).unwrap_or_default()),
        ]);
    }
    grid.text()
}

/// The key by which a worker took the task: a released attempt gives its number to the next one, so it is known by its start as well.
fn taken_by(attempt: &Attempt, events: &[Event]) -> Option<String> {
    let took = |event: &&Event| {
        event.to == "running" && event.attempt == Some(attempt.number) && event.at == attempt.started_at
    };
    events.iter().find(took)?.caller.clone()
}

/// The category and the message of an error.
fn in_short(error: &TaskError) -> String {
    format!("{}: {}", error.category, error.message)
}

fn progress(task: &Task) -> String {
    let Some(progress) = &task.progress else { return String::new() };
    let total = progress.total.map(|total| format!(" of {total}")).unwrap_or_default();
    format!("{}{total} {}", progress.current, progress.message.as_deref().unwrap_or_default())
}
