//! `current=true`: the newest of each subject and kind.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

use super::support::{leased, list, of_job, of_task, outcome, record, told};

fn of(subject: &str, kind: &str, disposition: &str) -> Value {
    json!({"subject": subject, "kind": kind, "disposition": disposition})
}

#[tokio::test]
async fn only_the_newest_of_each_subject_and_kind_is_current() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    record(&app, &task, json!([of("a", "", "failed"), of("a", "k", "failed"), of("b", "", "failed")]))
        .await
        .expect(200);
    record(&app, &task, json!([of("a", "", "succeeded")])).await.expect(200);
    let current = format!("{}&current=true", of_job(&task));
    assert_eq!(told(&list(&app, &current).await), ["a/ succeeded", "b/ failed", "a/k failed"]);
    assert_eq!(
        told(&list(&app, &format!("{current}&disposition=failed")).await),
        ["b/ failed", "a/k failed"],
        "what is failed now"
    );
    assert_eq!(told(&list(&app, &format!("{current}&disposition=succeeded")).await), ["a/ succeeded"]);
    assert_eq!(told(&list(&app, &format!("{current}&kind=")).await), ["a/ succeeded", "b/ failed"]);
    assert_eq!(told(&list(&app, "subject=a&current=true").await), ["a/ succeeded", "a/k failed"]);
    assert_eq!(list(&app, &format!("{}&current=false", of_job(&task))).await.len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn within_a_call_the_later_is_the_newer() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let mut outcomes: Vec<Value> =
        (0..500).map(|number| outcome("same", &format!("word_{number}"))).collect();
    outcomes.push(outcome("same", "last"));
    record(&app, &task, json!(outcomes)).await.expect(200);
    assert_eq!(told(&list(&app, "subject=same&current=true").await), ["same/ last"]);
    let listed = told(&list(&app, "subject=same&limit=500").await);
    assert_eq!(
        (listed.len(), &*listed[0], &*listed[1], &*listed[500]),
        (501, "same/ last", "same/ word_499", "same/ word_0")
    );
    app.finish().await;
}

#[tokio::test]
async fn the_newest_is_that_within_the_asked_pipeline_job_and_task() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({}))])).await;
    let of_a = app.lease_many("a", 2).await;
    let of_b = app.lease("b").await;
    record(&app, &of_a[0], json!([outcome("s", "one")])).await.expect(200);
    record(&app, &of_a[1], json!([outcome("s", "two")])).await.expect(200);
    record(&app, &of_b, json!([outcome("s", "three")])).await.expect(200);
    let stranger = leased(&app).await;
    record(&app, &stranger, json!([outcome("s", "four")])).await.expect(200);
    let pipeline = format!("pipeline_id={}", of_b["pipeline_id"].as_str().unwrap());
    for (filter, expected) in [
        ("subject=s".to_owned(), "four"),
        (pipeline.clone(), "three"),
        (format!("subject=s&{pipeline}"), "three"),
        (of_job(&of_a[0]), "two"),
        (format!("subject=s&{}", of_job(&of_a[0])), "two"),
        (of_task(&of_a[0]), "one"),
        (format!("subject=s&{}", of_task(&of_a[0])), "one"),
        (format!("{pipeline}&{}", of_task(&of_a[0])), "one"),
    ] {
        assert_eq!(
            told(&list(&app, &format!("{filter}&current=true")).await),
            [format!("s/ {expected}")],
            "{filter}"
        );
        let other = format!("{filter}&current=true&disposition=zero");
        assert_eq!(list(&app, &other).await.len(), 0, "{filter}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_current_shows_as_of_the_beginning_of_the_walk() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let old: Vec<Value> = (0..30).map(|number| outcome(&format!("s-{number}"), "failed")).collect();
    record(&app, &task, json!(old)).await.expect(200);
    let path = format!("/v1/outcomes?{}&current=true&disposition=failed&limit=20", of_job(&task));
    let (first, cursor) = app.page(&path).await;
    // What is mended meanwhile was failed as the walk began.
    record(&app, &task, json!([outcome("s-3", "succeeded"), outcome("s-25", "succeeded")])).await.expect(200);
    let (rest, next) = app.page_after(&path, &cursor.unwrap()).await;
    assert_eq!((first.len(), rest.len(), next), (20, 10, None));
    assert_eq!(list(&app, &path[13..]).await.len(), 28, "a new walk");
    app.finish().await;
}

#[tokio::test]
async fn a_walk_for_the_few_that_are_failed_now_finds_them_behind_many_that_are_not() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let all = |disposition: &str, step: usize| -> Value {
        (0..3_000).step_by(step).map(|number| outcome(&format!("s-{number}"), disposition)).collect()
    };
    record(&app, &task, all("failed", 1)).await.expect(200);
    record(&app, &task, all("succeeded", 1)).await.expect(200);
    record(&app, &task, all("failed", 1_000)).await.expect(200);
    record(&app, &task, (3_000..5_000).map(|number| outcome(&format!("s-{number}"), "succeeded")).collect())
        .await
        .expect(200);
    let failed = told(&list(&app, &format!("{}&current=true&disposition=failed", of_job(&task))).await);
    assert_eq!(failed, ["s-2000/ failed", "s-1000/ failed", "s-0/ failed"]);
    let current = list(&app, &format!("{}&current=true&limit=500", of_job(&task))).await;
    assert_eq!(current.len(), 5_000);
    app.finish().await;
}
