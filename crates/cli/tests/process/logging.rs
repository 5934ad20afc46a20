//! The log of the built binary: what stands in a line, and what never does.

use serde_json::Value;

use crate::http::{Answer, ask, ask_with};
use crate::running::{Place, Windlass};

/// In every value that a client sends; no line may show it.
const SECRET: &str = "tell-nobody";

/// A server that says all it can say, and what it has said when it has stopped.
fn log_of(format: &[&str], calls: impl FnOnce(&str)) -> String {
    let place = Place::new();
    let data = place.data();
    let all =
        ["--data-dir", data.to_str().unwrap(), "--log", "info,windlass_server=trace,windlass_store=trace"];
    let mut windlass = Windlass::serve_with(&[&all, format].concat());
    calls(windlass.address());
    windlass.signal(rustix::process::Signal::TERM);
    windlass.ended();
    windlass.said()
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
    let wish = r#"{"types": ["a"], "worker_id": "w"}"#;
    let leased = ask_with(address, "POST", "/v1/tasks/dequeue", "x-request-id: call-3\r\n", wish);
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
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let of_requests: Vec<&Value> = lines.iter().filter(|line| line["span"]["name"] == "request").collect();
    for line in &of_requests {
        for id in ["request_id", "correlation_id"] {
            assert!(line["span"][id].as_str().is_some_and(|id| !id.is_empty()), "{line}");
        }
    }
    let told = |request: &str| {
        let answered = of_requests.iter().filter(|line| line["message"] == "answered");
        let line = answered.into_iter().find(|line| line["span"]["request_id"] == request);
        let line = line.unwrap_or_else(|| panic!("no line for {request}: {said}"));
        format!("{} {} {}", line["span"]["correlation_id"], line["method"], line["status"])
    };
    assert_eq!(told("call-1"), r#""order-42" "POST" 201"#);
    assert_eq!(told("call-2"), r#""order-42" "GET" 200"#, "a pipeline's own");
    assert_eq!(told("call-3"), r#""order-42" "POST" 200"#, "the leased task's");
    assert_eq!(told("call-4"), r#""order-42" "POST" 200"#, "the worker's word for it");
    assert_eq!(told("call-5"), r#""call-5" "POST" 200"#, "the request's own, where nobody says one");
    assert_eq!(told("call-6"), r#""call-6" "POST" 422"#);
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
