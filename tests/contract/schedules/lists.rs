//! `GET /v1/schedules`, `GET` and `DELETE /v1/schedules/{name}`.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::support::{hourly, put, runs_until, schedule, template, text};

fn names(schedules: &[Value]) -> Vec<String> {
    schedules.iter().map(|schedule| text(&schedule["name"])).collect()
}

#[tokio::test]
async fn the_list_is_by_name_and_by_template() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    template(&app, "other").await;
    for name in ["b", "B", "a.1", "_"] {
        schedule(&app, name, json!({"every_seconds": 60})).await;
    }
    schedule(&app, "c", json!({"every_seconds": 60, "template": {"name": "other"}})).await;
    for limit in [1, 2, 500] {
        let all = app.walk(&format!("/v1/schedules?limit={limit}")).await;
        assert_eq!(names(&all), ["B", "_", "a.1", "b", "c"], "{limit}");
        let of_other = app.walk(&format!("/v1/schedules?template=other&limit={limit}")).await;
        assert_eq!(names(&of_other), ["c"]);
    }
    assert_eq!(app.walk("/v1/schedules?template=none").await, Vec::<Value>::new());
    app.get("/v1/schedules?name=a").await.problem(400, "malformed_request");
    app.get("/v1/schedules?cursor=x").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let app = TestApp::start().await;
    app.get("/v1/schedules/s").await.problem(404, "schedule_not_found");
    app.get("/v1/schedules/s/runs").await.problem(404, "schedule_not_found");
    app.delete("/v1/schedules/s").await.problem(404, "schedule_not_found");
    for verb in ["pause", "resume", "trigger"] {
        let path = format!("/v1/schedules/s/{verb}");
        app.post(&path, json!({})).await.problem(404, "schedule_not_found");
        app.post(&path, json!({"unknown": 1})).await.problem(404, "schedule_not_found");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_delete_leaves_pipelines_and_events() {
    let app = hourly(json!({})).await;
    app.advance(3_601).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    app.delete("/v1/schedules/s").await.has(204);
    app.get("/v1/schedules/s").await.problem(404, "schedule_not_found");
    let pipeline = app.get(&format!("/v1/pipelines/{}", text(&run["pipeline_id"]))).await.expect(200);
    assert_eq!(pipeline["schedule"], "s");
    let events = app.walk_events("?schedule=s").await;
    let to: Vec<String> = events.iter().map(|event| text(&event["to"])).collect();
    assert_eq!(to, ["created", "deleted"]);
    // One of the same name is another.
    schedule(&app, "s", json!({"every_seconds": 3_600})).await;
    assert_eq!(app.walk("/v1/schedules/s/runs").await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn a_template_that_a_schedule_names_is_in_use() {
    let app = hourly(json!({})).await;
    app.delete("/v1/templates/t").await.problem(409, "in_use");
    app.delete("/v1/schedules/s").await.has(204);
    app.delete("/v1/templates/t").await.has(204);
    let body = json!({"every_seconds": 60, "template": {"name": "t"}});
    assert_eq!(put(&app, "/v1/schedules/s", &body).await.invalid(), ["/template/name"]);
    app.finish().await;
}
