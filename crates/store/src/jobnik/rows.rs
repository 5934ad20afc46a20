//! What one list holds at the most, nested rows counted.

use uuid::Uuid;

/// Rows of one list at the most, those within others counted.
pub const LIST_ROWS: usize = 10_000;
/// Bytes of JSON of one list, at which it ends.
pub(super) const LIST_BYTES: i64 = 64 * 1024 * 1024;
/// Rows that are read for one list: one more shows that there are more.
pub(super) const READ_ROWS: i64 = 10_001;
/// The same as a length.
pub(super) const MOST_READ: usize = LIST_ROWS + 1;
/// Into how many rows is looked at first for what is within them: each may have as much as a list holds.
const FIRST_PORTION: usize = 16;

/// A list, oldest first.
#[derive(Debug, Clone)]
pub struct JobnikList<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// There were more.
    pub truncated: bool,
}

/// Room that is left in a list.
pub(super) struct Room {
    rows: usize,
    bytes: i64,
    /// Something did not fit.
    pub(super) truncated: bool,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { rows: LIST_ROWS, bytes: LIST_BYTES, truncated: false }
    }

    /// Takes what fits of these rows, each with its bytes; once one did not fit, nothing does.
    pub(super) fn take<T>(&mut self, rows: Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
        rows.into_iter().filter_map(|row| self.take_one(bytes(&row)).then_some(row)).collect()
    }

    /// Takes a row of so many bytes, if it fits and all before did. One fits if any bytes are left, however large it is.
    pub(super) fn take_one(&mut self, bytes: usize) -> bool {
        self.truncated |= self.rows == 0 || self.bytes <= 0;
        if self.truncated {
            return false;
        }
        self.rows -= 1;
        self.bytes -= i64::try_from(bytes).unwrap_or(i64::MAX);
        true
    }
}

/// Rows whose nested ones are looked for together, each portion twice as many as the one before.
pub(super) fn portions(rows: &[Uuid]) -> impl Iterator<Item = &[Uuid]> {
    let (mut rest, mut most) = (rows, FIRST_PORTION);
    std::iter::from_fn(move || {
        let (some, others) = rest.split_at(most.min(rest.len()));
        (rest, most) = (others, most * 2);
        (!some.is_empty()).then_some(some)
    })
}

/// Bytes of these texts.
pub(super) fn bytes(texts: [&Option<String>; 2]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_rows_fit_and_no_more() {
        let mut room = Room::new();
        assert_eq!(room.take(vec![0; LIST_ROWS], |_| 1).len(), LIST_ROWS);
        assert!(!room.truncated);
        assert!(!room.take_one(1));
        assert!(room.truncated);
    }

    #[test]
    fn portions_are_all_of_it_and_grow() {
        let rows: Vec<Uuid> = (0..100).map(Uuid::from_u128).collect();
        let lengths: Vec<usize> = portions(&rows).map(<[Uuid]>::len).collect();
        assert_eq!(lengths, [16, 32, 52]);
        assert_eq!(portions(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        assert_eq!(portions(&[]).count(), 0);
    }

    #[test]
    fn a_list_ends_behind_the_row_that_fills_it() {
        let mut room = Room::new();
        let mebibyte = 1024 * 1024;
        assert_eq!(room.take(vec![mebibyte; 70], |bytes| *bytes).len(), 64);
        assert!(room.truncated);
        assert!(!room.take_one(0), "what follows does not come before what was left out");
    }
}
