//! `max_requests_per_second`.

use futures_util::future::join_all;
use windlass_store::testing_keys::TestKey;
use windlass_tests::TestApp;

#[tokio::test]
async fn over_its_rate_a_key_is_429_with_retry_after_on_each_server_by_itself() {
    let app = TestApp::start_servers_with_keys(2).await;
    let slow =
        TestKey { name: "slow", scopes: &["read"], max_requests_per_second: Some(1), ..TestKey::default() };
    let slow = app.make_key(&slow).await;
    let other = app.key("other", &["read"]).await;
    for server in [0, 1] {
        let calls = (0..30).map(|_| async { app.calls(&*slow).get_from(server, "/v1/workers").await });
        let answers = join_all(calls).await;
        let allowed = answers.iter().filter(|answer| answer.status == 200).count();
        assert!((1..30).contains(&allowed), "{allowed}");
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.problem(429, "rate_limited");
            assert_eq!(refused.header("retry-after"), Some("1"));
        }
        app.calls(&*other).get_from(server, "/v1/workers").await.expect(200);
    }
    app.calls(&*slow).get("/healthz").await.expect(200);
    app.finish().await;
}
