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

/// Where a server says that it runs, below its cluster.
const FILE: &str = "postmaster.pid";

/// How often a left-over that is busy starting or stopping is asked again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long the orderly stop may take, in seconds, before the one that leaves work to recovery.
const ORDERLY_SECONDS: &str = "8";

/// Ends the left-over, if there is one.
pub(super) async fn take_over(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    let Some(place) = Place::read(&directory.cluster()) else { return Ok(()) };
    match place.found(directory, programs).await? {
        Found::Ours => end(directory, programs).await?,
        Found::Nobody => forget_if_stale(&directory.cluster(), &place)?,
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

/// Removes a server's file that names a living process which is none of ours: after a reboot the id may be
/// any program's, and Postgres would refuse to start for as long as that runs.
///
/// A server's working directory is its cluster. Where that cannot be looked up, Postgres is left to decide.
fn forget_if_stale(cluster: &Path, place: &Place) -> Result<(), ClusterError> {
    let works_in = fs::read_link(format!("/proc/{}/cwd", place.process));
    if works_in.is_ok_and(|works_in| works_in != cluster) {
        let file = cluster.join(FILE);
        fs::remove_file(&file).map_err(ClusterError::file("cannot remove", &file))?;
    }
    Ok(())
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
    process: u32,
    port: String,
    socket_directory: PathBuf,
}

impl Place {
    /// From the server's file: its lines are process id, cluster, start time, port, socket's directory, and more.
    fn read(cluster: &Path) -> Option<Self> {
        let text = fs::read_to_string(cluster.join(FILE)).ok()?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let [process, _, _, port, socket_directory, ..] = lines[..] else { return None };
        let process = process.parse().ok()?;
        (!socket_directory.is_empty()).then(|| Self {
            process,
            port: port.to_owned(),
            socket_directory: PathBuf::from(socket_directory),
        })
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
        let file = cluster.path().join(FILE);
        fs::write(&file, "4711\n/data/postgres\n1700000000\n").unwrap();
        assert!(Place::read(cluster.path()).is_none());
        fs::write(&file, "4711\n/data/postgres\n1700000000\n5432\n/data\n\n  42  43\nready   \n").unwrap();
        let place = Place::read(cluster.path()).unwrap();
        assert_eq!((place.port.as_str(), place.socket_directory.as_path()), ("5432", Path::new("/data")));
    }

    #[test]
    fn a_file_is_forgotten_only_if_it_names_a_living_process_that_works_elsewhere() {
        let cluster = tempfile::tempdir().unwrap();
        let file = cluster.path().join(FILE);
        let mut place = Place { process: u32::MAX, port: String::new(), socket_directory: PathBuf::new() };
        fs::write(&file, "").unwrap();
        forget_if_stale(cluster.path(), &place).unwrap();
        assert!(file.exists(), "what has ended is Postgres's to judge");

        place.process = std::process::id();
        forget_if_stale(&std::env::current_dir().unwrap(), &place).unwrap();
        forget_if_stale(cluster.path(), &place).unwrap();
        assert!(!file.exists());
    }
}
