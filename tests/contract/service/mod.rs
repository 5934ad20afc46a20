//! The service as a whole: its health, its documents, its end.

mod busy_database;
mod documents;
mod health;
mod http2;
mod stopping;
mod telemetry;
