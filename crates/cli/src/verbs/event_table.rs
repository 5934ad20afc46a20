//! Tables of events, for people.

use windlass_sdk::wire::Event;

use super::cut::one_line;
use super::grid::{self, Cell, Grid};
use super::names::Names;
use super::screen::{Screen, exact};
use super::words::word;

/// Events, a row each.
pub(super) fn events(screen: &Screen, events: &[Event], names: &Names) -> String {
    let header = ["AT", "WHAT", "NAME", "ID", "CHANGE", "BY", "CALLER", "REASON", "EVENT"];
    let mut grid = Grid::new(screen, &header, &["EVENT", "CALLER", "BY", "ID"]);
    for event in events {
        grid.row([
            grid::word(screen.time(Some(event.at))),
            grid::word(word(&event.entity)),
            grid::text(name(event, names)),
            Cell::Id(id(event)),
            grid::word(change(event)),
            grid::text(by(event)),
            grid::text(event.caller.clone().unwrap_or_default()),
            grid::text(event.reason.clone().unwrap_or_default()),
            grid::word(&event.id),
        ]);
    }
    grid.text()
}

/// One event, as a line.
pub(super) fn event(event: &Event, names: &Names) -> String {
    let words = [
        exact(event.at),
        word(&event.entity),
        name(event, names),
        id(event).map(|id| id.to_string()).unwrap_or_default(),
        change(event),
        by(event),
        event.caller.clone().unwrap_or_default(),
        event.reason.clone().unwrap_or_default(),
        event.id.clone(),
    ];
    words.iter().filter(|word| !word.is_empty()).map(|word| one_line(word)).collect::<Vec<_>>().join("  ")
}

/// What it is about, as people call it: a pipeline's name, and behind it a job's key.
fn name(event: &Event, names: &Names) -> String {
    let pipeline = event.pipeline_id.and_then(|id| names.of(id));
    let job = event.job_id.and_then(|id| names.of(id));
    let own = job.or(pipeline).map(str::to_owned);
    let others = [&event.template, &event.schedule, &event.r#type];
    own.or_else(|| others.into_iter().flatten().next().cloned()).unwrap_or_default()
}

fn id(event: &Event) -> Option<uuid::Uuid> {
    let ids = [event.task_id, event.job_id, event.pipeline_id, event.key_id, event.webhook_id];
    ids.into_iter().flatten().next()
}

fn change(event: &Event) -> String {
    match (event.flag, &event.from) {
        (Some(flag), _) => word(&flag),
        (None, Some(from)) => format!("{from} → {}", event.to),
        (None, None) => format!("→ {}", event.to),
    }
}

fn by(event: &Event) -> String {
    event.worker_id.clone().or_else(|| event.actor.clone()).unwrap_or_default()
}
