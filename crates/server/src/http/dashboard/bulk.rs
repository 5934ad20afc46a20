//! Bulk verbs on what a filter finds: asked for with how many it hits, begun at once, and watched on a page of their own.

use axum::extract::Path;
use maud::html;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use windlass_dashboard::ask::Ask;
use windlass_dashboard::html::client;
use windlass_dashboard::pipelines::{self, Advance};
use windlass_dashboard::words;
use windlass_store::{BulkAdvance, Caller};
use windlass_wire::{Bulked, Code, Problem as WireProblem};

use super::changes::to;
use super::sent::Sent;
use super::visit::{Answer, Visit, by_metadata};
use crate::engine::within;

/// What can be done to all that a filter finds.
const VERBS: [&str; 4] = ["pause", "resume", "retry", "cancel"];
/// What fields of the filter begin with.
const FILTER: &str = "filter.";

/// `POST /ui/pipelines`.
pub(super) async fn act(sent: Sent) -> Answer {
    let verb = sent.verb().to_owned();
    if !VERBS.contains(&verb.as_str()) {
        return sent.unknown().await;
    }
    let path = format!("/v1/pipelines/{verb}");
    let matched = match sent.visit.api.post::<_, Bulked>(&path, &body(&sent, true)).await {
        Ok(bulked) => bulked.matched,
        Err(problem) => return Err(sent.refused(&problem).await),
    };
    let seen: u64 = sent.field("seen").parse().unwrap_or(0);
    let has_grown = matched > seen + 10 && matched > seen + seen / 10;
    if !sent.is_confirmed() || has_grown {
        return ask(&sent, &verb, matched).await;
    }
    let id = Uuid::now_v7();
    let (board, api, body) =
        (sent.visit.board.clone(), sent.visit.api.clone(), body(&sent, false).to_string());
    let begun = Advance { verb, matched, done: 0, ended: None };
    board.note_bulk(id, begun.clone());
    tokio::spawn(async move {
        let answer = api.call_with(axum::http::Method::POST, &path, Some(body), Some(&id.to_string())).await;
        let ended = answer.map_err(|problem| problem.detail).map(|bytes| {
            let bulked: Bulked = serde_json::from_slice(&bytes).unwrap_or_default();
            (bulked.changed.unwrap_or_default(), bulked.refused.unwrap_or_default())
        });
        board.note_bulk(id, Advance { done: begun.matched, ended: Some(ended), ..begun });
    });
    Ok(to(&format!("/ui/bulk/{id}")))
}

async fn ask(sent: &Sent, verb: &str, matched: u64) -> Answer {
    let mut fields: Vec<(String, String)> =
        sent.fields.iter().filter(|(name, _)| name != "seen").cloned().collect();
    fields.push(("seen".to_owned(), matched.to_string()));
    let before: u64 = sent.field("seen").parse().unwrap_or(0);
    let hits = html! {
        p { strong { (words::number(matched)) } " pipelines fit the filter." @if sent.is_confirmed() { " They have become more since you were asked: it was " (words::number(before)) "." } }
        ul { @for (name, value) in fields.iter().filter(|(name, _)| name.starts_with(FILTER)) { li { (client(name.trim_start_matches(FILTER))) ": " (client(value)) } } }
    };
    let title = format!("{} {} pipelines?", words::capital(verb), words::number(matched));
    let ask = Ask {
        title: &title,
        hits,
        page: "/pipelines",
        verb,
        fields: &fields,
        reason: true,
        clean_up: verb == "cancel",
        back: "/pipelines",
    };
    sent.ask("/v1/pipelines", ask).await
}

fn body(sent: &Sent, dry_run: bool) -> Value {
    let (mut filter, mut metadata) = (Map::new(), Map::new());
    for (name, value) in &sent.fields {
        let Some(name) = name.strip_prefix(FILTER) else { continue };
        let field = (name.to_owned(), value.clone());
        let (name, value) = by_metadata(&field);
        match name.strip_prefix("metadata.") {
            Some(key) => drop(metadata.insert(key.to_owned(), json!(value))),
            None => drop(filter.insert(name.clone(), json!(value))),
        }
    }
    if !metadata.is_empty() {
        filter.insert("metadata".to_owned(), Value::Object(metadata));
    }
    let mut body = Map::new();
    body.insert("filter".to_owned(), Value::Object(filter));
    body.insert("dry_run".to_owned(), json!(dry_run));
    if let Some(reason) = sent.given("reason") {
        body.insert("reason".to_owned(), json!(reason));
    }
    if sent.verb() == "cancel" && sent.field("clean_up") == "true" {
        body.insert("clean_up".to_owned(), json!(true));
    }
    Value::Object(body)
}

/// `GET /ui/bulk/{id}`: at the server where it was begun, what it does and how it failed; at others, what the database knows.
pub(super) async fn show(Path(id): Path<String>, visit: Visit) -> Answer {
    let id = Uuid::parse_str(&id).unwrap_or_default();
    let known = visit.board.bulk(id);
    let caller = visit.api.key.as_ref().map_or_else(Caller::default, |(key, _)| key.caller());
    let scopes = VERBS.map(|verb| format!("POST /v1/pipelines/{verb}"));
    let stored = within(visit.board.app.store().bulk_advance(caller, &scopes, &id.to_string())).await;
    let advance = match (known, stored.ok().flatten()) {
        (Some(known), Some(BulkAdvance::UnderWay { done, matched })) if known.ended.is_none() => {
            Advance { done, matched, ..known }
        }
        (Some(known), _) => known,
        (None, Some(stored)) => at_another_server(stored),
        (None, None) => {
            let problem = WireProblem::new(
                Code::RouteNotFound,
                "no bulk verb of yours is known by this id: it is older than a day, or ended early at another server",
            );
            return Err(visit.refused(&problem).await);
        }
    };
    visit.ok(pipelines::advance(&visit.frame().await, &advance))
}

fn at_another_server(stored: BulkAdvance) -> Advance {
    match stored {
        BulkAdvance::UnderWay { done, matched } => {
            Advance { verb: "change".to_owned(), done, matched, ended: None }
        }
        BulkAdvance::Ended { scope, answer } => {
            let bulked: Bulked = serde_json::from_str(&answer).unwrap_or_default();
            let ended = Some(Ok((bulked.changed.unwrap_or_default(), bulked.refused.unwrap_or_default())));
            let verb = scope.rsplit('/').next().unwrap_or_default().to_owned();
            Advance { verb, done: bulked.matched, matched: bulked.matched, ended }
        }
    }
}
