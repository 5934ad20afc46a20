//! A page of a list.

use windlass_wire as wire;

/// A page of a list, its items shown by `show`; `cursor` continues behind the last one.
pub(crate) fn page<S, T>(
    page: windlass_store::Page<S>,
    cursor: impl Fn(&S) -> String,
    show: impl Fn(S) -> T,
) -> wire::Page<T> {
    let next_cursor = page.items.last().filter(|_| page.more).map(cursor);
    wire::Page { items: page.items.into_iter().map(show).collect(), next_cursor }
}
