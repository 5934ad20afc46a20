//! Lines that come with the report that ends the attempt.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use super::support::{leased, lines, messages, read, write};

#[tokio::test]
async fn complete_fail_and_release_take_the_last_words() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    write(&app, &task, lines(&["work"])).await.expect(200);
    app.fail_with(&task, json!({"lines": [{"message": "it broke", "level": "error", "fields": {"n": 1}}]}))
        .await;
    let again = app.lease("a").await;
    app.report(&again, "release", json!({"lines": lines(&["later"])})).await.expect(200);
    let third = app.lease("a").await;
    app.report(&third, "complete", json!({"lines": lines(&["nearly", "done"])})).await.expect(200);
    assert_eq!(messages(&app, &task, "").await, ["work", "it broke", "later", "nearly", "done"]);
    let all = read(&app, &task, "level=error").await;
    assert_eq!((&all[0]["attempt"], &all[0]["fields"]), (&json!(1), &json!({"n": 1})));
    app.finish().await;
}

#[tokio::test]
async fn a_report_without_lines_or_with_none_is_as_before() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    app.report(&task, "complete", json!({"lines": []})).await.expect(200);
    assert_eq!(messages(&app, &task, "").await, [""; 0]);
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_report_counts_once_and_a_late_one_not_at_all() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let fail = json!({"error": {"category": "unknown", "message": ""}, "lines": lines(&["once"])});
    for _ in 0..2 {
        app.report(&task, "fail", fail.clone()).await.expect(200);
    }
    let next = app.lease("a").await;
    app.report(&task, "complete", json!({"lines": lines(&["late"])})).await.problem(409, "lease_lost");
    app.report(&task, "fail", fail).await.expect(200);
    app.complete(&next).await;
    assert_eq!(messages(&app, &task, "").await, ["once"]);
    app.finish().await;
}

#[tokio::test]
async fn a_refused_completion_leaves_no_lines() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let body = json!({"lines": lines(&["no"]), "add_tasks": [{"job": "nowhere", "tasks": [{}]}]});
    assert_eq!(app.report(&task, "complete", body).await.invalid(), ["/add_tasks/0/job"]);
    let sealed = json!({"lines": lines(&["no"]), "add_tasks": [{"job": "a", "tasks": [{}]}]});
    app.report(&task, "complete", sealed).await.problem(409, "job_sealed");
    assert_eq!(messages(&app, &task, "").await, [""; 0]);
    app.report(&task, "complete", json!({"lines": lines(&["yes"])})).await.expect(200);
    assert_eq!(messages(&app, &task, "").await, ["yes"]);
    app.finish().await;
}

#[tokio::test]
async fn up_to_1000_lines_come_with_a_report_in_its_transaction() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("b", json!({"depends_on": ["a"], "sealed": false}))]);
    app.submit(jobs).await;
    let task = app.lease("a").await;
    let many = |count: usize| json!({"lines": vec![json!({"message": "m"}); count]});
    assert_eq!(app.report(&task, "complete", many(1_001)).await.invalid(), ["/lines"]);
    let mut body = many(1_000);
    body["add_tasks"] = json!([{"job": "b", "tasks": vec![json!({}); 200], "seal": true}]);
    app.report(&task, "complete", body).await.expect(200);
    assert_eq!(read(&app, &task, "limit=500").await.len(), 1_000);
    assert_eq!(app.lease_many("b", 100).await.len(), 100);
    app.finish().await;
}

#[tokio::test]
async fn reports_in_batches_take_lines_each() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 5], "max_failed_tasks": 9}))])).await;
    let tasks = app.lease_many("a", 5).await;
    let item = |at: usize, further: Value| {
        let mut item = json!({"id": id(&tasks[at]), "lease_token": tasks[at]["lease_token"]});
        item.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        item
    };
    let dead =
        json!({"id": id(&tasks[3]), "lease_token": tasks[0]["lease_token"], "lines": lines(&["dead"])});
    let completes = [
        item(0, json!({"lines": lines(&["zero"])})),
        item(1, json!({})),
        dead,
        item(2, json!({"lines": [{"message": 7}]})),
        item(0, json!({"lines": lines(&["zero again"])})),
    ];
    let answer = app.post("/v1/tasks/complete", json!({"tasks": completes})).await.expect(200);
    assert_eq!(answer["results"][0]["task"]["state"], "succeeded");
    assert_eq!(answer["results"][2]["problem"]["code"], "lease_lost");
    assert_eq!(windlass_tests::pointers(&answer["results"][3]["problem"]), ["/tasks/3/lines/0/message"]);
    assert_eq!(answer["results"][4]["task"]["state"], "succeeded");
    let error = json!({"category": "unknown", "message": ""});
    let fails = [
        item(3, json!({"error": error, "retry": "never", "lines": lines(&["three"])})),
        item(4, json!({"error": error, "retry": "never", "lines": vec![json!({"message": "four"}); 150]})),
    ];
    app.post("/v1/tasks/fail", json!({"tasks": fails})).await.expect(200);
    for (at, expected) in
        [(0, vec!["zero"]), (1, vec![]), (2, vec![]), (3, vec!["three"]), (4, vec!["four"; 150])]
    {
        assert_eq!(messages(&app, &tasks[at], "").await, expected, "{at}");
    }
    app.finish().await;
}

/// A report's lines are looked at again under its locks: whatever comes at the same time, none is lost, doubled or out of order.
#[tokio::test]
async fn lines_that_come_with_a_report_and_beside_it_are_all_there() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 40]}))])).await;
    for task in app.lease_many("a", 40).await {
        let (beside, report) = futures_util::join!(
            write(&app, &task, lines(&["beside"])),
            app.report(&task, "complete", json!({"lines": lines(&["last"])})),
        );
        report.expect(200);
        let expected: &[&str] = if beside.status == 200 { &["beside", "last"] } else { &["last"] };
        let mut all = messages(&app, &task, "").await;
        all.sort();
        assert_eq!(all, expected);
    }
    app.finish().await;
}

#[tokio::test]
async fn ends_of_jobs_and_children_lose_no_lines() {
    let app = TestApp::start().await;
    for round in 0..20 {
        let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
        let task = app.lease("a").await;
        app.report(&task, "complete", json!({"lines": lines(&["a"])})).await.expect(200);
        let below = app.lease("b").await;
        app.report(&below, "complete", json!({"lines": lines(&["b"])})).await.expect(200);
        assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded", "{round}");
        assert_eq!(messages(&app, &task, "").await, ["a"]);
        assert_eq!(messages(&app, &below, "").await, ["b"]);
    }
    app.finish().await;
}
