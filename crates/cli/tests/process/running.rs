//! A `windlass` process and the Postgres it runs, both ended when the value goes.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

use crate::http::ask;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(170);

/// How long a start that cannot work may take to fail.
pub(crate) const START_BOUND: Duration = Duration::from_secs(30);

/// A directory of a test, with a data directory in it.
pub(crate) struct TestDirectory {
    directory: TempDir,
    below: PathBuf,
}

/// Where tests make directories: not in TMPDIR, which the user that Postgres runs as may not be able to enter.
pub(crate) fn directories() -> PathBuf {
    std::env::var_os("WINDLASS_TEST_DIRECTORY").unwrap_or_else(|| "/tmp".into()).into()
}

impl TestDirectory {
    pub(crate) fn new() -> Self {
        Self::with_path("data")
    }

    /// With a data directory of that path below the directory.
    pub(crate) fn with_path(below: &str) -> Self {
        Self::named("directory-", below)
    }

    /// A directory whose own name begins so.
    pub(crate) fn named(prefix: &str, below: &str) -> Self {
        let directory = tempfile::Builder::new().prefix(prefix).tempdir_in(directories()).unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { directory, below: PathBuf::from(below) }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join(&self.below)
    }

    /// The process id of the Postgres that runs in the data directory, or has been killed there.
    pub(crate) fn postmaster(&self) -> Option<Pid> {
        Pid::from_raw(self.postmaster_line(0)?.parse().ok()?)
    }

    pub(crate) fn postmaster_line(&self, index: usize) -> Option<String> {
        let file = fs::read_to_string(self.data().join("postgres/postmaster.pid")).ok()?;
        file.lines().nth(index).map(|line| line.trim().to_owned())
    }
}

impl Drop for TestDirectory {
    fn drop(&mut self) {
        // Only after a failed test is there anything to end. A test may have written any process into the file;
        // Postgres works in its cluster.
        let Ok(cluster) = fs::canonicalize(self.data().join("postgres")) else { return };
        let is_ours =
            |pid: &Pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|works_in| works_in == cluster);
        if let Some(postmaster) = self.postmaster().filter(is_ours).filter(|pid| lives(*pid)) {
            let _ = kill_process(postmaster, Signal::QUIT);
            eventually("the Postgres of a failed test ends", || !lives(postmaster));
        }
    }
}

/// A running `windlass`.
pub(crate) struct Windlass {
    child: Child,
    said: Arc<Mutex<String>>,
    listener: JoinHandle<()>,
    address: String,
}

impl Windlass {
    /// `windlass serve` with a Postgres of its own on a free port, and ready.
    pub(crate) fn serve(directory: &TestDirectory) -> Self {
        Self::serve_with(&["--data-dir", directory.data().to_str().unwrap()])
    }

    /// `windlass serve` on a free port with more arguments, and ready.
    pub(crate) fn serve_with(arguments: &[&str]) -> Self {
        Self::serve_with_variables(arguments, &[])
    }

    /// `windlass serve` with more arguments and variables, and ready; on a free port, unless they say where. Without a drain, unless they set one.
    pub(crate) fn serve_with_variables(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::begun(serve(arguments).envs(variables.iter().copied())).ready()
    }

    /// `windlass serve` with a Postgres of its own, after a line of shell in its process.
    pub(crate) fn serve_by(line: &str, directory: &TestDirectory) -> Self {
        let windlass = command(&["serve", "--listen", "127.0.0.1:0", "--drain-seconds", "0", "--data-dir"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{line} && exec \"$0\" \"$@\"")]).arg(windlass.get_program());
        shell.args(windlass.get_args()).arg(directory.data()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::begun(&mut shell).ready()
    }

    /// `windlass serve` on a free port with more arguments and another standard error, and ready.
    pub(crate) fn serve_saying_to(stderr: impl Into<Stdio>, arguments: &[&str]) -> Self {
        Self::begun(serve(arguments).stderr(stderr)).ready()
    }

    /// `windlass serve` on a free port with more arguments and another standard output, and ready.
    pub(crate) fn serve_announcing_to(stdout: impl Into<Stdio>, arguments: &[&str]) -> Self {
        let arguments = [&["--log-format", "json"], arguments].concat();
        let mut windlass = Self::begun(serve(&arguments).stdout(stdout));
        eventually("the log says where it listens", || {
            let said = windlass.said();
            let lines = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            let mut addresses = lines.filter_map(|line| Some(line["address"].as_str()?.to_owned()));
            windlass.address = addresses.next().unwrap_or_default();
            !windlass.address.is_empty()
        });
        windlass
    }

