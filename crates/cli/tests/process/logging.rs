//! The log of the built binary: what is in a line, and what never is.

use serde_json::Value;

use crate::http::{self, Answer};
use crate::running::{TestDirectory, Windlass};

/// In every value that a client sends, and in the key of each call; no line may show it.
const SECRET: &str = "tell-nobody";

/// A server that says all it can say, and what it has said when it has stopped.
fn log_of(format: &[&str], calls: impl FnOnce(&str)) -> String {
    let all = ["--log", "info,windlass_server=trace,windlass_store=trace"];
    log_at(&TestDirectory::new(), &[&all, format].concat(), calls)
}

/// What a server has said when it has stopped.
fn log_at(directory: &TestDirectory, arguments: &[&str], calls: impl FnOnce(&str)) -> String {
    let data = directory.data();
    let mut windlass = Windlass::serve_with(&[&["--data-dir", data.to_str().unwrap()], arguments].concat());
    calls(windlass.address());
    windlass.signal(rustix::process::Signal::TERM);
    windlass.ended();
    windlass.said()
}

/// The lines of a log in JSON.
fn read(said: &str) -> Vec<Value> {
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    said.lines().map(read).collect()
}

/// A call with a key.
fn ask_with(address: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let headers = format!("{headers}authorization: Bearer wl_{SECRET:_<43}\r\n");
    http::ask_with(address, method, path, &headers, body)
}

fn ask(address: &str, method: &str, path: &str, body: &str) -> Answer {
    ask_with(address, method, path, "", body)
}

fn expect(answer: &Answer, status: u16) -> &Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    &answer.body
}

/// A producer's and a worker's calls, with secrets wherever a client can put some.
fn calls(address: &str) {
    let pipeline = format!(
        r#"{{"name": "n", "correlation_id": "order-42", "metadata": {{"a": "{SECRET}"}},
             "jobs": [{{"key": "a", "type": "a", "payload": "{SECRET}"}}]}}"#
    );
    let made = ask_with(address, "POST", "/v1/pipelines", "x-request-id: call-1\r\n", &pipeline);
    let path = format!("/v1/pipelines/{}", expect(&made, 201)["id"].as_str().unwrap());
    expect(&ask_with(address, "GET", &path, "x-request-id: call-2\r\n", ""), 200);
    let body = r#"{"types": ["a"], "worker_id": "w"}"#;
    let leased = ask_with(address, "POST", "/v1/tasks/dequeue", "x-request-id: call-3\r\n", body);
    let task = &expect(&leased, 200)["tasks"][0];
    let token = task["lease_token"].as_str().unwrap();
    let fail = format!("/v1/tasks/{}/fail", task["id"].as_str().unwrap());
    let report = format!(
        r#"{{"lease_token": "{token}", "error": {{"category": "unknown", "message": "{SECRET}", "detail": "{SECRET}"}}}}"#
    );
    let named = "x-request-id: call-4\r\nx-correlation-id: order-42\r\n";
    expect(&ask_with(address, "POST", &fail, named, &report), 200);
    expect(&ask_with(address, "POST", &fail, "x-request-id: call-5\r\n", &report), 200);
    let wrong = format!(r#"{{"name": 1, "{SECRET}": "{SECRET}"}}"#);
    expect(&ask_with(address, "POST", "/v1/pipelines", "x-request-id: call-6\r\n", &wrong), 422);
    expect(&ask(address, "GET", &format!("/v1/pipelines?{SECRET}={SECRET}"), ""), 400);
    expect(&ask(address, "GET", &format!("/{SECRET}"), ""), 404);
}

