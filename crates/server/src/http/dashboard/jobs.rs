//! `/ui/jobs/{id}`.

use axum::extract::Path;
use futures_util::future::join_all;
use maud::html;
use uuid::Uuid;
use windlass_dashboard::ask::Ask;
use windlass_dashboard::html::{client, encoded, state_of};
use windlass_dashboard::{job, words};
use windlass_wire::{Code, Job, JobError, JobState, Page, Pipeline, Problem as WireProblem, Task, TaskState};

use super::changes::{to, verb};
use super::page::attachment;
use super::sent::Sent;
use super::visit::{Answer, Fault, Visit};
use crate::engine::within;
use crate::view;

/// Failed tasks that a retry of all of one error looks at.
const LOOKED_AT: usize = 10_000;
/// Calls that are under way together.
const AT_ONCE: usize = 8;

/// `GET /ui/jobs/{id}`.
pub(super) async fn show(Path(id): Path<String>, visit: Visit) -> Answer {
    let whole: Job = visit.get(&format!("/v1/jobs/{}", encoded(&id))).await?;
    let errors: Page<JobError> = visit.get(&format!("/v1/jobs/{}/errors", whole.id)).await?;
    let tasks: Page<Task> =
        visit.get(&format!("/v1/tasks?job_id={}&{}", whole.id, visit.list_query(&["state"], 50))).await?;
    let waiting_for = why(&visit, &whole).await;
    let shown = job::Shown {
        job: &whole,
        waiting_for: waiting_for.as_deref(),
        errors: &errors.items,
        tasks: &tasks,
        asked: &visit.query,
    };
    visit.ok(job::page(&visit.frame().await, &shown))
}

