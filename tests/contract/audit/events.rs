//! Rule 10 and `GET /v1/events`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job, time_of};

/// Every event that a filter shows by now.
async fn events(app: &TestApp, filter: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = format!("/v1/events?limit=7&{filter}");
    loop {
        let (items, next) = app.page(&path).await;
        let next = next.expect("next_cursor of events is never null");
        if items.is_empty() {
            return all;
        }
        all.extend(items);
        path = format!("/v1/events?limit=7&cursor={next}&{filter}");
    }
}

/// The events of a pipeline, all of those whose causes were answered.
pub(crate) async fn until_shown(app: &TestApp, pipeline: &Value) -> Vec<Value> {
    app.walk_events(&format!("?limit=7&pipeline_id={}", id(pipeline))).await
}

/// `entity from to` of each event.
fn moves(events: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    events
        .iter()
        .map(|event| format!("{} {} {}", text(&event["entity"]), text(&event["from"]), text(&event["to"])))
        .collect()
}

/// Checks that what is recorded of each pipeline and job is a chain from null to its state, and that ids are distinct.
pub(crate) async fn chained(app: &TestApp, pipeline: &Value, events: &[Value]) {
    let ids: BTreeSet<_> = events.iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), events.len());
    let now = app.pipeline(pipeline).await;
    let jobs = now["jobs"].as_array().unwrap().iter().map(|job| ("job", "job_id", job));
    for (entity, member, resource) in jobs.chain([("pipeline", "pipeline_id", &now)]) {
        let mut state = Value::Null;
        for event in
            events.iter().filter(|event| event["entity"] == entity && event[member] == resource["id"])
        {
            assert_eq!(event["from"], state, "{event}");
            state = event["to"].clone();
        }
        assert_eq!(state, resource["state"], "{resource}");
    }
}

#[tokio::test]
async fn every_change_of_a_state_is_recorded_once_and_in_order() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit_with(json!({"name": "test", "correlation_id": "order 7", "jobs": [job("a", json!({}))]}))
        .await;
    let leased = app.dequeue(json!({"types": ["a"], "worker_id": "host-1"})).await.remove(0);
    app.complete(&leased).await;
    let events = until_shown(&app, &pipeline).await;
    chained(&app, &pipeline, &events).await;
    let moves = moves(&events);
    for expected in [
        "pipeline null pending",
        "job null queued",
        "task queued running",
        "job queued running",
        "pipeline pending running",
        "task running succeeded",
        "job running succeeded",
        "pipeline running succeeded",
    ] {
        assert_eq!(moves.iter().filter(|moves| *moves == expected).count(), 1, "{expected} in {moves:?}");
    }
    assert_eq!(moves.len(), 8, "{moves:?}");
    app.finish().await;
}

#[tokio::test]
async fn an_event_has_the_members_of_the_contract() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit_with(json!({"name": "test", "correlation_id": "order 7", "jobs": [job("a", json!({}))]}))
        .await;
    let leased = app.dequeue(json!({"types": ["a"], "worker_id": "host-1"})).await.remove(0);
    app.complete(&leased).await;
    let events = until_shown(&app, &pipeline).await;
    let members = "id at entity pipeline_id job_id task_id from to flag reason attempt worker_id actor correlation_id type template";
    for event in &events {
        for member in members.split(' ') {
            assert!(event.get(member).is_some(), "{member} of {event}");
        }
        time_of(event, "at");
        assert_eq!((&event["pipeline_id"], &event["correlation_id"]), (&pipeline["id"], &json!("order 7")));
    }
    let lease = events.iter().find(|event| event["entity"] == "task" && event["to"] == "running").unwrap();
    assert_eq!((&lease["task_id"], &lease["job_id"]), (&leased["id"], &leased["job_id"]));
    assert_eq!((&lease["attempt"], &lease["worker_id"]), (&json!(1), &json!("host-1")));
    app.finish().await;
}

#[tokio::test]
async fn what_happens_to_tasks_because_of_their_job_is_recorded_by_the_jobs_event() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({"tasks": [{}, {}, {}]})),
        job("b", json!({"depends_on": ["a"], "tasks": [{}, {}]})),
        job("c", json!({"depends_on": ["b"]}))
    ]);
    let pipeline = app.submit(jobs).await;
    app.fail_for_good("a").await;
    let events = until_shown(&app, &pipeline).await;
    chained(&app, &pipeline, &events).await;
    let of_tasks: Vec<_> = events.iter().filter(|event| event["entity"] == "task").cloned().collect();
    assert_eq!(moves(&of_tasks), ["task queued running", "task running failed"]);
    app.finish().await;
}

