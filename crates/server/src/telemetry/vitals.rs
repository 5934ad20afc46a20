//! The gauges of the database and of the pool towards it.

use windlass_store::{PoolUse, Vitals};

use super::catalogue::{
    DEAD_TUPLES, HORIZON_AGE, IDLE_JOBS, POOL_CONNECTIONS, POOL_CONNECTIONS_MAX, XMIN_AGE,
};
use super::text::Text;

/// The gauges of the database as Prometheus text.
pub(crate) fn render_vitals(vitals: &Vitals) -> String {
    let mut text = Text::default();
    text.gauge(XMIN_AGE, [(vec![], vitals.xmin_age)]);
    text.gauge(IDLE_JOBS, [(vec![], vitals.idle_jobs)]);
    text.gauge(HORIZON_AGE, [(vec![], vitals.horizon_age_seconds)]);
    let tables = vitals.dead_tuples.iter().map(|(table, dead)| (vec![("table", table.clone())], *dead));
    text.gauge(DEAD_TUPLES, tables);
    text.into_string()
}

/// The gauges of the pool as Prometheus text.
pub(crate) fn render_pool(pool: PoolUse) -> String {
    let mut text = Text::default();
    let states = [("used", pool.used), ("idle", pool.idle)];
    text.gauge(POOL_CONNECTIONS, states.map(|(state, count)| (vec![("state", state.to_owned())], count)));
    text.gauge(POOL_CONNECTIONS_MAX, [(vec![], pool.max)]);
    text.into_string()
}
