//! An `Idempotency-Key`, and the answer stored under it.

/// A key, and what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Method and path.
    pub scope: String,
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the request's body.
    pub body_hash: [u8; 32],
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

impl<T> Answer<T> {
    /// What was done now, if it was.
    pub fn done(self) -> Option<T> {
        match self {
            Self::New(value) => Some(value),
            Self::Repeated(_) => None,
        }
    }
}
