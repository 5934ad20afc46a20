//! SQL from outside, through psql: this crate has no driver of its own, and must not.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};

use crate::error::BenchError;
use windlass_postgres::Tools;

/// What must hold whenever no transaction is half-way; every row is a violation. The store's own, as its tests call it.
const CONSISTENCY: &str = include_str!("../../store/src/consistency.sql");

/// One database of the cluster.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    tools: Tools,
    name: String,
}

/// A snapshot held open by a transaction that does nothing else; released with the value.
pub(crate) struct Snapshot {
    _session: Child,
    _stdin: ChildStdin,
}

impl Database {
    pub(crate) fn new(tools: Tools, name: String) -> Self {
        Self { tools, name }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> String {
        self.tools.url(&self.name)
    }

    /// Runs statements in one transaction; what they answered, a line for each row.
    pub(crate) async fn run(&self, sql: &str) -> Result<String, BenchError> {
        let mut command = self.psql();
        command.args(["-c", sql]);
        Ok(self.tools.finish(command).await?.trim().to_owned())
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&self, sql: &str) -> Result<f64, BenchError> {
        let said = self.run(sql).await?;
        said.parse().map_err(|_| BenchError::Unexpected(format!("{sql} answered {said:?} and no number")))
    }

    /// Every violation of the consistency check.
    pub(crate) async fn violations(&self) -> Result<Vec<String>, BenchError> {
        let mut command = self.psql();
        command.env("PGOPTIONS", "-c work_mem=256MB").args(["-c", CONSISTENCY]);
        let said = self.tools.finish(command).await?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    /// The statements that took most of Postgres's time here, a line each.
    pub(crate) async fn statements(&self) -> Result<String, BenchError> {
        self.run(
            r"SELECT format('deadlocks: %s', deadlocks) FROM pg_stat_database WHERE datname = current_database();
             SELECT format('%s calls, %s ms each, %s at the most, %s in all, %s blocks each: %s', calls,
                    round(mean_exec_time::numeric, 3), round(max_exec_time), round(total_exec_time),
                    (shared_blks_hit + shared_blks_read) / calls, left(regexp_replace(query, '\s+', ' ', 'g'), 120))
             FROM pg_stat_statements
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
             ORDER BY total_exec_time DESC LIMIT 12",
        )
        .await
    }

    /// Transactions committed in this database so far.
    pub(crate) async fn commits(&self) -> Result<f64, BenchError> {
        self.number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()").await
    }

    /// Opens a transaction whose snapshot holds back vacuum, and returns once it is held.
    pub(crate) async fn hold_snapshot(&self) -> Result<Snapshot, BenchError> {
        let mut command = self.psql();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut session = command.spawn().map_err(BenchError::refused("cannot run psql"))?;
        let (stdin, stdout) = (session.stdin.take(), session.stdout.take());
        let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(BenchError::Unexpected("psql has no pipes".to_owned()));
        };
        stdin
            .write_all(b"BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT 'held' FROM jobs LIMIT 1;\n")
            .await?;
        let mut said = String::new();
        BufReader::new(stdout).read_line(&mut said).await?;
        if said.trim() != "held" {
            return Err(BenchError::Unexpected(format!("the snapshot is not held: psql said {said:?}")));
        }
        Ok(Snapshot { _session: session, _stdin: stdin })
    }

    fn psql(&self) -> tokio::process::Command {
        let mut command = self.tools.command("psql", &self.name);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        command
    }
}
