//! Receivers that fail: when they are tried again, and when not.

use serde_json::{Value, json};
use windlass_server::Settings;
use windlass_tests::{TestApp, eventually, id, seconds_between, time_of};

use super::receiver::{Receiver, Reply};
use super::support::{allowing, deliveries, now, path, start, submit, tried, webhook};

fn status(status: u16) -> Reply {
    Reply::Status(status, String::new())
}

/// A server with a webhook at a receiver that answers so, and one event for it.
async fn one(reply: Reply) -> (TestApp, Receiver, Value) {
    let (app, receiver) = (start().await, Receiver::answering(reply).await);
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    submit(&app, json!({})).await;
    (app, receiver, made)
}

/// How long after its last attempt a delivery is tried again.
fn pause(delivery: &Value) -> f64 {
    let last = delivery["attempts"].as_array().unwrap().last().unwrap();
    seconds_between(time_of(last, "at"), time_of(delivery, "next_attempt_at"))
}

#[tokio::test]
async fn a_failure_is_tried_again_by_the_schedule_and_then_given_up() {
    let (app, receiver, made) = one(status(500)).await;
    let pauses = [5_u32, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400];
    for (attempts, seconds) in (1..).zip(pauses) {
        let delivery = tried(&app, &made, attempts).await;
        assert_eq!(
            (&delivery["state"], delivery["attempts"].as_array().unwrap().len()),
            (&json!("pending"), attempts)
        );
        let (pause, planned) = (pause(&delivery), f64::from(seconds));
        assert!((planned * 0.8 - 0.1..=planned * 1.2 + 1.0).contains(&pause), "{attempts}: {pause}");
        app.advance(u64::from(seconds) * 6 / 5 + 1).await;
    }
    let delivery = tried(&app, &made, 11).await;
    assert_eq!((&delivery["state"], &delivery["next_attempt_at"]), (&json!("failed"), &Value::Null));
    assert!(
        delivery["attempts"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["status"] == 500 && one["error"] == "http_status")
    );
    let shown = now(&app, &made).await;
    assert_eq!((&shown["pending"], &shown["paused"]), (&json!(0), &json!(false)));
    assert!(shown["failing_since"].is_string() && shown["last_delivered_at"].is_null());
    assert_eq!(receiver.got().len(), 11);
    // By hand: now, and by the schedule from its beginning.
    let retried = app.verb(&format!("{}/deliveries", path(&made)), &format!("{}/retry", id(&delivery))).await;
    assert_eq!(retried["state"], "pending");
    let delivery = tried(&app, &made, 12).await;
    assert!(pause(&delivery) < 8.0, "{delivery}");
    receiver.answer(status(204));
    app.advance(8).await;
    let delivery = tried(&app, &made, 13).await;
    assert_eq!((&delivery["state"], &delivery["attempts"][12]["status"]), (&json!("delivered"), &json!(204)));
    assert_eq!(now(&app, &made).await["failing_since"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn retry_after_counts_instead_up_to_6_hours_and_junk_does_not() {
    for (header, least, most) in [
        ("60", 59.0, 61.5),
        ("0", -1.0, 1.5),
        ("90000", 21_599.0, 21_601.5),
        ("soon", 3.9, 7.5),
        ("-5", 3.9, 7.5),
    ] {
        let (app, _receiver, made) = one(Reply::Status(429, format!("retry-after: {header}\r\n"))).await;
        let delivery = tried(&app, &made, 1).await;
        let pause = pause(&delivery);
        assert!((least..=most).contains(&pause) || header == "0", "{header}: {pause}");
        app.finish().await;
    }
}

#[tokio::test]
async fn a_410_fails_that_delivery_and_pauses_the_webhook() {
    let (app, receiver, made) = one(status(410)).await;
    let paused = eventually("it has paused itself", || async {
        Some(now(&app, &made).await).filter(|webhook| webhook["paused"] == true)
    })
    .await;
    assert!(paused["reason"].as_str().unwrap().contains("410"));
    assert_eq!(deliveries(&app, &made).await[0]["state"], "failed");
    // What happens meanwhile is kept as failed.
    submit(&app, json!({"name": "meanwhile"})).await;
    let kept = eventually("it is kept", || async {
        Some(deliveries(&app, &made).await).filter(|deliveries| deliveries.len() == 2)
    })
    .await;
    assert_eq!((&kept[0]["state"], &kept[0]["attempts"]), (&json!("failed"), &json!([])));
    let retry = format!("{}/deliveries/{}/retry", path(&made), id(&kept[0]));
    assert_eq!(app.post_empty(&retry).await.problem(409, "illegal_transition")["state"], "paused");
    let events = app.walk_events("?entity=webhook").await;
    let event = events.last().unwrap();
    assert_eq!(
        (&event["flag"], &event["actor"], &event["webhook_id"]),
        (&json!("paused"), &json!("server"), &made["id"])
    );
    let metrics = app.get("/metrics").await.text;
    assert!(metrics.contains(r#"windlass_webhook_pauses_total{cause="gone"} "#), "{metrics}");
    receiver.answer(status(200));
    app.verb(&path(&made), "resume").await;
    let retried = app.post_empty(&retry).await.expect(200);
    assert_eq!(retried["state"], "pending");
    let got = receiver.wait_for(2).await;
    assert_eq!(got[1].json()["data"]["pipeline"]["name"], "meanwhile");
    app.finish().await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Receiver::start().await;
    for code in [301, 302, 307, 308] {
        let header = format!("location: {}\r\n", elsewhere.url());
        let (app, _receiver, made) = one(Reply::Status(code, header)).await;
        let delivery = tried(&app, &made, 1).await;
        assert_eq!(
            (&delivery["attempts"][0]["status"], &delivery["attempts"][0]["error"]),
            (&json!(code), &json!("http_status"))
        );
        app.finish().await;
    }
    assert!(elsewhere.got().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_a_success_and_nothing_of_it_is_read() {
    let (app, _receiver, made) = one(Reply::Endless).await;
    let delivery = tried(&app, &made, 1).await;
    assert_eq!((&delivery["state"], &delivery["attempts"][0]["status"]), (&json!("delivered"), &json!(200)));
    app.finish().await;
}

/// An https URL behind which nobody speaks TLS.
async fn no_tls() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut connection, b"HTTP/1.1 400 no\r\n\r\n").await;
        }
    });
    format!("https://{address}/")
}

#[tokio::test]
async fn each_failure_has_its_word() {
    let (app, _receiver, made) = one(Reply::HangUp).await;
    assert_eq!(tried(&app, &made, 1).await["attempts"][0]["error"], "reset");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, error) in [
        (format!("http://{closed}/"), "connect"),
        (no_tls().await, "tls"),
        ("https://nobody.invalid/".to_owned(), "dns"),
    ] {
        app.patch(&path(&made), json!({"url": url})).await.expect(200);
        let test = app.post_empty(&format!("{}/test", path(&made))).await.expect(200);
        assert_eq!(
            (&test["delivered"], &test["status"], &test["error"]),
            (&json!(false), &Value::Null, &json!(error)),
            "{url}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_allowed_no_more_is_refused_at_the_attempt() {
    let receiver = Receiver::start().await;
    let app = TestApp::start_with(allowing()).await;
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    let app = app.restarted(Settings::default()).await;
    submit(&app, json!({})).await;
    let delivery = tried(&app, &made, 1).await;
    assert_eq!(
        (&delivery["attempts"][0]["status"], &delivery["attempts"][0]["error"]),
        (&Value::Null, &json!("address_refused"))
    );
    assert!(receiver.got().is_empty());
    app.get("/readyz").await.has(200);
    app.finish().await;
}

#[tokio::test]
async fn an_attempt_cut_short_by_the_end_of_its_server_is_made_again() {
    let receiver = Receiver::answering(Reply::Hang).await;
    let mut app = start().await;
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    submit(&app, json!({})).await;
    receiver.wait_for(1).await;
    app.stop_last_server().await;
    receiver.answer(status(200));
    app.add_server().await;
    assert_eq!(receiver.got().len(), 1, "it may still be under way");
    app.advance(21).await;
    let got = receiver.wait_for(2).await;
    assert_eq!((got[0].header("webhook-id"), &got[0].body), (got[1].header("webhook-id"), &got[1].body));
    let delivery = tried(&app, &made, 2).await;
    assert_eq!(
        (&delivery["attempts"][0]["error"], &delivery["attempts"][1]["error"]),
        (&json!("interrupted"), &Value::Null)
    );
    assert_eq!(delivery["state"], "delivered");
    app.finish().await;
}
