//! A control of every pipeline that fits: a preview, a question, the bulk verb.

use uuid::Uuid;
use windlass_sdk::wire::{Bulk, BulkFilter, BulkRetry, Bulked};
use windlass_sdk::{Client, Error};

use super::confirm::{Sure, Why};
use super::control::Act;
use super::output;
use super::target::{Target, refused};
use crate::failure::Failure;

/// Shows how many pipelines fit, asks, and carries the control out.
pub(super) async fn control(
    target: &Target,
    act: Act,
    filter: BulkFilter,
    dry_run: bool,
    (why, sure): (&Why, &Sure),
) -> Result<(), Failure> {
    // A key of its own lets the SDK repeat the call; the preview is no part of that.
    let client = target.client()?;
    let preview = ask(&client, act, &filter, true, why).await?;
    if dry_run || preview.matched == 0 {
        return show(target, preview);
    }
    sure.confirm(&fit(preview.matched), doing(act))?;
    let client = client.idempotent(&Uuid::new_v4().to_string());
    show(target, ask(&client, act, &filter, false, why).await?)
}

async fn ask(
    client: &Client,
    act: Act,
    filter: &BulkFilter,
    dry_run: bool,
    why: &Why,
) -> Result<Bulked, Failure> {
    let (filter, dry_run, reason) = (filter.clone(), Some(dry_run), why.text().map(str::to_owned));
    let asked: Result<Bulked, Error> = if let Act::Retry(scope) = act {
        client.retry_pipelines(&BulkRetry { filter, dry_run, scope: Some(scope), reason }).await
    } else {
        let bulk = Bulk { filter, dry_run, reason };
        match act {
            Act::Pause => client.pause_pipelines(&bulk).await,
            Act::Resume => client.resume_pipelines(&bulk).await,
            Act::Cancel => client.cancel_pipelines(&bulk).await,
            Act::Retry(_) | Act::Seal => {
                return Err(Failure::Error("one pipeline at a time is sealed".to_owned()));
            }
        }
    };
    asked.map_err(refused)
}

fn doing(act: Act) -> &'static str {
    match act {
        Act::Cancel => "Cancel them",
        Act::Pause => "Pause them",
        Act::Resume => "Resume them",
        Act::Retry(_) => "Run them again",
        Act::Seal => "Seal them",
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
