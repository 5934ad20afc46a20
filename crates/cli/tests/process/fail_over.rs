//! A database of two hosts, whose standby takes over while the sockets to the old primary stay open.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::http::ask;
use crate::postgres_user::{as_postgres, give_to_postgres};
use crate::running::{Windlass, assert_job_is_there, create_job, eventually};

#[test]
fn a_server_goes_over_to_the_promoted_standby_while_the_old_primary_still_answers() {
    let pair = Pair::start();
    // The standby comes first: it answers, but nothing can be written there yet.
    let hosts = format!("{},{}", pair.socket("standby"), pair.socket("primary"));
    let url = format!("postgres:///postgres?host={hosts}&user=postgres&target_session_attrs=read-write");
    let windlass = Windlass::serve_with(&["--database-url", &url]);
    let job = create_job(&windlass);

    // As before a planned switch: open sessions of the primary become read-only, and stay open.
    pair.sql("primary", "ALTER SYSTEM SET default_transaction_read_only = on");
    pair.sql("primary", "SELECT pg_reload_conf()");
    eventually("the server says that its database is read-only", || {
        let ready = ask(windlass.address(), "GET", "/readyz", "");
        ready.status == 503
            && ready.body["detail"].as_str().is_some_and(|detail| detail.contains("read-only"))
    });
    assert_job_is_there(&windlass, &job);
    pair.sql("standby", "SELECT pg_promote()");
    eventually("the server is ready again", || ask(windlass.address(), "GET", "/readyz", "").status == 200);
    assert_job_is_there(&windlass, &create_job(&windlass));
    assert_job_is_there(&windlass, &job);
    assert_eq!(pair.sql("primary", "SELECT 1"), "1", "the old primary answers all the while");
    windlass.stop();
}

/// A primary and its streaming standby, ended with this value.
struct Pair {
    directory: TempDir,
    binaries: PathBuf,
}

impl Pair {
    fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("pair-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let binaries =
            std::env::var_os("WINDLASS_POSTGRES_BIN_DIR").expect("`make test` says where Postgres is");
        let pair = Self { directory, binaries: binaries.into() };
        for name in ["primary", "standby"] {
            fs::create_dir(pair.path(name)).unwrap();
            fs::set_permissions(pair.path(name), fs::Permissions::from_mode(0o700)).unwrap();
            give_to_postgres(&pair.path(name));
        }
        pair.run(
            "initdb",
            &["-D", &pair.data("primary"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        );
        pair.begin("primary");
        let from = pair.socket("primary");
        pair.run(
            "pg_basebackup",
            &["-h", &from, "-U", "postgres", "-D", &pair.data("standby"), "-R", "-c", "fast", "-N"],
        );
        pair.begin("standby");
        pair
    }

    fn begin(&self, name: &str) {
        let options =
            format!("-c listen_addresses='' -c unix_socket_directories={} -c fsync=off", self.socket(name));
        let log = format!("{}/log", self.socket(name));
        self.run("pg_ctl", &["start", "-s", "-w", "-D", &self.data(name), "-l", &log, "-o", &options]);
    }

    /// One statement as a superuser; what it answers.
    fn sql(&self, name: &str, sql: &str) -> String {
        let output = self.run("psql", &["-h", &self.socket(name), "-U", "postgres", "-XAtc", sql]);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The directory of the socket; the URL's `host`.
    fn socket(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn data(&self, name: &str) -> String {
        self.path(name).join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let output = self.command(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// A program of Postgres, as the user that it runs as.
    fn command(&self, program: &str) -> Command {
        as_postgres(&self.binaries.join(program))
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for name in ["standby", "primary"] {
            let data = self.data(name);
            let _ = self.command("pg_ctl").args(["stop", "-s", "-m", "immediate", "-D", &data]).output();
        }
    }
}
