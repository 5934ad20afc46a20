//! What all pages share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;
use windlass_dashboard::pipelines::Advance;
use windlass_store::Signs;

use super::sessions::Sessions;
use crate::app::App;
use crate::engine::{self, within};
use crate::http::auth::Requirements;

/// How many wrong keys an address may show in [`WITHIN`].
const WRONG: u32 = 10;
const WITHIN: Duration = Duration::from_mins(1);
/// Addresses that are remembered at the most.
const ADDRESSES: usize = 10_000;
/// How old what was seen of [`Signs`] may be.
const FRESH: Duration = Duration::from_millis(900);
/// Bulk verbs that are remembered at the most.
const BULKS: usize = 200;

/// Handles to what is shared; cheap to clone.
#[derive(Clone)]
pub(super) struct Board(Arc<Parts>);

/// What a [`Board`] is made of.
pub(super) struct Parts {
    pub(super) app: App,
    /// `/v1`, without what is around it for others.
    pub(super) api: Router,
    pub(super) requirements: Arc<Requirements>,
    pub(super) sessions: Arc<Sessions>,
    /// The path of the public URL, without a slash at its end.
    pub(super) prefix: String,
    /// Whether cookies are for TLS only.
    pub(super) secure: bool,
    secret: OnceCell<Vec<u8>>,
    wrong: Mutex<HashMap<IpAddr, (Instant, u32)>>,
    bulks: Mutex<Vec<(Uuid, Advance)>>,
    signs: tokio::sync::Mutex<Option<(Instant, Option<Signs>)>>,
}

impl Deref for Board {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Board {
    /// What is shared by the pages of this server.
    pub(super) fn new(app: &App, api: Router, requirements: Arc<Requirements>) -> Self {
        let public = app.public_url().and_then(|url| Url::parse(url.as_str()).ok());
        let prefix =
            public.as_ref().map_or_else(String::new, |url| url.path().trim_end_matches('/').to_owned());
        let secure = app.has_tls() || public.is_some_and(|url| url.scheme() == "https");
        Self(Arc::new(Parts {
            app: app.clone(),
            api,
            requirements,
            sessions: Arc::new(Sessions::new(app.clone())),
            prefix,
            secure,
            secret: OnceCell::new(),
            wrong: Mutex::default(),
            bulks: Mutex::default(),
            signs: tokio::sync::Mutex::default(),
        }))
    }
}

impl Parts {
    /// The secret of forgery tokens, the same at all servers.
    ///
    /// # Errors
    /// While the database is away and it is not known yet.
    pub(super) async fn secret(&self) -> Result<&[u8], engine::Error> {
        let secret = self.secret.get_or_try_init(|| async {
            let mut drawn = [0; 32];
            getrandom::fill(&mut drawn).expect("the operating system gives random bits");
            within(self.app.store().dashboard_secret(&drawn)).await
        });
        secret.await.map(Vec::as_slice)
    }

    /// What changes without an event, and when it was looked at: at most once a second, however many ask. Nothing while the database is away.
    pub(super) async fn signs(&self) -> Option<(Instant, Signs)> {
        let mut known = self.signs.lock().await;
        let (at, signs) = match *known {
            Some((at, signs)) if at.elapsed() < FRESH => (at, signs),
            _ => *known.insert((Instant::now(), within(self.app.store().signs()).await.ok())),
        };
        signs.map(|signs| (at, signs))
    }

    /// Whether an address has shown too many wrong keys.
    pub(super) fn is_refused(&self, address: IpAddr) -> bool {
        let wrong = locked(&self.wrong);
        wrong.get(&address).is_some_and(|(since, count)| since.elapsed() < WITHIN && *count >= WRONG)
    }

    /// Counts a wrong key.
    pub(super) fn was_wrong(&self, address: IpAddr) {
        let mut wrong = locked(&self.wrong);
        if wrong.len() >= ADDRESSES {
            wrong.retain(|_, (since, _)| since.elapsed() < WITHIN);
        }
        if wrong.len() >= ADDRESSES && !wrong.contains_key(&address) {
            return;
        }
        let (since, count) = wrong.entry(address).or_insert_with(|| (Instant::now(), 0));
        if since.elapsed() >= WITHIN {
            (*since, *count) = (Instant::now(), 0);
        }
        *count += 1;
    }

    /// Remembers how far a bulk verb is.
    pub(super) fn note_bulk(&self, id: Uuid, advance: Advance) {
        let mut bulks = locked(&self.bulks);
        bulks.retain(|(known, _)| *known != id);
        if bulks.len() >= BULKS {
            bulks.remove(0);
        }
        bulks.push((id, advance));
    }

    /// How far a bulk verb is, if it was begun here.
    pub(super) fn bulk(&self, id: Uuid) -> Option<Advance> {
        locked(&self.bulks).iter().find(|(known, _)| *known == id).map(|(_, advance)| advance.clone())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
