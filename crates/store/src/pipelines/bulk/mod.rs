//! `POST /v1/pipelines/cancel`, `/pause`, `/resume` and `/retry`: a verb on every pipeline that fits.
//!
//! The set is found first, the newest pipelines before the older ones, and then gone through the other way round. A piece is one pipeline and one
//! transaction, the same as the verb on it alone, so a bulk verb takes no lock for longer than that, and stops between any two. Under an
//! `Idempotency-Key` the set is written down as a claim (`claim.rs`), which another request goes on with if this one does not come to its end.
//!
//! What it deliberately does not do: lock the set. What leaves the filter before its turn is refused, what comes to fit later is not met. How it
//! fails: an error ends it between two pieces; those that were done stay done, and asking again is safe.

mod act;
mod claim;
mod count;
mod outcome;
mod run;
mod set;

pub use act::BulkVerb;
pub use outcome::Bulked;
