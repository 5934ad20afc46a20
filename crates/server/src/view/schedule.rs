//! A schedule and its runs as the contract shows them.

use chrono::{DateTime, Utc};
use windlass_store as store;
use windlass_wire as wire;

use super::{values, words};

/// A schedule, with its next times.
pub(crate) fn schedule(schedule: store::Schedule, upcoming: Vec<DateTime<Utc>>) -> wire::Schedule {
    wire::Schedule {
        name: schedule.name,
        description: schedule.description,
        cron: schedule.cron,
        every_seconds: schedule.every_seconds.map(values::small),
        timezone: schedule.timezone,
        template: wire::ScheduledTemplate {
            name: schedule.template,
            version: schedule.template_version.map(values::small),
            parameters: values::metadata(Some(schedule.parameters)),
        },
        priority: schedule.priority.map(words::priority),
        metadata: schedule.metadata.map(|text| values::json(Some(text))),
        overlap: words::overlap(schedule.overlap),
        missed: words::missed(schedule.missed),
        jitter_seconds: values::small(schedule.jitter_seconds),
        starts_at: schedule.starts_at,
        ends_at: schedule.ends_at,
        paused: schedule.paused,
        reason: schedule.reason,
        next_run_at: schedule.next_run_at,
        upcoming,
        last_run: schedule.last_run.map(schedule_run),
        created_at: schedule.created_at,
        updated_at: schedule.updated_at,
    }
}

/// A run.
pub(crate) fn schedule_run(run: store::ScheduleRun) -> wire::ScheduleRun {
    let detail = run.detail.map(|json| {
        serde_json::from_str(&json).expect("the store returns details exactly as they were written")
    });
    wire::ScheduleRun {
        scheduled_at: run.scheduled_at,
        started_at: run.started_at,
        outcome: words::run_outcome(run.outcome),
        pipeline_id: run.pipeline_id,
        detail,
    }
}
