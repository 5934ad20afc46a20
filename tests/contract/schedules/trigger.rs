//! `POST /v1/schedules/{name}/trigger`.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{id, time_of};

use super::support::{hourly, runs, runs_until, text};

const TRIGGER: &str = "/v1/schedules/s/trigger";

#[tokio::test]
async fn a_trigger_makes_a_pipeline_now_paused_or_not() {
    let app = hourly(json!({})).await;
    app.verb("/v1/schedules/s", "pause").await;
    for body in [json!({}), json!({"scheduled_at": null}), json!({})] {
        let answer = app.post(TRIGGER, body).await;
        let pipeline = answer.expect(201);
        assert_eq!(answer.header("location"), Some(format!("/v1/pipelines/{}", id(&pipeline)).as_str()));
        assert_eq!(pipeline["schedule"], "s");
        assert_eq!(pipeline["jobs"].as_array().unwrap().len(), 1);
    }
    app.post_empty(TRIGGER).await.expect(201);
    let runs = runs(&app, "s").await;
    assert_eq!(runs.len(), 4, "whatever overlap says");
    assert!(runs.iter().all(|run| run["outcome"] == "triggered" && run["started_at"].is_string()));
    app.finish().await;
}

#[tokio::test]
async fn scheduled_at_is_what_the_expressions_see_and_not_ahead() {
    let app = hourly(json!({"timezone": "Asia/Tokyo"})).await;
    let at = "2026-01-05T03:00:00Z";
    let pipeline = app.post(TRIGGER, json!({"scheduled_at": at})).await.expect(201);
    assert_eq!(pipeline["metadata"]["scheduled_at"], at);
    assert_eq!(pipeline["metadata"]["scheduled_local"], "2026-01-05T12:00:00+09:00");
    let ahead = app.time_in(100).await;
    assert_eq!(app.post(TRIGGER, json!({"scheduled_at": ahead})).await.invalid(), ["/scheduled_at"]);
    assert_eq!(app.post(TRIGGER, json!({"at": at})).await.invalid(), ["/at"]);
    assert_eq!(runs(&app, "s").await.len(), 1, "a refused one is recorded nowhere");
    app.finish().await;
}

#[tokio::test]
async fn a_time_that_has_a_pipeline_is_refused_and_one_that_was_skipped_is_free() {
    let app = hourly(json!({"overlap": "skip"})).await;
    app.advance(3_601).await;
    let made = runs_until(&app, "s", 1, "created").await.remove(0);
    let again = app.post(TRIGGER, json!({"scheduled_at": made["scheduled_at"]})).await;
    let problem = again.problem(409, "illegal_transition");
    assert_eq!(problem.get("state"), Some(&Value::Null), "a time has none");
    app.advance(3_600).await;
    let skipped = runs_until(&app, "s", 2, "skipped").await.remove(0);
    app.post(TRIGGER, json!({"scheduled_at": skipped["scheduled_at"]})).await.expect(201);
    let twice = app.post(TRIGGER, json!({"scheduled_at": skipped["scheduled_at"]})).await;
    twice.problem(409, "illegal_transition");
    let outcomes: Vec<String> = runs(&app, "s").await.iter().map(|run| text(&run["outcome"])).collect();
    assert_eq!(outcomes, ["triggered", "skipped", "created"]);
    app.finish().await;
}

#[tokio::test]
async fn of_several_at_once_for_one_time_one_is_made() {
    let app = hourly(json!({})).await;
    let at = json!({"scheduled_at": "2026-01-05T03:00:00Z"});
    let calls = (0..8).map(|_| app.post(TRIGGER, at.clone()));
    let answers = futures_util::future::join_all(calls).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((made, refused), (1, 7));
    app.finish().await;
}

#[tokio::test]
async fn an_idempotency_key_makes_it_happen_once() {
    let app = hourly(json!({})).await;
    let call = async |body: &Value| {
        let request = app.request(Method::POST, TRIGGER).header("idempotency-key", "k").json(body);
        app.send(request).await
    };
    let first = call(&json!({})).await;
    let repeated = call(&json!({})).await;
    assert_eq!((first.status, &first.text), (201, &repeated.text));
    assert_eq!(repeated.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.header("location"), repeated.header("location"));
    call(&json!({"scheduled_at": "2026-01-05T03:00:00Z"})).await.problem(422, "idempotency_key_reused");
    assert_eq!(runs(&app, "s").await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_back_fill_is_a_loop_of_triggers() {
    let app = hourly(json!({})).await;
    for day in 1..=5 {
        let at = format!("2026-01-0{day}T03:00:00Z");
        app.post(TRIGGER, json!({"scheduled_at": at})).await.expect(201);
    }
    let days: Vec<_> = runs(&app, "s").await.iter().map(|run| time_of(run, "scheduled_at")).collect();
    assert_eq!(days.len(), 5);
    assert!(days.windows(2).all(|pair| pair[0] > pair[1]), "newest recorded first");
    app.finish().await;
}
