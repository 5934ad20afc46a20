//! The service as a whole: its health, its documents, its end.

mod busy_database;
mod documents;
mod health;
mod stopping;
mod telemetry;
