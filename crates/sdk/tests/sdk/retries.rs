//! Which calls are repeated, and when.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use uuid::Uuid;
use windlass_sdk::wire::{Code, Complete, NewPipeline};
use windlass_sdk::{Client, Error};
use wiremock::ResponseTemplate;

use crate::fake::{Fake, ok, problem, queue, task};

fn completion() -> Complete {
    Complete {
        lease_token: Uuid::new_v4(),
        result: None,
        metrics: None,
        add_tasks: Vec::new(),
        outcomes: Vec::new(),
        lines: Vec::new(),
    }
}

#[tokio::test]
async fn a_read_is_repeated_until_the_server_is_well() {
    let mut fake =
        Fake::start(|n, _| if n < 2 { problem(Code::DatabaseUnavailable) } else { ok(queue("t")) }).await;
    assert_eq!(fake.client().get_queue("t").await.unwrap().r#type, "t");
    assert_eq!(fake.rest(), ["t", "t", "t"]);
}

#[tokio::test]
async fn a_report_is_repeated_with_the_same_bytes() {
    let mut fake = Fake::start(|n, _| if n == 0 { ResponseTemplate::new(502) } else { ok(task()) }).await;
    fake.client().complete_task(Uuid::now_v7(), &completion()).await.unwrap();
    assert_eq!(fake.next().await.raw, fake.next().await.raw);
}

#[tokio::test]
async fn a_create_of_unknown_outcome_is_not_repeated_without_a_key() {
    let mut fake = Fake::start(|_, _| problem(Code::DatabaseUnavailable)).await;
    let error = fake.client().create_pipeline(&NewPipeline::new("p", [])).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DatabaseUnavailable));
    assert_eq!(fake.rest(), ["pipelines"]);
}

#[tokio::test]
async fn a_create_with_a_key_is_repeated_with_the_same_key_and_bytes() {
    let fake =
        Fake::start(|n, _| problem(if n < 2 { Code::DatabaseUnavailable } else { Code::DuplicateKey }));
    let mut fake = fake.await;
    let client = fake.client().idempotent("order-1");
    let error = client.create_pipeline(&NewPipeline::new("p", [])).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DuplicateKey));
    let first = fake.next().await;
    assert_eq!(first.key.as_deref(), Some("order-1"));
    for _ in 0..2 {
        let repeat = fake.next().await;
        assert_eq!((repeat.key, repeat.raw), (first.key.clone(), first.raw.clone()));
    }
}

#[tokio::test]
async fn an_unsafe_call_is_repeated_where_the_server_surely_did_nothing() {
    let mut fake = Fake::start(|n, _| {
        problem([Code::Overloaded, Code::ShuttingDown, Code::RateLimited, Code::JobNotFound][n])
    })
    .await;
    let error = fake.client().cancel_job(Uuid::now_v7(), None).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::JobNotFound));
    assert_eq!(fake.rest().len(), 4);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let mut fake = Fake::start(|_, _| problem(Code::LeaseLost)).await;
    let error = fake.client().complete_task(Uuid::now_v7(), &completion()).await.unwrap_err();
    assert!(error.is_lease_lost());
    assert_eq!(fake.rest(), ["complete"]);
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let fake = Fake::start(|n, _| {
        if n == 0 { problem(Code::Overloaded).insert_header("retry-after", "1") } else { ok(queue("t")) }
    })
    .await;
    let began = Instant::now();
    fake.client().get_queue("t").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "asked again after {:?}", began.elapsed());
}

#[tokio::test]
async fn an_answer_of_another_service_is_recognised() {
    let fake = Fake::start(|_, _| ResponseTemplate::new(404).set_body_string("<html>nginx</html>")).await;
    let error = fake.client().get_queue("t").await.unwrap_err();
    let matches =
        matches!(&error, Error::Unexpected { status: 404, body, .. } if body == "<html>nginx</html>");
    assert!(matches, "{error:?}");
}

#[tokio::test]
async fn an_answer_of_another_shape_is_an_error_that_names_the_call() {
    let fake = Fake::start(|_, _| ok(json!({"type": 1}))).await;
    let error = fake.client().get_queue("t").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot read the answer to GET /v1/queues/t");
}

#[tokio::test]
async fn a_create_that_is_cut_off_is_not_repeated_and_a_read_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, mut connections) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 8192];
            let length = socket.read(&mut request).await.unwrap();
            sender.send(String::from_utf8_lossy(&request[..length]).into_owned()).unwrap();
        }
    });
    let patient = Client::builder(url).backoff(windlass_sdk::Backoff {
        min_delay: Duration::from_millis(1),
        max_delay: Duration::from_millis(1),
        total_delay: Duration::from_millis(3),
    });
    let client = patient.build().unwrap();

    let error = client.create_pipeline(&NewPipeline::new("p", [])).await.unwrap_err();
    assert!(matches!(error, Error::Transport { unsent: false, .. }), "{error:?}");
    assert!(connections.recv().await.unwrap().starts_with("POST"));
    assert!(connections.is_empty());

    client.get_queue("t").await.unwrap_err();
    assert!(connections.len() > 1, "{} tries", connections.len());
}

#[tokio::test]
async fn a_probe_is_asked_once() {
    let mut fake = Fake::start(|_, _| problem(Code::DatabaseUnavailable)).await;
    fake.client().readyz().await.unwrap_err();
    assert_eq!(fake.rest(), ["readyz"]);
}

#[test]
fn an_address_that_is_none_is_refused_at_once() {
    for url in ["", "localhost:7070", "postgres://localhost", "http://"] {
        let error = Client::new(url).unwrap_err();
        assert!(matches!(error, Error::Address { .. }), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_body_is_sent_as_the_contract_writes_it() {
    let mut fake = Fake::start(|_, _| problem(Code::ValidationFailed)).await;
    let job = windlass_sdk::wire::NewJob::new("a", "t").after("b", windlass_sdk::wire::When::Always);
    fake.client().create_pipeline(&NewPipeline::new("p", [job])).await.unwrap_err();
    let body: Value = fake.next().await.body;
    let job = json!({"key": "a", "type": "t", "depends_on": [{"job": "b", "when": "always"}]});
    assert_eq!(body, json!({"name": "p", "jobs": [job]}));
}
