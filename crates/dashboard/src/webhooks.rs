//! Webhooks and what they were sent.

use maud::html;
use windlass_wire::{Delivery, DeliveryState, Page, Webhook, WebhookTest};

use crate::forms::{Act, acts, choice, text_field};
use crate::frame::{About, Frame};
use crate::html::{Html, client, client_or_none, id, id_link, none, state, state_of, time, time_or_none};
use crate::pause::{Pause, note};
use crate::rows;
use crate::tables::{facts, list, next, section, value_of};
use crate::words;

/// The list, with a form for a new one.
pub fn page(frame: &Frame, asked: &[(String, String)], webhooks: &Page<Webhook>) -> String {
    let row = |webhook: &Webhook| {
        html! {
            tr data-id=(webhook.id) {
                td { (id_link(&frame.path("/webhooks"), webhook.id)) }
                th scope="row" { (client(&webhook.url)) }
                td { (state(if webhook.paused { "paused" } else if webhook.failing_since.is_some() { "failed" } else { "open" })) }
                td { @for event in &webhook.events { div { (client(event)) } } }
                td class="n" { (words::number(webhook.pending)) }
                td { (time_or_none(webhook.last_delivered_at)) }
            }
        }
    };
    let rows: Vec<Html> = webhooks.items.iter().map(row).collect();
    let content = html! {
        h1 { "Webhooks" }
        (section("All", &["Webhook", "URL", "State", "Events", "#Waiting", "Last delivered"], &rows, "There is no webhook yet. Make one below: it is called when something happens."))
        (next(frame, "/webhooks", asked, webhooks.next_cursor.as_deref()))
        @if frame.may("POST /v1/webhooks") {
            section { h2 { "A new one" } form class="stack body" method="post" action=(frame.path("/webhooks")) {
                (frame.forgery_token())
                (text_field("url", "URL", value_of(asked, "url"), true))
                (text_field("events", "Events, apart by commas, such as pipeline.failed", value_of(asked, "events"), true))
                (choice("format", "Format", &FORMATS, value_of(asked, "format")))
                (text_field("description", "Description", value_of(asked, "description"), false))
                (filter_field(value_of(asked, "filter")))
                button class="main" name="verb" value="create" { "Make it" }
            } }
        }
    };
    frame.page(&About::new("Webhooks", "Webhooks", "webhook"), &content)
}

fn filter_field(value: &str) -> Html {
    let words = "Filter, as JSON such as {\"types\": [\"resize\"]}; empty: all of these events";
    text_field("filter", words, value, false)
}

const FORMATS: [(&str, &str); 3] =
    [("standard", "Standard Webhooks"), ("cloudevents", "CloudEvents"), ("slack", "Slack")];

/// What is shown once: a new webhook's secret.
pub fn secret(frame: &Frame, webhook: uuid::Uuid, secret: &str) -> String {
    let content = html! {
        h1 { "The webhook is made" }
        section { div class="body" {
            p { "Its secret is shown this once. Receivers verify signatures with it." }
            p { code id="secret" { (client(secret)) } " " button type="button" class="copy" data-copy=(secret) aria-label="copy the secret" { "copy" } }
            p { a href=(frame.path(&format!("/webhooks/{webhook}"))) { "To the webhook" } }
        } }
    };
    frame.page(
        &About { title: "The webhook is made".to_owned(), nav: "Webhooks", ..About::default() },
        &content,
    )
}

/// One webhook, with its pause if it is paused.
pub fn one(
    frame: &Frame,
    webhook: &Webhook,
    pause: Option<&Pause>,
    deliveries: &Page<Delivery>,
    asked: &[(String, String)],
    test: Option<&WebhookTest>,
) -> String {
    let page = format!("/webhooks/{}", webhook.id);
    let content = html! {
        div class="head" { h1 { (client(&webhook.url)) } (state(if webhook.paused { "paused" } else { "open" })) (id(webhook.id)) }
        (note(pause, webhook.reason.as_deref()))
        @if let Some(since) = webhook.failing_since { p class="note bad" id="failing" { "Its deliveries fail since " (time(since)) "." } }
        @if let Some(test) = test { (tested(test)) }
        (actions(frame, webhook, &page))
        section { h2 { "About it" } div class="body" { (about(webhook)) } }
        @if frame.may("PATCH /v1/webhooks/{id}") { (change(frame, webhook, &page)) }
        (list("Deliveries", &["Delivery", "Event", "State", "Attempts", "Created", "Next attempt", "Retry"], &deliveries.items.iter().map(|delivery| row(frame, delivery, &page)).collect::<Vec<_>>(), "Nothing was to be delivered yet."))
        (next(frame, &page, asked, deliveries.next_cursor.as_deref()))
    };
    frame.page(&About::new(webhook.url.clone(), "Webhooks", "any"), &content)
}

