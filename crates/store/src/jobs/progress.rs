//! How far running jobs are, for those who watch them: read in pieces of bounded size, however many run.

use uuid::Uuid;
use windlass_domain::JobState;

use super::locked::job_state;
use super::read::percent;
use crate::db::deadline;
use crate::view::Counts;
use crate::{Error, Store};

/// Running jobs of a piece at the most, as the statement has it.
const PIECE: usize = 1_000;

/// Which jobs are watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchedJobs {
    /// All that run.
    pub all: bool,
    /// Those that run of these pipelines, in this order.
    pub pipelines: Vec<Uuid>,
    /// Of all, or of the first of the pipelines, only jobs behind this one; nil: from the first on.
    pub behind: Uuid,
    /// These, whether they run or not.
    pub jobs: Vec<Uuid>,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq)]
pub struct JobProgress {
    /// Its pipeline.
    pub pipeline_id: Uuid,
    /// Its id.
    pub job_id: Uuid,
    /// Its type.
    pub type_name: String,
    /// Whether it runs.
    pub runs: bool,
    /// 0 to 100, running tasks' own progress counted in; 100 when it has ended.
    pub percent: f64,
}

/// Some of the watched jobs.
#[derive(Debug, Clone, Default)]
pub struct JobProgressPiece {
    /// The jobs, each once, in no order.
    pub jobs: Vec<JobProgress>,
    /// The pipeline and id of the job behind which there may be more; `None`: these are all.
    pub more_behind: Option<(Uuid, Uuid)>,
}

impl Store {
    /// How far the watched jobs are, at most 1,000 of all or of the pipelines and those that are named.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn job_progress(&self, watched: &WatchedJobs) -> Result<JobProgressPiece, Error> {
        let WatchedJobs { all, pipelines, behind, jobs } = watched;
        let rows = sqlx::query_file!("src/jobs/progress.sql", all, behind, pipelines, jobs);
        let rows = deadline(async { Ok::<_, Error>(rows.fetch_all(&self.db.pool).await?) }).await?;
        let walked = rows.iter().filter(|row| row.walked);
        // By pipeline, as they were asked for; ids of all alone are in one order.
        let last = walked
            .clone()
            .map(|row| if *all { (Uuid::nil(), row.job_id) } else { (row.pipeline_id, row.job_id) });
        let more_behind = last.max().filter(|_| walked.count() >= PIECE);
        let jobs = rows.into_iter().map(|row| {
            let state = job_state(&row.state);
            let counts = Counts {
                succeeded: row.ended,
                queued: row.open,
                total: row.ended + row.open,
                ..Counts::default()
            };
            JobProgress {
                pipeline_id: row.pipeline_id,
                job_id: row.job_id,
                type_name: row.type_name,
                runs: state == JobState::Running,
                percent: percent(state, &counts, row.running_share),
            }
        });
        Ok(JobProgressPiece { jobs: jobs.collect(), more_behind })
    }
}
