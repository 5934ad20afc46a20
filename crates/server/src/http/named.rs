//! Pages of the short lists whose items have a name for an id: queues and workers.
//!
//! Workers are returned whole by the store, since there are as many as processes, and are ordered here, byte by byte. Queues are as many as types
//! that clients make up: the store reads a page of them, in its own order. Either way a walk misses none that was there when it began.

use windlass_wire as wire;

use super::cursor::{List, read_name, write_name};
use super::query::Parameters;

/// A page of such a list.
#[derive(Debug)]
pub(crate) struct Paging {
    list: List,
    after: Option<String>,
    limit: usize,
}

impl Paging {
    /// `limit` and `cursor` of the list.
    pub(crate) fn take(query: &mut Parameters, list: List) -> Self {
        let limit = usize::try_from(query.limit()).expect("a limit is 1 to 500");
        Self { list, after: query.cursor(|text| read_name(list, text)), limit }
    }

    /// The page of `items`, shown by `show`.
    pub(crate) fn page<S, T>(
        &self,
        mut items: Vec<S>,
        name: impl Fn(&S) -> &String,
        show: impl Fn(S) -> T,
    ) -> wire::Page<T> {
        items.retain(|item| self.after.as_ref().is_none_or(|after| name(item) > after));
        items.sort_by(|one, other| name(one).cmp(name(other)));
        self.cut(items, name, show)
    }

    /// The name that the page comes after, and how many items to read: one more than are shown.
    pub(crate) fn window(&self) -> (Option<&str>, usize) {
        (self.after.as_deref(), self.limit + 1)
    }

    /// The page of the items of its [`window`](Self::window), in their order.
    pub(crate) fn cut<S, T>(
        &self,
        mut items: Vec<S>,
        name: impl Fn(&S) -> &String,
        show: impl Fn(S) -> T,
    ) -> wire::Page<T> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next_cursor = items.last().filter(|_| more).map(|last| write_name(self.list, name(last)));
        wire::Page { items: items.into_iter().map(show).collect(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_sees_every_name_once_in_order() {
        let names = ["b", "a", "B", "a.b", "é", "_"].map(str::to_owned);
        for limit in 1..=7 {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let paging = Paging { list: List::Queues, after, limit };
                let page = paging.page(names.to_vec(), |name| name, |name| name);
                assert!(page.items.len() <= limit);
                seen.extend(page.items);
                let Some(next) = page.next_cursor else { break };
                after = Some(read_name(List::Queues, &next).unwrap());
            }
            assert_eq!(seen, ["B", "_", "a", "a.b", "b", "é"], "{limit} at a time");
        }
    }
}
