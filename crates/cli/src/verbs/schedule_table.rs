//! Tables of schedules, for people.

use windlass_sdk::wire::{Schedule, ScheduleRun, ScheduleRunDetail};

use super::table::{headed, instant, pairs};
use super::words::word;

/// Schedules, a row each.
pub(super) fn schedules(schedules: &[Schedule]) -> String {
    let mut table = headed(&["NAME", "WHEN", "TEMPLATE", "NEXT", "LAST", "PAUSED"]);
    for schedule in schedules {
        table.add_row([
            schedule.name.clone(),
            when(schedule),
            template(schedule),
            instant(schedule.next_run_at),
            schedule.last_run.as_ref().map(|run| word(&run.outcome)).unwrap_or_default(),
            if schedule.paused { "yes" } else { "" }.to_owned(),
        ]);
    }
    table.trim_fmt()
}

/// One schedule.
pub(super) fn schedule(schedule: &Schedule) -> String {
    let upcoming: Vec<String> = schedule.upcoming.iter().map(|time| instant(Some(*time))).collect();
    let last = schedule.last_run.as_ref();
    pairs(&[
        ("name", schedule.name.clone()),
        ("description", schedule.description.clone().unwrap_or_default()),
        ("when", when(schedule)),
        ("template", template(schedule)),
        ("priority", schedule.priority.as_ref().map(word).unwrap_or_default()),
        ("overlap", word(&schedule.overlap)),
        ("missed", word(&schedule.missed)),
        ("jitter", seconds(schedule.jitter_seconds)),
        ("starts", instant(schedule.starts_at)),
        ("ends", instant(schedule.ends_at)),
        ("paused", if schedule.paused { "yes" } else { "" }.to_owned()),
        ("reason", schedule.reason.clone().unwrap_or_default()),
        ("upcoming", upcoming.join("\n")),
        ("last run", last.map(|run| instant(Some(run.scheduled_at))).unwrap_or_default()),
        ("outcome", last.map(|run| word(&run.outcome)).unwrap_or_default()),
    ])
}

/// Runs, a row each.
pub(super) fn runs(runs: &[ScheduleRun]) -> String {
    let mut table = headed(&["SCHEDULED", "STARTED", "OUTCOME", "PIPELINE", "DETAIL"]);
    for run in runs {
        table.add_row([
            instant(Some(run.scheduled_at)),
            instant(run.started_at),
            word(&run.outcome),
            run.pipeline_id.map(|id| id.to_string()).unwrap_or_default(),
            run.detail.as_ref().map(detail).unwrap_or_default(),
        ]);
    }
    table.trim_fmt()
}

fn detail(detail: &ScheduleRunDetail) -> String {
    match detail {
        ScheduleRunDetail::Failed { code, detail, .. } => format!("{code}: {detail}"),
        ScheduleRunDetail::Missed { missed, from, to } => {
            format!("{missed} from {} to {}", instant(Some(*from)), instant(Some(*to)))
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
