//! `GET /v1/pipelines/{id}/jobs/{key}/results`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

fn results_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}/jobs/a/results", id(pipeline))
}

#[tokio::test]
async fn results_come_in_the_order_the_tasks_were_added_whatever_the_order_of_their_ends() {
    let app = TestApp::start().await;
    let tasks: Vec<_> = (0..7).map(|number| json!({"payload": number})).collect();
    let pipeline = app.submit(json!([job("a", json!({"tasks": tasks}))])).await;
    let mut leased = app.lease_many("a", 7).await;
    let ids: Vec<_> = leased.iter().map(|task| task["id"].clone()).collect();
    leased.reverse();
    for task in &leased {
        app.report(task, "complete", json!({"result": {"of": task["payload"]}})).await.expect(200);
    }
    let expected: Vec<_> =
        (0..7).map(|number| json!({"task_id": ids[number], "result": {"of": number}})).collect();
    for limit in [1, 2, 7, 500] {
        assert_eq!(app.walk(&format!("{}?limit={limit}", results_of(&pipeline))).await, expected, "{limit}");
    }
    app.finish().await;
}

#[tokio::test]
async fn results_are_those_of_succeeded_tasks_only() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit(json!([job("a", json!({"tasks": [{}, {}, {}, {}], "max_failed_tasks": 1}))])).await;
    assert_eq!(app.walk(&results_of(&pipeline)).await, Vec::<Value>::new());
    let leased = app.lease_many("a", 3).await;
    app.report(&leased[0], "complete", json!({"result": 0})).await.expect(200);
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    app.report(&leased[2], "complete", json!({})).await.expect(200);
    let expected =
        json!([{"task_id": leased[0]["id"], "result": 0}, {"task_id": leased[2]["id"], "result": null}]);
    assert_eq!(json!(app.walk(&results_of(&pipeline)).await), expected);
    app.finish().await;
}

#[tokio::test]
async fn a_walk_over_results_goes_on_while_tasks_succeed() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": vec![json!({}); 8]}))])).await;
    let leased = app.lease_many("a", 8).await;
    for task in leased.iter().step_by(2) {
        app.complete(task).await;
    }
    let list = format!("{}?limit=1", results_of(&pipeline));
    let (mut seen, mut next) = app.page(&list).await;
    for task in leased.iter().skip(1).step_by(2) {
        app.complete(task).await;
    }
    while let Some(cursor) = next {
        let (more, after) = app.page_after(&list, &cursor).await;
        seen.extend(more);
        next = after;
    }
    let order: Vec<_> = seen
        .iter()
        .map(|item| leased.iter().position(|task| task["id"] == item["task_id"]).unwrap())
        .collect();
    assert!(order.is_sorted_by(|earlier, later| earlier < later), "{order:?}");
    assert!([0, 2, 4, 6].iter().all(|number| order.contains(number)), "{order:?}");
    app.finish().await;
}
