//! Dequeues of one type each, of several types together: each gets what it would get alone.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use sqlx::{Connection, Executor};
use uuid::Uuid;
use windlass_domain::{Directive, Priority, TypeName, WorkerId};
use windlass_store::testing::TestDatabase;
use windlass_store::{Caller, Dequeue, Error, Granted, NewPipeline, Scope, Store};

use crate::dequeue::key;
use crate::plans::notices::Notices;
use crate::support::{create, dequeue_of, fail, job, limited, paused, pipeline, with_tasks};

/// The statement for several types, by a part that no other has.
const TOGETHER: &str = "PARTITION BY l.type";

fn of(type_name: &str) -> TypeName {
    TypeName::parse(type_name).unwrap()
}

fn request(type_name: &str, max_tasks: usize, key_of: Option<&str>) -> (TypeName, Dequeue) {
    let worker = WorkerId::parse(format!("worker of {type_name}")).unwrap();
    let dequeue = Dequeue {
        caller: Caller::default(),
        worker,
        max_tasks,
        lease: Some(Duration::from_secs(5)),
        key: key_of.map(key),
    };
    (of(type_name), dequeue)
}

/// Two jobs of the type, the second more urgent.
async fn add(store: &Store, type_name: &str, tasks: usize) {
    for (priority, key) in [(Priority::Low, "later"), (Priority::High, "sooner")] {
        let job = windlass_store::NewJob { type_name: of(type_name), ..with_tasks(job(key), tasks) };
        create(store, NewPipeline { priority, ..pipeline(vec![job]) }).await;
    }
}

fn ids(granted: &Granted) -> Vec<Uuid> {
    granted.tasks.iter().map(|task| task.id).collect()
}

/// Together, and what is then to be asked by type, so.
async fn together(store: &Store, requests: &[(TypeName, Dequeue)]) -> Vec<Vec<Uuid>> {
    let mut answers = Vec::new();
    for (granted, (type_name, dequeue)) in
        store.dequeue_several(requests).await.unwrap().into_iter().zip(requests)
    {
        answers.push(match granted {
            Some(granted) => ids(&granted),
            None => ids(alone(store, type_name, dequeue).await.as_ref().unwrap()),
        });
    }
    answers
}

async fn alone(store: &Store, type_name: &TypeName, dequeue: &Dequeue) -> Result<Granted, Error> {
    store.dequeue(std::slice::from_ref(type_name), std::slice::from_ref(dequeue)).await.unwrap().remove(0)
}

/// The same requests, type by type.
async fn apart(store: &Store, requests: &[(TypeName, Dequeue)]) -> Vec<Vec<Uuid>> {
    let mut answers = vec![Vec::new(); requests.len()];
    for type_name in requests.iter().map(|(type_name, _)| type_name).collect::<HashSet<_>>() {
        let asking: Vec<usize> = (0..requests.len()).filter(|at| requests[*at].0 == *type_name).collect();
        let dequeues: Vec<Dequeue> = asking.iter().map(|at| requests[*at].1.clone()).collect();
        let granted = store.dequeue(std::slice::from_ref(type_name), &dequeues).await.unwrap();
        for (at, granted) in asking.into_iter().zip(granted) {
            answers[at] = granted.unwrap().tasks.iter().map(|task| task.id).collect();
        }
    }
    answers
}

#[tokio::test]
async fn each_gets_what_it_would_get_alone() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    for (type_name, tasks) in [("a", 3), ("b", 1), ("c", 4), ("d", 4), ("e", 2)] {
        add(&store, type_name, tasks).await;
    }
    store.patch_queue(&of("d"), &paused(true)).await.unwrap();
    let requests = [
        request("c", 5, None),
        request("a", 1, None),
        request("none", 1, None),
        request("b", 9, None),
        request("a", 2, None),
        request("d", 1, None),
        request("c", 1, None),
        request("a", 100, None),
    ];
    let copy = database.copy().await;
    let store = {
        store.close().await;
        notices.store(&database).await
    };
    notices.take();
    let got = together(&store, &requests).await;
    let ran = notices.take();
    assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [5, 1, 0, 2, 2, 0, 1, 3]);
    assert_eq!(ran.iter().filter(|ran| ran.text.contains(TOGETHER)).count(), 1);
    assert_eq!(
        ran.iter().filter(|ran| ran.text.contains("leased AS (")).count(),
        1,
        "it was all that leased"
    );
    assert_eq!(got, apart(&copy.store().await, &requests).await);
    for (answer, (type_name, dequeue)) in got.iter().zip(&requests) {
        for id in answer {
            let task = store.task(*id).await.unwrap();
            assert_eq!(task.worker_id.as_deref(), Some(dequeue.worker.as_str()), "{type_name}");
        }
    }
    copy.finish().await;
    database.finish().await;
}

