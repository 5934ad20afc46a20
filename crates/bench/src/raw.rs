//! The raw side: the same rows on the same schema, written by SQL alone.
//!
//! It has every advantage: no HTTP, no waiting for a neighbour (each client has a job and a counter of its own, so there is no hot
//! row), one statement a transaction, and the number of clients that suits it best. The consistency check holds for its database
//! too, which shows that it does the same work.
//!
//! Beside it there is the *lean* schema, for a second ceiling: what a hand-written queue does that keeps no audit of jobs, no attempts and no leases, and
//! so neither orders jobs nor fences workers. It shows what those cost. A check of its own shows that its counters and changes are whole.

use std::path::PathBuf;

use crate::cpu::Meter;
use crate::error::BenchError;
use crate::fill::PAYLOAD;
use crate::harness::Harness;
use crate::pgbench;
use crate::sample::{Sample, count, floor};
use crate::sql::Database;

/// A script, and what one run of it takes.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// Tasks that a run is about; the rate is in tasks.
    pub(crate) tasks: usize,
    /// Whether they must be there before.
    takes: bool,
    /// Tasks a second to be prepared for at first.
    pub(crate) guess: f64,
    schema: &'static Schema,
}

/// Tables that scripts work on.
struct Schema {
    setup: &'static str,
    top_up: &'static str,
    /// Answers a row for each violation, beside those of the store's own check.
    check: Option<&'static str>,
}

/// Windlass's own.
static OURS: Schema =
    Schema { setup: include_str!("sql/setup.sql"), top_up: include_str!("sql/top_up.sql"), check: None };

/// A hand-written queue's.
static LEAN: Schema = Schema {
    setup: include_str!("sql/lean_setup.sql"),
    top_up: include_str!("sql/lean_top_up.sql"),
    check: Some(include_str!("sql/lean_check.sql")),
};

/// Dequeue and complete one task.
pub(crate) const SINGLE: Script = Script {
    name: "single.sql",
    text: include_str!("sql/single.sql"),
    tasks: 1,
    takes: true,
    guess: 8_000.0,
    schema: &OURS,
};

/// Dequeue and complete 50 tasks.
pub(crate) const BATCH: Script = Script {
    name: "batch.sql",
    text: include_str!("sql/batch.sql"),
    tasks: 50,
    takes: true,
    guess: 30_000.0,
    schema: &OURS,
};

/// Dequeue and complete one task on the lean schema.
pub(crate) const LEAN_SINGLE: Script = Script {
    name: "lean_single.sql",
    text: include_str!("sql/lean_single.sql"),
    tasks: 1,
    takes: true,
    guess: 15_000.0,
    schema: &LEAN,
};

/// Dequeue and complete 50 tasks on the lean schema.
pub(crate) const LEAN_BATCH: Script = Script {
    name: "lean_batch.sql",
    text: include_str!("sql/lean_batch.sql"),
    tasks: 50,
    takes: true,
    guess: 60_000.0,
    schema: &LEAN,
};

/// Add 1,000 tasks.
pub(crate) const ADD: Script = Script {
    name: "add.sql",
    text: include_str!("sql/add.sql"),
    tasks: 1_000,
    takes: false,
    guess: 0.0,
    schema: &OURS,
};

/// Create a job of one task.
pub(crate) const CREATE: Script = Script {
    name: "create.sql",
    text: include_str!("sql/create.sql"),
    tasks: 1,
    takes: false,
    guess: 0.0,
    schema: &OURS,
};

/// Create 1,000 jobs of one task.
pub(crate) const CREATE_BATCH: Script = Script {
    name: "create_batch.sql",
    text: include_str!("sql/create_batch.sql"),
    tasks: 1_000,
    takes: false,
    guess: 0.0,
    schema: &OURS,
};

/// A script on a database of its own.
pub(crate) struct Raw<'a> {
    harness: &'a Harness,
    database: Database,
    script: Script,
    file: PathBuf,
    /// The best number of clients, once it is known.
    clients: usize,
    /// The highest rate seen, in tasks a second.
    rate: f64,
    /// Postgres's CPU, in microseconds a task, of each measurement at the best number.
    costs: Sample,
}

impl<'a> Raw<'a> {
    pub(crate) async fn open(harness: &'a Harness, script: Script) -> Result<Self, BenchError> {
        let database = harness.new_database().await?;
        database.run(&script.schema.setup.replace("{payload}", PAYLOAD)).await?;
        let file = harness.workspace.write(script.name, script.text)?;
        Ok(Self { harness, database, rate: script.guess, script, file, clients: 0, costs: Sample::default() })
    }

    /// Tries each number of clients, and stays with the best.
    pub(crate) async fn choose_clients(&mut self, numbers: &[usize]) -> Result<(), BenchError> {
        let mut best = 0.0;
        for clients in numbers {
            self.prepare(*clients).await?;
            let rate = self.run(*clients).await?;
            self.harness
                .say(&format!("{}: pgbench with {clients} clients: {rate:.0} tasks/s", self.script.name));
            if rate > best {
                (best, self.clients) = (rate, *clients);
            }
        }
        Ok(())
    }

    pub(crate) fn clients(&self) -> usize {
        self.clients
    }

    /// Tasks a second at the best number of clients.
    pub(crate) async fn measure(&mut self) -> Result<f64, BenchError> {
        let meter = Meter::new(Vec::new(), self.harness.postmaster);
        self.prepare(self.clients).await?;
        let before = meter.read();
        let rate = self.run(self.clients).await?;
        self.costs.push(before.until(&meter.read()).postgres / rate * 1_000_000.0);
        Ok(rate)
    }

    /// For people.
    pub(crate) fn describe(&self) -> String {
        format!("pgbench, {} clients, Postgres {:.0} µs each", self.clients, self.costs.median())
    }

    async fn prepare(&self, clients: usize) -> Result<(), BenchError> {
        if self.script.takes { self.top_up(clients).await } else { Ok(()) }
    }

    async fn run(&mut self, clients: usize) -> Result<f64, BenchError> {
        let runs = pgbench::runs_a_second(self.harness, &self.database, &self.file, clients).await?;
        let rate = runs * count(self.script.tasks);
        self.rate = self.rate.max(rate);
        Ok(rate)
    }

    /// Clients are not equally fast, so each job gets twice its share.
    async fn top_up(&self, clients: usize) -> Result<(), BenchError> {
        let window = self.harness.scale.window.map_or(0.0, |window| window.as_secs_f64().max(1.0) + 0.5);
        let each = floor(self.rate * window / count(clients)) * 2 + self.script.tasks;
        let sql = self
            .script
            .schema
            .top_up
            .replace("{jobs}", &clients.to_string())
            .replace("{tasks}", &each.to_string())
            .replace("{payload}", PAYLOAD);
        self.database.run(&sql).await?;
        self.harness.settle().await
    }

    /// Checks and drops its database.
    pub(crate) async fn close(self) -> Result<(), BenchError> {
        if let Some(check) = self.script.schema.check
            && let found = self.database.run(check).await?
            && !found.is_empty()
        {
            return Err(BenchError::Unexpected(format!(
                "{} left what is not whole: {found}",
                self.script.name
            )));
        }
        self.harness.drop_checked(self.database).await
    }
}
