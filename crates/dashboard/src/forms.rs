//! Forms: every change is one, with a button that says its verb.

use maud::html;

use crate::frame::Frame;
use crate::html::{Html, clean};

/// A form of one verb.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// The operation that it calls; who may not is not offered it.
    pub operation: &'a str,
    /// The page that takes it, below the base.
    pub page: &'a str,
    /// The verb.
    pub verb: &'a str,
    /// What the button says.
    pub label: &'a str,
    /// Whether a reason is asked for here.
    pub reason: bool,
    /// Whether it is hard to take back.
    pub grave: bool,
}

impl<'a> Act<'a> {
    /// A verb that asks for a reason.
    pub fn new(operation: &'a str, page: &'a str, verb: &'a str, label: &'a str) -> Self {
        Self { operation, page, verb, label, reason: true, grave: false }
    }

    /// One that asks on a page of its own.
    #[must_use]
    pub fn grave(self) -> Self {
        Self { reason: false, grave: true, ..self }
    }

    /// One that takes no reason.
    #[must_use]
    pub fn plain(self) -> Self {
        Self { reason: false, ..self }
    }

    /// The form.
    pub fn form(&self, frame: &Frame) -> Html {
        self.form_with(frame, &Html::default())
    }

    /// The form, with fields of its own before the button.
    pub fn form_with(&self, frame: &Frame, fields: &Html) -> Html {
        if !frame.may(self.operation) {
            return Html::default();
        }
        html! {
            form class="inline" method="post" action=(frame.path(self.page)) {
                (frame.forgery_token())
                (fields)
                @if self.reason { input name="reason" maxlength="1000" placeholder="reason" aria-label=(format!("Reason: {}", self.label)); }
                button name="verb" value=(self.verb) class=[self.grave.then_some("grave")] { (self.label) @if self.grave { "…" } }
            }
        }
    }
}

/// Forms beside each other, where there are any.
pub fn acts(forms: &[Html]) -> Html {
    let shown: Vec<&Html> = forms.iter().filter(|form| !form.0.is_empty()).collect();
    html! {
        @if !shown.is_empty() {
            section id="actions" { h2 { "Actions" } div class="body" { div class="acts" { @for form in shown { (form) } } } }
        }
    }
}

/// A field of a form for a text.
pub fn text_field(name: &str, label: &str, value: &str, required: bool) -> Html {
    html! { label { (label) input name=(name) value=(clean(value)) required[required]; } }
}

/// A choice of words.
pub fn choice(name: &str, label: &str, words: &[(&str, &str)], chosen: &str) -> Html {
    html! {
        label { (label)
            select name=(name) {
                @for (value, shown) in words { option value=(value) selected[*value == chosen] { (shown) } }
            }
        }
    }
}

/// The same without a visible label.
pub fn small_choice(name: &str, label: &str, words: &[(&str, &str)], chosen: &str) -> Html {
    html! {
        select name=(name) aria-label=(label) {
            @for (value, shown) in words { option value=(value) selected[*value == chosen] { (shown) } }
        }
    }
}

/// A filter of a list: a form that asks, and changes nothing.
pub fn filter(frame: &Frame, page: &str, fields: &Html) -> Html {
    html! {
        section {
            h2 { "Filter" }
            form class="row body" method="get" action=(frame.path(page)) { (fields) button { "Show" } a class="button" href=(frame.path(page)) { "Clear" } }
        }
    }
}

/// Priorities as the API has them.
pub const PRIORITIES: [(&str, &str); 5] = [
    ("very_high", "very high"),
    ("high", "high"),
    ("medium", "medium"),
    ("low", "low"),
    ("very_low", "very low"),
];
