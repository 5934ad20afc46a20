//! `/v1/keys`.

use std::time::Duration;

use futures_util::Stream;
use reqwest::Method;
use uuid::Uuid;
use windlass_wire::{CurrentKey, Key, KeyWithText, NewKey, Page, Reason, RotateKey};

use super::Cursor;
use crate::pages::walk;
use crate::resilience::Safety;
use crate::{Client, Error, KeyFilter};

impl Client {
    /// Makes a key; the answer alone shows its text. No idempotency key is sent: the answer is not kept.
    ///
    /// # Errors
    /// `validation_failed`, and what any call can fail with.
    pub async fn create_key(&self, key: &NewKey) -> Result<KeyWithText, Error> {
        self.fetch(self.post(&["v1", "keys"]).json(key)?).await
    }

    /// One page of keys, newest first.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_keys(&self, filter: &KeyFilter, cursor: Option<&str>) -> Result<Page<Key>, Error> {
        self.fetch(self.get(&["v1", "keys"]).query(filter).query(&Cursor { cursor })).await
    }

    /// All keys, newest first.
    pub fn keys(&self, filter: KeyFilter) -> impl Stream<Item = Result<Key, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.list_keys(&filter, cursor.as_deref()).await }
        })
    }

    /// A key.
    ///
    /// # Errors
    /// `key_not_found`, and what any call can fail with.
    pub async fn get_key(&self, id: Uuid) -> Result<Key, Error> {
        self.fetch(self.get(&["v1", "keys", &id.to_string()])).await
    }

    /// The key that this client calls by.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn current_key(&self) -> Result<CurrentKey, Error> {
        self.fetch(self.get(&["v1", "keys", "current"])).await
    }

    /// Gives a key a new text, which the answer alone shows; the one of before works for the overlap, a day unless it is said. Repeated where an
    /// answer was lost: a text that was never used is replaced.
    ///
    /// # Errors
    /// `illegal_transition` of a key that was revoked or has expired, `key_not_found`, and what any call can fail with.
    pub async fn rotate_key(&self, id: Uuid, overlap: Option<Duration>) -> Result<KeyWithText, Error> {
        let call = self.call(Method::POST, &["v1", "keys", &id.to_string(), "rotate"], Safety::Safe);
        let body = RotateKey { overlap_seconds: overlap.map(|overlap| overlap.as_secs_f64()) };
        self.fetch(call.json(&body)?).await
    }

    /// Revokes a key, for good.
    ///
    /// # Errors
    /// `in_use` of the last admin key, `key_not_found`, and what any call can fail with.
    pub async fn revoke_key(&self, id: Uuid, reason: Option<&str>) -> Result<Key, Error> {
        let call = self.call(Method::POST, &["v1", "keys", &id.to_string(), "revoke"], Safety::Safe);
        self.fetch(call.json(&Reason { reason: reason.map(str::to_owned) })?).await
    }
}