#[tokio::test]
async fn pause_and_resume_are_recorded_with_a_flag_and_an_unchanged_state() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let job_path = app.job_path(&pipeline, "a").await;
    app.post(&format!("{path}/pause"), json!({"reason": "maintenance"})).await.expect(200);
    app.verb(&path, "pause").await;
    app.verb(&job_path, "pause").await;
    app.verb(&path, "resume").await;
    app.verb(&job_path, "resume").await;
    app.verb(&path, "cancel").await;
    let events = until_shown(&app, &pipeline).await;
    chained(&app, &pipeline, &events).await;
    let flagged: Vec<_> = events.iter().filter(|event| !event["flag"].is_null()).cloned().collect();
    assert_eq!(
        moves(&flagged),
        ["pipeline pending pending", "job queued queued", "pipeline pending pending", "job queued queued"]
    );
    assert_eq!(flagged[0]["reason"], "maintenance");
    assert_ne!(flagged[0]["flag"], flagged[2]["flag"]);
    app.finish().await;
}

#[tokio::test]
async fn the_whole_life_of_a_pipeline_is_a_chain_of_events() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({"tasks": [{}, {}], "retry": {"initial_delay_seconds": 0, "max_attempts": 2}})),
        job("b", json!({"depends_on": ["a"]})),
        job("clean-up", json!({"depends_on": [{"job": "a", "when": "always"}]})),
        job("join", json!({"depends_on": ["b"], "tasks": []})),
    ]);
    let pipeline = app.submit(jobs).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let first = app.lease("a").await;
    app.fail(&first).await;
    let second = app.lease("a").await;
    app.report(&second, "release", json!({})).await.expect(200);
    app.verb(&path, "cancel").await;
    app.verb(&path, "retry").await;
    app.fail_for_good("a").await;
    app.succeed("clean-up").await;
    app.verb(&path, "retry").await;
    app.succeed("a").await;
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    let events = until_shown(&app, &pipeline).await;
    chained(&app, &pipeline, &events).await;
    let ends: Vec<_> = events
        .iter()
        .filter(|event| event["entity"] == "pipeline")
        .map(|event| event["to"].as_str().unwrap())
        .collect();
    assert!(
        ends.contains(&"cancelled") && ends.contains(&"failed") && ends.ends_with(&["succeeded"]),
        "{ends:?}"
    );
    app.finish().await;
}

#[tokio::test]
async fn what_was_skipped_because_of_another_shows_it() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    app.verb(&app.job_path(&pipeline, "a").await, "cancel").await;
    let events = until_shown(&app, &pipeline).await;
    let skipped = events.iter().find(|event| event["entity"] == "job" && event["to"] == "skipped").unwrap();
    let reason = skipped["reason"].as_str().unwrap();
    assert!(reason.contains('a') && reason.contains("cancelled"), "{reason}");
    app.finish().await;
}

#[tokio::test]
async fn time_alone_records_nothing() {
    let app = TestApp::start().await;
    let run_at = app.time_in(100).await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{"run_at": run_at}]}))])).await;
    let filter = format!("pipeline_id={}", id(&pipeline));
    eventually("the creation is shown", || async { (events(&app, &filter).await.len() == 2).then_some(()) })
        .await;
    app.advance(101).await;
    eventually("the task is due", || async {
        (app.job(&pipeline, "a").await["counts"]["queued"] == 1).then_some(())
    })
    .await;
    let other = app.submit(json!([job("b", json!({}))])).await;
    app.succeed("b").await;
    until_shown(&app, &other).await;
    assert_eq!(events(&app, &filter).await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn events_are_filtered_by_pipeline_job_and_task() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({}))])).await;
    let other = app.submit(json!([job("c", json!({}))])).await;
    let task = app.succeed("a").await;
    app.succeed("a").await;
    app.succeed("b").await;
    app.succeed("c").await;
    until_shown(&app, &other).await;
    let all = until_shown(&app, &pipeline).await;
    assert!(all.iter().all(|event| event["pipeline_id"] == pipeline["id"]));
    let of_job = events(&app, &format!("job_id={}", task["job_id"].as_str().unwrap())).await;
    let expected: Vec<_> = all.iter().filter(|event| event["job_id"] == task["job_id"]).cloned().collect();
    assert_eq!(of_job, expected);
    let of_task = events(&app, &format!("task_id={}", id(&task))).await;
    assert_eq!(moves(&of_task), ["task queued running", "task running succeeded"]);
    app.finish().await;
}