    /// Any command, begun.
    pub(crate) fn begin(arguments: &[&str]) -> Self {
        Self::begun(command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    fn begun(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let stderr = child.stderr.take();
        let shared = Arc::clone(&said);
        let listener = thread::spawn(move || {
            let Some(mut stderr) = stderr.map(BufReader::new) else { return };
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|length| length > 0) {
                shared.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self { child, said, listener, address: String::new() }
    }

    /// Waits for the line on standard output that says where it listens.
    fn ready(mut self) -> Self {
        let mut line = String::new();
        let stdout = self.child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").and_then(|url| url.split_once("://"));
        let Some((_, address)) = address else {
            panic!("serve did not get ready, it said {line:?} and {}", self.said());
        };
        address.clone_into(&mut self.address);
        self
    }

    /// Host and port where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// What it has said on standard error so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        eventually("windlass ends", || !self.is_running());
        eventually("all it said is read", || self.listener.is_finished());
        self.child.wait().unwrap()
    }

    /// Ends it the orderly way.
    pub(crate) fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = self.ended();
        assert!(status.success(), "{status}: {}", self.said());
    }
}

impl Drop for Windlass {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Creates a job; its id.
pub(crate) fn create_job(windlass: &Windlass) -> String {
    let answer = ask(windlass.address(), "POST", "/v1/jobs", r#"{"type": "stays"}"#);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().unwrap().to_owned()
}

/// The job is still known.
pub(crate) fn assert_job_is_there(windlass: &Windlass, id: &str) {
    let answer = ask(windlass.address(), "GET", &format!("/v1/jobs/{id}"), "");
    assert_eq!((answer.status, answer.body["id"].as_str()), (200, Some(id)), "{}", answer.body);
}

/// A start that must fail: its exit code and its message.
pub(crate) fn refused(arguments: &[&str]) -> (i32, String) {
    refused_with_variables(arguments, &[])
}

/// [`refused`] with variables.
pub(crate) fn refused_with_variables(arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let begun = Instant::now();
    let mut command = command(arguments);
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut windlass = Windlass::begun(&mut command);
    let status = windlass.ended();
    assert!(begun.elapsed() < START_BOUND, "it took {:?}", begun.elapsed());
    (status.code().expect("it exits by itself"), windlass.said())
}

/// A start of `serve` that must fail with exit code 1: the one line it ends with.
pub(crate) fn serve_refused(arguments: &[&str]) -> String {
    let (code, said) = refused(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
    assert_eq!(code, 1, "{said}");
    let (_, message) = said.split_once("windlass: ").unwrap_or_else(|| panic!("no message in {said:?}"));
    message.to_owned()
}

/// Any command, run to its end.
pub(crate) fn windlass(arguments: &[&str]) -> Output {
    command(arguments).stdin(Stdio::null()).output().unwrap()
}

/// `windlass serve` with its output captured, on a free port unless the arguments say where, and without a drain.
fn serve(arguments: &[&str]) -> Command {
    let listen = if arguments.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] };
    let mut command = command(&[&["serve"], listen, arguments].concat());
    command.env("WINDLASS_DRAIN_SECONDS", "0").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The binary, with nothing of the caller's settings in its environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    for name in [
        "WINDLASS_DATABASE_URL",
        "WINDLASS_DATABASE_URL_FILE",
        "WINDLASS_DATA_DIR",
        "WINDLASS_LISTEN",
        "WINDLASS_METRICS_LISTEN",
        "WINDLASS_TLS_CERT",
        "WINDLASS_TLS_KEY",
        "WINDLASS_CONFIG",
        "WINDLASS_AUTH",
        "WINDLASS_BOOTSTRAP_KEY_FILE",
        "WINDLASS_KEY",
        "WINDLASS_KEY_FILE",
        "WINDLASS_LOG",
    ] {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// Waits for a condition that must come true.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process lives; one that has ended and that nobody has waited for does not.
pub(crate) fn lives(pid: Pid) -> bool {
    let ended = fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')));
    test_kill_process(pid).is_ok() && !ended
}

/// All files below a directory with their contents, for comparing.
pub(crate) fn contents(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = Vec::new();
        fs::File::open(&path).unwrap().read_to_end(&mut bytes).unwrap();
        all.push((path, bytes));
    }
    all.sort();
    all
}
