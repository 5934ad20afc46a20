//! Webhooks: whatever is killed between two steps, no event and no delivery is lost; no two servers send one; nobody waits for another.

mod claims;
mod pauses;

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;
use windlass_domain::{AttemptError, DeliveryState, EventPattern, WebhookFormat};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    ClaimedDelivery, Delivery, DeliveryOutcome, Error, FinishedAttempt, NewWebhook, Paging, PlannedDelivery,
    Skimmed, Store, Webhook, WebhookChange,
};

use crate::support::{create, job, pipeline};

const ALL: Paging = Paging { after: None, limit: 500 };

fn new(paused: bool) -> NewWebhook {
    NewWebhook {
        url: "https://hooks.example".to_owned(),
        events: vec![EventPattern::parse("pipeline.pending").unwrap()],
        filter: "{}".to_owned(),
        format: WebhookFormat::Standard,
        description: None,
        paused,
        secret: vec![0; 33],
    }
}

async fn webhook(store: &Store) -> Webhook {
    store.create_webhook(store.next_webhook_id(), &new(false)).await.unwrap()
}

/// One event that the webhooks of these tests are told.
async fn happen(store: &Store) -> Uuid {
    create(store, pipeline(vec![job("a")])).await.0.id
}

/// What is new for webhooks, once it can be read.
async fn skim(store: &Store) -> Skimmed {
    for _ in 0..200 {
        if let Some(skimmed) = store.skim_events().await.unwrap() {
            return skimmed;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing to read")
}

/// What webhooks are told of it, each with a body.
async fn wished(store: &Store, skimmed: &Skimmed) -> Vec<PlannedDelivery> {
    let webhooks = store.interested_webhooks(skimmed.position).await.unwrap();
    let mut planned = Vec::new();
    for event in &skimmed.events {
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(event)) {
            planned.push(PlannedDelivery {
                format: WebhookFormat::Standard,
                webhook_id: webhook.id,
                id: PlannedDelivery::next_id(),
                event: event.number,
                event_id: event.id.to_string(),
                kind: event.happening.to_string(),
                body: Some(event.pipeline_id.to_string()),
                paused_itself: webhook.paused_itself,
            });
        }
    }
    planned
}

/// Reads and plans all that is new.
async fn plan(store: &Store) -> usize {
    let skimmed = skim(store).await;
    let planned = wished(store, &skimmed).await;
    let done = store.plan_deliveries(skimmed.position, skimmed.read_to, &planned).await.unwrap();
    assert!(done.done);
    done.pending
}

async fn deliveries(store: &Store, webhook: Uuid) -> Vec<Delivery> {
    store.list_deliveries(webhook, None, ALL).await.unwrap().items
}

/// What was claimed, of all slots.
async fn claim(store: &Store, most: usize, most_slow: usize) -> Vec<ClaimedDelivery> {
    store.claim_deliveries(most, most_slow).await.unwrap().concat()
}

fn finished(claimed: &ClaimedDelivery, outcome: DeliveryOutcome) -> FinishedAttempt {
    FinishedAttempt {
        id: claimed.id,
        claim: claimed.claim,
        webhook_id: claimed.to.webhook_id,
        slot: claimed.slot,
        ends_run: true,
        at: claimed.claimed_at,
        status: Some(if outcome == DeliveryOutcome::Delivered { 200 } else { 500 }),
        outcome,
        took: Duration::from_millis(5),
    }
}

fn failed(error: AttemptError, again: Option<Duration>) -> DeliveryOutcome {
    DeliveryOutcome::Failed { error, again, gone: false }
}

#[tokio::test]
async fn whatever_is_killed_between_two_steps_nothing_is_lost() {
    let database = TestDatabase::create().await;
    let first = database.store().await;
    let webhook = webhook(&first).await;
    let pipeline = happen(&first).await;
    // Killed after it has read: another server reads the same, once the first one is given up.
    let read = skim(&first).await;
    let second = database.store().await;
    assert!(second.skim_events().await.unwrap().is_none(), "one server reads at a time");
    database.advance(Duration::from_secs(4)).await;
    let again = skim(&second).await;
    assert_eq!((read.position, read.read_to), (again.position, again.read_to));
    // Whoever was thought dead and goes on writes nothing twice.
    let planned = wished(&second, &again).await;
    assert!(second.plan_deliveries(again.position, again.read_to, &planned).await.unwrap().done);
    let late = wished(&first, &read).await;
    assert!(!first.plan_deliveries(read.position, read.read_to, &late).await.unwrap().done);
    assert_eq!(deliveries(&first, webhook.id).await.len(), 1);
    // Killed after it has claimed: it is made again within 30 s, and says so.
    let claimed = claim(&first, 64, 32).await;
    assert_eq!((claimed.len(), claimed[0].body.clone()), (1, pipeline.to_string()));
    assert!(claim(&second, 64, 32).await.is_empty(), "it is under way");
    database.advance(Duration::from_secs(21)).await;
    let anew = claim(&second, 64, 32).await;
    assert_eq!((anew[0].id, anew[0].body.clone()), (claimed[0].id, claimed[0].body.clone()));
    let shown = deliveries(&second, webhook.id).await.remove(0);
    assert_eq!(shown.attempts.len(), 1);
    assert_eq!(
        (shown.attempts[0].error, shown.attempts[0].took_seconds),
        (Some(AttemptError::Interrupted), None)
    );
    assert_eq!(shown.attempts[0].at, claimed[0].claimed_at);
    // The one that was given up, and has an answer after all, changes nothing.
    first.finish_attempts(&[finished(&claimed[0], DeliveryOutcome::Delivered)]).await.unwrap();
    assert_eq!(deliveries(&first, webhook.id).await[0].state, DeliveryState::Pending);
    second.finish_attempts(&[finished(&anew[0], DeliveryOutcome::Delivered)]).await.unwrap();
    let delivered = deliveries(&first, webhook.id).await.remove(0);
    assert_eq!((delivered.state, delivered.attempts.len()), (DeliveryState::Delivered, 2));
    // Written down twice, as where an answer was lost, it counts once.
    second.finish_attempts(&[finished(&anew[0], DeliveryOutcome::Delivered)]).await.unwrap();
    let shown = first.webhook(webhook.id).await.unwrap();
    assert_eq!((shown.pending, shown.last_delivered_at.is_some()), (0, true));
    assert!(claim(&first, 64, 32).await.is_empty());
    database.finish().await;
}

#[tokio::test]
async fn a_step_that_the_database_breaks_off_leaves_all_as_it_was() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let webhook = webhook(&store).await;
    happen(&store).await;
    let break_off = |table: &'static str, on: bool| {
        let database = &database;
        async move {
            let sql = if on {
                format!(
                    "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken off'; END $$;
                     CREATE TRIGGER broken AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
                )
            } else {
                format!("DROP TRIGGER broken ON {table}")
            };
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut database.connect().await).await.unwrap();
        }
    };
    let skimmed = skim(&store).await;
    let planned = wished(&store, &skimmed).await;
    for table in ["webhook_deliveries", "webhook_bodies", "webhook_progress"] {
        break_off(table, true).await;
        let broken = store.plan_deliveries(skimmed.position, skimmed.read_to, &planned).await;
        assert!(broken.is_err(), "{table}");
        break_off(table, false).await;
        assert!(deliveries(&store, webhook.id).await.is_empty(), "{table}");
        assert_eq!(skim(&store).await.position, skimmed.position, "{table}");
    }
    assert!(store.plan_deliveries(skimmed.position, skimmed.read_to, &planned).await.unwrap().done);
    for table in ["webhook_deliveries", "webhook_slots"] {
        break_off(table, true).await;
        assert!(store.claim_deliveries(64, 32).await.is_err(), "{table}");
        break_off(table, false).await;
    }
    let claimed = claim(&store, 64, 32).await.remove(0);
    for table in ["webhook_deliveries", "webhook_slots", "webhook_progress"] {
        break_off(table, true).await;
        let written = store.finish_attempts(&[finished(&claimed, DeliveryOutcome::Delivered)]).await;
        assert!(written.is_err(), "{table}");
        break_off(table, false).await;
        assert_eq!(deliveries(&store, webhook.id).await[0].state, DeliveryState::Pending, "{table}");
    }
    store.finish_attempts(&[finished(&claimed, DeliveryOutcome::Delivered)]).await.unwrap();
    assert_eq!(deliveries(&store, webhook.id).await[0].state, DeliveryState::Delivered);
    database.finish().await;
}

