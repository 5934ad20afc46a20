//! Lists that no index serves end a page when their time is over, and the next page goes on there: nothing is left out, and nothing comes twice.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{JobKey, Priority, Sealing, TaskState, TypeName};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    AddTasks, Complete, FailureFilter, NewJob, NewPipeline, NewTask, Paging, PipelineFilter, Report, Store,
    Task, TaskFilter,
};

use crate::support::{complete, completion, create, dequeue_of, fail, job, pipeline, with_tasks};

/// More than two first windows of each origin.
const TASKS: usize = 2_500;

fn typed(key: &str) -> NewJob {
    NewJob { type_name: TypeName::parse(key).unwrap(), ..job(key) }
}

/// All pages of a list, and how many there were.
async fn walk(store: &Store, filter: &TaskFilter, limit: i64) -> (Vec<Uuid>, usize) {
    let (mut found, mut after, mut pages) = (Vec::<Uuid>::new(), None, 0);
    loop {
        let page = store.list_tasks(filter, Paging { after, limit }).await.unwrap();
        pages += 1;
        found.extend(page.items.iter().map(|task| task.id));
        let next = if page.more { page.items.last().map(|task| task.id) } else { page.resume };
        assert!(next.is_none_or(|next| after.is_none_or(|after| next < after)), "each page goes on");
        let Some(next) = next else { return (found, pages) };
        after = Some(next);
    }
}

/// The job `hash` with tasks of its own and as many of another origin in between.
async fn of_two_origins(store: &Store) -> Uuid {
    let hash = NewJob { sealed: Sealing::Later, tasks: Some(Vec::new()), ..typed("hash") };
    let (_, jobs) = create(store, pipeline(vec![with_tasks(typed("scan"), 5), hash])).await;
    let hash = jobs[1].id;
    for scan in dequeue_of(store, "scan", 5).await {
        store.add_tasks(hash, vec![NewTask::default(); TASKS / 5], None).await.unwrap();
        let tasks = vec![NewTask::default(); TASKS / 5];
        let add = AddTasks { job: JobKey::parse("hash").unwrap(), tasks, seal: false };
        let report: Report = Complete { add_tasks: vec![add], ..completion(&scan) }.into();
        store.report(&[report]).await.unwrap().remove(0).unwrap();
    }
    hash
}

#[tokio::test]
async fn a_job_s_tasks_in_a_state_are_all_found_however_short_the_pages_are() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let hash = Box::pin(of_two_origins(&store)).await;
    let mut ended = Vec::new();
    for task in dequeue_of(&store, "hash", 100).await.iter().step_by(9) {
        complete(&store, task).await.unwrap();
        ended.push(task.id);
    }
    let filter = TaskFilter { job_id: Some(hash), state: Some(TaskState::Queued), ..TaskFilter::default() };
    let newest = store.list_tasks(&filter, Paging { after: None, limit: 500 }).await.unwrap().items;
    for task in newest.iter().step_by(50) {
        store.cancel_task(task.id, None).await.unwrap();
    }
    let cancelled: Vec<Uuid> = newest.iter().step_by(50).map(|task| task.id).collect();
    ended.sort_unstable_by(|one, other| other.cmp(one));
    let hasty = store.looking_for(Duration::ZERO);
    for limit in [1, 3, 500] {
        for (state, expected) in [(TaskState::Succeeded, &ended), (TaskState::Cancelled, &cancelled)] {
            let filter = TaskFilter { state: Some(state), ..filter.clone() };
            let (patient, _) = walk(&store, &filter, limit).await;
            assert_eq!(&patient, expected, "{state:?}, {limit} a page");
            let (found, pages) = walk(&hasty, &filter, limit).await;
            assert_eq!(&found, expected, "{state:?}, {limit} a page, a window each");
            assert!(pages > TASKS / 1_000, "{pages} pages of one window each");
        }
        let (queued, _) = walk(&hasty, &filter, limit.max(100)).await;
        assert_eq!(queued.len(), 2 * TASKS - 100 - cancelled.len());
        assert!(queued.is_sorted_by(|one, other| one > other), "the newest first, none twice");
    }
    let elsewhere =
        TaskFilter { pipeline_id: Some(Uuid::nil()), state: Some(TaskState::Succeeded), ..filter.clone() };
    assert_eq!(walk(&store, &elsewhere, 50).await, (Vec::new(), 1), "the job is not of that pipeline");
    let other =
        TaskFilter { type_name: Some("scan".to_owned()), state: Some(TaskState::Succeeded), ..filter };
    assert_eq!(walk(&store, &other, 50).await.0, Vec::<Uuid>::new(), "nor of that type");
    database.finish().await;
}

