//! What is set in every session, whatever the role or the database has as defaults (`ALTER ROLE … SET`, `ALTER DATABASE … SET`).
//!
//! Whether it is read-only is deliberately not set: who makes a database read-only, as before a switch to another one, means it.

/// For the store's own statements. Plans are generic, since planning costs as much as running. They are made while tables may still be empty, so only
/// nested loops over indexes are allowed: these stay right at any size. Nothing waits for ever. Locks are waited for and rows read anew, which is
/// what statements are written for: so READ COMMITTED.
pub(crate) const SESSION: &str = "SET jit = off; SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET enable_material = off; SET max_parallel_workers_per_gather = 0; SET statement_timeout = '6s'; SET lock_timeout = '4s';
    SET idle_in_transaction_session_timeout = '15s'; SET timezone = 'UTC'; SET idle_session_timeout = 0;
    SET default_transaction_isolation = 'read committed'; SET default_transaction_deferrable = off";

/// Begins a transaction of the store's own in whichever session a pooler gives it, with the settings of [`SESSION`].
pub(super) const POOLED_BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED, NOT DEFERRABLE;
    SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL enable_material = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL statement_timeout = '6s';
    SET LOCAL lock_timeout = '4s'; SET LOCAL idle_in_transaction_session_timeout = '15s'; SET LOCAL timezone = 'UTC'";

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
