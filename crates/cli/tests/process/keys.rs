//! `windlass key create` on the database itself, and how a server says who may call.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::http::{Answer, ask_by};
use crate::running::{TestDirectory, Windlass, eventually, lives, windlass};
use crate::test_database::TestDatabase;

/// What a command says that must succeed: on standard output, and on standard error.
fn said(arguments: &[&str]) -> (String, String) {
    let output = windlass(arguments);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    (stdout, stderr)
}

/// What a command says that must fail with exit code 1.
fn refused(arguments: &[&str]) -> String {
    let output = windlass(arguments);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{arguments:?}");
    text(&output.stderr)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The text of a key that is made in a database, the only thing that is printed.
fn made(arguments: &[&str]) -> String {
    let (stdout, stderr) =
        said(&[&["key", "create", "--name", "ops", "--scope", "admin"], arguments].concat());
    // On a slow machine it says what it waits for.
    let told: Vec<&str> = stderr.lines().filter(|line| !line.contains("\"windlass::slow\"")).collect();
    assert!(told.is_empty(), "{stderr}");
    let key = stdout.strip_suffix('\n').unwrap_or_else(|| panic!("{stdout:?}"));
    assert!(key.starts_with("wl_") && key.len() == 46 && !key.contains('\n'), "{stdout:?}");
    key.to_owned()
}

fn current(windlass: &Windlass, key: &str) -> Answer {
    ask_by(windlass.address(), "GET", "/v1/keys/current", "", key)
}

#[test]
fn the_first_key_is_made_beside_a_running_server_with_its_own_postgres_and_works_at_once() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let data = data.to_str().unwrap();
    let server = Windlass::serve_with(&["--data-dir", data, "--auth", "keys"]);
    let postmaster = directory.postmaster();
    let command = "windlass key create --name ops --scope admin";
    eventually("the log has the command that makes the first key", || server.said().contains(command));
    let key = made(&["--data-dir", data]);
    assert_eq!(directory.postmaster(), postmaster, "the server's Postgres runs on");
    let answer = current(&server, &key);
    assert_eq!((answer.status, &answer.body["name"]), (200, &json!("ops")), "{}", answer.text);
    let whole = ask_by(server.address(), "GET", "/v1/keys", "", &key);
    assert_eq!(whole.body["items"][0]["created_by"], Value::Null);
    server.stop();
}

#[test]
fn without_a_server_postgres_is_started_for_the_moment_and_an_empty_database_gets_its_schema() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let data = data.to_str().unwrap();
    let key = made(&["--data-dir", data]);
    assert_eq!(directory.postmaster(), None, "it was stopped after");
    let server = Windlass::serve_with(&["--data-dir", data, "--auth", "keys"]);
    let postmaster = directory.postmaster().unwrap();
    assert_eq!(current(&server, &key).status, 200);
    assert!(!server.said().contains("windlass key create"), "{}", server.said());
    server.stop();
    assert!(!lives(postmaster));
}

#[test]
fn a_key_has_what_is_said_of_it() {
    let database = TestDatabase::create();
    let url = database.url();
    let arguments = [
        "key",
        "create",
        "--name",
        "worker",
        "--scope",
        "work",
        "--scope",
        "read",
        "--type",
        "resize",
        "--type",
        "hash-*",
        "--expires",
        "90d",
        "--max-rps",
        "50",
        "--database-url",
        &url,
        "--json",
    ];
    let (stdout, _) = said(&arguments);
    let made: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(made["name"], "worker");
    assert_eq!(made["scopes"], json!(["work", "read"]));
    assert_eq!(made["types"], json!(["resize", "hash-*"]));
    assert_eq!(made["max_requests_per_second"], 50);
    let days = database.sql("SELECT round(extract(epoch FROM expires_at - created_at) / 86400) FROM keys");
    assert_eq!(days, "90");
    assert_eq!(database.sql("SELECT entity, to_state, actor, caller FROM events"), "key|created|client|");
    assert!(
        !database.sql("SELECT * FROM keys").contains(made["key"].as_str().unwrap()),
        "its text is nowhere"
    );
    assert_eq!(database.violations(), "");
}

#[test]
fn what_is_wrong_with_a_key_is_named() {
    let database = TestDatabase::create();
    let url = database.url();
    let create = |more: &[&str]| refused(&[&["key", "create", "--database-url", &url], more].concat());
    let message = create(&["--name", "bootstrap", "--scope", "admin", "--type", "t", "--max-rps", "0"]);
    for named in ["/name", "/types", "/max_requests_per_second"] {
        assert!(message.contains(named), "{message}");
    }
    assert!(create(&["--name", "n", "--scope", "admin", "--expires", "0s"]).contains("ahead"));
    assert!(create(&["--name", "n", "--scope", "admin", "--expires", "9000y"]).contains("--expires"));
    assert_eq!(database.sql("SELECT count(*) FROM keys"), "0", "the last ones made the schema, and no key");
}

