//! `GET /v1/pipelines?metadata.KEY=text`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// A pipeline that bears its name and this metadata.
async fn with(app: &TestApp, name: &str, metadata: Value) -> Value {
    app.submit_with(json!({"name": name, "metadata": metadata, "jobs": [job("a", json!({}))]})).await
}

/// The names of the pipelines that a query finds, the newest first, walked by pages of one.
async fn found(app: &TestApp, query: &str) -> String {
    let items = app.walk(&format!("/v1/pipelines?{query}&limit=1")).await;
    items.iter().map(|item| item["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_top_level_member_that_is_exactly_this_text_is_found_and_nothing_else() {
    let app = TestApp::start().await;
    with(&app, "text", json!({"k": "5"})).await;
    with(&app, "number", json!({"k": 5})).await;
    with(&app, "deep", json!({"k": {"k": "5"}, "l": ["5"]})).await;
    with(&app, "longer", json!({"k": "55"})).await;
    with(&app, "other", json!({"l": "5"})).await;
    with(&app, "case", json!({"K": "5", "l": "é"})).await;
    with(&app, "again", json!({"k": "5", "l": "6"})).await;
    for (query, expected) in [
        ("metadata.k=5", "again text"),
        ("metadata.k=55", "longer"),
        ("metadata.k=", ""),
        ("metadata.K=5", "case"),
        ("metadata.l=%C3%A9", "case"),
        ("metadata.l=5", "other"),
        ("metadata.l=e%CC%81", ""),
        ("metadata.k=5&metadata.l=6", "again"),
        ("metadata.k=5&metadata.l=5", ""),
    ] {
        assert_eq!(found(&app, query).await, expected, "{query}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_key_is_all_after_the_first_dot() {
    let app = TestApp::start().await;
    with(&app, "dots", json!({"a.b.c": "1", ".": "2", " ": "3", "=&": "4", "ü": "5", "metadata.x": "6"}))
        .await;
    for query in [
        "metadata.a.b.c=1",
        "metadata..=2",
        "metadata.+=3",
        "metadata.%3D%26=4",
        "metadata.%C3%BC=5",
        "metadata.metadata.x=6",
        "metadata%2ea.b.c=1",
    ] {
        assert_eq!(found(&app, query).await, "dots", "{query}");
    }
    assert_eq!(found(&app, "metadata.a=1").await, "");
    app.finish().await;
}

#[tokio::test]
async fn an_empty_text_matches_an_empty_text() {
    let app = TestApp::start().await;
    with(&app, "empty", json!({"k": ""})).await;
    with(&app, "null", json!({"k": null})).await;
    with(&app, "absent", json!({})).await;
    with(&app, "blank", json!({"k": " "})).await;
    assert_eq!(found(&app, "metadata.k=").await, "empty");
    app.finish().await;
}

#[tokio::test]
async fn five_keys_are_taken_and_a_sixth_an_empty_one_or_one_given_twice_is_refused() {
    let app = TestApp::start().await;
    with(&app, "five", json!({"a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6"})).await;
    let five = "metadata.a=1&metadata.b=2&metadata.c=3&metadata.d=4&metadata.e=5";
    assert_eq!(found(&app, five).await, "five");
    assert_eq!(found(&app, &five.replace("=3", "=4")).await, "");
    for bad in [
        &format!("{five}&metadata.f=6"),
        "metadata.=1",
        "metadata.=",
        "metadata.a=1&metadata.a=1",
        "metadata.a=1&metadata.%61=2",
        "metadata=1",
        "metadata.a=%00",
        "metadata.%00=a",
        "metadata.a=%ff",
    ] {
        app.get(&format!("/v1/pipelines?{bad}")).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_long_text_is_found_as_well() {
    let app = TestApp::start().await;
    for length in [1_024, 1_025, 20_000] {
        let text = "x".repeat(length);
        with(&app, &format!("l{length}"), json!({"k": text})).await;
        assert_eq!(found(&app, &format!("metadata.k={text}")).await, format!("l{length}"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_list_by_metadata_is_narrowed_by_the_other_filters_and_walked_to_its_end() {
    let app = TestApp::start().await;
    for number in 0..6 {
        let name = if number % 2 == 0 { "even" } else { "odd" };
        let body = json!({"name": name, "metadata": {"k": "v"}, "correlation_id": format!("c{number}"),
            "priority": if number < 3 { "high" } else { "low" }, "jobs": [job("a", json!({}))]});
        app.submit_with(body).await;
    }
    app.succeed("a").await;
    for (query, count) in [
        ("", 6),
        ("&name=even", 3),
        ("&name=none", 0),
        ("&state=succeeded", 1),
        ("&state=pending&name=even", 2),
        ("&priority=high", 3),
        ("&correlation_id=c4", 1),
        ("&correlation_id=c4&name=odd", 0),
        ("&created_after=2000-01-01T00:00:00Z", 6),
        ("&created_before=2000-01-01T00:00:00Z", 0),
    ] {
        for limit in [1, 2, 6, 7, 500] {
            let items = app.walk(&format!("/v1/pipelines?metadata.k=v{query}&limit={limit}")).await;
            let mut ids: Vec<&str> = items.iter().map(id).collect();
            assert_eq!(ids.len(), count, "{query} by {limit}");
            assert!(ids.is_sorted_by(|newer, older| newer > older), "newest first, each once");
            ids.clear();
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_patch_or_a_delete_of_a_pipeline_counts_at_once() {
    let app = TestApp::start().await;
    let pipeline = with(&app, "a", json!({"k": "1", "l": "2"})).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    app.patch(&path, json!({"metadata": {"k": "3", "l": null}})).await.expect(200);
    let after = [found(&app, "metadata.k=1").await, found(&app, "metadata.l=2").await];
    assert_eq!(after, ["", ""]);
    assert_eq!(found(&app, "metadata.k=3").await, "a");
    app.verb(&path, "cancel").await;
    app.delete(&path).await.has(204);
    assert_eq!(found(&app, "metadata.k=3").await, "");
    app.finish().await;
}

#[tokio::test]
async fn of_a_name_that_metadata_has_twice_the_last_counts() {
    let app = TestApp::start().await;
    let body =
        r#"{"name":"twice","metadata":{"k":"1","k":"2","l":"1","\u006c":3},"jobs":[{"key":"a","type":"a"}]}"#;
    app.post_text("/v1/pipelines", body).await.has(201);
    for (query, expected) in [("metadata.k=2", "twice"), ("metadata.k=1", ""), ("metadata.l=1", "")] {
        assert_eq!(found(&app, query).await, expected, "{query}");
    }
    app.finish().await;
}
