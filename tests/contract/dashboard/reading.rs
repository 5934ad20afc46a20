//! What pages show of what is long, far away, or written by others.

use serde_json::json;
use windlass_tests::{TestApp, eventually, id};

use super::reader::Reader;

#[tokio::test]
async fn of_a_long_log_the_end_is_shown_and_all_of_it_is_a_text_to_keep() {
    let app = TestApp::start().await;
    app.submit(json!([{"key": "a", "type": "t", "tasks": [{}]}])).await;
    let task = app.lease("t").await;
    for piece in 0..12 {
        let line = |number: usize| json!({"message": format!("line {piece}.{number} \u{1b}[31m<b>{}", "x".repeat(100))});
        let lines: Vec<_> = (0..100).map(line).collect();
        app.report(&task, "log", json!({ "lines": lines })).await.expect(200);
    }
    let mut reader = Reader::at(&app, 0);
    let path = format!("/ui/tasks/{}", id(&task));
    let page = reader.page(&path).await;
    assert!(page.contains("line 11.99 \u{fffd}[31m&lt;b&gt;") && page.contains("The newest 16 KiB"));
    assert!(!page.contains("line 0.0 ") && page.len() < 200_000, "{}", page.len());
    let whole = reader.look(&format!("{path}/log.txt")).await;
    assert_eq!(whole.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(whole.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(whole.text().await.unwrap().lines().count(), 1_200);
    app.finish().await;
}

#[tokio::test]
async fn the_newest_error_of_a_pipeline_is_the_one_that_came_last() {
    let app = TestApp::start().await;
    let tasks: Vec<_> = (0..30).map(|_| json!({})).collect();
    let made = app.submit(json!([{"key": "a", "type": "t", "max_failed_tasks": 30, "tasks": tasks}])).await;
    let mut leased = app.lease_many("t", 30).await;
    let first = leased.remove(0);
    for (number, task) in leased.iter().chain([&first]).enumerate() {
        let error = json!({"category": "broken", "message": format!("no. {number}")});
        app.fail_with(task, json!({"retry": "never", "error": error})).await;
    }
    let page = Reader::at(&app, 0).page(&format!("/ui/pipelines/{}", id(&made))).await;
    let newest = page.split_once("id=\"newest-error\"").unwrap().1;
    assert!(newest.split("</section>").next().unwrap().contains("no. 29"), "{newest}");
    app.finish().await;
}

#[tokio::test]
async fn how_far_a_bulk_verb_is_can_be_seen_at_every_server() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..3 {
        app.submit(json!([{"key": "a", "type": "t", "tasks": [{}]}])).await;
    }
    let mut reader = Reader::at(&app, 0);
    reader.page("/ui/pipelines").await;
    let fields = [("verb", "cancel"), ("filter.metadata", "team=none")];
    assert!(
        reader.act_and_read("/ui/pipelines?name=test", &fields).await.contains("0 pipelines"),
        "by metadata"
    );
    assert!(
        !reader.page("/ui/pipelines").await.contains("value=\"cancel\""),
        "without a filter it is not offered"
    );
    assert!(reader.page("/ui/pipelines?name=test").await.contains("value=\"cancel\""));
    let asked =
        reader.act_and_read("/ui/pipelines?name=test", &[("verb", "cancel"), ("filter.name", "test")]).await;
    assert!(asked.contains("<strong>3</strong> pipelines fit the filter"), "{asked}");
    let fields = [("verb", "cancel"), ("filter.name", "test"), ("confirmed", "yes"), ("seen", "3")];
    let begun = reader.act("/ui/pipelines?name=test", &fields).await;
    assert_eq!(begun.status(), 303);
    let place = begun.headers()["location"].to_str().unwrap().to_owned();
    let other = reader.also_at(&app, 1);
    let ended = eventually("it has ended", || async {
        let page = other.look(&place).await.text().await.unwrap();
        page.contains("3 were changed, 0 refused").then_some(page)
    })
    .await;
    assert!(ended.contains("Cancel of 3 pipelines"), "{ended}");
    app.finish().await;
}

#[tokio::test]
async fn the_page_about_the_system_opens_and_says_so_while_the_database_is_away() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    let mut reader = Reader::at(&app, 0);
    let page = reader.page("/ui/system").await;
    assert!(page.contains("Newest migration") && !page.contains("role=\"alert\""), "{page}");
    outage.begin().await;
    let page = eventually("it is noticed", || async {
        let page = reader.look("/ui/system").await.text().await.unwrap();
        page.contains("role=\"alert\"").then_some(page)
    })
    .await;
    assert!(page.contains("503") && page.contains("The database does not answer"), "{page}");
    assert_eq!(reader.look("/ui/").await.status(), 503);
    outage.end().await;
    eventually("it is well again", || async {
        let page = reader.look("/ui/system").await.text().await.unwrap();
        (!page.contains("role=\"alert\"")).then_some(())
    })
    .await;
    app.finish().await;
}
