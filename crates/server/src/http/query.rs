//! Query parameters, read as strictly as bodies: an unknown one is an error, never a silent default.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::Paging;
use windlass_wire::Code;

use super::Problem;
use super::cursor::{self, List};
use super::encoded;
use crate::input::{rounded_up, short};

/// The parameters of a request, decoded and not yet understood.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

/// The most faults of a query that are told.
const MOST_TOLD: usize = 100;

/// That a request has no parameters.
#[derive(Debug)]
pub(crate) struct NoQuery;

/// Parameters while they are taken one by one.
#[derive(Debug)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    wrong: Vec<String>,
}

impl Query {
    /// The parameters of a query string.
    ///
    /// # Errors
    /// 400 with all names and values that are no text.
    fn of(query: &str) -> Result<Self, Problem> {
        let (mut pairs, mut wrong) = (Vec::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (encoded::text(name), encoded::text(value)) {
                (Ok(name), Ok(value)) => pairs.push((name, value)),
                (Err(detail), _) => wrong.push(format!("the name {} {detail}", short(name))),
                (Ok(name), Err(detail)) => wrong.push(format!("{} {detail}", short(&name))),
            }
        }
        if wrong.is_empty() { Ok(Self(pairs)) } else { Err(malformed(&wrong)) }
    }

    /// What `read` makes of the parameters; those that it leaves are refused.
    ///
    /// # Errors
    /// 400 with all that is wrong.
    pub(crate) fn read<T>(self, read: impl FnOnce(&mut Parameters) -> T) -> Result<T, Problem> {
        let mut parameters = Parameters { pairs: self.0, wrong: Vec::new() };
        let value = read(&mut parameters);
        let Parameters { pairs, mut wrong } = parameters;
        wrong.extend(
            pairs.into_iter().map(|(name, _)| format!("{} is no parameter of this call", short(&name))),
        );
        if wrong.is_empty() { Ok(value) } else { Err(malformed(&wrong)) }
    }
}

impl Parameters {
    /// The parameter `name` as `parse` reads it; `None` when it is absent or wrong, and the latter is noted.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let at = self.pairs.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.pairs.remove(at);
        if self.pairs.iter().any(|(known, _)| known == name) {
            self.pairs.retain(|(known, _)| known != name);
            self.wrong.push(format!("{name} is given more than once"));
            return None;
        }
        match parse(&value) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.wrong.push(format!("{name} {detail}"));
                None
            }
        }
    }

    /// One of the words that `parse` knows.
    pub(crate) fn word<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.optional(name, |text| parse(text).ok_or_else(|| "is none of its words".to_owned()))
    }

    /// Text that `parse` takes.
    pub(crate) fn text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(String) -> Result<T, windlass_domain::Invalid>,
    ) -> Option<T> {
        self.optional(name, |text| parse(text.to_owned()).map_err(|invalid| invalid.to_string()))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.optional(name, |text| text.parse().map_err(|_| "must be true or false".to_owned()))
    }

    /// Whether a parameter of one of these names is given.
    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        self.pairs.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// Notes what is wrong with the parameters together.
    pub(crate) fn refuse(&mut self, detail: &str) {
        self.wrong.push(detail.to_owned());
    }

    /// A UUID.
    pub(crate) fn uuid(&mut self, name: &str) -> Option<Uuid> {
        self.optional(name, |text| Uuid::try_parse(text).map_err(|_| "must be a UUID".to_owned()))
    }

    /// An instant, rounded up to the microsecond: rows have microseconds, so both `>=` and `<` mean the same.
    pub(crate) fn instant(&mut self, name: &str) -> Option<DateTime<Utc>> {
        self.optional(name, |text| {
            let instant =
                DateTime::parse_from_rfc3339(text).map_err(|_| "must be an RFC 3339 time".to_owned())?;
            Ok(rounded_up(instant.to_utc()))
        })
    }

    /// The parameters `PREFIX.KEY`, at most `most` of them: each key, all that follows the first dot, with its text.
    pub(crate) fn texts(&mut self, prefix: &str, most: usize) -> Vec<(String, String)> {
        let key = |name: &str| Some(name.strip_prefix(prefix)?.strip_prefix('.')?.to_owned());
        let (named, others) =
            std::mem::take(&mut self.pairs).into_iter().partition(|(name, _)| key(name).is_some());
        self.pairs = others;
        let mut texts: Vec<(String, String)> = Vec::new();
        for (name, text) in named {
            let key = key(&name).unwrap_or_default();
            let fault = if key.is_empty() {
                Some("has no key behind its dot")
            } else if key.contains('\0') || text.contains('\0') {
                Some("must not contain NUL")
            } else if texts.iter().any(|(other, _)| *other == key) {
                Some("is given more than once")
            } else {
                None
            };
            match fault {
                Some(fault) => self.wrong.push(format!("{} {fault}", short(&name))),
                None => texts.push((key, text)),
            }
        }
        if texts.len() > most {
            self.wrong
                .push(format!("{prefix} must be given for at most {most} keys, is for {}", texts.len()));
        }
        texts
    }

    /// `limit` and `cursor` of a list.
    pub(crate) fn paging(&mut self, list: List) -> Paging {
        let limit = self.limit();
        Paging { after: self.cursor(|text| cursor::read(list, text)), limit }
    }

    /// `limit` of a list, or its default.
    pub(crate) fn limit(&mut self) -> i64 {
        let limit = self.optional("limit", |text| {
            // As it would be written in JSON: no sign, no leading zeros.
            let number = text.parse().ok().filter(|number: &i64| number.to_string() == text);
            let limit = number.filter(|limit| (1..=Limits::PAGE).contains(limit));
            limit.ok_or_else(|| format!("must be a whole number from 1 to {}", Limits::PAGE))
        });
        limit.unwrap_or(Limits::PAGE_DEFAULT)
    }

    /// `cursor` of a list as `parse` reads it.
    pub(crate) fn cursor<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.optional("cursor", |text| parse(text).ok_or_else(|| "is no cursor of this list".to_owned()))
    }
}

