//! The Postgres that a killed server has left running.
//!
//! We hold the directory's lock, so no windlass uses it. Postgres's own file names a socket and a process. The
//! file may be a copy, older than a reboot, or written by a process that runs as Postgres's user; so what it names is
//! only looked at. It is an orphan of ours if the process that listens on that socket, by the kernel's
//! word, is the one named and runs as the right user, and says over the socket that it runs on our cluster.
//! It is then stopped, as that user, the orderly way, which loses nothing, ends the dead server's sessions
//! with all that they held locked, and lets the next one run with today's settings as a child that we can
//! watch.

use std::fs;

use crate::directory::DataDirectory;
use crate::error::ClusterError;
use crate::held::HeldDirectory;
use crate::pid_file::{FILE, Found, PidFile};
use crate::programs::{self, Programs};
use crate::socket;

/// How long the orderly stop may take, in seconds, before the one that leaves work to recovery.
const ORDERLY_SECONDS: &str = "8";

/// Ends the orphan, if there is one.
pub(crate) async fn take_over(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    let Some(cluster) = directory.held_cluster()? else { return Ok(()) };
    let Some(pid_file) = PidFile::read(&cluster)? else { return Ok(()) };
    match pid_file.found(cluster.path(), programs).await? {
        Found::Ours => end(directory, programs).await?,
        Found::Nobody => forget_if_stale(&cluster, &pid_file)?,
        // A copied directory's file leads to the original's server and its socket, which are not ours to touch.
        Found::Another => return forget_if_stale(&cluster, &pid_file),
    }
    socket::remove_abandoned(&pid_file.socket_directory, directory.user());
    Ok(())
}

async fn end(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    tracing::warn!(directory = %directory.path().display(), "taking over the Postgres of an earlier windlass");
    for mode in ["fast", "immediate"] {
        let mut command = programs.command("pg_ctl");
        command.args(["stop", "-s", "-w", "-t", ORDERLY_SECONDS, "-m", mode, "-D"]).arg(directory.cluster());
        if programs::finish(command).await.is_ok() {
            return Ok(());
        }
    }
    Err(ClusterError::Orphan { directory: directory.path().to_owned() })
}

/// Removes a server's file that names a living process which is none of ours: after a reboot the id may be
/// any program's, and Postgres would refuse to start for as long as that runs.
///
/// A server's working directory is its cluster. Where that cannot be looked up, Postgres is left to decide.
fn forget_if_stale(cluster: &HeldDirectory, pid_file: &PidFile) -> Result<(), ClusterError> {
    let Ok(works_in) = fs::metadata(format!("/proc/{}/cwd", pid_file.process)) else { return Ok(()) };
    let is_stale = cluster.is(&works_in).map(|is_ours| !is_ours);
    let forgotten = is_stale.and_then(|is_stale| if is_stale { cluster.remove(FILE) } else { Ok(()) });
    forgotten.map_err(ClusterError::file("cannot remove", &cluster.path().join(FILE)))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rustix::fs::CWD;

    use super::*;

    fn held(path: &Path) -> HeldDirectory {
        HeldDirectory::open(CWD, path, path.to_owned()).unwrap()
    }

    #[test]
    fn a_file_is_forgotten_only_if_it_names_a_living_process_that_works_elsewhere() {
        let cluster = tempfile::tempdir().unwrap();
        let file = cluster.path().join(FILE);
        let mut pid_file = PidFile { process: i32::MAX, port: 5432, socket_directory: PathBuf::new() };
        fs::write(&file, "").unwrap();
        forget_if_stale(&held(cluster.path()), &pid_file).unwrap();
        assert!(file.exists(), "what has ended is Postgres's to judge");

        pid_file.process = std::process::id().cast_signed();
        forget_if_stale(&held(&std::env::current_dir().unwrap()), &pid_file).unwrap();
        forget_if_stale(&held(cluster.path()), &pid_file).unwrap();
        assert!(!file.exists());
    }
}
