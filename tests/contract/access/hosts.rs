//! By which hosts a server that asks for no key may be reached.

use windlass_server::{Auth, Settings};
use windlass_tests::{Answer, RawConnection, TestApp};

/// The answer to a call of a path by this host.
async fn answer(app: &TestApp, path: &str, host: &str) -> Answer {
    let mut connection = RawConnection::open(app.address(0)).await;
    connection.send(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await;
    connection.answer().await
}

#[tokio::test]
async fn in_mode_open_a_host_is_a_loopback_name_or_the_own_address_or_listed_else_403() {
    let allowed_hosts = vec!["a.example".parse().unwrap(), "b.example".parse().unwrap()];
    let app = TestApp::start_with(Settings { allowed_hosts, ..Settings::default() }).await;
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1",
        "127.9.9.9:80",
        "[::1]",
        "[::1]:7070",
        "a.example",
        "A.Example:8080",
        "b.example",
    ] {
        answer(&app, "/v1/jobs", host).await.expect(200);
    }
    for host in [
        "evil.example",
        "evil.example:7070",
        "localhost.evil.example",
        "10.0.0.1",
        "0.0.0.0",
        "[fd00::1]",
        "a.example.evil",
    ] {
        for path in ["/v1/jobs", "/metrics", "/openapi.json", "/docs/", "/", "/nothing"] {
            let problem = answer(&app, path, host).await.problem(403, "forbidden");
            assert!(
                problem["detail"].as_str().is_some_and(|detail| detail.contains("--allowed-hosts")),
                "{problem}"
            );
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_host_in_the_line_of_the_request_is_looked_at_too() {
    let app = TestApp::start().await;
    let mut connection = RawConnection::open(app.address(0)).await;
    for (uri, host, status) in [
        ("http://localhost/v1/jobs", "localhost", 200),
        ("http://evil.example/v1/jobs", "localhost", 403),
        ("http://localhost/v1/jobs", "evil.example", 403),
    ] {
        connection.send(format!("GET {uri} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await;
        connection.answer().await.expect(status);
    }
    app.finish().await;
}

#[tokio::test]
async fn in_mode_open_a_request_of_http_1_0_without_a_host_is_403_but_for_probes_and_in_mode_keys_it_is_not()
{
    let ask = async |app: &TestApp, path: &str| {
        let mut connection = RawConnection::open(app.address(0)).await;
        connection.send(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await;
        connection.answer().await
    };
    let app = TestApp::start().await;
    for path in ["/v1/jobs", "/metrics", "/nothing"] {
        ask(&app, path).await.problem(403, "forbidden");
    }
    ask(&app, "/healthz").await.expect(200);
    ask(&app, "/readyz").await.expect(200);
    app.finish().await;
    let app = TestApp::start_with(Settings { auth: Auth::Keys, ..Settings::default() }).await;
    ask(&app, "/openapi.json").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn health_and_readiness_are_not_looked_at_nor_is_anything_in_mode_keys() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        answer(&app, path, "evil.example").await.expect(200);
    }
    app.finish().await;
    let app = TestApp::start_with(Settings { auth: Auth::Keys, ..Settings::default() }).await;
    answer(&app, "/openapi.json", "evil.example").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_host_that_is_not_welcome_is_refused_before_anything_else_is_looked_at_and_nothing_is_done() {
    let app = TestApp::start().await;
    let mut connection = RawConnection::open(app.address(0)).await;
    let body = r#"{"type": "a"}"#;
    for (method, path, body) in
        [("POST", "/v1/jobs", body), ("BREW", "/v1/jobs", ""), ("POST", "/v1/jobs", "nonsense")]
    {
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/json\r\n");
        connection.send(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
        connection.answer().await.problem(403, "forbidden");
    }
    assert!(app.walk("/v1/jobs").await.is_empty());
    app.finish().await;
}
