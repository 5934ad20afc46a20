//! The flags of `windlass bench`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::scale::Scale;

/// What to measure, how long, and where the figures go.
#[derive(Debug, Args)]
pub struct BenchFlags {
    /// Smaller sizes and shorter rounds: under 3 minutes in all [default: full sizes, about 40 minutes]
    #[arg(long, conflicts_with = "once")]
    quick: bool,

    /// One tiny iteration of each, without verdicts: shows that nothing fails
    #[arg(long)]
    once: bool,

    /// Only these benchmarks, separated by commas [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME")]
    only: Vec<Benchmark>,

    /// Writes the figures as JSON into this file, too [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Shows which statements each server's database spent its time in, by `pg_stat_statements`; both sides are a little
    /// slower for it
    #[arg(long)]
    pub(crate) statements: bool,

    /// Directory below which the Postgres lies while it runs: its disk is what is measured
    #[arg(long, value_name = "DIR", default_value = "/tmp")]
    pub(crate) dir: PathBuf,

    /// Directory of the Postgres binaries to use, pgbench among them [default: found on the PATH and in the usual
    /// directories]
    #[arg(long, env = "WINDLASS_POSTGRES_BIN_DIR", value_name = "DIR")]
    pub(crate) postgres_bin_dir: Option<PathBuf>,
}

/// The benchmarks, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Benchmark {
    /// One task a call, 64 and 256 clients, against one row a transaction
    Single,
    /// 50 tasks a call against 50 rows a statement
    Batch,
    /// What keys cost: the same as single, with a key in each call
    Keys,
    /// The same rates with jobs of one task, against tasks of one job
    Jobs,
    /// What a cycle adds to the write-ahead log
    Bytes,
    /// The same rates with a million tasks waiting, against those with a thousand
    Backlog,
    /// Adding tasks, 1,000 a call, against inserting the same rows
    Adding,
    /// Creating jobs of one task, one a call and 1,000, against inserting the same rows
    Creating,
    /// Rates while a snapshot is held open, against those while none is
    Snapshot,
    /// From creating a task to its arrival at a waiting worker
    Pickup,
    /// What thousands of waiting workers cost
    Waiting,
    /// What workers notice of thousands of slow connections, and what these cost
    SlowConnections,
    /// Opening, pausing, cancelling, retrying and watching a job of a million tasks
    Million,
    /// 1,000 types, and 50 types in one dequeue, against one type
    Types,
    /// A pipeline of 1,000 jobs: created, opened, joined
    Pipeline,
    /// One hot job with 2 and with 4 servers, against one server
    Servers,
    /// A million scheduled tasks that fall due at once
    Scheduled,
    /// 1,000 schedules that fall due in one second
    Schedules,
    /// A million outcomes of one job, written and read back, and what a dequeue notices
    Outcomes,
    /// Payloads of 256 KiB
    Payload,
    /// One task a call through the surface for Jobnik's clients, against the native one
    Jobnik,
    /// Ten lines of log with each completion
    Logs,
    /// What a webhook costs: told of 100 pipelines a second, and told of more than it can take
    Webhooks,
}

impl BenchFlags {
    /// How much is measured.
    pub(crate) fn scale(&self) -> Scale {
        match (self.once, self.quick) {
            (true, _) => Scale::ONCE,
            (_, true) => Scale::QUICK,
            _ => Scale::FULL,
        }
    }

    /// What is measured.
    pub(crate) fn benchmarks(&self) -> Vec<Benchmark> {
        let all = Benchmark::value_variants().iter().copied();
        all.filter(|one| self.only.is_empty() || self.only.contains(one)).collect()
    }
}
