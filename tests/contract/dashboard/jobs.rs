//! The page of one job.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use super::reader::{Reader, part, rows, section};

async fn page_of(app: &TestApp, pipeline: &Value, key: &str) -> String {
    app.job_path(pipeline, key).await.replace("/v1/", "/ui/")
}

#[tokio::test]
async fn a_job_shows_its_errors_by_kind_its_outcomes_and_its_tasks_by_state() {
    let app = TestApp::start().await;
    let tasks: Vec<Value> = (0..5).map(|_| json!({})).collect();
    let retry = json!({"max_attempts": 7, "initial_delay_seconds": 90});
    let made =
        app.submit(json!([job("a", json!({"tasks": tasks, "max_failed_tasks": 5, "retry": retry}))])).await;
    let mut failed = Vec::new();
    for message in ["row 17 is empty", "row 4 is empty", "no disk"] {
        let task = app.lease("a").await;
        let error = json!({"category": "data_error", "message": message});
        app.fail_with(&task, json!({"error": error, "retry": "never"})).await;
        failed.push(id(&task).to_owned());
    }
    let done = app.lease("a").await;
    let outcomes =
        json!([{"subject": "s-1", "disposition": "kept"}, {"subject": "s-2", "disposition": "kept"}]);
    app.report(&done, "complete", json!({"outcomes": outcomes})).await.expect(200);
    let mut reader = Reader::at(&app, 0);
    let path = page_of(&app, &made, "a").await;
    let page = reader.page(&path).await;
    let errors = section(&page, "Errors");
    assert_eq!(
        rows(errors),
        [failed[1].as_str(), failed[2].as_str()],
        "most first, each with its newest task"
    );
    assert!(errors.contains("row 4 is empty") && errors.contains("<td class=\"n\">2</td>"), "{errors}");
    let dispositions = section(&page, "Outcomes");
    assert_eq!(rows(dispositions), ["kept"]);
    assert!(dispositions.contains("<td class=\"n\">2</td>"), "{dispositions}");
    let settings = section(&page, "Settings");
    assert!(
        part(settings, "<dt>Attempts</dt>", "</dd>").ends_with('7') && settings.contains("1 min 30 s"),
        "{settings}"
    );
    assert_eq!(rows(section(&page, "Tasks")).len(), 5);
    let page = reader.page(&format!("{path}?state=failed")).await;
    let mut shown = rows(section(&page, "Tasks"));
    shown.sort_unstable();
    failed.sort_unstable();
    assert_eq!(shown, failed);
    app.finish().await;
}

#[tokio::test]
async fn all_tasks_of_one_error_are_retried_after_it_was_asked() {
    let app = TestApp::start().await;
    let tasks: Vec<Value> = (0..4).map(|_| json!({})).collect();
    let made = app.submit(json!([job("a", json!({"tasks": tasks, "max_failed_tasks": 4}))])).await;
    let mut newest = String::new();
    for message in ["row 1 is empty", "no disk", "row 22 is empty"] {
        let task = app.lease("a").await;
        let error = json!({"category": "data_error", "message": message});
        app.fail_with(&task, json!({"error": error, "retry": "never"})).await;
        newest = id(&task).to_owned();
    }
    let mut reader = Reader::at(&app, 0);
    let path = page_of(&app, &made, "a").await;
    let fields = [("verb", "retry"), ("error_task_id", newest.as_str())];
    let asked = reader.act_and_read(&path, &fields).await;
    assert!(asked.contains("Retry all tasks with this error?") && asked.contains("2 times:"), "{asked}");
    let fields =
        [("verb", "retry"), ("error_task_id", newest.as_str()), ("confirmed", "yes"), ("reason", "mended")];
    assert_eq!(reader.act(&path, &fields).await.status(), 303);
    let counts = app.job(&made, "a").await["counts"].clone();
    assert_eq!((&counts["failed"], &counts["queued"]), (&json!(1), &json!(3)), "the other error stays");
    app.finish().await;
}

#[tokio::test]
async fn a_job_is_sealed_skipped_cancelled_and_retried_with_all_behind_it() {
    let app = TestApp::start().await;
    let open = json!({"key": "open", "type": "open", "sealed": false, "tasks": [{}]});
    let behind = json!({"key": "behind", "type": "behind", "depends_on": ["open"]});
    let made = app.submit(json!([open, behind, job("other", json!({}))])).await;
    let mut reader = Reader::at(&app, 0);
    let path = page_of(&app, &made, "open").await;
    assert!(!reader.page(&path).await.contains("value=\"retry\""), "it has not ended");
    let waits = reader.page(&page_of(&app, &made, "behind").await).await;
    assert!(part(&waits, "id=\"waiting_for\"", "</p>").contains("it waits for the end of open"));
    for key in ["open", "other"] {
        let page = reader.page(&page_of(&app, &made, key).await).await;
        let why = part(&page, "id=\"waiting_for\"", "</p>").to_owned();
        assert!(why.contains(&format!("Job {key} waits for a worker")), "its own cause: {why}");
    }
    reader.act(&path, &[("verb", "seal"), ("reason", "that is all")]).await;
    assert_eq!(app.job(&made, "open").await["sealed"], true);
    app.succeed("open").await;
    app.succeed("behind").await;
    let fields = [("verb", "retry"), ("scope", "all"), ("descendants", "true")];
    let asked = reader.act_and_read(&path, &fields).await;
    assert!(asked.contains("Retry all of this job?"), "{asked}");
    let fields = [("verb", "retry"), ("scope", "all"), ("descendants", "true"), ("confirmed", "yes")];
    assert_eq!(reader.act(&path, &fields).await.status(), 303);
    assert_ne!(app.job(&made, "behind").await["state"], "succeeded", "it runs again");
    for (key, verb, question, state) in [
        ("behind", "skip", "Skip this job?", "skipped"),
        ("other", "cancel", "Cancel this job?", "cancelled"),
    ] {
        let path = page_of(&app, &made, key).await;
        let asked = reader.act_and_read(&path, &[("verb", verb)]).await;
        assert!(asked.contains(question) && asked.contains("1 tasks"), "{asked}");
        assert_ne!(app.job(&made, key).await["state"], state, "nothing has happened yet");
        let fields = [("verb", verb), ("confirmed", "yes"), ("reason", "by hand")];
        assert_eq!(reader.act(&path, &fields).await.status(), 303);
        assert_eq!(app.job(&made, key).await["state"], state);
    }
    app.finish().await;
}
