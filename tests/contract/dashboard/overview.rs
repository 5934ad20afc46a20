//! The first page, and the one about the system.

use serde_json::json;
use windlass_tests::{TestApp, eventually, id, job};

use super::reader::{Reader, part, rows, section};

#[tokio::test]
async fn the_overview_shows_types_with_their_last_hour_what_runs_what_ended_and_what_failed() {
    let app = TestApp::start().await;
    let made = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}, {}], "max_failed_tasks": 2}))])).await;
    let ended = app.submit(json!([job("b", json!({}))])).await;
    app.succeed("a").await;
    let failed = app.lease("a").await;
    app.fail_with(
        &failed,
        json!({"retry": "never", "error": {"category": "io", "message": "disk 17 is full"}}),
    )
    .await;
    app.lease("a").await;
    app.succeed("b").await;
    assert_eq!(app.pipeline(&ended).await["state"], "succeeded");
    let page = eventually("the minute is told", || async {
        let page = Reader::at(&app, 0).page("/ui/").await;
        page.contains("1 attempts failed in the last 1 h").then_some(page)
    })
    .await;
    let types = section(&page, "Types with most to do");
    assert_eq!(rows(types), ["a", "b"], "that with most to do first");
    let row = part(types, "<tr data-id=\"a\">", "</tr>");
    assert!(row.contains("1 attempts succeeded in the last 1 h"), "{row}");
    assert_eq!(row.matches("<svg class=\"curve\"").count(), 2, "what succeeds, and what fails: {row}");
    assert!(!row.contains("– / –"), "how long one waited and ran: {row}");
    assert_eq!(rows(section(&page, "Running pipelines")), [id(&made)]);
    let failures = section(&page, "Newest failures");
    assert_eq!(rows(failures), [id(&failed)]);
    assert!(failures.contains("disk 17 is full"), "{failures}");
    let figures = part(&page, "class=\"figures\"", "<section");
    assert!(part(figures, "<b>", "</b>") == "1" && figures.contains("?state=succeeded"), "{figures}");
    app.finish().await;
}

#[tokio::test]
async fn the_50_types_with_most_to_do_are_shown_and_the_rest_behind_a_link() {
    let app = TestApp::start().await;
    let jobs: Vec<_> = (0..51).map(|number| job(&format!("t{number:02}"), json!({}))).collect();
    app.submit(json!(jobs)).await;
    app.submit(json!([{"key": "more", "type": "t50", "tasks": [{}, {}]}])).await;
    let page = Reader::at(&app, 0).page("/ui/").await;
    let shown = rows(section(&page, "Types with most to do"));
    assert_eq!((shown.len(), shown[0]), (50, "t50"));
    assert!(page.contains("<a href=\"/ui/queues\">All types</a>"));
    app.finish().await;
}

#[tokio::test]
async fn the_page_about_the_system_shows_servers_the_database_and_duties() {
    let app = TestApp::start_servers(2).await;
    let page = eventually("both servers are seen", || async {
        let page = Reader::at(&app, 1).page("/ui/system").await;
        (rows(section(&page, "Servers")).len() == 2).then_some(page)
    })
    .await;
    let version = env!("CARGO_PKG_VERSION");
    assert!(section(&page, "Servers").contains(version) && section(&page, "Servers").contains("<time"));
    let system = app.get("/v1/system").await.expect(200);
    let database = section(&page, "Database");
    for (name, expected) in [
        ("Version", system["database"]["version"].as_str().unwrap().to_owned()),
        ("Newest migration", system["database"]["schema_version"].to_string()),
    ] {
        assert!(
            part(database, &format!("<dt>{name}</dt>"), "</dd>").contains(&expected),
            "{name}: {database}"
        );
    }
    assert!(database.contains("<dt>Disk</dt>") && database.contains("<dt>Size</dt>"));
    let now = section(&page, "Now");
    assert!(now.contains("in use") && now.contains("<dt>Oldest snapshot</dt>"), "{now}");
    let duties = section(&page, "Duties of this server");
    assert!(rows(duties).contains(&"sweep") && duties.contains(" ago"), "{duties}");
    app.finish().await;
}
