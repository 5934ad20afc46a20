//! `POST /v1/jobs/batch`: many jobs in one call.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_server::Limits;
use windlass_tests::{Answer, TestApp, id, pointers, time_of};

/// The results of a call that is as a whole in order.
async fn create(app: &TestApp, jobs: &Value) -> Vec<Value> {
    results(&app.post("/v1/jobs/batch", json!({"jobs": jobs})).await.expect(200))
}

fn results(answer: &Value) -> Vec<Value> {
    answer["results"].as_array().unwrap_or_else(|| panic!("no results in {answer}")).clone()
}

/// The code of each result's problem, or the key of its job; one of both is there.
fn told(results: &[Value]) -> Vec<&str> {
    results.iter().map(told_of_one).collect()
}

fn told_of_one(result: &Value) -> &str {
    match (result.get("job"), result.get("problem")) {
        (Some(job), None) => job["key"].as_str().unwrap(),
        (None, Some(problem)) => problem["code"].as_str().unwrap(),
        _ => panic!("a job or a problem: {result}"),
    }
}

async fn post_keyed(app: &TestApp, server: usize, key: &str, body: &str) -> Answer {
    let request = app.request_to(server, Method::POST, "/v1/jobs/batch");
    let request = request.header("idempotency-key", key).header("content-type", "application/json");
    app.send(request.body(body.to_owned())).await
}

#[tokio::test]
async fn each_job_is_made_and_answered_as_by_a_create_of_one_in_the_order_asked() {
    let app = TestApp::start().await;
    let one = json!({"type": "a", "key": "own", "payload": {"p": -0}, "metadata": {"m": 1}, "priority": "low",
        "correlation_id": "order 7", "tasks": [{"payload": 1}], "retry": {"max_attempts": 7}});
    let alone = app.post("/v1/jobs", one.clone()).await.expect(201);
    let made = create(&app, &json!([one, {"type": "b"}, {"type": "a", "key": "done", "tasks": []}])).await;
    assert_eq!(told(&made), ["own", "b", "done"]);
    for result in &made {
        assert_eq!(app.get(&format!("/v1/jobs/{}", id(&result["job"]))).await.expect(200), result["job"]);
    }
    let mut job = made[0]["job"].clone();
    for own in ["id", "pipeline_id", "created_at", "opened_at"] {
        job[own] = alone[own].clone();
    }
    assert_eq!(job, alone);
    assert_eq!(made[2]["job"]["state"], "succeeded");
    let pipeline = made[0]["job"]["pipeline_id"].as_str().unwrap();
    let pipeline = app.get(&format!("/v1/pipelines/{pipeline}")).await.expect(200);
    assert_eq!(
        (&pipeline["name"], &pipeline["priority"], &pipeline["correlation_id"], &pipeline["sealed"]),
        (&json!("a"), &json!("low"), &json!("order 7"), &json!(true))
    );
    app.finish().await;
}

#[tokio::test]
async fn a_job_without_a_correlation_id_has_the_request_s() {
    let app = TestApp::start().await;
    let request = app.request(Method::POST, "/v1/jobs/batch").header("x-request-id", "request-9");
    let answer = app.send(request.json(&json!({"jobs": [{"type": "a"}, {"type": "a"}]}))).await.expect(200);
    for result in results(&answer) {
        let pipeline = result["job"]["pipeline_id"].as_str().unwrap();
        let pipeline = app.get(&format!("/v1/pipelines/{pipeline}")).await.expect(200);
        assert_eq!(pipeline["correlation_id"], "request-9");
    }
    app.finish().await;
}

