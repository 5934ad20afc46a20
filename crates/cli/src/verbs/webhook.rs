//! `windlass webhook`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::wire::{DeliveryState, NewWebhook, PatchWebhook, WebhookFilter, WebhookFormat};
use windlass_sdk::wire::{Webhook as WireWebhook, WebhookWithSecret};

use super::confirm::{Sure, Why};
use super::target::{Target, refused};
use super::words::{DELIVERY_STATES, WEBHOOK_FORMATS, json, one_of};
use super::{output, webhook_table};
use crate::failure::Failure;

/// The arguments of `windlass webhook`.
#[derive(Args)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes a webhook, and shows its secret: now, and never again.
    Create(Box<Create>),
    /// Lists webhooks, newest first.
    List,
    /// Shows a webhook.
    Get {
        /// The webhook's id.
        id: Uuid,
    },
    /// Changes a webhook; what is left out stays.
    Update(Box<Update>),
    /// Deletes a webhook and its deliveries. Asks before.
    Delete {
        /// The webhook's id.
        id: Uuid,
        #[command(flatten)]
        sure: Sure,
    },
    /// Has nothing delivered of what happens until it is resumed.
    Pause {
        /// The webhook's id.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Has it told again of what happens, and sends what waited.
    Resume {
        /// The webhook's id.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Gives it a new secret, and shows that: now, and never again.
    RotateSecret {
        /// The webhook's id.
        id: Uuid,
        /// File with the new one, alone on one line [default: the server makes one].
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// How long the one before signs as well, such as 36h: 0s to 30d [default: 1d].
        #[arg(long, value_name = "LENGTH", value_parser = humantime::parse_duration)]
        overlap: Option<Duration>,
    },
    /// Sends windlass.test now, once, and says what came back.
    Test {
        /// The webhook's id.
        id: Uuid,
    },
    /// Lists what was sent, newest first, with the last attempt of each.
    Deliveries {
        /// The webhook's id.
        id: Uuid,
        /// Only those in this state.
        #[arg(long, value_parser = one_of::<DeliveryState>(DELIVERY_STATES))]
        state: Option<DeliveryState>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Has a delivery that has ended tried again, now.
    Retry {
        /// The webhook's id.
        id: Uuid,
        /// The delivery's id.
        delivery: Uuid,
    },
}

#[derive(Args)]
struct Create {
    /// Where deliveries go: https, unless the server allows more.
    #[arg(long)]
    url: String,
    /// What it is told, such as pipeline.failed or job.*; up to 50 times.
    #[arg(long = "event", value_name = "EVENT", required = true)]
    events: Vec<String>,
    /// Which of these, as JSON: `{"pipeline_name", "template", "schedule", "types", "metadata"}` [default: all].
    #[arg(long, value_name = "JSON", value_parser = filter)]
    filter: Option<WebhookFilter>,
    /// In which words [default: standard].
    #[arg(long, value_parser = one_of::<WebhookFormat>(WEBHOOK_FORMATS))]
    format: Option<WebhookFormat>,
    /// For people.
    #[arg(long)]
    description: Option<String>,
    /// File with its secret, whsec_ and base64 of 24 to 64 bytes, alone on one line [default: the server makes one].
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Begins paused.
    #[arg(long)]
    paused: bool,
}

#[derive(Args)]
struct Update {
    /// The webhook's id.
    id: Uuid,
    /// Where deliveries go.
    #[arg(long)]
    url: Option<String>,
    /// What it is told, in place of what it was; up to 50 times.
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<String>,
    /// Which of these, as JSON; {} is all.
    #[arg(long, value_name = "JSON", value_parser = filter)]
    filter: Option<WebhookFilter>,
    /// In which words.
    #[arg(long, value_parser = one_of::<WebhookFormat>(WEBHOOK_FORMATS))]
    format: Option<WebhookFormat>,
    /// For people; an empty one takes it off.
    #[arg(long)]
    description: Option<String>,
}

impl Webhook {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (target, client) = (&self.target, self.target.client()?);
        match self.verb {
            Verb::Create(create) => {
                let made = client.create_webhook(&create.new_webhook()?).await.map_err(refused)?;
                show_secret(target, &made)
            }
            Verb::List => {
                let webhooks: Vec<_> = client.webhooks().try_collect().await.map_err(refused)?;
                if target.json {
                    output::json(&webhooks)
                } else {
                    output::text(&webhook_table::webhooks(&webhooks))
                }
            }
            Verb::Get { id } => show(target, &client.get_webhook(id).await.map_err(refused)?),
            Verb::Update(update) => {
                let change = update.change();
                show(target, &client.patch_webhook(update.id, &change).await.map_err(refused)?)
            }
            Verb::Delete { id, sure } => {
                let webhook = client.get_webhook(id).await.map_err(refused)?;
                sure.confirm(&webhook_table::webhook(&webhook), "Delete it")?;
                client.delete_webhook(id).await.map_err(refused)?;
                // As it was: there is nothing left to show.
                if target.json { output::json(&webhook) } else { output::text(&id.to_string()) }
            }
            Verb::Pause { id, why } => {
                show(target, &client.pause_webhook(id, why.text()).await.map_err(refused)?)
            }
            Verb::Resume { id, why } => {
                show(target, &client.resume_webhook(id, why.text()).await.map_err(refused)?)
            }
            Verb::RotateSecret { id, secret_file, overlap } => {
                let secret = secret_file.as_deref().map(read_secret).transpose()?;
                let rotated = client.rotate_webhook_secret(id, secret.as_deref(), overlap).await;
                show_secret(target, &rotated.map_err(refused)?)
            }
            Verb::Test { id } => {
                let test = client.test_webhook(id).await.map_err(refused)?;
                if target.json { output::json(&test) } else { output::text(&webhook_table::test(&test)) }
            }
            Verb::Deliveries { id, state, limit } => {
                let deliveries = client.webhook_deliveries(id, state).take(limit);
                let deliveries: Vec<_> = deliveries.try_collect().await.map_err(refused)?;
                if target.json {
                    output::json(&deliveries)
                } else {
                    output::text(&webhook_table::deliveries(&deliveries))
                }
            }
            Verb::Retry { id, delivery } => {
                let delivery = client.retry_webhook_delivery(id, delivery).await.map_err(refused)?;
                if target.json {
                    output::json(&delivery)
                } else {
                    output::text(&webhook_table::deliveries(&[delivery]))
                }
            }
        }
    }
}

impl Create {
    fn new_webhook(&self) -> Result<NewWebhook, Failure> {
        Ok(NewWebhook {
            url: self.url.clone(),
            events: self.events.clone(),
            filter: self.filter.clone(),
            format: self.format,
            description: self.description.clone(),
            secret: self.secret_file.as_deref().map(read_secret).transpose()?,
            paused: self.paused.then_some(true),
        })
    }
}

impl Update {
    fn change(&self) -> PatchWebhook {
        PatchWebhook {
            url: self.url.clone(),
            events: (!self.events.is_empty()).then(|| self.events.clone()),
            filter: self.filter.clone(),
            format: self.format,
            description: self.description.clone().map(|text| Some(text).filter(|text| !text.is_empty())),
            paused: None,
        }
    }
}

fn filter(text: &str) -> Result<WebhookFilter, serde_json::Error> {
    json(text)?.parse()
}

/// A secret is never a flag: every user of the machine reads those.
fn read_secret(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Error(format!("cannot read {}: {error}", file.display())))?;
    Ok(text.trim_end().to_owned())
}

fn show(target: &Target, webhook: &WireWebhook) -> Result<(), Failure> {
    if target.json { output::json(webhook) } else { output::text(&webhook_table::webhook(webhook)) }
}

fn show_secret(target: &Target, webhook: &WebhookWithSecret) -> Result<(), Failure> {
    if target.json { output::json(webhook) } else { output::text(&webhook_table::with_secret(webhook)) }
}
