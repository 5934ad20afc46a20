//! Query parameters of this surface.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_store::MillisRange;

use super::path::uuid;
use super::refusal::{Refusal, Wrong};
use crate::http::encoded;
use crate::input::jobnik::LONGEST;
use crate::input::short;

/// Parameters while they are taken one by one.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Those of a query.
    ///
    /// # Errors
    /// 400 when a name or value is no text, or one is given twice.
    pub(super) fn of(query: Option<&str>) -> Result<Self, Refusal> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |text: &str| encoded::text(text).map_err(|why| wrong(name, why));
            let (name, value) = (text(name)?, text(value)?);
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(wrong(&name, "is given more than once"));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// The parameter `name` as `parse` reads it; `None` when it is absent.
    ///
    /// # Errors
    /// 400 when it is wrong: `must` says what it has to be.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        must: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(at) = self.0.iter().position(|(known, _)| known == name) else { return Ok(None) };
        let (_, value) = self.0.remove(at);
        parse(&value).map(Some).ok_or_else(|| wrong(name, must))
    }

    /// `true` or `false`; false when it is absent.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Refusal> {
        Ok(self.optional(name, "must be boolean", |text| text.parse().ok())?.unwrap_or(false))
    }

    /// Text of a number of characters from `least` to 50.
    pub(super) fn text(&mut self, name: &str, least: usize) -> Result<Option<String>, Refusal> {
        let must = format!("must have {least} to {LONGEST} characters, none of them NUL");
        self.optional(name, &must, |text| {
            let fits = (least..=LONGEST).contains(&text.chars().count()) && !text.contains('\0');
            fits.then(|| text.to_owned())
        })
    }

    /// A UUID.
    pub(super) fn uuid(&mut self, name: &str) -> Result<Option<Uuid>, Refusal> {
        self.optional(name, "must match format \"uuid\"", uuid)
    }

    /// `from_date` and `end_date`.
    pub(super) fn created(&mut self) -> Result<MillisRange, Refusal> {
        Ok(MillisRange { from: self.instant("from_date")?, to: self.instant("end_date")? })
    }

    fn instant(&mut self, name: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
        let parse = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc());
        self.optional(name, "must match format \"date-time\"", parse)
    }

    /// That nothing is left.
    ///
    /// # Errors
    /// 400 with the first that is.
    pub(super) fn none_left(self) -> Result<(), Refusal> {
        match self.0.first() {
            Some((name, _)) => Err(Refusal::invalid(format!("Unknown query parameter '{}'", short(name)))),
            None => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Wrong;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Wrong> {
        Ok(Self::of(parts.uri.query())?)
    }
}

fn wrong(name: &str, why: &str) -> Refusal {
    Refusal::invalid(format!("request/query/{} {why}", short(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_twice_or_not_known_is_refused() {
        assert!(Parameters::of(Some("a=1&a=2")).is_err());
        assert!(Parameters::of(Some("a=1&b=%ff")).is_err());
        let mut parameters = Parameters::of(Some("flag=true&&x")).unwrap();
        assert!(parameters.flag("flag").unwrap());
        assert!(!parameters.flag("other").unwrap());
        assert!(parameters.none_left().is_err());
        assert!(Parameters::of(None).unwrap().none_left().is_ok());
    }

    #[test]
    fn values_have_bounds() {
        let of = |query: &str| Parameters::of(Some(query)).unwrap();
        for right in ["n=ab".to_owned(), format!("n={}", "a".repeat(50))] {
            assert!(of(&right).text("n", 2).unwrap().is_some(), "{right}");
        }
        for wrong in ["n=".to_owned(), "n=a".to_owned(), "n=%00a".to_owned(), format!("n={}", "a".repeat(51))]
        {
            assert!(of(&wrong).text("n", 2).is_err(), "{wrong}");
        }
        for wrong in ["f=", "f=1", "f=True", "f=yes"] {
            assert!(of(wrong).flag("f").is_err(), "{wrong}");
        }
        for right in ["from_date=2026-01-01T00:00:00.5Z", "end_date=2026-01-01T00%3A00%3A00%2B02%3A00"] {
            assert!(of(right).created().is_ok(), "{right}");
        }
        for wrong in ["from_date=", "end_date=2026-01-01", "end_date=1700000000"] {
            assert!(of(wrong).created().is_err(), "{wrong}");
        }
    }
}
