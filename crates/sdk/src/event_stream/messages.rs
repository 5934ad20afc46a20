//! Server-sent events, taken out of bytes as they come.
//!
//! By the [standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation): lines end with LF, CR
//! or both, a message's lines of data are one text, comments and unknown fields are skipped, an id holds until the next, and what is cut
//! off at the end is no message. Not by a crate: `sse-stream` 0.3 buffers a line of any length, and ends at what is not UTF-8, which the
//! standard reads as U+FFFD.

use std::mem::take;
use std::time::Duration;

/// The longest message, and the longest line but for comments, in bytes: many times what an event can have.
const LONGEST: usize = 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A whole message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Its type; empty for the usual one.
    pub(super) kind: String,
    /// Its lines of data, with LF between them.
    pub(super) data: String,
}

/// A message or line that is longer than any of the server's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of the stream is longer than {LONGEST} bytes")]
pub(super) struct TooLong;

/// What of a stream has come, as far as it still counts.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The present line; of a comment, its colon alone.
    line: Vec<u8>,
    /// The last line ended with CR: an LF behind it belongs to that end.
    after_return: bool,
    /// The first bytes, where a byte order mark may be, are over.
    begun: bool,
    kind: String,
    data: Option<String>,
    id: Option<String>,
    last_id: Option<String>,
    pause: Option<Duration>,
}

impl Messages {
    /// Appends the messages that end in this piece of the stream.
    ///
    /// # Errors
    /// [`TooLong`]; nothing can be read behind it.
    pub(super) fn take(&mut self, mut piece: &[u8], whole: &mut Vec<Message>) -> Result<(), TooLong> {
        while !piece.is_empty() {
            if take(&mut self.after_return) && piece[0] == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let end = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            self.extend_line(&piece[..end.unwrap_or(piece.len())])?;
            let Some(end) = end else { break };
            self.after_return = piece[end] == b'\r';
            piece = &piece[end + 1..];
            whole.extend(self.end_line());
        }
        Ok(())
    }

