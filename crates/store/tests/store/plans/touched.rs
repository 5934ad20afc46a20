//! The calls whose statements are looked at while they run, and how many rows each may touch.

use windlass_domain::{Directive, JobState, PipelineState, Priority, TaskState, TypeName, When, WorkerId};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    Caller, Checkpoint, Dequeue, EventCursor, EventFilter, FailureFilter, Heartbeat, JobFilter, NewTask,
    Paging, PipelineFilter, Progress, Store, TaskFilter,
};

use super::large;
use super::notices::Notices;
use crate::support::{after, complete, create, fail, job, pipeline, with_tasks};

/// Rows that a page of 50 may touch: each joins its job, its pipeline and five narrow tables.
const PAGE: f64 = 2_000.0;
/// Rows that the choice between two indexes may touch: 10,000 entries of each, in two steps.
const CHOICE: f64 = 40_000.0;
/// Rows that a list may touch which no index serves: it stops where its windows are full.
const WINDOWS: f64 = 450_000.0;

/// Plans are made while the tables are empty, as on the first day, and must still be right when they are large.
#[tokio::test]
async fn hot_calls_and_lists_touch_a_bounded_number_of_rows() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let mut faults = Vec::new();
    everything(&store, &notices, &mut Vec::new()).await;
    large::fill(&mut database.connect().await).await;
    everything(&store, &notices, &mut faults).await;
    assert!(faults.is_empty(), "with plans made over empty tables:\n{}", faults.join("\n"));
    store.close().await;
    large::analyze(&mut database.connect().await).await;
    let store = notices.store(&database).await;
    everything(&store, &notices, &mut faults).await;
    assert!(faults.is_empty(), "over analyzed tables:\n{}", faults.join("\n"));
    store.close().await;
    database.finish_without_check().await;
}

async fn everything(store: &Store, notices: &Notices, faults: &mut Vec<String>) {
    let mut check = |call: &str, bound: f64| {
        let ran = notices.take();
        assert!(!ran.is_empty(), "{call} ran no statement that was explained");
        let touched: f64 = ran.iter().map(|ran| ran.plan.touched()).sum();
        if touched > bound {
            let worst = ran.iter().max_by(|a, b| a.plan.touched().total_cmp(&b.plan.touched())).unwrap();
            faults.push(format!("{call} touched {touched} rows; most of them: {}", worst.text));
        }
    };
    workers(store, notices, &mut check).await;
    background(store, &mut check).await;
    reads(store, &mut check).await;
    controls(store, notices, &mut check).await;
}

async fn workers(store: &Store, notices: &Notices, check: &mut impl FnMut(&str, f64)) {
    create(store, pipeline(vec![with_tasks(job("touched"), 60)])).await;
    notices.take();
    let ask = async |types: &[String], max_tasks| {
        let types: Vec<_> = types.iter().map(|name| TypeName::parse(name.as_str()).unwrap()).collect();
        let request = Dequeue {
            caller: Caller::default(),
            worker: WorkerId::parse("tester").unwrap(),
            max_tasks,
            lease: None,
            key: None,
        };
        store.dequeue(&types, &[request]).await.unwrap().remove(0).unwrap().tasks
    };
    let large = ["type-0".to_owned()];
    let fifty: Vec<String> = (0..50).map(|number| format!("type-{number}")).collect();
    ask(&large, 1).await;
    check("a dequeue of one task", 60.0);
    ask(&large, 50).await;
    check("a dequeue of 50 tasks", 1_000.0);
    ask(&fifty, 1).await;
    check("a dequeue of one task of 50 types", 700.0);
    let leased = ask(&["work".to_owned()], 4).await;
    notices.take();
    let task = &leased[0];
    store
        .heartbeat(&[Heartbeat {
            id: task.id,
            token: task.lease_token,
            lease: None,
            checkpoint: Checkpoint::Unchanged,
        }])
        .await
        .unwrap();
    check("a heartbeat", 20.0);
    let progress = Progress {
        id: task.id,
        token: task.lease_token,
        current: 1.0,
        total: None,
        message: None,
        checkpoint: Checkpoint::Unchanged,
    };
    store.progress(&[progress]).await.unwrap();
    check("a progress", 20.0);
    complete(store, task).await.unwrap();
    check("a completion", 60.0);
    complete(store, task).await.unwrap();
    check("a repeated completion", 60.0);
    fail(store, &leased[1], Directive::Auto).await.unwrap();
    check("a failure", 60.0);
    fail(store, &leased[2], Directive::Never).await.unwrap();
    check("a failure that ends its job", 300.0);
}

async fn background(store: &Store, check: &mut impl FnMut(&str, f64)) {
    store.sweep().await.unwrap();
    check("an idle sweep", 20.0);
    store.promote().await.unwrap();
    check("an idle promotion", 20.0);
    store.cancel_overdue().await.unwrap();
    check("an idle look for deadlines", 20.0);
    store.claim_due_schedules(50).await.unwrap();
    check("an idle look for schedules", 20.0);
    store.claim_waiting_runs(50).await.unwrap();
    check("an idle look for runs that wait", 20.0);
    store.settle().await.unwrap();
    check("a batch of settling", 10_000.0);
}

