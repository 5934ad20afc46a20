//! `GET /v1/ids`.

use axum::extract::State;
use uuid::Uuid;
use windlass_store::IdRange;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::query::{Parameters, Query};
use crate::http::{Answer, Problem};
use crate::input::short;
use crate::view;

/// The fewest characters of a beginning.
const FEWEST: usize = 8;
/// The most ids and beginnings of one call.
const MOST: usize = 100;
/// Where the hyphens of an id stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Which ids to look for.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `ranges` reads")]
pub(crate) struct IdParameters {
    /// Ids, or their first 8 or more characters, with the hyphens; up to 100, separated by commas.
    #[param(
        min_length = 8,
        pattern = "^[0-9a-fA-F]{8}(-([0-9a-fA-F]{0,4}|[0-9a-fA-F]{4}-([0-9a-fA-F]{0,4}|[0-9a-fA-F]{4}-([0-9a-fA-F]{0,4}|[0-9a-fA-F]{4}-[0-9a-fA-F]{0,12}))))?(,[0-9a-fA-F]{8}(-([0-9a-fA-F]{0,4}|[0-9a-fA-F]{4}-([0-9a-fA-F]{0,4}|[0-9a-fA-F]{4}-([0-9a-fA-F]{0,4}|[0-9a-fA-F]{4}-[0-9a-fA-F]{0,12}))))?){0,99}$",
        example = "01940000,01940000-0000-7000-8000-000000000001"
    )]
    prefix: String,
}

/// Find ids
///
/// The pipelines, jobs and tasks whose ids these are or begin so, each with the name of its pipeline, and the key and type of its job. Of each beginning
/// the 10 newest pipelines, jobs and tasks, looked for among the newest 1,000 of each; in the order asked, pipelines after jobs and before tasks, the newest first. There is one page.
#[utoipa::path(get, path = "/v1/ids", tag = "operators", operation_id = "find_ids",
    security(("key" = ["read"])),
    params(IdParameters),
    responses((status = 200, description = "What was found.", body = wire::Page<wire::Found>)))]
pub(crate) async fn find_ids(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Found>>, Problem> {
    let ranges = query.read(ranges)?;
    let found = within(app.store().find_ids(&ranges)).await?;
    let items = found.into_iter().map(view::found).collect();
    Ok(Answer(wire::Page { items, next_cursor: None }))
}

fn ranges(query: &mut Parameters) -> Vec<IdRange> {
    if !query.has_any(&["prefix"]) {
        query.refuse("prefix must be given");
    }
    query.optional("prefix", all).unwrap_or_default()
}

fn all(text: &str) -> Result<Vec<IdRange>, String> {
    let asked: Vec<&str> = text.split(',').collect();
    if asked.len() > MOST {
        return Err(format!("must be at most {MOST} ids, are {}", asked.len()));
    }
    asked.into_iter().map(range).collect()
}

/// The ids that begin so.
fn range(prefix: &str) -> Result<IdRange, String> {
    let fits = |(at, letter): (usize, char)| {
        if HYPHENS.contains(&at) { letter == '-' } else { letter.is_ascii_hexdigit() }
    };
    let length = Uuid::nil().hyphenated().to_string().len();
    if !(FEWEST..=length).contains(&prefix.len()) || !prefix.chars().enumerate().all(fits) {
        return Err(format!("must be ids or their first {FEWEST} or more characters, is {}", short(prefix)));
    }
    let digits: String = prefix.chars().filter(|letter| *letter != '-').collect();
    let filled = |with: char| {
        let rest = (digits.len()..32).map(|_| with);
        let whole: String = digits.chars().chain(rest).collect();
        Uuid::try_parse(&whole).expect("32 hexadecimal digits are a UUID")
    };
    Ok(IdRange { first: filled('0'), last: filled('f') })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_all_ids_that_begin_so() {
        let whole = "01940000-0000-7000-8000-000000000001";
        let id: Uuid = whole.parse().unwrap();
        assert_eq!(range(whole).unwrap(), IdRange { first: id, last: id });
        let of = range("01940000-0").unwrap();
        assert_eq!(of.first.to_string(), "01940000-0000-0000-0000-000000000000");
        assert_eq!(of.last.to_string(), "01940000-0fff-ffff-ffff-ffffffffffff");
        assert!(range("01940000").is_ok() && range("01940000-").is_ok());
        for bad in
            ["", "0194000", "0194000g", "019400000", "01940000_", "{01940000-0000-7000-8000-000000000001}"]
        {
            assert!(range(bad).is_err(), "{bad}");
        }
        assert!(range(&format!("{whole}0")).is_err());
        assert_eq!(all(&vec!["01940000"; 100].join(",")).unwrap().len(), 100);
        assert!(all(&vec!["01940000"; 101].join(",")).unwrap_err().contains("101"));
    }
}
