//! What a cycle of dequeue and complete adds to the write-ahead log, in bytes and in entries of b-trees, by `pg_walinspect`.
//!
//! Whole pages, which the first change of a page after a checkpoint writes, are not counted: how many they are depends on how long ago that was.

use crate::backlog::Backlog;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::Row;
use crate::sample::count;
use crate::target::Target;

/// What was written since a position of the log: bytes, and entries of b-trees.
const WRITTEN: [&str; 2] =
    ["sum(record_size)", r#"sum(count) FILTER (WHERE "resource_manager/record_type" LIKE 'Btree/INSERT%')"#];

pub(super) async fn bytes(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    target.database.run("CREATE EXTENSION pg_walinspect").await?;
    let of_tasks = Backlog::open(&target, "hot").await?;
    let of_jobs = Backlog::of_single_jobs(&target, "single");
    for (shape, what, mut backlog) in
        [("tasks", "tasks of one job", of_tasks), ("jobs", "jobs of one task", of_jobs)]
    {
        for (clients, max_tasks) in [(harness.scale.clients[0], 1), (harness.scale.batch_clients, 50)] {
            let tasks = harness.scale.exhausted;
            let [bytes, entries] = written(&target, &mut backlog, (clients, max_tasks), tasks).await?;
            let what = format!("a cycle, {max_tasks} a call, {clients} clients, {what}");
            harness.report(Row::new(&format!("wal-{shape}-{max_tasks}"), what.clone(), bytes, "bytes"));
            harness.report(Row::new(&format!("entries-{shape}-{max_tasks}"), what, entries, "entries"));
        }
    }
    target.close().await
}

/// What each of these cycles writes.
async fn written(
    target: &Target<'_>,
    backlog: &mut Backlog<'_>,
    (clients, max_tasks): (usize, usize),
    tasks: usize,
) -> Result<[f64; 2], BenchError> {
    backlog.ensure(tasks + clients * max_tasks).await?;
    let before = target.database.run("SELECT pg_current_wal_insert_lsn()").await?;
    let done = backlog.drain(clients, max_tasks, tasks).await?;
    let mut figures = [0.0; 2];
    for (figure, sum) in figures.iter_mut().zip(WRITTEN) {
        let query =
            format!("SELECT {sum} FROM pg_get_wal_stats('{before}', pg_current_wal_flush_lsn(), true)");
        *figure = target.database.number(&query).await? / count(done);
    }
    Ok(figures)
}
