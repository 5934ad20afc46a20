//! Pipelines: what their jobs and controls do to them is what the domain says.

use uuid::Uuid;
use windlass_domain::{Directive, PipelineEnd, PipelineEvent, PipelineState, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{LeasedTask, NewJob, Scope, Store};

use crate::support::{Way, after, complete, create, dequeue, fail, job, pipeline, read};

const EVENTS: [PipelineEvent; 8] = [
    PipelineEvent::Start,
    PipelineEvent::End(PipelineEnd::Succeeded),
    PipelineEvent::End(PipelineEnd::Partial),
    PipelineEvent::End(PipelineEnd::Failed),
    PipelineEvent::End(PipelineEnd::Cancelled),
    PipelineEvent::Cancel,
    PipelineEvent::CleanUp,
    PipelineEvent::Retry,
];

/// Two jobs of one task each.
struct Subject {
    id: Uuid,
    jobs: Vec<Uuid>,
    leased: Vec<LeasedTask>,
}

#[tokio::test]
async fn the_store_moves_pipelines_as_the_domain_says() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for state in PipelineState::ALL {
        // Ends are written in several ways.
        let ways =
            |event| if matches!(event, PipelineEvent::End(_)) { &Way::ALL[..] } else { &Way::ALL[..1] };
        for (event, way) in
            EVENTS.into_iter().flat_map(|event| ways(event).iter().map(move |way| (event, *way)))
        {
            way.go(&store).await;
            let mut subject = Box::pin(bring_into(&store, state, tidy(state, event))).await;
            assert_eq!(read(&store, subject.id).await.0.state, state, "the subject is prepared");
            let refused = happen(&store, &mut subject, event).await;
            let said = state.on(event);
            let now = read(&store, subject.id).await.0.state;
            assert_eq!(now, said.unwrap_or(state), "{state:?} on {event:?} by {way:?}");
            if let Some(refused) = refused {
                let cancels = matches!(event, PipelineEvent::Cancel | PipelineEvent::CleanUp);
                let repeated = state == PipelineState::Cancelled && cancels;
                assert_eq!(refused, said.is_err() && !repeated, "{state:?} on {event:?} is refused");
            }
            let _ended_or_not = store.cancel_pipeline(subject.id, None).await;
        }
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

/// What a clean-up spares, where there is to be one.
fn tidy(state: PipelineState, event: PipelineEvent) -> Option<NewJob> {
    let spared = event == PipelineEvent::CleanUp && !state.has_ended();
    spared.then(|| after("tidy", &[("a", When::Always)]))
}

async fn bring_into(store: &Store, state: PipelineState, tidy: Option<NewJob>) -> Subject {
    let jobs = [job("a"), job("b")].into_iter().chain(tidy);
    let (created, jobs) = create(store, pipeline(jobs.collect())).await;
    let jobs = jobs.iter().take(2).map(|job| job.id).collect();
    let mut subject = Subject { id: created.id, jobs, leased: Vec::new() };
    match state {
        PipelineState::Pending => {}
        PipelineState::Running => subject.leased = dequeue(store, 1).await,
        PipelineState::Succeeded => end(store, &mut subject, PipelineEnd::Succeeded).await,
        PipelineState::Partial => end(store, &mut subject, PipelineEnd::Partial).await,
        PipelineState::Failed => end(store, &mut subject, PipelineEnd::Failed).await,
        PipelineState::Cancelled => drop(store.cancel_pipeline(subject.id, None).await.unwrap()),
    }
    subject
}

/// Does what makes the event happen where it can; for a control whether it was refused.
async fn happen(store: &Store, subject: &mut Subject, event: PipelineEvent) -> Option<bool> {
    match event {
        PipelineEvent::Start => drop(dequeue(store, 1).await),
        PipelineEvent::End(how) => end(store, subject, how).await,
        PipelineEvent::Cancel => return Some(store.cancel_pipeline(subject.id, None).await.is_err()),
        PipelineEvent::CleanUp => return Some(store.clean_up_pipeline(subject.id, None).await.is_err()),
        PipelineEvent::Retry => {
            return Some(store.retry_pipeline(subject.id, Scope::All, None, None).await.is_err());
        }
    }
    None
}

/// Ends the jobs so that the pipeline ends like this.
async fn end(store: &Store, subject: &mut Subject, how: PipelineEnd) {
    if how != PipelineEnd::Cancelled {
        subject.leased.extend(dequeue(store, 2).await);
        for task in &subject.leased {
            let on_a = task.job_id == subject.jobs[0];
            match how {
                PipelineEnd::Failed => drop(fail(store, task, Directive::Never).await),
                PipelineEnd::Partial if !on_a => {}
                _ => drop(complete(store, task).await),
            }
        }
    }
    for job in &subject.jobs {
        let _ended_or_not = store.skip_job(*job, None).await;
    }
}
