//! Scripts at random: mostly work, some control, a little time.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::script::{
    Add, BatchVerb, Call, Dequeue, Filter, GROUPS, Join, KINDS, Level, NewJob, NewPipeline, Pick, Policy,
    QueueChange, Report, Retry, Sealing, States, Step, Verb, When,
};

/// How many call at once.
const CALLERS: usize = 8;

/// A step, and what simpler ones there are.
pub(crate) type StepTree = Box<dyn ValueTree<Value = Step>>;

/// Draws the steps of a script, each of which can be made simpler by itself; the first creates a pipeline, so that the others have something
/// to name.
pub(crate) fn script(runner: &mut TestRunner) -> Vec<StepTree> {
    let length = (8..70_usize).new_tree(runner).expect("nothing is filtered").current();
    (0..length)
        .map(|number| if number == 0 { drawn(create(), runner) } else { drawn(call(), runner) })
        .collect()
}

/// What many callers do at once: pipelines to begin with, and each caller's calls. Only the first caller moves the clock.
pub(crate) fn rush(runner: &mut TestRunner) -> (Vec<Step>, Vec<Vec<Step>>) {
    let mut many = |call: &dyn Fn() -> BoxedStrategy<Call>, count: usize| -> Vec<Step> {
        (0..count).map(|_| drawn(call(), runner).current()).collect()
    };
    let pipelines = many(&create, 3);
    let callers = (0..CALLERS).map(|caller| if caller == 0 { many(&call, 30) } else { many(&rushed, 30) });
    (pipelines, callers.collect())
}

fn drawn(call: BoxedStrategy<Call>, runner: &mut TestRunner) -> StepTree {
    step(call).boxed().new_tree(runner).expect("nothing is filtered")
}

fn step(call: BoxedStrategy<Call>) -> impl Strategy<Value = Step> {
    (0..2_usize, call).prop_map(|(server, call)| Step { server, call })
}

fn call() -> BoxedStrategy<Call> {
    prop_oneof![
        92 => rushed(),
        3 => bulk(),
        5 => (1..6_u64).prop_map(|ticks| Call::Advance { ticks: 2 * ticks }),
    ]
    .boxed()
}

fn rushed() -> BoxedStrategy<Call> {
    prop_oneof![
        28 => dequeue(),
        28 => (pick(), report()).prop_map(|(of, report)| Call::Report { of, report }),
        6 => batch(),
        4 => create(),
        1 => create_jobs(),
        3 => (number(), vec(job(), 1..3)).prop_map(|(pipeline, jobs)| Call::AddJobs { pipeline, jobs }),
        5 => (number(), vec(due(), 1..4), any::<bool>()).prop_map(|(job, tasks, repeat)| Call::AddTasks { job, tasks, repeat }),
        16 => control(),
        2 => (number(), 0..5_usize).prop_map(|(pipeline, priority)| Call::Prioritise { pipeline, priority }),
        1 => (number(), deadline()).prop_map(|(pipeline, deadline)| Call::Deadline { pipeline, deadline }),
        1 => number().prop_map(|pipeline| Call::Delete { pipeline }),
        4 => (0..KINDS, queue_change()).prop_map(|(kind, change)| Call::Queue { kind, change }),
    ]
    .boxed()
}

fn number() -> impl Strategy<Value = usize> {
    0..1_000_usize
}

/// Mostly now, so that there is work; sometimes later.
fn due() -> impl Strategy<Value = u64> {
    prop_oneof![6 => Just(0), 1 => Just(2), 1 => Just(6)]
}

fn seldom() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.15)
}

fn create() -> BoxedStrategy<Call> {
    let flags = (prop::bool::weighted(0.75), prop::bool::weighted(0.07), any::<bool>(), any::<bool>());
    (vec(job(), 1..7), (0..GROUPS, 0..5_usize), flags, seldom(), deadline())
        .prop_map(|(jobs, (group, priority), (sealed, paused, fail_fast, reversed), repeat, deadline)| {
            Call::Create {
                pipeline: NewPipeline {
                    jobs,
                    group: Some(group),
                    priority,
                    sealed,
                    paused,
                    fail_fast,
                    deadline,
                    reversed,
                },
                repeat,
            }
        })
        .boxed()
}

