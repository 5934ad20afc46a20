//! The surface for Jobnik's clients at the built binary: its settings, and that the command line sees and controls what is made there.

use serde_json::Value;

use crate::http::{Answer, ask};
use crate::running::{TestDirectory, Windlass, eventually, refused, windlass};
use crate::test_database::TestDatabase;

fn expect(answer: &Answer, status: u16) -> &Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    &answer.body
}

fn serve(directory: &TestDirectory, arguments: &[&str]) -> Windlass {
    let data = directory.data();
    Windlass::serve_with(&[&["--data-dir", data.to_str().unwrap()], arguments].concat())
}

/// A job of one stage with a task of the type `résize it`, and its path.
fn make(address: &str) -> (String, String) {
    let job = ask(address, "POST", "/jobnik/v1/jobs", r#"{"name": "tiles", "data": {}}"#);
    let id = expect(&job, 201)["id"].as_str().unwrap().to_owned();
    let path = format!("/jobnik/v1/jobs/{id}");
    let stage = ask(address, "POST", &format!("{path}/stage"), r#"{"type": "résize it", "data": {}}"#);
    let stage = expect(&stage, 201)["id"].as_str().unwrap().to_owned();
    expect(&ask(address, "POST", &format!("/jobnik/v1/stages/{stage}/tasks"), r#"[{"data": {}}]"#), 201);
    (id, path)
}

#[test]
fn the_command_line_sees_and_controls_what_jobniks_clients_make() {
    let directory = TestDirectory::new();
    let server = serve(&directory, &["--jobnik-lease-seconds", "10"]);
    let address = server.address();
    let (id, path) = make(address);
    let run = |arguments: &[&str]| {
        let url = format!("http://{address}");
        let output = windlass(&[arguments, &["--server", &url]].concat());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    };
    let status = || expect(&ask(address, "GET", &path, ""), 200)["status"].clone();
    let shown = run(&["pipeline", "get", &id]);
    assert!(shown.contains("tiles") && shown.contains("résize it"), "{shown}");
    run(&["pipeline", "pause", &id]);
    assert_eq!(status(), "PAUSED");
    run(&["pipeline", "resume", &id]);
    let task = ask(address, "PATCH", "/jobnik/v1/stages/r%C3%A9size%20it/tasks/dequeue", "");
    let task = expect(&task, 200)["id"].as_str().unwrap().to_owned();
    assert!(run(&["task", "get", &task]).contains("résize it"));
    run(&["pipeline", "cancel", &id, "--yes"]);
    assert_eq!(status(), "ABORTED");
    server.stop();
}

#[test]
fn it_is_not_there_where_it_is_turned_off() {
    let directory = TestDirectory::new();
    let server = serve(&directory, &["--jobnik", "false"]);
    for path in ["/jobnik/liveness", "/jobnik/v1/jobs", "/jobnik/docs/api.json"] {
        expect(&ask(server.address(), "GET", path, ""), 404);
    }
    server.stop();
}

#[test]
fn settings_past_their_bounds_are_refused_by_name() {
    for [flag, value] in [
        ["--jobnik-lease-seconds", "9"],
        ["--jobnik-lease-seconds", "86401"],
        ["--jobnik-anonymous", "admin"],
        ["--jobnik", "maybe"],
    ] {
        let (code, said) = refused(&["serve", flag, value]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(flag), "{said}");
    }
}

#[test]
fn the_log_says_why_it_is_closed_and_when_it_is_open_again() {
    let database = TestDatabase::create();
    let server = Windlass::serve_with(&["--database-url", &database.url()]);
    database.sql(
        "INSERT INTO servers (id, version, seen_at) VALUES (gen_random_uuid(), '0.0.1', windlass_now())",
    );
    eventually("it closes", || server.said().contains("the surface for Jobnik's clients is closed"));
    assert!(server.said().contains("0.0.1"), "{}", server.said());
    expect(&ask(server.address(), "GET", "/jobnik/v1/jobs", ""), 503);
    expect(&ask(server.address(), "GET", "/jobnik/liveness", ""), 200);
    database.sql("DELETE FROM servers WHERE version = '0.0.1'");
    eventually("it opens", || server.said().contains("the surface for Jobnik's clients is open again"));
    expect(&ask(server.address(), "GET", "/jobnik/v1/jobs", ""), 200);
    server.stop();
}
