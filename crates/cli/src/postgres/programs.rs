//! Runs Postgres's programs: as the right user, from a directory that it may enter, and with nothing
//! of our own environment that would change what they do.

use std::env;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::ClusterError;
use super::binaries::Installation;
use super::error::indented;
use super::owner::User;

/// The cluster's one role; only who may enter the socket's directory can become it.
pub(super) const ROLE: &str = "windlass";

/// An installation, run as a user.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) installation: Installation,
    pub(super) user: Option<User>,
}

impl Programs {
    /// A command that is killed when it is dropped, and does not get our terminal's Ctrl-C.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.installation.program(program));
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            // PGDATA, PGHOST and their like; WINDLASS_DATABASE_URL may hold a password.
            if name.starts_with("PG") || name.starts_with("LC_") || name.starts_with("WINDLASS_") {
                command.env_remove(&*name);
            }
        }
        command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null()).kill_on_drop(true).process_group(0);
        if let Some(user) = &self.user {
            // The standard library drops the supplementary groups too when root becomes another user.
            command.gid(user.gid).uid(user.uid);
        }
        command
    }

    /// Runs a command to its end; what it said on standard output.
    pub(super) async fn finish(&self, mut command: Command, program: &str) -> Result<String, ClusterError> {
        let path = self.installation.program(program);
        let output = command.output().await.map_err(ClusterError::file("cannot run", &path))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(ClusterError::Program { program: path, output: indented(&said) })
    }

    /// Whether a server answers on the socket in `directory`.
    pub(super) async fn probe(&self, directory: &Path, port: &str) -> Result<Answer, ClusterError> {
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
}

/// What a server answers to who knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It takes connections.
    Ready,
    /// It lives, and is starting, recovering or stopping.
    Busy,
    /// Nobody is there.
    None,
}
