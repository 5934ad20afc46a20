//! A million scheduled tasks that fall due at the same moment, with workers waiting for them.

use std::time::{Duration, Instant};

use crate::backlog::Backlog;
use crate::cycle::Cycle;
use crate::error::BenchError;
use crate::fill::{PAYLOAD, fill_with};
use crate::harness::Harness;
use crate::load::{Load, Work};
use crate::report::Row;
use crate::sample::milliseconds;
use crate::target::Target;

/// The one clock of a database, moved so that all fall due at once, however long it took to add them.
const AN_HOUR_LATER: &str =
    "CREATE OR REPLACE FUNCTION windlass_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT statement_timestamp() + interval '1 hour' $$";

pub(crate) async fn scheduled(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let clients = harness.scale.batch_clients;
    let plain = Backlog::open(&target, "plain").await?.measure(clients, 50).await?;
    let job = target.client().await?.unsealed_job("later").await?;
    let due = target.database.run("SELECT to_json(windlass_now() + interval '1 hour')").await?;
    let task = format!("{{\"payload\":{PAYLOAD},\"run_at\":{due}}}");
    fill_with(target.addresses()[0], &job, harness.scale.million, &task).await?;
    harness.settle().await?;
    target.database.run(AN_HOUR_LATER).await?;
    let begun = Instant::now();
    let load = |clients, max_tasks, wait_seconds| {
        let cycle = Cycle {
            types: vec![vec!["later".to_owned()]],
            max_tasks,
            wait_seconds,
            tasks_return: false,
            log_lines: 0,
        };
        Load { addresses: target.addresses(), clients, work: Work::Cycle(cycle) }
    };
    load(1, 1, 60).drain(1).await?;
    let first = milliseconds(begun.elapsed());
    let what = format!("{} tasks fall due at once: until the first is completed", harness.scale.million);
    harness.report(Row::new("scheduled-first", what, first, "ms"));
    let window = harness.scale.window.map(|window| window.min(Duration::from_secs(5)));
    let measured = load(clients, 50, 5).run(window, &target.meter()).await?;
    let what = format!("50 a call, {clients} clients, while {} tasks fall due", harness.scale.million);
    harness.report(
        Row::new("scheduled-50", what, measured.rate, "tasks/s")
            .against(plain.rate, "tasks that need not be promoted".to_owned())
            .ratio(measured.rate / plain.rate)
            .cpu(&[measured]),
    );
    settle_job(&target, &job).await?;
    target.close().await
}

/// Cancels what is left.
async fn settle_job(target: &Target<'_>, job: &str) -> Result<(), BenchError> {
    let path = format!("/v1/jobs/{job}/cancel");
    target.client().await?.call("POST", &path, b"{}").await.map(drop)
}
