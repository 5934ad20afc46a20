//! `windlass template` and `windlass schema`, and files that are no JSON.

use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::verbs::{ID, pipeline, said, windlass};

const YAML: &str = "parameters:\n  properties:\n    a: {type: string}\npipeline:\n  name: '{{ a }}'\n  jobs:\n    - {key: k, type: t}\n";

fn template(version: u32) -> Value {
    json!({"name": "align", "version": version, "description": "aligns", "parameters": {}, "pipeline": {"name": "n", "jobs": []},
        "created_at": "2026-11-22T20:00:00Z", "created_by": null})
}

/// A server that answers a call of this path and body.
async fn server(verb: &str, at: &str, body: Option<Value>, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let mut mock = Mock::given(method(verb)).and(path(at));
    if let Some(body) = body {
        mock = mock.and(body_json(body));
    }
    mock.respond_with(answer).expect(1).mount(&server).await;
    server
}

fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn written(directory: &tempfile::TempDir, name: &str, text: &str) -> String {
    let file = directory.path().join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_template_is_put_from_a_yaml_file_under_the_files_name() {
    let directory = tempfile::tempdir().unwrap();
    let body = json!({"parameters": {"properties": {"a": {"type": "string"}}}, "pipeline": {"name": "{{ a }}", "jobs": [{"key": "k", "type": "t"}]}});
    let server = server("PUT", "/v1/templates/align", Some(body), answer(201, &template(1))).await;
    let output = windlass(&server, &["template", "put", &written(&directory, "align.yaml", YAML)], "").await;
    assert_eq!(
        (said(&output.stdout).as_str(), output.status.code()),
        ("align 1\n", Some(0)),
        "{}",
        said(&output.stderr)
    );
}

#[tokio::test]
async fn standard_input_is_json_and_needs_a_name() {
    let body = json!({"pipeline": {"name": "n", "jobs": []}});
    let server = server("PUT", "/v1/templates/align", Some(body.clone()), answer(200, &template(3))).await;
    let output =
        windlass(&server, &["template", "put", "-", "--name", "align", "--json"], &body.to_string()).await;
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), template(3));
    let nameless = windlass(&server, &["template", "put", "-"], "{}").await;
    assert_eq!(nameless.status.code(), Some(2), "{}", said(&nameless.stderr));
}

#[tokio::test]
async fn a_run_sends_parameters_of_a_file_and_of_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = written(&directory, "parameters.toml", "a = 1\nb = 'file'\n");
    let body = json!({"version": 2, "parameters": {"a": 1, "b": "text", "c": ["x"]}, "priority": "high", "metadata": {"m": 1}});
    let server =
        server("POST", "/v1/templates/align/pipelines", Some(body), answer(201, &pipeline("pending", 0.0)))
            .await;
    let arguments = [
        "template",
        "run",
        "align",
        "--version",
        "2",
        "--parameters",
        &file,
        "--set",
        "b=text",
        "--set",
        "c=[\"x\"]",
        "--priority",
        "high",
        "--metadata",
        "{\"m\":1}",
    ];
    let output = windlass(&server, &arguments, "").await;
    assert_eq!(said(&output.stdout), format!("{ID}\n"), "{}", said(&output.stderr));
}

#[tokio::test]
async fn a_refused_run_says_where_the_template_is_wrong() {
    let problem = json!({"type": "about:blank", "title": "t", "status": 422, "code": "render_failed", "detail": "a value is undefined",
        "errors": [{"pointer": "/pipeline/jobs/0/payload", "detail": "a value is undefined"}]});
    let refusal = ResponseTemplate::new(422).set_body_raw(problem.to_string(), "application/problem+json");
    let server = server("POST", "/v1/templates/align/preview", Some(json!({})), refusal).await;
    let output = windlass(&server, &["template", "preview", "align"], "").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output.stderr).contains("/pipeline/jobs/0/payload: a value is undefined"),
        "{}",
        said(&output.stderr)
    );
}

