//! What scripts hold on to: every page of something of everything.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use super::reader::Reader;

/// Something of everything, and the pages of it.
async fn filled(app: &TestApp) -> Vec<String> {
    let made = app.submit(json!([job("load", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 1})), {"key": "b", "type": "b", "depends_on": ["load"]}])).await;
    app.succeed("load").await;
    app.fail_for_good("load").await;
    let runs = app.lease("load").await;
    let outcomes = json!([{"subject": "s-1", "disposition": "kept"}]);
    app.report(&runs, "complete", json!({ "outcomes": outcomes })).await.expect(200);
    let jobs = json!([{"key": "print", "type": "print", "tasks": [{}]}]);
    let template = json!({"pipeline": {"name": "print", "jobs": jobs}, "parameters": {"properties": {"file": {"type": "string"}}}});
    app.put("/v1/templates/print", template).await.expect(201);
    let schedule = json!({"every_seconds": 3_600, "template": {"name": "print"}});
    app.put("/v1/schedules/hourly", schedule).await.expect(201);
    app.post("/v1/schedules/hourly/trigger", json!({})).await.expect(201);
    let hook = json!({"url": "https://receiver.example/", "events": ["pipeline.failed"]});
    let hook = app.post("/v1/webhooks", hook).await.expect(201);
    let key = app.post("/v1/keys", json!({"name": "robot", "scopes": ["read"]})).await.expect(201);
    let job = app.job_path(&made, "load").await.replace("/v1/", "");
    let mut pages: Vec<String> = [
        "",
        "pipelines",
        "tasks",
        "tasks?state=running",
        "queues",
        "queues/load",
        "workers",
        "workers/w",
        "templates",
        "templates/print",
        "schedules",
        "schedules/hourly",
        "webhooks",
        "outcomes",
        "outcomes?subject=s-1",
        "events",
        "system",
        "keys",
        "search?q=print",
    ]
    .map(str::to_owned)
    .into();
    pages.extend([format!("pipelines/{}", id(&made)), job, format!("tasks/{}", id(&runs))]);
    pages.extend([format!("webhooks/{}", id(&hook)), format!("keys/{}", id(&key))]);
    pages
}

#[tokio::test]
async fn pages_have_what_scripts_hold_on_to() {
    let app = TestApp::start().await;
    let pages = filled(&app).await;
    let mut reader = Reader::at(&app, 0);
    for path in pages {
        let page = reader.page(&format!("/ui/{path}")).await;
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        for table in page.split("<table").skip(1).map(|table| table.split("</table>").next().unwrap()) {
            assert!(table.contains("<th "), "{path}: {table}");
            let body = table.split("<tbody>").nth(1).unwrap();
            assert_eq!(body.matches("<tr").count(), body.matches("<tr data-id=\"").count(), "{path}: {body}");
        }
        for form in page.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap()) {
            if form.contains("method=\"post\"") {
                assert!(
                    form.contains("name=\"verb\"") && form.contains("name=\"forgery_token\""),
                    "{path}: {form}"
                );
            }
        }
        assert_eq!(
            page.matches("class=\"state\"").count(),
            page.matches("class=\"state\" data-state=\"").count(),
            "{path}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn a_refusal_is_an_alert_that_begins_with_the_apis_status_and_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let made = app.submit(json!([job("a", json!({}))])).await;
    let mut reader = Reader::at(&app, 0);
    let (path, long) = (format!("/ui/pipelines/{}", id(&made)), "x".repeat(5_001));
    for (fields, status) in [
        (vec![("verb", "pause"), ("reason", long.as_str())], 422),
        (vec![("verb", "dance"), ("reason", "why not")], 422),
        (vec![("verb", "delete"), ("confirmed", "yes")], 409),
    ] {
        let answer = reader.act(&path, &fields).await;
        assert_eq!(answer.status(), status, "{fields:?}");
        let page = answer.text().await.unwrap();
        let alert = super::reader::part(&page, "role=\"alert\"", "</div>");
        assert!(alert.contains(&format!("<strong>{status}</strong>")), "{alert}");
        if let Some((_, reason)) = fields.iter().find(|(name, _)| *name == "reason") {
            assert!(page.contains(reason), "what was typed stays");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn whole_payloads_are_texts_to_keep_that_no_browser_shows_as_anything_else() {
    let app = TestApp::start().await;
    let payload = json!({"html": "<script>alert(1)</script>", "long": "x".repeat(20_000)});
    app.submit(json!([{"key": "a", "type": "a", "payload": payload, "tasks": [{"payload": payload}]}])).await;
    let task = app.lease("a").await;
    let path = format!("/ui/tasks/{}", id(&task));
    let mut reader = Reader::at(&app, 0);
    let page = reader.page(&path).await;
    assert!(page.contains("The first 16 KiB of") && !page.contains("<script>alert") && page.len() < 60_000);
    let job = app.send(app.request(Method::GET, &format!("/v1/tasks/{}", id(&task)))).await.json()["job_id"]
        .clone();
    for path in [format!("{path}/payload.txt"), format!("/ui/jobs/{}/payload.txt", job.as_str().unwrap())] {
        let answer = reader.look(&path).await;
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let whole: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(whole, payload);
    }
    app.finish().await;
}