#[tokio::test]
async fn bad_parameters_of_events_are_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let head = app.walk_events("").await.last().unwrap()["id"].as_str().unwrap().to_owned();
    let bad = [
        "limit=0",
        "limit=501",
        "cursor=",
        "cursor=x",
        "cursor=-1",
        "pipeline_id=1",
        "job_id=",
        "task_id=x",
        "state=queued",
        "from=queued",
        &format!("cursor={head}0"),
        &format!("cursor=0{head}"),
        &format!("cursor={head}&cursor={head}"),
        // A position that this database never had, such as one of a history that a restored backup does not know.
        "cursor=0fffffffffffffff",
        &format!("cursor=65000000{head}"),
    ];
    for query in bad {
        app.get(&format!("/v1/events?{query}")).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_events_of_a_deleted_pipeline_stay_with_its_correlation_id() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit_with(json!({"name": "n", "correlation_id": "c-1", "jobs": [job("a", json!({}))]})).await;
    app.succeed("a").await;
    let filter = format!("?pipeline_id={}", id(&pipeline));
    let before = app.walk_events(&filter).await;
    app.delete(&format!("/v1/pipelines/{}", id(&pipeline))).await.has(204);
    let mut after = app.walk_events(&filter).await;
    let deleted = after.pop().unwrap();
    assert_eq!(after, before);
    assert_eq!((&deleted["flag"], &deleted["correlation_id"]), (&json!("deleted"), &json!("c-1")));
    app.finish().await;
}

#[tokio::test]
async fn an_empty_page_has_a_cursor_that_sees_what_comes_next() {
    let app = TestApp::start().await;
    let (items, next) = app.page("/v1/events").await;
    assert_eq!(items, Vec::<Value>::new());
    let cursor = next.unwrap();
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let (items, next) = eventually("the creation is shown", || async {
        let (items, next) = app.page(&format!("/v1/events?cursor={cursor}")).await;
        (items.len() == 2).then_some((items, next))
    })
    .await;
    assert!(items.iter().all(|event| event["pipeline_id"] == pipeline["id"]));
    let (items, again) = app.page(&format!("/v1/events?cursor={}", next.unwrap())).await;
    assert_eq!((items.len(), again.is_some()), (0, true));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_follows_while_many_write_misses_none_and_sees_each_once() {
    let app = TestApp::start_servers(2).await;
    let pipelines = 30;
    let write = |number: usize| {
        let app = &app;
        async move {
            let body = json!({"name": "test", "jobs": [job("a", json!({"tasks": [{}, {}]}))]});
            app.post_to(number % 2, "/v1/pipelines", body).await.expect(201);
            for _ in 0..2 {
                let asked = json!({"types": ["a"], "worker_id": "w"});
                let leased = app.post_to(number % 2, "/v1/tasks/dequeue", asked).await.expect(200);
                app.report_to((number + 1) % 2, &leased["tasks"][0], "complete", json!({})).await.expect(200);
            }
        }
    };
    // Two of creation, two of each task, and of job and pipeline their start and their end.
    let expected = pipelines * (2 + 2 * 2 + 2 + 2);
    let read = async {
        let (mut seen, mut path) = (Vec::new(), "/v1/events?limit=20".to_owned());
        while seen.len() < expected {
            let (items, next) = app.page(&path).await;
            seen.extend(items);
            path = format!("/v1/events?limit=20&cursor={}", next.unwrap());
        }
        seen
    };
    let read = tokio::time::timeout(windlass_tests::LONG * 3, read);
    let (seen, _) = tokio::join!(read, futures_util::future::join_all((0..pipelines).map(write)));
    let seen = seen.expect("every event is seen in time");
    assert_eq!(seen, events(&app, "").await);
    for pipeline in app.walk("/v1/pipelines").await {
        let of_it: Vec<_> =
            seen.iter().filter(|event| event["pipeline_id"] == pipeline["id"]).cloned().collect();
        chained(&app, &pipeline, &of_it).await;
    }
    app.finish().await;
}
