//! Reading many items in one body: the envelope can fail as a whole, each item only by itself.

use std::cell::Cell;

use windlass_domain::Limits;

use super::json::{Document, Field, Rejection};

/// The most findings that are listed over all items, beside the first one of each.
const MOST_FINDINGS: usize = 100;

/// What is known of an item even if it is wrong, and what it says, or all that is wrong with it.
pub(super) type Item<K, T> = (K, Result<T, Rejection>);

/// Reads `{LIST: [item, …]}`, up to 1,000 items. `read` notes in the first of a pair what is to be known of an item even if it is wrong; the second
/// is what it says, or all that is wrong with it.
///
/// # Errors
/// Only what is wrong with the envelope.
pub(super) fn read_each<K: Default, T>(
    body: &Document,
    list: &'static str,
    read: impl Fn(Field<'_>, &mut K) -> Option<T>,
) -> Result<Vec<Item<K, T>>, Rejection> {
    let listed = Cell::new(0);
    body.read_envelope(|root, suspicious| {
        root.object(|envelope| {
            envelope.required(list, |items| {
                items.each(0..=Limits::BATCH, |item, _| {
                    let mut known = K::default();
                    let said = item.apart(|item| {
                        if suspicious {
                            item.refuse_flaws();
                        }
                        read(item, &mut known)
                    });
                    Some((known, said.map_err(|wrong| in_short(wrong, &listed))))
                })
            })
        })
    })
}

/// As much of a rejection as is told of it, after what was told of the items before.
fn in_short(mut wrong: Rejection, listed: &Cell<usize>) -> Rejection {
    wrong.errors.truncate(MOST_FINDINGS.saturating_sub(listed.get()).max(1));
    listed.set(listed.get() + wrong.errors.len());
    wrong
}
