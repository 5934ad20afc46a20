//! The process's recorder of metrics.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::catalogue::{BUILD, CATALOGUE, EVENT_STREAMS, Kind, TRACE_LOSSES};

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
            metrics::counter!(TRACE_LOSSES).absolute(0);
            metrics::gauge!(EVENT_STREAMS).set(0.0);
            metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
            handle
        })
        .clone()
}

fn builder() -> PrometheusBuilder {
    CATALOGUE.iter().fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
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
