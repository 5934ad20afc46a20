//! What a Postgres's own file says of it, and whether that is true.
//!
//! The file names a socket and a process. It may be a copy, older than a reboot, or written by a process that runs as Postgres's user; so what
//! it names is only looked at. It is the server of a cluster if the process that listens on that socket, by the kernel's word, is the one named
//! and runs as the right user, and says over the socket that it runs on that cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use crate::error::ClusterError;
use crate::held::HeldDirectory;
use crate::owner::User;
use crate::programs::{self, Answer, Programs, ROLE};

/// Where a server says that it runs, below its cluster.
pub(crate) const FILE: &str = "postmaster.pid";

/// How often one that is busy starting or stopping is asked again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long one may be busy. One that is longer in recovery is left to it, with an error that says so.
const BUSY: Duration = Duration::from_secs(20);
/// How long one that is ready may take to say which cluster it runs on.
const ANSWERED: Duration = Duration::from_secs(5);

/// Who answers where the file says that its server listens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Ours,
    Another,
    Nobody,
}

/// Where a server says that it listens.
pub(crate) struct PidFile {
    pub(crate) process: i32,
    pub(crate) port: u16,
    pub(crate) socket_directory: PathBuf,
}

impl PidFile {
    /// From the server's file: its lines are process id, cluster, start time, port, socket's directory, and more.
    pub(crate) fn read(cluster: &HeldDirectory) -> Result<Option<Self>, ClusterError> {
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
    pub(crate) async fn found(&self, cluster: &Path, programs: &Programs) -> Result<Found, ClusterError> {
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
    use tokio::net::UnixListener;

    use super::*;

    fn own_process() -> i32 {
        std::process::id().cast_signed()
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
