//! Reports by one statement, and by a transaction: the same answers, the same traces.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;
use windlass_domain::{Directive, JobKey, JobState, Json, RetryPolicy, Sealing, TaskState};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    AddTasks, Checkpoint, Complete, Error, Fail, LeasedTask, NewJob, NewTask, Progress, Report, Store, Task,
    TaskError,
};

use crate::support::{
    Way, completion, create, dequeue, fail, failure, job, pipeline, release, release_of, with_tasks,
};

/// Everything that is stored beneath a job, but ids, times and tokens.
const STORED: &str = "SELECT jsonb_build_object(
    'job', (SELECT to_jsonb(j) FROM jobs j WHERE j.id = $1),
    'tasks', (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id) FROM tasks t WHERE t.job_id = $1),
    'leases', (SELECT count(*) FROM leases l WHERE l.job_id = $1),
    'outcomes', (
        SELECT jsonb_agg(to_jsonb(o) ORDER BY o.task_id, o.attempt) FROM task_outcomes o JOIN tasks t ON t.id = o.task_id WHERE t.job_id = $1
    ),
    'attempts', (
        SELECT jsonb_agg(to_jsonb(a) ORDER BY a.task_id, a.number) FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.job_id = $1
    ),
    'counters', (
        SELECT jsonb_build_array(sum(queued), sum(scheduled), sum(running)) FROM queue_counts WHERE type = (
            SELECT type FROM jobs WHERE id = $1
        )
    ),
    'events', (SELECT jsonb_agg(to_jsonb(e) ORDER BY e.number) FROM events e WHERE e.job_id = $1)
)";

async fn stored(database: &TestDatabase, job: Uuid) -> String {
    let query = sqlx::query_scalar::<_, serde_json::Value>(AssertSqlSafe(STORED)).bind(job);
    let mut connection = database.connect().await;
    let stored = query.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    blanked(stored).to_string()
}

/// Without what differs between any two tasks.
pub(crate) fn blanked(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let differs = name.ends_with("_at") || name.ends_with("id") && name != "worker_id";
                let differs = differs
                    || ["at", "number", "token", "position", "head", "opened_position"]
                        .contains(&name.as_str());
                let blank = serde_json::Value::Bool(!value.is_null());
                (name, if differs { blank } else { blanked(value) })
            })
            .collect(),
        serde_json::Value::Array(items) => items.into_iter().map(blanked).collect(),
        other => other,
    }
}

fn shown(task: &Task) -> String {
    let blank = Uuid::nil();
    let ended = task.ended_at.map(|_| chrono::DateTime::UNIX_EPOCH);
    let bare = Task {
        id: blank,
        job_id: blank,
        pipeline_id: blank,
        created_at: chrono::DateTime::UNIX_EPOCH,
        run_at: task.run_at.map(|_| chrono::DateTime::UNIX_EPOCH),
        started_at: task.started_at.map(|_| chrono::DateTime::UNIX_EPOCH),
        ended_at: ended,
        // A repeat is only read.
        reported_at: None,
        ..task.clone()
    };
    format!("{bare:?}")
}

/// What a worker reports.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Said {
    Done,
    Failed(Directive),
    Back(Duration),
}

const SAID: [Said; 7] = [
    Said::Done,
    Said::Failed(Directive::Auto),
    Said::Failed(Directive::Never),
    Said::Failed(Directive::After(Duration::ZERO)),
    Said::Failed(Directive::After(Duration::from_nanos(999))),
    Said::Back(Duration::ZERO),
    Said::Back(Duration::from_secs(7)),
];

impl Said {
    pub(crate) fn of(self, task: &LeasedTask) -> Report {
        let json = |text: &str| Some(Json::from_checked(text.to_owned()));
        let metrics = json("{\"cpu_seconds\":1}");
        match self {
            Self::Done => Complete { metrics, ..completion(task) }.into(),
            Self::Failed(directive) => {
                let fail = failure(task, directive);
                let error = TaskError { detail: json("[1.0]"), ..fail.error };
                Fail { metrics, error, ..fail }.into()
            }
            Self::Back(delay) => release_of(task, delay).into(),
        }
    }
}

