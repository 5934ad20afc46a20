//! What all controls have in common, and walks over what operators look at.

mod idempotency;
mod reasons;
mod walks;
