//! What a job's last report may meet.

use uuid::Uuid;
use windlass_domain::{Directive, Sealing, When};
use windlass_store::{Descendants, LeasedTask, NewJob, NewPipeline, Scope, Store};

use crate::support::{after, complete, create, dequeue, fail, job, pipeline, with_tasks};

/// Pipelines, each with one lease of its job `a` (of `tidy` in one) that is the last open task there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Alone,
    BesideAnOpenJob,
    BesideAFailedJob,
    BesideASkippedJob,
    BesideAFailureThatIsAllowed,
    AboveAChild,
    AboveAChildOfFailure,
    BelowAParent,
    MayFail,
    OneFailureTolerated,
    OneFailureToleratedAfterASuccess,
    OneFailureToleratedAfterAFailure,
    NotFailingFast,
    NotFailingFastAfterAFailure,
    NotSealed,
    SealedByHand,
    InAPipelineThatIsNotSealed,
    InAPipelineSealedByHand,
    InAPipelineThatFailsFast,
    MayFailInAPipelineThatFailsFast,
    Paused,
    InAPausedPipeline,
    RetriedByHand,
    RetriedInACancelledPipeline,
    SparedByACleanUp,
    SparedByACleanUpThatSealed,
}

impl Case {
    pub(super) const ALL: [Self; 26] = [
        Self::Alone,
        Self::BesideAnOpenJob,
        Self::BesideAFailedJob,
        Self::BesideASkippedJob,
        Self::BesideAFailureThatIsAllowed,
        Self::AboveAChild,
        Self::AboveAChildOfFailure,
        Self::BelowAParent,
        Self::MayFail,
        Self::OneFailureTolerated,
        Self::OneFailureToleratedAfterASuccess,
        Self::OneFailureToleratedAfterAFailure,
        Self::NotFailingFast,
        Self::NotFailingFastAfterAFailure,
        Self::NotSealed,
        Self::SealedByHand,
        Self::InAPipelineThatIsNotSealed,
        Self::InAPipelineSealedByHand,
        Self::InAPipelineThatFailsFast,
        Self::MayFailInAPipelineThatFailsFast,
        Self::Paused,
        Self::InAPausedPipeline,
        Self::RetriedByHand,
        Self::RetriedInACancelledPipeline,
        Self::SparedByACleanUp,
        Self::SparedByACleanUpThatSealed,
    ];

    /// Whether what the last report ends is written by the one statement.
    pub(super) fn ends_at_once(self, well: bool) -> bool {
        match self {
            Self::AboveAChild
            | Self::AboveAChildOfFailure
            | Self::InAPipelineThatIsNotSealed
            | Self::SparedByACleanUpThatSealed => false,
            // Of the latter it is not the last one: the job is open for more, and fails at once.
            Self::InAPipelineThatFailsFast | Self::NotSealed => well,
            _ => true,
        }
    }

    /// Tasks of `a` that have ended before, and how many of them well.
    fn before(self) -> (usize, usize) {
        match self {
            Self::OneFailureToleratedAfterASuccess => (1, 1),
            Self::OneFailureToleratedAfterAFailure | Self::NotFailingFastAfterAFailure => (1, 0),
            _ => (0, 0),
        }
    }

    fn pipeline(self) -> NewPipeline {
        let a = with_tasks(job("a"), 1 + self.before().0);
        let a = match self {
            Self::MayFail | Self::MayFailInAPipelineThatFailsFast => NewJob { allow_failure: true, ..a },
            Self::OneFailureTolerated
            | Self::OneFailureToleratedAfterASuccess
            | Self::OneFailureToleratedAfterAFailure => NewJob { max_failed_tasks: 1, ..a },
            Self::NotFailingFast | Self::NotFailingFastAfterAFailure => NewJob { fail_fast: false, ..a },
            Self::NotSealed | Self::SealedByHand => NewJob { sealed: Sealing::Later, ..a },
            Self::BelowAParent => {
                NewJob { depends_on: after("a", &[("b", When::Succeeded)]).depends_on, ..a }
            }
            _ => a,
        };
        // `b` is dequeued first where it comes first.
        let jobs = match self {
            Self::BesideAnOpenJob
            | Self::InAPipelineThatFailsFast
            | Self::MayFailInAPipelineThatFailsFast => {
                vec![a, job("b")]
            }
            Self::BesideAFailedJob | Self::BesideASkippedJob | Self::BelowAParent => vec![job("b"), a],
            Self::BesideAFailureThatIsAllowed => vec![NewJob { allow_failure: true, ..job("b") }, a],
            Self::AboveAChild => vec![a, after("c", &[("a", When::Succeeded)])],
            Self::AboveAChildOfFailure => vec![a, after("c", &[("a", When::Failed)])],
            Self::SparedByACleanUp | Self::SparedByACleanUpThatSealed => {
                vec![a, after("tidy", &[("a", When::Always)])]
            }
            _ => vec![a],
        };
        let fail_fast =
            matches!(self, Self::InAPipelineThatFailsFast | Self::MayFailInAPipelineThatFailsFast);
        let sealed = !matches!(
            self,
            Self::InAPipelineThatIsNotSealed
                | Self::InAPipelineSealedByHand
                | Self::SparedByACleanUpThatSealed
        );
        NewPipeline { fail_fast, sealed, ..pipeline(jobs) }
    }
}

/// A pipeline that is ready for the last report.
pub(super) struct Subject {
    pub(super) pipeline: Uuid,
    pub(super) last: LeasedTask,
}

impl Subject {
    pub(super) async fn prepare(store: &Store, case: Case) -> Self {
        let (created, jobs) = create(store, case.pipeline()).await;
        let of = |key: &str| jobs.iter().find(|job| job.key == key).unwrap().id;
        match case {
            Case::BesideAFailedJob | Case::BesideAFailureThatIsAllowed => {
                fail(store, &dequeue(store, 1).await[0], Directive::Never).await.unwrap();
            }
            Case::BesideASkippedJob => drop(store.skip_job(of("b"), None).await.unwrap()),
            Case::BelowAParent | Case::SparedByACleanUp | Case::SparedByACleanUpThatSealed => {
                complete(store, &dequeue(store, 1).await[0]).await.unwrap();
            }
            Case::RetriedByHand => {
                fail(store, &dequeue(store, 1).await[0], Directive::Never).await.unwrap();
                store.retry_job(of("a"), Scope::Failed, Descendants::Stay, None).await.unwrap();
            }
            Case::RetriedInACancelledPipeline => {
                store.cancel_pipeline(created.id, None).await.unwrap();
                store.retry_pipeline(created.id, Scope::All, None, None).await.unwrap();
            }
            _ => {}
        }
        let (before, well) = case.before();
        for number in 0..before {
            let task = dequeue(store, 1).await.remove(0);
            if number < well {
                complete(store, &task).await.unwrap();
            } else {
                fail(store, &task, Directive::Never).await.unwrap();
            }
        }
        let last = dequeue(store, 1).await.remove(0);
        match case {
            Case::SealedByHand => drop(store.seal_job(of("a"), None).await.unwrap()),
            Case::InAPipelineSealedByHand => drop(store.seal_pipeline(created.id, None).await.unwrap()),
            Case::Paused => drop(store.pause_job(of("a"), None).await.unwrap()),
            Case::InAPausedPipeline => drop(store.pause_pipeline(created.id, None).await.unwrap()),
            Case::SparedByACleanUp | Case::SparedByACleanUpThatSealed => {
                drop(store.clean_up_pipeline(created.id, None).await.unwrap());
            }
            _ => {}
        }
        Self { pipeline: created.id, last }
    }
}
