//! What is paused, as its page says it: by whom, since when, and why.

use chrono::{DateTime, Utc};
use maud::html;

use crate::html::{Html, client, time};

/// A pause of a type, a schedule or a webhook.
#[derive(Debug, Clone, Default)]
pub struct Pause {
    /// By whom, as people know them, where a key was needed.
    pub by: Option<String>,
    /// Since when, where that is known.
    pub at: Option<DateTime<Utc>>,
}

/// The pause with its reason, or nothing where there is none.
pub(crate) fn note(pause: Option<&Pause>, reason: Option<&str>) -> Html {
    html! {
        @if let Some(pause) = pause {
            p class="note" id="paused" {
                strong { "Paused" }
                @if let Some(by) = &pause.by { " by " (client(by)) }
                @if let Some(at) = pause.at { " since " (time(at)) }
                @if let Some(reason) = reason { ", because: " (client(reason)) }
            }
        }
    }
}
