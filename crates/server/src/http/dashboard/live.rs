//! `/ui/stream`: says what has changed, so that open pages ask anew.
//!
//! All streams of a server hear its one tail of the audit, and share one look a second at what changes without an event: workers that are new,
//! outcomes, and attempts of deliveries; and one at how far jobs are. A message names what changed since the one before, not how;
//! there are at most two a second, whatever happens in between.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use windlass_store::{Event, Signs};
use windlass_wire::{Code, Problem as WireProblem};

use super::board::Board;
use super::visit::{Answer, Visit};
use crate::app::App;
use crate::engine::{Look, News, Patient, Watch, Watched};
use crate::http::auth::{LastingKey, Shown};
use crate::http::connection::Endless;
use crate::telemetry::OpenStream;

/// The pause between two messages, and how long one gathers what happens together.
const PAUSE: Duration = Duration::from_millis(500);
const GATHERED: Duration = Duration::from_millis(100);
/// How often what has no event is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A line at least this often.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Names in a message; where more has changed, all has.
const MOST: usize = 500;

struct Messages {
    app: App,
    board: Board,
    looks: Looks,
    progress: Watch,
    news: Patient,
    key: LastingKey,
    session: Option<Arc<CancellationToken>>,
    /// When the last message was sent; `None`: the first is yet to be.
    sent: Option<Instant>,
    place: Option<String>,
    _open: OpenStream,
}

/// `GET /ui/stream`.
pub(super) async fn stream(visit: Visit) -> Answer {
    // It names what has changed, as the audit does.
    if !visit.may("GET /v1/events") {
        let problem = WireProblem::new(Code::Forbidden, "the scopes of the key do not allow this");
        return Err(visit.refused(&problem).await);
    }
    let app = visit.board.app.clone();
    let credential = visit.session.as_ref().map(|session| session.credential);
    let messages = Messages {
        board: visit.board.clone(),
        looks: Looks::default(),
        progress: app.progress().watch(Watched::All),
        news: app.tail().watch_patiently(),
        key: Shown::by(credential).lasting(&app),
        session: visit.session.as_ref().map(|session| visit.board.sessions.watch(session.hash)),
        sent: None,
        place: visit.frame().await.place,
        app,
        _open: OpenStream::begin(),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((Extension(Endless), headers, Body::from_stream(follow(messages))).into_response())
}

fn follow(messages: Messages) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(messages, |mut messages| async move {
        let (stop, key, session) =
            (messages.app.stop().clone(), messages.key.clone(), messages.session.clone());
        let ended = async {
            match &session {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.stopping() => None,
            () = key.ended() => None,
            () = ended => None,
            bytes = messages.next() => Some((Ok(bytes), messages)),
        }
    })
}

impl Messages {
    async fn next(&mut self) -> Bytes {
        let Some(sent) = self.sent else {
            self.sent = Some(Instant::now());
            let place = self.place.clone().unwrap_or_default();
            return message(&json!({ "place": place }));
        };
        sleep_until(sent + PAUSE).await;
        let mut changed = Changed::default();
        let mut look_at = Instant::now() + LOOK;
        loop {
            tokio::select! {
                first = self.news.news().recv() => changed.take(first.ok()),
                () = sleep_until(look_at) => {
                    self.looks.take(self.board.signs().await, &mut changed.names);
                    look_at = Instant::now() + LOOK;
                }
                (look, missed) = self.progress.next() => changed.progressed(&look, missed),
            }
            if changed.has_any() {
                break;
            }
            if sent.elapsed() >= KEEP_ALIVE {
                self.sent = Some(Instant::now());
                return Bytes::from_static(b":\n\n");
            }
        }
        sleep(GATHERED).await;
        loop {
            match self.news.news().try_recv() {
                Ok(news) => changed.take(Some(news)),
                Err(tokio::sync::broadcast::error::TryRecvError::Lagged(_)) => changed.all = true,
                Err(_) => break,
            }
        }
        self.looks.take(self.board.signs().await, &mut changed.names);
        self.sent = Some(Instant::now());
        changed.message()
    }
}

/// What was last seen of what has no event.
#[derive(Default)]
struct Looks {
    last: Option<(Instant, Signs)>,
    /// Outcomes were numbered: their rows are there by the next look.
    again: bool,
}

impl Looks {
    /// Adds what has changed since the last look, if this is another one. What the first one finds may have come since the page was made.
    fn take(&mut self, seen: Option<(Instant, Signs)>, names: &mut BTreeSet<String>) {
        let Some((at, signs)) = seen else { return };
        let known = self.last.replace((at, signs));
        if known.is_some_and(|(before, _)| before == at) {
            return;
        }
        let differs = |of: fn(&Signs) -> i64| known.is_none_or(|(_, known)| of(&known) != of(&signs));
        let numbered = differs(|signs| signs.outcomes);
        if std::mem::replace(&mut self.again, numbered) || numbered {
            names.insert("outcomes".to_owned());
        }
        if differs(|signs| signs.workers) {
            names.insert("workers".to_owned());
        }
        if differs(|signs| signs.deliveries) {
            names.insert("webhook".to_owned());
        }
    }
}

/// What has changed.
#[derive(Default)]
struct Changed {
    names: BTreeSet<String>,
    /// More than is known.
    all: bool,
    place: Option<String>,
}

impl Changed {
    fn take(&mut self, news: Option<News>) {
        let Some(News::Batch(batch)) = news else {
            self.all = true;
            return;
        };
        self.place = Some(batch.read_to.to_string());
        for appended in &batch.events {
            if self.names.len() < MOST {
                self.add(&appended.event);
            } else {
                self.all = true;
            }
        }
    }

    /// Takes jobs that are further than before.
    fn progressed(&mut self, look: &Look, missed: bool) {
        self.all |= missed || look.changed.len() > MOST;
        for job in look.changed.iter().take(MOST) {
            self.names.extend([format!("job:{}", job.job_id), format!("pipeline:{}", job.pipeline_id)]);
        }
    }

    fn has_any(&self) -> bool {
        self.all || self.place.is_some() || !self.names.is_empty()
    }

    fn add(&mut self, event: &Event) {
        let names = &mut self.names;
        names.insert(event.entity.clone());
        for (kind, id) in [("pipeline", event.pipeline_id), ("job", event.job_id), ("task", event.task_id)] {
            names.extend(id.map(|id| format!("{kind}:{id}")));
        }
        names.extend(event.type_name.as_ref().map(|name| format!("type:{name}")));
        if event.task_id.is_some() {
            names.insert("tasks".to_owned());
        } else if event.pipeline_id.is_some() {
            names.insert("pipelines".to_owned());
            names.extend(event.pipeline_id.map(|id| format!("pipeline-state:{id}")));
        }
    }

    fn message(self) -> Bytes {
        message(&json!({ "place": self.place, "all": self.all, "names": self.names }))
    }
}

fn message(data: &serde_json::Value) -> Bytes {
    format!("data: {data}\n\n").into()
}
