//! Pages of lists: at most the items asked, at most 8 MiB.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row};
use uuid::Uuid;
use windlass_domain::Limits;

/// A page of a list; `more` when another follows.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Whether another page follows the last item.
    pub more: bool,
    /// Behind which id the next page begins, where this one ended before it was full and the last item does not say it.
    pub resume: Option<Uuid>,
}

impl<T> Page<T> {
    /// A page of `items`, the rows of a statement that fetches `limit` + 1 and cuts where they pass 8 MiB. It counts in each row how many it
    /// `fetched`; `None` where there is none. The cut is made in the database, so that what is left out never travels.
    pub(crate) fn of(limit: i64, fetched: Option<i64>, items: impl Iterator<Item = T>) -> Self {
        let items: Vec<T> = items.take(usize::try_from(limit).unwrap_or(0)).collect();
        let more = fetched.unwrap_or(0) > i64::try_from(items.len()).unwrap_or(i64::MAX);
        Self { items, more, resume: None }
    }
}

/// Runs `inner`, a SELECT with a column `bytes` and one more row than `limit` at the most, cut where its rows pass 8 MiB.
/// The cut is made in the database, so that what is left out never travels. `order` sorts the outer rows.
pub(crate) async fn fetch_page<T>(
    connection: &mut PgConnection,
    inner: QueryBuilder<Postgres>,
    order: &'static str,
    limit: i64,
) -> Result<Page<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow>,
{
    let mut query = inner;
    query.push(format_args!(
        ") inner_page) sized WHERE bytes_before < {} ORDER BY {order}",
        Limits::PAGE_BYTES
    ));
    let rows = query.build().fetch_all(connection).await?;
    let fetched: i64 = rows.first().map_or(Ok(0), |row| row.try_get("fetched"))?;
    let items: Vec<T> =
        rows.iter().take(usize::try_from(limit).unwrap_or(0)).map(T::from_row).collect::<Result<_, _>>()?;
    let more = fetched > i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(Page { items, more, resume: None })
}

/// The beginning of a page's query: `fetch_page` closes what this opens. `order` is the order of the page.
pub(crate) fn start_page(order: &'static str) -> QueryBuilder<Postgres> {
    QueryBuilder::new(format!(
        "SELECT * FROM (SELECT *, count(*) OVER () AS fetched,
             coalesce(sum(bytes) OVER (ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
         FROM ("
    ))
}

/// Which way a list goes along its ids.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Walk {
    /// Oldest first.
    Up,
    /// Newest first.
    Down,
}

/// Appends ` AND …`: the rows with this value, behind `after`, along the index on (`column`, `id`), whose names are qualified; the query is to be
/// ordered by both. A range of pairs says that and not an equality, with which the planner may walk along all ids until it meets enough
/// that fit.
pub(crate) fn push_walk<V>(
    query: &mut QueryBuilder<Postgres>,
    (column, id): (&'static str, &'static str),
    value: V,
    after: Option<Uuid>,
    walk: Walk,
) where
    V: Clone + for<'q> sqlx::Encode<'q, Postgres> + sqlx::Type<Postgres>,
{
    let (from, to) = match walk {
        Walk::Up => (">", "<="),
        Walk::Down => ("<", ">="),
    };
    let (first, last) = match walk {
        Walk::Up => (Uuid::nil(), Uuid::max()),
        Walk::Down => (Uuid::max(), Uuid::nil()),
    };
    query.push(format_args!(" AND ({column}, {id}) {from} (")).push_bind(value.clone()).push(", ");
    query.push_bind(after.unwrap_or(first)).push(format_args!(") AND ({column}, {id}) {to} ("));
    query.push_bind(value).push(", ").push_bind(last).push(")");
}
