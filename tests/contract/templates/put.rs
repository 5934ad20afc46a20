//! `PUT /v1/templates/{name}`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, pointers};

use super::support::with_payload;

fn template() -> Value {
    json!({"description": "aligns", "parameters": {"properties": {"a": {"type": "integer", "default": 3}}}, "pipeline": with_payload("{{ a }}")})
}

#[tokio::test]
async fn a_put_makes_a_version_numbered_from_1_or_answers_the_present_one_if_nothing_differs() {
    let app = TestApp::start_servers(2).await;
    let first = app.put("/v1/templates/align", template()).await;
    assert_eq!(first.has(201).header("location"), Some("/v1/templates/align"));
    let first = first.json();
    let members: Vec<&String> = first.as_object().unwrap().keys().collect();
    let expected = ["name", "version", "description", "parameters", "pipeline", "created_at", "created_by"];
    assert_eq!(members.len(), expected.len());
    assert!(expected.iter().all(|member| first.get(member).is_some()), "{first}");
    assert_eq!(
        (&first["name"], &first["version"], &first["created_by"]),
        (&json!("align"), &json!(1), &json!(null))
    );
    assert_eq!(
        (&first["parameters"], &first["pipeline"]),
        (&template()["parameters"], &template()["pipeline"])
    );
    let other_order = r#"{"pipeline":{"jobs":[{"payload":"{{ a }}","type":"t","key":"a"}],"name":"n"},
        "parameters":{"properties":{"a":{"default":3,"type":"integer"}}},"description":"aligns"}"#;
    let request = app
        .request_to(1, reqwest::Method::PUT, "/v1/templates/align")
        .header("content-type", "application/json");
    let same = app.send(request.body(other_order)).await;
    assert_eq!(same.expect(200), first);
    for (number, change) in [
        (2, json!({"description": "b"})),
        (3, json!({"parameters": {}})),
        (4, json!({"pipeline": with_payload(1)})),
    ] {
        let mut changed = template();
        changed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        if number == 3 {
            changed["pipeline"] = with_payload(0);
        }
        let made = app.put("/v1/templates/align", changed).await.expect(201);
        assert_eq!(made["version"], number);
    }
    assert_eq!(
        app.put("/v1/templates/align", template()).await.expect(201)["version"],
        5,
        "the newest counts"
    );
    app.finish().await;
}

#[tokio::test]
async fn only_the_pipeline_is_required() {
    let app = TestApp::start().await;
    let made = app.put("/v1/templates/a", json!({"pipeline": with_payload(1)})).await.expect(201);
    assert_eq!((&made["description"], &made["parameters"]), (&json!(null), &json!({})));
    assert_eq!(app.put("/v1/templates/a", json!({"description": null})).await.invalid(), ["/pipeline"]);
    assert_eq!(
        app.put("/v1/templates/a", json!({"pipeline": [], "parameters": 1, "name": "a"})).await.invalid(),
        ["/name", "/parameters", "/pipeline"]
    );
    app.finish().await;
}

