//! `POST /v1/templates/{name}/pipelines`.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, pointers};

use super::support::{put, run, with_payload};

async fn post(app: &TestApp, body: Value) -> Answer {
    app.post("/v1/templates/t/pipelines", body).await
}

#[tokio::test]
async fn a_pipeline_is_made_and_shows_its_template_and_parameters_as_used() {
    let app = TestApp::start().await;
    let schema = json!({"required": ["a"], "properties": {"a": {"type": "string"}, "n": {"type": "integer", "default": 30}}});
    let pipeline = json!({"name": "for {{ a }}", "metadata": {"n": "{{ n }}"}, "jobs": [{"key": "a", "type": "t", "payload": "{{ n }}"}]});
    app.put("/v1/templates/t", json!({"parameters": schema, "pipeline": pipeline})).await.expect(201);
    let answer = post(&app, json!({"parameters": {"a": "x"}})).await;
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), Some(format!("/v1/pipelines/{}", id(&made)).as_str()));
    assert_eq!((&made["name"], &made["metadata"]), (&json!("for x"), &json!({"n": 30})));
    assert_eq!(
        (&made["template"], &made["parameters"]),
        (&json!({"name": "t", "version": 1}), &json!({"a": "x", "n": 30}))
    );
    let got = app.get(&format!("/v1/pipelines/{}", id(&made))).await.expect(200);
    assert_eq!((&got["template"], &got["parameters"]), (&made["template"], &made["parameters"]));
    assert_eq!(app.lease("t").await["payload"], 30);
    let plain = app.submit(json!([windlass_tests::job("a", json!({}))])).await;
    assert_eq!((&plain["template"], &plain["parameters"]), (&json!(null), &json!(null)));
    app.finish().await;
}

#[tokio::test]
async fn null_takes_what_the_template_says_and_metadata_is_merged_over_it() {
    let app = TestApp::start().await;
    let pipeline = json!({"name": "own", "priority": "low", "correlation_id": "own", "metadata": {"project": "x", "keep": 1}, "paused": true,
        "deadline_at": "2999-01-01T00:00:00Z", "jobs": [{"key": "a", "type": "t"}]});
    put(&app, "t", pipeline).await;
    let nulls = json!({"version": null, "parameters": {}, "name": null, "priority": null, "correlation_id": null, "metadata": null,
        "paused": null, "deadline_at": null});
    let shown = |pipeline: &Value| {
        ["name", "priority", "correlation_id", "metadata", "paused", "deadline_at"]
            .map(|member| pipeline[member].clone())
    };
    let own = [
        json!("own"),
        json!("low"),
        json!("own"),
        json!({"project": "x", "keep": 1}),
        json!(true),
        json!("2999-01-01T00:00:00Z"),
    ];
    assert_eq!(shown(&post(&app, nulls).await.expect(201)), own);
    let given = json!({"name": "given", "priority": "high", "correlation_id": "given", "metadata": {"project": "y", "more": null}, "paused": false,
        "deadline_at": "2998-01-01T00:00:00Z"});
    let expected = [
        json!("given"),
        json!("high"),
        json!("given"),
        json!({"project": "y", "keep": 1}),
        json!(false),
        json!("2998-01-01T00:00:00Z"),
    ];
    assert_eq!(shown(&post(&app, given).await.expect(201)), expected);
    let empty = app.post_empty("/v1/templates/t/pipelines").await.expect(201);
    assert_eq!(shown(&empty), own, "no body says nothing");
    app.finish().await;
}

