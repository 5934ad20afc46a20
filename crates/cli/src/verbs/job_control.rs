//! What an operator does to a job: `windlass job cancel`, `skip` and so on.

use clap::Subcommand;
use uuid::Uuid;
use windlass_sdk::Client;
use windlass_sdk::wire::RetryScope;

use super::confirm::{Sure, Why};
use super::job::show;
use super::{Target, preview, refused};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(super) enum Control {
    /// Ends a job at once; what runs of it is cancelled. Asks before.
    Cancel {
        /// The job.
        id: Uuid,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Stops handing out tasks of a job; what runs goes on.
    Pause {
        /// The job.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Hands out tasks of a job again.
    Resume {
        /// The job.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Runs again the tasks of an ended job that did not succeed, and what was skipped because of it.
    Retry {
        /// The job.
        id: Uuid,
        /// Runs every task again, also those that succeeded. Asks before.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Skips a job that has not ended, and what depends on its success. Asks before.
    Skip {
        /// The job.
        id: Uuid,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Says that no more tasks will come.
    Seal {
        /// The job.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
}

impl Control {
    pub(super) async fn run(self, target: &Target) -> Result<(), Failure> {
        let client = target.client()?;
        let job = match self {
            Self::Cancel { id, why, sure } => {
                ask(&client, id, &sure, "Cancel it").await?;
                client.cancel_job(id, why.text()).await
            }
            Self::Pause { id, why } => client.pause_job(id, why.text()).await,
            Self::Resume { id, why } => client.resume_job(id, why.text()).await,
            Self::Retry { id, all: false, why, .. } => {
                client.retry_job(id, RetryScope::Failed, why.text()).await
            }
            Self::Retry { id, why, sure, .. } => {
                ask(&client, id, &sure, "Run all of it again").await?;
                client.retry_job(id, RetryScope::All, why.text()).await
            }
            Self::Skip { id, why, sure } => {
                ask(&client, id, &sure, "Skip it").await?;
                client.skip_job(id, why.text()).await
            }
            Self::Seal { id, why } => client.seal_job(id, why.text()).await,
        };
        show(target, &job.map_err(refused)?)
    }
}

async fn ask(client: &Client, id: Uuid, sure: &Sure, doing: &str) -> Result<(), Failure> {
    let job = client.get_job(id).await.map_err(refused)?;
    sure.confirm(&preview::job(&job), doing)
}
