//! Ids as people give them: whole, or their first 8 or more characters, where only one begins so; a job also as PIPELINE/KEY.

use std::str::FromStr;

use clap::Args;
use uuid::Uuid;
use windlass_sdk::PipelineFilter;
use windlass_sdk::wire::{Found, FoundEntity};

use super::server::Server;
use crate::failure::Failure;

/// The fewest characters of a beginning.
const FEWEST: usize = 8;
/// Where the hyphens of an id stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// An id, or its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Id {
    Whole(Uuid),
    Begins(String),
}

/// A job: by its id, or by its pipeline and its key there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobId {
    Id(Id),
    Key { pipeline: String, key: String },
}

/// One pipeline.
#[derive(Args, Clone, Debug)]
#[group(id = "which", required = true, multiple = false)]
pub(super) struct OnePipeline {
    /// The pipeline: its id, or the first 8 or more characters of it.
    #[arg(add = super::complete::pipelines())]
    id: Option<Id>,
    /// The newest pipeline of this name.
    #[arg(long, add = super::complete::pipeline_names())]
    name: Option<String>,
}

impl FromStr for Id {
    type Err = String;

    /// As it stands in a table, also with the `…` of what was cut.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('…').to_ascii_lowercase();
        if let Ok(id) = Uuid::try_parse(&text) {
            return Ok(Self::Whole(id));
        }
        let fits = |(at, letter): (usize, char)| {
            if HYPHENS.contains(&at) { letter == '-' } else { letter.is_ascii_hexdigit() }
        };
        if (FEWEST..36).contains(&text.len()) && text.chars().enumerate().all(fits) {
            return Ok(Self::Begins(text));
        }
        Err(format!("must be an id, or the first {FEWEST} or more characters of one"))
    }
}

impl FromStr for JobId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.rsplit_once('/') {
            Some((pipeline, key)) if !pipeline.is_empty() && !key.is_empty() => {
                Ok(Self::Key { pipeline: pipeline.to_owned(), key: key.to_owned() })
            }
            Some(_) => Err("must be PIPELINE/KEY or a job's id".to_owned()),
            None => match text.parse() {
                Ok(id) => Ok(Self::Id(id)),
                Err(why) => Err(format!("{why}, or PIPELINE/KEY")),
            },
        }
    }
}

impl Id {
    /// The whole id of a pipeline, job or task.
    pub(super) async fn of(&self, server: &Server, entity: FoundEntity) -> Result<Uuid, Failure> {
        let begins = match self {
            Self::Whole(id) => return Ok(*id),
            Self::Begins(begins) => begins,
        };
        let found = server.answer(server.find_ids(std::slice::from_ref(begins))).await?;
        let fitting: Vec<Found> = found.into_iter().filter(|found| found.entity == entity).collect();
        let known = fitting.iter().map(|found| (found.id, called(found)));
        only(begins, noun(entity), &known.collect::<Vec<_>>())
    }

    /// The whole id of one of these, each with what it is called.
    pub(super) fn among(
        &self,
        what: &str,
        known: impl IntoIterator<Item = (Uuid, String)>,
    ) -> Result<Uuid, Failure> {
        match self {
            Self::Whole(id) => Ok(*id),
            Self::Begins(begins) => {
                let fits = |(id, _): &(Uuid, String)| id.to_string().starts_with(begins.as_str());
                only(begins, what, &known.into_iter().filter(fits).collect::<Vec<_>>())
            }
        }
    }

    /// Whether it is to be looked up.
    pub(super) fn is_short(&self) -> bool {
        matches!(self, Self::Begins(_))
    }
}

impl JobId {
    /// The whole id.
    pub(super) async fn of(&self, server: &Server) -> Result<Uuid, Failure> {
        let (pipeline, key) = match self {
            Self::Id(id) => return id.of(server, FoundEntity::Job).await,
            Self::Key { pipeline, key } => (pipeline, key),
        };
        let id = match pipeline.parse::<Id>() {
            Ok(id) => id.of(server, FoundEntity::Pipeline).await?,
            Err(_) => newest(server, pipeline).await?,
        };
        let pipeline = server.answer(server.get_pipeline(id)).await?;
        let mut jobs = pipeline.jobs.iter().flatten();
        jobs.find(|job| job.key == *key).map(|job| job.id).ok_or_else(|| {
            let keys: Vec<&str> =
                pipeline.jobs.iter().flatten().map(|job| job.key.as_str()).take(10).collect();
            let keys = if keys.is_empty() { "no jobs".to_owned() } else { keys.join(", ") };
            Failure::Error(format!("pipeline {} ({id}) has no job {key}; it has {keys}", pipeline.name))
        })
    }
}

