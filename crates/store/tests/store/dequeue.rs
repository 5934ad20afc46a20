//! Dequeue: it leases only of dispatchable jobs, and neither answers empty while tasks are free nor leases one twice.

use std::collections::HashSet;

use sqlx::{Connection, Executor};
use windlass_domain::TaskState;
use windlass_store::testing::TestDatabase;
use windlass_store::{Caller, Dequeue, Store};

use crate::plans::notices::Notices;
use crate::support::{complete, create, dequeue, job, pipeline, types, with_tasks};

/// The dequeue has picked its tasks when the pause commits; whether the job is dispatchable is checked again under its lock.
#[tokio::test]
async fn a_pause_that_has_answered_is_not_undone_by_a_dequeue_under_way() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 50)])).await;
    for _ in 0..10 {
        let mut pausing = database.connect().await;
        let mut pausing = pausing.begin().await.unwrap();
        pausing.execute("UPDATE jobs SET paused = true").await.unwrap();
        let under_way = tokio::spawn({
            let store = store.clone();
            async move { dequeue(&store, 50).await }
        });
        waits_for_a_lock(&database).await;
        pausing.commit().await.unwrap();
        assert!(under_way.await.unwrap().is_empty());
        let held = store.job(jobs[0].id).await.unwrap();
        assert!(held.paused && held.counts.queued == 50);
        database.connect().await.execute("UPDATE jobs SET paused = false, returned = true").await.unwrap();
    }
    assert_eq!(dequeue(&store, 50).await.len(), 50);
    database.finish().await;
}

/// Waits until some statement on this database waits for a row that somebody else holds.
async fn waits_for_a_lock(database: &TestDatabase) {
    let mut connection = database.connect().await;
    let waiting = "SELECT EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    )";
    while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&mut connection).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

/// Tasks that are shared out.
const TASKS: usize = 600;

#[tokio::test]
async fn a_dequeue_never_answers_empty_while_tasks_are_free() {
    let database = TestDatabase::create().await;
    let (first, second) = (database.store().await, database.store().await);
    let jobs = vec![with_tasks(job("a"), TASKS / 2), with_tasks(job("b"), TASKS / 2)];
    create(&first, pipeline(jobs)).await;
    let takers: Vec<_> = [&first, &second, &first, &second, &first, &second]
        .into_iter()
        .cloned()
        .map(|store: Store| {
            tokio::spawn(async move {
                let mut taken = Vec::new();
                // 100 each: together exactly what there is, so that no answer may be empty.
                for _ in 0..20 {
                    let leased = dequeue(&store, 5).await;
                    assert_eq!(leased.len(), 5, "tasks are free");
                    taken.extend(leased.into_iter().map(|task| task.id));
                }
                taken
            })
        })
        .collect();
    let mut all = HashSet::new();
    for taker in takers {
        for id in taker.await.unwrap() {
            assert!(all.insert(id), "a task was leased twice");
        }
    }
    assert_eq!(all.len(), TASKS);
    assert!(dequeue(&first, 1).await.is_empty());
    database.finish().await;
}

/// Jobs are met in the order they opened and reported on in any order; ids here run against the order of opening.
#[tokio::test]
async fn dequeues_and_reports_over_many_jobs_never_deadlock() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for _ in 0..5 {
        create(&store, pipeline((0..8).map(|n| with_tasks(job(&format!("j{n}")), 10)).collect())).await;
    }
    database
        .connect()
        .await
        .execute("UPDATE jobs SET opened_position = 1000 - opened_position")
        .await
        .unwrap();
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    let mut leased = dequeue(&store, 20).await;
                    if leased.is_empty() {
                        break;
                    }
                    leased.reverse();
                    for answer in store.report(&crate::support::completions(&leased)).await.unwrap() {
                        answer.unwrap();
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let mut connection = database.connect().await;
    assert_eq!(sqlx::query_scalar::<_, i64>(deadlocks).fetch_one(&mut connection).await.unwrap(), 0);
    database.finish().await;
}

