//! Which things a control is for: one by its id, or every pipeline that fits.

use clap::Args;
use windlass_sdk::wire::{BulkFilter, BulkState, Open, PipelineState, Priority};

use super::complete;
use super::ids::{Id, JobId};
use super::words::{PIPELINE_STATES, PRIORITIES, one_of};

/// One job.
#[derive(Args)]
pub(super) struct OneJob {
    /// The job: its id, the first 8 or more characters of it, or PIPELINE/KEY, where PIPELINE is an id or a name.
    #[arg(add = complete::jobs(), value_name = "JOB")]
    pub(super) id: JobId,
}

/// One pipeline by its id, or every one that fits all the conditions given. Of many, shows how many fit, and asks before.
#[derive(Args, Default)]
pub(super) struct OneOrMany {
    /// The pipeline: its id, or the first 8 or more characters of it; or else the options that say which pipelines.
    #[arg(required_unless_present = "conditions", add = complete::pipelines(), value_name = "PIPELINE")]
    pub(super) id: Option<Id>,
    #[command(flatten)]
    conditions: Conditions,
    /// Only shows how many fit.
    #[arg(long, requires = "conditions")]
    pub(super) dry_run: bool,
}

#[derive(Args, Default)]
#[group(id = "conditions", multiple = true, conflicts_with = "id")]
struct Conditions {
    /// Those in this state, in one of several separated by commas, or `open`: in one that has not ended.
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<BulkState>,
    /// Those of this name.
    #[arg(long, add = complete::pipeline_names())]
    name: Option<String>,
    /// Those of this priority.
    #[arg(long, value_parser = one_of::<Priority>(PRIORITIES))]
    priority: Option<Priority>,
    /// Those with this correlation id.
    #[arg(long)]
    correlation_id: Option<String>,
    /// Those created then or later, such as 2026-11-22T20:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    created_after: Option<Instant>,
    /// Those created earlier than then.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    created_before: Option<Instant>,
    /// Those made from this template.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Those made by this schedule.
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// Those whose metadata has this text as a top-level member; up to 5 times.
    #[arg(long, value_name = "KEY=TEXT", value_parser = pair)]
    metadata: Vec<(String, String)>,
}

type Instant = chrono::DateTime<chrono::Utc>;

impl OneOrMany {
    /// The filter of a control that has no id.
    pub(super) fn filter(self) -> BulkFilter {
        let asked = self.conditions;
        BulkFilter {
            state: asked.state,
            name: asked.name,
            priority: asked.priority,
            correlation_id: asked.correlation_id,
            created_after: asked.created_after,
            created_before: asked.created_before,
            template: asked.template,
            schedule: asked.schedule,
            metadata: (!asked.metadata.is_empty()).then(|| asked.metadata.into_iter().collect()),
        }
    }
}

/// Reads a state, several of them separated by commas, or `open`.
fn state(text: &str) -> Result<BulkState, String> {
    if text == "open" {
        return Ok(BulkState::Open(Open::Open));
    }
    let one = |word: &str| {
        let known = PIPELINE_STATES.contains(&word);
        let words = || format!("must be open, or of {}", PIPELINE_STATES.join(", "));
        if known {
            serde_json::from_value::<PipelineState>(word.into()).map_err(|_| words())
        } else {
            Err(words())
        }
    };
    Ok(match text.split(',').map(one).collect::<Result<Vec<_>, _>>()?.as_slice() {
        [only] => BulkState::One(*only),
        several => BulkState::AnyOf(several.to_vec()),
    })
}

/// Reads `KEY=TEXT`; the text may be empty.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, text)) if !key.is_empty() => Ok((key.to_owned(), text.to_owned())),
        _ => Err("must be KEY=TEXT".to_owned()),
    }
}

fn instant(text: &str) -> Result<Instant, String> {
    text.parse().map_err(|_| "must be an RFC 3339 time".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_one_or_several_or_open() {
        assert_eq!(state("failed").unwrap(), BulkState::One(PipelineState::Failed));
        let several = vec![PipelineState::Failed, PipelineState::Partial];
        assert_eq!(state("failed,partial").unwrap(), BulkState::AnyOf(several));
        assert_eq!(state("open").unwrap(), BulkState::Open(Open::Open));
        for bad in ["", "ended", "failed,", "failed,open", "Failed"] {
            assert!(state(bad).unwrap_err().contains("pending"), "{bad}");
        }
    }

    #[test]
    fn a_pair_has_a_key_and_all_behind_the_first_sign_is_text() {
        assert_eq!(pair("a.b=c=d").unwrap(), ("a.b".to_owned(), "c=d".to_owned()));
        assert_eq!(pair("a=").unwrap(), ("a".to_owned(), String::new()));
        assert!(pair("a").is_err() && pair("=a").is_err());
    }
}
