//! The page of one pipeline.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use super::reader::{Reader, part, rows, section};

fn page_of(pipeline: &Value) -> String {
    format!("/ui/pipelines/{}", id(pipeline))
}

#[tokio::test]
async fn a_graph_has_a_box_a_job_with_its_counts_and_says_what_edges_wait_for() {
    let app = TestApp::start().await;
    let made = app
        .submit(json!([
            job("load", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 1})),
            {"key": "report", "type": "report", "depends_on": ["load"]},
            {"key": "mend", "type": "mend", "depends_on": [{"job": "load", "when": "failed"}]},
        ]))
        .await;
    let mut reader = Reader::at(&app, 0);
    app.succeed("load").await;
    app.fail_for_good("load").await;
    let page = reader.page(&page_of(&made)).await;
    let graph = part(&page, "<svg", "</svg>").to_owned();
    assert!(
        graph.contains("data-key=\"load\"")
            && graph.contains("1 of 3 succeeded, 1 failed, 0 running, 1 waiting")
    );
    for class in ["succeeded", "failed"] {
        assert!(graph.contains(&format!("<rect class=\"{class}\"")), "{graph}");
    }
    assert_eq!(graph.matches("class=\"when\"").count(), 1, "only what is not `succeeded` is said");
    assert!(part(&graph, "class=\"when\"", "</text>").ends_with(">failed"), "{graph}");
    for end in ["report", "mend"] {
        assert!(graph.contains(&format!("data-from=\"load\" data-to=\"{end}\"")), "{graph}");
    }
    app.fail_for_good("load").await;
    let graph = part(&reader.page(&page_of(&made)).await, "<svg", "</svg>").to_owned();
    assert_eq!(graph.matches("class=\"edge skipped\"").count(), 1, "what is skipped is dimmed");
    assert!(part(&graph, "class=\"edge skipped\"", ">").contains("data-to=\"report\""), "{graph}");
    app.finish().await;
}

