//! Filters of `GET /v1/events` and of its stream beside pipeline, job and task; the type of an event.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use super::reader::{Stream, ids};

/// What events of two pipelines, of which one was deleted, can be asked for.
const FILTERS: [&str; 10] = [
    "entity=pipeline",
    "entity=job",
    "entity=task",
    "entity=queue",
    "to=succeeded",
    "to=cancelled",
    "type=a",
    "type=b&entity=job",
    "type=a&entity=task&to=running",
    "type=none",
];

/// Whether a filter takes an event, by what the event shows.
fn takes(filter: &str, event: &Value) -> bool {
    filter.split('&').all(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        event[name] == value
    })
}

/// Two pipelines with jobs of the types `a` and `b`; the first has ended and is deleted, the second was cancelled.
async fn fill(app: &TestApp) -> Value {
    let deleted = app.submit(json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    app.delete(&format!("/v1/pipelines/{}", id(&deleted))).await.has(204);
    let jobs = json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({"depends_on": ["a"]}))]);
    let pipeline = app.submit(jobs).await;
    app.succeed("a").await;
    app.lease("a").await;
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "cancel").await;
    pipeline
}

#[tokio::test]
async fn an_event_has_the_type_of_its_job_and_one_of_a_pipeline_has_none() {
    let app = TestApp::start().await;
    let pipeline = fill(&app).await;
    for event in app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await {
        let expected = match event["job_id"].as_str() {
            None => Value::Null,
            Some(job) => app.get(&format!("/v1/jobs/{job}")).await.expect(200)["type"].clone(),
        };
        assert_eq!(event["type"], expected, "{event}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_events_of_a_deleted_job_stay_with_its_type() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    let task = app.succeed("a").await;
    app.succeed("b").await;
    let query = format!("?pipeline_id={}", id(&pipeline));
    let before = app.walk_events(&query).await;
    app.delete(&format!("/v1/pipelines/{}", id(&pipeline))).await.has(204);
    assert_eq!(app.walk_events(&format!("{query}&to=running")).await.len(), 5);
    assert_eq!(app.walk_events(&query).await[..before.len()], before);
    let of_task = app.walk_events(&format!("?task_id={}&type=a", id(&task))).await;
    assert_eq!(of_task.len(), 2);
    assert!(app.walk_events(&format!("?task_id={}&type=b", id(&task))).await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn events_are_filtered_by_entity_state_and_type() {
    let app = TestApp::start().await;
    let pipeline = fill(&app).await;
    for of in [String::new(), format!("&pipeline_id={}", id(&pipeline))] {
        let all = app.walk_events(&format!("?limit=500{of}")).await;
        for filter in FILTERS {
            let expected: Vec<_> = all.iter().filter(|event| takes(filter, event)).cloned().collect();
            for limit in [1, 2, 500] {
                let found = app.follow_events(&format!("?limit={limit}&{filter}{of}")).await;
                assert_eq!(found, expected, "{filter}{of}, {limit} a page");
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_reader_of_few_among_many_events_goes_on_over_pages_and_finds_each() {
    let app = TestApp::start().await;
    let many: Vec<_> = (0..900).map(|n| job(&format!("job-{n}"), json!({"tasks": []}))).collect();
    let first = app.submit(json!([job("rare", json!({}))])).await;
    for _ in 0..3 {
        app.submit(Value::Array(many.clone())).await;
    }
    let last = app.submit(json!([job("rare", json!({}))])).await;
    app.settle_events().await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let (items, next) = app.page(&format!("/v1/events?type=rare{cursor}")).await;
        let next = format!("&cursor={}", next.expect("next_cursor is never null"));
        if items.is_empty() && next == cursor {
            break;
        }
        found.extend(items);
        cursor = next;
    }
    let of: Vec<_> = found.iter().map(|event| event["pipeline_id"].clone()).collect();
    assert_eq!(of, [first["id"].clone(), last["id"].clone()]);
    app.succeed("rare").await;
    app.settle_events().await;
    let (items, _) = app.page(&format!("/v1/events?type=rare&entity=task{cursor}")).await;
    assert_eq!(items.len(), 2, "what comes later is seen from there on");
    app.finish().await;
}

#[tokio::test]
async fn bad_values_of_these_filters_are_refused() {
    let app = TestApp::start().await;
    let long = format!("type={}", "a".repeat(101));
    for bad in [
        "entity=jobs",
        "entity=",
        "entity=Job",
        "to=done",
        "to=",
        "to=Failed",
        "type=",
        "type=a&type=b",
        "progress=1",
        "progress=",
        &long,
    ] {
        app.get(&format!("/v1/events/stream?{bad}")).await.problem(400, "malformed_request");
        app.get(&format!("/v1/events?{bad}")).await.problem(400, "malformed_request");
    }
    app.get("/v1/events?progress=true").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn a_stream_has_the_same_filters_from_now_on_and_from_an_event() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([job("z", json!({}))])).await;
    let start = app.walk_events("").await.pop().unwrap();
    let mut streams = Vec::new();
    for filter in FILTERS {
        streams.push((filter, Stream::open(&app, 0, &format!("?{filter}"), None).await));
    }
    fill(&app).await;
    let all = app.walk_events("").await;
    let behind = all.iter().position(|event| event == &start).unwrap() + 1;
    for (filter, mut live) in streams {
        let expected: Vec<_> = all[behind..].iter().filter(|event| takes(filter, event)).cloned().collect();
        assert_eq!(ids(&live.take(expected.len()).await), ids(&expected), "{filter}");
        let mut late = Stream::open(&app, 1, &format!("?{filter}"), start["id"].as_str()).await;
        assert_eq!(late.take(expected.len()).await, expected, "{filter}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_stream_can_be_of_one_job_or_task() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({}))])).await;
    let of_job = app.job(&pipeline, "a").await;
    let start = app.walk_events("").await;
    let query = format!("?job_id={}", id(&of_job));
    let mut job_stream = Stream::open(&app, 0, &query, start[0]["id"].as_str()).await;
    let task = app.lease("a").await;
    let mut task_stream =
        Stream::open(&app, 0, &format!("?task_id={}", id(&task)), start[0]["id"].as_str()).await;
    app.succeed("b").await;
    app.complete(&task).await;
    let expected = app.walk_events(&query).await;
    assert_eq!(job_stream.take(expected.len()).await, expected);
    let expected = app.walk_events(&format!("?task_id={}", id(&task))).await;
    assert_eq!((expected.len(), task_stream.take(2).await), (2, expected));
    app.finish().await;
}

#[tokio::test]
async fn a_stream_is_narrowed_to_a_template_or_a_schedule() {
    let app = TestApp::start().await;
    let mut of_template = Stream::open(&app, 0, "?template=t", None).await;
    let mut of_schedule = Stream::open(&app, 0, "?schedule=s", None).await;
    let template = json!({"pipeline": {"name": "n", "jobs": [{"key": "a", "type": "t"}]}});
    for name in ["other", "t"] {
        app.put(&format!("/v1/templates/{name}"), template.clone()).await.expect(201);
    }
    for name in ["other", "s"] {
        let schedule = json!({"cron": "@daily", "template": {"name": "other"}});
        app.put(&format!("/v1/schedules/{name}"), schedule).await.expect(201);
    }
    let first = of_template.next().await;
    assert_eq!((&first["template"], &first["to"]), (&json!("t"), &json!("created")));
    let first = of_schedule.next().await;
    assert_eq!((&first["schedule"], &first["to"]), (&json!("s"), &json!("created")));
    app.finish().await;
}
