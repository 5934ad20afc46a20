//! One attempt keeps so many bytes of log, and says how many lines were dropped.

use serde_json::{Value, json};
use windlass_server::Limits;
use windlass_tests::{TestApp, eventually, id};

use super::support::{leased, lines, messages, read, read_page, write};

const LIMIT: usize = 100;

async fn small() -> TestApp {
    TestApp::start_within(Limits { log_bytes: LIMIT, ..Limits::default() }).await
}

/// Lines whose messages have these lengths.
fn of(sizes: &[usize]) -> Value {
    sizes.iter().map(|size| json!({"message": "x".repeat(*size)})).collect()
}

fn dropped(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["message"].as_str().unwrap().contains("dropped")).collect()
}

#[tokio::test]
async fn from_the_first_line_that_does_not_fit_on_all_are_dropped_and_counted() {
    let app = small().await;
    let (_, task) = leased(&app).await;
    let counts = |accepted: u32, dropped: u32| json!({"accepted": accepted, "dropped": dropped});
    assert_eq!(write(&app, &task, of(&[60, 40])).await.expect(200), counts(2, 0));
    assert_eq!(write(&app, &task, of(&[0])).await.expect(200), counts(1, 0));
    assert_eq!(write(&app, &task, of(&[1, 0])).await.expect(200), counts(0, 2));
    assert_eq!(write(&app, &task, of(&[0, 0, 0])).await.expect(200), counts(0, 3));
    assert_eq!(read(&app, &task, "").await.len(), 3, "nothing is said while the attempt goes on");
    app.fail(&task).await;
    let all = read(&app, &task, "").await;
    assert_eq!(all.len(), 4);
    let last = &all[3];
    assert_eq!((&last["level"], &last["attempt"], &last["fields"]), (&json!("warn"), &json!(1), &json!({})));
    assert!(last["message"].as_str().unwrap().contains("5 lines"), "{last}");
    let ended = app.get(&format!("/v1/tasks/{}/attempts", id(&task))).await.expect(200);
    assert_eq!(last["at"], ended["items"][0]["ended_at"]);
    app.finish().await;
}

#[tokio::test]
async fn messages_and_fields_count_as_utf_8_and_an_empty_object_as_nothing() {
    let app = small().await;
    let (_, task) = leased(&app).await;
    let sent = json!([
        {"message": "é".repeat(40), "fields": {}},
        {"message": "", "fields": {"a":"0123456789a"}},
        {"message": "x", "fields": {}},
        {"message": "x"},
    ]);
    assert_eq!(write(&app, &task, sent).await.expect(200), json!({"accepted": 3, "dropped": 1}));
    app.finish().await;
}

#[tokio::test]
async fn every_attempt_has_its_own_bytes_and_its_own_last_line() {
    let app = small().await;
    let (_, task) = leased(&app).await;
    write(&app, &task, of(&[101])).await.expect(200);
    app.fail(&task).await;
    let again = app.lease("a").await;
    assert_eq!(write(&app, &again, of(&[100, 1])).await.expect(200)["accepted"], 1);
    app.report(&again, "release", json!({})).await.expect(200);
    let third = app.lease("a").await;
    assert_eq!(third["attempt"], again["attempt"], "a released attempt gives its number back");
    assert_eq!(write(&app, &third, of(&[100])).await.expect(200)["accepted"], 1);
    app.complete(&third).await;
    let all = read(&app, &task, "").await;
    let told: Vec<bool> =
        all.iter().map(|line| line["message"].as_str().unwrap().contains("1 line was")).collect();
    assert_eq!(told, [true, false, true, false]);
    assert_eq!(all.iter().map(|line| line["attempt"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 2, 2]);
    assert_eq!(dropped(&read(&app, &task, "attempt=2").await).len(), 1);
    assert_eq!(dropped(&read(&app, &task, "level=warn").await).len(), 2);
    assert_eq!(read(&app, &task, "level=error").await.len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn the_last_line_comes_however_the_attempt_ends() {
    for end in ["complete", "fail", "release", "cancel", "expire"] {
        let app = small().await;
        let (pipeline, task) = leased(&app).await;
        write(&app, &task, of(&[50, 60])).await.expect(200);
        let (seen, cursor) = read_page(&app, &task, "").await;
        assert_eq!(seen.len(), 1);
        match end {
            "complete" => drop(app.complete(&task).await),
            "fail" => drop(app.fail(&task).await),
            "release" => drop(app.report(&task, "release", json!({})).await.expect(200)),
            "cancel" => drop(app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "cancel").await),
            _ => {
                app.advance(61).await;
                eventually("the lease has ended", async || {
                    (app.task(&task).await["state"] != "running").then_some(())
                })
                .await;
            }
        }
        // Whoever has followed the log so far misses it no more than others do.
        let (rest, _) = read_page(&app, &task, &format!("cursor={cursor}")).await;
        assert_eq!((rest.len(), dropped(&rest).len()), (1, 1), "{end}: {rest:?}");
        app.finish().await;
    }
}

#[tokio::test]
async fn lines_of_a_report_that_do_not_fit_are_dropped_as_well() {
    let app = small().await;
    let (_, task) = leased(&app).await;
    write(&app, &task, of(&[90])).await.expect(200);
    app.report(&task, "complete", json!({"lines": of(&[10, 1, 0])})).await.expect(200);
    let all = read(&app, &task, "").await;
    assert_eq!(all.len(), 3);
    assert!(all[2]["message"].as_str().unwrap().contains("2 lines"), "{all:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_report_on_a_full_log_counts_its_lines() {
    let app = small().await;
    let (_, task) = leased(&app).await;
    write(&app, &task, of(&[100, 1])).await.expect(200);
    app.report(&task, "release", json!({"lines": of(&[0, 0])})).await.expect(200);
    let all = read(&app, &task, "").await;
    assert!(all[1]["message"].as_str().unwrap().contains("3 lines"), "{all:?}");
    app.finish().await;
}

#[tokio::test]
async fn an_attempt_keeps_1_mib_by_default() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let kib = |count: usize| json!(vec![json!({"message": "x".repeat(1_024)}); count]);
    assert_eq!(write(&app, &task, kib(1_000)).await.expect(200), json!({"accepted": 1_000, "dropped": 0}));
    assert_eq!(write(&app, &task, kib(30)).await.expect(200), json!({"accepted": 24, "dropped": 6}));
    app.complete(&task).await;
    let mut cursor = String::from("l0");
    let mut all = Vec::new();
    loop {
        let (lines, next) = read_page(&app, &task, &format!("limit=500&cursor={cursor}")).await;
        if lines.is_empty() {
            break;
        }
        all.extend(lines);
        cursor = next;
    }
    assert_eq!((all.len(), dropped(&all).len()), (1_025, 1));
    app.finish().await;
}

#[tokio::test]
async fn what_follows_is_of_the_next_attempt() {
    let app = small().await;
    let (_, task) = leased(&app).await;
    write(&app, &task, of(&[101])).await.expect(200);
    app.fail(&task).await;
    let again = app.lease("a").await;
    write(&app, &again, lines(&["fresh"])).await.expect(200);
    let all = messages(&app, &task, "").await;
    assert_eq!((all.len(), all[1].as_str()), (2, "fresh"));
    app.finish().await;
}