#[tokio::test]
async fn limits_hold_and_what_stands_behind_stale_tasks_is_served() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    add(&store, "limited", 3).await;
    add(&store, "stale", 2).await;
    add(&store, "plain", 2).await;
    store.patch_queue(&of("limited"), &limited(Some(2))).await.unwrap();
    let leased = dequeue_of(&store, "stale", 4).await;
    let failed: BTreeSet<Uuid> = leased.iter().map(|task| task.pipeline_id).collect();
    for task in leased {
        // The first failure of a job cancels the others.
        drop(fail(&store, &task, Directive::Never).await);
    }
    for pipeline in failed {
        store.retry_pipeline(pipeline, Scope::Failed, None, None).await.unwrap();
    }
    let requests = [
        request("plain", 9, None),
        request("limited", 9, None),
        request("stale", 1, None),
        request("stale", 9, None),
    ];
    let got = together(&store, &requests).await;
    assert_eq!(got[..3].iter().map(Vec::len).collect::<Vec<_>>(), [4, 2, 1]);
    // Stale tasks come back piece by piece.
    let mut stale = got[2].len() + got[3].len();
    while stale < 4 {
        let more = together(&store, &requests).await;
        assert!(more[0].is_empty() && more[1].is_empty() && !more[2].is_empty());
        stale += more[2].len() + more[3].len();
    }
    assert_eq!(together(&store, &requests).await.concat(), Vec::<Uuid>::new());
    database.finish().await;
}

#[tokio::test]
async fn a_repeat_gets_the_leases_of_the_first_and_a_reused_key_is_refused_alone() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for type_name in ["a", "b", "c"] {
        add(&store, type_name, 2).await;
    }
    let first = together(&store, &[request("a", 1, Some("one")), request("b", 1, Some("two"))]).await;
    assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    let again = [
        request("c", 1, None),
        request("b", 1, Some("two")),
        request("a", 1, Some("one")),
        request("a", 1, Some("three")),
        request("a", 1, Some("three")),
    ];
    let again = together(&store, &again).await;
    assert_eq!((&again[1], &again[2]), (&first[1], &first[0]));
    assert_eq!((again[0].len(), again[3].len(), &again[3]), (1, 1, &again[4]));
    let mut other = request("b", 2, Some("one"));
    other.1.key.as_mut().unwrap().body_hash[0] ^= 1;
    let requests = [request("c", 1, None), other];
    let granted = store.dequeue_several(&requests).await.unwrap();
    assert!(granted.iter().all(Option::is_none), "a key that is there is a matter of its type");
    let (type_name, dequeue) = &requests[1];
    assert!(matches!(alone(&store, type_name, dequeue).await, Err(Error::KeyReused)));
    assert_eq!(together(&store, &requests[..1]).await[0].len(), 1);
    database.finish().await;
}

#[tokio::test]
async fn who_holds_a_job_of_one_type_holds_up_no_other_type() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    add(&store, "held", 1).await;
    add(&store, "free", 1).await;
    let mut holder = database.connect().await;
    let mut holder = holder.begin().await.unwrap();
    holder.execute("SELECT FROM jobs WHERE type = 'held' FOR UPDATE").await.unwrap();
    let requests = [request("held", 1, None), request("free", 1, None), request("none", 1, None)];
    let granted = store.dequeue_several(&requests).await.unwrap();
    let tasks: Vec<_> =
        granted.iter().map(|granted| granted.as_ref().map(|granted| granted.tasks.len())).collect();
    assert_eq!(tasks, [None, Some(1), Some(0)]);
    holder.rollback().await.unwrap();
    assert_eq!(together(&store, &[request("held", 1, None)]).await[0].len(), 1);
    database.finish().await;
}

#[tokio::test]
async fn many_at_once_on_two_servers_take_each_task_once() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    let names: Vec<String> = (0..20).map(|number| format!("type-{number}")).collect();
    for name in &names {
        add(&stores[0], name, 10).await;
    }
    let workers: Vec<_> = (0..6)
        .map(|worker| {
            let (store, names) = (stores[worker % 2].clone(), names.clone());
            tokio::spawn(async move {
                let mut had = Vec::new();
                loop {
                    let asking = names.iter().skip(worker).step_by(1 + worker % 3);
                    let requests: Vec<_> = asking.map(|name| request(name, 1 + worker % 4, None)).collect();
                    let got = together(&store, &requests).await.concat();
                    if got.is_empty() {
                        return had;
                    }
                    had.extend(got);
                }
            })
        })
        .collect();
    let mut had = Vec::new();
    for worker in workers {
        had.extend(worker.await.unwrap());
    }
    // All but the first type are asked for by somebody until they are empty.
    let rest: Vec<_> = names.iter().map(|name| request(name, 100, None)).collect();
    had.extend(together(&stores[0], &rest).await.concat());
    assert_eq!((had.len(), had.iter().collect::<HashSet<_>>().len()), (400, 400));
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let mut connection = database.connect().await;
    assert_eq!(sqlx::query_scalar::<_, i64>(deadlocks).fetch_one(&mut connection).await.unwrap(), 0);
    database.finish().await;
}
