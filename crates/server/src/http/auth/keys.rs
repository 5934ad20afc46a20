//! Whose key a text is.
//!
//! Looked up by its hash, and believed for 5 s: a call costs no query in that time. Those who show one text at once share its look-up. Texts that were
//! never good cost a query each; so of them 50 are looked up at once, by connections that leave a share to others, and the rest is told to come again.
//! While the database is known to be away nobody waits for it: a key that is remembered is believed for a while longer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;
use windlass_store::{Error, FoundKey, Store};

use super::credential::{Credential, Hash};
use super::entry::{Believed, Entry};
use super::known_key::KnownKey;
use super::limiters::Limiters;
use super::watches::Watches;
use crate::health::Health;
use crate::settings::BootstrapKey;

/// How often it is looked at whether the bootstrap key is still the same, for calls that go on.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);
/// Look-ups at once of texts that are not known.
const STRANGERS: usize = 50;

type LookUp = Shared<oneshot::Receiver<Looked>>;

/// Why it is not known whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// It is nobody's.
    Refused,
    /// Too many texts that are not known are being looked up.
    Busy,
    /// The database is away, and the text is not remembered.
    Away,
    /// A defect of ours; the log has more.
    Failed,
}

/// What a look-up came to.
type Looked = Result<Arc<KnownKey>, Unproven>;

/// The keys that this server knows.
pub(crate) struct Keys {
    /// For texts that are not known.
    store: Store,
    /// For texts that are: those who work do not wait for strangers.
    own_store: Store,
    bootstrap: (BootstrapKey, Arc<KnownKey>),
    state: Mutex<State>,
    limiters: Limiters,
    strangers: Arc<Semaphore>,
    watches: Watches,
    health: Arc<Health>,
}

/// What is known, and what is being asked.
#[derive(Default)]
struct State {
    entries: HashMap<Hash, Entry>,
    look_ups: HashMap<Hash, LookUp>,
}

impl Keys {
    /// None yet. `store` leaves a share of the connections to others, `own_store` does not.
    pub(crate) fn new(store: Store, own_store: Store, bootstrap: BootstrapKey, health: Arc<Health>) -> Self {
        Self {
            store,
            own_store,
            bootstrap: (bootstrap, Arc::new(KnownKey::bootstrap())),
            state: Mutex::default(),
            limiters: Limiters::default(),
            strangers: Arc::new(Semaphore::new(STRANGERS)),
            watches: Watches::default(),
            health,
        }
    }

    /// The key, if that is known without asking.
    pub(crate) fn at_once(&self, credential: &Credential) -> Option<Arc<KnownKey>> {
        let Credential::Key { hash, stored } = credential else { return None };
        let (bootstrap, key) = &self.bootstrap;
        if bootstrap.is(hash) {
            return Some(Arc::clone(key));
        }
        stored.then(|| self.state().entries.get_mut(hash)?.believed(Instant::now()).cloned()).flatten()
    }

    /// The key; asks the database if need be.
    ///
    /// # Errors
    /// [`Unproven`].
    pub(crate) async fn find(self: &Arc<Self>, credential: Credential) -> Looked {
        if let Some(key) = self.at_once(&credential) {
            return Ok(key);
        }
        let Credential::Key { hash, stored: true } = credential else { return Err(Unproven::Refused) };
        self.join(hash, true)?.await.unwrap_or(Err(Unproven::Failed))
    }

    /// How long a text is believed by which a call has already come; asks the database where it no longer is.
    ///
    /// # Errors
    /// [`Unproven`].
    pub(super) async fn look_again(self: &Arc<Self>, credential: Credential) -> Result<Believed, Unproven> {
        let Credential::Key { hash, stored } = credential else { return Err(Unproven::Refused) };
        if self.bootstrap.0.is(&hash) {
            return Ok(Believed { until: Instant::now() + LOOKED_AT_EVERY, ends_at: None });
        }
        if !stored {
            return Err(Unproven::Refused);
        }
        let known = || self.state().entries.get(&hash).map(Entry::believed_until);
        if known().is_none_or(|known| Instant::now() >= known.until) {
            self.join(hash, false)?.await.unwrap_or(Err(Unproven::Failed))?;
        }
        // Forgotten in between, it is looked up the next time.
        known().ok_or(Unproven::Failed)
    }

