//! A time that comes while an earlier pipeline has not ended.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, seconds_between, time_of};

use super::support::{hourly, outcomes, pipeline_of, put, runs, runs_until, schedule, text};

/// The second time of a schedule, whose first pipeline has not ended.
async fn second_time(overlap: &str) -> (TestApp, Value) {
    let app = hourly(json!({"overlap": overlap})).await;
    app.advance(3_601).await;
    let first = runs_until(&app, "s", 1, "created").await.remove(0);
    app.advance(3_600).await;
    (app, first)
}

async fn state(app: &TestApp, run: &Value) -> String {
    text(&pipeline_of(app, run).await["state"])
}

#[tokio::test]
async fn skip_records_the_run_as_skipped_until_the_earlier_one_has_ended() {
    let (app, first) = second_time("skip").await;
    let skipped = runs_until(&app, "s", 2, "skipped").await.remove(0);
    assert_eq!((&skipped["pipeline_id"], &skipped["detail"]), (&Value::Null, &Value::Null));
    app.succeed("a").await;
    assert_eq!(state(&app, &first).await, "succeeded");
    app.advance(3_600).await;
    runs_until(&app, "s", 3, "created").await;
    app.finish().await;
}

#[tokio::test]
async fn allow_makes_it_all_the_same() {
    let (app, first) = second_time("allow").await;
    runs_until(&app, "s", 2, "created").await;
    assert_eq!(state(&app, &first).await, "pending");
    app.finish().await;
}

#[tokio::test]
async fn cancel_makes_it_after_the_earlier_ones_are_cancelled_with_clean_up() {
    let app = hourly(json!({"overlap": "cancel"})).await;
    let tidy = json!({"pipeline": {"name": "tidy", "jobs": [{"key": "a", "type": "a"},
        {"key": "tidy", "type": "tidy", "depends_on": [{"job": "a", "when": "always"}]}]}});
    put(&app, "/v1/templates/t", &tidy).await.expect(201);
    app.advance(3_601).await;
    let first = runs_until(&app, "s", 1, "created").await.remove(0);
    app.advance(3_600).await;
    runs_until(&app, "s", 2, "created").await;
    let earlier = pipeline_of(&app, &first).await;
    assert_eq!(earlier["cancelling"], true);
    assert_eq!(earlier["reason"], "a later run of the schedule s");
    app.succeed("tidy").await;
    assert_eq!(state(&app, &first).await, "cancelled");
    app.finish().await;
}

#[tokio::test]
async fn nothing_is_cancelled_for_a_run_whose_rendering_fails() {
    let app = hourly(json!({"overlap": "cancel"})).await;
    app.advance(3_601).await;
    let first = runs_until(&app, "s", 1, "created").await.remove(0);
    let broken =
        json!({"pipeline": {"name": "b", "jobs": [{"key": "a", "type": "a", "payload": "{{ 1 / 0 }}"}]}});
    put(&app, "/v1/templates/t", &broken).await.expect(201);
    app.advance(3_600).await;
    let failed = runs_until(&app, "s", 2, "failed").await.remove(0);
    assert_eq!(failed["detail"]["code"], "render_failed");
    let earlier = pipeline_of(&app, &first).await;
    assert_eq!((&earlier["state"], &earlier["cancelling"]), (&json!("pending"), &json!(false)));
    app.finish().await;
}

#[tokio::test]
async fn wait_makes_it_when_the_earlier_one_has_ended_and_only_one_waits() {
    let (app, first) = second_time("wait").await;
    let waiting = runs_until(&app, "s", 2, "waiting").await.remove(0);
    assert_eq!((&waiting["pipeline_id"], &waiting["started_at"]), (&Value::Null, &Value::Null));
    app.advance(3_600).await;
    runs_until(&app, "s", 3, "skipped").await;
    app.succeed("a").await;
    let ended = time_of(&pipeline_of(&app, &first).await, "ended_at");
    let made = eventually("the one that waited is made", || async {
        let run = runs(&app, "s").await.remove(1);
        (run["outcome"] == "created").then_some(run)
    })
    .await;
    assert_eq!(made["scheduled_at"], waiting["scheduled_at"]);
    let late = seconds_between(ended, time_of(&made, "started_at"));
    assert!((0.0..2.0).contains(&late), "{late}");
    assert_eq!(pipeline_of(&app, &made).await["metadata"]["scheduled_at"], made["scheduled_at"]);
    app.finish().await;
}

#[tokio::test]
async fn pause_holds_a_run_that_waits() {
    let (app, _) = second_time("wait").await;
    runs_until(&app, "s", 2, "waiting").await;
    app.verb("/v1/schedules/s", "pause").await;
    app.succeed("a").await;
    // Another schedule comes and runs meanwhile, so a look has passed over this one.
    schedule(&app, "other", json!({"every_seconds": 10})).await;
    app.advance(11).await;
    outcomes(&app, "other", 1).await;
    assert_eq!(runs(&app, "s").await[0]["outcome"], "waiting");
    app.verb("/v1/schedules/s", "resume").await;
    runs_until(&app, "s", 2, "created").await;
    app.finish().await;
}

#[tokio::test]
async fn a_delete_drops_a_run_that_waits() {
    let (app, first) = second_time("wait").await;
    runs_until(&app, "s", 2, "waiting").await;
    app.delete("/v1/schedules/s").await.has(204);
    app.succeed("a").await;
    schedule(&app, "other", json!({"every_seconds": 10})).await;
    app.advance(11).await;
    outcomes(&app, "other", 1).await;
    let made = app.walk("/v1/pipelines?schedule=s").await;
    assert_eq!(made.iter().map(id).collect::<Vec<_>>(), [text(&first["pipeline_id"])]);
    app.finish().await;
}

#[tokio::test]
async fn triggered_pipelines_are_set_aside() {
    let app = hourly(json!({"overlap": "skip"})).await;
    app.post("/v1/schedules/s/trigger", json!({})).await.expect(201);
    app.advance(3_601).await;
    runs_until(&app, "s", 2, "created").await;
    app.finish().await;
}
