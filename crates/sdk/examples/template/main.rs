//! A worker to start from: copy this directory, put your job into `greet.rs`, and keep the rest.
//!
//! Settings come from the environment ([`settings`]), and so does the key, which the SDK reads itself; logs go to standard error, those of a handler to
//! the log of its task as well, `/metrics`, `/healthz` and `/readyz` are served
//! beside the work ([`endpoints`]), SIGTERM ends it gracefully, and its tests need no server ([`greet`]). The Dockerfile beside this
//! file makes an image of it. In a crate of your own it needs what `Cargo.toml` of windlass-sdk lists for it under
//! `[dev-dependencies]`, and windlass-sdk itself.

mod endpoints;
mod greet;
mod settings;

use std::io::IsTerminal;
use std::process::ExitCode;

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;
use windlass_sdk::{Client, LogLayer, Worker};

use greet::Greet;
use settings::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    log();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the worker ended");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    let metrics = PrometheusBuilder::new().set_buckets(&endpoints::BUCKETS)?.install_recorder()?;
    let client = Client::new(&settings.server)?;
    let listener = TcpListener::bind(settings.listen).await?;
    let router = endpoints::router(metrics, client.clone());
    let _serving = AbortOnDropHandle::new(tokio::spawn(async move { axum::serve(listener, router).await }));
    let worker = Worker::builder(client)
        .job(Greet, greet::greet)
        .concurrency(settings.concurrency)
        .stop_wait(settings.stop_wait)
        .build();
    Ok(worker.run().await?)
}

/// Lines for people on a terminal, JSON otherwise; `RUST_LOG` filters, default `info`. What a handler says is in the log of its task as well.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if std::io::stderr().is_terminal() { lines.boxed() } else { lines.json().boxed() };
    let of_tasks = LogLayer::new().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(of_tasks).init();
}
