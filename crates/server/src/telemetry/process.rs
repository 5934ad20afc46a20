//! The process as its system sees it; where there is no `/proc`, nothing is shown.

use super::catalogue::{DESCRIPTORS, RESIDENT};

/// The size of a page; every system that has `/proc/self/statm` and runs this uses it.
const PAGE_BYTES: f64 = 4_096.0;

/// Reads the gauges of the process anew.
pub(crate) fn gauge_process() {
    if let Some(pages) = resident_pages() {
        metrics::gauge!(RESIDENT).set(pages * PAGE_BYTES);
    }
    if let Ok(descriptors) = std::fs::read_dir("/proc/self/fd") {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
        metrics::gauge!(DESCRIPTORS).set(descriptors.count() as f64);
    }
}

fn resident_pages() -> Option<f64> {
    std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()
}
