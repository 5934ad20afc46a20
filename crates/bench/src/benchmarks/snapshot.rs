//! Rates while a snapshot is held open for long: dead index entries pile up where the next task is looked for.
//!
//! Two databases alternate, one with a snapshot held and one without, so that whatever else the machine does meets both. Tasks
//! are added, released and tried again all the while. What counts is the last third of the time, when most has piled up.

use std::time::Instant;

use crate::backlog::Backlog;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// Rates by round, held and free, of one way to dequeue.
struct Way {
    name: &'static str,
    clients: usize,
    max_tasks: usize,
    /// When each round ended, in seconds since the snapshot was taken.
    ended: Vec<f64>,
    held: Sample,
    free: Sample,
}

pub(super) async fn snapshot(harness: &Harness) -> Result<(), BenchError> {
    let (burdened, free) = (Target::open(harness, 1).await?, Target::open(harness, 1).await?);
    let (mut held_backlog, mut free_backlog) = (
        Backlog::open(&burdened, "hot").await?.where_tasks_return(),
        Backlog::open(&free, "hot").await?.where_tasks_return(),
    );
    let mut ways = [
        Way::new("snapshot-1", harness.scale.clients[0], 1),
        Way::new("snapshot-50", harness.scale.batch_clients, 50),
    ];
    // Somebody has been here before the snapshot.
    for backlog in [&mut held_backlog, &mut free_backlog] {
        backlog.measure(harness.scale.clients[0], 1).await?;
    }
    let snapshot = burdened.database.hold_snapshot().await?;
    let begun = Instant::now();
    loop {
        for way in &mut ways {
            way.round(&mut held_backlog, &mut free_backlog, begun).await?;
            harness.say(&way.summary());
        }
        if begun.elapsed() >= harness.scale.held {
            break;
        }
    }
    let held = begun.elapsed();
    drop(snapshot);
    for way in ways {
        harness.report(way.row(held.as_secs_f64()));
    }
    burdened.close().await?;
    free.close().await
}

impl Way {
    fn new(name: &'static str, clients: usize, max_tasks: usize) -> Self {
        Self { name, clients, max_tasks, ended: Vec::new(), held: Sample::default(), free: Sample::default() }
    }

    async fn round(
        &mut self,
        held: &mut Backlog<'_>,
        free: &mut Backlog<'_>,
        begun: Instant,
    ) -> Result<(), BenchError> {
        self.free.push(free.measure(self.clients, self.max_tasks).await?.rate);
        self.held.push(held.measure(self.clients, self.max_tasks).await?.rate);
        self.ended.push(begun.elapsed().as_secs_f64());
        Ok(())
    }

    fn summary(&self) -> String {
        let seconds = self.ended.last().copied().unwrap_or_default();
        let (held, free) = (self.held.last(), self.free.last());
        format!("{}: held for {seconds:.0} s: {held:.0} tasks/s, free {free:.0}", self.name)
    }

    fn row(&self, seconds: f64) -> Row {
        let late = self.ended.iter().filter(|ended| **ended >= seconds * 2.0 / 3.0).count().max(1);
        let (held, free) = (self.held.newest(late), self.free.newest(late));
        let what =
            format!("{} a call, {} clients, snapshot held for {seconds:.0} s", self.max_tasks, self.clients);
        Row::new(self.name, what, held.median(), "tasks/s")
            .against(free.median(), "without the snapshot".to_owned())
            .ratios(&held.over(&free), Goal::AtLeast(0.7))
    }
}
