//! What those who run the worker ask it.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use windlass_sdk::{BreakerState, Client};

/// Bounds of histograms, in seconds.
pub(crate) const BUCKETS: [f64; 10] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 3600.0];

/// `/metrics` for Prometheus; `/healthz` while the process lives; `/readyz` while the server is reached.
pub(crate) fn router(metrics: PrometheusHandle, client: Client) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(move || async move { ready(client.breaker_state()) }))
        .route(
            "/metrics",
            get(move || async move {
                metrics.run_upkeep();
                metrics.render()
            }),
        )
}

/// A worker that cannot reach the server needs no restart, so only readiness shows it.
fn ready(breaker: BreakerState) -> (StatusCode, &'static str) {
    let status = if breaker == BreakerState::Open { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, breaker.as_str())
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tokio::net::TcpListener;
    use windlass_sdk::Client;

    use super::{BUCKETS, router};

    #[tokio::test]
    async fn a_worker_answers_for_itself() {
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS).unwrap().build_recorder();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::new(&url).unwrap();
        let router = router(recorder.handle(), client.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        metrics::with_local_recorder(&recorder, || metrics::counter!("greetings_total").increment(1));
        client.healthz().await.unwrap();
        client.readyz().await.unwrap();
        let text = reqwest::get(format!("{url}/metrics")).await.unwrap().text().await.unwrap();
        assert!(text.contains("greetings_total 1"), "{text}");
        serving.abort();
    }
}
