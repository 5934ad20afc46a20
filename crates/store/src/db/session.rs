//! What is set in every session, whatever the role or the database has as defaults (`ALTER ROLE … SET`, `ALTER DATABASE … SET`).
//!
//! Whether it is read-only is deliberately not set: who makes a database read-only, as before a switch to another one, means it.

/// What statements need, each setting with `$set` before it. Plans are generic, since planning costs as much as running. They are made while tables
/// may still be empty, so only nested loops over indexes are allowed: these stay right at any size. Nothing waits for ever.
macro_rules! with_settings {
    ($before:literal, $set:literal, $after:literal) => {
        concat!(
            $before,
            $set,
            "jit = off; ",
            $set,
            "plan_cache_mode = force_generic_plan; ",
            $set,
            "enable_seqscan = off; ",
            $set,
            "enable_bitmapscan = off; ",
            $set,
            "enable_hashjoin = off; ",
            $set,
            "enable_mergejoin = off; ",
            $set,
            "enable_material = off; ",
            $set,
            "max_parallel_workers_per_gather = 0; ",
            $set,
            "statement_timeout = '6s'; ",
            $set,
            "lock_timeout = '4s'; ",
            $set,
            "idle_in_transaction_session_timeout = '15s'; ",
            $set,
            "timezone = 'UTC'; ",
            $after
        )
    };
}

/// For the store's own statements. Locks are waited for and rows read anew, which is what statements are written for: so READ COMMITTED.
pub(crate) const SESSION: &str = with_settings!(
    "",
    "SET ",
    "SET idle_session_timeout = 0; SET default_transaction_isolation = 'read committed';
     SET default_transaction_deferrable = off"
);

/// Begins a transaction of the store's own in whichever session a pooler gives it, and leaves no setting there but one of our own: that this session
/// of Postgres has looked whether its database was restored. A restore ends all of these, but not the connections to the pooler.
pub(super) const POOLED_BEGIN: &str = with_settings!(
    "BEGIN ISOLATION LEVEL READ COMMITTED, NOT DEFERRABLE; ",
    "SET LOCAL ",
    "SELECT set_config('windlass.history_noted', 'yes', false) FROM windlass_note_history()
     WHERE current_setting('windlass.history_noted', true) IS DISTINCT FROM 'yes'"
);

/// For migrations, which take as long as they take.
pub(super) const MIGRATING: &str =
    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
    SET idle_session_timeout = 0; SET timezone = 'UTC'; SET default_transaction_isolation = 'read committed'";

/// For a connection that only listens.
pub(crate) const LISTENING: &str = "SET idle_session_timeout = 0; SET statement_timeout = '6s'";

/// Fails with 25006 where nothing can be written: on a standby, and where sessions were made read-only.
pub(super) const WRITABLE: &str = "DO $$ BEGIN
        IF current_setting('transaction_read_only')::boolean THEN
            RAISE read_only_sql_transaction USING MESSAGE = 'the database is read-only';
        END IF;
    END $$";
