//! A `tracing` layer that sends what handlers log to the logs of their tasks.

use std::cell::RefCell;
use std::fmt::{Debug, Write};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use windlass_wire::{Json, LogLevel};

use crate::worker::TaskLog;

thread_local! {
    /// Whose span is being made on this thread.
    static BEGINNING: RefCell<Option<TaskLog>> = const { RefCell::new(None) };
}

/// Sends the events of a handler to the log of its task, beside whatever else they go to.
///
/// An event belongs to a task if it happens in the handler's span, or below it: also in tasks that the handler spawns, as long as they are
/// instrumented with the present span. All others pass. Which levels are sent is a filter's to say:
///
/// ```
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::prelude::*;
///
/// let layer = windlass_sdk::LogLayer::new().with_filter(LevelFilter::INFO);
/// tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(layer).init();
/// ```
///
/// Lines are gathered for a second, in bounded memory; what a task has left goes with its report. It never waits and never fails: while the server cannot
/// be reached for long, lines are dropped, and the log says how many.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LogLayer;

impl LogLayer {
    /// The layer.
    pub fn new() -> Self {
        Self
    }
}

/// Makes the span of a task, so that the layer knows whose it is.
pub(crate) fn spanned(log: &TaskLog, make: impl FnOnce() -> tracing::Span) -> tracing::Span {
    BEGINNING.set(Some(log.clone()));
    let span = make();
    BEGINNING.take();
    span
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(log) = BEGINNING.with_borrow(Clone::clone) else { return };
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(log);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let spans = context.event_scope(event).into_iter().flatten();
        let Some(log) = spans.into_iter().find_map(|span| span.extensions().get::<TaskLog>().cloned()) else {
            return;
        };
        let mut words = Words::default();
        event.record(&mut words);
        log.write(level(*event.metadata().level()), words.message, fields(&words.fields));
    }
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}

fn fields(fields: &Map<String, Value>) -> Option<Json> {
    if fields.is_empty() { None } else { Json::of(fields).ok() }
}

/// What an event says.
#[derive(Default)]
struct Words {
    message: String,
    fields: Map<String, Value>,
}

impl Words {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // A `Debug` that fails leaves what it has said so far.
            let _ = write!(self.message, "{value:?}");
        } else {
            let mut text = String::new();
            let _ = write!(text, "{value:?}");
            self.put(field, text);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.put(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.put(field, text);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}