async fn reads(store: &Store, check: &mut impl FnMut(&str, f64)) {
    let paging = Paging { after: None, limit: 50 };
    let names = [None, Some("type-0"), Some("type-7"), Some("work")];
    let ids = [None, Some(large::PIPELINE)];
    for (type_name, pipeline_id) in names.iter().flat_map(|name| ids.iter().map(move |id| (name, id))) {
        for state in std::iter::once(None).chain(TaskState::ALL.map(Some)) {
            let type_name = type_name.map(str::to_owned);
            let filter =
                TaskFilter { pipeline_id: *pipeline_id, type_name: type_name.clone(), state, job_id: None };
            store.list_tasks(&filter, paging).await.unwrap_or_else(|error| panic!("{filter:?}: {error}"));
            let of_one_job = pipeline_id.is_some() || type_name.is_some();
            let bound = if of_one_job && state.is_none() { PAGE * 4.0 } else { WINDOWS };
            check(&format!("the list of tasks by {filter:?}"), bound);
        }
        for state in std::iter::once(None).chain(JobState::ALL.map(Some)) {
            let filter =
                JobFilter { pipeline_id: *pipeline_id, type_name: type_name.map(str::to_owned), state };
            store.list_jobs(&filter, paging).await.unwrap();
            // Of two filters one has the index; the other throws away what does not fit.
            let bound = if filter.type_name.is_some() && state.is_some() { 5.0 * PAGE } else { PAGE };
            check(&format!("the list of jobs by {filter:?}"), bound);
        }
    }
    pipelines(store, check).await;
    histories(store, check).await;
    store.running_tasks((None, None), None, 50).await.unwrap();
    // All leases, which are as many as tasks run.
    check("the list of running tasks", 4.0 * PAGE);
    for type_name in [None, Some("type-2".to_owned())] {
        let filter = FailureFilter { type_name, ..FailureFilter::default() };
        store.failed_tasks(&filter, None, 50).await.unwrap();
        check(&format!("the list of failed tasks by {filter:?}"), 10.0 * PAGE);
    }
    store.job_errors(large::JOB).await.ok();
    check("the errors of a job", 1_000.0);
    store.queue_history(&TypeName::parse("type-7").unwrap(), 60).await.ok();
    check("the history of a queue", 200.0);
    store.add_history(&[]).await.unwrap();
    check("the depths of queues", 5_000.0);
    store.events(&EventFilter::default(), EventCursor::START, 50).await.unwrap();
    check("a page of events", 200.0);
    store.queues(None, 51).await.unwrap();
    check("a page of queues", 5_000.0);
    store.busy_queues(&["type-7".to_owned()], 20).await.unwrap();
    check("the queues of /metrics", 3_000.0);
}

/// Each index that the list walks, alone and with a filter beside it that the newest fit: then it counts first which of two has fewer entries.
async fn pipelines(store: &Store, check: &mut impl FnMut(&str, f64)) {
    let states = std::iter::once(None).chain(PipelineState::ALL.map(Some));
    let by_state = states.map(|state| PipelineFilter { state, ..PipelineFilter::default() });
    let name = |name: &str| PipelineFilter { name: Some(name.to_owned()), ..PipelineFilter::default() };
    let correlation = |id: &str| PipelineFilter { correlation_id: Some(id.to_owned()), ..name("large") };
    let priority = PipelineFilter { priority: Some(Priority::Medium), ..PipelineFilter::default() };
    let running = PipelineFilter { state: Some(PipelineState::Running), ..name("large") };
    let others = [name("large"), name("none"), correlation("large"), correlation("none"), priority, running];
    for filter in by_state.chain(others) {
        let indexes = [filter.state.is_some(), filter.name.is_some(), filter.correlation_id.is_some()];
        let has_choice = indexes.into_iter().filter(|asked| *asked).count() > 1;
        for after in [None, Some(large::PIPELINE)] {
            store.list_pipelines(&filter, Paging { after, limit: 50 }).await.unwrap();
            let bound = if has_choice { PAGE + CHOICE } else { PAGE };
            check(&format!("the list of pipelines by {filter:?} behind {after:?}"), bound);
        }
    }
}

/// Lists of one task and of one job.
async fn histories(store: &Store, check: &mut impl FnMut(&str, f64)) {
    let paging = Paging { after: None, limit: 50 };
    for state in std::iter::once(None).chain(TaskState::ALL.map(Some)) {
        let filter = TaskFilter { job_id: Some(large::JOB), state, ..TaskFilter::default() };
        store.list_tasks(&filter, paging).await.unwrap();
        let walked = matches!(state, None | Some(TaskState::Failed));
        check(&format!("the list of tasks by {filter:?}"), if walked { PAGE } else { WINDOWS });
    }
    // Where the tables are empty there is neither; the statements are planned all the same.
    store.job_results(large::PIPELINE, "large", paging).await.ok();
    check("a page of results", WINDOWS);
    store.task_attempts(large::TASK, None, 50).await.ok();
    check("a page of attempts", PAGE);
}

async fn controls(store: &Store, notices: &Notices, check: &mut impl FnMut(&str, f64)) {
    let (large, jobs) = create(store, pipeline(vec![with_tasks(job("controlled"), 5_000)])).await;
    notices.take();
    store.pause_pipeline(large.id, None).await.unwrap();
    check("a pause", 100.0);
    store.resume_pipeline(large.id, None).await.unwrap();
    check("a resume", 100.0);
    store.add_tasks(jobs[0].id, vec![NewTask::default()], None).await.unwrap_err();
    notices.take();
    store.cancel_pipeline(large.id, None).await.unwrap();
    check("a cancel", 100.0);
    let tidy = after("tidy", &[("controlled", When::Always)]);
    let (tidied, _) = create(store, pipeline(vec![with_tasks(job("controlled"), 5_000), tidy])).await;
    notices.take();
    store.clean_up_pipeline(tidied.id, None).await.unwrap();
    check("a cancel with clean-up", 150.0);
    store.cancel_pipeline(tidied.id, None).await.unwrap();
    notices.take();
    store.delete_pipeline(large.id).await.unwrap();
    check("a deletion", 50.0);
}
