//! What is remembered of a key's text, and for how long it is believed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::known_key::KnownKey;

/// How long a key is believed without asking again; counted from before it was asked for.
const FRESH: Duration = Duration::from_secs(5);
/// The same for calls that go on: the answer takes a while, and they too are to end within 5 s.
const FRESH_LASTING: Duration = Duration::from_secs(4);
/// How long it is known after its last use while the database is away.
const REMEMBERED: Duration = Duration::from_mins(5);
/// How long after the database was found away it is not asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a text is believed by which a call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Believed {
    /// From when on it has to be asked again, some time before it no longer is believed.
    pub(super) until: Instant,
    /// When it ends, as far as is known.
    pub(super) ends_at: Option<Instant>,
}

/// A text that was good when it was looked up.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Arc<KnownKey>,
    /// When the look-up was sent.
    asked_at: Instant,
    /// When the text ends, as far as is known.
    ends_at: Option<Instant>,
    /// Until when the database need not be asked, since it is away.
    away_until: Option<Instant>,
    used_at: Instant,
    /// Its last use is not written down.
    unwritten: bool,
}

impl Entry {
    pub(super) fn new(key: Arc<KnownKey>, asked_at: Instant, good_for: Option<Duration>) -> Self {
        let ends_at = good_for.and_then(|good_for| asked_at.checked_add(good_for));
        Self { key, asked_at, ends_at, away_until: None, used_at: asked_at, unwritten: true }
    }

    /// The key, if it is believed now.
    pub(super) fn believed(&mut self, now: Instant) -> Option<&Arc<KnownKey>> {
        let fresh = now.duration_since(self.asked_at) < FRESH || self.away_until.is_some_and(|end| now < end);
        if !fresh || self.has_ended(now) || !self.is_remembered(now) {
            return None;
        }
        self.used_at = now;
        self.unwritten = true;
        Some(&self.key)
    }

    /// The key, now that the database turned out to be away.
    pub(super) fn believed_without_database(&mut self, now: Instant) -> Option<&Arc<KnownKey>> {
        self.away_until = Some(now + PAUSE);
        self.believed(now)
    }

    /// How long a call that goes on by it does so without asking.
    pub(super) fn believed_until(&self) -> Believed {
        let fresh = self.asked_at + FRESH_LASTING;
        Believed { until: self.away_until.map_or(fresh, |away| away.max(fresh)), ends_at: self.ends_at }
    }

    /// Whether the text is no longer good, whatever the database would say.
    pub(super) fn has_ended(&self, now: Instant) -> bool {
        self.ends_at.is_some_and(|end| now >= end)
    }

    /// Whether it may still be of use.
    pub(super) fn is_remembered(&self, now: Instant) -> bool {
        now.duration_since(self.used_at) < REMEMBERED
    }

    /// How long ago it was last used, if that is yet to be written down; it is then taken for written.
    pub(super) fn take_use(&mut self, now: Instant) -> Option<Duration> {
        std::mem::take(&mut self.unwritten).then(|| now.duration_since(self.used_at))
    }

    /// It was not written down after all.
    pub(super) fn give_use_back(&mut self) {
        self.unwritten = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(good_for: Option<Duration>) -> (Entry, Instant) {
        let now = Instant::now();
        (Entry::new(Arc::new(KnownKey::bootstrap()), now, good_for), now)
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_believed_for_five_seconds_from_before_the_look_up() {
        let (mut entry, asked_at) = entry(None);
        assert!(entry.believed(asked_at + Duration::from_millis(4_999)).is_some());
        assert!(entry.believed(asked_at + Duration::from_secs(5)).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn without_the_database_a_key_is_known_for_five_minutes_after_it_was_last_seen() {
        let (mut entry, asked_at) = entry(None);
        let seen_at = asked_at + Duration::from_secs(4);
        assert!(entry.believed(seen_at).is_some());
        let last = seen_at + REMEMBERED - Duration::from_millis(1);
        assert!(entry.believed_without_database(last).is_some());
        assert!(entry.believed(last).is_some(), "the database is not asked again at once");
        assert!(entry.is_remembered(last + REMEMBERED - Duration::from_millis(1)), "it was seen again");
        assert!(entry.believed_without_database(last + REMEMBERED).is_none());
        assert!(!entry.is_remembered(last + REMEMBERED));
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_holds_with_and_without_the_database() {
        let (mut entry, asked_at) = entry(Some(Duration::from_secs(2)));
        assert!(entry.believed(asked_at + Duration::from_millis(1_999)).is_some());
        assert!(entry.believed(asked_at + Duration::from_secs(2)).is_none());
        assert!(entry.believed_without_database(asked_at + Duration::from_secs(2)).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_goes_on_asks_a_second_before_its_key_is_no_longer_believed() {
        let length = Duration::from_secs(2);
        let (mut entry, asked_at) = entry(Some(length));
        let ends_at = Some(asked_at + length);
        assert_eq!(entry.believed_until(), Believed { until: asked_at + Duration::from_secs(4), ends_at });
        entry.believed_without_database(asked_at + FRESH);
        assert_eq!(entry.believed_until(), Believed { until: asked_at + FRESH + PAUSE, ends_at });
    }

    #[tokio::test(start_paused = true)]
    async fn a_use_is_taken_once() {
        let (mut entry, asked_at) = entry(None);
        assert_eq!(entry.take_use(asked_at + Duration::from_secs(3)), Some(Duration::from_secs(3)));
        assert_eq!(entry.take_use(asked_at), None);
        entry.believed(asked_at + Duration::from_secs(4));
        assert_eq!(entry.take_use(asked_at + Duration::from_secs(6)), Some(Duration::from_secs(2)));
        entry.give_use_back();
        assert!(entry.take_use(asked_at + Duration::from_secs(6)).is_some());
    }
}
