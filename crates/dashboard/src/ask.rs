//! Pages that ask before something that is hard to take back.

use maud::html;

use crate::frame::{About, Frame};
use crate::html::{Html, clean};

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The question.
    pub title: &'a str,
    /// What it hits, and how much.
    pub hits: Html,
    /// The page that takes it, below the base.
    pub page: &'a str,
    /// The verb.
    pub verb: &'a str,
    /// What was sent before, to be sent again.
    pub fields: &'a [(String, String)],
    /// Whether a reason is asked for.
    pub reason: bool,
    /// Whether it can clean up.
    pub clean_up: bool,
    /// Where to go instead.
    pub back: &'a str,
}

/// The page.
pub fn page(frame: &Frame, ask: &Ask<'_>) -> String {
    let own = ["forgery_token", "verb", "reason", "confirmed", "clean_up"];
    let reason =
        ask.fields.iter().find(|(name, _)| name == "reason").map_or("", |(_, reason)| reason.as_str());
    let content = html! {
        h1 { (clean(ask.title)) }
        section { form class="stack body" method="post" action=(frame.path(ask.page)) {
            (frame.forgery_token())
            (ask.hits)
            input type="hidden" name="confirmed" value="yes";
            @for (name, value) in ask.fields { @if !own.contains(&name.as_str()) { input type="hidden" name=(clean(name)) value=(clean(value)); } }
            @if ask.clean_up { label class="tick" { input type="checkbox" name="clean_up" value="true"; "let jobs for cleaning up run (those behind `always`)" } }
            @if ask.reason { label { "Reason" input name="reason" maxlength="1000" value=(clean(reason)); } }
            div class="acts" {
                button class="grave" name="verb" value=(ask.verb) { (crate::words::capital(ask.verb)) }
                a class="button" href=(frame.path(ask.back)) { "No, go back" }
            }
        } }
    };
    frame.page(&About { title: ask.title.to_owned(), ..About::default() }, &content)
}
