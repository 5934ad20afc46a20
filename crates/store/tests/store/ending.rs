//! The end of a job by its last report: the same rows, events and announcements, whether the one statement writes it or a transaction, and only
//! the ends that are to be are written by the one statement.

mod case;
mod races;
mod together;
mod watched;

use std::time::Duration;

use windlass_domain::Directive;
use windlass_store::testing::TestDatabase;

use crate::reporting::Said;
use crate::support::Way;
use case::{Case, Subject};
use watched::{Seen, watched};

#[tokio::test]
async fn a_last_success_means_the_same_whichever_way_it_is_written() {
    same_whichever_way(Said::Done).await;
}

#[tokio::test]
async fn a_last_failure_means_the_same_whichever_way_it_is_written() {
    same_whichever_way(Said::Failed(Directive::Never)).await;
}

#[tokio::test]
async fn a_failure_that_is_tried_again_means_the_same_whichever_way_it_is_written() {
    same_whichever_way(Said::Failed(Directive::After(Duration::ZERO))).await;
}

#[tokio::test]
async fn a_release_means_the_same_whichever_way_it_is_written() {
    same_whichever_way(Said::Back(Duration::from_secs(7))).await;
}

async fn same_whichever_way(said: Said) {
    let database = TestDatabase::create().await;
    let (store, seen) = watched(&database).await;
    for case in Case::ALL {
        let mut traces = Vec::new();
        for way in Way::ALL {
            traces.push(Box::pin(trace(&database, &store, &seen, (case, said, way))).await);
        }
        for (way, trace) in Way::ALL.iter().zip(&traces) {
            assert_eq!(traces[0], *trace, "{case:?}, {said:?} by {way:?}");
        }
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

/// What the report leaves, and what is announced of it.
async fn trace(
    database: &TestDatabase,
    store: &windlass_store::Store,
    seen: &Seen,
    (case, said, way): (Case, Said, Way),
) -> (String, Vec<String>) {
    let subject = Box::pin(Subject::prepare(store, case)).await;
    let last = subject.last.clone();
    way.go(store).await;
    seen.take();
    let answer = store.report(&[said.of(&last)]).await.unwrap().remove(0).unwrap();
    if matches!(way, Way::Ending | Way::EndingHeldBack) {
        let ends = matches!(said, Said::Done | Said::Failed(Directive::Never));
        let passed_over = ends && !case.ends_at_once(matches!(said, Said::Done));
        assert_eq!(
            store.passes_reports_over(),
            passed_over,
            "{case:?}, {said:?}, {way:?} is the one statement's"
        );
    }
    let left = format!("{:?} {}", answer.state, watched::stored(database, subject.pipeline).await);
    let announced = seen.take();
    let _ended_or_not = store.cancel_pipeline(subject.pipeline, None).await;
    (left, announced)
}
