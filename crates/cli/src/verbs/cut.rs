//! Texts of others on a line of a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text on one line, without what would steer the terminal.
pub(super) fn one_line(text: &str) -> String {
    let letter = |letter: char| match letter {
        '\n' | '\t' | '\r' => ' ',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.trim_end().chars().map(letter).collect()
}

/// The text as it is, line by line, without what would steer the terminal.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

/// What of the text fits; what is cut ends with `…`.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = width.saturating_sub(1);
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        cut.push(letter);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_ends_with_a_sign_and_fits() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(one_line("a\n\tb\u{1b}[2J\u{7}\n"), "a  b\u{fffd}[2J\u{fffd}");
        assert_eq!(lines("a\r\nb\u{1b}c"), "a\nb\u{fffd}c");
    }
}
