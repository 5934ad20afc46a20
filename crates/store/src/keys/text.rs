//! The text of a key, as it is stored: never itself.

/// What is stored of a key's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredText {
    /// Its SHA-256.
    pub hash: [u8; 32],
    /// Its first 11 characters.
    pub prefix: String,
}
