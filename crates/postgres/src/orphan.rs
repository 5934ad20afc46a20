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
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use crate::directory::DataDirectory;
use crate::error::ClusterError;
use crate::held::HeldDirectory;
use crate::owner::User;
use crate::programs::{self, Answer, Programs, ROLE};
use crate::socket;

/// Where a server says that it runs, below its cluster.
const FILE: &str = "postmaster.pid";

/// How often an orphan that is busy starting or stopping is asked again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long one may be busy. One that is longer in recovery is left to it, with an error that says so.
const BUSY: Duration = Duration::from_secs(20);
/// How long one that is ready may take to say which cluster it runs on.
const ANSWERED: Duration = Duration::from_secs(5);

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

/// Who answers where the orphan would listen.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Ours,
    Another,
    Nobody,
}

/// Where a server says that it listens.
struct PidFile {
    process: i32,
    port: u16,
    socket_directory: PathBuf,
}

impl PidFile {
    /// From the server's file: its lines are process id, cluster, start time, port, socket's directory, and more.
    fn read(cluster: &HeldDirectory) -> Result<Option<Self>, ClusterError> {
        let text = cluster.read(FILE);
        let text = text.map_err(ClusterError::file("cannot read", &cluster.path().join(FILE)))?;
        Ok(text.as_deref().and_then(Self::parse))
    }

    /// A half-written file names no server, and no more does one that names a host or a strange port.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let [process, _, _, port, socket_directory, ..] = lines[..] else { return None };
        let pid_file = Self {
            process: process.parse().ok()?,
            port: port.parse().ok()?,
            socket_directory: PathBuf::from(socket_directory),
        };
        pid_file.socket_directory.is_absolute().then_some(pid_file)
    }

    /// Waits while the server is busy; no answer means that it is gone, however its file looks. Who answers is
    /// looked at before it is waited for: whoever may write the file can name a listener that never gets ready.
    async fn found(&self, cluster: &Path, programs: &Programs) -> Result<Found, ClusterError> {
        let deadline = Instant::now() + BUSY;
        loop {
            let answer = programs.probe(&self.socket_directory, &self.port.to_string()).await?;
            if answer == Answer::None {
                return Ok(Found::Nobody);
            }
            if !self.is_named_process(programs.user.as_ref()).await {
                return Ok(Found::Another);
            }
            if answer == Answer::Ready {
                return Ok(self.runs_on(cluster, programs).await);
            }
            if Instant::now() >= deadline {
                return Err(ClusterError::Orphan { directory: cluster.to_owned() });
            }
            sleep(AGAIN).await;
        }
    }

    /// Whether the listener is the process that the file names, and is run by the right user. The kernel says
    /// so of the listening process; not every kernel says the process.
    async fn is_named_process(&self, user: Option<&User>) -> bool {
        let owner = user.map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid);
        let socket = self.socket_directory.join(format!(".s.PGSQL.{}", self.port));
        let Ok(stream) = UnixStream::connect(socket).await else { return false };
        stream.peer_cred().is_ok_and(|listener| {
            listener.uid() == owner && listener.pid().is_none_or(|process| process == self.process)
        })
    }

    async fn runs_on(&self, cluster: &Path, programs: &Programs) -> Found {
        let mut command = programs.command("psql");
        command.args(["-X", "-A", "-t", "-d", "postgres", "-U", ROLE, "-p", &self.port.to_string()]);
        command.args(["-c", "SHOW data_directory", "-h"]).arg(&self.socket_directory);
        match timeout(ANSWERED, programs::finish(command)).await {
            Ok(Ok(said)) if Path::new(said.trim_end_matches('\n')) == cluster => Found::Ours,
            _ => Found::Another,
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::CWD;
    use tokio::net::UnixListener;

    use super::*;

    fn own_process() -> i32 {
        std::process::id().cast_signed()
    }

    fn held(path: &Path) -> HeldDirectory {
        HeldDirectory::open(CWD, path, path.to_owned()).unwrap()
    }

    #[test]
    fn the_server_is_read_from_its_file_and_a_half_written_one_names_none() {
        assert!(PidFile::parse("").is_none());
        assert!(PidFile::parse("4711\n/data/postgres\n1700000000\n").is_none());
        let whole = "4711\n/data/postgres\n1700000000\n5432\n/data\n\n  42  43\nready   \n";
        let pid_file = PidFile::parse(whole).unwrap();
        assert_eq!(
            (pid_file.process, pid_file.port, pid_file.socket_directory.as_path()),
            (4711, 5432, Path::new("/data"))
        );
    }

    #[test]
    fn a_file_that_names_a_host_or_a_path_as_port_names_no_server() {
        assert!(PidFile::parse("4711\n/data\n0\n5432\ndb.example\n\n").is_none());
        assert!(PidFile::parse("4711\n/data\n0\n5432/../x\n/data\n\n").is_none());
    }

    #[test]
    fn a_file_is_forgotten_only_if_it_names_a_living_process_that_works_elsewhere() {
        let cluster = tempfile::tempdir().unwrap();
        let file = cluster.path().join(FILE);
        let mut pid_file = PidFile { process: i32::MAX, port: 5432, socket_directory: PathBuf::new() };
        fs::write(&file, "").unwrap();
        forget_if_stale(&held(cluster.path()), &pid_file).unwrap();
        assert!(file.exists(), "what has ended is Postgres's to judge");

        pid_file.process = own_process();
        forget_if_stale(&held(&std::env::current_dir().unwrap()), &pid_file).unwrap();
        forget_if_stale(&held(cluster.path()), &pid_file).unwrap();
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn a_listener_is_believed_only_if_it_is_the_named_process_of_the_right_user() {
        let directory = tempfile::tempdir_in("/tmp").unwrap();
        let _listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
        let socket_directory = directory.path().to_owned();
        let mut pid_file = PidFile { process: own_process(), port: 5432, socket_directory };
        assert!(pid_file.is_named_process(None).await);
        let uid = rustix::process::geteuid().as_raw() + 1;
        let stranger = User { uid, gid: uid, name: "stranger".into() };
        assert!(!pid_file.is_named_process(Some(&stranger)).await);
        pid_file.process += 1;
        assert!(!pid_file.is_named_process(None).await);
    }
}
