//! What people wrote: all that is wrong at once, with line and column, and values that the command line changes.

use std::path::Path;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::answers::{self, ONE};
use super::both;

fn written(directory: &Path, name: &str, text: &str) -> String {
    let file = directory.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

async fn creating() -> MockServer {
    let server = MockServer::start().await;
    for (at, body) in [
        ("/v1/pipelines", answers::pipeline(ONE, "n", "pending", &[])),
        ("/v1/jobs", answers::job(ONE, "t", "queued", [0, 1, 0, 0])),
    ] {
        let created = ResponseTemplate::new(201).set_body_json(body);
        Mock::given(method("POST")).and(path(at)).respond_with(created).mount(&server).await;
    }
    server
}

/// The bodies that were sent, each once for each width.
async fn sent(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[tokio::test]
async fn all_faults_of_a_file_are_told_with_line_and_column_and_nothing_is_sent() {
    let (directory, server) = (tempfile::tempdir().unwrap(), creating().await);
    for (name, text, places) in [
        (
            "p.json",
            "{\n  \"nam\": \"n\",\n  \"jobs\": [{\"key\": \"a b\", \"type\": \"t\"}]\n}",
            ["line 2, column 3: /nam", "line 3, column 13: /jobs/0/key"],
        ),
        (
            "p.toml",
            "nam = 'n'\n[[jobs]]\nkey = 'a b'\ntype = 't'\n",
            ["line 1, column 1: /nam", "line 3, column 1: /jobs/0/key"],
        ),
        (
            "p.yaml",
            "nam: n\njobs:\n  - key: a b\n    type: t\n",
            ["line 1, column 1: /nam", "line 3, column 5: /jobs/0/key"],
        ),
    ] {
        let file = written(directory.path(), name, text);
        for shown in both(&server, &["pipeline", "submit", &file]).await {
            assert_eq!(shown.code, Some(1), "{}", shown.text());
            let joined = shown.text();
            shown.has("3 faults").has(places[0]).has(places[1]);
            assert!(joined.contains("/name"), "{joined}");
        }
    }
    let file = written(directory.path(), "job.yml", "type: t\npriority: urgent\nlease_second: 1\n");
    for shown in both(&server, &["job", "submit", &file]).await {
        shown.has("2 faults").has("line 2, column 1: /priority").has("line 3, column 1: /lease_second");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_only_the_server_knows_is_told_with_its_place_as_well() {
    let (directory, server) = (tempfile::tempdir().unwrap(), MockServer::start().await);
    let problem = json!({"type": "t", "title": "t", "status": 422, "code": "validation_failed", "detail": "1 value is wrong",
                         "errors": [{"pointer": "/deadline_at", "detail": "must be ahead"}]});
    Mock::given(path("/v1/pipelines"))
        .respond_with(ResponseTemplate::new(422).set_body_json(problem))
        .mount(&server)
        .await;
    let file = written(
        directory.path(),
        "p.toml",
        "name = 'n'\ndeadline_at = 2020-01-01T00:00:00Z\n[[jobs]]\nkey = 'a'\ntype = 't'\n",
    );
    for shown in both(&server, &["pipeline", "submit", &file]).await {
        shown.has("line 2, column 1: /deadline_at must be ahead");
    }
}

#[tokio::test]
async fn a_job_is_submitted_from_a_type_or_from_a_file() {
    let (directory, server) = (tempfile::tempdir().unwrap(), creating().await);
    let json = written(directory.path(), "job.json", "{\"type\": \"resize\", \"payload\": 1}");
    let toml = written(directory.path(), "job.toml", "type = 'resize'\npayload = 1\n");
    let yaml = written(directory.path(), "job.yaml", "type: resize\npayload: 1\n");
    for what in [&["resize", "--payload", "1"][..], &[&json], &[&toml], &[&yaml]] {
        for shown in both(&server, &[&["job", "submit"], what].concat()).await {
            assert_eq!((shown.text().trim(), shown.code), (ONE, Some(0)));
        }
    }
    let sent = sent(&server).await;
    assert_eq!(sent.len(), 8);
    assert!(sent.iter().all(|body| *body == json!({"type": "resize", "payload": 1})), "{sent:?}");
    for shown in both(&server, &["job", "submit", &json, "--priority", "high"]).await {
        assert_eq!(shown.code, Some(2), "{}", shown.text());
        shown.has("--set");
    }
}

#[tokio::test]
async fn a_value_of_a_file_is_changed_by_the_command_line() {
    let (directory, server) = (tempfile::tempdir().unwrap(), creating().await);
    let file = written(
        directory.path(),
        "p.yaml",
        "name: n\njobs:\n  - {key: scan, type: scan, payload: {path: /a}}\n",
    );
    let arguments =
        ["pipeline", "submit", &file, "--set", "priority=high", "--set", "jobs.scan.payload.path=/b"];
    for shown in both(&server, &arguments).await {
        assert_eq!(shown.code, Some(0), "{}", shown.text());
    }
    for body in sent(&server).await {
        assert_eq!((&body["priority"], &body["jobs"][0]["payload"]["path"]), (&json!("high"), &json!("/b")));
    }
    for shown in both(&server, &["pipeline", "submit", &file, "--set", "priority=urgent"]).await {
        shown.has("--set: /priority");
    }
    for shown in both(&server, &["pipeline", "submit", &file, "--set", "jobs.hash.type=t"]).await {
        shown.has("the list has nothing with the key or the number hash");
    }
}