#[tokio::test]
async fn jobs_are_a_table_in_pages_of_100_with_a_time_line() {
    let app = TestApp::start().await;
    let jobs: Vec<Value> = (0..101).map(|number| job(&format!("k{number:03}"), json!({}))).collect();
    let made = app.submit(json!(jobs)).await;
    app.lease("k000").await;
    let mut reader = Reader::at(&app, 0);
    let page = reader.page(&page_of(&made)).await;
    let table = section(&page, "Jobs");
    assert_eq!(rows(table).len(), 100);
    assert_eq!(table.matches("class=\"line\"").count(), 1, "of the one that has begun");
    assert!(page.contains("Jobs 1 to 100 of 101") && page.contains("?page=1") && !page.contains("?page=0"));
    let page = reader.page(&format!("{}?page=1", page_of(&made))).await;
    assert_eq!(rows(section(&page, "Jobs")).len(), 1);
    assert!(page.contains("?page=0") && !page.contains("?page=2"));
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_says_where_it_came_from_and_how_the_run_before_it_went() {
    let app = TestApp::start().await;
    let pipeline =
        json!({"name": "nightly", "metadata": {"team": "data"}, "jobs": [{"key": "a", "type": "a"}]});
    let parameters = json!({"properties": {"size": {"type": "integer"}}});
    app.put("/v1/templates/print", json!({"pipeline": pipeline, "parameters": parameters})).await.expect(201);
    let schedule = json!({"every_seconds": 3_600, "template": {"name": "print"}});
    app.put("/v1/schedules/hourly", schedule).await.expect(201);
    let run = json!({"parameters": {"size": 7}});
    let first = app.post("/v1/templates/print/pipelines", run).await.expect(201);
    app.fail_for_good("a").await;
    let second = app.post("/v1/schedules/hourly/trigger", json!({})).await.expect(201);
    let mut reader = Reader::at(&app, 0);
    let page = reader.page(&page_of(&second)).await;
    let about = section(&page, "About it");
    assert!(about.contains("/ui/templates/print") && about.contains(", version 1"), "{about}");
    assert!(about.contains("/ui/schedules/hourly"), "{about}");
    let before = part(about, "The run before", "</dd>");
    assert!(before.contains(&page_of(&first)) && before.contains("data-state=\"failed\""), "{before}");
    let page = reader.page(&page_of(&first)).await;
    assert!(section(&page, "Parameters").contains("&quot;size&quot;: 7"));
    assert!(section(&page, "Metadata").contains("&quot;team&quot;: &quot;data&quot;"));
    let newest = rows(section(&page, "Newest events")).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let events = app.walk_events(&format!("?pipeline_id={}", id(&first))).await;
    let ids: Vec<&str> = events.iter().rev().take(20).map(id).collect();
    assert_eq!(newest, ids, "the newest first");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_says_in_a_sentence_why_it_does_not_go_on() {
    let app = TestApp::start().await;
    let made = app.submit(json!([job("a", json!({}))])).await;
    let mut reader = Reader::at(&app, 0);
    let page = page_of(&made);
    reader.act(&page, &[("verb", "pause"), ("reason", "no disk")]).await;
    let shown = reader.page(&page).await;
    let told = part(&shown, "id=\"waiting_for\"", "</p>");
    let whole = app.pipeline(&made).await;
    let sentence = whole["waiting_for"].as_str().expect("it is paused");
    assert!(told.contains("Why it does not go on") && told.contains(sentence), "{told}");
    assert!(shown.contains("no disk"));
    reader.act(&page, &[("verb", "resume")]).await;
    app.lease("a").await;
    assert!(!reader.page(&page).await.contains("id=\"waiting_for\""), "it goes on");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_is_sealed_moved_up_and_retried_in_both_scopes() {
    let app = TestApp::start().await;
    let made = app
        .submit_with(json!({"name": "test", "sealed": false, "jobs": [job("a", json!({"tasks": [{}, {}]}))]}))
        .await;
    let mut reader = Reader::at(&app, 0);
    let page = page_of(&made);
    reader.act(&page, &[("verb", "priority"), ("priority", "very_high")]).await;
    reader.act(&page, &[("verb", "seal"), ("reason", "that is all")]).await;
    let whole = app.pipeline(&made).await;
    assert_eq!((&whole["priority"], &whole["sealed"]), (&json!("very_high"), &json!(true)));
    assert!(!reader.page(&page).await.contains("value=\"seal\""), "it is sealed");
    app.succeed("a").await;
    app.fail_for_good("a").await;
    let retried = reader.act(&page, &[("verb", "retry"), ("scope", "failed"), ("reason", "once more")]).await;
    assert_eq!(retried.status(), 303, "what has failed is retried at once");
    assert_eq!(app.job(&made, "a").await["counts"]["queued"], 1);
    app.succeed("a").await;
    let asked = reader.act_and_read(&page, &[("verb", "retry"), ("scope", "all")]).await;
    assert!(asked.contains("Retry all of this pipeline?") && asked.contains("with 2 tasks"), "{asked}");
    assert_eq!(app.job(&made, "a").await["counts"]["queued"], 0, "nothing has happened yet");
    reader.act(&page, &[("verb", "retry"), ("scope", "all"), ("confirmed", "yes")]).await;
    assert_eq!(app.job(&made, "a").await["counts"]["queued"], 2);
    let events = app.walk_events(&format!("?pipeline_id={}", id(&made))).await;
    for reason in ["that is all", "once more"] {
        assert!(events.iter().any(|event| event["reason"] == reason), "{reason}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_is_cancelled_with_its_clean_up_and_then_deleted() {
    let app = TestApp::start().await;
    let tidy =
        json!({"key": "tidy", "type": "tidy", "depends_on": [{"job": "a", "when": "always"}], "tasks": [{}]});
    let made = app.submit(json!([job("a", json!({})), tidy])).await;
    let mut reader = Reader::at(&app, 0);
    let page = page_of(&made);
    assert!(!reader.page(&page).await.contains("value=\"delete\""), "it has not ended");
    let asked = reader.act_and_read(&page, &[("verb", "cancel")]).await;
    assert!(asked.contains("Cancel this pipeline?") && asked.contains("name=\"clean_up\""), "{asked}");
    let fields = [("verb", "cancel"), ("confirmed", "yes"), ("clean_up", "true"), ("reason", "not needed")];
    assert_eq!(reader.act(&page, &fields).await.status(), 303);
    app.succeed("tidy").await;
    assert_eq!(app.pipeline(&made).await["state"], "cancelled");
    assert!(reader.page(&page).await.contains("value=\"delete\""));
    let asked = reader.act_and_read(&page, &[("verb", "delete")]).await;
    assert!(asked.contains("Delete this pipeline?") && asked.contains("<bdi>test</bdi>"), "{asked}");
    let gone = reader.act(&page, &[("verb", "delete"), ("confirmed", "yes")]).await;
    assert_eq!(gone.headers()["location"], "/ui/pipelines");
    assert_eq!(reader.look(&page).await.status(), 404);
    app.finish().await;
}
