//! `windlass webhook`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::wire::{DeliveryState, NewWebhook, PatchWebhook, WebhookFilter, WebhookFormat};
use windlass_sdk::wire::{Webhook as WireWebhook, WebhookWithSecret};

use super::confirm::{Sure, Why};
use super::ids::Id;
use super::server::Server;
use super::target::Target;
use super::words::{DELIVERY_STATES, WEBHOOK_FORMATS, json, one_of};
use super::{complete, output, webhook_table};
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
    /// Makes a webhook, and shows its secret, this once.
    Create(Box<Create>),
    /// Lists webhooks, newest first.
    List,
    /// Shows a webhook.
    Get {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
    },
    /// Changes a webhook; what is left out stays.
    Update(Box<Update>),
    /// Deletes a webhook and its deliveries. Asks before.
    Delete {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
        #[command(flatten)]
        sure: Sure,
    },
    /// Pauses a webhook: it is not told of what happens until it is resumed.
    Pause {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
        #[command(flatten)]
        why: Why,
    },
    /// Resumes a webhook: it is told again of what happens, and gets what waited.
    Resume {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
        #[command(flatten)]
        why: Why,
    },
    /// Gives a webhook a new secret, and shows it, this once.
    RotateSecret {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
        /// File with the new one, alone on one line [default: the server makes one].
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// How long the one before signs as well, such as 36h: 0s to 30d [default: 1d].
        #[arg(long, value_name = "LENGTH", value_parser = humantime::parse_duration)]
        overlap: Option<Duration>,
    },
    /// Sends a webhook the event windlass.test now, once, and says what came back.
    Test {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
    },
    /// Lists what was sent to a webhook, the newest first, with the last attempt of each.
    Deliveries {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
        /// Only those in this state.
        #[arg(long, value_parser = one_of::<DeliveryState>(DELIVERY_STATES))]
        state: Option<DeliveryState>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Tries a delivery that has ended again, now.
    Retry {
        /// The webhook: its id, or the first 8 or more characters of it.
        #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
        id: Id,
        /// The delivery: its id, or the first 8 or more characters of it.
        delivery: Id,
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
    /// The webhook: its id, or the first 8 or more characters of it.
    #[arg(value_name = "WEBHOOK", add = complete::webhooks())]
    id: Id,
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
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::Create(create) => {
                let new = create.new_webhook()?;
                show_secret(target, &server.answer(server.create_webhook(&new)).await?)
            }
            Verb::List => output::list(
                target,
                &server.all(server.webhooks()).await?,
                "webhooks",
                webhook_table::webhooks,
            ),
            Verb::Get { id } => {
                show(target, &server.answer(server.get_webhook(of(server, &id).await?)).await?)
            }
            Verb::Update(update) => {
                let (id, change) = (of(server, &update.id).await?, update.change());
                show(target, &server.answer(server.patch_webhook(id, &change)).await?)
            }
            Verb::Delete { id, sure } => delete(target, server, &id, &sure).await,
            Verb::Pause { id, why } => {
                let id = of(server, &id).await?;
                show(target, &server.answer(server.pause_webhook(id, why.text())).await?)
            }
            Verb::Resume { id, why } => {
                let id = of(server, &id).await?;
                show(target, &server.answer(server.resume_webhook(id, why.text())).await?)
            }
            Verb::RotateSecret { id, secret_file, overlap } => {
                let id = of(server, &id).await?;
                let secret = secret_file.as_deref().map(read_secret).transpose()?;
                let rotated = server.rotate_webhook_secret(id, secret.as_deref(), overlap);
                show_secret(target, &server.answer(rotated).await?)
            }
            Verb::Test { id } => {
                let id = of(server, &id).await?;
                let test = server.answer(server.test_webhook(id)).await?;
                output::one(target, &test, webhook_table::test)
            }
            Verb::Deliveries { id, state, limit } => {
                let id = of(server, &id).await?;
                let deliveries = server.some(server.webhook_deliveries(id, state), limit).await?;
                output::listed(target, &deliveries, "deliveries", webhook_table::deliveries)
            }
            Verb::Retry { id, delivery } => retry(target, server, &id, &delivery).await,
        }
    }
}

/// The whole id of a webhook.
async fn of(server: &Server, id: &Id) -> Result<Uuid, Failure> {
    let webhooks = if id.is_short() { server.all(server.webhooks()).await? } else { Vec::new() };
    id.among("webhook", webhooks.into_iter().map(|webhook| (webhook.id, webhook.url)))
}

async fn delete(target: &Target, server: &Server, id: &Id, sure: &Sure) -> Result<(), Failure> {
    let webhook = server.answer(server.get_webhook(of(server, id).await?)).await?;
    sure.confirm(&webhook_table::webhook(&target.screen(), &webhook), "Delete it")?;
    server.answer(server.delete_webhook(webhook.id)).await?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&webhook) } else { output::text(&webhook.id.to_string()) }
}

async fn retry(target: &Target, server: &Server, id: &Id, delivery: &Id) -> Result<(), Failure> {
    let id = of(server, id).await?;
    let known =
        if delivery.is_short() { server.all(server.webhook_deliveries(id, None)).await? } else { Vec::new() };
    let delivery =
        delivery.among("delivery", known.into_iter().map(|delivery| (delivery.id, delivery.r#type)))?;
    let delivery = server.answer(server.retry_webhook_delivery(id, delivery)).await?;
    output::one(target, &delivery, |screen, delivery| {
        webhook_table::deliveries(screen, std::slice::from_ref(delivery))
    })
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
    output::one(target, webhook, webhook_table::webhook)
}

fn show_secret(target: &Target, webhook: &WebhookWithSecret) -> Result<(), Failure> {
    output::one(target, webhook, webhook_table::with_secret)
}