fn tested(test: &WebhookTest) -> Html {
    html! {
        p class=(if test.delivered { "note" } else { "note bad" }) id="tested" {
            "Test: " @if test.delivered { "delivered" } @else { "not delivered" }
            @if let Some(status) = test.status { ", status " (status) }
            @if let Some(error) = &test.error { ", " (words::word(error)) }
            " in " (words::length(test.took_seconds)) "."
        }
    }
}

fn about(webhook: &Webhook) -> Html {
    facts(&[
        ("Events", html! { @for event in &webhook.events { div { (client(event)) } } }),
        ("Filter", rows::json(&serde_json::to_string(&webhook.filter).unwrap_or_default(), None)),
        ("Format", html! { (words::word(&webhook.format)) }),
        ("Description", client_or_none(webhook.description.as_deref())),
        ("Waiting", html! { (words::number(webhook.pending)) }),
        ("Made", html! { (time(webhook.created_at)) " by " (client_or_none(webhook.created_by.as_deref())) }),
        ("Last delivered", time_or_none(webhook.last_delivered_at)),
    ])
}

fn actions(frame: &Frame, webhook: &Webhook, page: &str) -> Html {
    let (verb, label) = if webhook.paused { ("resume", "Resume") } else { ("pause", "Pause") };
    let operation = format!("POST /v1/webhooks/{{id}}/{verb}");
    acts(&[
        Act::new(&operation, page, verb, label).form(frame),
        Act::new("POST /v1/webhooks/{id}/test", page, "test", "Send a test").plain().form(frame),
        Act::new("DELETE /v1/webhooks/{id}", page, "delete", "Delete").grave().form(frame),
    ])
}

fn change(frame: &Frame, webhook: &Webhook, page: &str) -> Html {
    html! {
        section { h2 { "Change it" } form class="stack body" method="post" action=(frame.path(page)) {
            (frame.forgery_token())
            (text_field("url", "URL", &webhook.url, true))
            (text_field("events", "Events, apart by commas", &webhook.events.join(", "), true))
            (choice("format", "Format", &FORMATS, &words::word(&webhook.format)))
            (text_field("description", "Description", webhook.description.as_deref().unwrap_or_default(), false))
            (filter_field(&serde_json::to_string(&webhook.filter).unwrap_or_default()))
            button name="verb" value="change" { "Change" }
        } }
    }
}

fn row(frame: &Frame, delivery: &Delivery, page: &str) -> Html {
    html! {
        tr data-id=(delivery.id) {
            td { (id(delivery.id)) }
            td { (client(&delivery.r#type)) }
            td { (state_of(&delivery.state)) }
            td {
                @if delivery.attempts.is_empty() { (none()) }
                @for attempt in &delivery.attempts {
                    div { (time(attempt.at)) " " @match (attempt.status, &attempt.error) { (Some(status), _) => (status), (None, Some(error)) => (words::word(error)), (None, None) => "under way" } " " (words::length_or_none(attempt.took_seconds)) }
                }
            }
            td { (time(delivery.created_at)) }
            td { (time_or_none(delivery.next_attempt_at)) }
            td {
                @if delivery.state == DeliveryState::Failed {
                    (Act::new("POST /v1/webhooks/{id}/deliveries/{delivery}/retry", page, "retry", "Retry").form_with(frame, &html! { input type="hidden" name="delivery" value=(delivery.id); }))
                } @else { (none()) }
            }
        }
    }
}