#[tokio::test]
async fn a_report_means_the_same_whichever_way_it_is_written() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for said in SAID {
        for paused in [false, true] {
            let mut seen = Vec::new();
            for way in Way::ALL {
                seen.push(Box::pin(trace(&database, &store, said, way, paused)).await);
            }
            for (way, seen_there) in Way::ALL.iter().zip(&seen) {
                assert_eq!(seen[0], *seen_there, "{said:?} by {way:?}");
            }
        }
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

/// Has the second attempt of a task of three reported in this way; the answer, and all that is stored then.
async fn trace(
    database: &TestDatabase,
    store: &Store,
    said: Said,
    way: Way,
    paused: bool,
) -> (String, String) {
    let payload = Some(Json::from_checked("[1.50]".to_owned()));
    let tasks = vec![NewTask { payload: payload.clone(), ..NewTask::default() }; 3];
    let retry = RetryPolicy { jitter: 0.0, ..RetryPolicy::default() };
    let new = NewJob { payload, tasks: Some(tasks), max_failed_tasks: 1, retry, ..job("a") };
    let (_, jobs) = create(store, pipeline(vec![new])).await;
    let first = dequeue(store, 1).await.remove(0);
    fail(store, &first, Directive::After(Duration::ZERO)).await.unwrap();
    let leased = dequeue(store, 3).await;
    let again = leased.iter().find(|task| task.id == first.id).unwrap();
    let progress = Progress {
        id: again.id,
        token: again.lease_token,
        current: 1.0,
        total: Some(4.0),
        message: None,
        checkpoint: Checkpoint::Unchanged,
    };
    store.progress(&[progress]).await.unwrap()[0].as_ref().unwrap();
    if paused {
        store.pause_job(jobs[0].id, None).await.unwrap();
    }
    let report = said.of(again);
    way.go(store).await;
    let answer = store.report(std::slice::from_ref(&report)).await.unwrap().remove(0).unwrap();
    way.go(store).await;
    let repeated = store.report(&[report]).await.unwrap().remove(0).unwrap();
    assert_eq!(shown(&repeated), shown(&answer), "a repeat");
    let answer_and_stored = (shown(&answer), stored(database, jobs[0].id).await);
    store.cancel_job(jobs[0].id, None).await.unwrap();
    answer_and_stored
}

#[tokio::test]
async fn each_item_of_a_mixed_batch_is_answered_for_itself() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for way in Way::ALL {
        let growing = NewJob { sealed: Sealing::Later, ..with_tasks(job("growing"), 5) };
        let brittle = NewJob { max_failed_tasks: 1, ..with_tasks(job("brittle"), 5) };
        let jobs = vec![growing, with_tasks(job("b"), 2), with_tasks(job("c"), 2), brittle];
        let (_, jobs) = create(&store, pipeline(jobs)).await;
        let leased = dequeue(&store, 100).await;
        let of =
            |key: &str| -> Vec<&LeasedTask> { leased.iter().filter(|task| task.job_key == key).collect() };
        let (growing, b, c, brittle) = (of("growing"), of("b"), of("c"), of("brittle"));
        let add = AddTasks {
            job: JobKey::parse("growing").unwrap(),
            tasks: vec![NewTask::default(); 2],
            seal: false,
        };
        let never = |task: &LeasedTask| Report::from(failure(task, Directive::Never));
        let batch: [Report; 16] = [
            completion(growing[0]).into(),
            Complete { add_tasks: vec![add], ..completion(growing[1]) }.into(),
            Complete { token: Uuid::nil(), ..completion(growing[2]) }.into(),
            completion(growing[0]).into(),
            completion(b[0]).into(),
            completion(b[1]).into(),
            completion(c[0]).into(),
            Complete { id: Uuid::nil(), ..completion(c[1]) }.into(),
            release_of(growing[3], Duration::ZERO).into(),
            failure(growing[4], Directive::After(Duration::from_secs(9))).into(),
            // Of one task the first counts, and of another kind there is no repeat.
            completion(growing[3]).into(),
            release_of(growing[3], Duration::ZERO).into(),
            // The second of them ends the job, and whatever of it runs.
            never(brittle[0]),
            release_of(brittle[1], Duration::ZERO).into(),
            never(brittle[2]),
            completion(brittle[3]).into(),
        ];
        way.go(&store).await;
        let answers = store.report(&batch).await.unwrap();
        let said: Vec<&str> = answers
            .iter()
            .map(|answer| match answer {
                Ok(task) => task.state.as_str(),
                Err(Error::LeaseLost { .. }) => "lost",
                Err(Error::NotFound(_)) => "unknown",
                Err(_) => "other",
            })
            .collect();
        let ok = "succeeded";
        assert_eq!(
            said,
            [
                ok,
                ok,
                "lost",
                ok,
                ok,
                ok,
                ok,
                "unknown",
                "queued",
                "scheduled",
                "lost",
                "queued",
                "failed",
                "cancelled",
                "failed",
                "lost"
            ],
            "{way:?}"
        );
        for (report, answer) in batch.iter().zip(&answers) {
            let asked = match report {
                Report::Complete(report) => report.id,
                Report::Fail(report) => report.id,
                Report::Release(report) => report.id,
            };
            assert!(
                answer.as_ref().is_ok_and(|task| task.id == asked) || answer.is_err(),
                "in the order asked"
            );
        }
        let mut states = Vec::new();
        for job in &jobs {
            states.push(store.job(job.id).await.unwrap());
        }
        assert_eq!(
            states.iter().map(|job| job.state).collect::<Vec<_>>(),
            [JobState::Running, JobState::Succeeded, JobState::Running, JobState::Failed]
        );
        let counts = &states[0].counts;
        assert_eq!((counts.queued, counts.scheduled, counts.running, counts.succeeded), (3, 1, 1, 2));
        store.cancel_pipeline(jobs[0].pipeline_id, None).await.unwrap();
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

#[tokio::test]
async fn what_comes_back_together_is_in_the_order_of_its_reports() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 6)])).await;
    for way in Way::ALL {
        let mut leased = dequeue(&store, 6).await;
        leased.sort_by_key(|task| task.id);
        leased.swap(1, 4);
        let back: Vec<Report> = leased.iter().map(|task| release_of(task, Duration::ZERO).into()).collect();
        way.go(&store).await;
        assert!(store.report(&back).await.unwrap().iter().all(Result::is_ok));
        let mut again = Vec::new();
        for _ in 0..6 {
            again.extend(dequeue(&store, 1).await);
        }
        let ids = |tasks: &[LeasedTask]| tasks.iter().map(|task| task.id).collect::<Vec<_>>();
        assert_eq!(ids(&again), ids(&leased), "{way:?}");
        for task in &again {
            release(&store, task, Duration::ZERO).await.unwrap();
        }
    }
    database.finish().await;
}

