//! The key: how it is sent, what becomes of a call and of a worker when it is refused, and that nothing shows it.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;
use windlass_sdk::wire::{Code, FieldError, NewPipeline, Problem};
use windlass_sdk::{Client, Context, Error, EventFilter, Key, TaskFailure, Worker};
use wiremock::ResponseTemplate;

use crate::fake::{Fake, Seen, leased, ok, problem, queue, task};

const SECRET: &str = "wl_tell-nobody";

async fn echo(payload: Value, _: Context) -> Result<Value, TaskFailure> {
    Ok(payload)
}

fn file_with(key: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{key}\n")).unwrap();
    file
}

/// Takes `key`, and answers 401 to all others.
fn takes(seen: &Seen, key: &str, answer: impl FnOnce() -> ResponseTemplate) -> ResponseTemplate {
    let good = seen.authorization.as_deref() == Some(&format!("Bearer {key}"));
    if good { answer() } else { problem(Code::Unauthorized) }
}

#[tokio::test]
async fn every_call_carries_the_key() {
    let answer = |_, seen: &Seen| match seen.verb.as_str() {
        "stream" => ResponseTemplate::new(200).set_body_raw(":\n\n", "text/event-stream"),
        "t" => ok(queue("t")),
        _ => ok(json!({"items": [], "next_cursor": "1", "tasks": []})),
    };
    let mut fake = Fake::start(answer).await;
    let client = fake.client_with(Key::text("wl_a"));
    client.get_queue("t").await.unwrap();
    client.list_events(&EventFilter::default(), None).await.unwrap();
    client.heartbeat_tasks(Vec::new()).await.unwrap_err();
    let mut followed = std::pin::pin!(client.follow_events(EventFilter::default(), None));
    let followed = followed.try_next();
    let stream = async {
        for verb in ["t", "events", "heartbeat", "stream"] {
            let seen = fake.next().await;
            assert_eq!((seen.verb.as_str(), seen.authorization.as_deref()), (verb, Some("Bearer wl_a")));
        }
    };
    tokio::select! { _ = followed => panic!("the stream has no events"), () = stream => {} }
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let mut fake = Fake::start(|_, _| ok(queue("t"))).await;
    fake.client().get_queue("t").await.unwrap();
    assert_eq!(fake.next().await.authorization, None);
}

#[tokio::test]
async fn a_file_is_read_again_when_its_key_is_refused_and_the_call_made_again() {
    let file = file_with("first");
    let mut fake = Fake::start(|_, seen| takes(seen, "second", || ok(queue("t")))).await;
    let client = fake.client_with(Key::file(file.path()));
    let error = client.get_queue("t").await.unwrap_err();
    assert_eq!(error.code(), Some(Code::Unauthorized));
    assert_eq!(fake.rest(), ["t"], "the file holds the same key, so nothing is asked again");
    std::fs::write(file.path(), "second").unwrap();
    let other = client.clone();
    client.get_queue("t").await.unwrap();
    assert_eq!(fake.rest(), ["t", "t"]);
    other.get_queue("t").await.unwrap();
    assert_eq!(fake.rest(), ["t"], "clones share the key");
}

#[tokio::test]
async fn a_create_without_an_idempotency_key_is_made_again_with_the_new_key_too() {
    let file = file_with("first");
    let mut fake = Fake::start(|_, seen| takes(seen, "second", || problem(Code::DuplicateKey))).await;
    let client = fake.client_with(Key::file(file.path()));
    std::fs::write(file.path(), "second").unwrap();
    let error = client.create_pipeline(&NewPipeline::new("p", [])).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DuplicateKey));
    assert_eq!(fake.rest(), ["pipelines", "pipelines"]);
}

