//! Runs Postgres's programs as the right user.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::binaries::Installation;
use crate::child;
use crate::error::{ClusterError, indented};
use crate::owner::User;

/// The cluster's one role; only who may enter the socket's directory can become it.
pub(crate) const ROLE: &str = "windlass";

/// An installation, run as a user.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    pub(crate) installation: Installation,
    pub(crate) user: Option<User>,
}

impl Programs {
    /// One of the installation's programs; killed when it is dropped.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.killed_on_drop(&self.installation.program(program))
    }

    /// Removes all that lies at a path, if anything does: as the user, who can remove what is the user's own
    /// and nothing else, wherever links lead.
    pub(crate) async fn remove_all(&self, path: &Path) -> Result<(), ClusterError> {
        let mut command = self.killed_on_drop(Path::new("rm"));
        command.args(["-rf", "--"]).arg(path);
        finish(command).await.map(drop)
    }

    /// Whether a server answers on the socket in `directory`.
    pub(crate) async fn probe(&self, directory: &Path, port: &str) -> Result<Answer, ClusterError> {
        let mut command = self.command("pg_isready");
        command
            .args(["-q", "-t", "2", "-d", "postgres", "-U", ROLE, "-p", port, "-h"])
            .arg(directory)
            .stderr(Stdio::null());
        let path = self.installation.program("pg_isready");
        let status = command.status().await.map_err(ClusterError::file("cannot run", &path))?;
        Ok(match status.code() {
            Some(0) => Answer::Ready,
            Some(1) => Answer::Busy,
            _ => Answer::None,
        })
    }

    fn killed_on_drop(&self, program: &Path) -> Command {
        let mut command = Command::from(child::command(program, self.user.as_ref()));
        command.kill_on_drop(true);
        command
    }
}

/// Runs a command to its end; what it said on standard output.
pub(crate) async fn finish(mut command: Command) -> Result<String, ClusterError> {
    let program = PathBuf::from(command.as_std().get_program());
    let output = command.output().await.map_err(ClusterError::file("cannot run", &program))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(ClusterError::Program { program, output: indented(&said) })
}

/// What a server answers to who knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It takes connections.
    Ready,
    /// It lives, and is starting, recovering or stopping.
    Busy,
    /// Nobody is there.
    None,
}
