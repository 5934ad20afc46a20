//! What a script is made of: calls that name things by number, so that whatever is left of a script after shrinking can still be played.
//!
//! A number is taken modulo what there is when its call is played; where there is nothing, the call is left out.

/// Seconds of one tick. All lengths in a script are whole ticks, and a script is played in much less than one; so whether a time has come is
/// never in doubt, however slow the machine.
pub(crate) const TICK: u64 = 300;
/// Deadlines come half a tick after a tick. A script is played in less than that, too.
pub(crate) const HALF_A_TICK: u64 = TICK / 2;
/// The error categories that reports name; the last two are also the server's own.
pub(crate) const CATEGORIES: [&str; 4] = ["unknown", "data_error", "lease_expired", "timeout"];
/// From the first served to the last.
pub(crate) const PRIORITIES: [&str; 5] = ["very_high", "high", "medium", "low", "very_low"];
/// How many types the jobs of a script have.
pub(crate) const KINDS: usize = 3;
/// How many groups its pipelines have.
pub(crate) const GROUPS: usize = 2;

/// One call, and the server that it goes to.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) server: usize,
    pub(crate) call: Call,
}

#[derive(Debug, Clone)]
pub(crate) enum Call {
    Create {
        pipeline: NewPipeline,
        repeat: bool,
    },
    /// Standalone jobs: pipelines of one, sealed and without flags.
    CreateJobs {
        jobs: Vec<NewPipeline>,
        repeat: bool,
    },
    AddJobs {
        pipeline: usize,
        jobs: Vec<NewJob>,
    },
    AddTasks {
        job: usize,
        tasks: Vec<u64>,
        repeat: bool,
    },
    Control {
        level: Level,
        of: usize,
        verb: Verb,
    },
    /// A verb on all pipelines that a filter takes.
    Bulk {
        verb: Verb,
        filter: Filter,
        dry_run: bool,
    },
    Prioritise {
        pipeline: usize,
        priority: usize,
    },
    Deadline {
        pipeline: usize,
        deadline: Option<u64>,
    },
    Delete {
        pipeline: usize,
    },
    Queue {
        kind: usize,
        change: QueueChange,
    },
    Dequeue(Dequeue),
    Report {
        of: Pick,
        report: Report,
    },
    Batch {
        verb: BatchVerb,
        items: Vec<(Pick, Report)>,
    },
    Advance {
        ticks: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Pipeline,
    Job,
    Task,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Seal,
    Cancel,
    /// A pipeline's cancel with clean-up.
    CleanUp,
    Pause,
    Resume,
    Skip,
    /// Descendants: of jobs.
    Retry {
        all: bool,
        descendants: bool,
    },
}

/// Of the pipelines of a script those of a group, or all but standalone jobs.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) group: Option<usize>,
    pub(crate) states: States,
    pub(crate) priority: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) enum States {
    Any,
    Open,
    These(Vec<&'static str>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum QueueChange {
    Paused(bool),
    MaxRunning(Option<usize>),
}

/// Which lease a report is about: most often one that is current, sometimes any that ever was.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pick {
    Current(usize),
    Any(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Dequeue {
    /// Types, by number; at least one.
    pub(crate) kinds: Vec<usize>,
    pub(crate) max: usize,
    /// Ticks; none: the job's.
    pub(crate) lease: Option<u64>,
    pub(crate) worker: usize,
    /// An `Idempotency-Key`; the same one again repeats the first dequeue that had it.
    pub(crate) key: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) enum Report {
    Heartbeat { lease: Option<u64> },
    Progress { current: u64 },
    Complete { add: Vec<Add> },
    Fail { retry: Retry, category: usize },
    Release { delay: u64 },
}

/// Tasks that a completion adds to a job of its pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Add {
    pub(crate) job: usize,
    pub(crate) tasks: usize,
    pub(crate) seal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    Auto,
    Never,
    After(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchVerb {
    Heartbeat,
    Complete,
    Fail,
}

#[derive(Debug, Clone)]
pub(crate) struct NewPipeline {
    pub(crate) jobs: Vec<NewJob>,
    /// In its metadata; none: a standalone job.
    pub(crate) group: Option<usize>,
    pub(crate) priority: usize,
    pub(crate) sealed: bool,
    pub(crate) paused: bool,
    pub(crate) fail_fast: bool,
    /// Half a tick after so many ticks.
    pub(crate) deadline: Option<u64>,
    /// The jobs are sent last first, so that edges point forwards in the body.
    pub(crate) reversed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) kind: usize,
    /// Earlier jobs of the pipeline, by number.
    pub(crate) edges: Vec<(usize, When)>,
    pub(crate) join: Join,
    /// In how many ticks each task is due, 0: at once; none: no `tasks` member.
    pub(crate) tasks: Option<Vec<u64>>,
    pub(crate) sealed: Sealing,
    pub(crate) paused: bool,
    pub(crate) fail_fast: bool,
    pub(crate) allow_failure: bool,
    pub(crate) max_failed: usize,
    pub(crate) policy: Policy,
    pub(crate) lease: u64,
    pub(crate) timeout: Option<u64>,
    pub(crate) run_at: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    All,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealing {
    AtOnce,
    Later,
    OnOpen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Succeeded,
    Failed,
    Finished,
    Always,
}

/// A retry policy without jitter; lengths in ticks.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) max_attempts: u64,
    pub(crate) initial_delay: u64,
    pub(crate) factor: u64,
    pub(crate) max_delay: u64,
    pub(crate) non_retryable: Vec<usize>,
}

impl Verb {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Cancel | Self::CleanUp => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Skip => "skip",
            Self::Retry { .. } => "retry",
        }
    }
}

impl When {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Finished => "finished",
            Self::Always => "always",
        }
    }
}

impl Report {
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Heartbeat { .. } => "heartbeat",
            Self::Progress { .. } => "progress",
            Self::Complete { .. } => "complete",
            Self::Fail { .. } => "fail",
            Self::Release { .. } => "release",
        }
    }

    /// Complete, fail and release end a lease; a heartbeat and progress extend it.
    pub(crate) fn ends_the_lease(&self) -> bool {
        !matches!(self, Self::Heartbeat { .. } | Self::Progress { .. })
    }
}

impl BatchVerb {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Complete => "complete",
            Self::Fail => "fail",
        }
    }
}
