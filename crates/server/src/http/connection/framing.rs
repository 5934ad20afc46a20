//! Where among the messages of HTTP/1.1 that have come the last byte is: at the end of one, or within the next one's head.
//!
//! hyper reads ahead while a call is open, and tells nobody what it has. So a head that was begun behind a call would have the time of an idle connection.
//!
//! What it deliberately does not do: refuse anything. What hyper reads otherwise has another deadline, and nothing else comes of it.

/// As much of a line as is looked at: the headers that say how long a body is.
const LINE: usize = 64;

/// Follows what comes.
#[derive(Debug)]
pub(super) struct Framing {
    part: Part,
    /// The beginning of the line that has not come to its end, without line breaks.
    line: Vec<u8>,
    /// How long the body behind the head is.
    body: Body,
    /// There was a line of this head.
    begun: bool,
}

/// What the next byte is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    /// A body, or a chunk of one with the line break behind it.
    Bytes {
        left: u64,
        chunk: bool,
    },
    /// The line that says how long the next chunk is.
    Size,
    /// The lines behind the last chunk.
    Trailer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Length(u64),
    Chunks,
}

impl Framing {
    /// Of a connection over which nothing has come.
    pub(super) fn new() -> Self {
        Self { part: Part::Head, line: Vec::new(), body: Body::Length(0), begun: false }
    }

    /// Whether a head has begun, and has not come to its end.
    pub(super) fn is_within_head(&self) -> bool {
        self.part == Part::Head && (self.begun || !self.line.is_empty())
    }

    /// Follows these bytes.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if let Part::Bytes { left, chunk } = self.part {
                let taken = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                bytes = &bytes[taken..];
                self.part = match left - taken as u64 {
                    0 if chunk => Part::Size,
                    0 => Part::Head,
                    left => Part::Bytes { left, chunk },
                };
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (of_line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            let visible = of_line.iter().filter(|byte| !b"\r\n".contains(byte));
            self.line.extend(visible.take(LINE - self.line.len()));
            if end.is_some() {
                self.end_line();
            }
            bytes = rest;
        }
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        match self.part {
            Part::Head if !line.is_empty() => {
                self.begun = true;
                self.body = length(&line).unwrap_or(self.body);
            }
            // An empty line before a head is none of it.
            Part::Head if self.begun => {
                self.part = match self.body {
                    Body::Length(0) => Part::Head,
                    Body::Length(left) => Part::Bytes { left, chunk: false },
                    Body::Chunks => Part::Size,
                };
                (self.begun, self.body) = (false, Body::Length(0));
            }
            Part::Size => {
                self.part = match size(&line) {
                    0 => Part::Trailer,
                    // The line break behind it, of which no client leaves the half out.
                    left => Part::Bytes { left: left.saturating_add(2), chunk: true },
                };
            }
            Part::Trailer if line.is_empty() => self.part = Part::Head,
            Part::Head | Part::Trailer | Part::Bytes { .. } => {}
        }
        line.clear();
        self.line = line;
    }
}

/// How long the body is, if this header says it.
fn length(line: &[u8]) -> Option<Body> {
    let text = std::str::from_utf8(line).ok()?;
    let (name, value) = text.split_once(':')?;
    if name.eq_ignore_ascii_case("content-length") {
        return value.trim().parse().ok().map(Body::Length);
    }
    name.eq_ignore_ascii_case("transfer-encoding").then_some(Body::Chunks)
}

fn size(line: &[u8]) -> u64 {
    let digits = line.split(|byte| *byte == b';').next().and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: [&str; 5] = [
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.1\nhost: a\n\n",
        "POST / HTTP/1.1\r\nContent-Length: 12\r\nhost: a\r\n\r\nGET / HTTP\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nA;x=1\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\nafter: 1\r\n\r\n",
    ];

    /// Whether it is within a head once these have come, each in pieces of so many bytes.
    fn within(texts: &[&str], piece: usize) -> bool {
        let mut framing = Framing::new();
        texts.concat().as_bytes().chunks(piece).for_each(|piece| framing.follow(piece));
        framing.is_within_head()
    }

    #[test]
    fn behind_a_whole_message_of_any_kind_no_head_has_begun_and_with_a_byte_more_one_has() {
        for one in MESSAGES {
            for other in MESSAGES {
                for piece in [1, 2, 7, 1_000] {
                    assert!(!within(&[one, other], piece), "{one} {other} {piece}");
                    assert!(!within(&[one, "\r\n", other, "\r\n"], piece), "{one} {other} {piece}");
                    assert!(within(&[one, other, "G"], piece), "{one} {other} {piece}");
                    assert!(within(&[one, other, "GET / HTTP/1.1\r\nhost: a\r\n"], piece), "{one} {piece}");
                }
            }
        }
    }

    #[test]
    fn within_a_body_no_head_has_begun() {
        for (head, body) in [("content-length: 9", "GET /"), ("transfer-encoding: chunked", "9\r\nGET /")] {
            let text = format!("POST / HTTP/1.1\r\n{head}\r\n\r\n{body}");
            assert!(!within(&[&text], 3), "{text}");
        }
    }

    #[test]
    fn what_is_no_http_holds_no_more_than_a_line() {
        let mut framing = Framing::new();
        framing.follow(&[b'x'; 10_000]);
        framing.follow(&[0xff; 10_000]);
        assert!(framing.is_within_head() && framing.line.len() == LINE);
    }
}
