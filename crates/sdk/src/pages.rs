//! Lists without the pages.

use std::collections::VecDeque;
use std::future::Future;

use futures_util::stream::{self, Stream};
use windlass_wire::Page;

use crate::Error;

/// Which page a walk needs next.
enum Next {
    First,
    At(String),
    End,
}

/// Every row of a list; a page is fetched when the one before it is used up.
pub(crate) fn walk<T, F, Fut>(fetch: F) -> impl Stream<Item = Result<T, Error>>
where
    F: Fn(Option<String>) -> Fut,
    Fut: Future<Output = Result<Page<T>, Error>>,
{
    let start = (fetch, VecDeque::new(), Next::First);
    stream::try_unfold(start, |(fetch, mut ready, mut next)| async move {
        loop {
            if let Some(item) = ready.pop_front() {
                return Ok(Some((item, (fetch, ready, next))));
            }
            let cursor = match next {
                Next::First => None,
                Next::At(cursor) => Some(cursor),
                Next::End => return Ok(None),
            };
            let page = fetch(cursor).await?;
            ready = page.items.into();
            next = page.next_cursor.map_or(Next::End, Next::At);
        }
    })
}
