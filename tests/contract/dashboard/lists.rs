//! Lists with their filters, and the search.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

use super::reader::{Reader, part, rows, section};

#[tokio::test]
async fn pipelines_are_listed_by_the_filters_of_the_api_in_pages_without_totals() {
    let app = TestApp::start().await;
    let make = async |more: Value| {
        let mut body = json!({"name": "many", "jobs": [{"key": "a", "type": "t", "tasks": [{}]}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        id(&app.submit_with(body).await).to_owned()
    };
    for _ in 0..50 {
        make(json!({})).await;
    }
    let other = make(json!({"name": "other", "priority": "high", "correlation_id": "corr-7", "metadata": {"team": "data"}})).await;
    app.verb(&format!("/v1/pipelines/{other}"), "cancel").await;
    let mut reader = Reader::at(&app, 0);
    let page = reader.page("/ui/pipelines").await;
    assert_eq!(rows(section(&page, "List")).len(), 50);
    let next = part(&page, "rel=\"next\" href=\"", "\"").replace("&amp;", "&");
    let behind = reader.page(&next).await;
    assert_eq!(rows(section(&behind, "List")).len(), 1);
    assert!(!behind.contains("rel=\"next\""));
    for query in [
        "name=other",
        "state=cancelled",
        "priority=high",
        "correlation_id=corr-7",
        "metadata=team%3Ddata",
        "metadata.team=data",
        "name=other&state=cancelled",
    ] {
        let page = reader.page(&format!("/ui/pipelines?{query}")).await;
        let list = section(&page, "List");
        assert_eq!(rows(list), [other.as_str()], "{query}");
        assert!(list.contains("data-state=\"cancelled\"") && list.contains(" %</td>"), "{list}");
    }
    assert!(reader.page("/ui/pipelines?name=nobody").await.contains("No pipeline fits"));
    app.finish().await;
}

#[tokio::test]
async fn a_bulk_verb_asks_with_its_number_and_again_where_that_has_grown_by_more_than_10() {
    let app = TestApp::start().await;
    let make = async |count: usize| {
        for _ in 0..count {
            app.submit(json!([job("a", json!({}))])).await;
        }
    };
    make(2).await;
    let mut reader = Reader::at(&app, 0);
    let list = "/ui/pipelines?name=test";
    for (verb, word) in [("pause", "Pause"), ("retry", "Retry"), ("resume", "Resume")] {
        let asked = reader.act_and_read(list, &[("verb", verb), ("filter.name", "test")]).await;
        assert!(
            asked.contains(&format!("{word} 2 pipelines?")) && asked.contains("name=\"reason\""),
            "{asked}"
        );
    }
    make(11).await;
    let fields = |seen| {
        [("verb", "pause"), ("filter.name", "test"), ("confirmed", "yes"), ("seen", seen), ("reason", "stop")]
    };
    let asked = reader.act_and_read(list, &fields("2")).await;
    assert!(asked.contains("13") && asked.contains("They have become more"), "{asked}");
    assert_eq!(reader.act(list, &fields("3")).await.status(), 303, "by 10 it may grow");
    eventually("all are paused", || async {
        let (pipelines, _) = app.page("/v1/pipelines?name=test&limit=100").await;
        pipelines
            .iter()
            .all(|pipeline| pipeline["paused"] == true && pipeline["reason"] == "stop")
            .then_some(())
    })
    .await;
    app.finish().await;
}

#[tokio::test]
async fn events_are_the_newest_first_with_the_filters_of_the_api() {
    let app = TestApp::start().await;
    let made = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    app.patch("/v1/queues/b", json!({"paused": true, "reason": "no disk"})).await.expect(200);
    let mut reader = Reader::at(&app, 0);
    let all = app.walk_events("").await;
    let page = reader.page("/ui/events").await;
    let newest: Vec<&str> = all.iter().rev().map(id).collect();
    let shown = rows(section(&page, "Audit"));
    // Before them is what tells the walk that it has seen all.
    assert_eq!(shown[shown.len() - newest.len()..], newest);
    assert!(section(&page, "Audit").contains("no disk"));
    let task = all
        .iter()
        .find(|event| event["entity"] == "task" && event["to"] == "failed")
        .expect("one has failed");
    for query in [
        format!("pipeline_id={}&entity=task&to=failed", id(&made)),
        format!("task_id={}&to=failed", task["task_id"].as_str().unwrap()),
    ] {
        let page = reader.page(&format!("/ui/events?{query}")).await;
        assert_eq!(rows(section(&page, "Audit")), [id(task)], "{query}");
    }
    app.finish().await;
}

#[tokio::test]
async fn outcomes_are_found_by_their_subject() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    for disposition in ["kept", "dropped"] {
        let task = app.lease("a").await;
        let outcomes = json!([{"subject": "a/b c.txt", "disposition": disposition, "kind": "file", "reason": "as told"}]);
        app.report(&task, "complete", json!({ "outcomes": outcomes })).await.expect(200);
    }
    let mut reader = Reader::at(&app, 0);
    let page = reader.page("/ui/outcomes").await;
    assert!(page.contains("Type the subject of an item"), "nothing is looked for before something is asked");
    let page = reader.page("/ui/outcomes?subject=a%2Fb%20c.txt").await;
    let found = section(&page, "Outcomes");
    assert_eq!(rows(found).len(), 2);
    assert!(found.contains("kept") && found.contains("dropped") && found.contains("as told"), "{found}");
    let page = reader.page("/ui/outcomes?subject=a%2Fb%20c.txt&disposition=kept").await;
    assert_eq!(rows(section(&page, "Outcomes")).len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_search_goes_to_whatever_has_the_id_or_the_name() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("admin", &["admin"]).await;
    let calls = app.calls(key.as_str());
    let jobs = json!([{"key": "stack", "type": "hay", "tasks": [{}]}]);
    let body = json!({"name": "needle", "correlation_id": "corr-1", "jobs": jobs});
    let made = calls.post("/v1/pipelines", body).await.expect(201);
    let whole = calls.get(&format!("/v1/pipelines/{}", id(&made))).await.expect(200);
    let job = id(&whole["jobs"][0]).to_owned();
    let ask = json!({"types": ["hay"], "worker_id": "host-7"});
    let task = calls.post("/v1/tasks/dequeue", ask).await.expect(200)["tasks"][0].clone();
    let outcomes = json!([{"subject": "file-9", "disposition": "kept"}]);
    let report = json!({"lease_token": task["lease_token"], "outcomes": outcomes});
    calls.post(&format!("/v1/tasks/{}/complete", id(&task)), report).await.expect(200);
    calls.put("/v1/templates/print", json!({"pipeline": {"name": "p", "jobs": jobs}})).await.expect(201);
    let schedule = json!({"every_seconds": 3_600, "template": {"name": "print"}});
    calls.put("/v1/schedules/hourly", schedule).await.expect(201);
    let hook = json!({"url": "https://receiver.example/", "events": ["pipeline.failed"]});
    let hook = calls.post("/v1/webhooks", hook).await.expect(201);
    let listed = calls.get("/v1/keys?name=admin").await.expect(200);
    let own = id(&listed["items"][0]).to_owned();
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&key, "").await;
    eventually("the worker is known", || async {
        let workers = calls.get("/v1/workers").await.expect(200);
        (workers["items"][0]["id"] == "host-7").then_some(())
    })
    .await;
    for (asked, page) in [
        (id(&made), format!("/ui/pipelines/{}", id(&made))),
        (job.as_str(), format!("/ui/jobs/{job}")),
        (id(&task), format!("/ui/tasks/{}", id(&task))),
        (id(&hook), format!("/ui/webhooks/{}", id(&hook))),
        (own.as_str(), format!("/ui/keys/{own}")),
        ("needle", format!("/ui/pipelines/{}", id(&made))),
        ("corr-1", format!("/ui/pipelines/{}", id(&made))),
        ("host-7", "/ui/workers/host-7".to_owned()),
        ("print", "/ui/templates/print".to_owned()),
        ("hourly", "/ui/schedules/hourly".to_owned()),
        ("hay", "/ui/queues/hay".to_owned()),
        ("file-9", "/ui/outcomes?subject=file-9".to_owned()),
    ] {
        let answer = reader.look(&format!("/ui/search?q={asked}")).await;
        assert_eq!(answer.status(), 303, "{asked}");
        assert_eq!(answer.headers()["location"], page, "{asked}");
    }
    let found = reader.page(&format!("/ui/search?q={}", &id(&made)[..8])).await;
    for each in [id(&made), job.as_str()] {
        assert!(found.contains(&format!("<li data-id=\"{each}\">")), "all that begins so: {found}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_worker_shows_what_it_runs_and_what_failed_in_its_hands() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 3}))])).await;
    let ask = async |worker: &str| {
        app.dequeue(json!({"types": ["a"], "worker_id": worker})).await.pop().expect("a task")
    };
    let failed = ask("host-7").await;
    app.fail_with(&failed, json!({"retry": "never"})).await;
    let (runs, others) = (ask("host-7").await, ask("host-8").await);
    let mut reader = Reader::at(&app, 0);
    eventually("the workers are known", || async {
        let page = reader.look("/ui/workers").await.text().await.unwrap();
        (page.contains("host-7") && page.contains("host-8")).then_some(())
    })
    .await;
    let page = reader.page("/ui/workers/host-7").await;
    assert_eq!(rows(section(&page, "Running")), [id(&runs)]);
    assert_eq!(rows(section(&page, "Failures")), [id(&failed)]);
    assert!(!page.contains(id(&others)));
    app.finish().await;
}
