//! How much is measured: sizes and lengths of the full, the quick and the single run.

use std::time::Duration;

/// Sizes and lengths; a benchmark takes its own from here and from nowhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// As the output has it.
    pub(crate) name: &'static str,
    /// Rounds of each side.
    pub(crate) rounds: usize,
    /// How long each round is measured; `None`: each client goes once.
    pub(crate) window: Option<Duration>,
    /// pgbench's numbers of clients to choose the best from.
    pub(crate) raw_clients: &'static [usize],
    /// Clients of the two rates of one task a call.
    pub(crate) clients: [usize; 2],
    /// Clients where 50 tasks a call are dequeued.
    pub(crate) batch_clients: usize,
    /// pgbench's numbers of clients that insert tasks.
    pub(crate) adders: &'static [usize],
    /// Tasks where a million are meant.
    pub(crate) million: usize,
    /// Jobs of one task each.
    pub(crate) jobs: usize,
    /// Jobs whose tasks are all leased.
    pub(crate) exhausted: usize,
    /// Rounds where many databases are compared.
    pub(crate) few_rounds: usize,
    /// Types, or jobs of a pipeline, where a thousand are meant.
    pub(crate) thousand: usize,
    /// Tasks with the largest payload.
    pub(crate) payloads: usize,
    /// How long a snapshot is held open.
    pub(crate) held: Duration,
    /// Tasks created for a waiting worker.
    pub(crate) pickups: usize,
    /// Waiting workers: those whose queries are counted, and those whose memory is.
    pub(crate) waiting: [usize; 2],
    /// How long the queries of waiting workers are counted.
    pub(crate) idle: Duration,
    /// Slow connections, and for how long they are there.
    pub(crate) slow: (usize, Duration),
}

impl Scale {
    /// Whether its figures mean anything.
    pub(crate) fn judges(&self) -> bool {
        self.window.is_some()
    }

    /// What BENCHMARKS.md shows.
    pub(crate) const FULL: Self = Self {
        name: "full",
        rounds: 7,
        window: Some(Duration::from_secs(4)),
        raw_clients: &[4, 8, 16, 32, 64],
        clients: [64, 256],
        batch_clients: 16,
        adders: &[2, 4, 8],
        million: 1_000_000,
        jobs: 500_000,
        exhausted: 10_000,
        few_rounds: 5,
        thousand: 1_000,
        payloads: 600,
        held: Duration::from_mins(4),
        pickups: 500,
        waiting: [1_000, 10_000],
        idle: Duration::from_secs(20),
        slow: (2_000, Duration::from_mins(1)),
    };

    /// Under 3 minutes.
    pub(crate) const QUICK: Self = Self {
        name: "quick",
        rounds: 3,
        window: Some(Duration::from_millis(700)),
        raw_clients: &[8, 32],
        clients: [64, 256],
        batch_clients: 16,
        adders: &[2, 4],
        million: 20_000,
        jobs: 4_000,
        exhausted: 1_000,
        few_rounds: 2,
        thousand: 1_000,
        payloads: 60,
        held: Duration::from_secs(6),
        pickups: 100,
        waiting: [1_000, 3_000],
        idle: Duration::from_secs(4),
        slow: (500, Duration::from_secs(6)),
    };

    /// Each thing once, to see that it works.
    pub(crate) const ONCE: Self = Self {
        name: "once",
        rounds: 1,
        window: None,
        raw_clients: &[2],
        clients: [2, 4],
        batch_clients: 2,
        adders: &[2],
        million: 200,
        jobs: 20,
        exhausted: 10,
        few_rounds: 1,
        thousand: 60,
        payloads: 4,
        held: Duration::ZERO,
        pickups: 2,
        waiting: [3, 5],
        idle: Duration::from_millis(100),
        slow: (8, Duration::from_millis(100)),
    };
}