#[tokio::test]
async fn names_are_as_types() {
    let app = TestApp::start().await;
    let body = json!({"pipeline": with_payload(1)});
    for name in ["a", "A.b_c-9", &"x".repeat(100)] {
        app.put(&format!("/v1/templates/{name}"), body.clone()).await.expect(201);
    }
    for name in ["a%20b", "%C3%A9", "a%2Fb", "a+b", &"x".repeat(101)] {
        let path = format!("/v1/templates/{name}");
        assert_eq!(app.put(&path, body.clone()).await.invalid(), ["/name"], "{name}");
        app.get(&path).await.problem(404, "template_not_found");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_template_is_checked_as_it_is_put_with_pointers() {
    let app = TestApp::start().await;
    let body = json!({
        "parameters": {"properties": {"a": {"type": "text"}}},
        "pipeline": {"name": "{{ a", "jobs": [{"key": "a", "type": "t", "if": 3}]},
    });
    assert_eq!(
        app.put("/v1/templates/t", body).await.invalid(),
        ["/parameters/properties/a/type", "/pipeline/jobs/0/if", "/pipeline/name"]
    );
    let shape = json!({"pipeline": {
        "name": "{{ name }}", "priority": "urgent", "colour": 1, "metadata": {"any": "{{ thing }}"},
        "jobs": [
            {"key": "a b", "type": "{{ type }}", "lease_seconds": 0, "timeout_seconds": "{{ long }}"},
            {"key": "b-{{ index }}", "for_each": "{{ list }}", "depends_on": [{"job": "c", "when": "{{ when }}"}, {"job": "c", "when": "never"}],
             "tasks": [{"for_each": "{{ list }}", "if": "{{ item }}", "payload": "{{ item }}", "run_at": "soon"}, {"paylod": 1}, {"playload": "{{ item }}"}]},
            {"key": "c", "type": "t"}, {"key": "c", "type": "t", "foreach": "{{ other }}"}, "{{ job }}",
        ],
    }});
    assert_eq!(
        app.put("/v1/templates/t", shape).await.invalid(),
        [
            "/pipeline/colour",
            "/pipeline/jobs/0/key",
            "/pipeline/jobs/0/lease_seconds",
            "/pipeline/jobs/1/depends_on/1/when",
            "/pipeline/jobs/1/tasks/0/run_at",
            "/pipeline/jobs/1/tasks/1/paylod",
            "/pipeline/jobs/1/tasks/2/playload",
            "/pipeline/jobs/1/type",
            "/pipeline/jobs/3/foreach",
            "/pipeline/priority",
        ]
    );
    for missing in [json!({"jobs": []}), json!({"name": "n"})] {
        assert_eq!(
            app.put("/v1/templates/t", json!({"pipeline": missing})).await.invalid().len(),
            if missing["name"].is_null() { 2 } else { 1 }
        );
    }
    let edge =
        json!({"pipeline": {"name": "n", "jobs": [{"key": "a", "type": "t", "depends_on": ["ghost"]}]}});
    assert_eq!(app.put("/v1/templates/t", edge).await.invalid(), ["/pipeline/jobs/0/depends_on/0"]);
    app.get("/v1/templates/t").await.problem(404, "template_not_found");
    app.finish().await;
}

#[tokio::test]
async fn numbers_and_keys_are_kept_as_they_were_sent() {
    let app = TestApp::start().await;
    let body = r#"{"pipeline":{"jobs":[{"type":"t","key":"a","payload":[1e400,-0,1.50]}],"name":"n"},"parameters":{"b":1,"a":2.50}}"#;
    let request =
        app.request(reqwest::Method::PUT, "/v1/templates/t").header("content-type", "application/json");
    app.send(request.body(body)).await.has(201);
    let got = app.get("/v1/templates/t").await;
    assert_eq!(
        got.raw("pipeline"),
        r#"{"jobs":[{"type":"t","key":"a","payload":[1e400,-0,1.50]}],"name":"n"}"#
    );
    assert_eq!(got.raw("parameters"), r#"{"b":1,"a":2.50}"#);
    app.finish().await;
}

#[tokio::test]
async fn parallel_puts_make_one_version_each() {
    let app = TestApp::start_servers(2).await;
    let puts = (0..16).map(|number| {
        let body = json!({"description": format!("d{number}"), "pipeline": with_payload(1)});
        app.send(app.request_to(number % 2, reqwest::Method::PUT, "/v1/templates/t").json(&body))
    });
    let mut versions: Vec<u64> = futures_util::future::join_all(puts)
        .await
        .iter()
        .map(|answer| answer.expect(201)["version"].as_u64().unwrap())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=16).collect::<Vec<u64>>());
    let same = (0..8).map(|_| app.put("/v1/templates/s", json!({"pipeline": with_payload(1)})));
    let answers = futures_util::future::join_all(same).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().all(|answer| answer.json()["version"] == 1));
    app.finish().await;
}

#[tokio::test]
async fn faults_of_a_schema_point_below_parameters() {
    let app = TestApp::start().await;
    for (schema, pointer) in [
        (json!({"type": "array"}), "/parameters/type"),
        (json!({"properties": {"run": {}}}), "/parameters/properties/run"),
        (json!({"properties": {"a": {"$ref": "http://127.0.0.1:1/x"}}}), "/parameters/properties/a/$ref"),
        (json!({"description": "x".repeat(64 * 1_024)}), "/parameters"),
    ] {
        let answer =
            app.put("/v1/templates/t", json!({"parameters": schema, "pipeline": with_payload(1)})).await;
        assert_eq!(pointers(&answer.problem(422, "validation_failed")), [pointer]);
    }
    app.finish().await;
}
