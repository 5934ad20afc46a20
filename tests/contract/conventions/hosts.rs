//! Which host a request is for, and what becomes of one that does not say so in one way.

use reqwest::{Client, Version};
use windlass_tests::{Answer, RawConnection, TestApp};

/// The answer to a head that is sent as it is written.
async fn answer(app: &TestApp, head: &str) -> Answer {
    let mut connection = RawConnection::open(app.address(0)).await;
    connection.send(head.as_bytes()).await;
    connection.answer().await
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_is_malformed() {
    let app = TestApp::start().await;
    for hosts in ["", "host: a\r\nhost: a\r\n", "host: a\r\nHost: b\r\n"] {
        for path in ["/v1/pipelines", "/healthz", "/docs/", "/nothing"] {
            let problem = answer(&app, &format!("GET {path} HTTP/1.1\r\n{hosts}\r\n")).await;
            let problem = problem.problem(400, "malformed_request");
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("host")), "{problem}");
        }
        let post = format!("POST /v1/jobs HTTP/1.1\r\n{hosts}content-type: application/json\r\n");
        let post = format!("{post}content-length: 12\r\n\r\n{{\"type\":\"a\"}}");
        answer(&app, &post).await.problem(400, "malformed_request");
    }
    assert!(app.walk("/v1/jobs").await.is_empty(), "a refused request changes nothing");
    app.finish().await;
}

#[tokio::test]
async fn a_host_that_cannot_be_one_is_malformed() {
    let app = TestApp::start().await;
    for host in ["", "a b", "me@a", "a/b", "a:b", "a:1:2", "::1", "[::1", "a,b@c", "é", "%zz"] {
        let head = format!("GET /v1/pipelines HTTP/1.1\r\nhost: {host}\r\n\r\n");
        answer(&app, &head).await.problem(400, "malformed_request");
    }
    for host in ["localhost", "127.0.0.1:7070", "[::1]:7070", "[::1]", "my_service.example.:80", "a:"] {
        answer(&app, &format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n")).await.expect(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn http_1_0_may_leave_the_host_out() {
    let app = TestApp::start().await;
    answer(&app, "GET /healthz HTTP/1.0\r\n\r\n").await.expect(200);
    answer(&app, "GET /healthz HTTP/1.0\r\nhost: a\r\n\r\n").await.expect(200);
    answer(&app, "GET /healthz HTTP/1.0\r\nhost: a\r\nhost: a\r\n\r\n")
        .await
        .problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn a_connection_goes_on_behind_a_request_without_a_host() {
    let app = TestApp::start().await;
    let mut connection = RawConnection::open(app.address(0)).await;
    connection.send(b"GET /healthz HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    connection.answer().await.problem(400, "malformed_request");
    connection.answer().await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn http_2_says_its_host_by_its_authority() {
    let app = TestApp::start().await;
    let client = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let request = || client.get(format!("http://{}/v1/pipelines", app.address(0)));
    let response = request().send().await.unwrap();
    assert_eq!((response.version(), response.status().as_u16()), (Version::HTTP_2, 200));
    app.send(request().header("host", app.address(0).to_string())).await.expect(200);
    app.send(request().header("host", "elsewhere")).await.problem(400, "malformed_request");
    app.finish().await;
}
