//! `PUT /v1/schedules/{name}`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, pointers};

use super::support::{body, get, put, schedule, template};

#[tokio::test]
async fn parameters_are_never_null_as_in_a_run_of_the_template() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let null = json!({"cron": "@daily", "template": {"name": "t", "parameters": null}});
    let answer = put(&app, "/v1/schedules/s", &null).await;
    assert_eq!(answer.invalid(), ["/template/parameters"]);
    let run = app.post("/v1/templates/t/pipelines", json!({"parameters": null})).await;
    assert_eq!(run.invalid(), ["/parameters"]);
    app.finish().await;
}

#[tokio::test]
async fn a_put_answers_201_and_then_200_with_all_fields() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let first = put(&app, "/v1/schedules/s", &body(json!({"cron": "0 3 * * *"}))).await.expect(201);
    let expected = json!({
        "name": "s", "description": null, "cron": "0 3 * * *", "every_seconds": null, "timezone": "UTC",
        "template": {"name": "t", "version": null, "parameters": {}}, "priority": null, "metadata": null,
        "overlap": "skip", "missed": "one", "jitter_seconds": 0, "starts_at": null, "ends_at": null, "paused": false,
        "reason": null, "last_run": null,
    });
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(&first[member], value, "{member}");
    }
    assert_eq!(first["upcoming"].as_array().unwrap().len(), 5);
    assert_eq!(first["next_run_at"], first["upcoming"][0]);
    assert!(first["created_at"].is_string() && first["updated_at"] == first["created_at"]);
    let all = json!({
        "description": "d", "cron": null, "every_seconds": 10, "timezone": "Asia/Tokyo",
        "template": {"name": "t", "version": 1, "parameters": {"size": 5}}, "priority": "high",
        "metadata": {"b": 1e2}, "overlap": "wait", "missed": "all", "jitter_seconds": 3_600,
        "starts_at": "2020-01-01T00:00:00Z", "ends_at": "9999-01-01T00:00:00Z", "paused": true
    });
    let second = put(&app, "/v1/schedules/s", &all).await;
    assert_eq!(second.raw("metadata"), r#"{"b":1e2}"#.replace("1e2", "100.0"), "as it was sent");
    let second = second.expect(200);
    for (member, value) in all.as_object().unwrap().iter().filter(|(member, _)| *member != "metadata") {
        assert_eq!(&second[member], value, "{member}");
    }
    assert_eq!((&second["next_run_at"], &second["upcoming"]), (&Value::Null, &json!([])), "it is paused");
    assert_eq!(second["created_at"], first["created_at"]);
    assert_ne!(second["updated_at"], first["updated_at"]);
    app.finish().await;
}

#[tokio::test]
async fn paused_null_keeps_what_is_and_is_false_for_a_new_one() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let every = |paused: Value| json!({"every_seconds": 60, "paused": paused});
    assert_eq!(schedule(&app, "s", every(json!(null))).await["paused"], false);
    assert_eq!(schedule(&app, "s", every(json!(true))).await["paused"], true);
    let kept = schedule(&app, "s", every(json!(null))).await;
    assert_eq!((&kept["paused"], &kept["next_run_at"]), (&json!(true), &Value::Null));
    let resumed = schedule(&app, "s", every(json!(false))).await;
    assert!(resumed["paused"] == false && resumed["next_run_at"].is_string());
    app.finish().await;
}

#[tokio::test]
async fn what_is_left_out_has_its_default_and_not_what_it_was() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let further = json!({"every_seconds": 60, "overlap": "wait", "priority": "low", "description": "d"});
    schedule(&app, "s", further).await;
    let now = schedule(&app, "s", json!({"every_seconds": 60})).await;
    assert_eq!(
        (&now["overlap"], &now["priority"], &now["description"]),
        (&json!("skip"), &Value::Null, &Value::Null)
    );
    app.finish().await;
}

#[tokio::test]
async fn a_template_and_exactly_one_of_cron_and_every_seconds_are_required() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let refused = async |body: Value| put(&app, "/v1/schedules/s", &body).await.invalid();
    assert_eq!(refused(json!({"cron": "@daily"})).await, ["/template"]);
    assert_eq!(refused(body(json!({}))).await, ["/cron"]);
    assert_eq!(refused(body(json!({"cron": "@daily", "every_seconds": 60}))).await, ["/cron"]);
    app.get("/v1/schedules/s").await.problem(404, "schedule_not_found");
    app.finish().await;
}

#[tokio::test]
async fn wrong_values_are_refused_where_they_stand() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let at = [
        (json!({"cron": "0 3 * * * *"}), "/cron"),
        (json!({"cron": "0 3 ? * *"}), "/cron"),
        (json!({"cron": "0 0 30 2 *"}), "/cron"),
        (json!({"cron": ""}), "/cron"),
        (json!({"every_seconds": 9}), "/every_seconds"),
        (json!({"every_seconds": 2_678_401}), "/every_seconds"),
        (json!({"every_seconds": 60, "timezone": "Europe/Atlantis"}), "/timezone"),
        (json!({"every_seconds": 60, "jitter_seconds": 3_601}), "/jitter_seconds"),
        (json!({"every_seconds": 60, "overlap": "queue"}), "/overlap"),
        (json!({"every_seconds": 60, "missed": "some"}), "/missed"),
        (json!({"every_seconds": 60, "ends_at": "2020-01-01T00:00:00Z"}), "/ends_at"),
        (json!({"every_seconds": 60, "template": {"name": "t", "version": 2}}), "/template/version"),
        (json!({"every_seconds": 60, "template": {"name": "none"}}), "/template/name"),
        (json!({"every_seconds": 60, "template": {"name": "none", "version": 2}}), "/template/name"),
        (json!({"every_seconds": 60, "interval": 5}), "/interval"),
    ];
    for (further, pointer) in at {
        let found = put(&app, "/v1/schedules/s", &body(further.clone())).await.invalid();
        assert!(found.contains(&pointer.to_owned()), "{further}: {found:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_template_is_rendered_once_to_see_that_it_works() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let with =
        |parameters: Value| json!({"every_seconds": 60, "template": {"name": "t", "parameters": parameters}});
    let wrong = put(&app, "/v1/schedules/s", &with(json!({"size": "large"}))).await;
    assert_eq!(wrong.invalid(), ["/template/parameters/size"]);
    let broken =
        json!({"pipeline": {"name": "b", "jobs": [{"key": "a", "type": "a", "payload": "{{ 1 / 0 }}"}]}});
    put(&app, "/v1/templates/broken", &broken).await.expect(201);
    let refused =
        put(&app, "/v1/schedules/s", &json!({"every_seconds": 60, "template": {"name": "broken"}})).await;
    assert_eq!(pointers(&refused.problem(422, "render_failed")), ["/pipeline/jobs/0/payload"]);
    app.get("/v1/schedules/s").await.problem(404, "schedule_not_found");
    assert_eq!(app.walk("/v1/pipelines").await, Vec::<Value>::new(), "nothing is made of it");
    app.finish().await;
}

#[tokio::test]
async fn names_are_as_types_are() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    for name in ["a", "A-b_c.9", &"x".repeat(100)] {
        schedule(&app, name, json!({"every_seconds": 60})).await;
        assert_eq!(get(&app, name).await["name"], name);
    }
    for name in ["a b", "a%2Fb", "é", &"x".repeat(101)] {
        let path = format!("/v1/schedules/{name}");
        assert_eq!(put(&app, &path, &body(json!({"every_seconds": 60}))).await.invalid(), ["/name"]);
        app.get(&path).await.problem(404, "schedule_not_found");
    }
    app.finish().await;
}
