//! Paths of this surface: which one is meant, and the ids in it.

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use uuid::Uuid;

use super::refusal::{Refusal, Wrong};

/// What is below which another case is taken.
const VERSION: &str = "/jobnik/v1/";
/// The segment of an id or of a type, which stays as it is.
const OWN: usize = 1;

/// The path that is meant: without a slash at its end, its words in small letters.
pub(super) fn meant(path: &str) -> Option<String> {
    let head = path.get(..VERSION.len()).filter(|head| head.eq_ignore_ascii_case(VERSION))?;
    // The base itself has one case, as everywhere.
    let rest = path.strip_prefix(head).filter(|_| head.starts_with("/jobnik/"))?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let word = |(at, segment): (usize, &str)| {
        if at == OWN { segment.to_owned() } else { segment.to_ascii_lowercase() }
    };
    let segments: Vec<String> = rest.split('/').enumerate().map(word).collect();
    let meant = format!("{VERSION}{}", segments.join("/"));
    (meant != path).then_some(meant)
}

/// The one segment of the path that is no word; empty where it is not UTF-8.
#[derive(Debug)]
pub(super) struct Segment(pub(super) String);

impl Segment {
    /// The id that it is, under its name in the document.
    ///
    /// # Errors
    /// 400 when it is no UUID.
    pub(super) fn id(&self, name: &str) -> Result<Uuid, Wrong> {
        let invalid = || Refusal::invalid(format!("request/params/{name} must match format \"uuid\""));
        Ok(uuid(&self.0).ok_or_else(invalid)?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Wrong;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Wrong> {
        Ok(Self(parts.extract::<Path<String>>().await.map(|Path(segment)| segment).unwrap_or_default()))
    }
}

/// A UUID in its usual form.
pub(super) fn uuid(text: &str) -> Option<Uuid> {
    const CHARACTERS: usize = 36;
    if text.len() == CHARACTERS { Uuid::try_parse(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_and_another_case_are_taken() {
        for (path, expected) in [
            ("/jobnik/v1/jobs", None),
            ("/jobnik/v1/jobs/", Some("/jobnik/v1/jobs")),
            ("/jobnik/V1/JOBS/A/Stages", Some("/jobnik/v1/jobs/A/stages")),
            ("/jobnik/v1/stages/Resize/tasks/dequeue", None),
            ("/jobnik/v1/Stages/Re%2Fsize/Tasks/Dequeue/", Some("/jobnik/v1/stages/Re%2Fsize/tasks/dequeue")),
            ("/jobnik/v1/jobs//", Some("/jobnik/v1/jobs/")),
            ("/Jobnik/v1/Jobs", None),
            ("/jobnik/Liveness", None),
            ("/jobnik/vé/Jobs", None),
        ] {
            assert_eq!(meant(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn an_id_is_a_uuid_in_its_usual_form() {
        let id = Uuid::now_v7();
        assert_eq!(uuid(&id.to_string()), Some(id));
        assert_eq!(uuid(&id.to_string().to_uppercase()), Some(id));
        for wrong in [id.simple().to_string(), id.braced().to_string(), id.urn().to_string(), String::new()] {
            assert_eq!(uuid(&wrong), None, "{wrong}");
        }
    }
}