#[tokio::test]
async fn what_commits_after_a_create_has_answered_is_told_and_what_came_before_is_not() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    happen(&store).await;
    // Somebody has drawn a number, and has not committed.
    let mut writer = database.connect().await;
    let mut transaction = writer.begin().await.unwrap();
    let insert = "INSERT INTO events (entity, pipeline_id, to_state, actor) VALUES ('pipeline', gen_random_uuid(), 'pending', 'client')";
    sqlx::raw_sql(insert).execute(&mut *transaction).await.unwrap();
    let creating = tokio::spawn({
        let store = store.clone();
        async move { webhook(&store).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!creating.is_finished(), "it waits for whoever writes");
    transaction.commit().await.unwrap();
    let webhook = creating.await.unwrap();
    happen(&store).await;
    assert_eq!(plan(&store).await, 1, "only what came after the answer");
    assert_eq!(deliveries(&store, webhook.id).await.len(), 1);
    database.finish().await;
}

#[tokio::test]
async fn without_a_webhook_that_waits_nothing_is_read() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    happen(&store).await;
    assert!(store.skim_events().await.unwrap().is_none());
    let webhook = store.create_webhook(store.next_webhook_id(), &new(true)).await.unwrap();
    happen(&store).await;
    assert!(store.skim_events().await.unwrap().is_none(), "it begins paused");
    let change = WebhookChange { paused: Some(false), ..WebhookChange::default() };
    store.patch_webhook(webhook.id, &change).await.unwrap();
    happen(&store).await;
    assert_eq!(plan(&store).await, 1, "from where it was resumed");
    store.delete_webhook(webhook.id).await.unwrap();
    happen(&store).await;
    assert!(store.skim_events().await.unwrap().is_none());
    database.finish().await;
}

