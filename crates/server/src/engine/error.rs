//! Why the engine did not do what it was asked.

/// What a surface acts differently on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The store refused, or failed.
    #[error(transparent)]
    Store(#[from] windlass_store::Error),
    /// Too many requests wait for the database; nothing was changed.
    #[error("too many requests wait for the database")]
    Overloaded,
    /// The database did not answer in time; nothing is known to have changed.
    #[error("the database does not answer")]
    Unavailable,
    /// A defect of ours; the log has the rest.
    #[error("the server failed")]
    Internal,
}
