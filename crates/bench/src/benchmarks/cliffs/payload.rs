//! Payloads as large as can be, 256 KiB each: added, dequeued, completed.

use std::time::Instant;

use crate::cycle::Cycle;
use crate::error::BenchError;
use crate::fill::fill_with;
use crate::harness::Harness;
use crate::load::{Load, Work};
use crate::report::Row;
use crate::sample::count;
use crate::target::Target;

/// A payload's bytes, its quotes among them.
const BYTES: usize = 262_144;

/// Payloads that fit into a request's body.
const A_CALL: usize = 60;

pub(crate) async fn payload(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let job = target.client().await?.unsealed_job("large").await?;
    let task = format!("{{\"payload\":\"{}\"}}", "x".repeat(BYTES - 2));
    let tasks = harness.scale.payloads;
    let begun = Instant::now();
    for _ in 0..tasks.div_ceil(A_CALL) {
        fill_with(target.addresses()[0], &job, A_CALL.min(tasks), &task).await?;
    }
    let added = count(tasks) / begun.elapsed().as_secs_f64();
    let mib = |tasks: f64| tasks * count(BYTES) / 1_048_576.0;
    harness.report(Row::new("payload-add", format!("add {tasks} tasks of 256 KiB"), mib(added), "MiB/s"));
    harness.settle().await?;
    // The two shares leave enough for what clients take beyond them.
    let share = tasks / 3;
    for (name, max_tasks) in [("payload-1", 1), ("payload-25", 25)] {
        let work = Work::Cycle(Cycle::of("large", max_tasks));
        let begun = Instant::now();
        Load { addresses: target.addresses(), clients: 2, work }.drain(share).await?;
        let rate = count(share) / begun.elapsed().as_secs_f64();
        let what = format!("dequeue and complete {share} tasks of 256 KiB, {max_tasks} a call, 2 clients");
        harness.report(Row::new(name, what, mib(rate), "MiB/s"));
    }
    target.close().await
}
