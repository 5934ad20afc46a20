//! Counters of Jobnik's surface: rows that are added, and folded while others are.

use std::time::Duration;

use windlass_domain::{CorrelationId, Json, Name, Priority, TypeName, WorkerId};
use windlass_store::testing::TestDatabase;
use windlass_store::{Caller, Dequeue, NewJobnikJob, NewJobnikStage, NewTask, Store, Trace};

use crate::support::complete;

fn empty() -> Json {
    Json::from_checked("{}".to_owned())
}

fn kind() -> TypeName {
    TypeName::parse("resize").unwrap()
}

/// A job of one stage of so many tasks.
async fn make(store: &Store, tasks: usize) {
    let job = NewJobnikJob {
        name: Name::parse("tiles").unwrap(),
        priority: Priority::High,
        data: empty(),
        user_metadata: None,
        trace: Trace::default(),
        correlation_id: CorrelationId::parse("test").unwrap(),
    };
    let job = store.create_jobnik_job(&job).await.unwrap();
    let stage = NewJobnikStage {
        type_name: kind(),
        data: empty(),
        user_metadata: None,
        held: false,
        trace: Trace::default(),
        lease: Duration::from_mins(1),
    };
    let stage = store.add_jobnik_stage(job.id, &stage).await.unwrap().unwrap();
    let task = || NewTask { payload: Some(empty()), max_attempts: Some(1), ..NewTask::default() };
    let added = store.add_jobnik_tasks(stage.id, (0..tasks).map(|_| task()).collect()).await.unwrap();
    assert_eq!(added.unwrap().len(), tasks);
}

async fn work(store: &Store) {
    let dequeue = Dequeue {
        caller: Caller::default(),
        worker: WorkerId::parse("w").unwrap(),
        max_tasks: 1,
        lease: None,
        key: None,
    };
    loop {
        let granted = store.dequeue_of_jobnik(&kind(), std::slice::from_ref(&dequeue)).await.unwrap();
        let granted = granted.into_iter().next().unwrap().unwrap();
        let Some(task) = granted.tasks.first() else { return };
        complete(store, task).await.unwrap();
    }
}

#[tokio::test]
async fn counters_stay_true_while_they_are_folded_by_several_servers() {
    const JOBS: usize = 6;
    const TASKS: usize = 5;
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for _ in 0..JOBS {
        make(&store, TASKS).await;
    }
    let fold = async || {
        for _ in 0..20 {
            store.fold_jobnik_counts().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(work(&store), work(&store), fold(), fold());
    let counts = store.jobnik_counts().await.unwrap();
    let (jobs, tasks) = (i64::try_from(JOBS).unwrap(), i64::try_from(JOBS * TASKS).unwrap());
    assert_eq!(counts.jobs, [0, 0, 0, jobs, 0, 0]);
    let [count] = counts.by_type.as_slice() else { panic!("{counts:?}") };
    assert_eq!((count.tasks, count.stages), ([0, 0, tasks, 0, 0], [0, 0, 0, 0, jobs, 0, 0]));
    store.fold_jobnik_counts().await.unwrap();
    let rows = "SELECT (SELECT count(*) FROM jobnik_counts) + (SELECT count(*) FROM jobnik_job_counts)";
    let rows: i64 = sqlx::query_scalar(rows).fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!(rows, 2, "one of the type and priority, one of the jobs");
    assert_eq!(store.fold_jobnik_counts().await.unwrap(), 0, "what is folded is left alone");
    database.finish().await;
}
