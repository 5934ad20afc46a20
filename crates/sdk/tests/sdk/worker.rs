//! The worker's loop: leases, progress, cancellation, stopping.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::oneshot;
use tokio::time::Instant;
use windlass_sdk::wire::{Code, TaskState};
use windlass_sdk::{Cancellation, Context, TaskFailure, Worker};

use crate::fake::{Fake, Seen, leased, lost, ok, problem, renewed, task};

const FAR: Duration = Duration::from_mins(1);

/// Ends only by being dropped, or aborted.
async fn forever(_: Value, _: Context) -> Result<(), TaskFailure> {
    std::future::pending().await
}

#[tokio::test]
async fn heartbeats_come_at_a_third_of_the_lease() {
    let mut fake = Fake::with_task(json!(null), |_| None).await;
    let worker = Worker::builder(fake.client()).lease(Duration::from_millis(300)).stop_wait(Duration::ZERO);
    let worker = worker.cancel_grace(Duration::ZERO).handler("work", forever).build();
    let stop = async {
        assert_eq!(fake.next_of("dequeue").await.body["lease_seconds"], json!(0.3));
        let began = Instant::now();
        for beats in 1..=3 {
            fake.next_of("heartbeat").await;
            // The clock of the test starts a little after the lease's.
            assert!(began.elapsed() >= Duration::from_millis(90 * beats), "{:?}", began.elapsed());
        }
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn a_missed_heartbeat_is_made_up_for_sooner() {
    let beats = AtomicUsize::new(0);
    let script = move |seen: &Seen| {
        let first = seen.verb == "heartbeat" && beats.fetch_add(1, Ordering::SeqCst) == 0;
        first.then(|| problem(Code::DatabaseUnavailable))
    };
    let mut fake = Fake::with_task(json!(null), script).await;
    let lease = Duration::from_millis(2400);
    let worker = Worker::builder(fake.client()).lease(lease).stop_wait(Duration::ZERO);
    let worker = worker.cancel_grace(Duration::ZERO).handler("work", forever).build();
    let stop = async {
        fake.next_of("heartbeat").await;
        let missed = Instant::now();
        fake.next_of("heartbeat").await;
        assert!(missed.elapsed() < lease / 3, "{:?}", missed.elapsed());
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn progress_never_waits_and_the_latest_wins() {
    let mut fake = Fake::with_task(json!(null), |_| None).await;
    let (done, finish) = oneshot::channel::<()>();
    let finish = std::sync::Mutex::new(Some(finish));
    let handler = move |_: Value, context: Context| {
        let finish = finish.lock().unwrap().take();
        async move {
            for n in 1..=1000 {
                context.progress(f64::from(n), Some(1000.0), "");
            }
            finish.expect("one task").await?;
            Ok(())
        }
    };
    let worker = Worker::builder(fake.client()).progress_interval(Duration::from_millis(100));
    let worker = worker.lease(FAR).handler("work", handler).build();
    let stop = async {
        let mut reports = 0;
        loop {
            let report = fake.next_of("progress").await.body;
            reports += 1;
            if report["current"] == 1000 {
                break;
            }
        }
        assert!(reports <= 2, "{reports} reports of 1000 in no time");
        done.send(()).unwrap();
        fake.next_of("complete").await;
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn a_lost_lease_cancels_the_handler_and_nothing_more_is_reported() {
    let script = |seen: &Seen| (seen.verb == "heartbeat").then(|| lost(seen, TaskState::Cancelled));
    let mut fake = Fake::with_task(json!(null), script).await;
    let (sender, mut causes) = unbounded_channel();
    let handler = move |_: Value, context: Context| {
        let sender = sender.clone();
        async move {
            context.cancellation().cancelled().await;
            sender.send(context.cancelled_by()).unwrap();
            Ok("too late")
        }
    };
    let worker = Worker::builder(fake.client()).lease(Duration::from_millis(300));
    let worker = worker.handler("work", handler).build();
    // The slot asks for the next task only after it is done with this one.
    let stop = async {
        assert_eq!(causes.recv().await.unwrap(), Some(Cancellation::Cancelled));
        fake.next_of("dequeue").await;
        fake.next_of("dequeue").await;
    };
    worker.run_until(stop).await.unwrap();
    assert_eq!(fake.rest(), Vec::<String>::new());
}

#[tokio::test]
async fn a_handler_that_ignores_its_cancellation_is_aborted() {
    struct Dropped(Option<oneshot::Sender<()>>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.take().unwrap().send(()).unwrap();
        }
    }
    let script = |seen: &Seen| (seen.verb == "heartbeat").then(|| lost(seen, TaskState::Queued));
    let fake = Fake::with_task(json!(null), script).await;
    let (sender, aborted) = oneshot::channel();
    let guard = std::sync::Mutex::new(Some(Dropped(Some(sender))));
    let handler = move |payload, context| {
        let guard = guard.lock().unwrap().take();
        async move {
            let _guard = guard;
            forever(payload, context).await
        }
    };
    let worker = Worker::builder(fake.client()).lease(Duration::from_millis(300));
    let worker = worker.cancel_grace(Duration::from_millis(10)).handler("work", handler).build();
    worker.run_until(async { aborted.await.unwrap() }).await.unwrap();
}

#[tokio::test]
async fn free_slots_are_asked_for_in_one_call() {
    let mut fake = Fake::start(|n, seen| match seen.verb.as_str() {
        "dequeue" if n == 0 => {
            ok(json!({"tasks": [leased(&json!(1)), leased(&json!(2)), leased(&json!(3))]}))
        }
        "dequeue" => ok(json!({"tasks": []})).set_delay(FAR),
        _ => ok(task()),
    })
    .await;
    let worker = Worker::builder(fake.client()).concurrency(8).lease(FAR).worker_id("me");
    let worker = worker.wait(Duration::from_secs(7)).handler("work", forever);
    let worker = worker.stop_wait(Duration::ZERO).cancel_grace(Duration::ZERO).build();
    let stop = async {
        let first = fake.next_of("dequeue").await;
        let expected = json!({
            "types": ["work"], "worker_id": "me", "max_tasks": 8, "wait_seconds": 7, "lease_seconds": 60,
        });
        assert_eq!(first.body, expected);
        let second = fake.next_of("dequeue").await;
        assert_eq!(second.body["max_tasks"], 5);
        assert!(first.key.is_some() && second.key.is_some() && first.key != second.key);
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn one_heartbeat_renews_all_leases() {
    let mut fake = Fake::start(|n, seen| match seen.verb.as_str() {
        "dequeue" if n == 0 => ok(json!({"tasks": (0..20).map(|n| leased(&json!(n))).collect::<Vec<_>>()})),
        "dequeue" => ok(json!({"tasks": []})).set_delay(FAR),
        "heartbeat" => renewed(seen),
        _ => ok(task()),
    })
    .await;
    let worker = Worker::builder(fake.client()).concurrency(20).lease(Duration::from_millis(300));
    let worker =
        worker.handler("work", forever).stop_wait(Duration::ZERO).cancel_grace(Duration::ZERO).build();
    let stop = async {
        for _ in 0..3 {
            let round = fake.next_of("heartbeat").await;
            assert_eq!(round.body["tasks"].as_array().unwrap().len(), 20, "{}", round.body);
        }
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn a_type_with_slots_of_its_own_is_asked_for_apart() {
    let mut fake = Fake::start(|_, _| ok(json!({"tasks": []})).set_delay(FAR)).await;
    let worker = Worker::builder(fake.client()).concurrency(4).concurrency_of("heavy", 2);
    let worker = worker.handler("a", forever).handler("heavy", forever).handler("b", forever).build();
    let stop = async {
        let mut asked = [fake.next_of("dequeue").await.body, fake.next_of("dequeue").await.body];
        asked.sort_by_key(|body| body["max_tasks"].as_u64());
        assert_eq!((&asked[0]["types"], &asked[0]["max_tasks"]), (&json!(["heavy"]), &json!(2)));
        let mut rest: Vec<_> = asked[1]["types"].as_array().unwrap().iter().map(Value::to_string).collect();
        rest.sort_unstable();
        assert_eq!(
            (rest, &asked[1]["max_tasks"]),
            (vec![r#""a""#.to_owned(), r#""b""#.to_owned()], &json!(4))
        );
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn a_stopping_worker_waits_for_its_handlers() {
    let (sender, mut begun) = unbounded_channel();
    let handler = move |_: Value, context: Context| {
        sender.send(()).unwrap();
        async move {
            context.stopping().cancelled().await;
            assert!(!context.cancellation().is_cancelled());
            Ok("in time")
        }
    };
    let mut fake = Fake::with_task(json!(null), |_| None).await;
    let worker = Worker::builder(fake.client()).lease(FAR).handler("work", handler).build();
    worker.run_until(async { begun.recv().await.unwrap() }).await.unwrap();
    assert_eq!(fake.rest(), ["dequeue", "complete"]);
}

#[tokio::test]
async fn a_stopping_worker_releases_what_is_left() {
    let (sender, mut begun) = unbounded_channel();
    let handler = move |payload, context| {
        sender.send(()).unwrap();
        forever(payload, context)
    };
    let mut fake = Fake::with_task(json!(null), |_| None).await;
    let worker = Worker::builder(fake.client()).lease(FAR).handler("work", handler);
    let worker = worker.stop_wait(Duration::from_millis(10)).cancel_grace(Duration::from_millis(10)).build();
    worker.run_until(async { begun.recv().await.unwrap() }).await.unwrap();
    assert_eq!(fake.rest(), ["dequeue", "release"]);
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() {
    let mut fake = Fake::start(|n, seen| match seen.verb.as_str() {
        "dequeue" if n == 0 => problem(Code::DatabaseUnavailable),
        "dequeue" if n == 1 => ok(json!({"tasks": [leased(&json!(1))]})),
        "dequeue" => ok(json!({"tasks": []})).set_delay(FAR),
        _ => ok(task()),
    })
    .await;
    let worker = Worker::builder(fake.client()).handler("work", |n: u64, _| async move { Ok(n) }).build();
    let stop = async {
        let first = fake.next_of("dequeue").await;
        // The repeat has the key of the first, so that a lost answer comes again.
        assert_eq!(fake.next_of("dequeue").await.key, first.key);
        fake.next_of("complete").await;
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn a_refused_dequeue_ends_the_worker_with_an_error() {
    let fake = Fake::start(|_, _| problem(Code::ValidationFailed)).await;
    let worker = Worker::builder(fake.client()).handler("no such type!", forever).build();
    let error = worker.run_until(std::future::pending()).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::ValidationFailed));
}
