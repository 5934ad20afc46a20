//! Whatever a client sends, the answer is its own fault: never the server's.

use reqwest::{Client, Method};
use serde_json::{Map, Value, json};
use windlass_tests::{Answer, TestApp, id, job, only, text_of};

/// Values that break a careless reader, as JSON texts.
fn hostile() -> Vec<String> {
    let texts = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "-1e-400",
        "99999999999999999999",
        "\"\"",
        "[]",
        "{}",
        "[null]",
        "{\"\":{}}",
    ];
    let mut values: Vec<String> = texts.map(ToOwned::to_owned).to_vec();
    values.extend(
        [r#""\u0000""#, r#""\ud800""#, r#""\udfff\ud800""#, r#"{"\u0000":1}"#, r#"[["\u0000"]]"#]
            .map(ToOwned::to_owned),
    );
    for time in [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "+262142-01-01T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "-0001-01-01T00:00:00Z",
    ] {
        values.push(format!("\"{time}\""));
    }
    values.push("9".repeat(5_000));
    values.push(format!("\"{}\"", "x".repeat(300_000)));
    values.push("[".repeat(100) + &"]".repeat(100));
    values.push("\"\u{202e}\u{feff}\u{1f469}\u{200d}\u{10ffff}\"".to_owned());
    values
}

/// Every way to replace one value of a body by one text.
fn mutations(body: &Value, hostile: &str) -> Vec<String> {
    const MARK: &str = "instead of the hostile value";
    let mut pointers = Vec::new();
    collect(body, "", &mut pointers);
    let swapped = |pointer: &String| {
        let mut body = body.clone();
        *body.pointer_mut(pointer)? = json!(MARK);
        Some(body.to_string().replace(&format!("\"{MARK}\""), hostile))
    };
    pointers.iter().filter_map(swapped).collect()
}

fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    pointers.push(at.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| collect(member, &format!("{at}/{name}"), pointers));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| collect(item, &format!("{at}/{index}"), pointers)),
        _ => {}
    }
}

#[track_caller]
fn never_the_servers_fault(answer: &Answer, sent: &str) {
    let sent: String = sent.chars().take(400).collect();
    assert!(answer.status < 500, "{sent}: {}", answer.text);
    if answer.status >= 400 {
        let problem: Map<String, Value> = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(problem["status"], answer.status, "{sent}: {}", answer.text);
        assert!(problem["code"].is_string(), "{sent}: {}", answer.text);
    }
}

/// Sends every mutation of a body to a path.
async fn attack(app: &TestApp, method: &Method, path: &str, body: &Value) {
    for value in hostile() {
        for mutated in mutations(body, &value) {
            let request = app
                .request(method.clone(), path)
                .header("content-type", "application/json")
                .body(mutated.clone());
            never_the_servers_fault(&app.send(request).await, &mutated);
        }
    }
}

fn whole_job(key: &str) -> Value {
    job(
        key,
        json!({
            "payload": {"x": 1}, "retry": {"max_attempts": 3, "initial_delay_seconds": 1, "factor": 2, "max_delay_seconds": 300, "jitter": 0.2,
            "non_retryable": ["data_error"]}, "lease_seconds": 60, "timeout_seconds": 7, "max_failed_tasks": 0, "fail_fast": true,
            "allow_failure": false, "paused": true, "run_at": "2026-11-22T20:00:00Z", "metadata": {"x": 1}, "sealed": true, "join": "any",
            "tasks": [{"payload": 1, "metadata": {"x": 1}, "run_at": "2026-11-22T20:00:00Z"}],
        }),
    )
}

#[tokio::test]
async fn no_new_pipeline_is_the_servers_fault() {
    let app = TestApp::start().await;
    let mut second = whole_job("b");
    second["depends_on"] = json!(["a", {"job": "a", "when": "failed"}]);
    let body = json!({
        "name": "test", "priority": "medium", "correlation_id": "x", "metadata": {"x": 1}, "fail_fast": false, "paused": true, "sealed": true,
        "jobs": [whole_job("a"), second],
    });
    attack(&app, &Method::POST, "/v1/pipelines", &body).await;
    app.finish().await;
}

