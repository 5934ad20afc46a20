//! Queues, templates, schedules, webhooks and keys.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

use super::reader::{Reader, part, rows, section};

#[tokio::test]
async fn a_queue_shows_the_curves_of_its_last_day_and_what_runs_and_fails() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 3}))])).await;
    app.succeed("a").await;
    let failed = app.lease("a").await;
    app.fail_with(&failed, json!({"retry": "never"})).await;
    let runs = app.lease("a").await;
    let page = eventually("the minute is told", || async {
        let page = Reader::at(&app, 0).page("/ui/queues/a").await;
        page.contains("1 attempts succeeded and 1 failed in the last 1 d").then_some(page)
    })
    .await;
    assert_eq!(section(&page, "Last 24 hours").matches("<svg class=\"curve\"").count(), 3);
    assert_eq!(rows(section(&page, "Running for longest")), [id(&runs)]);
    assert_eq!(rows(section(&page, "Newest failures")), [id(&failed)]);
    let mut reader = Reader::at(&app, 0);
    let change = [("verb", "max_running"), ("max_running", "7"), ("reason", "one disk")];
    assert!(page.contains("aria-label=\"Reason: Set how many may run\""), "{page}");
    reader.act("/ui/queues/a", &change).await;
    assert_eq!(app.get("/v1/queues/a").await.expect(200)["max_running"], 7);
    let told = app.walk_events("?entity=queue").await;
    assert_eq!(told.last().unwrap()["reason"], "one disk");
    reader.act("/ui/queues/a", &[("verb", "max_running"), ("max_running", "")]).await;
    assert_eq!(app.get("/v1/queues/a").await.expect(200)["max_running"], Value::Null, "empty: any number");
    let listed = reader.page("/ui/queues").await;
    assert_eq!(rows(section(&listed, "All types")), ["a"]);
    app.finish().await;
}

#[tokio::test]
async fn a_template_shows_what_each_version_changed_and_previews() {
    let app = TestApp::start().await;
    let version = |kind: &str| {
        json!({"pipeline": {"name": "print {{ file }}", "jobs": [{"key": "a", "type": kind}]},
        "parameters": {"required": ["file"], "properties": {"file": {"type": "string"}, "more": {"type": "object"}}}})
    };
    app.put("/v1/templates/print", version("old-press")).await.expect(201);
    app.put("/v1/templates/print", version("new-press")).await.expect(201);
    let mut reader = Reader::at(&app, 0);
    let page = reader.page("/ui/templates/print").await;
    assert_eq!(rows(section(&page, "Versions")), ["2", "1"]);
    let page = reader.page("/ui/templates/print?compare=2").await;
    let difference = part(&page, "id=\"difference\"", "</section>");
    assert!(part(difference, "<span class=\"gone\">", "</span>").contains("old-press"), "{difference}");
    assert!(part(difference, "<span class=\"added\">", "</span>").contains("new-press"), "{difference}");
    // As browsers send the ends of lines.
    let more = "{\r\n  \"a\": 1\r\n}";
    let fields = [("verb", "preview"), ("parameters.file", "a.txt"), ("parameters.more", more)];
    let page = reader.act_and_read("/ui/templates/print", &fields).await;
    assert!(part(&page, "id=\"preview\"", "</section>").contains("print a.txt"));
    assert!(page.contains("name=\"parameters.file\" value=\"a.txt\""), "what was typed stays");
    assert!(page.contains("{\n  &quot;a&quot;: 1\n}") && !page.contains('\u{fffd}'), "{page}");
    assert!(app.walk("/v1/pipelines").await.is_empty(), "nothing was made");
    app.finish().await;
}

#[tokio::test]
async fn a_schedule_shows_its_next_runs_in_its_zone_and_its_last_ones_and_is_triggered() {
    let app = TestApp::start().await;
    let template = json!({"pipeline": {"name": "made", "jobs": [{"key": "a", "type": "a"}]}});
    app.put("/v1/templates/made", template).await.expect(201);
    let schedule = json!({"cron": "30 12 * * *", "timezone": "Asia/Tokyo", "template": {"name": "made"}});
    app.put("/v1/schedules/noon", schedule).await.expect(201);
    let mut reader = Reader::at(&app, 0);
    let page = reader.page("/ui/schedules/noon").await;
    let next = section(&page, "Next runs");
    assert_eq!(rows(next).len(), 5);
    assert_eq!(next.matches("12:30").count(), 5, "in its zone: {next}");
    assert_eq!(
        next.matches(" 03:30:00 UTC").count(),
        5,
        "and in the reader's, which is UTC without a script: {next}"
    );
    let made = reader.act("/ui/schedules/noon", &[("verb", "trigger")]).await;
    let to = made.headers()["location"].to_str().unwrap().to_owned();
    let page = reader.page("/ui/schedules/noon").await;
    let runs = section(&page, "Last runs");
    assert_eq!(rows(runs).len(), 1);
    assert!(runs.contains(&to) && runs.contains("data-state=\"triggered\""), "{runs}");
    app.finish().await;
}

