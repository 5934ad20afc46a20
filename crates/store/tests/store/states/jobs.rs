//! Jobs: roll-up and controls do what the domain says.

use uuid::Uuid;
use windlass_domain::{Directive, JobEnd, JobEvent, JobState, Sealing, TypeName, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    Descendants, Error, Job, LeasedTask, NewJob, NewTask, Paging, Scope, Store, TaskFilter,
};

use crate::support::{Way, after, complete, create, dequeue, dequeue_of, fail, job, pipeline, with_tasks};

const EVENTS: [JobEvent; 9] = [
    JobEvent::Open,
    JobEvent::Lease,
    JobEvent::End(JobEnd::Succeeded),
    JobEvent::End(JobEnd::Failed),
    JobEvent::End(JobEnd::Cancelled),
    JobEvent::Cancel,
    JobEvent::Skip,
    JobEvent::Retry,
    JobEvent::WaitAgain,
];

struct Subject {
    id: Uuid,
    /// The job above it, where it has one.
    first: Option<Uuid>,
    leased: Vec<LeasedTask>,
}

#[tokio::test]
async fn the_store_moves_jobs_as_the_domain_says() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for state in JobState::ALL {
        // Ends are written in several ways.
        let ways = |event| if matches!(event, JobEvent::End(_)) { &Way::ALL[..] } else { &Way::ALL[..1] };
        for (event, way) in
            EVENTS.into_iter().flat_map(|event| ways(event).iter().map(move |way| (event, *way)))
        {
            let subject = Box::pin(bring_into(&store, state, event)).await;
            assert_eq!(state_of(&store, &subject).await, state, "the subject is prepared for {event:?}");
            way.go(&store).await;
            let refused = happen(&store, &subject, event).await;
            let said = state.on(event);
            let expected = match (event, said) {
                // No edge of a subject that has ended is unmet: its retry takes both steps at once.
                (JobEvent::Retry, Ok(pending)) => pending.on(JobEvent::Open).unwrap(),
                (_, said) => said.unwrap_or(state),
            };
            assert_eq!(state_of(&store, &subject).await, expected, "{state:?} on {event:?} by {way:?}");
            if let Some(refused) = refused {
                let repeated = matches!(
                    (state, event),
                    (JobState::Cancelled, JobEvent::Cancel) | (JobState::Skipped, JobEvent::Skip)
                );
                assert_eq!(refused, said.is_err() && !repeated, "{state:?} on {event:?} is refused");
            }
            let _ended_or_not = store.cancel_job(subject.id, None).await;
        }
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

async fn state_of(store: &Store, subject: &Subject) -> JobState {
    store.job(subject.id).await.unwrap().state
}

/// The subject's pipeline stays open by a job of which nobody asks. What is to end at once has no tasks; what is to fail without a
/// lease holds a failure from before a retry.
async fn bring_into(store: &Store, state: JobState, event: JobEvent) -> Subject {
    let waits = matches!(state, JobState::Pending | JobState::Queued);
    let failed_before = state == JobState::Queued && event == JobEvent::End(JobEnd::Failed);
    let tasks = match event {
        JobEvent::End(JobEnd::Succeeded) if waits => 0,
        _ => 1 + usize::from(failed_before),
    };
    let sealed = if failed_before { Sealing::AtOnce } else { Sealing::Later };
    let mut subject = NewJob { sealed, fail_fast: !failed_before, ..with_tasks(job("subject"), tasks) };
    let mut jobs = vec![of_type("keeper")];
    let is_below = state == JobState::Pending || event == JobEvent::WaitAgain;
    if is_below {
        jobs.push(of_type("first"));
        subject.depends_on = after("x", &[("first", When::Always)]).depends_on;
    }
    jobs.push(subject);
    let jobs = create(store, pipeline(jobs)).await.1;
    let id = jobs.last().unwrap().id;
    if is_below && state != JobState::Pending {
        // Its own, and those that subjects of before have left.
        for first in dequeue_of(store, "first", 100).await {
            complete(store, &first).await.unwrap();
        }
    }
    let mut subject = Subject { id, first: is_below.then(|| jobs[1].id), leased: Vec::new() };
    match state {
        JobState::Queued if failed_before => fail_and_retry_one(store).await,
        JobState::Pending | JobState::Queued => {}
        JobState::Running => subject.leased = dequeue(store, 1).await,
        JobState::Succeeded => {
            complete(store, &dequeue(store, 1).await[0]).await.unwrap();
            seal(store, id).await.unwrap();
        }
        JobState::Failed => drop(fail(store, &dequeue(store, 1).await[0], Directive::Never).await.unwrap()),
        JobState::Cancelled => drop(store.cancel_job(id, None).await.unwrap()),
        JobState::Skipped => drop(store.skip_job(id, None).await.unwrap()),
    }
    subject
}

fn of_type(key: &str) -> NewJob {
    NewJob { type_name: TypeName::parse(key).unwrap(), tasks: Some(vec![NewTask::default()]), ..job(key) }
}

async fn fail_and_retry_one(store: &Store) {
    let leased = dequeue(store, 2).await;
    for task in &leased {
        fail(store, task, Directive::Never).await.unwrap();
    }
    store.retry_task(leased[0].id, None).await.unwrap();
}

/// Does what makes the event happen where it can; for a control whether it was refused.
async fn happen(store: &Store, subject: &Subject, event: JobEvent) -> Option<bool> {
    match event {
        JobEvent::Open => {
            for first in dequeue_of(store, "first", 1).await {
                complete(store, &first).await.unwrap();
            }
        }
        JobEvent::Lease => drop(dequeue(store, 1).await),
        JobEvent::End(JobEnd::Succeeded) => {
            for task in &subject.leased {
                complete(store, task).await.unwrap();
            }
            let _ended_or_not = seal(store, subject.id).await;
        }
        JobEvent::End(JobEnd::Failed) if subject.leased.is_empty() => cancel_tasks(store, subject).await,
        JobEvent::End(JobEnd::Failed) => {
            drop(fail(store, &subject.leased[0], Directive::Never).await.unwrap());
        }
        JobEvent::End(JobEnd::Cancelled) => {
            cancel_tasks(store, subject).await;
            let _ended_or_not = seal(store, subject.id).await;
        }
        JobEvent::WaitAgain => wait_again(store, subject).await,
        JobEvent::Cancel => return Some(store.cancel_job(subject.id, None).await.is_err()),
        JobEvent::Skip => return Some(store.skip_job(subject.id, None).await.is_err()),
        JobEvent::Retry => {
            return Some(store.retry_job(subject.id, Scope::All, Descendants::Stay, None).await.is_err());
        }
    }
    None
}

/// A retry above it; only one that runs everything below again concerns what runs.
async fn wait_again(store: &Store, subject: &Subject) {
    let runs = state_of(store, subject).await == JobState::Running;
    let descendants = if runs { Descendants::RunAgain } else { Descendants::Stay };
    let first = subject.first.expect("a subject that may wait again is below a job");
    let _ended_or_not = store.retry_job(first, Scope::All, descendants, None).await;
}

async fn seal(store: &Store, id: Uuid) -> Result<Job, Error> {
    store.seal_job(id, None).await
}

async fn cancel_tasks(store: &Store, subject: &Subject) {
    let filter = TaskFilter { job_id: Some(subject.id), ..TaskFilter::default() };
    for task in store.list_tasks(&filter, Paging { after: None, limit: 10 }).await.unwrap().items {
        let _ended_or_not = store.cancel_task(task.id, None).await;
    }
}