#[tokio::test]
async fn a_batch_of_workers_is_served_first_come_first_served() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 5)])).await;
    let request = |worker: &str, max_tasks| Dequeue {
        caller: Caller::default(),
        worker: windlass_domain::WorkerId::parse(worker).unwrap(),
        max_tasks,
        lease: Some(std::time::Duration::from_secs(5)),
        key: None,
    };
    let answers =
        store.dequeue(&types(), &[request("one", 2), request("two", 2), request("three", 2)]).await.unwrap();
    let answers: Vec<_> = answers.into_iter().map(|granted| granted.unwrap().tasks).collect();
    assert_eq!(answers.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let third = store.task(answers[2][0].id).await.unwrap();
    assert_eq!(third.worker_id.as_deref(), Some("three"));
    complete(&store, &answers[0][0]).await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn a_repeated_dequeue_gets_the_leases_of_the_first_that_still_live() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let request = || Dequeue {
        caller: Caller::default(),
        worker: windlass_domain::WorkerId::parse("one").unwrap(),
        max_tasks: 2,
        lease: None,
        key: Some(key("key")),
    };
    let ask = async || store.dequeue(&types(), &[request()]).await.unwrap().remove(0).unwrap().tasks;
    assert!(ask().await.is_empty());
    create(&store, pipeline(vec![with_tasks(job("a"), 9)])).await;
    let first = ask().await;
    let tokens =
        |tasks: &[windlass_store::LeasedTask]| tasks.iter().map(|task| task.lease_token).collect::<Vec<_>>();
    assert_eq!(first.len(), 2);
    assert_eq!(tokens(&ask().await), tokens(&first));
    complete(&store, &first[0]).await.unwrap();
    assert_eq!(tokens(&ask().await), tokens(&first[1..]));
    complete(&store, &first[1]).await.unwrap();
    assert!(ask().await.is_empty());
    let other_body = windlass_store::IdempotencyKey { body_hash: [8; 32], ..key("key") };
    let reused = Dequeue { key: Some(other_body), ..request() };
    let answers = store.dequeue(&types(), &[reused]).await.unwrap();
    assert!(matches!(answers[0], Err(windlass_store::Error::KeyReused)));
    let together: Vec<_> = (0..6)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let request = Dequeue { key: Some(key("other")), ..request() };
                store.dequeue(&types(), &[request]).await.unwrap().remove(0).unwrap().tasks
            })
        })
        .collect();
    let mut distinct = std::collections::BTreeSet::new();
    for answer in together {
        distinct.insert(tokens(&answer.await.unwrap()));
    }
    assert_eq!(distinct.len(), 1, "requests with one key at once get the same");
    database.finish().await;
}

