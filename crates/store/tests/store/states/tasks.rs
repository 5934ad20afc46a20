//! Tasks: the hot statements do what the domain says.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{Directive, TaskEvent, TaskState, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{LeasedTask, NewJob, NewTask, Paging, Store, TaskFilter};

use crate::support::{Way, after, complete, create, dequeue, dequeue_of, fail, job, pipeline, release};

/// A task brought into a state, with the lease it has or had.
struct Subject {
    id: Uuid,
    job: Uuid,
    lease: Option<LeasedTask>,
}

const EVENTS: [TaskEvent; 11] = [
    TaskEvent::Open { due: true },
    TaskEvent::Open { due: false },
    TaskEvent::Promote,
    TaskEvent::Dequeue,
    TaskEvent::Complete,
    TaskEvent::Fail,
    TaskEvent::Requeue { due: true },
    TaskEvent::Requeue { due: false },
    TaskEvent::Cancel,
    TaskEvent::Skip,
    TaskEvent::Retry,
];

/// Those that are written in several ways.
const REPORTS: [TaskEvent; 4] = [
    TaskEvent::Complete,
    TaskEvent::Fail,
    TaskEvent::Requeue { due: true },
    TaskEvent::Requeue { due: false },
];

#[tokio::test]
async fn the_store_moves_tasks_as_the_domain_says() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for state in TaskState::ALL {
        let ways = |event| if REPORTS.contains(&event) { &Way::ALL[..] } else { &Way::ALL[..1] };
        for (event, way) in
            EVENTS.into_iter().flat_map(|event| ways(event).iter().map(move |way| (event, *way)))
        {
            let subject = Box::pin(bring_into(&store, &database, state)).await;
            way.go(&store).await;
            assert_eq!(store.task(subject.id).await.unwrap().state, state, "the subject is prepared");
            Box::pin(happen(&store, &database, &subject, event)).await;
            let now = store.task(subject.id).await.unwrap().state;
            let expected = match (state, event) {
                // The whole job opens; what that means for a task whose own time is ahead is another state.
                (TaskState::Pending, TaskEvent::Open { due: false }) => TaskState::Queued,
                _ => state.on(event).unwrap_or(state),
            };
            assert_eq!(now, expected, "{state:?} on {event:?} by {way:?}");
            assert_eq!(listed_in(&store, &subject).await, [now], "{state:?} on {event:?}: the lists agree");
            let _ended_or_not = store.cancel_job(subject.job, None).await;
        }
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

/// The states in whose filtered lists the subject is.
async fn listed_in(store: &Store, subject: &Subject) -> Vec<TaskState> {
    let mut states = Vec::new();
    for state in TaskState::ALL {
        let filter = TaskFilter { job_id: Some(subject.job), state: Some(state), ..TaskFilter::default() };
        let listed = store.list_tasks(&filter, Paging { after: None, limit: 10 }).await.unwrap().items;
        assert!(listed.iter().all(|task| task.state == state));
        states.extend(listed.iter().any(|task| task.id == subject.id).then_some(state));
    }
    states
}

/// The subject's job has a second task, so that the subject's end does not end it; scheduled ones are due in an hour.
async fn bring_into(store: &Store, database: &TestDatabase, state: TaskState) -> Subject {
    let clock = sqlx::query_scalar::<_, chrono::DateTime<chrono::Utc>>("SELECT windlass_now()");
    let now = clock.fetch_one(&mut database.connect().await).await.unwrap();
    let run_at = (state == TaskState::Scheduled).then(|| now + Duration::from_hours(1));
    let task = NewTask { run_at, ..NewTask::default() };
    let later = NewTask { run_at: Some(now + Duration::from_hours(24)), ..NewTask::default() };
    let subject = NewJob { tasks: Some(vec![task, later]), max_failed_tasks: 9, ..job("subject") };
    let mut jobs = vec![subject];
    if state == TaskState::Pending {
        jobs.insert(
            0,
            NewJob { type_name: windlass_domain::TypeName::parse("first").unwrap(), ..job("first") },
        );
        jobs[1].depends_on = after("x", &[("first", When::Always)]).depends_on;
    }
    let (created, jobs) = create(store, pipeline(jobs)).await;
    let job = jobs.last().unwrap().id;
    let filter = TaskFilter { job_id: Some(job), ..Default::default() };
    let mut tasks = store.list_tasks(&filter, Paging { after: None, limit: 10 }).await.unwrap().items;
    tasks.sort_by_key(|task| task.id);
    let mut subject = Subject { id: tasks[0].id, job, lease: None };
    match state {
        TaskState::Pending | TaskState::Scheduled | TaskState::Queued => {}
        TaskState::Running | TaskState::Succeeded | TaskState::Failed => {
            let lease = dequeue(store, 1).await.remove(0);
            assert_eq!(lease.id, subject.id);
            match state {
                TaskState::Succeeded => drop(complete(store, &lease).await.unwrap()),
                TaskState::Failed => drop(fail(store, &lease, Directive::Never).await.unwrap()),
                _ => {}
            }
            subject.lease = Some(lease);
        }
        TaskState::Cancelled => drop(store.cancel_task(subject.id, None).await.unwrap()),
        TaskState::Skipped => drop(store.skip_job(job, None).await.unwrap()),
    }
    assert_eq!(created.id, jobs[0].pipeline_id);
    subject
}

async fn happen(store: &Store, database: &TestDatabase, subject: &Subject, event: TaskEvent) {
    let stale = LeasedTask {
        id: subject.id,
        lease_token: Uuid::nil(),
        ..subject.lease.clone().unwrap_or_else(|| no_lease(subject))
    };
    let lease = subject.lease.clone().unwrap_or(stale);
    match event {
        TaskEvent::Open { .. } => {
            for first in dequeue_of(store, "first", 1).await {
                complete(store, &first).await.unwrap();
            }
        }
        TaskEvent::Promote => {
            database.advance(Duration::from_secs(3_601)).await;
            store.promote().await.unwrap();
        }
        TaskEvent::Dequeue => drop(dequeue(store, 1).await),
        TaskEvent::Complete => drop(complete(store, &lease).await),
        TaskEvent::Fail => drop(fail(store, &lease, Directive::Never).await),
        TaskEvent::Requeue { due: true } => drop(fail(store, &lease, Directive::After(Duration::ZERO)).await),
        TaskEvent::Requeue { due: false } => {
            let delay = Duration::from_mins(1);
            drop(release(store, &lease, delay).await);
        }
        TaskEvent::Cancel => drop(store.cancel_task(subject.id, None).await),
        TaskEvent::Skip => drop(store.skip_job(subject.job, None).await),
        // A succeeded task comes back only with its whole job, once that has ended.
        TaskEvent::Retry
            if subject.lease.is_some()
                && store.task(subject.id).await.unwrap().state == TaskState::Succeeded =>
        {
            store.cancel_job(subject.job, None).await.unwrap();
            store
                .retry_job(subject.job, windlass_store::Scope::All, windlass_store::Descendants::Stay, None)
                .await
                .unwrap();
        }
        TaskEvent::Retry => drop(store.retry_task(subject.id, None).await),
    }
}

fn no_lease(subject: &Subject) -> LeasedTask {
    LeasedTask {
        id: subject.id,
        type_name: "work".to_owned(),
        job_id: subject.job,
        job_key: "subject".to_owned(),
        pipeline_id: Uuid::nil(),
        pipeline_name: "test".to_owned(),
        attempt: 0,
        max_attempts: 3,
        payload: None,
        job_payload: None,
        metadata: None,
        checkpoint: None,
        lease_token: Uuid::nil(),
        lease_expires_at: chrono::DateTime::UNIX_EPOCH,
        timeout_seconds: None,
        correlation_id: "test".to_owned(),
        traceparent: None,
        tracestate: None,
        job_run: 1,
        leased_at: chrono::DateTime::UNIX_EPOCH,
        waiting_since: None,
        created_at: None,
    }
}
