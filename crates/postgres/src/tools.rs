//! The installation's client programs (psql, pgbench), pointed at a running cluster of ours.

use std::path::PathBuf;

use tokio::process::Command;

use crate::error::ClusterError;
use crate::programs::{self, Programs, ROLE};
use crate::socket::PORT;

/// Runs client programs as the cluster's one role.
#[derive(Debug, Clone)]
pub struct Tools {
    programs: Programs,
    socket: PathBuf,
}

impl Tools {
    pub(crate) fn new(programs: Programs, socket: PathBuf) -> Self {
        Self { programs, socket }
    }

    /// The URL of one of the cluster's databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port={PORT}&user={ROLE}", self.socket.display())
    }

    /// A program that will connect to `database`; killed when it is dropped.
    pub fn command(&self, program: &str, database: &str) -> Command {
        let mut command = self.programs.command(program);
        command
            .env("PGHOST", &self.socket)
            .env("PGPORT", PORT)
            .env("PGUSER", ROLE)
            .env("PGDATABASE", database);
        command
    }

    /// Runs a command to its end; what it said on standard output.
    ///
    /// # Errors
    /// It cannot be run, or said that it failed.
    pub async fn finish(&self, command: Command) -> Result<String, ClusterError> {
        programs::finish(command).await
    }
}
