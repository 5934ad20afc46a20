//! How long JSON is as text in UTF-8, however its client escapes it.

/// The bytes that valid JSON without white space would have with nothing escaped that need not be. Never more than it has.
///
/// A client may escape every letter that is not ASCII, as many libraries do unasked. How much it may send is not to depend on that.
pub(crate) fn unescaped_length(compact: &str) -> usize {
    let (mut rest, mut length) = (compact, 0);
    while let Some(at) = rest.find('\\') {
        let (taken, counted) = escape(&rest[at..]);
        length += at + counted;
        rest = &rest[at + taken..];
    }
    length + rest.len()
}

/// How long the escape is that the text begins with, and how long it would be written as short as can be.
fn escape(text: &str) -> (usize, usize) {
    let unit = |at: usize| text.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match (text.as_bytes().get(1), unit(2)) {
        (Some(b'/'), _) => (2, 1),
        (Some(b'u'), Some(0xd800..0xdc00)) if text[6..].starts_with("\\u") => (12, 4),
        // Quotation marks, backslashes and five control characters have escapes of two bytes; the others have none that is shorter.
        (Some(b'u'), Some(0x08..=0x0a | 0x0c | 0x0d | 0x22 | 0x5c)) => (6, 2),
        (Some(b'u'), Some(0x00..0x20)) => (6, 6),
        (Some(b'u'), Some(code)) => (6, char::from_u32(code).map_or(6, char::len_utf8)),
        _ => (2, 2),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_escape_counts_as_what_it_stands_for() {
        for (text, length) in [
            (r#""plain""#, 7),
            (r#""\u00e9\u20ac\ud83d\ude00A""#, 2 + 2 + 3 + 4 + 1),
            (r#""\u0041\u007f\u0080""#, 2 + 1 + 1 + 2),
            (r#""\/\"\\\n\u0022\u005C\u000a""#, 2 + 1 + 6 * 2),
            (r#""\u0000\u001f""#, 2 + 6 + 6),
            (r#"{"\u00e9":["é"]}"#, 13),
        ] {
            assert_eq!(unescaped_length(text), length, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_length_of_what_serde_writes(text in any::<String>()) {
            let short = serde_json::to_string(&text).unwrap();
            let mut escaped = String::new();
            for unit in text.encode_utf16() {
                write!(escaped, "\\u{unit:04x}").unwrap();
            }
            prop_assert_eq!(unescaped_length(&format!("\"{escaped}\"")), short.len());
            prop_assert_eq!(unescaped_length(&short), short.len());
        }
    }
}
