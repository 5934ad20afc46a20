//! The built binary as its user meets it: started, signalled, killed, and started again.
//!
//! Every test has a data directory of its own and leaves no process behind, whatever happens in it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arrows;
mod attack;
mod bench;
mod broken_streams;
mod called_with_a_key;
mod circles;
mod controls;
mod crowd;
mod descriptors;
mod disk_full;
mod fail_over;
mod given_database;
mod hostile_bodies;
mod http;
mod http2;
mod http2_calls;
mod idle_connections;
mod jobnik;
mod key_verbs;
mod keys;
mod logging;
mod metrics_listener;
mod neighbours;
mod outcome_verbs;
mod own_postgres;
mod ownership;
mod pgbouncer;
mod pooler;
mod postgres_user;
mod proxy;
mod public_url;
mod refused_starts;
mod registered;
mod rolling_restart;
mod running;
mod schedules;
mod signals;
mod slow_clients;
mod slow_crowd;
mod slow_readers;
mod stop_under_attack;
mod stripping_proxy;
mod task_logs;
mod templates;
mod terminal;
mod test_database;
mod tls;
mod traces;
mod unread_answers;
mod url_file;
mod verbs;
mod webhooks;
