//! The process's recorder of metrics.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_util::MetricKindMask;

use super::batches::keep_batchers;
use super::catalogue::{BUILD, CATALOGUE, EVENT_STREAMS, Kind, TRACE_LOSSES};
use super::clients::keep_reasons;

/// A series that nothing was added to for so long is left out, until something is; its labels' words may be gone.
const IDLE: Duration = Duration::from_hours(1);

/// The process's recorder, installed by the first server of the process.
pub(crate) fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = builder().build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics lacks what it takes");
            }
            describe();
            keep_zeros();
            handle
        })
        .clone()
}

/// Shows what would be missed while nothing happens to it. To be called before each answer, since idle series go.
pub(crate) fn keep_zeros() {
    metrics::counter!(TRACE_LOSSES).increment(0);
    metrics::gauge!(EVENT_STREAMS).increment(0.0);
    metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    keep_batchers();
    keep_reasons();
}

fn builder() -> PrometheusBuilder {
    let empty = PrometheusBuilder::new().idle_timeout(MetricKindMask::ALL, Some(IDLE));
    CATALOGUE.iter().fold(empty, |builder, metric| match metric.kind {
        Kind::Histogram(bounds) => builder
            .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds)
            .expect("every histogram has bounds"),
        _ => builder,
    })
}

fn describe() {
    for metric in CATALOGUE {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.help()),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.help()),
            Kind::Histogram(_) => metrics::describe_histogram!(metric.name, metric.help()),
        }
    }
}
