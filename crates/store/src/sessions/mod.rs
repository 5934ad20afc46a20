//! Sessions of the dashboard: rows with the hash of a random token, and the secret of its forgery tokens.

mod secret;
mod session;

pub use session::{FoundSession, NewSession};