/// Why a job does not go on, in a sentence.
async fn why(visit: &Visit, job: &Job) -> Option<String> {
    if job.paused {
        return Some(format!("the job {} is paused", job.key));
    }
    match job.state {
        JobState::Pending => {
            let pipeline: Pipeline = visit.get_or_none(&format!("/v1/pipelines/{}", job.pipeline_id)).await?;
            if pipeline.paused {
                return Some("its pipeline is paused".to_owned());
            }
            let open = |key: &str| {
                pipeline.jobs.iter().flatten().any(|other| other.key == key && !job::has_ended(other.state))
            };
            let waits: Vec<&str> =
                job.depends_on.iter().map(|edge| edge.job.as_str()).filter(|key| open(key)).take(5).collect();
            if waits.is_empty() {
                return job.run_at.map(|at| format!("it is not to begin before {}", at.to_rfc3339()));
            }
            Some(format!("it waits for the end of {}", waits.join(", ")))
        }
        JobState::Queued | JobState::Running if job.counts.running == 0 => {
            let pipeline: Pipeline = visit.get_or_none(&format!("/v1/pipelines/{}", job.pipeline_id)).await?;
            if pipeline.paused {
                return Some("its pipeline is paused".to_owned());
            }
            let store = visit.board.app.store();
            let whole = within(store.job(job.id)).await.ok()?;
            let queues = within(store.queues_of(std::slice::from_ref(&job.r#type))).await.ok()?;
            view::job_waiting_for(&whole, queues.first())
        }
        _ => None,
    }
}

/// `GET /ui/jobs/{id}/payload.txt`.
pub(super) async fn part(Path((id, part)): Path<(String, String)>, visit: Visit) -> Answer {
    let job: Job = visit.get(&format!("/v1/jobs/{}", encoded(&id))).await?;
    match part.as_str() {
        "payload.txt" => Ok(attachment("payload.txt", job.payload.text().to_owned())),
        _ => Err(visit.refused(&WireProblem::new(Code::RouteNotFound, "there is no such page")).await),
    }
}

/// `POST /ui/jobs/{id}`.
pub(super) async fn act(Path(id): Path<String>, sent: Sent) -> Answer {
    let resource = format!("/jobs/{}", encoded(&id));
    let of_an_error = sent.verb() == "retry" && !sent.field("error_task_id").is_empty();
    let grave = matches!(sent.verb(), "cancel" | "skip")
        || of_an_error
        || sent.verb() == "retry" && sent.field("scope") == "all";
    if grave && !sent.is_confirmed() {
        return ask(&sent, &resource).await;
    }
    match sent.verb() {
        "retry" if of_an_error => retry_error(&sent, &resource).await,
        "pause" | "resume" | "seal" | "cancel" | "skip" => verb(&sent, &resource, &["reason"]).await,
        "retry" => verb(&sent, &resource, &["reason", "scope", "descendants"]).await,
        _ => sent.unknown().await,
    }
}

async fn ask(sent: &Sent, resource: &str) -> Answer {
    let job: Job = sent.visit.get(&format!("/v1{resource}")).await?;
    let error = error(sent, resource).await?;
    let counts = job.counts;
    let open = counts.pending + counts.scheduled + counts.queued + counts.running;
    let hits = html! {
        p { "Job " strong { (client(&job.key)) } ", " (state_of(&job.state)) ": " (words::number(counts.total)) " tasks, of which " (words::number(open)) " have not ended and " (words::number(counts.failed)) " have failed." }
        @if let Some(error) = &error { p { (words::number(error.count)) " times: " code { (client(error.category.as_deref().unwrap_or_default())) } " " (client(error.message.as_deref().unwrap_or_default())) } }
        @match sent.verb() {
            "cancel" => p { "What runs is told to stop, and what waits will not run." },
            "skip" => p { "It ends without running. What depends on its success is skipped with it." },
            _ if error.is_some() => p { "The tasks that failed so run again." },
            _ => p { "All of its tasks run again, also those that have succeeded." },
        }
    };
    let title = match sent.verb() {
        "cancel" => "Cancel this job?",
        "skip" => "Skip this job?",
        _ if error.is_some() => "Retry all tasks with this error?",
        _ => "Retry all of this job?",
    };
    let ask = Ask {
        title,
        hits,
        page: resource,
        verb: sent.verb(),
        fields: &[],
        reason: true,
        clean_up: false,
        back: resource,
    };
    sent.ask("/v1/jobs/{id}", ask).await
}

async fn error(sent: &Sent, resource: &str) -> Result<Option<JobError>, Fault> {
    let asked = sent.field("error_task_id");
    if asked.is_empty() {
        return Ok(None);
    }
    let errors: Page<JobError> = sent.visit.get(&format!("/v1{resource}/errors")).await?;
    Ok(errors.items.into_iter().find(|error| error.task_id.to_string() == asked))
}

/// Retries the failed tasks whose error is of one kind, which is known by its category and by its text but for numbers.
async fn retry_error(sent: &Sent, resource: &str) -> Answer {
    let Some(error) = error(sent, resource).await? else {
        let problem = WireProblem::new(
            Code::ValidationFailed,
            "error_task_id: no error of the job is that task's; look at the job again",
        );
        return Err(sent.refused(&problem).await);
    };
    let job: Job = sent.visit.get(&format!("/v1{resource}")).await?;
    let (mut cursor, mut looked_at) = (String::new(), 0);
    loop {
        let page: Page<Task> =
            sent.visit.get(&format!("/v1/tasks?job_id={}&state=failed&limit=500{cursor}", job.id)).await?;
        looked_at += page.items.len();
        retry_those(sent, &page.items, &error).await?;
        match page.next_cursor {
            Some(next) if looked_at < LOOKED_AT => cursor = format!("&cursor={}", encoded(&next)),
            Some(_) => return Ok(to(&format!("/ui{resource}?more=yes"))),
            None => return Ok(to(&format!("/ui{resource}"))),
        }
    }
}

/// Retries those of the tasks that failed with this error, some at once.
async fn retry_those(sent: &Sent, tasks: &[Task], error: &JobError) -> Result<(), Fault> {
    let text = |message: &str| windlass_domain::error_text(message);
    let wanted = text(error.message.as_deref().unwrap_or_default());
    let is_it = |task: &&Task| {
        task.state == TaskState::Failed
            && task.error.as_ref().is_some_and(|failed| {
                Some(&failed.category) == error.category.as_ref() && text(&failed.message) == wanted
            })
    };
    let body = super::changes::body(sent, &["reason"]);
    let ids: Vec<Uuid> = tasks.iter().filter(is_it).map(|task| task.id).collect();
    for some in ids.chunks(AT_ONCE) {
        let calls = some.iter().map(|id| {
            let (path, body) = (format!("/v1/tasks/{id}/retry"), Some(body.clone()));
            async move { sent.visit.api.call(axum::http::Method::POST, &path, body).await }
        });
        for answer in join_all(calls).await {
            if let Err(problem) = answer {
                return Err(sent.refused(&problem).await);
            }
        }
    }
    Ok(())
}
