//! Retries by hand and what they meet, on real parallel connections.

use windlass_domain::{Directive, JobKey, JobState, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{AddTasks, Complete, Descendants, NewJob, NewTask, Scope, Store};

use crate::support::{
    after, complete, completion, create, dequeue, dequeue_of, fail, job, pipeline, read, with_tasks,
};

const ROUNDS: usize = 40;

fn of_type(type_name: &str, job: NewJob) -> NewJob {
    NewJob { type_name: windlass_domain::TypeName::parse(type_name).unwrap(), ..job }
}

/// Ends what is left of the one pipeline, whatever the race came to.
async fn finish(store: &Store, id: uuid::Uuid) {
    let _ended_or_not = store.cancel_pipeline(id, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_a_retry_makes_wait_again_and_a_dequeue_meet_on_its_row() {
    let database = TestDatabase::create().await;
    let (store, other) = (database.store().await, database.store().await);
    let (mut waited, mut begun) = (0, 0);
    for _ in 0..ROUNDS {
        let child = of_type("child", with_tasks(after("b", &[("a", When::Finished)]), 3));
        let (created, jobs) = create(&store, pipeline(vec![job("a"), child])).await;
        fail(&store, &dequeue(&store, 1).await[0], Directive::Never).await.unwrap();
        let retry = store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None);
        let (retried, leased) = tokio::join!(retry, dequeue_of(&other, "child", 1));
        retried.unwrap();
        let state = read(&store, created.id).await.1[1].state;
        if leased.is_empty() {
            assert_eq!(state, JobState::Pending, "it waits again, and nothing of it was handed out");
            waited += 1;
        } else {
            assert_eq!(state, JobState::Running, "it has begun, and goes on");
            complete(&other, &leased[0]).await.unwrap();
            begun += 1;
        }
        assert!(dequeue_of(&other, "child", 3).await.len() == if leased.is_empty() { 0 } else { 2 });
        finish(&store, created.id).await;
    }
    assert!(waited + begun == ROUNDS);
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_all_below_and_the_reports_there_meet_without_loss() {
    let database = TestDatabase::create().await;
    let (store, other) = (database.store().await, database.store().await);
    for _ in 0..ROUNDS {
        let child = of_type("child", with_tasks(after("b", &[("a", When::Succeeded)]), 3));
        let (created, jobs) = create(&store, pipeline(vec![job("a"), child])).await;
        complete(&store, &dequeue(&store, 1).await[0]).await.unwrap();
        let leased = dequeue_of(&store, "child", 2).await;
        let retry = store.retry_job(jobs[0].id, Scope::All, Descendants::RunAgain, None);
        let (retried, first, second) =
            tokio::join!(retry, complete(&other, &leased[0]), complete(&other, &leased[1]));
        retried.unwrap();
        let (_, jobs) = read(&store, created.id).await;
        assert_eq!((jobs[1].state, jobs[1].counts.pending), (JobState::Pending, 3));
        // Accepted before the retry, or lost to it: said again, it changes nothing.
        for (task, accepted) in leased.iter().zip([first.is_ok(), second.is_ok()]) {
            let again = complete(&other, task).await;
            assert!(accepted || again.is_err(), "a lease that was cancelled counts");
        }
        assert_eq!(read(&store, created.id).await.1[1].counts.pending, 3);
        complete(&store, &dequeue(&store, 1).await[0]).await.unwrap();
        // A row that a report held while the retry brought rows back comes with a later call.
        let mut again = 0;
        while again < 3 {
            let leased = dequeue_of(&store, "child", 5).await;
            assert!(!leased.is_empty(), "{again} of 3 came again");
            again += leased.len();
        }
        finish(&store, created.id).await;
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_added_while_their_job_is_cancelled_are_open_before_it_and_cancelled_with_it() {
    let database = TestDatabase::create().await;
    let (store, other) = (database.store().await, database.store().await);
    // Those under the lock of the job, and those inserted before it.
    for tasks in [3, 150].into_iter().cycle().take(ROUNDS) {
        let target =
            NewJob { sealed: windlass_domain::Sealing::Later, ..of_type("child", with_tasks(job("b"), 1)) };
        let (created, jobs) = create(&store, pipeline(vec![job("a"), target])).await;
        let leased = dequeue(&store, 1).await.remove(0);
        let add = AddTasks {
            job: JobKey::parse("b").unwrap(),
            tasks: vec![NewTask::default(); tasks],
            seal: false,
        };
        let report = [Complete { add_tasks: vec![add], ..completion(&leased) }.into()];
        let (cancelled, reported) = tokio::join!(store.cancel_job(jobs[1].id, None), other.report(&report));
        cancelled.unwrap();
        reported.unwrap().remove(0).unwrap();
        let counts = store.job(jobs[1].id).await.unwrap().counts;
        let all = i64::try_from(tasks).unwrap() + 1;
        assert_eq!((counts.cancelled, counts.total), (all, all));
        let back = store.retry_job(jobs[1].id, Scope::Failed, Descendants::Stay, None).await.unwrap();
        assert_eq!((back.sealed, back.counts.queued), (false, all));
        finish(&store, created.id).await;
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_two_parents_of_a_join_of_any_end_at_once_and_it_is_decided_once() {
    let database = TestDatabase::create().await;
    let (store, other) = (database.store().await, database.store().await);
    for round in 0..ROUNDS {
        let join = NewJob {
            join: windlass_domain::Join::Any,
            ..of_type("child", after("any", &[("a", When::Succeeded), ("b", When::Succeeded)]))
        };
        let (created, _) = create(&store, pipeline(vec![job("a"), job("b"), join])).await;
        let leased = dequeue(&store, 2).await;
        let one = complete(&store, &leased[0]);
        if round % 2 == 0 {
            let (one, two) = tokio::join!(one, fail(&other, &leased[1], Directive::Never));
            assert!(one.is_ok() && two.is_ok());
        } else {
            let (one, two) = tokio::join!(one, complete(&other, &leased[1]));
            assert!(one.is_ok() && two.is_ok());
        }
        assert_eq!(read(&store, created.id).await.1[2].state, JobState::Queued);
        assert_eq!(dequeue_of(&store, "child", 5).await.len(), 1);
        finish(&store, created.id).await;
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

/// A failed job of many tasks comes back with one of them, by its row alone.
#[tokio::test]
async fn the_retry_of_one_task_of_a_job_that_failed_fast_writes_few_rows() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 5_000)])).await;
    let leased = dequeue(&store, 1).await.remove(0);
    fail(&store, &leased, Directive::Never).await.unwrap();
    let back = store.retry_task(leased.id, None).await.unwrap();
    assert_eq!(back.attempt, 1);
    let counts = store.job(jobs[0].id).await.unwrap().counts;
    assert_eq!((counts.queued, counts.failed, counts.cancelled), (5_000, 0, 0));
    let stale = "SELECT left_over FROM jobs WHERE id = $1";
    let left: i32 =
        sqlx::query_scalar(stale).bind(jobs[0].id).fetch_one(&mut database.connect().await).await.unwrap();
    assert!(left >= 3_900, "at most some 1,000 rows are written at once, {left} are left");
    store.cancel_job(jobs[0].id, None).await.unwrap();
    while store.settle().await.unwrap().full {}
    database.finish().await;
}
