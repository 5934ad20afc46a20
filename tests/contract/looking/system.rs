//! `GET /v1/system`.

use windlass_tests::{TestApp, eventually, time_of};

#[tokio::test]
async fn the_server_and_its_database_say_what_they_are() {
    let app = TestApp::start().await;
    let system = eventually("the server has registered, and looked at its database", || async {
        let system = app.get("/v1/system").await.expect(200);
        let servers = system["servers"].as_array().unwrap().len();
        let looked = system["database"]["oldest_snapshot_transactions"].is_u64();
        (servers == 1 && looked).then_some(system)
    })
    .await;
    let database = &system["database"];
    assert_eq!(system["version"], system["servers"][0]["version"]);
    assert!(database["version"].as_str().unwrap().starts_with(|digit: char| digit.is_ascii_digit()));
    assert!(database["schema_version"].as_u64().unwrap() >= 82, "{database}");
    assert!(database["size_bytes"].as_u64().unwrap() > 1_000_000, "{database}");
    assert!(database["oldest_transaction_seconds"].is_number(), "{database}");
    // Tests connect by a socket or from another machine: either is right, but both numbers are there or none.
    assert!(database["disk"].is_null() || database["disk"]["free_bytes"].is_u64(), "{database}");
    time_of(&system, "at");
    time_of(database, "at");
    app.get("/v1/system?x=1").await.problem(400, "malformed_request");
    app.finish().await;
}
