//! Keys while the database is away.

use std::time::Duration;

use windlass_store::testing_keys::{TestKey, key_text};
use windlass_tests::{TestApp, eventually};

#[tokio::test]
async fn while_the_database_is_away_a_key_that_was_seen_is_known_and_junk_is_told_from_what_cannot_be() {
    let (app, mut outage) = TestApp::start_with_keys_behind_outage().await;
    let key = app.key("scraper", &["read"]).await;
    let never_seen = app.key("never seen", &["read"]).await;
    app.calls(&*key).get("/metrics").await.has(200);
    outage.begin().await;
    app.calls(None).get("/metrics").await.problem(401, "unauthorized");
    app.calls("wl_malformed").get("/metrics").await.problem(401, "unauthorized");
    app.calls(&*key).get("/metrics").await.has(200);
    for unknown in [&never_seen, &key_text()] {
        app.calls(&**unknown).get("/metrics").await.problem(503, "database_unavailable");
    }
    // It is no longer believed without asking, and still known.
    tokio::time::sleep(Duration::from_millis(5_200)).await;
    app.calls(&*key).get("/metrics").await.has(200);
    app.calls(&*key).post("/v1/jobs", serde_json::json!({"type": "t"})).await.problem(403, "forbidden");
    outage.end().await;
    eventually("the database is back", || async {
        (app.calls(&*never_seen).get("/metrics").await.status == 200).then_some(())
    })
    .await;
    app.finish().await;
}

#[tokio::test]
async fn while_the_database_is_away_an_expiry_holds() {
    let (app, mut outage) = TestApp::start_with_keys_behind_outage().await;
    let short = TestKey {
        name: "a",
        scopes: &["read"],
        expires_in: Some(Duration::from_secs(2)),
        ..TestKey::default()
    };
    let short = app.make_key(&short).await;
    app.calls(&*short).get("/metrics").await.has(200);
    outage.begin().await;
    eventually("it has expired", || async {
        let answer = app.calls(&*short).get("/metrics").await;
        assert!([200, 401].contains(&answer.status), "{}", answer.text);
        (answer.status == 401).then_some(())
    })
    .await;
    outage.end().await;
    app.finish().await;
}
