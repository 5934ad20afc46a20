//! No line of the log commands a terminal or pretends to be two, whatever clients send.
//!
//! Control characters and Unicode's two line ends are written as escapes. JSON's own escaping leaves some of them as they are, and the text
//! format shows fields that are not strings as they come.

use std::borrow::Cow;
use std::fmt::{self, Debug, Write};

use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

/// A line of JSON with its end, safe to show.
pub(super) fn json(line: &str) -> Cow<'_, str> {
    let hidden = |c: char| c != '\n' && acts(c);
    if !line.contains(hidden) {
        return Cow::Borrowed(line);
    }
    let mut safe = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if hidden(c) {
            // All that are left lie below U+10000.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Fields for the text format, safe to show.
pub(super) fn fields() -> impl for<'writer> FormatFields<'writer> + 'static {
    debug_fn(write_field).delimited(" ")
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    match field.name() {
        "message" => {}
        // Where a line of the crate `log` comes from, which its line shows already.
        name if name.starts_with("log.") => return Ok(()),
        name => write!(writer, "{name}=")?,
    }
    write!(Safe(writer), "{value:?}")
}

/// Writes its input, with what acts on a terminal escaped.
struct Safe<'a, 'writer>(&'a mut Writer<'writer>);

impl Write for Safe<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(acts) {
            let last = part.chars().next_back().filter(|c| acts(*c));
            self.0.write_str(&part[..part.len() - last.map_or(0, char::len_utf8)])?;
            if let Some(last) = last {
                write!(self.0, "{}", last.escape_default())?;
            }
        }
        Ok(())
    }
}

fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::fmt;

    use super::*;

    /// What would colour, ring, overwrite, end a line or command, as a field of its own kind each.
    const ACTS: &str = "a\u{1b}[31m\u{7}\r\n\u{7f}\u{85}\u{9b}2J\u{2028}\u{2029}\u{e}z";

    fn line(format: impl FnOnce(Written) -> Box<dyn tracing::Subscriber + Send + Sync>) -> String {
        let written = Written::default();
        tracing::subscriber::with_default(format(written.clone()), || {
            let span = tracing::info_span!("request", id = ACTS, shown = %ACTS);
            span.in_scope(|| tracing::info!(word = ACTS, shown = %ACTS, number = 7_u16, "{ACTS}"));
        });
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_in_a_line_of_text_acts_on_a_terminal() {
        let line = line(|to| {
            let to = Mutex::new(to);
            Box::new(fmt().with_ansi(false).fmt_fields(fields()).with_writer(to).finish())
        });
        assert_eq!(line.find(acts), Some(line.len() - 1), "{line:?}");
        assert!(line.contains("number=7") && line.contains(r#"word="a"#), "{line}");
        let shown = r"\u{1b}[31m\u{7}\r\n\u{7f}\u{85}\u{9b}2J\u{2028}\u{2029}\u{e}z";
        assert_eq!(line.matches(shown).count(), 5, "{line}");
    }

    #[test]
    fn nothing_in_a_line_of_json_acts_on_a_terminal_and_it_means_the_same() {
        let line = line(|to| Box::new(fmt().json().flatten_event(true).with_writer(Mutex::new(to)).finish()));
        let safe = json(&line);
        assert_eq!(safe.find(acts), Some(safe.len() - 1), "{safe:?}");
        let read: serde_json::Value = serde_json::from_str(&safe).unwrap();
        for said in
            [&read["message"], &read["word"], &read["shown"], &read["span"]["id"], &read["span"]["shown"]]
        {
            assert_eq!(said, ACTS);
        }
    }
}
