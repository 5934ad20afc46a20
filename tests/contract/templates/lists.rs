//! `GET /v1/templates` and what is below it.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::support::{put, with_payload};

#[tokio::test]
async fn a_list_has_the_newest_version_of_each_by_name() {
    let app = TestApp::start().await;
    for (name, payload) in [("b", 1), ("a", 1), ("B", 1), ("a", 2), ("c", 1), ("a.b", 1)] {
        put(&app, name, with_payload(payload)).await;
    }
    app.delete("/v1/templates/c").await.has(204);
    for limit in 1..=5 {
        let listed = app.walk(&format!("/v1/templates?limit={limit}")).await;
        let names: Vec<(&str, u64)> = listed
            .iter()
            .map(|template| (template["name"].as_str().unwrap(), template["version"].as_u64().unwrap()))
            .collect();
        assert_eq!(names, [("B", 1), ("a", 2), ("a.b", 1), ("b", 1)], "{limit}");
    }
    assert_eq!(app.get("/v1/templates/a").await.expect(200)["version"], 2);
    app.get("/v1/templates/c").await.problem(404, "template_not_found");
    app.finish().await;
}

#[tokio::test]
async fn versions_are_listed_newest_first_and_never_change() {
    let app = TestApp::start().await;
    let mut made: Vec<Value> = Vec::new();
    for payload in 0..5 {
        made.insert(0, put(&app, "a", with_payload(payload)).await);
    }
    for limit in 1..=6 {
        assert_eq!(app.walk(&format!("/v1/templates/a/versions?limit={limit}")).await, made, "{limit}");
    }
    for template in &made {
        let path = format!("/v1/templates/a/versions/{}", template["version"]);
        assert_eq!(app.get(&path).await.expect(200), *template);
    }
    for absent in ["0", "6", "-1", "01", "x", "2147483648"] {
        app.get(&format!("/v1/templates/a/versions/{absent}")).await.problem(404, "template_not_found");
    }
    app.get("/v1/templates/b/versions").await.problem(404, "template_not_found");
    app.get("/v1/templates/a/versions?cursor=v0").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn a_page_ends_early_at_8_mib() {
    let app = TestApp::start().await;
    for name in ["a", "b", "c"] {
        let pipeline = json!({"name": "n", "jobs": (0..21).map(|job| json!({"key": format!("k{job}"), "type": "t", "payload": "x".repeat(200_000)})).collect::<Vec<_>>()});
        put(&app, name, pipeline).await;
    }
    let (page, next) = app.page("/v1/templates").await;
    assert_eq!((page.len(), next.is_some()), (2, true));
    assert_eq!(app.walk("/v1/templates").await.len(), 3);
    app.finish().await;
}
