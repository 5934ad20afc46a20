//! A database of the test's own in the test's Postgres, and a real pgbouncer before it, in transaction mode.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::postgres_user::{as_postgres, give_to_postgres};
use crate::running::eventually;

/// Sessions of Postgres that the pooler has, for all its clients together.
pub(crate) const SESSIONS: usize = 3;

/// The database and the pooler, both ended with this value.
pub(crate) struct Pooled {
    directory: TempDir,
    database: String,
    /// The directory of the socket of the test's Postgres.
    postgres: String,
    pgbouncer: Child,
}

/// A session of psql that stays open.
pub(crate) struct Psql(Child);

impl Pooled {
    /// An empty database behind a pooler.
    pub(crate) fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("pooled-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        give_to_postgres(directory.path());
        let database = format!("windlass_pooled_{}", uuid::Uuid::new_v4().simple());
        let postgres = postgres();
        let pgbouncer = begin(directory.path(), &postgres);
        let pooled = Self { directory, database, postgres, pgbouncer };
        pooled.sql_of(
            "postgres",
            &format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", pooled.database),
        );
        pooled.wait();
        pooled
    }

    /// The URL that leads to Postgres itself.
    pub(crate) fn direct(&self) -> String {
        format!("postgres:///{}?host={}&user=postgres", self.database, self.postgres)
    }

    /// The URL that leads through the pooler.
    pub(crate) fn url(&self) -> String {
        let directory = self.directory.path().display();
        format!("postgres:///{}?host={directory}&port=6432&user=postgres", self.database)
    }

    /// Ends the pooler as it is, and starts another.
    pub(crate) fn restart(&mut self) {
        self.pgbouncer.kill().unwrap();
        self.pgbouncer.wait().unwrap();
        self.pgbouncer = begin(self.directory.path(), &self.postgres);
        self.wait();
    }

    /// What statements of Postgres itself answer, without the pooler.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.sql_of(&self.database, sql)
    }

    /// The consistency check.
    pub(crate) fn violations(&self) -> String {
        let check = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/src/consistency.sql");
        let output = psql(&self.direct()).args(["-v", "ON_ERROR_STOP=1", "-f", check]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A session through the pooler.
    pub(crate) fn psql(&self) -> Psql {
        let command = &mut psql(&self.url());
        Psql(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn sql_of(&self, database: &str, sql: &str) -> String {
        let url = format!("postgres:///{database}?host={}&user=postgres", self.postgres);
        let output = psql(&url).args(["-c", sql]).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn wait(&self) {
        eventually("the pooler answers", || {
            psql(&self.url())
                .args(["-c", "SELECT 1"])
                .stderr(Stdio::null())
                .output()
                .unwrap()
                .status
                .success()
        });
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let _ = self.pgbouncer.kill();
        let _ = self.pgbouncer.wait();
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        let url = format!("postgres:///postgres?host={}&user=postgres", self.postgres);
        let _ = psql(&url).args(["-c", &drop]).output();
    }
}

impl Psql {
    /// One statement that answers one row.
    pub(crate) fn ask(&mut self, sql: &str) -> String {
        writeln!(self.0.stdin.as_mut().unwrap(), "{sql};").unwrap();
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The directory of the socket of the test's Postgres.
fn postgres() -> String {
    let url = std::env::var("WINDLASS_TEST_DATABASE_URL").expect("`make test` provides a Postgres");
    let (_, host) = url.split_once("host=").expect("it listens on a socket");
    host.split('&').next().unwrap_or(host).to_owned()
}

/// psql of the test's Postgres, which shows rows as they are.
fn psql(url: &str) -> Command {
    let binaries = std::env::var_os("WINDLASS_POSTGRES_BIN_DIR").expect("`make test` says where Postgres is");
    let mut command = Command::new(PathBuf::from(binaries).join("psql"));
    command.args(["-XqAt", "-d", url]);
    command
}

fn begin(directory: &Path, postgres: &str) -> Child {
    let place = directory.display();
    let settings = format!(
        "[databases]\n* = host={postgres}\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {place}\n\
         auth_type = trust\nauth_file = {place}/users\npool_mode = transaction\ndefault_pool_size = {SESSIONS}\n\
         max_client_conn = 200\nserver_login_retry = 1\n"
    );
    fs::write(directory.join("settings"), settings).unwrap();
    fs::write(directory.join("users"), "\"postgres\" \"\"\n").unwrap();
    let mut command = as_postgres(&program());
    // A quiet one says its errors only, which then are this test's.
    command
        .arg("-q")
        .arg(directory.join("settings"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Where Debian has it, which is in the PATH of root alone, or in the PATH.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = PathBuf::from("/usr/sbin");
    let mut places = std::env::split_paths(&path).chain([usual]).map(|place| place.join("pgbouncer"));
    places.find(|place| place.is_file()).expect("pgbouncer is installed by `make test`")
}
