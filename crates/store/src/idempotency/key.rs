//! An `Idempotency-Key`, and the answer stored under it.

use crate::caller::Caller;

/// A key, and what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Method and path.
    pub scope: String,
    /// The caller's key, apart from the same one of other callers.
    pub key: String,
    /// SHA-256 of the request's body.
    pub body_hash: [u8; 32],
}

impl IdempotencyKey {
    /// What this caller sent, of visible characters: one of another caller is another key.
    pub fn new(caller: Caller, scope: String, sent: String, body_hash: [u8; 32]) -> Self {
        // A space is no visible character: so what a caller without a key sends is never taken for this.
        let key = match caller.key {
            Some(number) => format!("{number} {sent}"),
            None => sent,
        };
        Self { scope, key, body_hash }
    }
}

/// An answer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The `Location` header.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// How to do something once: under which key, and what to store as its answer.
pub struct Once<'a, T> {
    /// The key.
    pub key: IdempotencyKey,
    /// Makes the answer that repeats will get.
    pub render: &'a (dyn Fn(&T) -> StoredAnswer + Send + Sync),
}

/// What a create answers.
#[derive(Debug)]
pub enum Answer<T> {
    /// It was done.
    New(T),
    /// It had been done before, with this answer.
    Repeated(StoredAnswer),
}

impl<T> Clone for Once<'_, T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), render: self.render }
    }
}

impl<T> Answer<T> {
    /// What was done now, if it was.
    pub fn done(self) -> Option<T> {
        match self {
            Self::New(value) => Some(value),
            Self::Repeated(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_different_callers_are_apart() {
        let of =
            |caller| IdempotencyKey::new(caller, "POST /v1/jobs".to_owned(), "a".to_owned(), [0; 32]).key;
        let keys = [Caller::default(), Caller::with_key(0), Caller::with_key(1)].map(of);
        assert_eq!(keys, ["a", "0 a", "1 a"]);
    }
}
