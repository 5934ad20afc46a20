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
mod document;
mod engine;
mod faults;
#[cfg(test)]
mod fuzz;
mod health;
mod history;
mod http;
mod input;
mod jobnik;
mod key_text;
mod listener;
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
pub use faults::{Body, faults};
pub use http::{jobnik_openapi_json, openapi_json};
pub use outbound::{AllowedAddresses, NoNetwork, NoRoots, NoSecretKey, SecretKey, WebhookRoots};
pub use server::{DatabaseAccess, Server, StartError, check_schema, migrate};
pub use settings::{
    AllowedHost, Auth, BootstrapKey, Connections, CorsOrigins, Jobnik, NoBootstrapKey, NoHost, NoOrigin,
    NoPublicUrl, PublicUrl, Settings, Webhooks,
};
pub use stop::Stop;
pub use telemetry::Traces;
pub use tls::{NoTls, Tls};
pub use windlass_domain::{Limits, Scope, Scopes};
pub use windlass_store::{Migrated, NoSchema, Pooler, Retention, Schema};
