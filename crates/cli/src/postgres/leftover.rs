//! The Postgres that a killed server has left running.
//!
//! We hold the directory's lock, so no windlass uses it. What is left over is found by the socket that
//! its own file names, and is believed to be ours only if it says, over that socket, that it runs on our
//! cluster: a process id proves nothing, since ids are used again. It is then stopped the orderly way,
//! which loses nothing, ends the dead server's sessions with all that they held locked, and lets the next
//! one run with today's settings as a child that we can watch.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::ClusterError;
use super::directory::DataDirectory;
use super::programs::{Answer, Programs, ROLE};
use super::socket;

/// How often a left-over that is busy starting or stopping is asked again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long the orderly stop may take, in seconds, before the one that leaves work to recovery.
const ORDERLY_SECONDS: &str = "8";

/// Ends the left-over, if there is one.
pub(super) async fn take_over(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    let Some(place) = Place::read(&directory.cluster()) else { return Ok(()) };
    match place.found(directory, programs).await? {
        Found::Ours => end(directory, programs).await?,
        Found::Nobody => {}
        // A file that came with a copied directory names the original's server, which is not ours to touch.
        Found::Another => return Ok(()),
    }
    socket::remove_if_made(&place.socket_directory);
    Ok(())
}

async fn end(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    tracing::warn!(directory = %directory.path().display(), "taking over the Postgres of an earlier windlass");
    for mode in ["fast", "immediate"] {
        let mut command = programs.command("pg_ctl");
        command.args(["stop", "-s", "-w", "-t", ORDERLY_SECONDS, "-m", mode, "-D"]).arg(directory.cluster());
        if programs.finish(command, "pg_ctl").await.is_ok() {
            return Ok(());
        }
    }
    Err(ClusterError::LeftOver { directory: directory.path().to_owned() })
}

/// Who answers where the left-over would listen.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Ours,
    Another,
    Nobody,
}

/// Where a server says that it listens.
struct Place {
    port: String,
    socket_directory: PathBuf,
}

impl Place {
    /// From `postmaster.pid`: its fourth line is the port, its fifth the socket's directory.
    fn read(cluster: &Path) -> Option<Self> {
        let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let mut lines = text.lines().skip(3);
        let (port, socket_directory) = (lines.next()?.trim(), lines.next()?.trim());
        (!socket_directory.is_empty())
            .then(|| Self { port: port.to_owned(), socket_directory: PathBuf::from(socket_directory) })
    }

    /// Waits while the server is busy; no answer means that it is gone, however its file looks.
    async fn found(&self, directory: &DataDirectory, programs: &Programs) -> Result<Found, ClusterError> {
        loop {
            match programs.probe(&self.socket_directory, &self.port).await? {
                Answer::None => return Ok(Found::Nobody),
                Answer::Busy => sleep(AGAIN).await,
                Answer::Ready => return Ok(self.runs_on(&directory.cluster(), programs).await),
            }
        }
    }

    async fn runs_on(&self, cluster: &Path, programs: &Programs) -> Found {
        let mut command = programs.command("psql");
        command.args(["-X", "-A", "-t", "-d", "postgres", "-U", ROLE, "-p", &self.port]);
        command.args(["-c", "SHOW data_directory", "-h"]).arg(&self.socket_directory);
        match programs.finish(command, "psql").await {
            Ok(said) if Path::new(said.trim_end_matches('\n')) == cluster => Found::Ours,
            _ => Found::Another,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_read_from_the_servers_file_and_a_half_written_one_names_none() {
        let cluster = tempfile::tempdir().unwrap();
        assert!(Place::read(cluster.path()).is_none());
        let file = cluster.path().join("postmaster.pid");
        fs::write(&file, "4711\n/data/postgres\n1700000000\n").unwrap();
        assert!(Place::read(cluster.path()).is_none());
        fs::write(&file, "4711\n/data/postgres\n1700000000\n5432\n/data\n\n  42  43\nready   \n").unwrap();
        let place = Place::read(cluster.path()).unwrap();
        assert_eq!((place.port.as_str(), place.socket_directory.as_path()), ("5432", Path::new("/data")));
    }
}
