//! What is kept of an answer.

use windlass_domain::Json;
use windlass_store::testing::TestDatabase;
use windlass_store::{Answer, Caller, Create, IdempotencyKey, Made, NewPipeline, Once, Store, StoredAnswer};

use crate::support::{job, pipeline};

fn shown((_, jobs): &Made) -> StoredAnswer {
    let job = &jobs[0];
    let (payload, metadata) =
        (job.payload.as_deref().unwrap_or("null"), job.metadata.as_deref().unwrap_or("{}"));
    StoredAnswer {
        location: None,
        body: format!(r#"{{"id":"{}","payload":{payload},"metadata":{metadata}}}"#, job.id),
    }
}

/// Random digits, which no compression makes shorter than half.
fn long(bytes: usize) -> String {
    format!("\"{}\"", (0..bytes).map(|_| char::from(b'0' + fastrand::u8(0..10))).collect::<String>())
}

async fn create(store: &Store, new: &NewPipeline) -> Answer<Made> {
    let key = IdempotencyKey { scope: "POST /v1/jobs".to_owned(), key: "k".to_owned(), body_hash: [7; 32] };
    let once = Some(Once { key, render: &shown });
    let create = Create { caller: Caller::default(), types: None, new: new.clone(), standalone: true, once };
    store.create_alone(create).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_kept_without_its_payload_and_repeated_byte_for_byte_after_a_deletion() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut one = job("a");
    one.payload = Some(Json::from_checked(long(200_000)));
    one.metadata = Some(Json::from_checked(format!(r#"{{"a":{}}}"#, long(10_000))));
    let new = pipeline(vec![one]);
    let made = create(&store, &new).await.done().unwrap();
    let kept: i32 = sqlx::query_scalar("SELECT pg_column_size(k.*) FROM idempotency_keys k")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert!(kept < 500, "{kept} bytes are kept");
    store.cancel_pipeline(made.0.id, None).await.unwrap();
    store.delete_pipeline(made.0.id).await.unwrap();
    match create(&store, &new).await {
        Answer::Repeated(answer) => assert_eq!(answer, shown(&made)),
        Answer::New((pipeline, _)) => panic!("it was made again: {}", pipeline.id),
    }
    database.finish_without_check().await;
}
