//! `windlass template`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::wire::{self, Json, Priority, PutTemplate, RunTemplate};

use windlass_server::Body;

use super::confirm::Sure;
use super::file::{self, Written};
use super::server::{Listed, Server};
use super::target::Target;
use super::which::pair;
use super::words::{PRIORITIES, json, one_of};
use super::{complete, output, template_table, watch};
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
    /// Stores a template from a file as the next version of its name; one that is as the newest makes no new version.
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
        #[arg(add = complete::templates())]
        name: String,
        /// One of its versions [default: the newest].
        #[arg(long)]
        version: Option<u32>,
    },
    /// Lists the versions of a template, newest first.
    Versions {
        /// The template.
        #[arg(add = complete::templates())]
        name: String,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Deletes a template with all its versions. Asks before.
    Delete {
        /// The template.
        #[arg(add = complete::templates())]
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
    /// Prints the pipeline that a template would create, as the body of POST /v1/pipelines; nothing is made.
    Preview(Filling),
}

/// How a template is filled in.
#[derive(Args)]
struct Filling {
    /// The template.
    #[arg(add = complete::templates())]
    name: String,
    /// One of its versions [default: the newest].
    #[arg(long)]
    version: Option<u32>,
    /// A parameter; a value that is no JSON is a text. Any number of times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// A file with parameters as an object: JSON, TOML or YAML; --set wins.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// The pipeline's name [default: as the template says].
    #[arg(long = "name", value_name = "NAME")]
    pipeline_name: Option<String>,
    /// Whose tasks are handed out first [default: as the template says].
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
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::Put { file, name } => put(target, server, &file, name).await,
            Verb::List { limit } => list(target, &server.some(server.templates(), limit).await?),
            Verb::Get { name, version } => {
                let template = match version {
                    Some(version) => server.answer(server.get_template_version(&name, version)).await?,
                    None => server.answer(server.get_template(&name)).await?,
                };
                show(target, &template)
            }
            Verb::Versions { name, limit } => {
                list(target, &server.some(server.template_versions(&name), limit).await?)
            }
            Verb::Delete { name, sure } => delete(target, server, &name, &sure).await,
            Verb::Run { filling, watch } => filling.run(target, server, watch).await,
            Verb::Preview(filling) => {
                let body = filling.body()?;
                output::json(&server.answer(server.preview_template(&filling.name, &body)).await?)
            }
        }
    }
}

async fn put(target: &Target, server: &Server, path: &Path, name: Option<String>) -> Result<(), Failure> {
    let file = Written::read(path)?.check(Body::Template)?;
    let template: PutTemplate = file.parse()?;
    let own = || path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let name = name.or_else(own).ok_or_else(|| Failure::Error("say --name".to_owned()))?;
    let kept = server.ask(server.put_template(&name, &template)).await;
    let kept = kept.map_err(|error| file.refused(error))?;
    if target.json { output::json(&kept) } else { output::text(&format!("{} {}", kept.name, kept.version)) }
}

async fn delete(target: &Target, server: &Server, name: &str, sure: &Sure) -> Result<(), Failure> {
    let template = server.answer(server.get_template(name)).await?;
    let preview = format!("template {name}, and all of its versions up to {}", template.version);
    sure.confirm(&preview, "Delete it")?;
    server.answer(server.delete_template(name)).await?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&template) } else { output::text(name) }
}

fn list(target: &Target, templates: &Listed<wire::Template>) -> Result<(), Failure> {
    output::listed(target, templates, "templates", template_table::templates)
}

fn show(target: &Target, template: &wire::Template) -> Result<(), Failure> {
    if target.json {
        output::json(template)
    } else {
        output::text(&template_table::template(&target.screen(), template)?)
    }
}

impl Filling {
    async fn run(self, target: &Target, server: &Server, follow: bool) -> Result<(), Failure> {
        // A key of its own lets the SDK repeat the call without creating a second pipeline.
        let client = server.idempotent(&Uuid::new_v4().to_string());
        let body = self.body()?;
        let pipeline = server.answer(client.create_template_pipeline(&self.name, &body)).await?;
        if follow {
            return watch::watch(target, server, pipeline.id).await;
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
