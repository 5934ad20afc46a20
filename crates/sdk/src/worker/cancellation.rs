//! Why a handler should stop.

/// The reason for which a handler is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// The lease has ended, and with it the attempt: by its time, its timeout, or because the task is gone.
    LeaseLost,
    /// Somebody cancelled the task, its job or its pipeline.
    Cancelled,
    /// The worker stops, and waits no longer; a result is still reported.
    Stopping,
}