#[tokio::test]
async fn a_preview_is_printed_as_the_body_that_it_would_be() {
    let body = json!({"name": "n", "jobs": [{"key": "k", "type": "t", "payload": 7}]});
    let server = server("POST", "/v1/templates/align/preview", None, answer(200, &body)).await;
    let output = windlass(&server, &["template", "preview", "align", "--set", "a=7"], "").await;
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), body);
}

#[tokio::test]
async fn templates_and_their_versions_are_listed_and_shown() {
    let page = json!({"items": [template(2), template(1)], "next_cursor": null});
    for (arguments, at) in [
        (vec!["template", "list"], "/v1/templates"),
        (vec!["template", "versions", "align"], "/v1/templates/align/versions"),
    ] {
        let server = server("GET", at, None, answer(200, &page)).await;
        let shown = said(&windlass(&server, &arguments, "").await.stdout);
        assert!(
            shown.trim_start().starts_with("NAME") && shown.contains("align") && shown.lines().count() == 3,
            "{shown}"
        );
    }
    for (arguments, at) in [
        (vec!["template", "get", "align"], "/v1/templates/align"),
        (vec!["template", "get", "align", "--version", "2"], "/v1/templates/align/versions/2"),
    ] {
        let server = server("GET", at, None, answer(200, &template(2))).await;
        let shown = said(&windlass(&server, &arguments, "").await.stdout);
        assert!(shown.contains("\"name\": \"n\"") && shown.contains("aligns"), "{shown}");
    }
}

#[tokio::test]
async fn a_delete_shows_what_goes_and_asks() {
    let server = server("GET", "/v1/templates/align", None, answer(200, &template(4))).await;
    let refused = windlass(&server, &["template", "delete", "align"], "").await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused.stderr).contains("versions up to 4"), "{}", said(&refused.stderr));
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answer(200, &template(4))).mount(&server).await;
    Mock::given(method("DELETE"))
        .and(path("/v1/templates/align"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        said(&windlass(&server, &["template", "delete", "align", "--yes"], "").await.stdout),
        "align\n"
    );
}

#[tokio::test]
async fn a_pipeline_is_submitted_from_toml_and_yaml() {
    let directory = tempfile::tempdir().unwrap();
    let body = json!({"name": "n", "deadline_at": "2030-01-01T00:00:00Z", "jobs": [{"key": "k", "type": "t", "payload": {"a": [1, 2.5]}}]});
    let toml = "name = 'n'\ndeadline_at = 2030-01-01T00:00:00Z\n[[jobs]]\nkey = 'k'\ntype = 't'\npayload = {a = [1, 2.5]}\n";
    let yaml = "name: n\ndeadline_at: '2030-01-01T00:00:00Z'\njobs:\n- key: k\n  type: t\n  payload: {a: [1, 2.5]}\n";
    for (name, text) in [("p.toml", toml), ("p.yml", yaml)] {
        let server =
            server("POST", "/v1/pipelines", Some(body.clone()), answer(201, &pipeline("pending", 0.0))).await;
        let output = windlass(&server, &["pipeline", "submit", &written(&directory, name, text)], "").await;
        assert_eq!(said(&output.stdout), format!("{ID}\n"), "{name}: {}", said(&output.stderr));
    }
    let server = MockServer::start().await;
    let wrong =
        windlass(&server, &["pipeline", "submit", &written(&directory, "w.yaml", "name: [")], "").await;
    assert!(
        said(&wrong.stderr).contains("w.yaml") && wrong.status.code() == Some(1),
        "{}",
        said(&wrong.stderr)
    );
}

#[tokio::test]
async fn schemas_are_printed_for_editors() {
    let server = MockServer::start().await;
    for kind in ["pipeline", "template", "schedule"] {
        let output = windlass(&server, &["schema", kind], "").await;
        let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let root = schema["$ref"].as_str().unwrap();
        assert!(schema.pointer(root.trim_start_matches('#')).is_some(), "{root}");
    }
}