    /// Behind which message a stream that breaks off here goes on, if one had an id.
    pub(super) fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref().filter(|id| !id.is_empty())
    }

    /// How long the server asks to wait before the stream is opened again, if it does.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.pause
    }

    fn extend_line(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.first() == Some(&b':') {
            return Ok(());
        }
        self.line.extend_from_slice(bytes);
        self.skip_byte_order_mark();
        if self.line.first() == Some(&b':') {
            self.line.truncate(1);
        }
        let length = self.line.len() + self.data.as_ref().map_or(0, String::len);
        if length > LONGEST { Err(TooLong) } else { Ok(()) }
    }

    fn skip_byte_order_mark(&mut self) {
        if !self.begun && self.line.len() >= BYTE_ORDER_MARK.len() {
            self.begun = true;
            if self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
        }
    }

    /// The message, if the line was the empty one behind it.
    fn end_line(&mut self) -> Option<Message> {
        self.begun = true;
        let line = take(&mut self.line);
        if line.is_empty() {
            return self.end_message();
        }
        let line = String::from_utf8_lossy(&line);
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        self.field(name, value.strip_prefix(' ').unwrap_or(value));
        None
    }

    fn end_message(&mut self) -> Option<Message> {
        self.last_id.clone_from(&self.id);
        let kind = take(&mut self.kind);
        self.data.take().map(|data| Message { kind, data })
    }

    fn field(&mut self, name: &str, value: &str) {
        match name {
            "event" => value.clone_into(&mut self.kind),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.pause = value.parse().ok().map(Duration::from_millis).or(self.pause);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> (Messages, Vec<Message>) {
        let (mut messages, mut whole) = (Messages::default(), Vec::new());
        for piece in pieces {
            messages.take(piece, &mut whole).unwrap();
        }
        (messages, whole)
    }

    /// Messages as `type|data`, then the last id, and the pause in milliseconds.
    fn shown(messages: &Messages, whole: &[Message]) -> String {
        let lines = whole.iter().map(|message| format!("{}|{}\n", message.kind, message.data));
        let pause = messages.pause().map(|pause| pause.as_millis());
        format!("{}{:?} {pause:?}", lines.collect::<String>(), messages.last_id())
    }

    const STREAMS: &[(&str, &[u8], &str)] = &[
        ("nothing", b"", "None None"),
        ("what the server writes", b":\n\nid: 1\ndata: {}\n\n:\n\n", "|{}\nSome(\"1\") None"),
        ("ends of CR LF", b"id: 1\r\ndata: a\r\n\r\ndata: b\r\n\r\n", "|a\n|b\nSome(\"1\") None"),
        ("ends of CR", b"id: 1\rdata: a\r\rdata: b\r\r", "|a\n|b\nSome(\"1\") None"),
        ("all ends mixed", b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\n\n", "|a\nb\nc\n|d\nNone None"),
        ("LF, then CR, is two ends", b"data: a\n\rdata: b\n\r", "|a\n|b\nNone None"),
        ("several lines of data", b"data: a\ndata:\ndata:  b \ndata\n\n", "|a\n\n b \n\nNone None"),
        ("empty data", b"data\n\ndata:\n\n", "|\n|\nNone None"),
        ("no data", b"event: x\nid: 7\n\ndata: a\n\n", "|a\nSome(\"7\") None"),
        ("comments anywhere", b": x\n:data: no\ndata: a\n:\ndata: b\n\n", "|a\nb\nNone None"),
        ("a type, for one message", b"event: x\ndata: a\n\ndata: b\n\n", "x|a\n|b\nNone None"),
        ("unknown fields", b"dat: x\n data: x\ndata : x\nDATA: x\ndata: a\n\n", "|a\nNone None"),
        ("only one space is cut", b"data:a\ndata: a\ndata:  a\n\n", "|a\na\n a\nNone None"),
        ("colons in a value", b"data: a:b: c\n\n", "|a:b: c\nNone None"),
        ("a byte order mark", b"\xEF\xBB\xBFdata: a\n\n", "|a\nNone None"),
        ("one before a comment", b"\xEF\xBB\xBF: x\ndata: a\n\n", "|a\nNone None"),
        ("one alone", b"\xEF\xBB\xBF\ndata: a\n\n", "|a\nNone None"),
        ("no second one", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: x\n\n", "None None"),
        ("none later on", b"\n\xEF\xBB\xBFdata: x\ndata: a\n\n", "|a\nNone None"),
        ("characters of many bytes", "data: é\u{2028}🦀\n\n".as_bytes(), "|é\u{2028}🦀\nNone None"),
        ("what is not UTF-8", b"data: \xff\xc3\n\n", "|\u{fffd}\u{fffd}\nNone None"),
        ("an id that is taken back", b"id: 1\ndata: a\n\nid\ndata: b\n\n", "|a\n|b\nNone None"),
        ("an id with NUL", b"id: 1\nid: 2\0\ndata: a\n\n", "|a\nSome(\"1\") None"),
        ("an id of what is cut off", b"id: 1\ndata: a\n\nid: 2\ndata: b\n", "|a\nSome(\"1\") None"),
        ("a pause", b"retry: 1500\n\n", "None Some(1500)"),
        (
            "what is no pause",
            b"retry: 5\nretry: 1s\nretry: -1\nretry:\nretry: 99999999999999999999\n\n",
            "None Some(5)",
        ),
        ("cut off in the last line end", b"data: a\n\ndata: b", "|a\nNone None"),
    ];

    #[test]
    fn a_stream_is_read_alike_wherever_it_is_cut() {
        for (name, stream, expected) in STREAMS {
            let (messages, whole) = read(&[stream]);
            assert_eq!(shown(&messages, &whole), *expected, "{name}");
            for first in 0..=stream.len() {
                for second in first..=stream.len() {
                    let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                    let (messages, whole) = read(&pieces);
                    assert_eq!(shown(&messages, &whole), *expected, "{name}, cut at {first} and {second}");
                }
            }
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            let (messages, whole) = read(&bytes);
            assert_eq!(shown(&messages, &whole), *expected, "{name}, byte by byte");
        }
    }

    #[test]
    fn a_message_ends_with_the_first_byte_of_its_last_line_end() {
        for stream in [&b"data: a\r\n\r"[..], b"data: a\r\r", b"data: a\n\n"] {
            assert_eq!(read(&[stream]).1.len(), 1, "{stream:?}");
        }
    }

    #[test]
    fn a_message_has_a_longest_length_however_it_is_made_up() {
        let most = LONGEST - "data: ".len();
        let mut line = b"data: ".to_vec();
        line.resize(LONGEST, b'x');
        assert_eq!(read(&[&line, b"\n\n"]).1[0].data.len(), most);
        let refused = |pieces: &[&[u8]]| {
            let (mut messages, mut whole) = (Messages::default(), Vec::new());
            pieces.iter().try_for_each(|piece| messages.take(piece, &mut whole))
        };
        assert_eq!(refused(&[&line, b"x"]), Err(TooLong));
        assert_eq!(refused(&[&line, b"\n", b"data: 1234567"]), Err(TooLong));
        assert_eq!(refused(&[&vec![b'x'; LONGEST + 1]]), Err(TooLong));
        let short = "data: 0123456789\n".repeat(LONGEST / 10);
        assert_eq!(refused(&[short.as_bytes()]), Err(TooLong));
    }

    #[test]
    fn a_comment_of_any_length_is_not_buffered() {
        let (mut messages, mut whole) = (Messages::default(), Vec::new());
        let piece = vec![b'x'; 65_536];
        messages.take(b"data: a\n: ", &mut whole).unwrap();
        for _ in 0..40 {
            messages.take(&piece, &mut whole).unwrap();
            assert!(messages.line.capacity() <= piece.len(), "{}", messages.line.capacity());
        }
        messages.take(b"\n\n", &mut whole).unwrap();
        assert_eq!(whole[0].data, "a");
    }
}
