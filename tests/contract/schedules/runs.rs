//! `GET /v1/schedules/{name}/runs`, and runs that fail.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::support::{hourly, outcomes, put, runs_until, schedule, text};

#[tokio::test]
async fn the_list_is_newest_recorded_first_page_by_page() {
    let app = hourly(json!({})).await;
    for hour in 0..7 {
        let at = json!({"scheduled_at": format!("2026-01-05T0{hour}:00:00Z")});
        app.post("/v1/schedules/s/trigger", at).await.expect(201);
    }
    let all = app.walk("/v1/schedules/s/runs").await;
    assert_eq!(all.len(), 7);
    assert_eq!(all[0]["scheduled_at"], "2026-01-05T06:00:00Z");
    for limit in 1..=8 {
        assert_eq!(app.walk(&format!("/v1/schedules/s/runs?limit={limit}")).await, all, "{limit} at a time");
    }
    app.get("/v1/schedules/s/runs?cursor=x").await.problem(400, "malformed_request");
    app.finish().await;
}

/// A schedule whose template fails once its clock is past what the test says.
async fn failing(pipeline: Value) -> (TestApp, Value) {
    let app = hourly(json!({})).await;
    put(&app, "/v1/templates/t", &json!({"pipeline": pipeline})).await.expect(201);
    app.advance(3_601).await;
    let run = runs_until(&app, "s", 1, "failed").await.remove(0);
    (app, run)
}

#[tokio::test]
async fn a_run_whose_rendering_fails_is_failed_and_the_schedule_goes_on() {
    let broken = json!({"name": "b", "jobs": [{"key": "a", "type": "a", "payload": {"x": "{{ 1 / 0 }}"}}]});
    let (app, run) = failing(broken).await;
    assert!(run["started_at"].is_string() && run["pipeline_id"].is_null());
    assert_eq!(run["detail"]["code"], "render_failed");
    assert_eq!(run["detail"]["errors"][0]["pointer"], "/pipeline/jobs/0/payload/x");
    let events = app.walk_events("?schedule=s&to=failed").await;
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["entity"], &events[0]["actor"]), (&json!("schedule"), &json!("server")));
    assert_eq!(events[0]["reason"], run["detail"]["detail"]);
    app.advance(3_600).await;
    assert_eq!(outcomes(&app, "s", 2).await, ["failed", "failed"]);
    app.finish().await;
}

#[tokio::test]
async fn a_run_whose_creation_is_refused_is_failed_with_its_problem() {
    let twice = json!({"name": "b", "jobs": [{"key": "{{ 'a' }}", "type": "a"}, {"key": "a", "type": "a"}]});
    let (app, run) = failing(twice).await;
    assert_eq!(run["detail"]["code"], "duplicate_key", "{run}");
    let late = json!({"pipeline": {"name": "b", "deadline_at": "{{ '2020-01-01T00:00:00Z' }}", "jobs": [{"key": "a", "type": "a"}]}});
    put(&app, "/v1/templates/t", &late).await.expect(201);
    app.advance(3_600).await;
    let run = runs_until(&app, "s", 2, "failed").await.remove(0);
    assert_eq!(run["detail"]["code"], "validation_failed", "{run}");
    assert_eq!(run["detail"]["errors"][0]["pointer"], "/deadline_at");
    app.finish().await;
}

#[tokio::test]
async fn one_that_fails_holds_up_no_other() {
    let app = hourly(json!({})).await;
    let slow = "of {{ range(99999) | map('string') | join('') | length }}";
    let body = json!({"pipeline": {"name": slow, "jobs": [{"key": "a", "type": "a"}]}});
    put(&app, "/v1/templates/slow", &body).await.expect(201);
    for number in 0..5 {
        let further = json!({"every_seconds": 3_600, "template": {"name": "slow"}});
        schedule(&app, &format!("slow-{number}"), further).await;
    }
    app.advance(3_605).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    assert!(text(&run["pipeline_id"]).len() == 36);
    for number in 0..5 {
        outcomes(&app, &format!("slow-{number}"), 1).await;
    }
    app.finish().await;
}