fn create_jobs() -> BoxedStrategy<Call> {
    let job = (job(), 0..5_usize, deadline()).prop_map(|(job, priority, deadline)| NewPipeline {
        jobs: vec![job],
        group: None,
        priority,
        sealed: true,
        paused: false,
        fail_fast: false,
        deadline,
        reversed: false,
    });
    (vec(job, 1..4), seldom()).prop_map(|(jobs, repeat)| Call::CreateJobs { jobs, repeat }).boxed()
}

/// Mostly none; else one that the next move of the clock reaches, or one after that.
fn deadline() -> impl Strategy<Value = Option<u64>> {
    option::weighted(0.15, 0..9_u64)
}

fn job() -> impl Strategy<Value = NewJob> {
    let tasks = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Vec::new())),
        5 => vec(due(), 1..5).prop_map(Some),
    ];
    let flags = (sealing(), prop::bool::weighted(0.06), prop::bool::weighted(0.6), seldom());
    let lengths = (
        prop_oneof![3 => Just(20_u64), 1 => Just(4), 1 => Just(2)],
        option::weighted(0.15, prop_oneof![Just(3_u64), Just(7)]),
        option::weighted(0.06, prop_oneof![Just(2_u64), Just(6)]),
    );
    (0..KINDS, (vec((number(), when()), 0..4), join()), tasks, flags, 0..3_usize, policy(), lengths).prop_map(
        |(
            kind,
            (edges, join),
            tasks,
            (sealed, paused, fail_fast, allow_failure),
            max_failed,
            policy,
            lengths,
        )| {
            let (lease, timeout, run_at) = lengths;
            NewJob {
                kind,
                edges,
                join,
                tasks,
                sealed,
                paused,
                fail_fast,
                allow_failure,
                max_failed: max_failed.saturating_sub(1),
                policy,
                lease,
                timeout,
                run_at,
            }
        },
    )
}

fn join() -> impl Strategy<Value = Join> {
    prop_oneof![3 => Just(Join::All), 1 => Just(Join::Any)]
}

fn sealing() -> impl Strategy<Value = Sealing> {
    prop_oneof![7 => Just(Sealing::AtOnce), 2 => Just(Sealing::Later), 2 => Just(Sealing::OnOpen)]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![3 => Just(When::Succeeded), 2 => Just(When::Failed), 1 => Just(When::Finished), 2 => Just(When::Always)]
}

fn policy() -> impl Strategy<Value = Policy> {
    let delays = prop_oneof![4 => Just(0_u64), 1 => Just(2)];
    (
        1..4_u64,
        delays,
        1..3_u64,
        prop_oneof![Just(4_u64), Just(100)],
        prop::sample::subsequence(vec![1, 2, 3], 0..=2),
    )
        .prop_map(|(max_attempts, initial_delay, factor, max_delay, non_retryable)| Policy {
            max_attempts,
            initial_delay,
            factor,
            max_delay,
            non_retryable,
        })
}

fn control() -> BoxedStrategy<Call> {
    let retry = any::<bool>().prop_map(|all| Verb::Retry { all, descendants: false });
    let retry_of_job = (any::<bool>(), prop::bool::weighted(0.3))
        .prop_map(|(all, descendants)| Verb::Retry { all, descendants });
    let of_pipeline = prop_oneof![
        1 => Just(Verb::Seal), 2 => Just(Verb::Cancel), 3 => Just(Verb::CleanUp), 1 => Just(Verb::Pause), 3 => Just(Verb::Resume), 6 => retry.clone(),
    ];
    let of_job = prop_oneof![
        3 => Just(Verb::Seal), 1 => Just(Verb::Cancel), 1 => Just(Verb::Pause), 2 => Just(Verb::Resume), 1 => Just(Verb::Skip),
        5 => retry_of_job,
    ];
    let of_task =
        prop_oneof![1 => Just(Verb::Cancel), 1 => Just(Verb::Retry { all: false, descendants: false })];
    let on = |level: Level| move |(of, verb)| Call::Control { level, of, verb };
    prop_oneof![
        3 => (number(), of_pipeline).prop_map(on(Level::Pipeline)),
        5 => (number(), of_job).prop_map(on(Level::Job)),
        4 => (number(), of_task).prop_map(on(Level::Task)),
    ]
    .boxed()
}

