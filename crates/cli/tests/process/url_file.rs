//! The file with the database's URL, changed while the server runs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;
use tempfile::NamedTempFile;

use crate::http::ask;
use crate::running::{Windlass, assert_job_is_there, create_job, eventually};

#[test]
fn a_server_whose_login_is_refused_reads_the_file_again() {
    let database = Database::create();
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), database.url("old", "windlass")).unwrap();
    let windlass = Windlass::serve_with(&["--database-url-file", file.path().to_str().unwrap()]);
    let job = create_job(&windlass);
    fs::write(file.path(), database.url("new", "windlass")).unwrap();
    sql(&format!("ALTER ROLE {}_old NOLOGIN", database.name));
    sql(&database.end_sessions_of("usename", &format!("{}_old", database.name)));
    eventually("the server is ready by the new URL", || {
        let sessions = database.sessions_of("usename", &format!("{}_new", database.name));
        sessions > 0 && ask(windlass.address(), "GET", "/readyz", "").status == 200
    });
    assert_job_is_there(&windlass, &job);
    create_job(&windlass);
    windlass.stop();
    database.drop();
}

#[test]
fn sighup_has_the_file_read_again_and_interrupts_nothing() {
    let database = Database::create();
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), database.url("old", "first")).unwrap();
    let windlass = Windlass::serve_with(&["--database-url-file", file.path().to_str().unwrap()]);
    let job = create_job(&windlass);
    fs::write(file.path(), database.url("old", "second")).unwrap();
    windlass.signal(Signal::HUP);
    eventually("the log says that the file was read", || windlass.said().contains("as it was read again"));
    assert_job_is_there(&windlass, &job);
    sql(&database.end_sessions_of("application_name", "first"));
    eventually("new sessions are those of the new URL", || {
        database.sessions_of("application_name", "second") > 0
    });
    windlass.stop();
    database.drop();
}

/// A database with two roles that may do all in it.
struct Database {
    name: String,
}

impl Database {
    fn create() -> Self {
        let name = format!("windlass_url_{}", uuid::Uuid::new_v4().simple());
        sql(&format!("CREATE DATABASE {name}"));
        for role in ["old", "new"] {
            sql(&format!("CREATE ROLE {name}_{role} LOGIN SUPERUSER"));
        }
        Self { name }
    }

    /// The URL for one of the roles.
    fn url(&self, role: &str, application: &str) -> String {
        let server = std::env::var("WINDLASS_TEST_DATABASE_URL").expect("`make test` provides a Postgres");
        let (_, query) = server.split_once("?host=").unwrap();
        let (host, _) = query.split_once('&').unwrap();
        format!("postgres:///{0}?host={host}&user={0}_{role}&application_name={application}\n", self.name)
    }

    fn sessions_of(&self, column: &str, value: &str) -> u32 {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname =";
        sql(&format!("{count} '{}' AND {column} = '{value}'", self.name)).parse().unwrap()
    }

    fn end_sessions_of(&self, column: &str, value: &str) -> String {
        let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname =";
        format!("{end} '{}' AND {column} = '{value}'", self.name)
    }

    fn drop(self) {
        sql(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        for role in ["old", "new"] {
            sql(&format!("DROP ROLE {}_{role}", self.name));
        }
    }
}

/// One statement on the test's Postgres; what it answers.
fn sql(statement: &str) -> String {
    let binaries = std::env::var_os("WINDLASS_POSTGRES_BIN_DIR").expect("`make test` says where Postgres is");
    let server = std::env::var("WINDLASS_TEST_DATABASE_URL").expect("`make test` provides a Postgres");
    let psql = PathBuf::from(binaries).join("psql");
    let output = Command::new(psql).args([&server, "-XAtc", statement]).output().unwrap();
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
