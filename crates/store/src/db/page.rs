//! Pages of lists: at most the items asked, at most 8 MiB.

use uuid::Uuid;

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