#[test]
fn without_a_terminal_lines_are_json_and_each_of_a_request_has_both_its_ids() {
    let said = log_of(&[], calls);
    assert!(!said.contains(SECRET), "{said}");
    let lines = read(&said);
    let of_requests: Vec<&Value> = lines.iter().filter(|line| line["span"]["name"] == "request").collect();
    for line in &of_requests {
        for id in ["request_id", "correlation_id"] {
            assert!(line["span"][id].as_str().is_some_and(|id| !id.is_empty()), "{line}");
        }
    }
    let logged = |request: &str| {
        let answered = of_requests.iter().filter(|line| line["message"] == "answered");
        let line = answered.into_iter().find(|line| line["span"]["request_id"] == request);
        let line = line.unwrap_or_else(|| panic!("no line for {request}: {said}"));
        format!("{} {} {}", line["span"]["correlation_id"], line["method"], line["status"])
    };
    assert_eq!(logged("call-1"), r#""order-42" "POST" 201"#);
    assert_eq!(logged("call-2"), r#""order-42" "GET" 200"#, "a pipeline's own");
    assert_eq!(logged("call-3"), r#""order-42" "POST" 200"#, "the leased task's");
    assert_eq!(logged("call-4"), r#""order-42" "POST" 200"#, "the worker's word for it");
    assert_eq!(logged("call-5"), r#""call-5" "POST" 200"#, "the request's own, where nobody says one");
    assert_eq!(logged("call-6"), r#""call-6" "POST" 422"#);
}

#[test]
fn for_people_lines_are_text_with_the_same_ids() {
    let said = log_of(&["--log-format", "text"], calls);
    assert!(!said.contains(SECRET), "{said}");
    let answered = said.lines().find(|line| line.contains("call-1")).unwrap_or_else(|| panic!("{said}"));
    for part in ["INFO", r#"request_id="call-1" correlation_id="order-42""#, "answered", "status=201"] {
        assert!(answered.contains(part), "{part} is not in {answered}");
    }
}

#[test]
fn numbers_are_numbers_in_json() {
    let lines = read(&log_of(&[], calls));
    let answered: Vec<&Value> = lines.iter().filter(|line| line["message"] == "answered").collect();
    assert!(!answered.is_empty());
    for line in answered {
        assert!(line["status"].is_u64() && line["took_us"].is_u64(), "{line}");
    }
    // No field of another line is a number in quotes.
    for line in lines {
        let own = line.as_object().unwrap().iter();
        let mut texts = own.filter_map(|(field, value)| Some((field, value.as_str()?)));
        assert!(texts.all(|(_, text)| text.parse::<f64>().is_err()), "{line}");
    }
}

#[test]
fn what_a_client_sends_does_not_command_a_terminal() {
    let acts = "\u{1b}[31m\u{7}\u{7f}\u{85}\u{9b}2J\u{2028}\u{2029}";
    let body = serde_json::json!({"name": "n", "correlation_id": acts, "jobs": [{"key": "a", "type": "a"}]})
        .to_string();
    for format in ["text", "json"] {
        let said = log_of(&["--log-format", format], |address| {
            expect(&ask_with(address, "POST", "/v1/pipelines", "x-request-id: call-1\r\n", &body), 201);
        });
        let line = said.lines().find(|line| line.contains("call-1")).unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains("[31m"), "{line}");
        let acts = |c: char| c.is_control() || "\u{2028}\u{2029}".contains(c);
        assert!(!line.contains(acts), "{format}: {line:?}");
    }
}

#[test]
fn by_default_worker_calls_that_go_well_have_no_line_and_all_others_have_one() {
    let lines = read(&log_at(&TestDirectory::new(), &[], calls));
    let answered = lines.iter().filter(|line| line["message"] == "answered");
    let logged: Vec<String> =
        answered.map(|line| format!("{} {}", line["route"].as_str().unwrap(), line["status"])).collect();
    // Neither the dequeue nor the failed attempt, nor its repeat.
    let expected = [
        "/v1/pipelines 201",
        "/v1/pipelines/{id} 200",
        "/v1/pipelines 422",
        "/v1/pipelines 400",
        "unmatched 404",
    ];
    assert_eq!(logged, expected);
}

#[test]
fn a_worker_call_that_is_refused_has_its_line() {
    let lines = read(&log_at(&TestDirectory::new(), &[], |address| {
        expect(&ask(address, "POST", "/v1/tasks/dequeue", r#"{"types": []}"#), 422);
    }));
    let logged = |line: &Value| {
        line["route"] == "/v1/tasks/dequeue" && line["status"] == 422 && line["level"] == "INFO"
    };
    assert!(lines.iter().any(logged), "{lines:?}");
}

#[test]
fn a_start_and_a_stop_are_logged_in_our_own_lines_only() {
    let directory = TestDirectory::new();
    for start in ["first", "second"] {
        let lines = read(&log_at(&directory, &[], |_| {}));
        let foreign = |line: &&Value| !line["target"].as_str().unwrap().starts_with("windlass");
        assert_eq!(lines.iter().find(foreign), None, "the {start} start");
        assert!(lines.iter().any(|line| line["message"] == "drained"), "{lines:?}");
    }
}

#[test]
fn lines_of_calls_have_their_caller_and_never_its_key() {
    let (directory, file) = (TestDirectory::new(), tempfile::NamedTempFile::new().unwrap());
    let admin = "b".repeat(40);
    std::fs::write(file.path(), &admin).unwrap();
    let arguments = ["--auth", "keys", "--bootstrap-key-file", file.path().to_str().unwrap()];
    let (mut text, mut id) = (String::new(), Value::Null);
    let said = log_at(&directory, &[&arguments[..], &["--log", "trace"]].concat(), |address| {
        let new = r#"{"name": "day-shift", "scopes": ["read"]}"#;
        let made = http::ask_by(address, "POST", "/v1/keys", new, &admin);
        expect(&made, 201)["key"].as_str().unwrap().clone_into(&mut text);
        id = made.body["id"].clone();
        for status in [200, 403] {
            let (method, path) = if status == 200 { ("GET", "/v1/queues") } else { ("POST", "/v1/jobs") };
            expect(&http::ask_by(address, method, path, "", &text), status);
        }
        expect(&http::ask(address, "GET", "/v1/queues", ""), 401);
    });
    assert!(!said.contains(&text) && !said.contains(&admin), "a key is in the log");
    let lines = read(&said);
    let callers = |route: &str, status: u16| -> Vec<(Value, Value)> {
        let answered = lines.iter().filter(|line| line["message"] == "answered");
        let of = answered.filter(|line| line["route"] == route && line["status"] == status);
        of.map(|line| (line["span"]["key"].clone(), line["span"]["key_id"].clone())).collect()
    };
    assert_eq!(callers("/v1/keys", 201), [("bootstrap".into(), Value::Null)]);
    for (route, status) in [("/v1/queues", 200), ("/v1/jobs", 403)] {
        assert_eq!(callers(route, status), [("day-shift".into(), id.clone())], "{route}");
    }
    assert_eq!(callers("/v1/queues", 401), [(Value::Null, Value::Null)]);
}
