//! `/ui/pipelines/{id}` and the list.

use axum::extract::Path;
use axum::http::Method;
use maud::html;
use serde_json::json;
use windlass_dashboard::ask::Ask;
use windlass_dashboard::html::{client, encoded, state_of};
use windlass_dashboard::{pipeline, pipelines, words};
use windlass_wire::{EventPage, Page, Pipeline, Task};

use super::changes::{carry_out, verb};
use super::events::newest;
use super::sent::Sent;
use super::visit::{Answer, Visit};

/// `GET /ui/pipelines`.
pub(super) async fn list(visit: Visit) -> Answer {
    let page: Page<Pipeline> =
        visit.get(&format!("/v1/pipelines?{}", visit.list_query(&pipelines::FILTER, 50))).await?;
    visit.ok(pipelines::page(&visit.frame().await, &visit.query, &page))
}

/// `GET /ui/pipelines/{id}`.
pub(super) async fn show(Path(id): Path<String>, visit: Visit) -> Answer {
    let whole: Pipeline = visit.get(&format!("/v1/pipelines/{}", encoded(&id))).await?;
    let newest_failure = newest_failure(&visit, &whole).await;
    let events: EventPage = newest(&visit, &[("pipeline_id".to_owned(), whole.id.to_string())], 20).await?;
    let same: Option<Page<Pipeline>> = visit
        .get_or_none(&format!(
            "/v1/pipelines?name={}&created_before={}&limit=2",
            encoded(&whole.name),
            encoded(&whole.created_at.to_rfc3339())
        ))
        .await;
    let before =
        same.map(|page| page.items).unwrap_or_default().into_iter().find(|other| other.id != whole.id);
    let shown = pipeline::Shown {
        pipeline: &whole,
        newest_failure: newest_failure.as_ref(),
        events: &events.items,
        before: before.as_ref(),
        page: visit.asked("page").parse().unwrap_or(0),
        open: visit.asked("open"),
    };
    visit.ok(pipeline::page(&visit.frame().await, &shown))
}

/// The task that failed for good last.
async fn newest_failure(visit: &Visit, whole: &Pipeline) -> Option<Task> {
    if whole.jobs.iter().flatten().all(|job| job.counts.failed == 0) {
        return None;
    }
    let path = format!("/v1/events?newest=true&limit=1&pipeline_id={}&entity=task&to=failed", whole.id);
    let events: EventPage = visit.get_or_none(&path).await?;
    let id = events.items.first().and_then(|event| event.task_id)?;
    visit.get_or_none(&format!("/v1/tasks/{id}")).await
}

/// `POST /ui/pipelines/{id}`.
pub(super) async fn act(Path(id): Path<String>, sent: Sent) -> Answer {
    let resource = format!("/pipelines/{}", encoded(&id));
    let path = format!("/v1{resource}");
    let grave =
        matches!(sent.verb(), "cancel" | "delete") || sent.verb() == "retry" && sent.field("scope") == "all";
    if grave && !sent.is_confirmed() {
        return ask(&sent, &resource).await;
    }
    match sent.verb() {
        "pause" | "resume" | "seal" => verb(&sent, &resource, &["reason"]).await,
        "cancel" => verb(&sent, &resource, &["reason", "clean_up"]).await,
        "retry" => verb(&sent, &resource, &["reason", "scope"]).await,
        "priority" => {
            let body = json!({ "priority": sent.field("priority") }).to_string();
            carry_out(&sent, (Method::PATCH, &path), Some(body), &format!("/ui{resource}")).await
        }
        "delete" => carry_out(&sent, (Method::DELETE, &path), None, "/ui/pipelines").await,
        _ => sent.unknown().await,
    }
}

async fn ask(sent: &Sent, resource: &str) -> Answer {
    let pipeline: Pipeline = sent.visit.get(&format!("/v1{resource}")).await?;
    let jobs = pipeline.jobs.as_deref().unwrap_or_default();
    let open = jobs.iter().filter(|job| !windlass_dashboard::job::has_ended(job.state)).count() as u64;
    let tasks: u64 = jobs.iter().map(|job| job.counts.total).sum();
    let hits = html! {
        p { "Pipeline " strong { (client(&pipeline.name)) } ", " (state_of(&pipeline.state)) ": " (words::number(jobs.len() as u64)) " jobs, of which " (words::number(open)) " have not ended, with " (words::number(tasks)) " tasks." }
        @match sent.verb() {
            "cancel" => p { "What runs is told to stop, and what waits will not run." },
            "delete" => p { "It disappears with its jobs, tasks and results. This cannot be taken back." },
            _ => p { "All of it runs again, also what has succeeded." },
        }
    };
    let title = match sent.verb() {
        "cancel" => "Cancel this pipeline?",
        "delete" => "Delete this pipeline?",
        _ => "Retry all of this pipeline?",
    };
    let (verb, reason, clean_up) = (sent.verb(), sent.verb() != "delete", sent.verb() == "cancel");
    let ask = Ask { title, hits, page: resource, verb, fields: &[], reason, clean_up, back: resource };
    sent.ask("/v1/pipelines/{id}", ask).await
}
