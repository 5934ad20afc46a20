//! Payloads, metadata and results come back as they went: byte for byte, as compact JSON.

use reqwest::Method;
use serde_json::json;
use windlass_tests::{TestApp, id, job, only, text_of};

/// JSON as clients send it, already compact, that a careless server would change.
const FAITHFUL: [&str; 19] = [
    "null",
    "1e100000",
    "-0",
    "-0.0",
    "1.0",
    "1E5",
    "1e+5",
    "0.10000000000000000000000000000000000001",
    "123456789012345678901234567890",
    "-1e-100000",
    r#"{"b":1,"a":2,"aa":3,"B":4}"#,
    r#"{"same":1,"same":2}"#,
    r#"{"":""}"#,
    "[]",
    "[[],{},[{}],0,false,true,null]",
    r#""grüße, 日本語, 😀, \"quoted\", back\\slash""#,
    r#"{"ключ":"значение"}"#,
    r#"{"$serde_json::private::Number":"1"}"#,
    r#"{"payload":{"lease_token":"x","tasks":[]}}"#,
];

/// The path of what an answer shows, whose values a JSON library may refuse to read.
fn path_in(collection: &str, resource: &str) -> String {
    format!("/v1/{collection}/{}", text_of(resource, "id").trim_matches('"'))
}