#[tokio::test]
async fn a_webhook_is_made_changed_tested_and_its_deliveries_retried() {
    let app = TestApp::start_with(super::calling_here()).await;
    let url = super::nobodys_address();
    let mut reader = Reader::at(&app, 0);
    let new = [
        ("verb", "create"),
        ("url", url.as_str()),
        ("events", "pipeline.pending, pipeline.failed"),
        ("format", "slack"),
        ("filter", "{"),
    ];
    assert_eq!(reader.act("/ui/webhooks", &new).await.status(), 422, "the filter is no JSON");
    let mut new = new.to_vec();
    new[4] = ("filter", "{\"pipeline_name\": \"test\"}");
    let page = reader.act_and_read("/ui/webhooks", &new).await;
    assert!(part(&page, "id=\"secret\"", "</code>").contains("whsec_"));
    let made = app.walk("/v1/webhooks").await.remove(0);
    let path = format!("/ui/webhooks/{}", id(&made));
    assert_eq!((&made["format"], &made["filter"]), (&json!("slack"), &json!({"pipeline_name": "test"})));
    assert!(!reader.page(&path).await.contains("whsec_"), "it is shown once");
    let change = [
        ("verb", "change"),
        ("url", url.as_str()),
        ("events", "pipeline.pending"),
        ("format", "standard"),
        ("filter", ""),
    ];
    assert_eq!(reader.act(&path, &change).await.status(), 303);
    let now = app.get(&path.replace("/ui/", "/v1/")).await.expect(200);
    assert_eq!(
        (&now["events"], &now["format"], &now["filter"]),
        (&json!(["pipeline.pending"]), &json!("standard"), &json!({}))
    );
    let tested = reader.act_and_read(&path, &[("verb", "test")]).await;
    assert!(part(&tested, "id=\"tested\"", "</p>").contains("not delivered"));
    app.submit(json!([job("a", json!({}))])).await;
    let deliveries = format!("/v1/webhooks/{}/deliveries", id(&made));
    let mut failed = Value::Null;
    let pauses = [5_u64, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400, 0];
    for (attempts, seconds) in (1..).zip(pauses) {
        failed = eventually("it was tried", || async {
            let delivery = app.walk(&deliveries).await.pop()?;
            (delivery["attempts"].as_array().unwrap().len() == attempts).then_some(delivery)
        })
        .await;
        app.advance(seconds * 6 / 5 + 1).await;
    }
    let page = eventually("it is given up", || async {
        let page = reader.look(&path).await.text().await.unwrap();
        section(&page, "Deliveries").contains("data-state=\"failed\"").then_some(page)
    })
    .await;
    let shown = section(&page, "Deliveries");
    assert_eq!(rows(shown), [id(&failed)]);
    assert_eq!(shown.matches("<time").count(), 12, "each attempt, and its creation: {shown}");
    assert!(shown.contains("aria-label=\"Reason: Retry\""), "{shown}");
    let retry = [("verb", "retry"), ("delivery", id(&failed)), ("reason", "mended")];
    assert_eq!(reader.act(&path, &retry).await.status(), 303);
    let asked = reader.act_and_read(&path, &[("verb", "delete")]).await;
    assert!(asked.contains("Delete this webhook?"), "{asked}");
    reader.act(&path, &[("verb", "delete"), ("confirmed", "yes")]).await;
    assert!(app.walk("/v1/webhooks").await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_key_is_shown_once_rotated_and_revoked_after_it_was_asked() {
    let app = TestApp::start_with_keys().await;
    let admin = app.key("admin", &["admin"]).await;
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&admin, "").await;
    let new = [
        ("verb", "create"),
        ("name", "robot"),
        ("scopes", "read"),
        ("scopes", "work"),
        ("types", "resize, crop"),
    ];
    let page = reader.act_and_read("/ui/keys", &new).await;
    let first = part(&page, "id=\"key\">", "<").to_owned();
    let made = app.get_by(&admin, "/v1/keys?name=robot").await.expect(200)["items"][0].clone();
    assert_eq!(made["scopes"], json!(["read", "work"]));
    assert!(["crop", "resize"].iter().all(|kind| made["types"].as_array().unwrap().contains(&json!(kind))));
    assert!(!reader.page("/ui/keys").await.contains(&first), "it is shown once");
    let path = format!("/ui/keys/{}", id(&made));
    let page = reader.act_and_read(&path, &[("verb", "rotate")]).await;
    let second = part(&page, "id=\"key\">", "<").to_owned();
    assert_ne!(first, second);
    app.get_by(&second, "/v1/queues").await.expect(200);
    let asked = reader.act_and_read(&path, &[("verb", "revoke")]).await;
    assert!(asked.contains("Revoke this key?") && asked.contains("<bdi>robot</bdi>"), "{asked}");
    app.get_by(&second, "/v1/queues").await.expect(200);
    reader.act(&path, &[("verb", "revoke"), ("confirmed", "yes"), ("reason", "lost")]).await;
    eventually("it is refused", || async {
        (app.get_by(&second, "/v1/queues").await.status == 401).then_some(())
    })
    .await;
    assert!(reader.page(&path).await.contains("data-state=\"revoked\""));
    app.finish().await;
}
