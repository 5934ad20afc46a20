//! From bytes to JSON text that the readers may trust: valid, compact, not too deep.
//!
//! What it deliberately does not do: build a tree. Numbers and strings stay the text that the client
//! wrote, since any tree would change some of them.

use std::fmt::{self, Display};

use serde_json::value::RawValue;
use windlass_domain::Limits;

use super::findings::Findings;
use super::pointer::{Escaped, Pointer};

/// A body's JSON without white space outside strings.
#[derive(Debug)]
pub(super) struct Text {
    compact: String,
    suspicious: bool,
}

impl Text {
    /// Checks that the bytes are JSON of a bearable depth.
    ///
    /// # Errors
    /// Why they are not, for people.
    pub(super) fn check(bytes: Vec<u8>) -> Result<Self, String> {
        let text = String::from_utf8(bytes)
            .map_err(|error| format!("the body is not UTF-8: {}", error.utf8_error()))?;
        serde_json::from_str::<&RawValue>(&text).map_err(|error| format!("the body is not JSON: {error}"))?;
        compact(text)
    }

    /// The text as a value to read.
    pub(super) fn root(&self) -> &RawValue {
        serde_json::from_str(&self.compact).expect("it was JSON with white space, so it is without")
    }

    /// Whether a string may hold what Postgres or UTF-8 cannot: [`flaws`] finds out.
    pub(super) fn is_suspicious(&self) -> bool {
        self.suspicious
    }
}

/// Removes the white space outside strings of valid JSON, in place, and measures it on the way.
fn compact(text: String) -> Result<Text, String> {
    let mut bytes = text.into_bytes();
    let (mut read, mut written, mut depth, mut suspicious) = (0, 0, 0_usize, false);
    while let Some(&byte) = bytes.get(read) {
        let end = if byte == b'"' { end_of_string(&bytes, read) } else { read + 1 };
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {
                read = end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => suspicious = suspicious || may_be_flawed(&bytes[read..end]),
            _ => {}
        }
        if depth > Limits::DEPTH {
            return Err(format!("the body is nested deeper than {}", Limits::DEPTH));
        }
        bytes.copy_within(read..end, written);
        written += end - read;
        read = end;
    }
    bytes.truncate(written);
    let compact = String::from_utf8(bytes).expect("only blanks between characters were removed");
    Ok(Text { compact, suspicious })
}

/// The index behind the string that begins at `start`, in valid JSON.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// A cheap look for the escapes of NUL and of surrogates; an escaped backslash before them errs on the safe side.
fn may_be_flawed(string: &[u8]) -> bool {
    string.windows(4).any(|four| {
        four[..2] == *b"\\u"
            && (four[2..] == *b"00" || (four[2].eq_ignore_ascii_case(&b'd') && four[3] > b'7'))
    })
}

/// Notes the strings at or below `at` that hold a NUL character or half of a surrogate pair, as many as are told.
pub(super) fn flaws(value: &RawValue, at: &Pointer<'_>, findings: &Findings) {
    let text = value.get();
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut read = 0;
    while let Some(&byte) = text.as_bytes().get(read) {
        let end = if byte == b'"' { end_of_string(text.as_bytes(), read) } else { read + 1 };
        match byte {
            b'{' => frames.push(Frame::Object(None)),
            b'[' => frames.push(Frame::Array(0)),
            b'}' | b']' => drop(frames.pop()),
            b',' => frames.last_mut().into_iter().for_each(Frame::advance),
            b'"' => {
                let string = &text[read..end];
                if let Some(Frame::Object(key @ None)) = frames.last_mut() {
                    *key = Some(string);
                }
                if let Some(flaw) = flaw(string) {
                    findings.value(format_args!("{at}{}", Path(&frames)), flaw);
                    if findings.is_full() {
                        return;
                    }
                }
            }
            _ => {}
        }
        read = end;
    }
}

/// The longest key, as it is written, that may fit into a pointer: a character takes six bytes at the most for each of its own.
const LONGEST_KEY: usize = 6 * 1_024 + 2;

/// One level of the walk: which field or item of it is being looked at.
enum Frame<'a> {
    /// The key with its quotes, once it has been met.
    Object(Option<&'a str>),
    Array(usize),
}

impl Frame<'_> {
    fn advance(&mut self) {
        match self {
            Self::Object(key) => *key = None,
            Self::Array(index) => *index += 1,
        }
    }
}

/// The pointer of what a walk looks at, below where the walk began.
struct Path<'a>(&'a [Frame<'a>]);

impl Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|frame| match frame {
            // It is too long to be told however it is read, and reading it would cost its length each time.
            Frame::Object(Some(key)) if key.len() > LONGEST_KEY => write!(formatter, "/{}", Escaped(key)),
            Frame::Object(key) => write!(formatter, "/{}", Escaped(&unquoted(key.unwrap_or("\"\"")))),
            Frame::Array(index) => write!(formatter, "/{index}"),
        })
    }
}

