//! Whether the key by which a call came is still good while the call goes on: a stream of events, a dequeue that waits.
//!
//! Of each text by which such calls came one task looks after it, as soon as it is no longer believed; so a call costs nothing, and a revocation, a
//! rotation or an expiry holds for what goes on as soon as it holds for new calls. While the database is away a text is good until the end
//! that was last known of it: an outage ends no stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::credential::{Credential, Hash};
use super::keys::{Keys, Unproven};
use crate::app::App;

/// The pause after a look that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The key of a call that may go on for long.
#[derive(Clone)]
pub(crate) struct LastingKey(Option<Arc<CancellationToken>>);

impl LastingKey {
    /// Returns when the key is no longer good; never where none is needed.
    pub(crate) async fn ended(&self) {
        match &self.0 {
            Some(token) => token.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// What the call comes to, if the key is good until then.
    ///
    /// By reference, or each of ten thousand waiting polls would be held twice.
    pub(crate) async fn while_good<T>(&self, call: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.ended() => None,
            answer = call => Some(answer),
        }
    }
}

/// How a call showed its key, to have it looked after; nothing where none is needed.
pub(crate) struct Shown(Option<Credential>);

impl Shown {
    /// A key that a session stands for.
    pub(crate) fn by(credential: Option<Credential>) -> Self {
        Self(credential)
    }

    /// Has the key looked after for as long as what is returned lives.
    pub(crate) fn lasting(&self, app: &App) -> LastingKey {
        LastingKey(self.0.as_ref().and_then(|credential| app.keys().watch(credential)))
    }
}

impl<S: Sync> FromRequestParts<S> for Shown {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Credential>().copied()))
    }
}

impl Keys {
    /// The token of a text, which is looked after from now on.
    fn watch(self: &Arc<Self>, credential: &Credential) -> Option<Arc<CancellationToken>> {
        let Credential::Key { hash, .. } = *credential else { return None };
        let (token, is_new) = self.watches().join(hash);
        if is_new {
            tokio::spawn(Arc::clone(self).look_after(*credential, hash));
        }
        Some(token)
    }

    /// Looks until the text is no longer good, or no call is left that came by it.
    async fn look_after(self: Arc<Self>, credential: Credential, hash: Hash) {
        let mut ends_at = None;
        while self.watches().is_held(&hash) {
            let begun = Instant::now();
            let next = match self.look_again(credential).await {
                Ok(believed) => {
                    ends_at = believed.ends_at;
                    believed.until
                }
                Err(Unproven::Refused) => return self.watches().end(&hash),
                Err(_) => begun + PAUSE,
            };
            if ends_at.is_some_and(|end| begun >= end) {
                return self.watches().end(&hash);
            }
            sleep_until(ends_at.map_or(next, |end| next.min(end))).await;
        }
    }
}