fn malformed(wrong: &[String]) -> Problem {
    let told = wrong[..wrong.len().min(MOST_TOLD)].join("; ");
    Problem::new(Code::MalformedRequest, format!("bad query: {told}"))
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts.uri.query().unwrap_or_default())
    }
}

impl NoQuery {
    /// # Errors
    /// 400 if there is any parameter.
    pub(crate) fn check(parts: &mut Parts) -> Result<Self, Problem> {
        Query::of(parts.uri.query().unwrap_or_default())?.read(|_| Self)
    }
}

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::check(parts)
    }
}

/// The parameters that every list has, for the `OpenAPI` document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Parameters::paging reads")]
pub(crate) struct PageParameters {
    /// Rows of a page at the most, 1 to 500; a page also ends early at 8 MiB.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// Where the page begins: the `next_cursor` of the page before, and nothing else.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(query: &str, reader: impl FnOnce(&mut Parameters) -> T) -> Result<T, String> {
        Query::of(query).and_then(|query| query.read(reader)).map_err(|problem| problem.into_wire().detail)
    }

    #[test]
    fn what_is_not_listed_or_sent_twice_is_refused() {
        assert!(read("stat=queued", |_| ()).unwrap_err().contains("stat"));
        let uuid = |parameters: &mut Parameters| parameters.uuid("job_id");
        let id = Uuid::now_v7();
        assert_eq!(read(&format!("job_id={id}"), uuid).unwrap(), Some(id));
        let twice = read(&format!("job_id={id}&job_id={id}&job_id=x"), uuid).unwrap_err();
        assert_eq!(twice, "bad query: job_id is given more than once");
        assert!(read("job_id=", uuid).is_err());
        assert_eq!(read("", uuid).unwrap(), None);
    }

    #[test]
    fn what_is_wrong_is_told_in_short_however_much_is_sent() {
        let long = read(&"n".repeat(10_000), |_| ()).unwrap_err();
        assert!(long.len() < 300 && long.contains(&"n".repeat(200)), "{long}");
        let many = read(&vec!["n"; 10_000].join("&"), |_| ()).unwrap_err();
        assert_eq!(many.matches("no parameter").count(), MOST_TOLD);
    }

    #[test]
    fn a_name_or_value_that_is_no_text_is_refused_by_its_name() {
        let name = |parameters: &mut Parameters| parameters.text("name", Ok);
        assert_eq!(read("name=%C3%A9+%26&&", name), Ok(Some("é &".to_owned())));
        assert_eq!(read("name=%ff", name).unwrap_err(), "bad query: name is not UTF-8");
        assert_eq!(
            read("%6eame=100%&%fe=1&limit", name).unwrap_err(),
            "bad query: name has a % without two hexadecimal digits behind it; the name %fe is not UTF-8"
        );
    }

    #[test]
    fn texts_are_named_by_all_that_follows_the_first_dot() {
        let texts = |query: &str| read(query, |parameters| parameters.texts("metadata", 2));
        let pair = |key: &str, text: &str| (key.to_owned(), text.to_owned());
        assert_eq!(texts("").unwrap(), []);
        assert_eq!(texts("metadata.a.b=x&metadata.+%2e=").unwrap(), [pair("a.b", "x"), pair(" .", "")]);
        for (bad, why) in [
            ("metadata.=x", "no key"),
            ("metadata=x", "no parameter"),
            ("metadata.a=x&metadata.%61=x", "more than once"),
            ("metadata.a=1&metadata.b=2&metadata.c=3", "at most 2 keys, is for 3"),
            ("metadata.a=%00", "NUL"),
            ("metadata.%00=a", "NUL"),
            ("metadatas.a=1", "no parameter"),
        ] {
            assert!(texts(bad).unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn limit_has_bounds_and_a_default() {
        let limit = |parameters: &mut Parameters| parameters.paging(List::Tasks).limit;
        for (query, expected) in [("", 50), ("limit=1", 1), ("limit=500", 500)] {
            assert_eq!(read(query, limit), Ok(expected), "{query}");
        }
        for bad in
            ["limit=0", "limit=501", "limit=-1", "limit=x", "limit=1.0", "limit=", "cursor=x", "cursor="]
        {
            assert!(read(bad, limit).is_err(), "{bad}");
        }
        for bad in ["limit=%2B5", "limit=+5", "limit=007", "limit=5%20", "limit=99999999999999999999"] {
            assert!(read(bad, limit).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_instant_is_rounded_up_to_what_rows_have() {
        let instant = |parameters: &mut Parameters| parameters.instant("created_after");
        let read =
            |text: &str| read(&format!("created_after={text}"), instant).unwrap().unwrap().to_rfc3339();
        assert_eq!(read("2026-01-01T00:00:00.0000001Z"), "2026-01-01T00:00:00.000001+00:00");
        assert_eq!(read("2026-01-01T02:00:00%2B02:00"), "2026-01-01T00:00:00+00:00");
    }
}
