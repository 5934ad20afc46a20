//! What goes around every page.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, html};

use crate::html::{Html, clean, client};

/// Whether who looks may call an operation, such as `POST /v1/jobs/{id}/pause`.
pub type May = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What is known of whoever looks, and of the moment.
#[derive(Clone)]
pub struct Frame {
    /// The path of all pages, without a slash at its end: `/ui` behind the public URL's path.
    pub base: String,
    /// The name of their key, and their own where they gave one; `None`: no key is asked for.
    pub who: Option<(String, Option<String>)>,
    /// Whether there is somebody to show more than a log-in to.
    pub inside: bool,
    /// What forms show for not being forged.
    pub token: String,
    /// The audit's place when the page was begun; `None`: it is not live.
    pub place: Option<String>,
    /// When the page was begun.
    pub now: DateTime<Utc>,
    /// What they may do.
    pub may: May,
    /// What went wrong with what they sent.
    pub alert: Option<Alert>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Frame")
            .field("base", &self.base)
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

/// A refusal in the API's words.
#[derive(Debug, Clone)]
pub struct Alert {
    /// The API's status.
    pub status: u16,
    /// What went wrong.
    pub detail: String,
    /// Where, if it is known.
    pub errors: Vec<(String, String)>,
}

/// What a page is called, and what it follows.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Its title.
    pub title: String,
    /// The name in the navigation that it belongs to.
    pub nav: &'static str,
    /// What changes it, apart by spaces: `pipeline:ID`, `job:ID`, `task:ID`, `type:NAME`, an entity, `workers`, `outcomes`, or `any`; nothing: it is not live.
    pub watch: String,
    /// How long it waits between two updates at least, in milliseconds.
    pub pace: u32,
    /// Whether it asks again every second while it is looked at.
    pub polls: bool,
}

impl About {
    /// A page that follows what `watch` says.
    pub fn new(title: impl Into<String>, nav: &'static str, watch: impl Into<String>) -> Self {
        Self { title: title.into(), nav, watch: watch.into(), pace: 600, polls: false }
    }
}

/// The navigation: a name, a path, and what one has to be allowed to read for it.
const NAV: [(&str, &str, &str); 12] = [
    ("Overview", "/", "GET /v1/queues"),
    ("Pipelines", "/pipelines", "GET /v1/pipelines"),
    ("Tasks", "/tasks", "GET /v1/tasks"),
    ("Queues", "/queues", "GET /v1/queues"),
    ("Workers", "/workers", "GET /v1/workers"),
    ("Templates", "/templates", "GET /v1/templates"),
    ("Schedules", "/schedules", "GET /v1/schedules"),
    ("Webhooks", "/webhooks", "GET /v1/webhooks"),
    ("Outcomes", "/outcomes", "GET /v1/outcomes"),
    ("Events", "/events", "GET /v1/events"),
    ("System", "/system", "GET /v1/system"),
    ("Keys", "/keys", "GET /v1/keys"),
];

impl Frame {
    /// Whether the operation may be called.
    pub fn may(&self, operation: &str) -> bool {
        operation.is_empty() || (self.may)(operation)
    }

    /// The path of a page.
    pub fn path(&self, page: &str) -> String {
        format!("{}{page}", self.base)
    }

    /// A whole page.
    pub fn page(&self, about: &About, content: &Html) -> String {
        let live = self.inside && self.place.is_some() && self.may("GET /v1/events");
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (clean(&about.title)) " · Windlass" }
                    link rel="icon" href=(self.path("/assets/icon.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(self.path("/assets/style.css"));
                    script src=(self.path("/assets/page.js")) defer {}
                }
                body data-base=(self.base) data-place=[live.then_some(self.place.as_deref()).flatten()]
                    data-watch=[live.then(|| clean(&about.watch))] data-pace=[live.then_some(about.pace)]
                    data-polls=[(about.polls && self.inside).then_some("yes")] {
                    a class="skip" href="#main" { "Skip to the content" }
                    (self.top(about, live))
                    main id="main" tabindex="-1" {
                        (self.alert())
                        (content)
                    }
                }
            }
        };
        page.into_string()
    }

    fn top(&self, about: &About, live: bool) -> Html {
        html! {
            header class="top" {
                a class="name" href=(self.path("/")) { "Windlass" }
                @if self.inside {
                    nav aria-label="Pages" {
                        ul {
                            @for (name, path, operation) in NAV {
                                @if self.may(operation) {
                                    li { a href=(self.path(path)) aria-current=[(name == about.nav).then_some("page")] { (name) } }
                                }
                            }
                        }
                    }
                    @if self.may("GET /v1/ids") {
                        form class="search" role="search" method="get" action=(self.path("/search")) {
                            input type="search" name="q" aria-label="Search for an id, a name or a subject" placeholder="id, name, subject" maxlength="500";
                        }
                    }
                    div class="who" {
                        @if live { span class="lamp" id="lamp" role="status" data-live="no" { "not live without JavaScript" } }
                        (self.who())
                    }
                }
            }
        }
    }

    fn who(&self) -> Html {
        html! {
            @match &self.who {
                None => span id="who" { "no log-in needed" },
                Some((key, display)) => {
                    span id="who" {
                        @if let Some(display) = display { (client(display)) " · " }
                        (client(key))
                    }
                    form class="inline" method="post" action=(self.path("/logout")) {
                        (self.forgery_token())
                        button name="verb" value="logout" { "Log out" }
                    }
                }
            }
        }
    }

    /// The field that says that a form is this page's.
    pub fn forgery_token(&self) -> Html {
        html! { input type="hidden" name="forgery_token" value=(self.token); }
    }

    fn alert(&self) -> Html {
        html! {
            @if let Some(alert) = &self.alert {
                div role="alert" data-status=(alert.status) {
                    strong { (alert.status) } " " (client(&alert.detail))
                    @if !alert.errors.is_empty() {
                        ul { @for (place, what) in &alert.errors { li { code { (client(place)) } " " (client(what)) } } }
                    }
                }
            }
        }
    }

    /// A page that says what went wrong, and lets what was typed be sent again.
    pub fn refusal(
        &self,
        title: &str,
        way_back: Option<(&str, &str)>,
        kept: Option<(&str, &[(String, String)])>,
    ) -> String {
        let content = html! {
            h1 { (title) }
            @if let Some((path, words)) = way_back { p { a href=(path) { (words) } } }
            @if let Some((action, fields)) = kept { (self.kept(action, fields)) }
        };
        self.page(&About { title: title.to_owned(), ..About::default() }, &content)
    }

    fn kept(&self, action: &str, fields: &[(String, String)]) -> Html {
        let hidden = ["forgery_token", "key", "verb", "confirmed", "seen"];
        let verb = fields.iter().find(|(name, _)| name == "verb").map(|(_, verb)| verb.as_str());
        html! {
            section {
                h2 { "What you sent" }
                form class="body stack" method="post" action=(clean(action)) {
                    (self.forgery_token())
                    @for (name, value) in fields {
                        @if !hidden.contains(&name.as_str()) {
                            label { (clean(name))
                                @if value.len() > 80 || value.contains('\n') { textarea name=(clean(name)) { (clean(value)) } }
                                @else { input name=(clean(name)) value=(clean(value)); }
                            }
                        }
                    }
                    @if let Some(verb) = verb { button name="verb" value=(clean(verb)) { "Send again: " (clean(verb)) } }
                }
            }
        }
    }
}