#[tokio::test]
async fn past_100_000_pending_deliveries_fail_unmade_and_can_be_retried() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let webhook = webhook(&store).await;
    for _ in 0..3 {
        happen(&store).await;
    }
    let skimmed = skim(&store).await;
    let planned = wished(&store, &skimmed).await;
    database.count_pending(webhook.id, 99_999).await;
    let done = store.plan_deliveries(skimmed.position, skimmed.read_to, &planned).await.unwrap();
    assert_eq!((done.pending, done.overflowed), (1, 2));
    let shown = store.webhook(webhook.id).await.unwrap();
    assert_eq!((shown.pending, shown.overflowed), (100_000, 2));
    let overflowed = store.list_deliveries(webhook.id, Some(DeliveryState::Failed), ALL).await.unwrap().items;
    assert_eq!(overflowed.len(), 2);
    assert!(overflowed.iter().all(|one| one.attempts[0].error == Some(AttemptError::Overflow)));
    let full =
        store.retry_delivery(webhook.id, overflowed[0].id, Some(("made", WebhookFormat::Standard))).await;
    assert!(matches!(full, Err(Error::IllegalTransition { state: "failed", .. })));
    database.count_pending(webhook.id, -99_999).await;
    let retried = store
        .retry_delivery(webhook.id, overflowed[0].id, Some(("made", WebhookFormat::Standard)))
        .await
        .unwrap();
    assert_eq!((retried.state, retried.attempts.len()), (DeliveryState::Pending, 0));
    let pending = store.retry_delivery(webhook.id, overflowed[0].id, None).await;
    assert!(matches!(pending, Err(Error::IllegalTransition { state: "pending", .. })));
    let bodies: Vec<String> = claim(&store, 64, 32).await.into_iter().map(|claim| claim.body).collect();
    assert!(bodies.len() == 2 && bodies.contains(&"made".to_owned()), "{bodies:?}");
    database.finish().await;
}

#[tokio::test]
async fn ended_deliveries_and_those_of_deleted_webhooks_are_pruned() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (kept, deleted) = (webhook(&store).await, webhook(&store).await);
    happen(&store).await;
    plan(&store).await;
    let claimed = claim(&store, 64, 32).await;
    let of_kept = claimed.iter().find(|claim| claim.to.webhook_id == kept.id).unwrap();
    store.finish_attempts(&[finished(of_kept, DeliveryOutcome::Delivered)]).await.unwrap();
    store.delete_webhook(deleted.id).await.unwrap();
    let retention = windlass_store::Retention::default();
    while store.prune(&retention).await.unwrap().full {}
    assert_eq!(deliveries(&store, kept.id).await.len(), 1);
    let left = "SELECT count(*) FROM webhook_deliveries";
    let left: i64 = sqlx::query_scalar(left).fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!(left, 1);
    database.advance(Duration::from_hours(7 * 24 + 1)).await;
    while store.prune(&retention).await.unwrap().full {}
    assert!(deliveries(&store, kept.id).await.is_empty());
    database.finish().await;
}
