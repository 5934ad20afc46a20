//! What all benchmarks share: a throw-away Postgres, the databases on it, and the report.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::time::Instant;

use crate::error::BenchError;
use crate::flags::BenchFlags;
use crate::report::Row;
use crate::scale::Scale;
use crate::sql::Database;
use crate::workspace::Workspace;
use windlass_postgres::{Cluster, Stop, Tools};

/// Settings beside those of every Postgres that Windlass runs; the same for both sides. Checkpoints come between the measurements
/// and not into one of them, and four servers and their neighbours find connections.
const SETTINGS: [&str; 3] = ["max_connections=200", "max_wal_size=16GB", "checkpoint_timeout=60min"];

/// The same, with statements counted.
const COUNTED: [&str; 4] =
    [SETTINGS[0], SETTINGS[1], SETTINGS[2], "shared_preload_libraries=pg_stat_statements"];

/// The database that all others are copied from.
const TEMPLATE: &str = "bench_template";

/// What a run has: its Postgres, its sizes, and its rows so far.
pub(crate) struct Harness {
    pub(crate) scale: Scale,
    pub(crate) tools: Tools,
    /// Postgres's first process.
    pub(crate) postmaster: u32,
    pub(crate) workspace: Workspace,
    begun: Instant,
    statements: bool,
    rows: RefCell<Vec<Row>>,
    made: Cell<usize>,
}

impl Harness {
    /// Starts Postgres; the cluster is to be closed by [`close`].
    pub(crate) async fn open(flags: &BenchFlags) -> Result<(Self, Cluster), BenchError> {
        let workspace = Workspace::make(&flags.dir)?;
        let binaries = flags.postgres_bin_dir.as_deref();
        let settings: &[_] = if flags.statements { &COUNTED } else { &SETTINGS };
        let cluster = Cluster::start_with(&workspace.data(), binaries, settings).await?;
        let postmaster = cluster
            .process_id()
            .ok_or_else(|| BenchError::Unexpected("Postgres has ended as it started".to_owned()))?;
        let harness = Self {
            scale: flags.scale(),
            tools: cluster.tools(),
            postmaster,
            workspace,
            begun: Instant::now(),
            statements: flags.statements,
            rows: RefCell::default(),
            made: Cell::default(),
        };
        harness.make_template().await?;
        Ok((harness, cluster))
    }

    async fn make_template(&self) -> Result<(), BenchError> {
        let maintenance = self.database("postgres");
        maintenance.run(&format!("CREATE DATABASE {TEMPLATE}")).await?;
        if self.statements {
            self.database(TEMPLATE).run("CREATE EXTENSION pg_stat_statements").await?;
        }
        crate::server::migrate(&self.tools.url(TEMPLATE)).await
    }

    /// One of the cluster's databases.
    pub(crate) fn database(&self, name: &str) -> Database {
        Database::new(self.tools.clone(), name.to_owned())
    }

    /// A new database with the schema, and nobody on it.
    pub(crate) async fn new_database(&self) -> Result<Database, BenchError> {
        self.made.set(self.made.get() + 1);
        let name = format!("bench_{}", self.made.get());
        let maintenance = self.database("postgres");
        maintenance.run(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await?;
        Ok(self.database(&name))
    }

    /// Checks that nothing was lost or counted twice in a database, and drops it.
    pub(crate) async fn drop_checked(&self, database: Database) -> Result<(), BenchError> {
        if self.statements {
            self.say(&format!("statements of {}:\n{}", database.name(), database.statements().await?));
        }
        let violations = database.violations().await?;
        self.database("postgres").run(&format!("DROP DATABASE {} WITH (FORCE)", database.name())).await?;
        match violations.as_slice() {
            [] => Ok(()),
            [first, ..] => Err(BenchError::Unexpected(format!(
                "the consistency check found {} violations, the first: {first}",
                violations.len()
            ))),
        }
    }

    /// Writes out what is dirty, so that no checkpoint falls into the next measurement.
    pub(crate) async fn settle(&self) -> Result<(), BenchError> {
        self.database("postgres").run("CHECKPOINT").await.map(drop)
    }

    /// Adds a line to the table.
    pub(crate) fn report(&self, row: Row) {
        let row = if self.scale.judges() { row } else { row.unjudged() };
        self.say(&row.line());
        self.rows.borrow_mut().push(row);
    }

    /// The lines so far.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.rows.borrow().clone()
    }

    /// Shows a person who waits what goes on.
    pub(crate) fn say(&self, what: &str) {
        let seconds = self.begun.elapsed().as_secs();
        let _ = writeln!(io::stderr(), "[{} {seconds:>4} s] {what}", self.scale.name);
    }
}

/// Ends the cluster; its data goes with its workspace, so nothing need be written.
pub(crate) async fn close(cluster: Cluster) {
    cluster.stop(Stop::Immediate).await;
}