/// A string's content; of a flawed one as it is written, since it has no other form.
pub(super) fn unquoted(string: &str) -> std::borrow::Cow<'_, str> {
    let inner = &string[1..string.len() - 1];
    if !inner.contains('\\') {
        return inner.into();
    }
    serde_json::from_str::<String>(string).map_or_else(|_| inner.into(), Into::into)
}

fn flaw(string: &str) -> Option<&'static str> {
    match serde_json::from_str::<String>(string) {
        Err(_) => Some("must not contain half of a surrogate pair"),
        Ok(text) if text.contains('\0') => Some("must not contain NUL characters"),
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Rejection;

    #[test]
    fn what_is_no_json_is_refused() {
        let cases: [&[u8]; 13] = [
            b"",
            b" ",
            b"{",
            b"{]",
            b"{\"a\":1,}",
            b"[1 2]",
            b"nul",
            b"01",
            b"1.",
            b"{'a':1}",
            b"\"\n\"",
            b"\xff",
            b"{} {}",
        ];
        for case in cases {
            assert!(Text::check(case.to_vec()).is_err(), "{}", String::from_utf8_lossy(case));
        }
        assert!(Text::check("\u{feff}{}".as_bytes().to_vec()).is_err(), "a byte order mark");
    }

    #[test]
    fn white_space_goes_outside_strings_only_and_nothing_else_changes() {
        let text = Text::check(b" { \"a b\\\" \" : [ 1e5 , -0 ,\t\"x\\\\\" ,\r\n {} ] } ".to_vec()).unwrap();
        assert_eq!(text.root().get(), r#"{"a b\" ":[1e5,-0,"x\\",{}]}"#);
    }

    #[test]
    fn a_depth_of_128_is_taken_and_one_more_is_not() {
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes();
        assert!(Text::check(nested(128)).is_ok());
        assert!(Text::check(nested(129)).unwrap_err().contains("128"));
        assert!(Text::check(nested(1_000_000)).is_err());
        assert!(Text::check(format!("\"{}\"", "[".repeat(500)).into_bytes()).is_ok());
    }

    fn pointers(json: &str) -> Vec<String> {
        let text = Text::check(json.as_bytes().to_vec()).unwrap();
        let findings = Findings::default();
        if text.is_suspicious() {
            flaws(text.root(), &Pointer::Root, &findings);
        }
        let rejection = findings.into_rejection();
        rejection.map_or_else(Vec::new, Rejection::pointers)
    }

    #[test]
    fn nul_and_lone_surrogates_are_found_with_their_pointers() {
        assert_eq!(pointers(r#""\u0000""#), [""]);
        assert_eq!(pointers(r#"{"a":{"b":["x","\u0000y"]},"c":"\ud800"}"#), ["/a/b/1", "/c"]);
        assert_eq!(pointers(r#"{"a\u0000":1,"b/c":["\uDC00\uD800"]}"#), ["/a\0", "/b~1c/0"]);
        assert_eq!(pointers(r#"[[],{},[0,"\u0000"]]"#), ["/2/1"]);
    }

    #[test]
    fn what_only_looks_like_nul_or_a_surrogate_passes() {
        for case in
            [r#""\\u0000""#, r#""\ud83d\ude00""#, r#""\u00e9""#, r#""\\ud800""#, r#"{"\u0041":"\uD7FF"}"#]
        {
            assert_eq!(pointers(case), Vec::<String>::new(), "{case}");
        }
    }

    #[test]
    fn many_flaws_below_a_long_key_are_found_without_writing_the_key_for_each() {
        for (length, expected) in [(1_000, 100), (1_000_000, 1)] {
            let key = "k".repeat(length);
            let flaws = vec![r#""\u0000""#; 100_000].join(",");
            let found = pointers(&format!(r#"{{"a":{{"{key}":[{flaws}]}}}}"#));
            assert_eq!(found.len(), expected, "{length}");
            assert!(found.iter().all(|pointer| pointer.len() <= 1_024), "{length}");
            assert!(found[0].starts_with("/a"), "{length}");
        }
    }

    #[test]
    fn a_key_of_escapes_is_told_as_long_as_it_fits() {
        let json = |length: usize| format!(r#"{{"{}":"\u0000"}}"#, r"\u006b".repeat(length));
        assert_eq!(pointers(&json(1_023)), [format!("/{}", "k".repeat(1_023))]);
        assert_eq!(pointers(&json(1_024)), [""]);
        assert_eq!(pointers(&json(1_100)), [""]);
    }
}
