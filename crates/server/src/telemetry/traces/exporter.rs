//! Where spans go.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanExporter};

use super::ids::Ids;

/// How long the last spans may take at the end; the drain has 20 s in all.
const LAST_SPANS: Duration = Duration::from_secs(1);

/// Makes spans and hands them to an exporter, in batches and on a thread of their own.
#[derive(Clone)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// To this exporter. Which traces are sampled, the sizes of batches and attributes of the process are read from the `OTEL_*` variables;
    /// without one the service is called `windlass`, and all traces are sampled that their producer does not leave out.
    pub fn to(exporter: impl SpanExporter + 'static) -> Self {
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_id_generator(Ids)
            .with_resource(resource())
            .build();
        let tracer = provider.tracer("windlass");
        Self { provider, tracer }
    }

    pub(super) fn tracer(&self) -> &SdkTracer {
        &self.tracer
    }

    /// Sends what was not sent yet, within 1 s, and ends.
    pub(crate) async fn finish(&self) {
        let provider = self.provider.clone();
        let last = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_SPANS));
        if !matches!(tokio::time::timeout(LAST_SPANS, last).await, Ok(Ok(Ok(())))) {
            tracing::warn!("the last spans were not sent");
        }
    }
}

fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let said = Resource::builder().with_attribute(version.clone()).build();
    let name = said.get(&Key::from_static_str("service.name"));
    match name {
        Some(name) if !name.as_str().starts_with("unknown_service") => said,
        _ => Resource::builder().with_attribute(version).with_service_name("windlass").build(),
    }
}
