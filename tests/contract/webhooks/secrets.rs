//! Secrets: what signs, how one is rotated, and how they are kept.

use serde_json::{Value, json};
use standardwebhooks::Webhook;
use uuid::Uuid;
use windlass_server::{SecretKey, Server, Settings, StartError, Webhooks};
use windlass_tests::{TestApp, id};

use super::receiver::{Got, Receiver};
use super::support::{allowing, path, start, submit, webhook};

/// Whether it is signed by this secret, by one signature of several.
pub(super) fn verified(got: &Got, secret: &Value) -> bool {
    let timestamp = got.header("webhook-timestamp").parse().unwrap();
    let signer = Webhook::new(secret.as_str().unwrap()).unwrap();
    let signature = signer.sign(&got.header("webhook-id"), timestamp, got.body.as_bytes()).unwrap();
    got.header("webhook-signature").split(' ').any(|one| one == signature)
}

async fn told(app: &TestApp, receiver: &Receiver) -> Got {
    let before = receiver.got().len();
    submit(app, json!({})).await;
    receiver.wait_for(before + 1).await.pop().unwrap()
}

#[tokio::test]
async fn both_secrets_sign_for_the_overlap_and_then_the_newest() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let first = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({"secret": own})).await;
    assert_eq!(first["secret"], own);
    let rotate = format!("{}/rotate-secret", path(&first));
    let answer = app.post(&rotate, json!({"overlap_seconds": 600})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let second = answer.expect(200);
    assert_ne!(first["secret"], second["secret"]);
    let got = told(&app, &receiver).await;
    assert!(verified(&got, &first["secret"]) && verified(&got, &second["secret"]));
    assert_eq!(got.header("webhook-signature").split(' ').count(), 2);
    // A rotation within the overlap: the newest and the one before it.
    let third = app.post(&rotate, json!({"secret": null, "overlap_seconds": 600})).await.expect(200);
    let got = told(&app, &receiver).await;
    assert!(
        verified(&got, &second["secret"])
            && verified(&got, &third["secret"])
            && !verified(&got, &first["secret"])
    );
    app.advance(601).await;
    let got = told(&app, &receiver).await;
    assert!(verified(&got, &third["secret"]) && !verified(&got, &second["secret"]));
    let fourth = app.post(&rotate, json!({"overlap_seconds": 0})).await.expect(200);
    let got = told(&app, &receiver).await;
    assert!(verified(&got, &fourth["secret"]) && !verified(&got, &third["secret"]));
    // Without a body it is a day.
    let fifth = app.post_empty(&rotate).await.expect(200);
    app.advance(86_000).await;
    let got = told(&app, &receiver).await;
    assert!(verified(&got, &fourth["secret"]) && verified(&got, &fifth["secret"]));
    app.finish().await;
}

fn key(byte: char) -> SecretKey {
    // 43 characters, of which the last has the bits of 32 bytes alone.
    format!("{}A=", byte.to_string().repeat(42)).parse().unwrap()
}

fn sealed(present: Option<char>, before: Option<char>) -> Settings {
    let webhooks = allowing().webhooks;
    Settings {
        webhooks: Webhooks { secret_key: present.map(key), secret_key_before: before.map(key), ..webhooks },
        ..Settings::default()
    }
}

#[tokio::test]
async fn secrets_are_kept_sealed_and_a_changed_key_has_them_written_anew() {
    let receiver = Receiver::start().await;
    let app = TestApp::start_with(sealed(None, None)).await;
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    let webhook_id: Uuid = id(&made).parse().unwrap();
    let clear = app.database().kept_secret(webhook_id).await;
    assert_eq!(clear.len(), 33, "in clear without a key");
    let mut app = app.restarted(sealed(Some('B'), None)).await;
    let by_first = app.database().kept_secret(webhook_id).await;
    assert!(
        by_first.len() > 33 + 12
            && !by_first.windows(16).any(|part| clear.windows(16).any(|whole| whole == part))
    );
    assert!(verified(&told(&app, &receiver).await, &made["secret"]));
    // Neither without the key nor with another one alone.
    for settings in [sealed(None, None), sealed(Some('C'), None)] {
        let url = app.database().url();
        let refused =
            Server::start(Settings { database_url: url, listen: ([127, 0, 0, 1], 0).into(), ..settings })
                .await;
        let Err(StartError::SecretKey { count: 1 }) = refused else { panic!("it starts") };
    }
    // One that another server has sealed since by a key of its own cannot sign here, and says so.
    let mine = app.database().kept_secret(webhook_id).await;
    // The first byte says that it is sealed.
    let mut foreign: Vec<u8> = mine.iter().map(|byte| byte ^ 1).collect();
    foreign[0] = mine[0];
    app.database().keep_secret(webhook_id, &foreign).await;
    let tested = app.post(&format!("{}/test", path(&made)), json!({})).await;
    assert!(
        tested.problem(409, "illegal_transition")["detail"].as_str().unwrap().contains("--secret-key-file")
    );
    app.database().keep_secret(webhook_id, &mine).await;
    app = app.restarted(sealed(Some('C'), Some('B'))).await;
    let by_second = app.database().kept_secret(webhook_id).await;
    assert_ne!(by_first, by_second);
    app = app.restarted(sealed(Some('C'), None)).await;
    assert!(verified(&told(&app, &receiver).await, &made["secret"]));
    app.finish().await;
}
