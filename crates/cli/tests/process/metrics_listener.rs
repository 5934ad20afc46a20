//! The second listener, for metrics and health alone.

use std::io::{Read, Write};
use std::net::TcpStream;

use rustix::process::Signal;

use crate::http::{ask, ask_with};
use crate::running::{TestDirectory, Windlass, eventually, serve_refused};

/// A server with such a listener and more arguments, and where that is.
fn serve(directory: &TestDirectory, arguments: &[&str]) -> (Windlass, String) {
    let data = directory.data();
    let own =
        ["--data-dir", data.to_str().unwrap(), "--metrics-listen", "127.0.0.1:0", "--log-format", "json"];
    let windlass = Windlass::serve_with(&[&own, arguments].concat());
    let mut address = String::new();
    eventually("the log names the address", || {
        let said = windlass.said();
        let line =
            said.lines().find(|line| line.contains("for metrics and health alone")).unwrap_or_default();
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        line["address"].as_str().unwrap_or_default().clone_into(&mut address);
        !address.is_empty()
    });
    (windlass, address)
}

#[test]
fn the_listener_for_metrics_answers_them_and_health_alone() {
    let directory = TestDirectory::new();
    let (windlass, metrics) = serve(&directory, &[]);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(&metrics, "GET", path, "").body["status"], "ok");
    }
    let text = ask(&metrics, "GET", "/metrics", "");
    assert!(text.status == 200 && text.text.contains("windlass_client_connections "), "{}", text.text);
    for path in ["/", "/v1/jobs", "/v1", "/docs", "/docs/", "/openapi.json", "/metrics/", "/nothing"] {
        let answer = ask(&metrics, "GET", path, "");
        assert_eq!((answer.status, answer.body["code"].as_str()), (404, Some("route_not_found")), "{path}");
    }
    assert_eq!(ask(&metrics, "POST", "/v1/jobs", r#"{"type": "a"}"#).status, 404);
    assert_eq!(ask(&metrics, "POST", "/metrics", "").status, 404);
    assert_eq!(
        ask(windlass.address(), "GET", "/metrics", "").status,
        200,
        "the first one answers them as before"
    );
    windlass.stop();
}

#[test]
fn at_the_listener_for_metrics_neither_host_nor_origin_are_looked_at() {
    let directory = TestDirectory::new();
    let (windlass, metrics) = serve(&directory, &[]);
    let origin = "origin: https://evil.example\r\n";
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(ask_with(&metrics, "GET", path, origin, "").status, 200, "{path}");
    }
    assert_eq!(ask_with(windlass.address(), "GET", "/metrics", origin, "").status, 403);
    for (address, begins) in [(metrics.as_str(), "HTTP/1.1 200 "), (windlass.address(), "HTTP/1.1 403 ")] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(begins), "{answer}");
    }
    windlass.stop();
}

#[test]
fn the_listener_for_metrics_drains_with_the_other_and_has_places_of_its_own() {
    let directory = TestDirectory::new();
    let (mut windlass, metrics) =
        serve(&directory, &["--drain-seconds", "2", "--max-client-connections", "1"]);
    let busy = crate::http::Request::send(windlass.address(), "GET", "/v1/events/stream", "").begun();
    assert_eq!(ask(windlass.address(), "GET", "/metrics", "").status, 503, "there is one place");
    assert_eq!(ask(&metrics, "GET", "/metrics", "").status, 200);
    windlass.signal(Signal::TERM);
    eventually("it says that it drains", || ask(&metrics, "GET", "/readyz", "").status == 503);
    assert_eq!(ask(&metrics, "GET", "/metrics", "").status, 200);
    assert!(windlass.ended().success(), "{}", windlass.said());
    drop(busy);
}

#[test]
fn an_address_for_metrics_that_is_taken_ends_the_start() {
    let directory = TestDirectory::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said =
        serve_refused(&["--data-dir", directory.data().to_str().unwrap(), "--metrics-listen", &address]);
    assert!(said.contains("cannot listen") && said.contains(&address), "{said}");
}

#[test]
fn the_listener_for_metrics_needs_no_key_in_mode_keys() {
    let directory = TestDirectory::new();
    let (windlass, metrics) = serve(&directory, &["--auth", "keys"]);
    assert_eq!(ask(windlass.address(), "GET", "/metrics", "").status, 401);
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(ask(&metrics, "GET", path, "").status, 200, "{path}");
    }
    assert_eq!(ask(&metrics, "GET", "/v1/jobs", "").status, 404);
    windlass.stop();
}