fn bulk() -> BoxedStrategy<Call> {
    let verb = prop_oneof![
        1 => Just(Verb::Cancel), 1 => Just(Verb::CleanUp), 2 => Just(Verb::Pause), 3 => Just(Verb::Resume),
        3 => any::<bool>().prop_map(|all| Verb::Retry { all, descendants: false }),
    ];
    let words = vec!["pending", "running", "succeeded", "partial", "failed", "cancelled"];
    let states = prop_oneof![
        2 => Just(States::Any),
        1 => Just(States::Open),
        2 => prop::sample::subsequence(words, 1..4).prop_map(States::These),
    ];
    let filter = (option::weighted(0.7, 0..GROUPS), states, option::weighted(0.2, 0..5_usize))
        .prop_map(|(group, states, priority)| Filter { group, states, priority });
    (verb, filter, any::<bool>())
        .prop_map(|(verb, filter, dry_run)| Call::Bulk { verb, filter, dry_run })
        .boxed()
}

fn queue_change() -> impl Strategy<Value = QueueChange> {
    prop_oneof![
        1 => Just(QueueChange::Paused(true)),
        2 => Just(QueueChange::Paused(false)),
        2 => (0..4_usize).prop_map(|limit| QueueChange::MaxRunning(Some(limit))),
        2 => Just(QueueChange::MaxRunning(None)),
    ]
}

fn dequeue() -> BoxedStrategy<Call> {
    let kinds = prop_oneof![
        3 => Just((0..KINDS).collect::<Vec<_>>()),
        2 => vec(0..KINDS, 1..KINDS),
    ];
    let max = prop_oneof![3 => Just(1_usize), 3 => 2..5_usize, 1 => Just(100)];
    let key = option::weighted(0.15, 0..3_usize);
    (kinds, max, option::weighted(0.2, prop_oneof![Just(2_u64), Just(8)]), 0..3_usize, key)
        .prop_map(|(kinds, max, lease, worker, key)| {
            Call::Dequeue(Dequeue { kinds, max, lease, worker, key })
        })
        .boxed()
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![4 => number().prop_map(Pick::Current), 1 => number().prop_map(Pick::Any)]
}

fn report() -> BoxedStrategy<Report> {
    prop_oneof![
        10 => vec(add(), 0..2).prop_map(|add| Report::Complete { add }),
        8 => fail(),
        3 => prop_oneof![3 => Just(0_u64), 1 => Just(2)].prop_map(|delay| Report::Release { delay }),
        2 => heartbeat(),
        1 => (0..9_u64).prop_map(|current| Report::Progress { current }),
    ]
    .boxed()
}

fn add() -> impl Strategy<Value = Add> {
    (number(), 0..3_usize, seldom()).prop_map(|(job, tasks, seal)| Add { job, tasks, seal })
}

fn fail() -> impl Strategy<Value = Report> {
    let retry = prop_oneof![
        3 => Just(Retry::Auto), 2 => Just(Retry::Never), 1 => Just(Retry::After(0)), 1 => Just(Retry::After(2)),
    ];
    (retry, 0..2_usize).prop_map(|(retry, category)| Report::Fail { retry, category })
}

fn heartbeat() -> impl Strategy<Value = Report> {
    option::weighted(0.5, prop_oneof![Just(2_u64), Just(8)]).prop_map(|lease| Report::Heartbeat { lease })
}

fn batch() -> BoxedStrategy<Call> {
    let of = |verb: BatchVerb, report: BoxedStrategy<Report>| {
        vec((pick(), report), 1..6).prop_map(move |items| Call::Batch { verb, items })
    };
    let complete = Just(Report::Complete { add: Vec::new() }).boxed();
    prop_oneof![
        1 => of(BatchVerb::Heartbeat, heartbeat().boxed()),
        3 => of(BatchVerb::Complete, complete),
        3 => of(BatchVerb::Fail, fail().boxed()),
    ]
    .boxed()
}
