//! A database behind pgbouncer in transaction mode.

use std::collections::HashSet;
use std::thread;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::http::ask;
use crate::pgbouncer::{Pooled, Psql, SESSIONS};
use crate::running::{Windlass, eventually, refused, serve_refused};

const TASKS: usize = 60;

#[test]
fn two_servers_behind_a_pooler_run_a_pipeline_to_its_end_whatever_is_killed() {
    let mut pooled = Pooled::start();
    migrate(&pooled);
    let mut servers = [serve(&pooled), serve(&pooled)];
    let pipeline = create(&servers[0]);
    work(&servers, TASKS / 3);
    servers[0].signal(Signal::KILL);
    servers[0].ended();
    servers[0] = serve(&pooled);
    work(&servers, TASKS / 3);
    // As a restore does: it ends the sessions of Postgres, and no connection to the pooler.
    pooled.database.sql("UPDATE event_histories SET incarnation = 'what was backed up'");
    pooled.database.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    work(&servers, TASKS / 3);
    pooled.restart();
    eventually("the pipeline succeeds", || {
        work(&servers, 1);
        let shown = ask(servers[1].address(), "GET", &format!("/v1/pipelines/{pipeline}"), "");
        shown.body["state"] == "succeeded"
    });
    assert_eq!(pooled.database.sql("SELECT count(*) FROM event_histories"), "2", "the restore was noticed");
    assert_eq!(pooled.database.violations(), "");
    assert_events(&servers[0], &pipeline);
    servers.into_iter().for_each(Windlass::stop);
}

#[test]
fn no_setting_and_no_prepared_statement_is_left_to_other_clients_of_a_pooler() {
    let pooled = Pooled::start();
    migrate(&pooled);
    let servers = [serve(&pooled), serve(&pooled)];
    create(&servers[0]);
    work(&servers, TASKS / 3);
    servers.into_iter().for_each(Windlass::stop);
    // A transaction each, so that each has a session of Postgres of its own.
    let mut clients: Vec<Psql> = (0..SESSIONS).map(|_| pooled.psql()).collect();
    let sessions: HashSet<String> =
        clients.iter_mut().map(|client| client.ask("BEGIN; SELECT pg_backend_pid()")).collect();
    assert_eq!(sessions.len(), SESSIONS);
    for client in &mut clients {
        let named = "SELECT count(*) FROM pg_prepared_statements";
        assert_eq!(
            client.ask(named),
            "0",
            "{}",
            client.ask("SELECT min(statement) FROM pg_prepared_statements")
        );
        let set = "SELECT count(*) || ' ' || coalesce(min(name), '') FROM pg_settings
                   WHERE source = 'session' AND name NOT LIKE 'windlass.%'
                     AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone')";
        assert_eq!(client.ask(&set.replace('\n', " ")), "0");
    }
}

#[test]
fn a_pooler_in_transaction_mode_that_was_not_said_ends_the_start_with_what_to_do() {
    let pooled = Pooled::start();
    migrate(&pooled);
    let message = serve_refused(&["--database-url", &pooled.url()]);
    assert!(message.contains("--database-pooler transaction"), "{message}");
    let (code, message) = refused(&["migrate", "--database-url", &pooled.url()]);
    assert!(code == 1 && message.contains("Postgres itself"), "{message}");
}

#[test]
fn a_key_that_is_to_be_made_behind_a_pooler_is_told_where_it_can_be() {
    let pooled = Pooled::start();
    let order = ["key", "create", "--name", "ops", "--scope", "admin", "--database-url", &pooled.url()];
    let (code, message) = refused(&order);
    assert!(
        code == 1 && message.contains("make the key by a URL that leads to Postgres itself"),
        "{message}"
    );
    assert!(!message.contains("migrate") && !message.contains("serve with"), "{message}");
}

#[test]
fn a_start_behind_a_pooler_leaves_the_schema_as_it_is() {
    let pooled = Pooled::start();
    let message = serve_refused(&["--database-url", &pooled.url(), "--database-pooler", "transaction"]);
    assert!(message.contains("windlass migrate"), "{message}");
    assert_eq!(
        pooled.database.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
        "0"
    );
}