#[tokio::test]
async fn a_new_key_costs_no_statement_more_and_its_repeat_is_answered_when_nothing_is_free() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    create(&store, pipeline(vec![with_tasks(job("a"), 3)])).await;
    let request = |name: &str| Dequeue {
        caller: Caller::default(),
        worker: windlass_domain::WorkerId::parse(name).unwrap(),
        max_tasks: 1,
        lease: None,
        key: (name != "keyless").then(|| key(name)),
    };
    let ask = async |requests: &[Dequeue]| {
        let answers = store.dequeue(&types(), requests).await.unwrap();
        answers.into_iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    notices.take();
    let first = ask(&["one", "keyless", "two"].map(request)).await;
    assert_eq!(notices.take().len(), 1);
    assert!(first.iter().all(|granted| granted.tasks.len() == 1 && !granted.repeated));
    let token = |granted: &windlass_store::Granted| granted.tasks[0].lease_token;
    let second = ask(&["two", "one", "three"].map(request)).await;
    assert_eq!([token(&second[0]), token(&second[1])], [token(&first[2]), token(&first[0])]);
    assert!(second[0].repeated && second[1].repeated);
    assert!(second[2].tasks.is_empty() && !second[2].repeated);
    complete(&store, &first[1].tasks[0]).await.unwrap();
    create(&store, pipeline(vec![with_tasks(job("a"), 9)])).await;
    let together = ask(&["four", "four", "five", "four"].map(request)).await;
    assert_eq!([1, 3].map(|at| token(&together[at])), [token(&together[0]); 2], "one key, one lease");
    assert_eq!(together.iter().filter(|granted| granted.repeated).count(), 2);
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn the_key_of_a_dequeue_is_stored_while_a_lease_of_its_lives() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 2)])).await;
    let worker = windlass_domain::WorkerId::parse("one").unwrap();
    let lease = Some(std::time::Duration::from_hours(24));
    let request = Dequeue { caller: Caller::default(), worker, max_tasks: 1, lease, key: Some(key("long")) };
    let ask =
        async || store.dequeue(&types(), std::slice::from_ref(&request)).await.unwrap().remove(0).unwrap();
    let first = ask().await.tasks.remove(0);
    database.advance(std::time::Duration::from_hours(2)).await;
    store.prune(&windlass_store::Retention::default()).await.unwrap();
    let repeat = ask().await;
    assert!(repeat.repeated && repeat.tasks[0].lease_token == first.lease_token);
    complete(&store, &first).await.unwrap();
    store.prune(&windlass_store::Retention::default()).await.unwrap();
    assert!(!ask().await.repeated, "nothing lives of it: the key is forgotten");
    database.finish().await;
}

#[tokio::test]
async fn leases_that_nobody_heard_of_are_released_but_not_those_of_a_repeat() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 2)])).await;
    let ask = async |name: &str| {
        let worker = windlass_domain::WorkerId::parse("one").unwrap();
        let request =
            Dequeue { caller: Caller::default(), worker, max_tasks: 1, lease: None, key: Some(key(name)) };
        store.dequeue(&types(), &[request]).await.unwrap().remove(0).unwrap()
    };
    let lost = ask("lost").await.tasks.remove(0);
    store.release_undelivered(&[(lost.id, lost.lease_token)], Some("lost")).await.unwrap();
    let task = store.task(lost.id).await.unwrap();
    assert_eq!((task.state, task.attempt), (TaskState::Queued, 0), "the attempt is not counted");
    let fresh = ask("lost").await;
    assert!(!fresh.repeated && fresh.tasks.len() == 1, "the repeat is a dequeue like any other");
    let heard = ask("lost").await;
    assert!(heard.repeated);
    store
        .release_undelivered(&[(heard.tasks[0].id, heard.tasks[0].lease_token)], Some("lost"))
        .await
        .unwrap();
    complete(&store, &heard.tasks[0]).await.unwrap();
    let gone = ask("lost").await;
    assert!(gone.repeated && gone.tasks.is_empty(), "what a repeat asks for has ended");
    database.finish().await;
}

/// The answer of a whole batch is bounded, yet nobody goes away empty-handed while tasks are free.
#[tokio::test]
async fn large_payloads_leave_no_worker_of_a_batch_empty_handed() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let large = windlass_domain::Json::from_checked(format!("\"{}\"", "x".repeat(250_000)));
    let task = windlass_store::NewTask { payload: Some(large), ..Default::default() };
    create(&store, pipeline(vec![windlass_store::NewJob { tasks: Some(vec![task; 60]), ..job("a") }])).await;
    let request = |n: usize| Dequeue {
        caller: Caller::default(),
        worker: windlass_domain::WorkerId::parse(format!("w{n}")).unwrap(),
        max_tasks: 1,
        lease: None,
        key: None,
    };
    let answers = store.dequeue(&types(), &(0..60).map(request).collect::<Vec<_>>()).await.unwrap();
    assert!(answers.into_iter().all(|tasks| tasks.unwrap().tasks.len() == 1));
    database.finish().await;
}

pub(crate) fn key(name: &str) -> windlass_store::IdempotencyKey {
    windlass_store::IdempotencyKey {
        scope: "POST /v1/tasks/dequeue".to_owned(),
        key: name.to_owned(),
        body_hash: [7; 32],
    }
}
