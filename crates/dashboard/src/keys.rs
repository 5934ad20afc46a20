//! Keys: who may call, and what.

use maud::html;
use windlass_wire::{Key, Page};

use crate::forms::{Act, text_field};
use crate::frame::{About, Frame};
use crate::html::{Html, client, client_or_none, id_link, state, time, time_or_none};
use crate::tables::{next, section, value_of};
use crate::words;

const SCOPES: [(&str, &str); 5] = [
    ("read", "see everything"),
    ("produce", "make and steer pipelines"),
    ("work", "take tasks and report them"),
    ("operate", "queues, schedules, templates, webhooks"),
    ("admin", "all of it, and keys"),
];

/// The list, with a form for a new one.
pub fn page(frame: &Frame, asked: &[(String, String)], keys: &Page<Key>) -> String {
    let row = |key: &Key| {
        let page = format!("/keys/{}", key.id);
        html! {
            tr data-id=(key.id) {
                td { (id_link(&frame.path("/keys"), key.id)) }
                th scope="row" { (client(&key.name)) }
                td { (state(if key.revoked_at.is_some() { "revoked" } else { "open" })) }
                td { @for scope in &key.scopes { div { (words::word(scope)) } } }
                td { code { (client(&key.prefix)) "…" } }
                td { (time(key.created_at)) " " span class="quiet" { (client_or_none(key.created_by.as_deref())) } }
                td { (time_or_none(key.expires_at)) }
                td { (time_or_none(key.last_used_at)) }
                td {
                    @if key.revoked_at.is_none() {
                        (Act::new("POST /v1/keys/{id}/rotate", &page, "rotate", "Rotate").plain().form(frame)) " "
                        (Act::new("POST /v1/keys/{id}/revoke", &page, "revoke", "Revoke").grave().form(frame))
                    } @else { (client_or_none(key.reason.as_deref())) }
                }
            }
        }
    };
    let rows: Vec<Html> = keys.items.iter().map(row).collect();
    let content = html! {
        h1 { "Keys" }
        (section("All", &["Key", "Name", "State", "Scopes", "Begins with", "Made", "Expires", "Last used", "Actions"], &rows, "No key was made yet. Make one below, or with `windlass key create`."))
        (next(frame, "/keys", asked, keys.next_cursor.as_deref()))
        @if frame.may("POST /v1/keys") { (new(frame, asked)) }
    };
    frame.page(&About::new("Keys", "Keys", "key"), &content)
}

fn new(frame: &Frame, asked: &[(String, String)]) -> Html {
    html! {
        section { h2 { "A new one" } form class="stack body" method="post" action=(frame.path("/keys")) {
            (frame.forgery_token())
            (text_field("name", "Name", value_of(asked, "name"), true))
            fieldset {
                legend { "Scopes" }
                @for (scope, about) in SCOPES { label class="tick" { input type="checkbox" name="scopes" value=(scope); (scope) " – " (about) } }
            }
            (text_field("types", "Types, apart by commas; empty: any", "", false))
            (text_field("expires_at", "Expires at, such as 2030-01-31T00:00:00Z; empty: never", "", false))
            (text_field("max_requests_per_second", "Calls a second at most; empty: any number", "", false))
            button class="main" name="verb" value="create" { "Make it" }
        } }
    }
}

/// A key's text, which is shown once.
pub fn text(frame: &Frame, name: &str, text: &str) -> String {
    let content = html! {
        h1 { "The key of " (client(name)) }
        section { div class="body" {
            p { "It is shown this once: whoever needs it copies it now." }
            p { code id="key" { (text) } " " button type="button" class="copy" data-copy=(text) aria-label="copy the key" { "copy" } }
            p { a href=(frame.path("/keys")) { "Back to the keys" } }
        } }
    };
    frame.page(&About { title: "A key".to_owned(), nav: "Keys", ..About::default() }, &content)
}
