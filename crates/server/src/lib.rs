//! The Windlass service: HTTP, background loops, telemetry. A library with one [`Server`], which a binary starts,
//! runs and stops.
//!
//! It decides who may ask for what and when, and says it in the words of the contract; how anything is stored is the
//! store's, and the rules are the domain's. It holds nothing that a second server on the same database would need:
//! only who waits for tasks here.
//!
//! What it deliberately does not do: read settings, set up logging, handle signals, or run a Postgres; its caller
//! does. How it fails: a start fails with one message ([`StartError`]); a running server answers problems, stays up
//! while its database is away, and is well again by itself.

mod app;
mod background;
mod correlation;
mod create_key;
mod engine;
#[cfg(test)]
mod fuzz;
mod health;
mod http;
mod input;
mod key_text;
mod outbound;
mod schedules;
mod server;
mod settings;
mod stop;
mod telemetry;
mod templates;
mod tls;
mod view;
mod warnings;
mod webhooks;

pub use create_key::{CreateKeyError, create_key};
pub use http::openapi_json;
pub use outbound::{AllowedAddresses, NoNetwork, NoRoots, NoSecretKey, SecretKey, WebhookRoots};
pub use server::{DatabaseAccess, Server, StartError, migrate};
pub use settings::{
    AllowedHost, Auth, BootstrapKey, Connections, CorsOrigins, NoBootstrapKey, NoHost, NoOrigin, NoPublicUrl,
    PublicUrl, Settings, Webhooks,
};
pub use stop::Stop;
pub use telemetry::Traces;
pub use tls::{NoTls, Tls};
pub use windlass_domain::Limits;
pub use windlass_store::{Pooler, Retention};
