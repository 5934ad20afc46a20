//! What holds over HTTP/2 as it does over HTTP/1.1.

use reqwest::{Client, StatusCode};
use windlass_tests::TestApp;

#[tokio::test]
async fn a_head_over_http2_has_its_length_and_its_number_of_headers() {
    let app = TestApp::start().await;
    let client = Client::builder().no_proxy().http2_prior_knowledge().build().expect("a client");
    let url = format!("http://{}/healthz", app.address(0));
    // The client's own is `accept`.
    for (headers, bytes, status) in [
        (99, 1, StatusCode::OK),
        (100, 1, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (1, 30_000, StatusCode::OK),
        (1, 33_000, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
    ] {
        let value = "b".repeat(bytes);
        let request = (0..headers)
            .fold(client.get(&url), |request, number| request.header(format!("x-header-{number}"), &value));
        let answer = request.send().await.expect("the server answers");
        assert_eq!(answer.status(), status, "{headers} headers of {bytes} bytes");
    }
    app.finish().await;
}
