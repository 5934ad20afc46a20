//! A database of a test's own in the test's Postgres.

use std::path::PathBuf;
use std::process::Command;

/// An empty database, dropped with this value.
pub(crate) struct TestDatabase {
    name: String,
    /// The directory of the socket of the test's Postgres.
    postgres: String,
}

impl TestDatabase {
    pub(crate) fn create() -> Self {
        let database = Self {
            name: format!("windlass_process_{}", uuid::Uuid::new_v4().simple()),
            postgres: postgres(),
        };
        let create = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", database.name);
        ask(&url("postgres", &database.postgres), &create);
        database
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The directory of the socket of the test's Postgres.
    pub(crate) fn postgres(&self) -> &str {
        &self.postgres
    }

    /// The URL that leads to it.
    pub(crate) fn url(&self) -> String {
        url(&self.name, &self.postgres)
    }

    /// What statements in it answer.
    pub(crate) fn sql(&self, sql: &str) -> String {
        ask(&self.url(), sql)
    }

    /// What the consistency check finds.
    pub(crate) fn violations(&self) -> String {
        let check = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/src/consistency.sql");
        let output = psql(&self.url()).args(["-v", "ON_ERROR_STOP=1", "-f", check]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let _ = psql(&url("postgres", &self.postgres)).args(["-c", &drop]).output();
    }
}

/// psql of the test's Postgres, which shows rows as they are.
pub(crate) fn psql(url: &str) -> Command {
    let binaries = std::env::var_os("WINDLASS_POSTGRES_BIN_DIR").expect("`make test` says where Postgres is");
    let mut command = Command::new(PathBuf::from(binaries).join("psql"));
    command.args(["-XqAt", "-d", url]);
    command
}

fn ask(url: &str, sql: &str) -> String {
    let output = psql(url).args(["-c", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn url(database: &str, postgres: &str) -> String {
    format!("postgres:///{database}?host={postgres}&user=postgres")
}

/// The directory of the socket of the test's Postgres.
fn postgres() -> String {
    let url = std::env::var("WINDLASS_TEST_DATABASE_URL").expect("`make test` provides a Postgres");
    let (_, host) = url.split_once("host=").expect("it listens on a socket");
    host.split('&').next().unwrap_or(host).to_owned()
}
