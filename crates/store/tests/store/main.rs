//! The store's SQL on a real Postgres.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_types, reason = "tests look into the database, and break it")]

mod announcing;
mod answers;
mod bulk;
mod busy_queues;
mod clean_up;
mod control;
mod cost;
mod creating;
mod deadlines;
mod dequeue;
mod dequeue_many;
mod dequeue_several;
mod display_names;
mod ending;
mod event_types;
mod flow;
mod full_pool;
mod held_snapshot;
mod hot_connections;
mod jobnik_counts;
mod joins;
mod keys;
mod keys_changed;
mod large_additions;
mod lifetime;
mod low_water;
mod marks;
mod metadata;
mod migrate;
mod migrations;
mod no_change;
mod outcomes;
mod peers;
mod plans;
mod queue_patch;
mod queue_prune;
mod reporting;
mod restored;
mod retention;
mod retry;
mod retry_races;
mod schedules;
mod schemas;
mod serving_role;
mod sessions;
mod stale;
mod states;
mod support;
mod taking_back;
mod templates;
mod vitals;
mod webhooks;
