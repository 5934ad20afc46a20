//! The counts of outcomes that a job shows.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

use super::support::{counts, leased, many, outcome, record};

#[tokio::test]
async fn a_job_without_outcomes_has_none_by_number() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    assert_eq!(counts(&app, &task).await, json!({}));
    record(&app, &task, json!([outcome("a", "absent"), outcome("a", "absent"), outcome("b", "skipped")]))
        .await
        .expect(200);
    assert_eq!(counts(&app, &task).await, json!({"absent": 2, "skipped": 1}));
    app.finish().await;
}

#[tokio::test]
async fn the_counts_are_those_of_all_tasks_of_the_job_and_of_no_other() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({}))])).await;
    let of_a = app.lease_many("a", 2).await;
    let of_b = app.lease("b").await;
    record(&app, &of_a[0], many(3)).await.expect(200);
    app.report(&of_a[1], "complete", json!({"outcomes": many(150)})).await.expect(200);
    record(&app, &of_b, many(1)).await.expect(200);
    assert_eq!(counts(&app, &of_a[0]).await, json!({"succeeded": 153}));
    assert_eq!(counts(&app, &of_b).await, json!({"succeeded": 1}));
    app.finish().await;
}

#[tokio::test]
async fn the_first_64_words_have_counts_and_further_ones_share_one() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let words = |range: std::ops::Range<usize>| -> Value {
        range.map(|number| outcome("s", &format!("word_{number}"))).collect()
    };
    record(&app, &task, words(0..60)).await.expect(200);
    record(&app, &task, words(50..70)).await.expect(200);
    let counted = counts(&app, &task).await;
    assert_eq!(counted.as_object().unwrap().len(), 65);
    assert_eq!(
        (&counted["word_0"], &counted["word_50"], &counted["word_63"]),
        (&json!(1), &json!(2), &json!(1))
    );
    assert_eq!(
        (&counted["word_64"], &counted["~other"]),
        (&json!(null), &json!(6)),
        "in the order of their coming"
    );
    record(&app, &task, words(0..100)).await.expect(200);
    let counted = counts(&app, &task).await;
    assert_eq!((&counted["word_63"], &counted["~other"]), (&json!(2), &json!(6 + 36)));
    assert_eq!(counted.as_object().unwrap().len(), 65);
    app.finish().await;
}

#[tokio::test]
async fn new_words_of_calls_at_once_are_64_together() {
    let app = TestApp::start_servers(2).await;
    let task = leased(&app).await;
    let calls = (0..8).map(|call| {
        let outcomes: Vec<Value> =
            (0..20).map(|number| outcome("s", &format!("word_{call}_{number}"))).collect();
        app.report_to(call % 2, &task, "outcomes", json!({"outcomes": outcomes}))
    });
    for answer in futures_util::future::join_all(calls).await {
        answer.expect(200);
    }
    let counted = counts(&app, &task).await;
    assert_eq!((counted.as_object().unwrap().len(), &counted["~other"]), (65, &json!(160 - 64)));
    app.finish().await;
}

#[tokio::test]
async fn a_job_shows_its_counts_wherever_it_is_shown() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    record(&app, &task, many(2)).await.expect(200);
    let path = format!("/v1/jobs/{}", task["job_id"].as_str().unwrap());
    assert_eq!(app.verb(&path, "pause").await["outcomes"], json!({"succeeded": 2}));
    let listed = app.get("/v1/jobs").await.expect(200)["items"][0].clone();
    assert_eq!(listed["outcomes"], json!({"succeeded": 2}));
    let pipeline =
        app.get(&format!("/v1/pipelines/{}", listed["pipeline_id"].as_str().unwrap())).await.expect(200);
    assert_eq!(pipeline["jobs"][0]["outcomes"], json!({"succeeded": 2}));
    assert_eq!(app.post("/v1/jobs", json!({"type": "b"})).await.expect(201)["outcomes"], json!({}));
    app.finish().await;
}
