//! Lines of a task's log: their levels, and text that every screen can bear.

use crate::Limits;

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Every step.
    Trace,
    /// What helps to find faults.
    Debug,
    /// What people want to know.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
}

impl LogLevel {
    /// All, the least grave first.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of a word of the contract.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

/// The message of a line: harmless text of at most 8 KiB; a longer one is cut, and ends with `…`.
pub fn log_message(text: String) -> String {
    const MARK: char = '…';
    let mut message = harmless(text);
    if message.len() > Limits::LOG_MESSAGE_BYTES {
        message.truncate(message.floor_char_boundary(Limits::LOG_MESSAGE_BYTES - MARK.len_utf8()));
        message.push(MARK);
    }
    message
}

/// Text without control characters but tab and newline: CR LF and a lone CR become a newline, every other one U+FFFD. So a line can neither
/// move the cursor of a terminal nor hide what stands before it.
pub fn harmless(text: String) -> String {
    let harms = |character: char| character.is_control() && !matches!(character, '\t' | '\n');
    if !text.contains(harms) {
        return text;
    }
    let mut clean = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        clean.push(match character {
            '\r' => {
                rest.next_if_eq(&'\n');
                '\n'
            }
            other if harms(other) => char::REPLACEMENT_CHARACTER,
            other => other,
        });
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_back_and_are_in_order() {
        for level in LogLevel::ALL {
            assert_eq!(LogLevel::parse(level.as_str()), Some(level));
        }
        assert!(LogLevel::ALL.is_sorted());
        assert_eq!(LogLevel::parse("INFO"), None);
    }

    #[test]
    fn no_control_character_but_tab_and_newline_stays() {
        for (text, clean) in [
            ("plain ü\t\n", "plain ü\t\n"),
            ("a\r\nb\rc\r", "a\nb\nc\n"),
            ("\r\r\n\n", "\n\n\n"),
            ("\0\u{1b}[2J\u{7f}\u{85}\u{9b}", "\u{fffd}\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(harmless(text.to_owned()), clean, "{text:?}");
        }
    }

    #[test]
    fn a_message_of_8_kib_stays_whole_and_a_longer_one_is_cut_between_characters() {
        let whole = "x".repeat(8_192);
        assert_eq!(log_message(whole.clone()), whole);
        let cut = log_message("x".repeat(8_193));
        assert_eq!((cut.len(), cut.ends_with("x…")), (8_192, true));
        let cut = log_message("é".repeat(4_097));
        assert_eq!((cut.len(), cut.ends_with("é…")), (8_191, true));
        // As it is stored.
        assert_eq!(log_message("\0".repeat(3_000)).len(), 8_190);
    }
}
