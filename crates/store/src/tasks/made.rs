//! Of which tasks some are looked for.

/// By which surface what is looked for was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// By any.
    Anywhere,
    /// By Jobnik's.
    ByJobnik,
}
