//! A producer and a worker of Jobnik's surface.

use std::time::Duration;

use windlass_domain::{CorrelationId, Json, Name, Priority, TypeName, WorkerId};
use windlass_store::{
    Caller, Dequeue, JobnikJob, JobnikStage, LeasedTask, NewJobnikJob, NewJobnikStage, NewTask, Store, Trace,
};

fn empty() -> Json {
    Json::from_checked("{}".to_owned())
}

fn kind() -> TypeName {
    TypeName::parse("resize").unwrap()
}

/// A job without stages.
pub(crate) async fn make_job(store: &Store) -> JobnikJob {
    let job = NewJobnikJob {
        name: Name::parse("tiles").unwrap(),
        priority: Priority::High,
        data: empty(),
        user_metadata: None,
        trace: Trace::default(),
        correlation_id: CorrelationId::parse("test").unwrap(),
    };
    store.create_jobnik_job(&job).await.unwrap()
}

/// A job of one stage of so many tasks.
pub(crate) async fn make(store: &Store, tasks: usize) -> (JobnikJob, JobnikStage) {
    let job = make_job(store).await;
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
    let mut left = tasks;
    while left > 0 {
        let some = left.min(10_000);
        let added = store.add_jobnik_tasks(stage.id, (0..some).map(|_| task()).collect()).await.unwrap();
        assert_eq!(added.unwrap().len(), some);
        left -= some;
    }
    (job, stage)
}

/// The next task; `None`: none waits.
pub(crate) async fn dequeue_of_jobnik(store: &Store) -> Option<LeasedTask> {
    let dequeue = Dequeue {
        caller: Caller::default(),
        worker: WorkerId::parse("w").unwrap(),
        max_tasks: 1,
        lease: None,
        key: None,
    };
    let granted = store.dequeue_of_jobnik(&kind(), std::slice::from_ref(&dequeue)).await.unwrap();
    granted.into_iter().next().unwrap().unwrap().tasks.pop()
}
