//! `/ui/keys`.

use axum::extract::Path;
use axum::http::StatusCode;
use maud::html;
use serde_json::{Map, Value, json};
use windlass_dashboard::ask::Ask;
use windlass_dashboard::html::{client, encoded};
use windlass_dashboard::keys;
use windlass_wire::{Code, Key, KeyWithText, Page, Problem as WireProblem};

use super::changes::verb;
use super::sent::Sent;
use super::visit::{Answer, Visit};

/// `GET /ui/keys`.
pub(super) async fn list(visit: Visit) -> Answer {
    let page: Page<Key> = visit.get(&format!("/v1/keys?{}", visit.list_query(&[], 100))).await?;
    visit.ok(keys::page(&visit.frame().await, &visit.query, &page))
}

/// `GET /ui/keys/{id}`: the key alone.
pub(super) async fn show(Path(id): Path<String>, visit: Visit) -> Answer {
    let key: Key = visit.get(&format!("/v1/keys/{}", encoded(&id))).await?;
    let page = Page { items: vec![key], next_cursor: None };
    visit.ok(keys::page(&visit.frame().await, &visit.query, &page))
}

/// `POST /ui/keys`: a new one.
pub(super) async fn create(sent: Sent) -> Answer {
    if sent.verb() != "create" {
        return sent.unknown().await;
    }
    let mut members = Map::new();
    members.insert("name".to_owned(), json!(sent.field("name").trim()));
    members.insert("scopes".to_owned(), json!(sent.all("scopes")));
    if let Some(types) = sent.given("types") {
        let types: Vec<&str> = types.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        members.insert("types".to_owned(), json!(types));
    }
    if let Some(end) = sent.given("expires_at") {
        members.insert("expires_at".to_owned(), json!(end));
    }
    if let Some(most) = sent.given("max_requests_per_second") {
        let Ok(most) = most.trim().parse::<u32>() else {
            let problem =
                WireProblem::new(Code::ValidationFailed, "max_requests_per_second: is no whole number");
            return Err(sent.refused(&problem).await);
        };
        members.insert("max_requests_per_second".to_owned(), json!(most));
    }
    text(&sent, "/v1/keys", &Value::Object(members)).await
}

async fn text(sent: &Sent, path: &str, body: &Value) -> Answer {
    match sent.visit.api.post::<_, KeyWithText>(path, body).await {
        Ok(key) => {
            let html = keys::text(&sent.visit.frame().await, &key.name, &key.key);
            Ok(sent.visit.html(StatusCode::OK, html))
        }
        Err(problem) => Err(sent.refused(&problem).await),
    }
}

/// `POST /ui/keys/{id}`.
pub(super) async fn act(Path(id): Path<String>, sent: Sent) -> Answer {
    let resource = format!("/keys/{}", encoded(&id));
    match sent.verb() {
        "rotate" => text(&sent, &format!("/v1{resource}/rotate"), &json!({})).await,
        "revoke" if !sent.is_confirmed() => {
            let key: Key = sent.visit.get(&format!("/v1{resource}")).await?;
            let hits = html! { p { "The key " strong { (client(&key.name)) } ", which begins with " code { (client(&key.prefix)) } ". Whoever uses it is refused within 5 seconds, and sessions by it end." } };
            let ask = Ask {
                title: "Revoke this key?",
                hits,
                page: &resource,
                verb: "revoke",
                fields: &[],
                reason: true,
                clean_up: false,
                back: "/keys",
            };
            sent.ask("/v1/keys/{id}", ask).await
        }
        "revoke" => verb(&sent, &resource, &["reason"]).await,
        _ => sent.unknown().await,
    }
}