#[tokio::test]
async fn jobs_are_validated_one_by_one_and_a_bad_one_does_not_fail_its_neighbours() {
    let app = TestApp::start().await;
    let past = app.time_in(-1).await;
    let jobs = json!([
        {"type": "a", "key": "first"}, {"type": ""}, {"type": "b", "depends_on": ["first"]}, 7,
        {"type": "c", "deadline_at": past}, {"type": "d", "payload": "\u{0}"}, {"type": "e", "key": "last"}
    ]);
    let made = create(&app, &jobs).await;
    let bad = "validation_failed";
    assert_eq!(told(&made), ["first", bad, bad, bad, bad, bad, "last"]);
    let at: Vec<Vec<String>> = made[1..6].iter().map(|result| pointers(&result["problem"])).collect();
    let wrong = ["/jobs/1/type", "/jobs/2/depends_on", "/jobs/3", "/jobs/4/deadline_at", "/jobs/5/payload"];
    assert_eq!(at, wrong.map(|pointer| vec![pointer.to_owned()]));
    assert!(made[1..6].iter().all(|result| result["problem"]["status"] == 422));
    assert_eq!(app.walk("/v1/jobs").await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn only_the_envelope_fails_as_a_whole() {
    let app = TestApp::start().await;
    for bad in [json!({}), json!({"jobs": {}}), json!({"jobs": null}), json!({"jobs": [], "more": 1})] {
        app.post("/v1/jobs/batch", bad).await.problem(422, "validation_failed");
    }
    app.post_text("/v1/jobs/batch", "{\"jobs\":[").await.problem(400, "malformed_request");
    app.post_empty("/v1/jobs/batch").await.problem(400, "malformed_request");
    assert_eq!(create(&app, &json!([])).await, Vec::<Value>::new());
    assert_eq!(app.walk("/v1/jobs").await.len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn a_call_creates_up_to_1000_jobs() {
    let app = TestApp::start().await;
    let jobs = |count: usize| json!(vec![json!({"type": "a"}); count]);
    let made = create(&app, &jobs(1_000)).await;
    assert_eq!(made.len(), 1_000);
    assert!(made.iter().all(|result| result["job"]["state"] == "queued"));
    let refused = app.post("/v1/jobs/batch", json!({"jobs": jobs(1_001)})).await;
    assert_eq!(refused.invalid(), ["/jobs"]);
    assert!(refused.json()["errors"][0]["detail"].as_str().unwrap().contains("1000"), "{}", refused.text);
    let leased = app.lease_many("a", 100).await;
    let first: Vec<&Value> = made.iter().take(100).map(|result| &result["job"]["id"]).collect();
    assert_eq!(
        leased.iter().map(|task| &task["job_id"]).collect::<Vec<_>>(),
        first,
        "they open in the order asked"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_call_brings_as_many_tasks_as_one_call_may_and_a_job_past_that_is_refused_by_itself() {
    let app = TestApp::start_within(Limits { tasks_per_call: 4, ..Limits::default() }).await;
    let tasks =
        |count: usize| json!({"type": "a", "key": format!("k{count}"), "tasks": vec![json!({}); count]});
    let made = create(&app, &json!([tasks(1), tasks(4), tasks(3)])).await;
    assert_eq!(told(&made), ["k1", "validation_failed", "k3"]);
    let problem = &made[1]["problem"];
    assert_eq!(pointers(problem), ["/jobs/1/tasks"]);
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains('4'), "{problem}");
    app.finish().await;
}

#[tokio::test]
async fn a_key_repeats_the_whole_answer_and_makes_nothing_again() {
    let app = TestApp::start_servers(2).await;
    let payload = "x".repeat(2_000);
    let body = json!({"jobs": [{"type": "a", "payload": payload}, {"type": ""}, {"type": "a", "metadata": {"m": payload}}]});
    let body = body.to_string();
    let first = post_keyed(&app, 0, "key-1", &body).await;
    assert_eq!(first.has(200).header("idempotent-replayed"), None);
    assert_eq!(told(&results(&first.json())), ["a", "validation_failed", "a"]);
    for server in [0, 1] {
        let again = post_keyed(&app, server, "key-1", &body).await;
        assert_eq!((again.status, &again.text), (200, &first.text));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
    let another = r#"{"jobs":[{"type":"a"}]}"#;
    post_keyed(&app, 1, "key-1", another).await.problem(422, "idempotency_key_reused");
    assert_eq!(app.walk("/v1/jobs").await.len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_calls_with_one_key_create_once() {
    let app = TestApp::start_servers(2).await;
    let body = json!({"jobs": vec![json!({"type": "a"}); 20]}).to_string();
    let calls = (0..6).map(|number| post_keyed(&app, number % 2, "key-1", &body));
    let answers = futures_util::future::join_all(calls).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (200, &answers[0].text));
    }
    assert_eq!(app.walk("/v1/jobs").await.len(), 20);
    app.finish().await;
}

#[tokio::test]
async fn a_worker_that_waits_gets_what_a_batch_brings() {
    let app = TestApp::start().await;
    let asked = json!({"types": ["a"], "worker_id": "host-1", "wait_seconds": 30});
    let bring = async {
        // The dequeue is parked once it has looked.
        windlass_tests::eventually("a worker is known", || async {
            (!app.walk("/v1/workers").await.is_empty()).then_some(())
        })
        .await;
        create(&app, &json!([{"type": "a"}, {"type": "b"}])).await
    };
    let (leased, made) = tokio::join!(app.dequeue(asked), bring);
    assert_eq!(leased[0]["job_id"], made[0]["job"]["id"]);
    assert!(time_of(&made[0]["job"], "created_at") <= time_of(&made[1]["job"], "created_at"));
    app.finish().await;
}
