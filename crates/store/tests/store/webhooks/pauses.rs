//! Webhooks that are paused, by a caller or by themselves.

use std::time::Duration;

use windlass_domain::{AttemptError, DeliveryState};
use windlass_store::testing::TestDatabase;
use windlass_store::{DeliveryOutcome, Error, FinishedAttempt};

use super::{ALL, claim, deliveries, failed, finished, happen, plan, webhook};

#[tokio::test]
async fn a_pause_ends_what_is_told_and_a_resume_begins_it_however_late_it_is_read() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let webhook = webhook(&store).await;
    let mut told = Vec::new();
    // Nobody reads meanwhile.
    for _ in 0..3 {
        told.push(happen(&store).await);
        store.pause_webhook(webhook.id, None).await.unwrap();
        happen(&store).await;
        store.resume_webhook(webhook.id, None).await.unwrap();
        told.push(happen(&store).await);
    }
    assert_eq!(plan(&store).await, told.len());
    let mut bodies = Vec::new();
    loop {
        let claimed = claim(&store, 1, 1).await;
        if claimed.is_empty() {
            break;
        }
        bodies.extend(claimed.iter().map(|one| one.body.clone()));
        let delivered: Vec<FinishedAttempt> =
            claimed.iter().map(|one| finished(one, DeliveryOutcome::Delivered)).collect();
        store.finish_attempts(&delivered).await.unwrap();
    }
    bodies.sort_unstable();
    let mut told: Vec<String> = told.iter().map(ToString::to_string).collect();
    told.sort_unstable();
    assert_eq!(bodies, told);
    database.finish().await;
}

#[tokio::test]
async fn a_pause_whose_server_died_is_carried_to_its_end() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let webhook = webhook(&store).await;
    let paused = "UPDATE webhooks SET paused = true, paused_at = windlass_now()";
    sqlx::raw_sql(paused).execute(&mut database.connect().await).await.unwrap();
    happen(&store).await;
    store.end_old_periods().await.unwrap();
    assert_eq!(plan(&store).await, 1, "its caller may have been answered, or not");
    database.advance(Duration::from_secs(31)).await;
    store.end_old_periods().await.unwrap();
    happen(&store).await;
    assert!(store.skim_events().await.unwrap().is_none(), "nobody waits for events");
    store.resume_webhook(webhook.id, None).await.unwrap();
    happen(&store).await;
    assert_eq!(plan(&store).await, 1);
    database.finish().await;
}

#[tokio::test]
async fn a_pause_of_one_that_is_paused_already_answers_once_nothing_more_is_told() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let webhook = webhook(&store).await;
    // As between the two steps of a pause.
    let paused = "UPDATE webhooks SET paused = true, paused_at = windlass_now()";
    sqlx::raw_sql(paused).execute(&mut database.connect().await).await.unwrap();
    store.pause_webhook(webhook.id, None).await.unwrap();
    happen(&store).await;
    plan(&store).await;
    assert!(deliveries(&store, webhook.id).await.is_empty());
    database.finish().await;
}

#[tokio::test]
async fn a_webhook_that_is_gone_pauses_itself_and_keeps_what_happens_as_failed() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let webhook = webhook(&store).await;
    happen(&store).await;
    plan(&store).await;
    let claimed = claim(&store, 64, 32).await.remove(0);
    let gone = DeliveryOutcome::Failed { error: AttemptError::HttpStatus, again: None, gone: true };
    let paused = store.finish_attempts(&[finished(&claimed, gone)]).await.unwrap();
    assert_eq!(paused.iter().map(|cause| cause.id()).collect::<Vec<_>>(), [webhook.id]);
    let shown = store.webhook(webhook.id).await.unwrap();
    assert!(shown.paused && shown.reason.as_deref().is_some_and(|reason| reason.contains("410")));
    happen(&store).await;
    assert_eq!(plan(&store).await, 0);
    let kept = store.list_deliveries(webhook.id, Some(DeliveryState::Failed), ALL).await.unwrap().items;
    assert_eq!(kept.len(), 2);
    let refused = store.retry_delivery(webhook.id, kept[0].id, None).await;
    assert!(matches!(refused, Err(Error::IllegalTransition { state: "paused", .. })));
    store.resume_webhook(webhook.id, None).await.unwrap();
    store.retry_delivery(webhook.id, kept[0].id, None).await.unwrap();
    assert_eq!(claim(&store, 64, 32).await.len(), 1, "it has its body");
    database.finish().await;
}

#[tokio::test]
async fn three_days_of_failures_pause_a_webhook_and_pauses_do_not_count() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let webhook = webhook(&store).await;
    happen(&store).await;
    plan(&store).await;
    let hour = Duration::from_hours(1);
    let fail = || async {
        let claimed = claim(&store, 1, 1).await.remove(0);
        let again = failed(AttemptError::HttpStatus, Some(Duration::ZERO));
        !store.finish_attempts(&[finished(&claimed, again)]).await.unwrap().is_empty()
    };
    for _ in 0..19 {
        assert!(!fail().await);
    }
    database.advance(hour * 48).await;
    store.pause_webhook(webhook.id, None).await.unwrap();
    database.advance(hour * 100).await;
    store.resume_webhook(webhook.id, None).await.unwrap();
    assert!(!fail().await, "two days, but for the pause");
    database.advance(hour * 23).await;
    assert!(!fail().await);
    database.advance(hour * 2).await;
    assert!(fail().await);
    let shown = store.webhook(webhook.id).await.unwrap();
    assert!(shown.paused && shown.failing_since.is_some());
    store.resume_webhook(webhook.id, None).await.unwrap();
    assert!(!fail().await, "it begins to count anew");
    database.finish().await;
}
