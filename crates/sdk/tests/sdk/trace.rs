//! Where a trace goes: from a client to the server, and from a task to its handler and what it calls.

use opentelemetry::trace::{TraceContextExt, TracerProvider};
use serde_json::json;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use windlass_sdk::wire::NewPipeline;
use windlass_sdk::{Context, TraceContext, Worker};

use crate::fake::{Fake, Seen, leased, ok, queue, task};

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn traceparent() -> String {
    format!("00-{TRACE_ID}-00f067aa0ba902b7-01")
}

/// A server with one task of that trace.
async fn fake() -> Fake {
    Fake::start(|n, seen: &Seen| match seen.verb.as_str() {
        "dequeue" if n == 0 => {
            let mut task = leased(&json!(1));
            task["traceparent"] = json!(traceparent());
            ok(json!({"tasks": [task]}))
        }
        "dequeue" => ok(json!({"tasks": []})).set_delay(std::time::Duration::from_mins(1)),
        "complete" => ok(task()),
        _ => ok(queue("t")),
    })
    .await
}

#[tokio::test]
async fn a_client_with_a_context_sends_it_and_one_without_sends_none() {
    let mut fake = fake().await;
    let context = TraceContext { traceparent: traceparent(), tracestate: None };
    assert_eq!(context.trace_id(), Some(TRACE_ID));
    let client = fake.client();
    client.traced(context).create_pipeline(&NewPipeline::new("p", [])).await.unwrap_err();
    client.create_pipeline(&NewPipeline::new("p", [])).await.unwrap_err();
    assert_eq!(fake.next().await.traceparent, Some(traceparent()));
    assert_eq!(fake.next().await.traceparent, None);
}

/// The trace contexts of a call that a handler makes, and of its report.
async fn sent_by_a_handler() -> [String; 2] {
    let mut fake = fake().await;
    let handler = |_: u64, context: Context| async move {
        context.client().get_queue("t").await?;
        Ok(tracing::Span::current().context().span().span_context().trace_id().to_string())
    };
    let worker = Worker::builder(fake.client()).handler("work", handler).build();
    let mut sent = Vec::new();
    let stop = async {
        for verb in ["t", "complete"] {
            sent.push(fake.next_of(verb).await.traceparent.expect("a trace context"));
        }
    };
    worker.run_until(stop).await.unwrap();
    sent.try_into().unwrap()
}

#[tokio::test]
async fn what_a_handler_calls_carries_the_trace_of_its_task() {
    assert_eq!(sent_by_a_handler().await, [traceparent(), traceparent()]);
}

#[tokio::test]
async fn with_opentelemetry_a_handlers_span_continues_the_trace() {
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    for sent in sent_by_a_handler().await {
        assert!(sent.contains(TRACE_ID), "{sent} is of the trace");
        assert_ne!(sent, traceparent(), "its parent is the handler's span");
    }
}
