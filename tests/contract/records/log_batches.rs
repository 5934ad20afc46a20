//! `POST /v1/tasks/log`: lines of many tasks in one call.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use super::support::{lines, messages};

async fn leased(tasks: usize) -> (TestApp, Vec<Value>) {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); tasks]}))])).await;
    let leased = app.lease_many("a", 100).await;
    assert_eq!(leased.len(), tasks);
    (app, leased)
}

fn item(task: &Value, lines: Value) -> Value {
    let mut item = json!({"id": id(task), "lease_token": task["lease_token"]});
    item["lines"] = lines;
    item
}

#[tokio::test]
async fn each_task_is_judged_on_its_own_and_answered_in_the_order_asked() {
    let (app, tasks) = leased(3).await;
    let unknown = "0193c5a8-7d5e-7000-8000-00000000000a";
    let items = json!([
        item(&tasks[2], lines(&["two"])),
        {"id": id(&tasks[0]), "lease_token": tasks[1]["lease_token"], "lines": lines(&["no"])},
        {"id": unknown, "lease_token": tasks[1]["lease_token"], "lines": []},
        item(&tasks[1], json!([])),
        {"lease_token": "x", "lines": lines(&["no"])},
        item(&tasks[1], lines(&["one", "more"])),
        item(&tasks[2], lines(&["again"])),
    ]);
    let answer = app.post("/v1/tasks/log", json!({"tasks": items})).await.expect(200);
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results[0], json!({"id": id(&tasks[2]), "accepted": 1, "dropped": 0}));
    assert_eq!(results[1]["problem"]["code"], "lease_lost");
    assert_eq!(results[1]["problem"]["task_state"], "running");
    assert_eq!(results[2]["problem"]["code"], "task_not_found");
    assert_eq!(windlass_tests::pointers(&results[3]["problem"]), ["/tasks/3/lines"]);
    assert_eq!(results[4]["id"], Value::Null);
    assert_eq!(results[5]["accepted"], 2);
    assert_eq!(results[6]["accepted"], 1);
    assert!(results[0].get("problem").is_none() && results[1].get("accepted").is_none());
    assert_eq!(messages(&app, &tasks[0], "").await, [""; 0]);
    assert_eq!(messages(&app, &tasks[1], "").await, ["one", "more"]);
    assert_eq!(messages(&app, &tasks[2], "").await, ["two", "again"]);
    app.finish().await;
}

#[tokio::test]
async fn the_envelope_has_up_to_1000_tasks_and_10000_lines() {
    let (app, tasks) = leased(11).await;
    let many = |last: usize| {
        let counts = std::iter::repeat_n(1_000, 9).chain([999, last]);
        let items = tasks.iter().zip(counts);
        let items: Vec<_> =
            items.map(|(task, count)| item(task, json!(vec![json!({"message": "m"}); count]))).collect();
        json!({"tasks": items})
    };
    let refused = app.post("/v1/tasks/log", many(2)).await;
    assert_eq!(refused.invalid(), ["/tasks"]);
    assert!(refused.text.contains("10000"), "{}", refused.text);
    let answer = app.post("/v1/tasks/log", many(1)).await.expect(200);
    let accepted =
        answer["results"].as_array().unwrap().iter().map(|result| result["accepted"].as_u64().unwrap());
    assert_eq!(accepted.sum::<u64>(), 10_000);
    let items = vec![item(&tasks[0], lines(&["m"])); 1_001];
    assert_eq!(app.post("/v1/tasks/log", json!({"tasks": items})).await.invalid(), ["/tasks"]);
    assert_eq!(app.post("/v1/tasks/log", json!({"tasks": []})).await.expect(200), json!({"results": []}));
    app.finish().await;
}

#[tokio::test]
async fn nul_is_taken_in_the_lines_of_items_and_nowhere_else() {
    let (app, tasks) = leased(1).await;
    let mut wrong = item(&tasks[0], lines(&["fine"]));
    wrong["lease_token"] = json!("\0");
    let items = json!({"tasks": [item(&tasks[0], lines(&["a\0"])), wrong]});
    let answer = app.post("/v1/tasks/log", items).await.expect(200);
    assert_eq!(answer["results"][0]["accepted"], 1);
    assert_eq!(windlass_tests::pointers(&answer["results"][1]["problem"]), ["/tasks/1/lease_token"]);
    assert_eq!(messages(&app, &tasks[0], "").await, ["a\u{fffd}"]);
    app.finish().await;
}
