//! Events, waiting, and what stands before the verb.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::answers::{self, ONE, TWO, event, found, page};
use super::{both, on_terminal, server, until_it_shows};
use crate::verbs::{said, windlass};

async fn with_events() -> MockServer {
    let server =
        server([("/v1/ids", page(&[found("pipeline", ONE, None), found("job", TWO, Some("hash"))]))]).await;
    let events =
        [event("e1", "pipeline", [Some(ONE), None, None]), event("e2", "job", [Some(ONE), Some(TWO), None])];
    Mock::given(method("GET"))
        .and(path("/v1/events"))
        .and(query_param("newest", "true"))
        .and(query_param_is_missing("cursor"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"items": events, "next_cursor": "e2"})))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn events_are_the_newest_with_names_and_keys() {
    let server = with_events().await;
    for shown in both(&server, &["events"]).await {
        assert_eq!((shown.code, shown.text().lines().count()), (Some(0), 3), "{}", shown.text());
        shown.assert_fits();
        shown.has("nightly ").has("nightly/hash").has("pending → running").has(" ago");
    }
    let asked = server.received_requests().await.unwrap();
    assert!(asked.iter().any(|request| request.url.query() == Some("limit=51&newest=true")), "{asked:?}");
    for shown in both(&server, &["events", "--limit", "1"]).await {
        shown.has("nightly/hash").has("these are the newest 1, and there are older ones");
    }
}

#[tokio::test]
async fn events_that_are_followed_begin_now_and_have_names() {
    let server = with_events().await;
    let message = format!("id: e3\ndata: {}\n\n", event("e3", "job", [Some(ONE), Some(TWO), None]));
    Mock::given(method("GET"))
        .and(path("/v1/events/stream"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(message, "text/event-stream"))
        .mount(&server)
        .await;
    for width in [80, 160] {
        let shown = until_it_shows(width, &server, &["events", "--follow"], "nightly/hash").await;
        shown.has("events from now on, as they happen; Ctrl-C ends this");
    }
    let asked = server.received_requests().await.unwrap();
    assert!(asked.iter().all(|request| request.url.path() != "/v1/events"), "{asked:?}");
}

#[tokio::test]
async fn silence_is_broken_by_a_line_that_says_for_whom_and_why() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/pipelines"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(page(&[])).set_delay(Duration::from_millis(6_500)),
        )
        .mount(&server)
        .await;
    let problem = json!({"type": "t", "title": "t", "status": 503, "code": "database_unavailable", "detail": "the database is away"});
    Mock::given(path("/readyz"))
        .respond_with(ResponseTemplate::new(503).set_body_json(problem))
        .mount(&server)
        .await;
    let piped = windlass(&server, &["pipeline", "list"], "");
    let (shown, piped) = tokio::join!(both(&server, &["pipeline", "list"]), piped);
    for shown in shown {
        shown.has(&format!("waiting for {} (", server.uri())).has(" s): the database is away");
        assert_eq!(shown.code, Some(0), "{}", shown.text());
    }
    let lines = said(&piped.stderr);
    assert!(lines.contains("the database is away") && lines.ends_with("no pipelines\n"), "{lines}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_that_says_what_to_do() {
    for width in [80, 160] {
        let shown = on_terminal(width, None, &["--server", "127.0.0.1:1", "pipeline", "list"]).await;
        assert_eq!(shown.code, Some(1), "{}", shown.text());
        shown.has("windlass serve").has("--server");
    }
}

#[tokio::test]
async fn the_server_is_said_before_or_behind_the_verb_and_without_a_scheme() {
    let server =
        server([("/v1/pipelines", page(&[answers::pipeline(ONE, "nightly", "running", &[])]))]).await;
    let address = server.address().to_string();
    for arguments in [
        &["--server", &address, "pipeline", "list"][..],
        &["pipeline", "--server", &address, "list"],
        &["pipeline", "list", "--server", &address],
        &["--server", "127.0.0.1:1", "pipeline", "list", "--server", &address],
    ] {
        for width in [80, 160] {
            let shown = on_terminal(width, None, arguments).await;
            assert_eq!(shown.code, Some(0), "{arguments:?}: {}", shown.text());
            shown.has("nightly");
        }
    }
    let shown = on_terminal(80, None, &["--server", &address, "openapi"]).await;
    assert_eq!(shown.code, Some(2), "{}", shown.text());
}
