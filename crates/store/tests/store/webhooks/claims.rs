//! Which deliveries are made at once: four of a webhook, one of a slow one, each slot's one after another.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::AttemptError;
use windlass_store::testing::TestDatabase;
use windlass_store::{ClaimedDelivery, DeliveryOutcome, FinishedAttempt};

use super::{claim, failed, finished, happen, plan, webhook};

/// The first of a run came to this end; the others are given back.
fn ended(run: &[ClaimedDelivery], first: DeliveryOutcome) -> Vec<FinishedAttempt> {
    let back = DeliveryOutcome::PutOff(Duration::ZERO);
    let ends = std::iter::once(first).chain(std::iter::repeat(back));
    let mut ended: Vec<FinishedAttempt> = run
        .iter()
        .zip(ends)
        .map(|(claimed, end)| FinishedAttempt { ends_run: false, ..finished(claimed, end) })
        .collect();
    ended.last_mut().unwrap().ends_run = true;
    ended
}

#[tokio::test]
async fn a_slot_gets_a_run_of_sixteen_at_the_most_and_only_where_more_are_due_than_there_are_slots() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    webhook(&store).await;
    for (due, lengths) in [(3, &[1, 1, 1][..]), (5, &[2, 1, 1, 1]), (80, &[16, 16, 16, 16])] {
        for _ in 0..due {
            happen(&store).await;
        }
        plan(&store).await;
        let runs = store.claim_deliveries(64, 32).await.unwrap();
        let mut found: Vec<usize> = runs.iter().map(Vec::len).collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(found, lengths, "{due}");
        let all: Vec<FinishedAttempt> =
            runs.iter().flatten().map(|claimed| finished(claimed, DeliveryOutcome::Delivered)).collect();
        store.finish_attempts(&all).await.unwrap();
    }
    database.finish().await;
}

#[tokio::test]
async fn four_attempts_of_a_webhook_are_under_way_at_once_over_all_servers_and_one_of_a_slow_one() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    let one = webhook(&stores[0]).await;
    for _ in 0..10 {
        happen(&stores[0]).await;
    }
    plan(&stores[0]).await;
    let mut runs = Vec::new();
    for _ in 0..4 {
        let (first, second) =
            tokio::join!(stores[0].claim_deliveries(64, 32), stores[1].claim_deliveries(64, 32));
        runs.extend(first.unwrap().into_iter().chain(second.unwrap()));
    }
    assert_eq!(runs.len(), 4);
    let mut ids: Vec<Uuid> = runs.iter().flatten().map(|claim| claim.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 10, "all that are due, each in one run");
    // One of them had no answer in time: the others go on, and then there is one at a time.
    let late = failed(AttemptError::Timeout, Some(Duration::from_hours(1)));
    for run in &runs {
        let ended = ended(run, late);
        assert!(claim(&stores[1], 64, 32).await.is_empty());
        stores[0].finish_attempts(&ended[..ended.len() - 1]).await.unwrap();
        assert!(claim(&stores[1], 64, 32).await.is_empty(), "its last one is under way");
        stores[0].finish_attempts(&ended[ended.len() - 1..]).await.unwrap();
        let next = claim(&stores[1], 64, 32).await;
        if !next.is_empty() {
            assert!(next.len() == 1 && next[0].slow, "{}", next.len());
            assert!(claim(&stores[0], 64, 32).await.is_empty());
            assert!(claim(&stores[0], 64, 0).await.is_empty());
            let delivered = finished(&next[0], DeliveryOutcome::Delivered);
            stores[0].finish_attempts(&[delivered]).await.unwrap();
            let anew = stores[0].claim_deliveries(64, 32).await.unwrap();
            assert_eq!(anew.len(), 4, "it is slow no more");
            break;
        }
    }
    assert_eq!(stores[0].webhook(one.id).await.unwrap().failing_since, None);
    database.finish().await;
}

#[tokio::test]
async fn who_has_lost_a_claim_frees_no_slot_that_another_has_filled_since() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    webhook(&stores[0]).await;
    happen(&stores[0]).await;
    plan(&stores[0]).await;
    let lost = claim(&stores[0], 64, 32).await;
    database.advance(Duration::from_secs(21)).await;
    let present = claim(&stores[1], 64, 32).await;
    assert_eq!((lost.len(), lost[0].id, lost[0].slot), (1, present[0].id, present[0].slot));
    stores[0].finish_attempts(&[finished(&lost[0], DeliveryOutcome::Delivered)]).await.unwrap();
    // Three slots are free: a fourth delivery waits.
    for _ in 0..4 {
        happen(&stores[0]).await;
    }
    plan(&stores[0]).await;
    assert_eq!(stores[0].claim_deliveries(64, 32).await.unwrap().len(), 3);
    database.finish().await;
}

#[tokio::test]
async fn places_go_round_and_slow_webhooks_have_their_share_only() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut webhooks = Vec::new();
    for _ in 0..6 {
        webhooks.push(webhook(&store).await.id);
    }
    for _ in 0..4 {
        happen(&store).await;
    }
    plan(&store).await;
    let claimed = claim(&store, 6, 6).await;
    let mut of: Vec<Uuid> = claimed.iter().map(|claim| claim.to.webhook_id).collect();
    of.sort_unstable();
    of.dedup();
    assert_eq!(of.len(), 6, "each has one before any has two");
    let late = failed(AttemptError::Timeout, Some(Duration::ZERO));
    let attempts: Vec<FinishedAttempt> = claimed[..4].iter().map(|claim| finished(claim, late)).collect();
    store.finish_attempts(&attempts).await.unwrap();
    let claimed = claim(&store, 64, 2).await;
    assert_eq!(claimed.iter().filter(|claim| claim.slow).count(), 2);
    assert_eq!(claimed.iter().filter(|claim| !claim.slow).count(), 6, "three more of each of the other two");
    database.finish().await;
}