    /// The texts of calls that go on.
    pub(super) fn watches(&self) -> &Watches {
        &self.watches
    }

    /// Forgets what is known of a key, so that its next call is looked up.
    pub(crate) fn forget(&self, number: i32) {
        self.state().entries.retain(|_, entry| entry.key.number != number);
    }

    /// Writes down when keys were last used, and forgets those that are of no more use.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; it is then written the next time.
    pub(crate) async fn write_uses(&self) -> Result<(), Error> {
        let now = Instant::now();
        let mut latest_uses: HashMap<i32, Duration> = HashMap::new();
        for entry in self.state().entries.values_mut() {
            if let Some(ago) = entry.take_use(now) {
                let latest = latest_uses.entry(entry.key.number).or_insert(ago);
                *latest = ago.min(*latest);
            }
        }
        let uses: Vec<(i32, Duration)> = latest_uses.iter().map(|(number, ago)| (*number, *ago)).collect();
        let written = if uses.is_empty() { Ok(()) } else { self.own_store.note_keys_used(&uses).await };
        let mut state = self.state();
        if written.is_err() {
            let again = |entry: &&mut Entry| latest_uses.contains_key(&entry.key.number);
            state.entries.values_mut().filter(again).for_each(Entry::give_use_back);
        }
        state.entries.retain(|_, entry| entry.is_remembered(now));
        written
    }

    /// The look-up of this text that is under way, or a new one. One that may be a stranger's counts among theirs, unless it is known.
    fn join(self: &Arc<Self>, hash: Hash, may_be_stranger: bool) -> Result<LookUp, Unproven> {
        let mut state = self.state();
        if let Some(look_up) = state.look_ups.get(&hash) {
            return Ok(look_up.clone());
        }
        let permit = if !may_be_stranger || state.entries.contains_key(&hash) {
            None
        } else {
            Some(Arc::clone(&self.strangers).try_acquire_owned().map_err(|_| Unproven::Busy)?)
        };
        let (answer, look_up) = oneshot::channel();
        let look_up = look_up.shared();
        state.look_ups.insert(hash, look_up.clone());
        drop(state);
        // On its own, so that it ends whether or not the first who asked stays.
        tokio::spawn(Arc::clone(self).look_up(hash, permit, answer));
        Ok(look_up)
    }

    async fn look_up(
        self: Arc<Self>,
        hash: Hash,
        permit: Option<OwnedSemaphorePermit>,
        answer: oneshot::Sender<Looked>,
    ) {
        let store = if permit.is_some() { &self.store } else { &self.own_store };
        let asked_at = Instant::now();
        let found = tokio::select! {
            found = store.find_key(&hash) => found.map_err(|error| trouble(&error)),
            () = self.health.database_is_away() => Err(Unproven::Away),
        };
        let looked = self.learn(hash, asked_at, found);
        drop((permit, answer.send(looked)));
    }

    /// Keeps what was found, and says what it means.
    fn learn(&self, hash: Hash, asked_at: Instant, found: Result<Option<FoundKey>, Unproven>) -> Looked {
        let mut state = self.state();
        state.look_ups.remove(&hash);
        match found {
            Ok(Some(found)) => {
                let good_for = found.good_for;
                let limiter = self.limiters.of(found.number, found.max_requests_per_second);
                let key = Arc::new(KnownKey::of(found, limiter));
                state.entries.insert(hash, Entry::new(Arc::clone(&key), asked_at, good_for));
                Ok(key)
            }
            Ok(None) => {
                state.entries.remove(&hash);
                Err(Unproven::Refused)
            }
            Err(Unproven::Away) => {
                let now = Instant::now();
                let Some(entry) = state.entries.get_mut(&hash) else { return Err(Unproven::Away) };
                let otherwise = if entry.has_ended(now) { Unproven::Refused } else { Unproven::Away };
                entry.believed_without_database(now).cloned().ok_or(otherwise)
            }
            Err(failed) => Err(failed),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an error of a look-up means.
fn trouble(error: &Error) -> Unproven {
    if error.outage().is_some() {
        tracing::debug!(%error, "the database is not available to look up a key");
        return Unproven::Away;
    }
    tracing::error!(%error, "cannot look up a key");
    Unproven::Failed
}
