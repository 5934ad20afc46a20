//! `/ui/search`.

use axum::response::IntoResponse;
use windlass_dashboard::html::encoded;
use windlass_dashboard::search::{self, Hit};
use windlass_wire::{
    Found, FoundEntity, ItemOutcome, Key, Page, Pipeline, Queue, Schedule, Template, Webhook,
};

use super::queues::find;
use super::visit::{Answer, Visit};

/// Webhooks, and keys, that are looked at.
const LOOKED_AT: usize = 2_000;

/// `GET /ui/search?q=`.
pub(super) async fn show(visit: Visit) -> Answer {
    let asked = visit.asked("q").trim().to_owned();
    if asked.is_empty() || !visit.may("GET /v1/pipelines") {
        return visit.ok(search::page(&visit.frame().await, &asked, &[]));
    }
    let mut hits = by_id(&visit, &asked).await;
    if hits.is_empty() {
        hits = by_name(&visit, &asked).await;
    }
    if let [only] = hits.as_slice() {
        return Ok(axum::response::Redirect::to(&format!("/ui{}", only.page)).into_response());
    }
    visit.ok(search::page(&visit.frame().await, &asked, &hits))
}

/// What has this id, or one that begins so.
async fn by_id(visit: &Visit, asked: &str) -> Vec<Hit> {
    let is_id = asked.len() >= 8 && asked.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if !is_id {
        return Vec::new();
    }
    let asked = asked.to_ascii_lowercase();
    let found: Option<Page<Found>> = visit.get_or_none(&format!("/v1/ids?prefix={asked}")).await;
    let mut hits: Vec<Hit> = found.into_iter().flat_map(|page| page.items).map(hit).collect();
    let fits = |id: uuid::Uuid| Some(id.to_string()).filter(|id| id.starts_with(&asked));
    for webhook in visit.api.list::<Webhook>("/v1/webhooks?limit=500", LOOKED_AT).await {
        if let Some(id) = fits(webhook.id) {
            hits.push(Hit { kind: "webhook", page: format!("/webhooks/{id}"), name: webhook.url, id });
        }
    }
    for key in visit.api.list::<Key>("/v1/keys?limit=500", LOOKED_AT).await {
        if let Some(id) = fits(key.id) {
            hits.push(Hit { kind: "key", page: format!("/keys/{id}"), name: key.name, id });
        }
    }
    hits
}

fn hit(found: Found) -> Hit {
    let (kind, pages) = match found.entity {
        FoundEntity::Pipeline => ("pipeline", "pipelines"),
        FoundEntity::Job => ("job", "jobs"),
        FoundEntity::Task => ("task", "tasks"),
    };
    let key = found.key.map_or_else(String::new, |key| format!(", {key}"));
    Hit {
        kind,
        page: format!("/{pages}/{}", found.id),
        id: found.id.to_string(),
        name: format!("{}{key}", found.name),
    }
}

/// What is called so.
async fn by_name(visit: &Visit, asked: &str) -> Vec<Hit> {
    let text = encoded(asked);
    let mut hits: Vec<Hit> = Vec::new();
    for parameter in ["name", "correlation_id"] {
        let found: Option<Page<Pipeline>> =
            visit.get_or_none(&format!("/v1/pipelines?{parameter}={text}&limit=20")).await;
        for pipeline in found.into_iter().flat_map(|page| page.items) {
            let id = pipeline.id.to_string();
            if hits.iter().all(|hit| hit.id != id) {
                hits.push(Hit {
                    kind: "pipeline",
                    page: format!("/pipelines/{id}"),
                    name: pipeline.name,
                    id,
                });
            }
        }
    }
    let mut named = |kind, page: String| {
        hits.push(Hit { kind, page, id: asked.to_owned(), name: asked.to_owned() });
    };
    if let Ok(Some(_)) = find(visit, asked).await {
        named("worker", format!("/workers/{text}"));
    }
    if visit.get_or_none::<Template>(&format!("/v1/templates/{text}")).await.is_some() {
        named("template", format!("/templates/{text}"));
    }
    if visit.get_or_none::<Schedule>(&format!("/v1/schedules/{text}")).await.is_some() {
        named("schedule", format!("/schedules/{text}"));
    }
    if visit.get_or_none::<Queue>(&format!("/v1/queues/{text}")).await.is_some() {
        named("queue", format!("/queues/{text}"));
    }
    let outcomes: Option<Page<ItemOutcome>> =
        visit.get_or_none(&format!("/v1/outcomes?subject={text}&limit=1")).await;
    if outcomes.is_some_and(|page| !page.items.is_empty()) {
        named("outcomes of", format!("/outcomes?subject={text}"));
    }
    hits
}