#[test]
fn a_schema_of_another_version_is_left_as_it_is_and_named() {
    let database = TestDatabase::create();
    let url = database.url();
    made(&["--database-url", &url]);
    let create = ["key", "create", "--name", "ops", "--scope", "admin", "--database-url", &url];

    database.sql("UPDATE _sqlx_migrations SET version = 9001 WHERE version = (SELECT max(version) FROM _sqlx_migrations)");
    let older = refused(&create);
    assert!(older.contains("lacks migration") && older.contains("windlass migrate"), "{older}");
    assert_eq!(database.sql("SELECT count(*) FROM keys"), "1");

    database.sql(
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
         SELECT (SELECT max(version) FROM compatible_migrations), description, installed_on, success, checksum, execution_time
         FROM _sqlx_migrations WHERE version = 9001",
    );
    let newer = refused(&create);
    assert!(newer.contains("newer Windlass") && newer.contains("9001"), "{newer}");
    assert_eq!(database.sql("SELECT count(*) FROM keys"), "1");
}

#[test]
fn a_check_of_the_schema_says_what_is_missing_and_changes_nothing() {
    let database = TestDatabase::create();
    let url = database.url();
    let check = ["migrate", "--check", "--database-url", &url];
    let applied =
        || database.sql("SELECT version, description, installed_on FROM _sqlx_migrations ORDER BY version");
    let missing = |of: &str| {
        let message = refused(&check);
        assert!(message.contains(of) && message.contains("windlass migrate"), "{message}");
    };

    missing("lacks migration 1 (");
    let tables = "SELECT count(*) FROM pg_class WHERE relnamespace NOT IN \
                  (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_|^information_schema$')";
    assert_eq!(database.sql(tables), "0", "it is as empty as before");

    said(&["migrate", "--database-url", &url]);
    let made = applied();
    let (stdout, stderr) = said(&check);
    assert_eq!(stdout, "the schema in the database that is set is up to date\n");
    assert_eq!((stderr, applied()), (String::new(), made));

    let newest = "FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    let named = database.sql(&format!("SELECT format('%s (%s)', version, description) {newest}"));
    database.sql(&format!("DELETE {newest}"));
    let older = applied();
    missing(&format!("lacks migration {named}"));
    assert_eq!(applied(), older);
}

#[test]
fn open_over_live_keys_and_open_to_others_are_warned_of() {
    let database = TestDatabase::create();
    let url = database.url();
    let quiet = Windlass::serve_with(&["--database-url", &url]);
    made(&["--database-url", &url]);
    assert!(!quiet.said().contains("--auth"), "{}", quiet.said());
    quiet.stop();
    let open = Windlass::serve_with(&["--database-url", &url]);
    eventually("it warns of live keys", || open.said().contains("the database has live keys"));
    assert_eq!(ask_by(open.address(), "GET", "/v1/queues", "", "nothing").status, 200);
    open.stop();
}

#[test]
fn a_bootstrap_key_may_do_everything_and_is_read_again_when_its_file_changes() {
    let directory = TestDirectory::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    let (first, second) = ("k".repeat(32), "l".repeat(512));
    fs::write(file.path(), format!("{first}\n")).unwrap();
    let data = directory.data();
    let server = Windlass::serve_with(&[
        "--data-dir",
        data.to_str().unwrap(),
        "--auth",
        "keys",
        "--bootstrap-key-file",
        file.path().to_str().unwrap(),
    ]);
    let unlisted = json!({"id": null, "name": "bootstrap", "scopes": ["admin"], "types": null});
    let answer = current(&server, &first);
    assert_eq!((answer.status, answer.body), (200, unlisted.clone()));
    assert_eq!(ask_by(server.address(), "GET", "/v1/keys", "", &first).body["items"], json!([]));
    assert!(!server.said().contains("windlass key create"), "it is an admin key");

    fs::write(file.path(), &second).unwrap();
    eventually("the new one works", || current(&server, &second).status == 200);
    assert_eq!(current(&server, &first).status, 401);

    fs::write(file.path(), "too short\n").unwrap();
    eventually("the log says so", || server.said().contains("32 to 512"));
    assert_eq!(current(&server, &second).status, 200, "the one before stays");

    fs::write(file.path(), &first).unwrap();
    server.signal(rustix::process::Signal::HUP);
    eventually("it is read again on SIGHUP", || current(&server, &first).status == 200);
    assert!(!server.said().contains(&first) && !server.said().contains(&second), "no log shows it");
    server.stop();
}

#[test]
fn a_bootstrap_file_that_does_not_do_refuses_the_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let start = |path: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--database-url",
                "postgres://nobody@127.0.0.1:1/none",
            ])
            .args(["--bootstrap-key-file", path])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    for wrong in ["", "secretsecretsecret\n", &format!("{}\n{}\n", "secret".repeat(8), "secret".repeat(8))] {
        fs::write(file.path(), wrong).unwrap();
        let message = start(file.path().to_str().unwrap());
        assert!(message.contains("bootstrap_key_file") && message.contains("32 to 512"), "{message}");
        assert!(!message.contains("secretsecret"), "{message}");
    }
    assert!(start("/nowhere/at all").contains("/nowhere/at all"));
}
