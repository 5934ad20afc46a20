//! Text in addresses: percent-encoded UTF-8, read strictly.
//!
//! A reader that puts U+FFFD for what is not UTF-8, or takes a lone `%` for itself, would look for a name that nobody meant.

/// The text of a name or value of a query, in which `+` is a space.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn text(encoded: &str) -> Result<String, &'static str> {
    let bytes = bytes(encoded).ok_or("has a % without two hexadecimal digits behind it")?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8")
}

fn bytes(encoded: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            other => other,
        });
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_comes_back() {
        for (encoded, plain) in
            [("", ""), ("a+b", "a b"), ("%2B%2b", "++"), ("%F0%9F%A6%80", "🦀"), ("é", "é"), ("%00", "\0")]
        {
            assert_eq!(text(encoded), Ok(plain.to_owned()), "{encoded}");
        }
    }

    #[test]
    fn what_is_no_text_is_recognised() {
        // A lone byte, a cut sequence, an overlong form, half a surrogate pair, past the last character.
        for other in ["%ff", "%C3", "%C3x", "%C0%AF", "%ED%A0%80", "%F4%90%80%80"] {
            assert!(text(other).unwrap_err().contains("UTF-8"), "{other}");
        }
        for cut in ["%", "%2", "a%", "%zz", "%2g", "%+1", "%%41", "%é"] {
            assert!(text(cut).unwrap_err().contains('%'), "{cut}");
        }
    }
}
