//! A database of the test's own in the test's Postgres, and a real pgbouncer before it, in transaction mode.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use tempfile::TempDir;

use crate::postgres_user::{as_postgres, give_to_postgres};
use crate::running::eventually;
use crate::test_database::{TestDatabase, psql};

/// Sessions of Postgres that the pooler has, for all its clients together.
pub(crate) const SESSIONS: usize = 3;

/// The database and the pooler, both ended with this value.
pub(crate) struct Pooled {
    pub(crate) database: TestDatabase,
    directory: TempDir,
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
        let database = TestDatabase::create();
        let pgbouncer = begin(directory.path(), database.postgres());
        let pooled = Self { database, directory, pgbouncer };
        pooled.wait();
        pooled
    }

    /// The URL that leads through the pooler.
    pub(crate) fn url(&self) -> String {
        let directory = self.directory.path().display();
        format!("postgres:///{}?host={directory}&port=6432&user=postgres", self.database.name())
    }

    /// Ends the pooler as it is, and starts another.
    pub(crate) fn restart(&mut self) {
        self.end();
        self.pgbouncer = begin(self.directory.path(), self.database.postgres());
        self.wait();
    }

    /// A session through the pooler.
    pub(crate) fn psql(&self) -> Psql {
        Psql(psql(&self.url()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn wait(&self) {
        eventually("the pooler answers", || {
            psql(&self.url()).args(["-c", "SELECT 1"]).output().unwrap().status.success()
        });
    }

    fn end(&mut self) {
        let _ = self.pgbouncer.kill();
        let _ = self.pgbouncer.wait();
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.end();
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