#[tokio::test]
async fn a_payload_comes_back_byte_for_byte() {
    let app = TestApp::start().await;
    for payload in FAITHFUL {
        let created = app.post_text("/v1/jobs", format!(r#"{{"type":"a","payload":{payload}}}"#)).await;
        assert_eq!(created.has(201).raw("payload"), payload);
        assert_eq!(app.get(&path_in("jobs", &created.text)).await.has(200).raw("payload"), payload);
        let leased = app.post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await;
        let leased = only(&leased.has(200).raw("tasks"));
        assert_eq!(text_of(&leased, "payload"), payload);
        assert_eq!(text_of(&leased, "job_payload"), payload);
        assert_eq!(app.get(&path_in("tasks", &leased)).await.has(200).raw("payload"), payload);
    }
    app.finish().await;
}

#[tokio::test]
async fn how_long_json_may_be_does_not_depend_on_how_it_is_escaped() {
    let app = TestApp::start().await;
    // With the quotation marks 256 KiB in UTF-8, and three times as much as it is sent.
    let most = "\\u00e9".repeat(131_071);
    let created = app.post_text("/v1/jobs", format!(r#"{{"type":"a","payload":"{most}"}}"#)).await;
    assert_eq!(created.has(201).raw("payload").len(), 6 * 131_071 + 2, "it comes back as it was sent");
    let refused = app.post_text("/v1/jobs", format!(r#"{{"type":"a","payload":"{most}\/"}}"#)).await;
    let problem = refused.has(422).json();
    assert_eq!(problem["errors"][0]["pointer"], "/payload");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().ends_with("has 262145"), "{problem}");
    let path = format!("/v1/pipelines/{}", id(&app.submit(json!([job("a", json!({}))])).await));
    for (more, status) in [("", 200), ("x", 422)] {
        // With its braces, its key and the colon.
        let metadata = format!(r#"{{"m":"{}{more}"}}"#, "\\u00e9".repeat(131_068));
        let body = format!(r#"{{"metadata":{metadata}}}"#);
        let patched = app.request(Method::PATCH, &path).header("content-type", "application/json").body(body);
        assert_eq!(app.send(patched).await.status, status);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_result_comes_back_byte_for_byte() {
    let app = TestApp::start().await;
    for result in FAITHFUL {
        let pipeline = app.submit(json!([job("a", json!({}))])).await;
        let leased = app.lease("a").await;
        let path = format!("/v1/tasks/{}", id(&leased));
        let body = format!(r#"{{"lease_token":{},"result":{result}}}"#, leased["lease_token"]);
        let completed = app.post_text(&format!("{path}/complete"), body).await;
        assert_eq!(completed.has(200).raw("result"), result);
        assert_eq!(app.get(&path).await.has(200).raw("result"), result);
        let results = app.get(&format!("/v1/pipelines/{}/jobs/a/results", id(&pipeline))).await;
        assert_eq!(text_of(&only(&results.has(200).raw("items")), "result"), result);
    }
    app.finish().await;
}

#[tokio::test]
async fn metadata_comes_back_byte_for_byte() {
    let app = TestApp::start().await;
    for value in FAITHFUL {
        let metadata = format!(r#"{{"z":{value},"a":1}}"#);
        let task = format!(r#"{{"metadata":{metadata}}}"#);
        let job = format!(r#"{{"key":"a","type":"a","metadata":{metadata},"tasks":[{task}]}}"#);
        let body = format!(r#"{{"name":"test","metadata":{metadata},"jobs":[{job}]}}"#);
        let created = app.post_text("/v1/pipelines", body).await;
        assert_eq!(created.has(201).raw("metadata"), metadata);
        assert_eq!(app.get(&path_in("pipelines", &created.text)).await.has(200).raw("metadata"), metadata);
        let job = path_in("jobs", &only(&created.raw("jobs")));
        assert_eq!(app.get(&job).await.has(200).raw("metadata"), metadata);
        let leased = app.post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await;
        assert_eq!(text_of(&only(&leased.has(200).raw("tasks")), "metadata"), metadata);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_errors_detail_comes_back_byte_for_byte() {
    let app = TestApp::start().await;
    for detail in FAITHFUL {
        app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
        let leased = app.lease("a").await;
        let error = format!(r#"{{"category":"unknown","message":"it broke","detail":{detail}}}"#);
        let body = format!(r#"{{"lease_token":{},"error":{error}}}"#, leased["lease_token"]);
        let failed = app.post_text(&format!("/v1/tasks/{}/fail", id(&leased)), body).await;
        assert_eq!(text_of(&failed.has(200).raw("error"), "detail"), detail);
    }
    app.finish().await;
}

#[tokio::test]
async fn white_space_between_tokens_is_dropped_and_within_strings_it_stays() {
    let app = TestApp::start().await;
    let payload = "{ \"a b\" :\n[ 1 ,\t2 , \"  two  spaces \\n\" ]\r\n}";
    let created = app.post_text("/v1/jobs", format!(r#"{{"type": "a", "payload": {payload} }}"#)).await;
    created.expect(201);
    assert_eq!(created.raw("payload"), r#"{"a b":[1,2,"  two  spaces \n"]}"#);
    app.finish().await;
}

#[tokio::test]
async fn escapes_in_a_payload_mean_the_same_when_they_come_back() {
    let app = TestApp::start().await;
    let payload = r#"{"\u0061":"\u00fc\ud83d\ude00\/\b\f\u001f\u007f\u2028"}"#;
    let created = app.post_text("/v1/jobs", format!(r#"{{"type":"a","payload":{payload}}}"#)).await;
    assert_eq!(created.expect(201)["payload"], json!({"a": "ü😀/\u{8}\u{c}\u{1f}\u{7f}\u{2028}"}));
    app.finish().await;
}

#[tokio::test]
async fn payload_and_metadata_have_defaults() {
    let app = TestApp::start().await;
    let created = app.post("/v1/jobs", json!({"type": "a"})).await.expect(201);
    assert_eq!((&created["payload"], &created["metadata"]), (&json!(null), &json!({})));
    let leased = app.lease("a").await;
    assert_eq!(
        (&leased["payload"], &leased["job_payload"], &leased["metadata"]),
        (&json!(null), &json!(null), &json!({}))
    );
    assert_eq!(app.complete(&leased).await["result"], json!(null));
    app.finish().await;
}

#[tokio::test]
async fn metadata_must_be_an_object() {
    let app = TestApp::start().await;
    for metadata in [json!(null), json!([]), json!("text"), json!(1), json!(true)] {
        assert_eq!(
            app.post("/v1/jobs", json!({"type": "a", "metadata": metadata})).await.invalid(),
            ["/metadata"]
        );
        let tasks = json!([{"metadata": metadata}]);
        assert_eq!(
            app.post("/v1/jobs", json!({"type": "a", "tasks": tasks})).await.invalid(),
            ["/tasks/0/metadata"]
        );
    }
    app.finish().await;
}
