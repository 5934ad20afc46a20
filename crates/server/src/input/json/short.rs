//! What a client sent, as it is said back to it.

use std::borrow::Cow;

/// The most characters of a request that an answer repeats in one piece.
const MOST: usize = 200;

/// The text, or its first 200 characters and a mark that there were more.
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_characters_are_said_back_and_no_more() {
        let (most, more) = ("é".repeat(200), "é".repeat(201));
        assert_eq!(short(&most), most);
        assert_eq!(short(&more), format!("{most}…"));
    }
}