#[tokio::test]
async fn no_added_job_or_task_is_the_servers_fault() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit_with(
            json!({"name": "test", "sealed": false, "jobs": [job("open", json!({"sealed": false}))]}),
        )
        .await;
    attack(
        &app,
        &Method::POST,
        &format!("/v1/pipelines/{}/jobs", id(&pipeline)),
        &json!({"jobs": [whole_job("a")]}),
    )
    .await;
    let path = app.job_path(&pipeline, "open").await;
    let tasks = json!({"tasks": [{"payload": 1, "metadata": {"x": 1}, "run_at": "2026-11-22T20:00:00Z"}]});
    attack(&app, &Method::POST, &format!("{path}/tasks"), &tasks).await;
    app.finish().await;
}

#[tokio::test]
async fn no_dequeue_and_no_report_is_the_servers_fault() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({"retry": {"max_attempts": 1000, "initial_delay_seconds": 0}})),
        job("b", json!({"sealed": false}))
    ]);
    app.submit(jobs).await;
    let asked = json!({"types": ["unheard-of"], "worker_id": "w", "max_tasks": 1, "wait_seconds": 0, "lease_seconds": 60});
    attack(&app, &Method::POST, "/v1/tasks/dequeue", &asked).await;
    let leased = app.dequeue(json!({"types": ["a"], "lease_seconds": 86_400})).await.remove(0);
    let (path, token) = (format!("/v1/tasks/{}", id(&leased)), leased["lease_token"].clone());
    let error = json!({"category": "unknown", "message": "it broke", "detail": {"x": 1}});
    let renew = json!({"lease_token": token, "lease_seconds": 86_400});
    attack(&app, &Method::POST, &format!("{path}/heartbeat"), &renew).await;
    attack(
        &app,
        &Method::POST,
        &format!("{path}/progress"),
        &json!({"lease_token": token, "current": 1, "total": 2, "message": "x"}),
    )
    .await;
    // The token is never the right one, so that the lease stays whatever the other fields are read as.
    let other = uuid::Uuid::now_v7();
    let fail =
        json!({"lease_token": other, "error": error, "retry": {"after_seconds": 1}, "metrics": {"m": 1}});
    attack(&app, &Method::POST, &format!("{path}/fail"), &fail).await;
    let add = json!([{"job": "b", "tasks": [{"payload": 1}], "seal": false}]);
    let complete = json!({"lease_token": other, "result": {"x": 1}, "metrics": {"m": 1}, "add_tasks": add});
    attack(&app, &Method::POST, &format!("{path}/complete"), &complete).await;
    attack(
        &app,
        &Method::POST,
        &format!("{path}/release"),
        &json!({"lease_token": other, "delay_seconds": 1}),
    )
    .await;
    let item = json!({"id": leased["id"], "lease_token": other, "error": error, "lease_seconds": 60, "result": 1, "metrics": {"m": 1}});
    for verb in ["heartbeat", "complete", "fail"] {
        attack(&app, &Method::POST, &format!("/v1/tasks/{verb}"), &json!({"tasks": [item]})).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn no_value_that_is_accepted_spoils_a_later_read() {
    let app = TestApp::start().await;
    for value in hostile() {
        let created = app
            .post_text("/v1/jobs", format!(r#"{{"type": "a", "payload": {value}, "run_at": {value}}}"#))
            .await;
        never_the_servers_fault(&created, &value);
        let created = app.post_text("/v1/jobs", format!(r#"{{"type": "a", "payload": {value}}}"#)).await;
        never_the_servers_fault(&created, &value);
        if created.status != 201 {
            continue;
        }
        let leased = app.post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await;
        let leased = only(&leased.has(200).raw("tasks"));
        let (id, token) = (text_of(&leased, "id"), text_of(&leased, "lease_token"));
        let path = format!("/v1/tasks/{}", id.trim_matches('"'));
        let body = format!(r#"{{"lease_token": {token}, "current": {value}, "total": {value}}}"#);
        never_the_servers_fault(&app.post_text(&format!("{path}/progress"), body).await, &value);
        let body = format!(r#"{{"lease_token": {token}, "result": {value}}}"#);
        app.post_text(&format!("{path}/complete"), body).await.has(200);
    }
    for list in
        ["/v1/pipelines", "/v1/jobs", "/v1/tasks", "/v1/queues", "/v1/workers", "/v1/events", "/v1/templates"]
    {
        app.get(&format!("{list}?limit=500")).await.has(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn no_verb_and_no_patch_is_the_servers_fault() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit_with(json!({"name": "test", "sealed": false, "jobs": [job("a", json!({"sealed": false}))]}))
        .await;
    let (path, job_path) = (format!("/v1/pipelines/{}", id(&pipeline)), app.job_path(&pipeline, "a").await);
    let change = json!({"priority": "high", "metadata": {"x": {"y": 1}}});
    attack(&app, &Method::PATCH, &path, &change).await;
    attack(&app, &Method::PATCH, "/v1/queues/a", &json!({"paused": false, "max_running": 1})).await;
    let template = json!({"description": "x", "parameters": {"properties": {"a": {"type": "string", "default": "x"}}},
        "pipeline": {"name": "{{ a }}", "jobs": [{"key": "a", "type": "a", "for_each": "{{ [a] }}", "if": "{{ true }}", "depends_on": []}]}});
    attack(&app, &Method::PUT, "/v1/templates/t", &template).await;
    app.put("/v1/templates/t", template).await;
    let run = json!({"version": null, "parameters": {"a": "x"}, "metadata": {"x": 1}, "paused": false, "deadline_at": null});
    attack(&app, &Method::POST, "/v1/templates/t/preview", &run).await;
    attack(&app, &Method::POST, "/v1/templates/t/pipelines", &run).await;
    for verb in ["pause", "resume", "seal", "cancel", "retry"] {
        attack(&app, &Method::POST, &format!("{path}/{verb}"), &json!({"reason": "x", "scope": "failed"}))
            .await;
        attack(&app, &Method::POST, &format!("{job_path}/{verb}"), &json!({"reason": "x"})).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn no_query_and_no_path_is_the_servers_fault() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let values = [
        "%00",
        "%ff%fe",
        "a%00b",
        "%F4%8F%BF%BF",
        "",
        "'",
        "\"",
        "%25",
        "%",
        "+",
        "null",
        "-1",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
    ];
    let long = "x".repeat(8_000);
    for value in values.into_iter().chain([long.as_str()]) {
        for path in [
            format!("/v1/pipelines?name={value}"),
            format!("/v1/pipelines?correlation_id={value}&limit=1"),
            format!("/v1/pipelines?created_after={value}"),
            format!("/v1/pipelines?created_before={value}"),
            format!("/v1/pipelines?state={value}&priority={value}"),
            format!("/v1/jobs?type={value}"),
            format!("/v1/tasks?type={value}&state=queued"),
            format!("/v1/tasks?cursor={value}"),
            format!("/v1/events?cursor={value}"),
            format!("/v1/queues?cursor={value}"),
            format!("/v1/workers?cursor={value}"),
            format!("/v1/pipelines/{}/jobs/{value}/results", id(&pipeline)),
            format!("/v1/pipelines/{value}"),
            format!("/v1/tasks/{value}/attempts"),
            format!("/v1/queues/{value}"),
            format!("/v1/pipelines?template={value}"),
            format!("/v1/templates?cursor={value}"),
            format!("/v1/templates/{value}/versions/{value}"),
            format!("/v1/pipelines?{value}={value}"),
        ] {
            never_the_servers_fault(&raw_get(&app, &path).await, &path);
        }
        let patched = app.patch(&format!("/v1/queues/{value}"), json!({"paused": false})).await;
        never_the_servers_fault(&patched, value);
    }
    app.finish().await;
}

/// A `GET` whose path is sent as it is written.
async fn raw_get(app: &TestApp, path: &str) -> Answer {
    let mut connection = windlass_tests::RawConnection::open(app.address(0)).await;
    connection
        .send(format!("GET {} HTTP/1.1\r\nhost: localhost\r\n\r\n", path.replace('"', "%22")).as_bytes())
        .await;
    connection.answer().await
}

#[tokio::test]
async fn no_header_is_the_servers_fault() {
    let app = TestApp::start().await;
    let client = Client::builder().no_proxy().build().unwrap();
    for value in [&b"\xff\xfe"[..], b" ", b"\t", "ü".as_bytes(), &[b'x'; 8_000]] {
        for name in [
            "x-request-id",
            "traceparent",
            "tracestate",
            "idempotency-key",
            "accept",
            "user-agent",
            "last-event-id",
            "content-encoding",
        ] {
            let value = reqwest::header::HeaderValue::from_bytes(value).unwrap();
            let url = format!("http://{}/v1/jobs", app.address(0));
            let answer = app.send(client.post(url).header(name, value).json(&json!({"type": "a"}))).await;
            never_the_servers_fault(&answer, name);
        }
    }
    app.finish().await;
}
