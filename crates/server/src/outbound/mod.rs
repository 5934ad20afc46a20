//! Calls to others: the only place from which this server calls anybody but its database and its collector of traces.
//!
//! What: a `POST` to a URL that somebody has set, signed, answered by a status. Why it is its own module: whoever sets the URL must not reach what
//! only this server reaches. So a literal address is judged when it is set and before each call, a name's addresses at each call, and the
//! connection goes to an address that was judged: each call makes one of its own. Redirects are not followed, proxies of the environment are
//! ignored, verification is never off, and of an answer nothing but its status is looked at.
//!
//! What it deliberately does not do: try again. How it fails: by a word ([`windlass_domain::AttemptError`]), within 15 s, whatever the other side does.

mod address;
mod allowed;
mod client;
mod failure;
mod resolver;
mod retry_after;
mod roots;
mod seal;
mod secret;
mod signature;
mod target;

pub use allowed::{AllowedAddresses, NoNetwork};
pub(crate) use client::{Call, Called, Client};
pub use roots::{NoRoots, WebhookRoots};
pub use seal::{NoSecretKey, SecretKey};
pub(crate) use seal::{SecretKeys, Unopened};
pub(crate) use secret::Secret;
pub(crate) use target::{Target, masked};
