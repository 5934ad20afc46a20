//! Tasks over all, and the page of one.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use super::reader::{Reader, rows, section};

async fn fail(app: &TestApp, kind: &str, category: &str) -> Value {
    let task = app.lease(kind).await;
    let error = json!({"category": category, "message": format!("{category} of {kind}")});
    app.fail_with(&task, json!({"error": error, "retry": "never"})).await;
    task
}

#[tokio::test]
async fn failed_tasks_are_listed_newest_first_by_type_and_category_and_running_ones_longest_first() {
    let app = TestApp::start().await;
    let two = json!({"tasks": [{}, {}, {}, {}], "max_failed_tasks": 4});
    app.submit(json!([job("a", two.clone()), job("b", two)])).await;
    let one = fail(&app, "a", "data_error").await;
    let two = fail(&app, "b", "data_error").await;
    app.advance(100).await;
    let since = app.time_in(0).await;
    let three = fail(&app, "a", "timeout_error").await;
    let (longest, newest) = (app.lease("b").await, app.lease("a").await);
    let mut reader = Reader::at(&app, 0);
    for (query, heading, expected) in [
        ("", "Failed", vec![&three, &two, &one]),
        ("?type=a", "Failed", vec![&three, &one]),
        ("?category=data_error", "Failed", vec![&two, &one]),
        ("?state=running", "Running", vec![&longest, &newest]),
        ("?state=running&type=a", "Running", vec![&newest]),
    ] {
        let page = reader.page(&format!("/ui/tasks{query}")).await;
        let expected: Vec<&str> = expected.into_iter().map(id).collect();
        assert_eq!(rows(section(&page, heading)), expected, "{query}");
    }
    let page = reader
        .page(&format!("/ui/tasks?created_after={}", since.replace(':', "%3A").replace('+', "%2B")))
        .await;
    assert!(page.contains("No task has failed for good"), "all were created before");
    app.finish().await;
}

#[tokio::test]
async fn those_ticked_are_retried() {
    let app = TestApp::start().await;
    let made = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 3}))])).await;
    let failed = [fail(&app, "a", "x").await, fail(&app, "a", "x").await, fail(&app, "a", "x").await];
    let mut reader = Reader::at(&app, 0);
    let fields = [("verb", "retry"), ("reason", "mended"), ("id", id(&failed[0])), ("id", id(&failed[2]))];
    assert_eq!(reader.act("/ui/tasks", &fields).await.status(), 303);
    let counts = app.job(&made, "a").await["counts"].clone();
    assert_eq!((&counts["failed"], &counts["queued"]), (&json!(1), &json!(2)));
    assert_eq!(app.task(&failed[1]).await["state"], "failed");
    assert_eq!(reader.act("/ui/tasks", &[("verb", "retry")]).await.status(), 422, "none is ticked");
    app.finish().await;
}

#[tokio::test]
async fn a_task_shows_all_that_is_known_of_it() {
    let app = TestApp::start().await;
    let retry = json!({"max_attempts": 3, "initial_delay_seconds": 300, "jitter": 0});
    app.submit(json!([job("a", json!({"tasks": [{"payload": {"file": "a.txt"}}], "retry": retry}))])).await;
    let task = app.lease("a").await;
    app.report(&task, "progress", json!({"current": 1, "total": 4, "message": "reading"})).await.expect(200);
    app.report(&task, "heartbeat", json!({"checkpoint": {"at": 12}})).await.expect(200);
    app.report(&task, "log", json!({"lines": [{"message": "half of it"}]})).await.expect(200);
    let path = format!("/ui/tasks/{}", id(&task));
    let mut reader = Reader::at(&app, 0);
    let page = reader.page(&path).await;
    assert!(section(&page, "Progress").contains("1 of 4") && page.contains("reading"));
    assert!(section(&page, "Checkpoint").contains("&quot;at&quot;: 12"));
    assert!(section(&page, "Payload").contains("a.txt") && page.contains("half of it"));
    assert!(page.contains("data-polls=\"yes\""), "it asks for its progress once a second");
    app.fail_with(&task, json!({"error": {"category": "io", "message": "no disk", "detail": {"disk": 17}}}))
        .await;
    let page = reader.page(&path).await;
    let attempts = section(&page, "Attempts");
    assert_eq!(rows(attempts), ["1"]);
    assert!(attempts.contains("no disk") && attempts.contains("class=\"line\""), "{attempts}");
    let next = app.task(&task).await["run_at"].as_str().unwrap()[..16].to_owned();
    assert!(section(&page, "About it").contains(&next), "the next attempt and when");
    app.advance(301).await;
    let again =
        windlass_tests::eventually("it is due", || async { app.lease_many("a", 1).await.pop() }).await;
    let outcomes = json!([{"subject": "a.txt", "disposition": "kept", "reason": "it is new"}]);
    app.report(&again, "complete", json!({"result": {"rows": 3}, "outcomes": outcomes})).await.expect(200);
    let page = reader.page(&path).await;
    assert_eq!(rows(section(&page, "Attempts")), ["1", "2"]);
    assert!(section(&page, "Result").contains("&quot;rows&quot;: 3"));
    assert!(section(&page, "Outcomes").contains("it is new"));
    assert!(!page.contains("data-polls"), "it has ended");
    app.finish().await;
}

#[tokio::test]
async fn one_task_is_cancelled_after_it_was_asked_and_retried() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}], "max_failed_tasks": 2}))])).await;
    let task = app.lease("a").await;
    let path = format!("/ui/tasks/{}", id(&task));
    let mut reader = Reader::at(&app, 0);
    let asked = reader.act_and_read(&path, &[("verb", "cancel")]).await;
    assert!(asked.contains("Cancel this task?") && asked.contains("One task of"), "{asked}");
    assert_eq!(app.task(&task).await["state"], "running");
    reader.act(&path, &[("verb", "cancel"), ("confirmed", "yes"), ("reason", "hangs")]).await;
    assert_eq!(app.task(&task).await["state"], "cancelled");
    assert_eq!(reader.act(&path, &[("verb", "retry"), ("reason", "now")]).await.status(), 303);
    assert_eq!(app.task(&task).await["state"], "queued");
    app.finish().await;
}