impl OnePipeline {
    /// The whole id.
    pub(super) async fn of(&self, server: &Server) -> Result<Uuid, Failure> {
        match (&self.id, &self.name) {
            (Some(id), _) => id.of(server, FoundEntity::Pipeline).await,
            (None, name) => newest(server, name.as_deref().unwrap_or_default()).await,
        }
    }
}

/// The whole id of a filter's pipeline, job or task.
pub(super) async fn optional(
    server: &Server,
    id: Option<&Id>,
    entity: FoundEntity,
) -> Result<Option<Uuid>, Failure> {
    match id {
        Some(id) => id.of(server, entity).await.map(Some),
        None => Ok(None),
    }
}

/// The whole id of a filter's job.
pub(super) async fn optional_job(server: &Server, id: Option<&JobId>) -> Result<Option<Uuid>, Failure> {
    match id {
        Some(id) => id.of(server).await.map(Some),
        None => Ok(None),
    }
}

/// The newest pipeline of a name.
async fn newest(server: &Server, name: &str) -> Result<Uuid, Failure> {
    let filter = PipelineFilter { name: Some(name.to_owned()), limit: Some(1), ..PipelineFilter::default() };
    let newest = server.some(server.pipelines(filter), 1).await?;
    let newest = newest.items.first().map(|pipeline| pipeline.id);
    newest.ok_or_else(|| Failure::Error(format!("there is no pipeline of the name {name:?}")))
}

/// The one that fits.
fn only(begins: &str, what: &str, fitting: &[(Uuid, String)]) -> Result<Uuid, Failure> {
    match fitting {
        [] => Err(Failure::Error(format!("the id of no {what} begins with {begins}"))),
        [(id, _)] => Ok(*id),
        several => {
            let named: Vec<String> = several.iter().map(|(id, name)| format!("\n  {id}  {name}")).collect();
            Err(Failure::Error(format!(
                "the ids of several {what}s begin with {begins}; give more characters:{}",
                named.join("")
            )))
        }
    }
}

fn called(found: &Found) -> String {
    match &found.key {
        Some(key) => format!("{}/{key}", found.name),
        None => found.name.clone(),
    }
}

fn noun(entity: FoundEntity) -> &'static str {
    match entity {
        FoundEntity::Pipeline => "pipeline",
        FoundEntity::Job => "job",
        FoundEntity::Task => "task",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "01940000-0000-7000-8000-000000000001";

    #[test]
    fn an_id_is_whole_or_a_beginning_of_8_characters() {
        assert_eq!(WHOLE.parse(), Ok(Id::Whole(WHOLE.parse().unwrap())));
        assert_eq!("01940000…".parse(), Ok(Id::Begins("01940000".to_owned())));
        assert_eq!("0194ABCD-0".parse(), Ok(Id::Begins("0194abcd-0".to_owned())));
        for bad in ["", "0194000", "0194000x", "019400000", "nightly"] {
            assert!(bad.parse::<Id>().unwrap_err().contains("first 8"), "{bad}");
        }
    }

    #[test]
    fn a_job_is_an_id_or_a_key_in_a_pipeline() {
        let key = |pipeline: &str| JobId::Key { pipeline: pipeline.to_owned(), key: "a.b".to_owned() };
        assert_eq!("nightly/a.b".parse(), Ok(key("nightly")));
        assert_eq!("a/b c/a.b".parse(), Ok(key("a/b c")));
        assert_eq!(WHOLE.parse(), Ok(JobId::Id(WHOLE.parse().unwrap())));
        for bad in ["/a", "a/", "nightly"] {
            assert!(bad.parse::<JobId>().unwrap_err().contains("PIPELINE/KEY"), "{bad}");
        }
    }

    #[test]
    fn a_beginning_fits_one_of_what_is_known() {
        let known = [(WHOLE.parse().unwrap(), "one".to_owned()), (Uuid::max(), "other".to_owned())];
        let id = |text: &str| text.parse::<Id>().unwrap();
        assert_eq!(id("01940000").among("key", known.clone()).unwrap().to_string(), WHOLE);
        let both = [(Uuid::max(), "one".to_owned()), (Uuid::max(), "other".to_owned())];
        for (begins, known) in [("ffffffff", both), ("11111111", known)] {
            let Err(Failure::Error(message)) = id(begins).among("key", known) else { panic!("{begins}") };
            assert!(message.contains(begins), "{message}");
        }
    }
}
