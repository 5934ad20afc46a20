//! `DELETE /v1/templates/{name}`.

use serde_json::json;
use windlass_tests::{TestApp, id};

use super::support::{put, run, with_payload};

#[tokio::test]
async fn old_versions_are_gone_for_good_and_a_later_put_goes_on_counting() {
    let app = TestApp::start().await;
    put(&app, "a", with_payload(1)).await;
    put(&app, "a", with_payload(2)).await;
    let made = run(&app, "a", json!({})).await.expect(201);
    app.delete("/v1/templates/a").await.has(204);
    app.delete("/v1/templates/a").await.problem(404, "template_not_found");
    for gone in ["", "/versions", "/versions/1", "/versions/2"] {
        app.get(&format!("/v1/templates/a{gone}")).await.problem(404, "template_not_found");
    }
    run(&app, "a", json!({})).await.problem(404, "template_not_found");
    let pipeline = app.get(&format!("/v1/pipelines/{}", id(&made))).await.expect(200);
    assert_eq!(pipeline["template"], json!({"name": "a", "version": 2}), "it keeps name and version");
    assert_eq!(app.walk("/v1/pipelines?template=a").await.len(), 1);
    assert_eq!(put(&app, "a", with_payload(2)).await["version"], 3);
    app.get("/v1/templates/a/versions/2").await.problem(404, "template_not_found");
    assert_eq!(app.walk("/v1/templates/a/versions").await.len(), 1);
    app.finish().await;
}
