//! Many schedules that fall due in the same second, and how late their pipelines are made.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::json;

use crate::connection::Connection;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::{Sample, count};
use crate::target::Target;

/// Between two times of each schedule, in seconds.
const EVERY: u32 = 10;
/// How soon all runs of a time are to be made.
const SOON: f64 = 2.0;
/// Connections that put schedules.
const PUTTERS: usize = 8;

pub(super) async fn schedules(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let (schedules, rounds) = (harness.scale.thousand, harness.scale.few_rounds);
    let due = put(&target, schedules).await?;
    harness.settle().await?;
    let mut within = Sample::default();
    // A time may have passed while they were put: the first that all of them meet is ahead of now.
    let first = target.database.number(&next_after(&due)).await?;
    for round in 0..rounds {
        let time = first + f64::from(EVERY) * count(round);
        wait_until(&target, time + SOON).await?;
        let made = target.database.number(&made_of(time)).await?;
        harness.say(&format!("round {}: {made} of {schedules} made within {SOON} s", round + 1));
        within.push(made);
    }
    wait_until(&target, first + f64::from(EVERY) * count(rounds) - 0.5).await?;
    let late: Sample = lateness(&target, first, rounds).await?;
    let name = |what: &str| format!("schedules-due-{schedules}{what}");
    let what = |what: &str| format!("{schedules} schedules due in one second, {rounds} times: {what}");
    let made = within.spread().0;
    let row = Row::new(&name(""), what("runs and pipelines made within 2 s, the least"), made, "runs");
    harness.report(row.spread(&within).goal(Goal::FigureAtLeast(count(schedules))));
    for (end, share, goal) in [("-p50", 0.5, None), ("-p99", 0.99, None), ("-max", 1.0, Some(SOON * 1_000.0))]
    {
        let row = Row::new(&name(end), what(&format!("lateness, {}", &end[1..])), late.quantile(share), "ms");
        harness.report(match goal {
            Some(most) => row.goal(Goal::AtMost(most)),
            None => row,
        });
    }
    target.close().await
}

/// Puts so many schedules of one template with the same times; one of these.
async fn put(target: &Target<'_>, schedules: usize) -> Result<String, BenchError> {
    let template = json!({"parameters": {"properties": {"size": {"type": "integer", "default": 3}}},
        "pipeline": {"name": "tick", "jobs": [{"key": "a", "type": "a", "payload": {"size": "{{ size }}", "at": "{{ run.scheduled_at }}"}}]}});
    let address = target.addresses()[0];
    target.client().await?.call("PUT", "/v1/templates/tick", template.to_string().as_bytes()).await?;
    let due =
        target.database.run("SELECT date_trunc('second', windlass_now()) + interval '2 seconds'").await?;
    let due_json = target.database.run(&format!("SELECT to_json('{due}'::timestamptz)")).await?;
    // Earlier pipelines, which nobody works off, are to hold nothing up.
    let body = format!(
        "{{\"every_seconds\":{EVERY},\"starts_at\":{due_json},\"overlap\":\"allow\",\"template\":{{\"name\":\"tick\"}}}}"
    );
    let share = schedules.div_ceil(PUTTERS).max(1);
    let putters = (0..schedules).step_by(share).map(|from| {
        let body = body.as_bytes();
        async move {
            let mut connection = Connection::open(address).await?;
            for number in from..schedules.min(from + share) {
                let path = format!("/v1/schedules/s-{number}");
                connection.ask("PUT", &path, body).await?.succeeded("PUT", &path)?;
            }
            Ok::<_, BenchError>(())
        }
    });
    try_join_all(putters).await?;
    Ok(due)
}

/// The next of the times that follow `due`, in seconds since 1970.
fn next_after(due: &str) -> String {
    let passed = format!("extract(epoch FROM windlass_now() - '{due}'::timestamptz)");
    format!(
        "SELECT extract(epoch FROM '{due}'::timestamptz) + greatest(0, ceil({passed} / {EVERY})) * {EVERY}"
    )
}

/// How many runs of this time have been made, with their pipelines.
fn made_of(time: f64) -> String {
    format!(
        "SELECT count(*) FROM schedule_runs JOIN pipelines ON id = pipeline_id
         WHERE outcome = 'created' AND scheduled_at = to_timestamp({time})"
    )
}

/// Waits until the database's clock shows it, in seconds since 1970.
async fn wait_until(target: &Target<'_>, time: f64) -> Result<(), BenchError> {
    let left = target.database.number(&format!("SELECT {time} - extract(epoch FROM windlass_now())")).await?;
    tokio::time::sleep(Duration::from_secs_f64(left.max(0.0))).await;
    Ok(())
}

/// How long after their time the runs of so many rounds were made, in milliseconds.
async fn lateness(target: &Target<'_>, first: f64, rounds: usize) -> Result<Sample, BenchError> {
    let last = first + f64::from(EVERY) * (count(rounds) - 1.0);
    let sql = format!(
        "SELECT extract(epoch FROM started_at - scheduled_at) * 1000 FROM schedule_runs
         WHERE outcome = 'created' AND scheduled_at BETWEEN to_timestamp({first}) AND to_timestamp({last})"
    );
    let wrong = |line: &str| BenchError::Unexpected(format!("a lateness of {line:?}"));
    target
        .database
        .run(&sql)
        .await?
        .lines()
        .map(|line| line.trim().parse().map_err(|_| wrong(line)))
        .collect()
}
