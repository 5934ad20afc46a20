//! How far jobs are, read once for all who watch it.
//!
//! Why: progress that workers report, and tasks that end, may come by any server, and the former append no event. So it is read from the
//! database: by one statement at a time, at least a second apart, for all streams of this server that ask for it, and by none while no stream does.
//!
//! What is read is bounded: at most [`turn::SCOPES`] of the watched pipelines and jobs and 1,000 running jobs at a time. Where more is watched it
//! comes in turns, so each job is shown less often and none is left out. A look that took long is followed by a longer pause.
//!
//! What it deliberately does not do: hold anything for one watcher. One that is too slow misses looks in between, and sees the next one. How it
//! fails: during an outage nothing is shown, and after it what has changed.

mod known;
mod reader;
mod turn;
mod watch;

pub(crate) use known::Look;
pub(crate) use reader::Progress;
pub(crate) use turn::Watched;
pub(crate) use watch::Watch;