#[test]
fn two_installations_behind_one_pooler_know_nothing_of_each_other() {
    let pooled = Pooled::start();
    let [one, other] = ["one", "other"].map(|schema| {
        let begun = ["migrate", "--database-url", &pooled.database.url(), "--database-schema", schema];
        let mut migration = Windlass::begin(&begun);
        assert!(migration.ended().success(), "{}", migration.said());
        let url = pooled.url();
        let serve = ["--database-url", &url, "--database-pooler", "transaction", "--database-schema", schema];
        Windlass::serve_with(&serve)
    });
    // They share the sessions of Postgres, call by call.
    for round in 0..20 {
        for (server, of) in [(&one, "one"), (&other, "other")] {
            let job = json!({"type": of}).to_string();
            assert_eq!(ask(server.address(), "POST", "/v1/jobs", &job).status, 201, "{round}");
        }
    }
    for (server, of) in [(&one, "one"), (&other, "other")] {
        let queues = ask(server.address(), "GET", "/v1/queues", "").body;
        let types: Vec<&str> =
            queues["items"].as_array().unwrap().iter().map(|queue| queue["type"].as_str().unwrap()).collect();
        assert_eq!(types, [of]);
        let jobs = ask(server.address(), "GET", "/v1/jobs?limit=500", "").body;
        assert_eq!(jobs["items"].as_array().unwrap().len(), 20);
    }
    one.stop();
    other.stop();
}

/// Beside the pooler.
fn migrate(pooled: &Pooled) {
    let mut migration = Windlass::begin(&["migrate", "--database-url", &pooled.database.url()]);
    let status = migration.ended();
    assert!(status.success(), "{}", migration.said());
}

fn serve(pooled: &Pooled) -> Windlass {
    Windlass::serve_with(&["--database-url", &pooled.url(), "--database-pooler", "transaction"])
}

/// A pipeline of two jobs, one after the other.
fn create(server: &Windlass) -> String {
    let tasks: Vec<Value> = (0..TASKS / 2).map(|number| json!({"payload": {"número": number}})).collect();
    let job = |key: &str, after: &[&str]| {
        json!({"key": key, "type": "pooled", "tasks": tasks, "depends_on": after, "lease_seconds": 2,
               "retry": {"max_attempts": 20, "initial_delay_seconds": 0}})
    };
    let body = json!({"name": "pooled", "jobs": [job("first", &[]), job("then", &["first"])]});
    let made = ask(server.address(), "POST", "/v1/pipelines", &body.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["id"].as_str().unwrap().to_owned()
}

/// Has workers at all servers lease so many tasks in batches and report on them, one in five as failed. What is answered 503 meanwhile is tried again.
fn work(servers: &[Windlass; 2], tasks: usize) {
    thread::scope(|scope| {
        for server in servers {
            scope.spawn(move || {
                for _ in 0..tasks.div_ceil(2 * 5) {
                    let leased = patiently(
                        server,
                        "/v1/tasks/dequeue",
                        &json!({
                            "types": ["pooled"], "worker_id": "w", "max_tasks": 5, "wait_seconds": 1
                        }),
                    );
                    report(server, leased["tasks"].as_array().unwrap());
                }
            });
        }
    });
}

fn report(server: &Windlass, leased: &[Value]) {
    let error = json!({"category": "transient_error", "message": "again"});
    let (failed, completed): (Vec<_>, Vec<_>) = leased
        .iter()
        .partition(|task| task["attempt"] == 1 && task["payload"]["número"].as_u64().unwrap() % 5 == 0);
    for (verb, tasks, more) in [("fail", failed, json!({"error": error})), ("complete", completed, json!({}))]
    {
        let items = tasks.into_iter().map(|task| {
            let mut item = more.clone();
            item["id"] = task["id"].clone();
            item["lease_token"] = task["lease_token"].clone();
            item
        });
        let items: Vec<Value> = items.collect();
        if !items.is_empty() {
            patiently(server, &format!("/v1/tasks/{verb}"), &json!({"tasks": items}));
        }
    }
}

/// The answer of a call that is not 503.
fn patiently(server: &Windlass, path: &str, body: &Value) -> Value {
    let mut answered = Value::Null;
    eventually("the database is there", || {
        let answer = ask(server.address(), "POST", path, &body.to_string());
        assert!([200, 503].contains(&answer.status), "{path}: {}\n{}", answer.text, server.said());
        answered = answer.body;
        answer.status == 200
    });
    answered
}

/// All that has happened, and once: each task succeeded by one event.
fn assert_events(server: &Windlass, pipeline: &str) {
    let mut cursor = String::new();
    let mut succeeded = 0;
    loop {
        let path = format!("/v1/events?pipeline_id={pipeline}&limit=100{cursor}");
        let page = ask(server.address(), "GET", &path, "").body;
        let events = page["events"].as_array().or(page["items"].as_array()).unwrap();
        if events.is_empty() {
            break;
        }
        succeeded +=
            events.iter().filter(|event| event["entity"] == "task" && event["to"] == "succeeded").count();
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
    }
    assert_eq!(succeeded, TASKS);
}
