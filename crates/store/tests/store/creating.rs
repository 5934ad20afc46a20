//! Creates of many requests in one transaction, and many jobs of one request.

use std::time::Duration;

use futures_util::FutureExt;
use sqlx::PgConnection;
use windlass_domain::{Json, Name, Priority, Sealing, TypeName, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    Answer, Caller, Create, Error, IdempotencyKey, Made, NewJob, NewPipeline, NewTask, NotMade, Once, Store,
    StoredAnswer, Trace,
};

use crate::support::{after, create, job, later, pipeline, with_tasks};

fn json(text: &str) -> Json {
    Json::from_checked(text.to_owned())
}

fn of(new: NewPipeline) -> Create<'static> {
    Create { caller: Caller::default(), types: None, new, standalone: false, once: None }
}

fn alone(new: NewJob) -> Create<'static> {
    Create { standalone: true, ..of(pipeline(vec![new])) }
}

fn shown((pipeline, jobs): &Made) -> StoredAnswer {
    StoredAnswer {
        location: Some(format!("/{}", pipeline.id)),
        body: format!("{} {:?}", pipeline.id, jobs[0].payload),
    }
}

fn keyed(key: &str, hash: u8, create: Create<'static>) -> Create<'static> {
    let key =
        IdempotencyKey { scope: "POST /v1/jobs".to_owned(), key: key.to_owned(), body_hash: [hash; 32] };
    Create { once: Some(Once { key, render: &shown }), ..create }
}

fn typed(type_name: &str) -> NewJob {
    NewJob { type_name: TypeName::parse(type_name).unwrap(), ..job("a") }
}

/// Something that Postgres refuses, as a defect would.
async fn poison(connection: &mut PgConnection) {
    sqlx::raw_sql("ALTER TABLE jobs ADD CONSTRAINT poison CHECK (type <> 'poison')")
        .execute(connection)
        .await
        .unwrap();
}

async fn ahead(database: &TestDatabase, seconds: i32) -> chrono::DateTime<chrono::Utc> {
    sqlx::query_scalar("SELECT windlass_now() + make_interval(secs => $1)")
        .bind(f64::from(seconds))
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap()
}

/// Pipelines and jobs of every shape that a create may bring.
async fn shapes(database: &TestDatabase) -> Vec<Create<'static>> {
    let hour = later(database, 1).await.remove(0);
    let rich = NewJob {
        payload: Some(json(r#"{"b":-0,"a":1e5}"#)),
        metadata: Some(json(r#"{"m":"é"}"#)),
        timeout: Some(Duration::from_millis(2_500)),
        lease: Duration::from_micros(1_234_567),
        max_failed_tasks: 7,
        fail_fast: false,
        allow_failure: true,
        paused: true,
        ..job("rich")
    };
    let none_tried_again = NewJob {
        retry: windlass_domain::RetryPolicy {
            non_retryable: Vec::new(),
            ..windlass_domain::RetryPolicy::default()
        },
        ..job("never")
    };
    let described = NewPipeline {
        name: Name::parse("described").unwrap(),
        priority: Priority::VeryHigh,
        metadata: Some(json(r#"{"customer":"acme"}"#)),
        fail_fast: true,
        paused: true,
        sealed: false,
        deadline_at: Some(ahead(database, 60).await),
        trace: Trace { traceparent: Some("00-1".to_owned()), tracestate: Some("a=b".to_owned()) },
        ..pipeline(vec![job("a"), after("b", &[("a", When::Finished)]), with_tasks(job("c"), 3)])
    };
    vec![
        of(described),
        of(pipeline(vec![rich.clone(), none_tried_again, NewJob { sealed: Sealing::Later, ..job("later") }])),
        of(pipeline(vec![
            job("a"),
            after("join", &[("a", When::Succeeded)]),
            after("late", &[("join", When::Always)]),
        ])),
        of(pipeline(vec![
            NewJob { sealed: Sealing::OnOpen, ..after("fed", &[("a", When::Succeeded)]) },
            job("a"),
        ])),
        of(pipeline(vec![with_tasks(job("passes"), 0), after("next", &[("passes", When::Succeeded)])])),
        of(NewPipeline { sealed: false, ..pipeline(Vec::new()) }),
        alone(rich),
        alone(NewJob { run_at: hour.run_at, ..job("waits") }),
        alone(NewJob {
            tasks: Some(vec![hour, NewTask { payload: Some(json("[1]")), ..NewTask::default() }]),
            ..job("both")
        }),
        alone(with_tasks(job("empty"), 0)),
    ]
}

#[tokio::test]
async fn what_a_create_answers_is_what_a_read_shows() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let batch = shapes(&database).await;
    let answers = store.create(&batch).await.unwrap();
    assert_eq!(answers.len(), batch.len());
    for (asked, answer) in batch.iter().zip(answers) {
        let (pipeline, jobs) = answer.unwrap().done().unwrap();
        let (read, mut jobs_read) = store.pipeline(pipeline.id).await.unwrap();
        if asked.standalone {
            jobs_read = vec![store.job(jobs[0].id).await.unwrap()];
        }
        assert_eq!(format!("{pipeline:?}"), format!("{read:?}"));
        assert_eq!(format!("{jobs:?}"), format!("{jobs_read:?}"));
        assert_eq!(pipeline.name, asked.new.name.as_str(), "answers are in the order asked");
        let keys: Vec<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
        assert_eq!(keys, asked.new.jobs.iter().map(|job| job.key.as_str()).collect::<Vec<_>>());
    }
    database.finish().await;
}

#[tokio::test]
async fn a_batch_writes_the_events_that_its_creates_write_alone() {
    let (database, other) = (TestDatabase::create().await, TestDatabase::create().await);
    let (store, one_by_one) = (database.store().await, other.store().await);
    for answer in store.create(&shapes(&database).await).await.unwrap() {
        answer.unwrap();
    }
    for create in shapes(&other).await {
        one_by_one.create(&[create]).await.unwrap().remove(0).unwrap();
    }
    assert_eq!(events(&database).await, events(&other).await);
    database.finish().await;
    other.finish().await;
}

/// The events of each pipeline in their order, the pipelines in the order of their creation.
async fn events(database: &TestDatabase) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', p.name, j.key, e.entity, e.from_state, e.to_state, e.actor, e.correlation_id, e.type, e.reason)
         FROM events e JOIN pipelines p ON p.id = e.pipeline_id LEFT JOIN jobs j ON j.id = e.job_id ORDER BY p.id, e.number",
    )
    .fetch_all(&mut database.connect().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn one_of_a_batch_that_is_refused_leaves_the_others_alone() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let past = NewPipeline { deadline_at: Some(ahead(&database, -1).await), ..pipeline(vec![typed("late")]) };
    let soon = NewPipeline { deadline_at: Some(ahead(&database, 60).await), ..pipeline(vec![typed("soon")]) };
    let answers = store.create(&[of(pipeline(vec![job("a")])), of(past), of(soon)]).await.unwrap();
    assert!(matches!(answers.as_slice(), [Ok(_), Err(Error::DeadlineNotAhead), Ok(_)]), "{answers:?}");
    let types: Vec<String> = sqlx::query_scalar("SELECT type FROM queues ORDER BY type")
        .fetch_all(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(types, ["soon", "work"], "what is refused names no queue");
    database.finish().await;
}

#[tokio::test]
async fn a_batch_with_one_that_postgres_refuses_makes_nothing() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    poison(&mut database.connect().await).await;
    let batch = [keyed("k", 1, alone(job("a"))), alone(typed("poison"))];
    assert!(matches!(store.create(&batch).await, Err(Error::Internal(_))));
    assert_eq!(count(&database, "SELECT count(*) FROM pipelines").await, 0);
    let alone = store.create(&batch[..1]).await.unwrap().remove(0).unwrap();
    assert!(matches!(alone, Answer::New(_)), "its key is not used up");
    database.finish().await;
}

async fn count(database: &TestDatabase, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut database.connect().await).await.unwrap()
}

#[tokio::test]
async fn keys_of_a_batch_are_new_repeated_or_reused_each_by_itself() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let payload = format!("\"{}\"", "x".repeat(3_000));
    let one = || NewJob { payload: Some(json(&payload)), ..job("a") };
    let first =
        store.create(&[keyed("old", 1, alone(one()))]).await.unwrap().remove(0).unwrap().done().unwrap();
    let batch = [
        keyed("old", 1, alone(one())),
        keyed("new", 2, alone(job("b"))),
        alone(job("c")),
        keyed("old", 3, alone(job("d"))),
        // One whose client has given up, and which comes again before it is done.
        keyed("new", 2, alone(job("b"))),
    ];
    let answers: Vec<_> = store.create(&batch).await.unwrap();
    let [
        Ok(Answer::Repeated(old)),
        Ok(Answer::New(new)),
        Ok(Answer::New(_)),
        Err(Error::KeyReused),
        Ok(Answer::Repeated(again)),
    ] = answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    assert_eq!((old, again), (&shown(&first), &shown(new)));
    assert_eq!(count(&database, "SELECT count(*) FROM pipelines").await, 3);
    database.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_come_with_the_same_keys_make_each_once() {
    let database = TestDatabase::create().await;
    let (one, other) = (database.store().await, database.store().await);
    for round in 0..20 {
        let batch = |order: [u8; 4]| -> Vec<Create<'static>> {
            order.iter().map(|key| keyed(&format!("{round}-{key}"), *key, alone(job("a")))).collect()
        };
        let (forth, back) = (batch([1, 2, 3, 4]), batch([4, 3, 2, 1]));
        let (answers, reversed) = tokio::join!(one.create(&forth), other.create(&back));
        let (answers, reversed) = (answers.unwrap(), reversed.unwrap());
        for (here, there) in answers.iter().zip(reversed.iter().rev()) {
            let (here, there) = (here.as_ref().unwrap(), there.as_ref().unwrap());
            match (here, there) {
                (Answer::New(made), Answer::Repeated(stored))
                | (Answer::Repeated(stored), Answer::New(made)) => {
                    assert_eq!(*stored, shown(made));
                }
                _ => panic!("{here:?} and {there:?}"),
            }
        }
        assert_eq!(count(&database, "SELECT count(*) FROM pipelines").await, (round + 1) * 4);
    }
    database.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_two_servers_beside_each_other_count_everything() {
    let database = TestDatabase::create().await;
    let (one, other) = (database.store().await, database.store().await);
    let batch = |types: [&'static str; 3]| -> Vec<Create<'static>> {
        (0..30).map(|at| alone(typed(types[at % 3]))).collect()
    };
    let (forth, back) = (batch(["a", "b", "c"]), batch(["c", "b", "a"]));
    for _ in 0..10 {
        let (here, there) = tokio::join!(one.create(&forth), other.create(&back));
        assert!(here.unwrap().iter().chain(&there.unwrap()).all(Result::is_ok));
    }
    assert_eq!(count(&database, "SELECT sum(queued)::bigint FROM queue_counts").await, 600);
    database.finish().await;
}

/// Of each its key, or why it was not made.
fn outcomes(made: &[Result<windlass_store::Job, NotMade>]) -> Vec<Result<&str, NotMade>> {
    made.iter().map(|made| made.as_ref().map(|job| job.key.as_str()).map_err(Clone::clone)).collect()
}

async fn create_each(store: &Store, items: &[Create<'_>]) -> Vec<Result<windlass_store::Job, NotMade>> {
    store.create_each(items, None).await.unwrap().done().unwrap()
}

#[tokio::test]
async fn of_the_jobs_of_one_request_each_fails_alone() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    poison(&mut database.connect().await).await;
    let late = Create {
        standalone: true,
        ..of(NewPipeline { deadline_at: Some(ahead(&database, -1).await), ..pipeline(vec![job("late")]) })
    };
    let items =
        [alone(job("a")), late, alone(typed("poison")), alone(with_tasks(job("done"), 0)), alone(job("b"))];
    let made = create_each(&store, &items).await;
    assert_eq!(
        outcomes(&made),
        [Ok("a"), Err(NotMade::DeadlineNotAhead), Err(NotMade::Failed), Ok("done"), Ok("b")]
    );
    for job in made.iter().flatten() {
        assert_eq!(format!("{job:?}"), format!("{:?}", store.job(job.id).await.unwrap()));
    }
    assert_eq!(count(&database, "SELECT count(*) FROM pipelines").await, 3);
    assert_eq!(
        count(&database, "SELECT count(*) FROM events").await,
        8,
        "and the end of a job and its pipeline"
    );
    database.finish().await;
}

#[tokio::test]
async fn a_thousand_jobs_of_one_request_cost_few_statements() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let items: Vec<Create<'_>> = (0..1_000).map(|_| alone(job("a"))).collect();
    let made = create_each(&store, &items).await;
    assert_eq!(made.iter().flatten().count(), 1_000);
    assert!(made.iter().flatten().map(|job| job.id).is_sorted(), "they open in the order asked");
    let transactions: i64 = count(&database, "SELECT count(DISTINCT xmin::text) FROM jobs").await;
    assert_eq!(transactions, 1);
    database.finish().await;
}

#[tokio::test]
async fn the_answer_of_many_jobs_is_kept_with_them() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    poison(&mut database.connect().await).await;
    let long =
        |at: usize| NewJob { payload: Some(json(&format!("\"{at}{}\"", "x".repeat(2_000)))), ..job("a") };
    let items = [alone(long(0)), alone(typed("poison")), alone(long(2)), alone(long(2))];
    let render = |made: &Vec<Result<windlass_store::Job, NotMade>>| StoredAnswer {
        location: None,
        body: made
            .iter()
            .flatten()
            .map(|job| job.id.to_string() + job.payload.as_deref().unwrap_or(""))
            .collect(),
    };
    let once = |hash| {
        let key = IdempotencyKey {
            scope: "POST /v1/jobs/batch".to_owned(),
            key: "k".to_owned(),
            body_hash: [hash; 32],
        };
        Some(Once { key, render: &render })
    };
    let made = store.create_each(&items, once(1)).await.unwrap().done().unwrap();
    let Answer::Repeated(again) = store.create_each(&items, once(1)).await.unwrap() else {
        panic!("made again")
    };
    assert_eq!(again, render(&made));
    assert!(matches!(store.create_each(&items, once(2)).await, Err(Error::KeyReused)));
    assert_eq!(count(&database, "SELECT length(response)::bigint FROM idempotency_keys").await, 3 * (36 + 4));
    database.finish().await;
}

#[tokio::test]
async fn a_create_waits_in_process_for_the_one_with_its_key() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let key = keyed("k", 1, alone(job("a"))).once.unwrap().key;
    let held = store.hold_key(Some(&key)).await;
    let mut second = Box::pin(store.hold_key(Some(&key)));
    assert!((&mut second).now_or_never().is_none());
    drop(held);
    assert!(second.await.is_some());
    assert!(store.hold_key(None).await.is_none());
    create(&store, pipeline(vec![job("a")])).await;
    database.finish().await;
}
