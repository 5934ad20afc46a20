//! Who may call.

/// Whether callers need a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// Nobody does, and none is looked at; pages of other origins in a browser are refused.
    #[default]
    Open,
    /// Everybody does, but for health, the document and its page.
    Keys,
}
