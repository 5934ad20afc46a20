//! `/ui/webhooks`.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use maud::html;
use serde_json::{Map, Value, json};
use windlass_dashboard::ask::Ask;
use windlass_dashboard::html::{client, encoded};
use windlass_dashboard::{webhooks, words};
use windlass_wire::{Code, Delivery, Page, Problem as WireProblem, Webhook, WebhookTest, WebhookWithSecret};

use super::changes::{body as said, carry_out, verb};
use super::needs::only;
use super::sent::Sent;
use super::visit::{Answer, Visit};
use crate::engine::within;

/// `GET /ui/webhooks`.
pub(super) async fn list(visit: Visit) -> Answer {
    let page: Page<Webhook> = visit.get(&format!("/v1/webhooks?{}", visit.list_query(&[], 100))).await?;
    visit.ok(webhooks::page(&visit.frame().await, &visit.query, &page))
}

/// `POST /ui/webhooks`: a new one.
pub(super) async fn create(sent: Sent) -> Answer {
    if sent.verb() != "create" {
        return sent.unknown().await;
    }
    let body = match body(&sent) {
        Ok(body) => body,
        Err(problem) => return Err(sent.refused(&problem).await),
    };
    match sent.visit.api.post::<_, WebhookWithSecret>("/v1/webhooks", &body).await {
        Ok(webhook) => {
            let html = webhooks::secret(&sent.visit.frame().await, webhook.id, &webhook.secret);
            Ok(sent.visit.html(StatusCode::OK, html))
        }
        Err(problem) => Err(sent.refused(&problem).await),
    }
}

#[expect(clippy::result_large_err, reason = "its callers answer the same")]
fn body(sent: &Sent) -> Result<Value, WireProblem> {
    let events: Vec<&str> =
        sent.field("events").split(',').map(str::trim).filter(|event| !event.is_empty()).collect();
    let mut members = Map::new();
    members.insert("url".to_owned(), json!(sent.field("url").trim()));
    members.insert("events".to_owned(), json!(events));
    for name in ["format", "description"] {
        if let Some(value) = sent.given(name) {
            members.insert(name.to_owned(), Value::from(value));
        }
    }
    let filter = sent.given("filter").unwrap_or_else(|| "{}".to_owned());
    let filter: Value = serde_json::from_str(&filter)
        .map_err(|_| WireProblem::new(Code::ValidationFailed, "filter: is no JSON"))?;
    members.insert("filter".to_owned(), filter);
    Ok(Value::Object(members))
}

/// `GET /ui/webhooks/{id}`.
pub(super) async fn show(Path(id): Path<String>, visit: Visit) -> Answer {
    let html = page(&visit, &id, None).await?;
    visit.ok(html)
}

async fn page(visit: &Visit, id: &str, test: Option<&WebhookTest>) -> Result<String, super::visit::Fault> {
    let path = format!("/v1/webhooks/{}", encoded(id));
    let webhook: Webhook = visit.get(&path).await?;
    let deliveries: Page<Delivery> =
        visit.get(&format!("{path}/deliveries?{}", visit.list_query(&["state"], 50))).await?;
    let pause = if webhook.paused {
        Some(only(within(visit.board.app.store().pauses_of_webhooks(&[webhook.id])).await))
    } else {
        None
    };
    Ok(webhooks::one(&visit.frame().await, &webhook, pause.as_ref(), &deliveries, &visit.query, test))
}

/// `POST /ui/webhooks/{id}`.
pub(super) async fn act(Path(id): Path<String>, sent: Sent) -> Answer {
    let resource = format!("/webhooks/{}", encoded(&id));
    let (path, page_of_it) = (format!("/v1{resource}"), format!("/ui{resource}"));
    match sent.verb() {
        "pause" | "resume" => verb(&sent, &resource, &["reason"]).await,
        "test" => match sent.visit.api.post::<_, WebhookTest>(&format!("{path}/test"), &json!({})).await {
            Ok(test) => {
                let html = page(&sent.visit, &id, Some(&test)).await?;
                Ok(sent.visit.html(StatusCode::OK, html))
            }
            Err(problem) => Err(sent.refused(&problem).await),
        },
        "change" => {
            let mut body = match body(&sent) {
                Ok(body) => body,
                Err(problem) => return Err(sent.refused(&problem).await),
            };
            if sent.field("description").is_empty() {
                body["description"] = Value::Null;
            }
            carry_out(&sent, (Method::PATCH, &path), Some(body.to_string()), &page_of_it).await
        }
        "retry" => {
            let path = format!("{path}/deliveries/{}/retry", encoded(sent.field("delivery")));
            carry_out(&sent, (Method::POST, &path), Some(said(&sent, &["reason"])), &page_of_it).await
        }
        "delete" if !sent.is_confirmed() => {
            let webhook: Webhook = sent.visit.get(&path).await?;
            let hits = html! { p { "The webhook to " strong { (client(&webhook.url)) } ", with " (words::number(webhook.pending)) " deliveries that wait. It is not called any more." } };
            let ask = Ask {
                title: "Delete this webhook?",
                hits,
                page: &resource,
                verb: "delete",
                fields: &[],
                reason: false,
                clean_up: false,
                back: &resource,
            };
            sent.ask("/v1/webhooks/{id}", ask).await
        }
        "delete" => carry_out(&sent, (Method::DELETE, &path), None, "/ui/webhooks").await,
        _ => sent.unknown().await,
    }
}
