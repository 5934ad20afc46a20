//! `GET /v1/outcomes`.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, job};

use super::support::{leased, list, many, of_job, of_task, outcome, record, told};

fn of(subject: &str, kind: &str, disposition: &str) -> Value {
    json!({"subject": subject, "kind": kind, "disposition": disposition})
}

/// The id of a leased task's job, pipeline or of itself.
fn id<'a>(leased: &'a Value, member: &str) -> &'a str {
    leased[member].as_str().unwrap()
}

/// A pipeline of two jobs, `a` with two tasks; all of them are leased.
async fn three(app: &TestApp) -> [Value; 3] {
    app.submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({}))])).await;
    let mut of_a = app.lease_many("a", 2).await;
    [of_a.remove(0), of_a.remove(0), app.lease("b").await]
}

#[tokio::test]
async fn outcomes_are_found_by_each_of_the_filters_and_several_of_them() {
    let app = TestApp::start().await;
    let [first, second, other] = three(&app).await;
    record(&app, &first, json!([of("x", "k", "failed"), of("y", "", "succeeded")])).await.expect(200);
    record(&app, &second, json!([of("x", "k", "succeeded")])).await.expect(200);
    record(&app, &other, json!([of("x", "m", "succeeded"), of("z", "k", "absent")])).await.expect(200);
    let stranger = leased(&app).await;
    record(&app, &stranger, json!([of("x", "k", "skipped")])).await.expect(200);
    let (job, pipeline) = (id(&first, "job_id"), id(&first, "pipeline_id"));
    for (filter, expected) in [
        ("subject=x".to_owned(), vec!["x/k skipped", "x/m succeeded", "x/k succeeded", "x/k failed"]),
        ("subject=x&kind=k".to_owned(), vec!["x/k skipped", "x/k succeeded", "x/k failed"]),
        (format!("{}&kind=", of_task(&first)), vec!["y/ succeeded"]),
        (of_task(&first), vec!["y/ succeeded", "x/k failed"]),
        (of_job(&first), vec!["x/k succeeded", "y/ succeeded", "x/k failed"]),
        (
            format!("pipeline_id={pipeline}"),
            vec!["z/k absent", "x/m succeeded", "x/k succeeded", "y/ succeeded", "x/k failed"],
        ),
        (
            format!("pipeline_id={pipeline}&disposition=succeeded"),
            vec!["x/m succeeded", "x/k succeeded", "y/ succeeded"],
        ),
        (format!("subject=x&job_id={job}"), vec!["x/k succeeded", "x/k failed"]),
        (format!("subject=x&pipeline_id={pipeline}&kind=k"), vec!["x/k succeeded", "x/k failed"]),
        (format!("job_id={job}&{}", of_task(&second)), vec!["x/k succeeded"]),
        (format!("job_id={job}&{}", of_task(&other)), vec![]),
        ("subject=X".to_owned(), vec![]),
        (format!("task_id={}", Uuid::now_v7()), vec![]),
    ] {
        assert_eq!(told(&list(&app, &filter).await), expected, "{filter}");
    }
    app.finish().await;
}

#[tokio::test]
async fn one_of_subject_pipeline_job_and_task_is_required() {
    let app = TestApp::start().await;
    for query in ["", "?kind=k&disposition=failed", "?current=true", "?limit=5"] {
        let refusal = app.get(&format!("/v1/outcomes{query}")).await.problem(400, "malformed_request");
        assert!(refusal["detail"].as_str().unwrap().contains("subject"), "{refusal}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_value_of_a_parameter_is_400() {
    let app = TestApp::start().await;
    let long = "s".repeat(201);
    for bad in [
        "subject=",
        &format!("subject={long}"),
        "subject=s&kind=%00",
        "subject=s&disposition=Failed",
        "subject=s&disposition=~other",
        "subject=s&disposition=",
        "subject=s&current=yes",
        "subject=s&current=",
        "job_id=x",
        "task_id=",
        "subject=s&state=failed",
        "subject=s&subject=t",
        "subject=s&cursor=x",
        "subject=s&cursor=o00",
        "subject=s&limit=501",
        "subject=s&limit=0",
    ] {
        app.get(&format!("/v1/outcomes?{bad}")).await.problem(400, "malformed_request");
    }
    let kind = "k".repeat(101);
    app.get(&format!("/v1/outcomes?subject=s&kind={kind}")).await.problem(400, "malformed_request");
    let (subject, kind) = ("é".repeat(200), "é".repeat(100));
    app.get(&format!("/v1/outcomes?subject={subject}&kind={kind}&current=false")).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_walk_over_pages_sees_every_row_of_its_beginning_once_newest_first() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    for _ in 0..3 {
        record(&app, &task, many(400)).await.expect(200);
    }
    for filter in [of_task(&task), of_job(&task), format!("pipeline_id={}", id(&task, "pipeline_id"))] {
        let path = format!("/v1/outcomes?{filter}&limit=170");
        let (mut seen, mut cursor) = app.page(&path).await;
        record(&app, &task, json!([outcome("later", "succeeded")])).await.expect(200);
        while let Some(after) = cursor {
            let (more, next) = app.page_after(&path, &after).await;
            seen.extend(more);
            cursor = next;
        }
        let seen: Vec<String> = told(&seen).into_iter().filter(|line| !line.starts_with("later")).collect();
        let expected: Vec<String> =
            (0..1_200).rev().map(|number| format!("s-{}/ succeeded", number % 400)).collect();
        assert_eq!(seen, expected, "{filter}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_page_has_as_many_as_were_asked_for_and_no_cursor_at_the_end() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    record(&app, &task, many(501)).await.expect(200);
    for (limit, pages) in [("", 50), ("&limit=1", 1), ("&limit=500", 500)] {
        let (items, next) = app.page(&format!("/v1/outcomes?{}{limit}", of_task(&task))).await;
        assert_eq!((items.len(), next.is_some()), (pages, true), "{limit}");
    }
    let (items, next) = app.page("/v1/outcomes?subject=s-500").await;
    assert_eq!((items.len(), next), (1, None));
    app.finish().await;
}

#[tokio::test]
async fn they_outlive_their_pipeline() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    app.report(&task, "complete", json!({"outcomes": [outcome("kept", "succeeded")]})).await.expect(200);
    app.delete(&format!("/v1/pipelines/{}", id(&task, "pipeline_id"))).await.has(204);
    app.get(&format!("/v1/jobs/{}", id(&task, "job_id"))).await.problem(404, "job_not_found");
    for filter in [
        "subject=kept".to_owned(),
        of_task(&task),
        of_job(&task),
        format!("pipeline_id={}", id(&task, "pipeline_id")),
    ] {
        assert_eq!(told(&list(&app, &filter).await), ["kept/ succeeded"], "{filter}");
        assert_eq!(list(&app, &format!("{filter}&current=true")).await.len(), 1, "{filter}");
    }
    app.finish().await;
}
