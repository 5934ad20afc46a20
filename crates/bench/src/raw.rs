//! The raw side: the same rows on the same schema, written by SQL alone.
//!
//! It has every advantage: no HTTP, no waiting for a neighbour (each client has a job and a counter of its own, so there is no hot
//! row), one statement a transaction, and the number of clients that suits it best. The consistency check holds for its database
//! too, which shows that it does the same work.

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
}

/// Dequeue and complete one task.
pub(crate) const SINGLE: Script = Script {
    name: "single.sql",
    text: include_str!("sql/single.sql"),
    tasks: 1,
    takes: true,
    guess: 8_000.0,
};

/// Dequeue and complete 50 tasks.
pub(crate) const BATCH: Script = Script {
    name: "batch.sql",
    text: include_str!("sql/batch.sql"),
    tasks: 50,
    takes: true,
    guess: 30_000.0,
};

/// Add 1,000 tasks.
pub(crate) const ADD: Script =
    Script { name: "add.sql", text: include_str!("sql/add.sql"), tasks: 1_000, takes: false, guess: 0.0 };

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
        database.run(&include_str!("sql/setup.sql").replace("{payload}", PAYLOAD)).await?;
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
        let sql = include_str!("sql/top_up.sql")
            .replace("{jobs}", &clients.to_string())
            .replace("{tasks}", &each.to_string());
        self.database.run(&sql).await?;
        self.harness.settle().await
    }

    /// Checks and drops its database.
    pub(crate) async fn close(self) -> Result<(), BenchError> {
        self.harness.drop_checked(self.database).await
    }
}
