//! What is stale after a retry by hand: it reads as it will be once it is brought back, and nothing that comes in between loses a task of it.

mod between;
pub(crate) mod races;
mod reads;

use uuid::Uuid;
use windlass_domain::{Directive, TaskState};
use windlass_store::testing::TestDatabase;
use windlass_store::{Checkpoint, LeasedTask, Paging, Progress, Store, TaskFilter};

use crate::support::{complete, create, dequeue, fail, job, pipeline, with_tasks};

/// A cancelled job of nine tasks, one of each kind: succeeded, failed, running and reporting progress, tried again after a delay, cancelled by
/// itself, and four that waited.
struct Mixed {
    pipeline: Uuid,
    job: Uuid,
    leased: Vec<LeasedTask>,
}

impl Mixed {
    async fn cancelled(store: &Store) -> Self {
        let job = windlass_store::NewJob { max_failed_tasks: 9, ..with_tasks(job("a"), 9) };
        let (created, jobs) = create(store, pipeline(vec![job])).await;
        let leased = dequeue(store, 4).await;
        complete(store, &leased[0]).await.unwrap();
        fail(store, &leased[1], Directive::Never).await.unwrap();
        let progress = Progress {
            id: leased[2].id,
            token: leased[2].lease_token,
            current: 1.0,
            total: None,
            message: None,
            checkpoint: Checkpoint::Unchanged,
        };
        store.progress(&[progress]).await.unwrap().remove(0).unwrap();
        fail(store, &leased[3], Directive::After(std::time::Duration::from_hours(1))).await.unwrap();
        let waiting = in_state(store, jobs[0].id, TaskState::Queued).await;
        store.cancel_task(waiting[0], None).await.unwrap();
        store.cancel_job(jobs[0].id, None).await.unwrap();
        Self { pipeline: created.id, job: jobs[0].id, leased }
    }
}

/// The tasks of a job that its list in this state shows, oldest first.
async fn in_state(store: &Store, job: Uuid, state: TaskState) -> Vec<Uuid> {
    let filter = TaskFilter { job_id: Some(job), state: Some(state), ..TaskFilter::default() };
    let listed = store.list_tasks(&filter, Paging { after: None, limit: 500 }).await.unwrap().items;
    assert!(listed.iter().all(|task| task.state == state), "a list in {state:?} shows nothing else");
    listed.into_iter().rev().map(|task| task.id).collect()
}

/// All that reads show of a pipeline and its jobs' tasks.
async fn shown(store: &Store, id: Uuid) -> String {
    let (pipeline, jobs) = store.pipeline(id).await.unwrap();
    let mut text = vec![format!("{pipeline:#?}")];
    for job in jobs {
        text.push(format!("{job:#?}"));
        let of_job = TaskFilter { job_id: Some(job.id), ..TaskFilter::default() };
        let all = store.list_tasks(&of_job, Paging { after: None, limit: 500 }).await.unwrap().items;
        for task in &all {
            let alone = store.task(task.id).await.unwrap();
            assert_eq!(format!("{alone:#?}"), format!("{task:#?}"), "a list shows what a read does");
        }
        text.push(format!("{all:#?}"));
        let mut listed = 0;
        for state in TaskState::ALL {
            let ids = in_state(store, job.id, state).await;
            let filter = TaskFilter { state: Some(state), ..TaskFilter::default() };
            let anywhere = store.list_tasks(&filter, Paging { after: None, limit: 500 }).await.unwrap().items;
            let here = anywhere.iter().rev().filter(|task| task.job_id == job.id).map(|task| task.id);
            assert_eq!(here.collect::<Vec<_>>(), ids, "{state:?}: the list of all tasks agrees");
            assert_eq!(ids.len(), counted(&job, state), "{state:?}: the counts agree with the list");
            listed += ids.len();
        }
        assert_eq!(listed, all.len(), "each task is in the list of one state");
        let results = store.job_results(id, &job.key, Paging { after: None, limit: 500 }).await.unwrap();
        text.push(format!("{:#?}", results.items));
    }
    for queue in store.queues(None, 500).await.unwrap() {
        let waits = queue.oldest_queued_seconds.is_some();
        text.push(format!("{} {} {} {waits}", queue.queued, queue.scheduled, queue.running));
    }
    text.concat()
}

fn counted(job: &windlass_store::Job, state: TaskState) -> usize {
    let counts = job.counts;
    let count = match state {
        TaskState::Pending => counts.pending,
        TaskState::Scheduled => counts.scheduled,
        TaskState::Queued => counts.queued,
        TaskState::Running => counts.running,
        TaskState::Succeeded => counts.succeeded,
        TaskState::Failed => counts.failed,
        TaskState::Cancelled => counts.cancelled,
        TaskState::Skipped => counts.skipped,
    };
    usize::try_from(count).unwrap()
}

/// How many tasks of the job are stale.
async fn stale(database: &TestDatabase, job: Uuid) -> i32 {
    let stale = sqlx::query_scalar("SELECT left_over FROM jobs WHERE id = $1").bind(job);
    stale.fetch_one(&mut database.connect().await).await.unwrap()
}

/// Settles all there is; how many pieces it took.
async fn settle_all(store: &Store) -> usize {
    let mut pieces = 0;
    while store.settle().await.unwrap().full {
        pieces += 1;
    }
    pieces
}
