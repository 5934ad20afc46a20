//! Tables of schedules, for people.

use windlass_sdk::wire::{Schedule, ScheduleRun, ScheduleRunDetail};

use super::details::{pairs, yes};
use super::grid::{self, Cell, Grid};
use super::screen::{Screen, exact};
use super::words::word;

/// Schedules, a row each.
pub(super) fn schedules(screen: &Screen, schedules: &[Schedule]) -> String {
    let mut grid = Grid::new(screen, &["NAME", "WHEN", "TEMPLATE", "NEXT", "LAST", "PAUSED"], &[]);
    for schedule in schedules {
        grid.row([
            grid::text(&schedule.name),
            grid::text(when(schedule)),
            grid::text(template(schedule)),
            grid::word(screen.time(schedule.next_run_at)),
            grid::word(schedule.last_run.as_ref().map(|run| word(&run.outcome)).unwrap_or_default()),
            grid::word(yes(schedule.paused)),
        ]);
    }
    grid.text()
}

/// One schedule.
pub(super) fn schedule(screen: &Screen, schedule: &Schedule) -> String {
    let upcoming: Vec<String> = schedule.upcoming.iter().map(|time| screen.both(Some(*time))).collect();
    let last = schedule.last_run.as_ref();
    pairs(
        screen,
        &[
            ("name", schedule.name.clone()),
            ("description", schedule.description.clone().unwrap_or_default()),
            ("when", when(schedule)),
            ("template", template(schedule)),
            ("priority", schedule.priority.as_ref().map(word).unwrap_or_default()),
            ("overlap", word(&schedule.overlap)),
            ("missed", word(&schedule.missed)),
            ("jitter", seconds(schedule.jitter_seconds)),
            ("starts", screen.both(schedule.starts_at)),
            ("ends", screen.both(schedule.ends_at)),
            ("paused", yes(schedule.paused)),
            ("reason", schedule.reason.clone().unwrap_or_default()),
            ("upcoming", upcoming.join("\n")),
            ("last run", last.map(|run| screen.both(Some(run.scheduled_at))).unwrap_or_default()),
            ("outcome", last.map(|run| word(&run.outcome)).unwrap_or_default()),
        ],
    )
}

/// Runs, a row each.
pub(super) fn runs(screen: &Screen, runs: &[ScheduleRun]) -> String {
    let mut grid =
        Grid::new(screen, &["SCHEDULED", "STARTED", "OUTCOME", "PIPELINE", "DETAIL"], &["STARTED"]);
    for run in runs {
        grid.row([
            grid::word(screen.time(Some(run.scheduled_at))),
            grid::word(screen.time(run.started_at)),
            grid::word(word(&run.outcome)),
            Cell::Id(run.pipeline_id),
            grid::text(run.detail.as_ref().map(detail).unwrap_or_default()),
        ]);
    }
    grid.text()
}

fn detail(detail: &ScheduleRunDetail) -> String {
    match detail {
        ScheduleRunDetail::Failed { code, detail, .. } => format!("{code}: {detail}"),
        ScheduleRunDetail::Missed { missed, from, to } => {
            format!("{missed} from {} to {}", exact(*from), exact(*to))
        }
    }
}

fn when(schedule: &Schedule) -> String {
    match (&schedule.cron, schedule.every_seconds) {
        (Some(cron), _) => format!("{cron} {}", schedule.timezone),
        (None, Some(every)) => format!("every {every} s"),
        (None, None) => String::new(),
    }
}

fn template(schedule: &Schedule) -> String {
    let version = schedule.template.version.map(|version| format!(" {version}")).unwrap_or_default();
    format!("{}{version}", schedule.template.name)
}

fn seconds(seconds: u32) -> String {
    if seconds == 0 { String::new() } else { format!("{seconds} s") }
}
