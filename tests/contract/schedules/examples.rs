//! The worked examples with schedules of `docs/templates.md`, each taken from the page and run.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Europe::Berlin;
use serde_json::{Value, json};
use windlass_tests::{TestApp, time_of};

use super::support::{get, pipeline_of, put, runs_until, text};

const PAGE: &str = include_str!("../../../docs/templates.md");

/// The JSON of a section of the page, in order.
fn blocks(section: &str) -> Vec<Value> {
    let from = PAGE.find(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
    let rest = &PAGE[from + 4..];
    let section = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    let json = section.split("```json\n").skip(1);
    json.map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap()).collect()
}

async fn nightly() -> TestApp {
    let app = TestApp::start().await;
    let [template, schedule] = &blocks("Nightly job in local time")[..] else { panic!("two blocks") };
    put(&app, "/v1/templates/example", template).await.expect(201);
    put(&app, "/v1/schedules/nightly", schedule).await.expect(201);
    app
}

#[tokio::test]
async fn nightly_job_in_local_time() {
    let app = nightly().await;
    let due = time_of(&get(&app, "nightly").await, "next_run_at");
    let local = Berlin.from_utc_datetime(&due.naive_utc());
    assert!(["02:30", "03:00"].contains(&local.format("%H:%M").to_string().as_str()), "{local}");
    let now: DateTime<Utc> = app.time_in(0).await.parse().unwrap();
    app.advance(u64::try_from((due - now).num_seconds()).unwrap() + 1).await;
    let run = runs_until(&app, "nightly", 1, "created").await.remove(0);
    let pipeline = pipeline_of(&app, &run).await;
    let day = local.format("%Y-%m-%d").to_string();
    assert_eq!(pipeline["name"], format!("books of {day}"));
    assert_eq!(app.lease("close-books").await["payload"], json!({"day": day}));
    app.finish().await;
}

#[tokio::test]
async fn back_fill_by_triggers() {
    let app = nightly().await;
    let [trigger] = &blocks("Back-fill by triggers")[..] else { panic!("one block") };
    let made = app.post("/v1/schedules/nightly/trigger", trigger.clone()).await.expect(201);
    assert_eq!(made["name"], format!("books of {}", &text(&trigger["scheduled_at"])[..10]));
    app.post("/v1/schedules/nightly/trigger", trigger.clone()).await.problem(409, "illegal_transition");
    let other = json!({"scheduled_at": "2026-11-21T01:30:00Z"});
    app.post("/v1/schedules/nightly/trigger", other).await.expect(201);
    app.finish().await;
}
