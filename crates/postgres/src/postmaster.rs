//! One run of the server process: spawned, awaited until it answers, ended.
//!
//! It runs in a process group of its own, since a Ctrl-C that reached it would end it in the middle of
//! our drain. What it logs goes into our log, and its last lines into our error messages. A value that is
//! dropped asks its process to end at once, which recovery makes good.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::directory::DataDirectory;
use crate::error::{ClusterError, indented};
use crate::programs::{Answer, Programs};
use crate::socket::PORT;

/// How long a server may stay silent as it starts. One that answers that it recovers may take its time.
const SILENCE: Duration = Duration::from_secs(15);

/// How often one that recovers is logged.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// How often a starting server is asked.
const AGAIN: Duration = Duration::from_millis(50);

/// How long the orderly stop may take, then the immediate one, before the process is killed.
const ORDERLY: Duration = Duration::from_secs(8);
const IMMEDIATE: Duration = Duration::from_secs(5);

/// What the immediate stop has in any case of the time in which all must be over.
const AT_LAST: Duration = Duration::from_millis(500);

/// How many last lines of its log an error message shows.
const LAST_LINES: usize = 12;

/// Settings that differ from Postgres's defaults. They are set on the command line, so that an old
/// cluster gets today's; what an operator writes into postgresql.conf counts for all others.
const SETTINGS: [&str; 10] = [
    // The socket is the only way in.
    "listen_addresses=",
    "unix_socket_permissions=0700",
    // A plan is compiled for longer than any of our statements runs.
    "jit=off",
    "shared_buffers=256MB",
    // Checkpoints by time, not in the middle of a burst.
    "max_wal_size=2GB",
    "timezone=UTC",
    "log_timezone=UTC",
    // Failed statements are the store's to report; here it is about the server itself.
    "log_min_messages=log",
    "log_checkpoints=off",
    "log_line_prefix=[%p] ",
];

/// How a server process is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Sessions are ended, everything is written: the next start needs no recovery. If that is not over in time, it ends as by
    /// [`Stop::Immediate`].
    Orderly {
        /// When all must be over.
        by: Instant,
    },
    /// At once; the next start recovers.
    Immediate,
}

impl Stop {
    /// Orderly, with all the time that it may take.
    pub fn orderly() -> Self {
        Self::Orderly { by: Instant::now() + ORDERLY + IMMEDIATE }
    }

    /// The signals, and until when to wait for what each does.
    fn steps(self) -> Vec<(Signal, Instant)> {
        let now = Instant::now();
        match self {
            Self::Orderly { by } => {
                let orderly = (now + ORDERLY).min(by - AT_LAST);
                vec![(Signal::INT, orderly), (Signal::QUIT, (orderly + IMMEDIATE).min(by))]
            }
            Self::Immediate => vec![(Signal::QUIT, now + IMMEDIATE)],
        }
    }
}

/// A running server process, our child.
#[derive(Debug)]
pub(crate) struct Postmaster {
    child: Child,
    log: Log,
}

impl Postmaster {
    /// Starts the server and returns when it takes connections. More settings win over ours.
    pub(crate) async fn start(
        directory: &DataDirectory,
        programs: &Programs,
        socket_directory: &Path,
        more_settings: &[&str],
    ) -> Result<Self, ClusterError> {
        let mut command = programs.command("postgres");
        command.arg("-D").arg(directory.cluster()).args(["-p", PORT]);
        command.arg("-k").arg(socket_directory);
        for setting in SETTINGS.iter().chain(more_settings) {
            command.args(["-c", *setting]);
        }
        // Our own drop asks it to end; a kill would leave its children to find out by themselves.
        command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(false);
        let program = programs.installation.program("postgres");
        let mut child = command.spawn().map_err(ClusterError::file("cannot run", &program))?;
        let log = Log::of(child.stderr.take());
        let mut postmaster = Self { child, log };
        postmaster.answered(directory, programs, socket_directory).await?;
        Ok(postmaster)
    }

    /// `None` once it has ended.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Returns the last lines of its log when the process has ended.
    pub(crate) async fn ended(&mut self) -> String {
        let _ = self.child.wait().await;
        self.log.end().await
    }

