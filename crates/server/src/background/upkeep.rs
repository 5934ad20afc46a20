//! Compacts what the histograms have collected: they would grow without bound where nobody scrapes.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;

use super::tick::Ticked;

/// Often enough for thousands of requests a second.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// One compaction.
pub(super) fn tick(metrics: &PrometheusHandle) -> Ticked {
    metrics.run_upkeep();
    Ticked::default()
}
