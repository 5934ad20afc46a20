//! How many tasks of a job are in which state, as a bar.

use maud::html;
use windlass_wire::Counts;

use crate::html::Html;

/// The parts of a bar: a state's class, and its share of a hundred.
pub fn shares(counts: &Counts) -> Vec<(&'static str, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a bar has some hundred pixels")]
    let share = |count: u64| count as f64 * 100.0 / counts.total.max(1) as f64;
    let parts = [
        ("succeeded", counts.succeeded),
        ("failed", counts.failed),
        ("rest", counts.cancelled + counts.skipped),
        ("running", counts.running),
    ];
    parts.into_iter().filter(|(_, count)| *count > 0).map(|(class, count)| (class, share(count))).collect()
}

/// The bar, with its numbers for those who cannot see it.
pub fn bar(counts: &Counts) -> Html {
    let parts = html! { @for (class, share) in shares(counts) { i class=(class) style=(format!("width:{share:.2}%")) {} } };
    let told = told(counts);
    html! { span class="bar" role="img" aria-label=(told) title=(told) { (parts) } }
}

/// The numbers in words.
pub fn told(counts: &Counts) -> String {
    format!(
        "{} of {} succeeded, {} failed, {} running, {} waiting",
        counts.succeeded,
        counts.total,
        counts.failed,
        counts.running,
        counts.pending + counts.scheduled + counts.queued
    )
}