#[tokio::test]
async fn a_version_is_the_newest_or_the_one_that_is_named() {
    let app = TestApp::start().await;
    put(&app, "t", with_payload("{{ run.version }}")).await;
    put(&app, "t", with_payload(["{{ run.version }}"])).await;
    for (version, made) in [(json!(null), 2), (json!(1), 1), (json!(2), 2)] {
        let pipeline = post(&app, json!({"version": version})).await.expect(201);
        assert_eq!(pipeline["template"]["version"], made);
    }
    assert_eq!(post(&app, json!({"version": 3})).await.invalid(), ["/version"]);
    assert_eq!(post(&app, json!({"version": 0})).await.invalid(), ["/version"]);
    app.post("/v1/templates/none/pipelines", json!({"version": 3})).await.problem(404, "template_not_found");
    app.post("/v1/templates/none/pipelines", json!({"colour": 3})).await.problem(404, "template_not_found");
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_refused_below_parameters() {
    let app = TestApp::start().await;
    let schema =
        json!({"required": ["a"], "properties": {"a": {"type": "array", "items": {"type": "string"}}}});
    app.put("/v1/templates/t", json!({"parameters": schema, "pipeline": with_payload("{{ a }}")}))
        .await
        .expect(201);
    for (parameters, expected) in [
        (json!({}), vec!["/parameters/a"]),
        (json!({"a": ["x", 1]}), vec!["/parameters/a/1"]),
        (json!({"a": [], "b": 1}), vec!["/parameters/b"]),
        (json!({"a": vec!["x"; 10_001]}), vec!["/parameters/a"]),
        (json!({"a": ["x".repeat(256 * 1_024)]}), vec!["/parameters"]),
        (json!([]), vec!["/parameters"]),
    ] {
        assert_eq!(run(&app, "t", parameters).await.invalid(), expected);
    }
    assert_eq!(app.walk("/v1/pipelines").await.len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn what_a_rendering_gives_is_checked_as_a_new_pipeline_with_pointers_into_the_rendered_body() {
    let app = TestApp::start().await;
    put(
        &app,
        "t",
        json!({"name": "n", "jobs": [
        {"for_each": "{{ keys }}", "key": "{{ item }}", "type": "t", "lease_seconds": "{{ lease }}"},
        {"key": "last", "type": "t", "depends_on": "{{ edges }}"}]}),
    )
    .await;
    let with = |keys: Value, lease: Value, edges: Value| {
        run(&app, "t", json!({"keys": keys, "lease": lease, "edges": edges}))
    };
    with(json!(["a"]), json!(60), json!(["a"])).await.expect(201);
    assert_eq!(with(json!(["a", "b c"]), json!(60), json!([])).await.invalid(), ["/jobs/1/key"]);
    assert_eq!(with(json!(["a"]), json!("x"), json!([])).await.invalid(), ["/jobs/0/lease_seconds"]);
    let double = with(json!(["a", "a"]), json!(60), json!([])).await;
    assert_eq!(pointers(&double.problem(422, "duplicate_key")), ["/jobs/1/key"]);
    with(json!(["a"]), json!(60), json!(["last"])).await.problem(422, "dependency_cycle");
    let late = app.post("/v1/templates/t/pipelines", json!({"parameters": {"keys": [], "lease": 1, "edges": []}, "deadline_at": "2000-01-01T00:00:00Z"})).await;
    assert_eq!(late.invalid(), ["/deadline_at"]);
    app.finish().await;
}

#[tokio::test]
async fn a_key_makes_it_happen_once_also_when_the_template_has_changed_or_is_gone() {
    let app = TestApp::start_servers(2).await;
    put(&app, "t", with_payload("{{ a }}")).await;
    let keyed = |server: usize, body: &'static str| {
        let request =
            app.request_to(server, Method::POST, "/v1/templates/t/pipelines").header("idempotency-key", "k");
        app.send(request.header("content-type", "application/json").body(body))
    };
    let body = r#"{"parameters":{"a":1},"metadata":{"m":"x"}}"#;
    let first = keyed(0, body).await;
    assert_eq!(first.has(201).header("idempotent-replayed"), None);
    put(&app, "t", with_payload(["{{ nope }}"])).await;
    app.delete("/v1/templates/t").await.has(204);
    for server in [0, 1] {
        let again = keyed(server, body).await;
        assert_eq!(
            (again.status, &again.text, again.header("idempotent-replayed")),
            (201, &first.text, Some("true"))
        );
        assert_eq!(again.header("location"), first.header("location"));
    }
    keyed(0, r#"{"parameters":{"a":2}}"#).await.problem(422, "idempotency_key_reused");
    assert_eq!(app.walk("/v1/pipelines").await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn pipelines_are_listed_and_chosen_by_template() {
    let app = TestApp::start().await;
    put(&app, "t", with_payload(1)).await;
    put(&app, "u", with_payload(1)).await;
    let mut made = Vec::new();
    for (name, title) in [("t", "x"), ("u", "x"), ("t", "y"), ("t", "x")] {
        let path = format!("/v1/templates/{name}/pipelines");
        made.insert(0, app.post(&path, json!({"name": title})).await.expect(201));
    }
    app.submit(json!([windlass_tests::job("a", json!({}))])).await;
    let ids = |pipelines: &[Value]| -> Vec<String> {
        pipelines.iter().map(|pipeline| id(pipeline).to_owned()).collect()
    };
    for limit in 1..=4 {
        let listed = app.walk(&format!("/v1/pipelines?template=t&limit={limit}")).await;
        assert_eq!(ids(&listed), ids(&[made[0].clone(), made[1].clone(), made[3].clone()]), "{limit}");
    }
    assert_eq!(
        ids(&app.walk("/v1/pipelines?template=t&name=x").await),
        ids(&[made[0].clone(), made[3].clone()])
    );
    assert_eq!(app.walk("/v1/pipelines?template=t&state=pending&name=y").await.len(), 1);
    assert_eq!(app.walk("/v1/pipelines?template=none").await.len(), 0);
    app.get("/v1/pipelines?template=a%20b").await.problem(400, "malformed_request");
    let bulk = |filter: Value, dry: bool| {
        app.post("/v1/pipelines/cancel", json!({"filter": filter, "dry_run": dry}))
    };
    assert_eq!(bulk(json!({"template": "t"}), true).await.expect(200)["matched"], 3);
    assert_eq!(bulk(json!({"template": "t", "name": "y"}), false).await.expect(200)["changed"], 1);
    assert_eq!(bulk(json!({"template": ""}), true).await.invalid(), ["/filter/template"]);
    assert_eq!(bulk(json!({"template": null}), true).await.invalid(), ["/filter/template"]);
    app.finish().await;
}
