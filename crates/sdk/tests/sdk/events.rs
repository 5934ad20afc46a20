//! The audit trail: its pages, and its stream over several connections.

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use windlass_sdk::wire::{Code, Entity};
use windlass_sdk::{EventFilter, Followed};
use wiremock::ResponseTemplate;

use crate::fake::{Fake, ok, problem};

fn event(id: &str) -> Value {
    json!({
        "id": id, "at": "2026-11-22T20:00:00Z", "entity": "job", "pipeline_id": null, "job_id": null,
        "task_id": null, "from": null, "to": "queued", "flag": null, "reason": null, "attempt": null,
        "worker_id": null, "actor": "client", "correlation_id": null,
    })
}

fn stream(ids: &[&str]) -> ResponseTemplate {
    let messages = ids.iter().map(|id| format!("id: {id}\ndata: {}\n\n", event(id)));
    let text: String = std::iter::once(":\n\n".to_owned()).chain(messages).collect();
    ResponseTemplate::new(200).set_body_raw(text, "text/event-stream")
}

#[tokio::test]
async fn pages_are_walked_to_the_present_end() {
    let mut fake = Fake::start(|n, _| match n {
        0 => ok(json!({"items": [event("1"), event("2")], "next_cursor": "2"})),
        1 => ok(json!({"items": [event("3")], "next_cursor": "3"})),
        _ => ok(json!({"items": [], "next_cursor": "3"})),
    })
    .await;
    let events: Vec<_> = fake.client().events(EventFilter::default(), Some("0")).try_collect().await.unwrap();
    assert_eq!(events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    for cursor in ["0", "2", "3"] {
        assert_eq!(fake.next().await.query, Some(format!("cursor={cursor}")));
    }
    assert!(fake.rest().is_empty());
}

#[tokio::test]
async fn a_stream_that_breaks_off_goes_on_behind_the_last_event() {
    let mut fake = Fake::start(|n, seen| match (n, seen.last_event.as_deref()) {
        (0, None) => stream(&["1", "2"]),
        (1, Some("2")) => problem(Code::ShuttingDown),
        (2, Some("2")) => stream(&["3"]),
        _ => problem(Code::MalformedRequest),
    })
    .await;
    let followed = fake.client().follow_events(EventFilter::default(), None);
    let ids: Vec<_> = followed.take(3).map(|event| event.map(|event| event.id)).try_collect().await.unwrap();
    assert_eq!(ids, ["1", "2", "3"]);
    assert_eq!(fake.next().await.verb, "stream");
}

#[tokio::test]
async fn a_stream_may_end_its_lines_otherwise_and_say_its_position_and_pause() {
    let mut fake = Fake::start(|n, seen| {
        let text = match (n, seen.last_event.as_deref()) {
            // As a proxy may write it, with what a later server may say.
            (0, None) => {
                format!("\u{feff}: hello\r\nretry: 10\r\nid: 1\r\ndata: {}\r\n\r\nid: 7\r\n\r\n", event("1"))
            }
            (1, Some("7")) => format!("id: 8\rdata: {}\r\r", event("8")),
            _ => return problem(Code::MalformedRequest),
        };
        ResponseTemplate::new(200).set_body_raw(text, "text/event-stream")
    })
    .await;
    let followed = fake.client().follow_events(EventFilter::default(), None);
    let ids: Vec<_> = followed.take(2).map(|event| event.map(|event| event.id)).try_collect().await.unwrap();
    assert_eq!(ids, ["1", "8"]);
    assert_eq!(fake.next().await.verb, "stream");
}

#[tokio::test]
async fn a_stream_that_cannot_begin_is_an_error() {
    let fake = Fake::start(|_, _| problem(Code::MalformedRequest)).await;
    let mut followed = std::pin::pin!(fake.client().follow_events(EventFilter::default(), Some("x")));
    let first = followed.next().await.unwrap();
    assert_eq!(first.unwrap_err().code(), Some(Code::MalformedRequest));
}

#[tokio::test]
async fn pages_in_which_none_was_found_are_passed() {
    let mut fake = Fake::start(|n, _| match n {
        0 => ok(json!({"items": [], "next_cursor": "2000"})),
        1 => ok(json!({"items": [event("2001")], "next_cursor": "2001"})),
        _ => ok(json!({"items": [], "next_cursor": "2001"})),
    })
    .await;
    let filter = EventFilter { entity: Some(Entity::Job), ..EventFilter::default() };
    let events: Vec<_> = fake.client().events(filter, Some("0")).try_collect().await.unwrap();
    assert_eq!(events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["2001"]);
    for cursor in ["0", "2000", "2001"] {
        assert_eq!(fake.next().await.query, Some(format!("entity=job&cursor={cursor}")));
    }
    assert!(fake.rest().is_empty());
}

#[tokio::test]
async fn a_stream_is_asked_for_by_its_filter_and_brings_progress_between_events() {
    let mut fake = Fake::start(|_, _| {
        let id = uuid::Uuid::nil();
        let line = json!({"pipeline_id": id, "job_id": id, "percent": 50});
        let text = format!("event: progress\ndata: {line}\n\nid: 1\ndata: {}\n\n", event("1"));
        ResponseTemplate::new(200).set_body_raw(text, "text/event-stream")
    })
    .await;
    let filter = || EventFilter {
        to: Some("queued".to_owned()),
        r#type: Some("a".to_owned()),
        limit: Some(7),
        ..EventFilter::default()
    };
    let followed = fake.client().follow_events_and_progress(filter(), None);
    let followed: Vec<_> = followed.take(2).try_collect().await.unwrap();
    assert!(
        matches!(&followed[..], [Followed::Progress(line), Followed::Event(_)] if (line.percent - 50.0).abs() < 1e-9)
    );
    assert_eq!(fake.next().await.query, Some("to=queued&type=a&progress=true".to_owned()));
    let events: Vec<_> = fake.client().follow_events(filter(), None).take(1).try_collect().await.unwrap();
    assert_eq!(events[0].id, "1");
    assert_eq!(fake.next().await.query, Some("to=queued&type=a".to_owned()));
}
