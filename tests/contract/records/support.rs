//! Short ways to write and read logs.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, job};

/// A pipeline with one leased task, which is tried again at once.
pub(super) async fn leased(app: &TestApp) -> (Value, Value) {
    let pipeline = app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    (pipeline, app.lease("a").await)
}

/// Lines with these messages.
pub(super) fn lines(messages: &[&str]) -> Value {
    messages.iter().map(|message| json!({"message": message})).collect()
}

/// Writes lines for a leased task.
pub(super) async fn write(app: &TestApp, task: &Value, lines: Value) -> Answer {
    app.report(task, "log", json!({"lines": lines})).await
}

/// A page of a task's log.
pub(super) async fn read_page(app: &TestApp, task: &Value, query: &str) -> (Vec<Value>, String) {
    let (items, next) = app.page(&format!("/v1/tasks/{}/log?{query}", id(task))).await;
    (items, next.expect("a page of a log has a cursor"))
}

/// All lines of a task, in pages of three unless asked otherwise.
pub(super) async fn read(app: &TestApp, task: &Value, query: &str) -> Vec<Value> {
    let limit = if query.contains("limit=") { "" } else { "limit=3&" };
    let (mut all, mut cursor) = read_page(app, task, &format!("{limit}{query}")).await;
    loop {
        let (more, next) = read_page(app, task, &format!("{limit}{query}&cursor={cursor}")).await;
        if more.is_empty() {
            assert_eq!(next, cursor, "an empty page goes nowhere");
            let numbers: Vec<i64> = all.iter().map(|line| line["number"].as_i64().unwrap()).collect();
            assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
            return all;
        }
        all.extend(more);
        cursor = next;
    }
}

/// The messages of all lines of a task.
pub(super) async fn messages(app: &TestApp, task: &Value, query: &str) -> Vec<String> {
    let all = read(app, task, query).await;
    all.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
}