#[tokio::test]
async fn pipelines_by_what_has_no_index_are_all_found_however_short_the_pages_are() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (mut urgent, mut made_at) = (Vec::new(), Vec::new());
    for number in 0..30 {
        let priority = if number % 10 == 0 { Priority::High } else { Priority::Medium };
        let new = NewPipeline { priority, ..pipeline(vec![job("a")]) };
        let (made, _) = create(&store, new).await;
        if priority == Priority::High {
            urgent.insert(0, made.id);
        }
        made_at.push((made.created_at, made.id));
    }
    let hasty = store.looking_for(Duration::ZERO);
    let walk = async |store: &Store, filter: &PipelineFilter| {
        let (mut found, mut after, mut pages) = (Vec::<Uuid>::new(), None, 0);
        loop {
            let page = store.list_pipelines(filter, Paging { after, limit: 1 }).await.unwrap();
            pages += 1;
            found.extend(page.items.iter().map(|pipeline| pipeline.id));
            after = if page.more { page.items.last().map(|pipeline| pipeline.id) } else { page.resume };
            if after.is_none() {
                return (found, pages);
            }
        }
    };
    let by_priority = PipelineFilter { priority: Some(Priority::High), ..PipelineFilter::default() };
    let both = PipelineFilter { name: Some("test".to_owned()), ..by_priority.clone() };
    for filter in [by_priority, both] {
        assert_eq!(walk(&store, &filter).await, (urgent.clone(), urgent.len()));
        let (found, pages) = walk(&hasty, &filter).await;
        assert_eq!(found, urgent);
        assert!(pages > urgent.len(), "{pages} pages: some hold less than their limit");
    }
    let (first, last) = (made_at[9], made_at[20]);
    let created_after = Some(first.0);
    let created_before = Some(last.0);
    let between = PipelineFilter { created_after, created_before, ..PipelineFilter::default() };
    let expected: Vec<Uuid> =
        made_at.iter().rev().filter(|(at, _)| (first.0..last.0).contains(at)).map(|(_, id)| *id).collect();
    assert_eq!(walk(&hasty, &between).await.0, expected);
    database.finish().await;
}

#[tokio::test]
async fn failures_of_a_worker_are_all_found_however_short_the_pages_are() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![NewJob { max_failed_tasks: 100, ..with_tasks(job("a"), 9) }])).await;
    let mut failed = Vec::new();
    for task in crate::support::dequeue(&store, 9).await {
        fail(&store, &task, windlass_domain::Directive::Never).await.unwrap();
        failed.insert(0, task.id);
    }
    let worker = store.failed_tasks(&FailureFilter::default(), None, 1).await.unwrap().tasks.remove(0);
    let hasty = store.looking_for(Duration::ZERO);
    for (worker_id, expected) in [(held_by(&store, &worker).await, failed), ("nobody".to_owned(), Vec::new())]
    {
        let filter = FailureFilter { worker_id: Some(worker_id), ..FailureFilter::default() };
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = hasty.failed_tasks(&filter, before, 2).await.unwrap();
            found.extend(page.tasks.iter().map(|task| task.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found, expected);
    }
    database.finish().await;
}

/// Who held a task when it failed.
async fn held_by(store: &Store, task: &Task) -> String {
    store.task_attempts(task.id, None, 1).await.unwrap().items.remove(0).worker_id
}
