//! `windlass serve` as a process of its own, as its users run it.

use std::env;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::error::BenchError;

/// How long a start and an orderly end may take.
const LONGEST: Duration = Duration::from_secs(30);

/// A running server; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    child: Child,
    address: SocketAddr,
}

impl ServerProcess {
    /// Starts one on a free port with these settings besides, and returns when it answers.
    pub(crate) async fn start(database_url: &str, settings: &[&str]) -> Result<Self, BenchError> {
        let mut command = windlass()?;
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "warn",
            "--drain-seconds",
            "0",
            "--database-url",
            database_url,
        ]);
        command.args(settings);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let read = timeout(LONGEST, BufReader::new(stdout).read_line(&mut line)).await;
            read.map_err(|_| BenchError::Unexpected("the server did not get ready in time".to_owned()))??;
        }
        let address = line.trim().strip_prefix("listening on http://").and_then(|text| text.parse().ok());
        let address = address.ok_or_else(|| BenchError::Unexpected(format!("the server said {line:?}")))?;
        Ok(Self { child, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `None` once it has ended.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Drains it; fails if it does not end as it should.
    pub(crate) async fn stop(mut self) -> Result<(), BenchError> {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM).map_err(BenchError::refused("cannot stop the server"))?;
        }
        let ended = timeout(LONGEST, self.child.wait()).await;
        let status =
            ended.map_err(|_| BenchError::Unexpected("the server did not end in time".to_owned()))??;
        if status.success() {
            Ok(())
        } else {
            Err(BenchError::Unexpected(format!("the server ended with {status}")))
        }
    }
}

/// Brings a database's schema up to date.
pub(crate) async fn migrate(database_url: &str) -> Result<(), BenchError> {
    let mut command = windlass()?;
    let status = command.args(["migrate", "--log", "warn", "--database-url", database_url]).status().await?;
    if status.success() {
        Ok(())
    } else {
        Err(BenchError::Unexpected(format!("migrate ended with {status}")))
    }
}

/// This program, out of reach of our Ctrl-C and with none of our settings.
fn windlass() -> Result<Command, BenchError> {
    let mut command = Command::new(env::current_exe()?);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("WINDLASS_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
    Ok(command)
}
