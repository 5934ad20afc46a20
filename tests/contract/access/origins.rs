//! Pages of which origins may call a server that asks for no key.

use reqwest::Method;
use windlass_server::{Auth, Settings};
use windlass_tests::{Answer, TestApp};

/// The answer to a call by a page of this origin.
async fn answer(app: &TestApp, path: &str, origin: &str) -> Answer {
    app.send(app.request(Method::GET, path).header("origin", origin)).await
}

#[tokio::test]
async fn in_mode_open_an_origin_is_that_of_the_host_or_listed_else_403() {
    let settings = Settings {
        cors_origins: "https://app.example,http://other.example:8080".parse().unwrap(),
        public_url: Some("https://jobs.example/windlass".parse().unwrap()),
        ..Settings::default()
    };
    let app = TestApp::start_with(settings).await;
    let (host, port) = (app.address(0), app.address(0).port());
    for origin in [
        format!("http://{host}"),
        // The scheme is not looked at: something before the server may take TLS off.
        format!("https://{host}"),
        "https://app.example".to_owned(),
        "https://app.example:443".to_owned(),
        "http://other.example:8080".to_owned(),
        // That of the public URL is the server's own.
        "https://jobs.example".to_owned(),
    ] {
        answer(&app, "/v1/jobs", &origin).await.expect(200);
    }
    for origin in [
        "null".to_owned(),
        String::new(),
        "http://127.0.0.1".to_owned(),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{}", port - 1),
        format!("http://evil.example:{port}"),
        "http://app.example".to_owned(),
        "https://app.example:444".to_owned(),
        "http://jobs.example".to_owned(),
        "https://evil.example".to_owned(),
        format!("http://{host}, https://evil.example"),
    ] {
        for path in ["/v1/jobs", "/metrics", "/openapi.json", "/nothing"] {
            let problem = answer(&app, path, &origin).await.problem(403, "forbidden");
            assert!(
                problem["detail"].as_str().is_some_and(|detail| detail.contains("--cors-origins")),
                "{problem}"
            );
        }
        answer(&app, "/healthz", &origin).await.expect(200);
        answer(&app, "/readyz", &origin).await.expect(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_origin_fits_the_port_of_its_scheme_where_the_host_names_none() {
    let app = TestApp::start().await;
    for (host, origin, status) in [
        ("localhost", "http://localhost", 200),
        ("localhost", "https://localhost", 200),
        ("localhost:443", "https://localhost", 200),
        ("localhost:80", "https://localhost", 403),
        ("localhost", "http://localhost:7070", 403),
        ("[::1]:7070", "http://[::1]:7070", 200),
    ] {
        let request = app.request(Method::GET, "/v1/jobs").header("host", host).header("origin", origin);
        app.send(request).await.expect(status);
    }
    app.finish().await;
}

#[tokio::test]
async fn of_two_origins_both_must_fit_and_in_mode_keys_none_is_looked_at() {
    let app = TestApp::start().await;
    let own = format!("http://{}", app.address(0));
    let request =
        app.request(Method::GET, "/v1/jobs").header("origin", own).header("origin", "https://evil.example");
    app.send(request).await.problem(403, "forbidden");
    app.finish().await;
    let app = TestApp::start_with(Settings { auth: Auth::Keys, ..Settings::default() }).await;
    answer(&app, "/openapi.json", "https://evil.example").await.expect(200);
    app.finish().await;
}
