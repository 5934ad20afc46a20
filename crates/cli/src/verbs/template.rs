//! `windlass template`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::wire::{self, Json, Priority, PutTemplate, RunTemplate};

use super::confirm::Sure;
use super::target::{Target, refused};
use super::which::pair;
use super::words::{PRIORITIES, json, one_of};
use super::{file, output, table, watch};
use crate::failure::Failure;

/// The arguments of `windlass template`.
#[derive(Args)]
pub(crate) struct Template {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Keeps a template as the next version of its name; what does not differ from the newest makes none.
    Put {
        /// JSON, TOML or YAML as of PUT /v1/templates/NAME; - reads JSON from standard input.
        file: PathBuf,
        /// Its name [default: the file's, without its ending].
        #[arg(long, required_if_eq("file", "-"))]
        name: Option<String>,
    },
    /// Lists templates by name, each in its newest version.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Shows a template.
    Get {
        /// The template.
        name: String,
        /// One of its versions [default: the newest].
        #[arg(long)]
        version: Option<u32>,
    },
    /// Lists the versions of a template, newest first.
    Versions {
        /// The template.
        name: String,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Deletes a template with all its versions. Asks before.
    Delete {
        /// The template.
        name: String,
        #[command(flatten)]
        sure: Sure,
    },
    /// Creates a pipeline from a template.
    Run {
        #[command(flatten)]
        filling: Filling,
        /// Follows the pipeline to its end; the exit code is 0 only if it succeeded.
        #[arg(long)]
        watch: bool,
    },
    /// Prints the body of POST /v1/pipelines that it would be; nothing is made.
    Preview(Filling),
}

/// How a template is filled in.
#[derive(Args)]
struct Filling {
    /// The template.
    name: String,
    /// One of its versions [default: the newest].
    #[arg(long)]
    version: Option<u32>,
    /// A parameter; what is no JSON is a text. Any number of times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// A file with parameters as an object: JSON, TOML or YAML; --set wins.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// The pipeline's name [default: as the template says].
    #[arg(long = "name", value_name = "NAME")]
    pipeline_name: Option<String>,
    /// Whose tasks are dequeued first [default: as the template says].
    #[arg(long, value_parser = one_of::<Priority>(PRIORITIES))]
    priority: Option<Priority>,
    /// Ties it to what else belongs together.
    #[arg(long)]
    correlation_id: Option<String>,
    /// An object that is merged over the template's metadata.
    #[arg(long, value_name = "JSON", value_parser = json)]
    metadata: Option<Json>,
    /// Whether it begins paused [default: as the template says].
    #[arg(long, value_name = "true|false")]
    paused: Option<bool>,
    /// When it is cancelled, with clean-up, if it has not ended [default: as the template says].
    #[arg(long, value_name = "TIME")]
    deadline_at: Option<DateTime<Utc>>,
}

impl Template {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let target = &self.target;
        match self.verb {
            Verb::Put { file, name } => put(target, &file, name).await,
            Verb::List { limit } => {
                let found = target.client()?.templates().take(limit);
                list(target, &found.try_collect::<Vec<_>>().await.map_err(refused)?)
            }
            Verb::Get { name, version } => {
                let client = target.client()?;
                let template = match version {
                    Some(version) => client.get_template_version(&name, version).await,
                    None => client.get_template(&name).await,
                };
                show(target, &template.map_err(refused)?)
            }
            Verb::Versions { name, limit } => {
                let found = target.client()?.template_versions(&name).take(limit);
                list(target, &found.try_collect::<Vec<_>>().await.map_err(refused)?)
            }
            Verb::Delete { name, sure } => delete(target, &name, &sure).await,
            Verb::Run { filling, watch } => filling.run(target, watch).await,
            Verb::Preview(filling) => {
                let body = target.client()?.preview_template(&filling.name, &filling.body()?).await;
                output::json(&body.map_err(refused)?)
            }
        }
    }
}

async fn put(target: &Target, file: &Path, name: Option<String>) -> Result<(), Failure> {
    let template: PutTemplate = file::read(file)?;
    let own = || file.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let name = name.or_else(own).ok_or_else(|| Failure::Error("say --name".to_owned()))?;
    let kept = target.client()?.put_template(&name, &template).await.map_err(refused)?;
    if target.json { output::json(&kept) } else { output::text(&format!("{} {}", kept.name, kept.version)) }
}

async fn delete(target: &Target, name: &str, sure: &Sure) -> Result<(), Failure> {
    let client = target.client()?;
    let template = client.get_template(name).await.map_err(refused)?;
    let preview = format!("template {name}, and all of its versions up to {}", template.version);
    sure.confirm(&preview, "Delete it")?;
    client.delete_template(name).await.map_err(refused)?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&template) } else { output::text(name) }
}

fn list(target: &Target, templates: &[wire::Template]) -> Result<(), Failure> {
    if target.json { output::json(&templates) } else { output::text(&table::templates(templates)) }
}

fn show(target: &Target, template: &wire::Template) -> Result<(), Failure> {
    if target.json { output::json(template) } else { output::text(&table::template(template)?) }
}

impl Filling {
    async fn run(self, target: &Target, follow: bool) -> Result<(), Failure> {
        // A key of its own lets the SDK repeat the call without creating a second pipeline.
        let client = target.client()?.idempotent(&Uuid::new_v4().to_string());
        let pipeline = client.create_template_pipeline(&self.name, &self.body()?).await.map_err(refused)?;
        if follow {
            return watch::watch(target, pipeline.id).await;
        }
        if target.json { output::json(&pipeline) } else { output::text(&pipeline.id.to_string()) }
    }

    fn body(&self) -> Result<RunTemplate, Failure> {
        Ok(RunTemplate {
            version: self.version,
            parameters: self.parameters()?,
            name: self.pipeline_name.clone(),
            priority: self.priority,
            correlation_id: self.correlation_id.clone(),
            metadata: self.metadata.clone(),
            paused: self.paused,
            deadline_at: self.deadline_at,
        })
    }

    /// Those of the file, and over them those of the command line, each as it is written.
    fn parameters(&self) -> Result<Option<Json>, Failure> {
        if self.parameters.is_none() && self.set.is_empty() {
            return Ok(None);
        }
        let mut all: std::collections::BTreeMap<String, Json> = match &self.parameters {
            Some(file) => file::read(file)?,
            None => std::collections::BTreeMap::new(),
        };
        for (name, value) in &self.set {
            let value = Json::from_text(value.clone()).or_else(|_| Json::of(value))?;
            all.insert(name.clone(), value);
        }
        Ok(Some(Json::of(&all)?))
    }
}
