//! Servers of neighbouring versions on one database: this one, and one that knows a migration more.

use serde_json::{Value, json};

use crate::http::ask;
use crate::running::{Windlass, eventually, serve_refused};
use crate::test_database::TestDatabase;

/// What a later version may do to a schema that this one works on (rule 3 of migrations/README.md): columns with a constant default, nullable ones,
/// tables, indexes; and that its migration is made.
const LATER: &str = "ALTER TABLE pipelines ADD COLUMN later text;
    ALTER TABLE jobs ADD COLUMN later integer NOT NULL DEFAULT 0;
    ALTER TABLE tasks ADD COLUMN later uuid;
    ALTER TABLE leases ADD COLUMN later boolean NOT NULL DEFAULT false;
    ALTER TABLE events ADD COLUMN later text;
    ALTER TABLE attempts ADD COLUMN later text;
    CREATE TABLE laters (id uuid PRIMARY KEY);
    CREATE INDEX tasks_later ON tasks (later);
    INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9001, 'later', true, '', 0)";

const MARK: &str =
    "INSERT INTO compatible_migrations SELECT 9001, max(version) FROM _sqlx_migrations WHERE version < 9001";

#[test]
fn a_server_works_on_while_a_later_version_migrates_and_others_of_its_own_start_then() {
    let database = TestDatabase::create();
    let serve = || Windlass::serve_with(&["--database-url", &database.url()]);
    let before = serve();
    let pipeline = create(&before);
    run(&before, "first");

    // One lock at a time, as several migrations have.
    for statement in LATER.split(';') {
        database.sql(statement);
    }
    run(&before, "second");
    let message = serve_refused(&["--database-url", &database.url()]);
    assert!(message.contains("migration 9001 (later)"), "{message}");
    database.sql(MARK);
    let after = serve();
    eventually("both are registered", || database.sql("SELECT count(*) FROM servers") == "2");
    run(&after, "third");
    run(&before, "fourth");

    for server in [before, after] {
        let shown = ask(server.address(), "GET", &format!("/v1/pipelines/{pipeline}"), "");
        assert_eq!(shown.body["state"], "succeeded", "{}", shown.text);
        server.stop();
    }
    assert_eq!(database.violations(), "");
}

/// A pipeline of jobs one after the other, each with a type of its own.
fn create(server: &Windlass) -> String {
    let keys = ["first", "second", "third", "fourth"];
    let jobs = keys.iter().enumerate().map(|(number, key)| {
        let after: Vec<_> = number.checked_sub(1).map(|before| keys[before]).into_iter().collect();
        json!({"key": key, "type": key, "depends_on": after})
    });
    let body = json!({"name": "neighbours", "jobs": jobs.collect::<Vec<Value>>()});
    let made = ask(server.address(), "POST", "/v1/pipelines", &body.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["id"].as_str().unwrap().to_owned()
}

/// A worker at a server runs the one task of a type.
fn run(server: &Windlass, type_name: &str) {
    let dequeue = json!({"types": [type_name], "worker_id": "w", "wait_seconds": 20}).to_string();
    let leased = ask(server.address(), "POST", "/v1/tasks/dequeue", &dequeue);
    let task = &leased.body["tasks"][0];
    let path =
        format!("/v1/tasks/{}/complete", task["id"].as_str().unwrap_or_else(|| panic!("{}", leased.text)));
    let complete = json!({"lease_token": task["lease_token"]}).to_string();
    let completed = ask(server.address(), "POST", &path, &complete);
    assert_eq!(completed.body["state"], "succeeded", "{}", completed.text);
}