#[tokio::test]
async fn a_worker_without_a_valid_key_ends_at_once_and_says_what_to_do() {
    for (key, expected) in [
        (Key::none(), "no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY"),
        (Key::text("wrong"), "the key from the program is not valid, or no longer"),
    ] {
        let mut fake = Fake::start(|_, _| problem(Code::Unauthorized)).await;
        let worker = Worker::builder(fake.client_with(key)).handler("work", echo).build();
        let error = worker.run_until(std::future::pending()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(fake.rest(), ["dequeue"]);
    }
}

#[tokio::test]
async fn a_worker_whose_key_may_not_work_ends_at_once_with_the_servers_words() {
    let mut fake = Fake::start(|_, _| problem(Code::Forbidden)).await;
    let worker = Worker::builder(fake.client_with(Key::text("a"))).handler("work", echo).build();
    let error = worker.run_until(std::future::pending()).await.unwrap_err().to_string();
    assert!(error.starts_with("forbidden: as the test says; the key from the program"), "{error}");
    assert_eq!(fake.rest(), ["dequeue"]);
}

#[tokio::test]
async fn a_worker_whose_key_is_for_other_types_ends_and_names_its_own() {
    let fake = Fake::start(|_, seen| {
        let types = seen.body["types"].as_array().unwrap();
        let index = types.iter().position(|known| known == "heavy").unwrap();
        let error = FieldError { pointer: format!("/types/{index}"), detail: "no".to_owned() };
        let forbidden = Problem { errors: Some(vec![error]), ..Problem::new(Code::Forbidden, "no") };
        ResponseTemplate::new(403).set_body_json(forbidden)
    });
    let fake = fake.await;
    let client = fake.client_with(Key::text("a"));
    let worker = Worker::builder(client.clone()).handler("heavy", echo).handler("light", echo).build();
    let error = worker.run_until(std::future::pending()).await.unwrap_err();
    assert!(matches!(&error, Error::Denied { types, .. } if types == &["heavy"]), "{error:?}");
    assert!(error.to_string().contains("does not allow the types heavy"), "{error}");
}

#[tokio::test]
async fn a_worker_whose_key_is_rotated_goes_on_with_the_new_one() {
    let file = file_with("first");
    let path = file.path().to_owned();
    let fake = Fake::start(move |n, seen| match (n, seen.verb.as_str()) {
        (0, _) => takes(seen, "first", || ok(json!({"tasks": [leased(&json!(1))]}))),
        // The new key comes only after the old one was refused some times.
        (5, _) => {
            std::fs::write(&path, "second").unwrap();
            problem(Code::Unauthorized)
        }
        (_, "dequeue") => takes(seen, "second", || ok(json!({"tasks": []})).set_delay(FAR)),
        _ => takes(seen, "second", || ok(task())),
    });
    let mut fake = fake.await;
    let worker = Worker::builder(fake.client_with(Key::file(file.path()))).concurrency(2);
    let worker = worker.handler("work", echo).build();
    let stop = async {
        let (mut reported, mut asked) = (false, false);
        while !(reported && asked) {
            let seen = fake.next().await;
            let renewed = seen.authorization.as_deref() == Some("Bearer second");
            reported |= renewed && seen.verb == "complete";
            asked |= renewed && seen.verb == "dequeue";
        }
    };
    worker.run_until(stop).await.unwrap();
}

const FAR: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_worker_honours_retry_after_of_429() {
    let limited = |code: Code| problem(code).insert_header("retry-after", "1");
    let mut fake = Fake::start(move |n, seen| match (n, seen.verb.as_str()) {
        (0 | 2, _) => limited(Code::RateLimited),
        (1, _) => ok(json!({"tasks": [leased(&json!(1))]})),
        (_, "dequeue") => ok(json!({"tasks": []})).set_delay(FAR),
        _ => ok(task()),
    })
    .await;
    let worker = Worker::builder(fake.client()).handler("work", echo).lease(FAR).build();
    let stop = async {
        for verb in ["dequeue", "complete"] {
            fake.next_of(verb).await;
            let limited = Instant::now();
            fake.next_of(verb).await;
            assert!(limited.elapsed() >= Duration::from_millis(950), "{verb} after {:?}", limited.elapsed());
        }
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn a_heartbeat_honours_retry_after_of_429() {
    let limited = problem(Code::RateLimited).insert_header("retry-after", "1");
    let script = move |seen: &Seen| (seen.verb == "heartbeat").then(|| limited.clone());
    let mut fake = Fake::with_task(json!(null), script).await;
    let worker = Worker::builder(fake.client()).lease(Duration::from_millis(300)).stop_wait(Duration::ZERO);
    let forever = |_: Value, _: Context| std::future::pending::<Result<(), TaskFailure>>();
    let worker = worker.cancel_grace(Duration::ZERO).handler("work", forever).build();
    let stop = async {
        fake.next_of("heartbeat").await;
        let limited = Instant::now();
        fake.next_of("heartbeat").await;
        assert!(limited.elapsed() >= Duration::from_millis(950), "after {:?}", limited.elapsed());
    };
    worker.run_until(stop).await.unwrap();
}

/// All that is logged, at any level, by whatever takes part.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_debug_output_nor_an_error_nor_a_log_line_shows_the_key() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    let _logging = tracing::subscriber::set_default(lines.finish());
    let file = file_with(SECRET);
    let fake = Fake::start(|n, seen| match (n, seen.verb.as_str()) {
        (1, _) => ok(json!({"tasks": [leased(&json!(1))]})),
        (_, "complete") => ok(task()),
        (_, "dequeue") => problem(Code::Forbidden),
        _ => problem(Code::Unauthorized),
    })
    .await;
    let mut shown = Vec::new();
    for key in [Key::text(SECRET), Key::file(file.path())] {
        let builder = Client::builder(fake.client_url()).key(key);
        shown.push(format!("{builder:?}"));
        let client = builder.build().unwrap();
        shown.push(format!("{client:?}"));
        let error = client.get_task(Uuid::nil()).await.unwrap_err();
        shown.push(format!("{error:?} {error}"));
        let worker = Worker::builder(client).handler("work", echo);
        shown.push(format!("{worker:?}"));
        let worker = worker.build();
        shown.push(format!("{worker:?}"));
        let error = worker.run_until(std::future::pending()).await.unwrap_err();
        shown.push(format!("{error:?} {error}"));
    }
    shown.push(String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(shown.last().unwrap().contains("worker started"), "{shown:?}");
    for text in shown {
        assert!(!text.contains("tell-nobody"), "{text}");
    }
}

#[test]
fn a_client_is_not_made_without_the_key_or_the_authority_that_was_said() {
    let nowhere = Path::new("/nowhere/key");
    let refused = |builder: windlass_sdk::ClientBuilder| builder.build().unwrap_err().to_string();
    let builder = || Client::builder("http://127.0.0.1:1");
    for error in [refused(builder().key(Key::file(nowhere))), refused(builder().ca_file(nowhere))] {
        assert!(error.starts_with("the file /nowhere/key cannot be read"), "{error}");
    }
}