    /// Ends the process, by harsher means if it does not end in time, and returns when it is gone.
    pub(crate) async fn stop(mut self, stop: Stop) {
        for (signal, until) in stop.steps() {
            self.signal(signal);
            if timeout_at(until, self.child.wait()).await.is_ok() {
                return;
            }
            tracing::warn!(?signal, "Postgres has not ended in time");
        }
        if let Err(error) = self.child.kill().await {
            tracing::error!(%error, "Postgres could not be killed");
        }
    }

    async fn answered(
        &mut self,
        directory: &DataDirectory,
        programs: &Programs,
        socket_directory: &Path,
    ) -> Result<(), ClusterError> {
        let mut deadline = Deadline::new();
        loop {
            let answer = tokio::select! {
                _ = self.child.wait() => Err(()),
                answer = programs.probe(socket_directory, PORT) => Ok(answer?),
            };
            let directory = || directory.path().to_owned();
            match answer {
                Ok(Answer::Ready) => return Ok(()),
                Ok(answer) if deadline.lasts(answer) => sleep(AGAIN).await,
                Ok(_) => {
                    let (seconds, log) = (SILENCE.as_secs(), self.log.last_lines());
                    return Err(ClusterError::Silent { directory: directory(), seconds, log });
                }
                Err(()) => {
                    return Err(ClusterError::Exited { directory: directory(), log: self.ended().await });
                }
            }
        }
    }

    /// Does nothing once the process has been waited for: its id may be another's by then.
    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(pid) = pid {
            // It can only have ended by itself in the meantime.
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        self.signal(Signal::QUIT);
    }
}

/// How long a start may still take.
struct Deadline {
    silent_since: Instant,
    logged_at: Instant,
}

impl Deadline {
    fn new() -> Self {
        Self { silent_since: Instant::now(), logged_at: Instant::now() }
    }

    /// A server that says that it recovers is waited for as long as it takes, but not in silence.
    fn lasts(&mut self, answer: Answer) -> bool {
        if answer == Answer::Busy {
            self.silent_since = Instant::now();
            if self.logged_at.elapsed() > LOG_EVERY {
                self.logged_at = Instant::now();
                tracing::info!("Postgres recovers from its last end; it will be ready when that is done");
            }
        }
        self.silent_since.elapsed() < SILENCE
    }
}

/// What the server logs, passed on as it comes.
#[derive(Debug)]
struct Log {
    last: Arc<Mutex<VecDeque<String>>>,
    pump: JoinHandle<()>,
}

impl Log {
    fn of(stderr: Option<impl AsyncRead + Send + Unpin + 'static>) -> Self {
        let last = Arc::new(Mutex::new(VecDeque::with_capacity(LAST_LINES)));
        let shared = Arc::clone(&last);
        let pump = tokio::spawn(async move {
            let Some(stderr) = stderr else { return };
            // Of bytes: what it quotes need not be UTF-8.
            let mut lines = BufReader::new(stderr).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line).into_owned();
                pass_on(&line);
                let mut last = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if last.len() == LAST_LINES {
                    last.pop_front();
                }
                last.push_back(line);
            }
        });
        Self { last, pump }
    }

    /// The last lines of a server that has ended; what it left running may hold its log open.
    async fn end(&mut self) -> String {
        if !self.pump.is_finished() {
            let _ = timeout(Duration::from_secs(1), &mut self.pump).await;
        }
        self.last_lines()
    }

    fn last_lines(&self) -> String {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        indented(&last.make_contiguous().join("\n"))
    }
}

/// Its levels are not ours: FATAL ends one of its sessions, PANIC all of them.
fn pass_on(line: &str) {
    if line.contains("PANIC:") {
        tracing::error!(target: "postgres", "{line}");
    } else {
        tracing::debug!(target: "postgres", "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_is_not_utf_8_does_not_end_the_log() {
        let mut log = Log::of(Some(&b"one\ninvalid byte \xff\nthree\n"[..]));
        assert_eq!(log.end().await, indented("one\ninvalid byte \u{fffd}\nthree"));
    }
}
