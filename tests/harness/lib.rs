//! The harness of the behaviour suite: a fresh database, servers on it, and calls as a client makes them.
//!
//! What: [`TestApp`] starts the service in this process on a port of its own and speaks HTTP to it; [`Answer`] checks what came back. Why: the
//! contract promises HTTP, so the suite sees nothing else; time is moved by the database's clock ([`TestApp::advance`]). What it deliberately
//! does not do: look into tables (only [`TestApp::finish`] asks for the consistency check), know a wire type, or wait for time to pass. How it
//! fails: every helper panics at its caller's line, with the answer's body in the message.

#![expect(clippy::missing_panics_doc, reason = "every helper panics: that is how a test fails")]

mod answer;
mod app;
mod by_key;
mod calls;
mod deadline;
mod keys;
mod outage;
mod proxy;
mod raw;
mod time;
mod walk;

pub use answer::{Answer, id, only, pointers, text_of};
pub use app::TestApp;
pub use by_key::{BOOTSTRAP, text};
pub use calls::job;
pub use deadline::{LONG, eventually};
pub use keys::Calls;
pub use outage::Outage;
pub use proxy::{Proxy, Way};
pub use raw::RawConnection;
pub use time::{seconds_between, time_of};
pub use walk::MARKER;