/// Each worker writes its reports in a way of its own, and releases or fails a few at first.
#[tokio::test(flavor = "multi_thread")]
async fn racing_reports_and_dequeues_count_each_task_once() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 300), with_tasks(job("b"), 40)])).await;
    let mut workers = tokio::task::JoinSet::new();
    for way in Way::ALL.into_iter().chain(Way::ALL) {
        workers.spawn(work_off(database.store().await, way));
    }
    assert_eq!(workers.join_all().await.into_iter().sum::<usize>(), 340);
    for job in jobs {
        assert_eq!(store.job(job.id).await.unwrap().state, JobState::Succeeded);
    }
    database.finish().await;
}

async fn work_off(store: Store, way: Way) -> usize {
    let (mut done, mut cycle) = (0, 0);
    loop {
        let leased = dequeue(&store, 7).await;
        if leased.is_empty() {
            return done;
        }
        cycle += 1;
        let again = Directive::After(Duration::ZERO);
        let report = |(number, task)| match (cycle + number) % 9 {
            0 => release_of(task, Duration::ZERO).into(),
            1 if task.attempt == 1 => failure(task, again).into(),
            _ => completion(task).into(),
        };
        let batch: Vec<Report> = leased.iter().enumerate().map(report).collect();
        way.go(&store).await;
        for answer in store.report(&batch).await.unwrap() {
            done += usize::from(answer.unwrap().state == TaskState::Succeeded);
        }
    }
}
