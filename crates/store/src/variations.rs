//! Variations of the hot statements.
//!
//! Each part of such a statement costs time, executed or not, and some parts are needed only now and then. So a statement is kept as it is used
//! on most days, checked at compile time, with parts in brackets (`-- [name` and `-- name]`); a variation is a file of parts which replace those of
//! the same names. What is made of both is checked by the tests of plans, and by every test that runs it.

use std::sync::LazyLock;

/// Dequeue where requests have idempotency keys.
pub(crate) static DEQUEUE_KEYED: LazyLock<String> =
    LazyLock::new(|| vary(include_str!("tasks/dequeue.sql"), &[include_str!("tasks/dequeue_keyed.sql")]));
/// Dequeue while vacuum is held back, with or without keys.
pub(crate) static DEQUEUE_HELD: LazyLock<String> = LazyLock::new(|| {
    vary(
        include_str!("tasks/dequeue.sql"),
        &[include_str!("tasks/dequeue_keyed.sql"), include_str!("tasks/dequeue_held.sql")],
    )
});
/// Reports at once while vacuum is held back.
pub(crate) static AT_ONCE_HELD: LazyLock<String> = LazyLock::new(|| {
    vary(include_str!("attempts/at_once.sql"), &[include_str!("attempts/at_once_held.sql")])
});

/// All of them, for the tests of plans.
#[cfg(feature = "testing")]
pub(crate) fn all() -> [&'static str; 3] {
    [&DEQUEUE_KEYED, &DEQUEUE_HELD, &AT_ONCE_HELD].map(|text| text.as_str())
}

/// The statement with its bracketed parts replaced. What sqlx reads in the columns' names is taken off: nothing looks at it here.
fn vary(statement: &str, variations: &[&str]) -> String {
    let mut text = statement.to_owned();
    for variation in variations {
        let mut rest = *variation;
        while let Some((_, after)) = rest.split_once("-- [") {
            let (name, after) = after.split_once('\n').expect("a bracket is a line");
            let (part, after) = after.split_once(&format!("-- {name}]\n")).expect("a bracket is closed");
            let (begin, end) = (format!("-- [{name}\n"), format!("-- {name}]\n"));
            let (before, found) = text.split_once(&begin).expect("the statement has that part");
            let (_, behind) = found.split_once(&end).expect("a bracket is closed");
            text = format!("{before}{part}{behind}");
            rest = after;
        }
    }
    text.replace("!\"", "\"").replace("?\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_replaced_by_name() {
        let statement = "SELECT 1\n-- [a\n, 2\n-- a]\n-- [b\n-- b]\nAS \"x!\"\n";
        let variations = ["-- why\n-- [b\n, 4\n-- b]\n", "-- [a\n, 3\n-- a]\n"];
        assert_eq!(vary(statement, &variations), "SELECT 1\n, 3\n, 4\nAS \"x\"\n");
    }
}
