//! A control of every pipeline that fits: a preview, a question, the bulk verb.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_sdk::Client;
use windlass_sdk::wire::{self, BulkCancel, BulkFilter, BulkRetry, Bulked, RetryScope};

use super::confirm::{Sure, Why};
use super::output;
use super::server::Server;
use super::target::Target;
use super::which::OneOrMany;
use crate::failure::Failure;

/// A control of many.
#[derive(Clone, Copy)]
pub(super) enum Bulk {
    Cancel { clean_up: bool },
    Pause,
    Resume,
    Retry { scope: RetryScope, deadline_at: Option<DateTime<Utc>> },
}

/// Shows how many pipelines fit, asks, and carries the control out.
pub(super) async fn control(
    target: &Target,
    bulk: Bulk,
    which: OneOrMany,
    (why, sure): (&Why, &Sure),
) -> Result<(), Failure> {
    // A key of its own lets the SDK repeat the call; the preview is no part of that.
    let server = target.server()?;
    let only_shows = which.dry_run;
    let filter = which.filter();
    let preview = bulk.ask(&server, &server, &filter, true, why).await?;
    if only_shows || preview.matched == 0 {
        return show(target, preview);
    }
    sure.confirm(&fit(preview.matched), bulk.doing())?;
    let client = server.idempotent(&Uuid::new_v4().to_string());
    show(target, bulk.ask(&server, &client, &filter, false, why).await?)
}

impl Bulk {
    async fn ask(
        self,
        server: &Server,
        client: &Client,
        filter: &BulkFilter,
        dry_run: bool,
        why: &Why,
    ) -> Result<Bulked, Failure> {
        let (filter, dry_run, reason) = (filter.clone(), Some(dry_run), why.text().map(str::to_owned));
        match self {
            Self::Cancel { clean_up } => {
                let cancel = BulkCancel { filter, dry_run, clean_up: clean_up.then_some(true), reason };
                server.answer(client.cancel_pipelines(&cancel)).await
            }
            Self::Pause => {
                let pause = wire::Bulk { filter, dry_run, reason };
                server.answer(client.pause_pipelines(&pause)).await
            }
            Self::Resume => {
                let resume = wire::Bulk { filter, dry_run, reason };
                server.answer(client.resume_pipelines(&resume)).await
            }
            Self::Retry { scope, deadline_at } => {
                let retry = BulkRetry { filter, dry_run, scope: Some(scope), deadline_at, reason };
                server.answer(client.retry_pipelines(&retry)).await
            }
        }
    }

    fn doing(self) -> &'static str {
        match self {
            Self::Cancel { clean_up: false } => "Cancel them",
            Self::Cancel { clean_up: true } => "Cancel them, with clean-up",
            Self::Pause => "Pause them",
            Self::Resume => "Resume them",
            Self::Retry { .. } => "Run them again",
        }
    }
}

fn fit(matched: u64) -> String {
    if matched == 1 { "1 pipeline fits".to_owned() } else { format!("{matched} pipelines fit") }
}

fn show(target: &Target, bulked: Bulked) -> Result<(), Failure> {
    if target.json {
        return output::json(&bulked);
    }
    let fit = fit(bulked.matched);
    match (bulked.changed, bulked.refused) {
        (Some(changed), Some(refused)) => {
            output::text(&format!("{fit}: {changed} changed, {refused} refused"))
        }
        _ => output::text(&fit),
    }
}
