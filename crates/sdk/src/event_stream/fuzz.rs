//! Random streams, cut anywhere, against a plain reading of the standard; and flawed readings, which must be found out.
//!
//! `make fuzz` tries more; `PROPTEST_RNG_SEED` repeats a run.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::followed;
use super::messages::{Message, Messages};

const CASES: u32 = 3_000;

/// What streams are made of.
const PARTS: [&[u8]; 24] = [
    b"\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\r",
    b"data",
    b"data: ",
    b"data:",
    b"id: 1",
    b"id",
    b"id: \0",
    b"event: x",
    b"retry: 15",
    b"retry: 1x",
    b": ",
    b":",
    b" ",
    b"a",
    b"7",
    b"\xEF\xBB\xBF",
    b"\xEF",
    b"\xff",
    "é".as_bytes(),
];

/// What a stream came to: its messages, the id to go on from, the pause in milliseconds.
type Read = (Vec<(String, String)>, Option<String>, Option<u128>);

/// At least so many cases; `PROPTEST_CASES` may ask for more.
fn config() -> Config {
    let config = Config::default();
    Config { cases: config.cases.max(CASES), failure_persistence: None, ..config }
}

/// A stream in pieces, some of them empty.
fn streams() -> impl Strategy<Value = Vec<Vec<u8>>> {
    (vec(select(&PARTS[..]), 0..40), vec(any::<Index>(), 0..6)).prop_map(|(parts, cuts)| {
        let stream = parts.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        cuts.windows(2).map(|ends| stream[ends[0]..ends[1]].to_vec()).collect()
    })
}

fn read(pieces: &[Vec<u8>]) -> Read {
    let (mut messages, mut whole) = (Messages::default(), Vec::new());
    for piece in pieces {
        messages.take(piece, &mut whole).unwrap();
    }
    let whole = whole.into_iter().map(|Message { kind, data }| (kind, data)).collect();
    let pause = messages.pause().map(|pause| pause.as_millis());
    (whole, messages.last_id().map(str::to_owned), pause)
}

/// The standard read in the order of its sentences, of a stream that has come whole.
fn by_the_standard(stream: &[u8]) -> Read {
    let text = String::from_utf8_lossy(stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream)).into_owned();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // What follows the last end of a line is cut off.
    let (lines, _) = text.rsplit_once('\n').unwrap_or_default();
    let lines = if text.contains('\n') { lines.split('\n').collect() } else { Vec::new() };
    let (mut whole, mut last_id, mut pause) = (Vec::new(), String::new(), None);
    let (mut kind, mut data, mut id) = (String::new(), String::new(), String::new());
    for line in lines {
        if line.is_empty() {
            last_id.clone_from(&id);
            if let Some(data) = data.strip_suffix('\n') {
                whole.push((kind.clone(), data.to_owned()));
            }
            (kind, data) = (String::new(), String::new());
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut kind),
            "data" => data = format!("{data}{value}\n"),
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            "retry" if value.bytes().all(|digit| digit.is_ascii_digit()) => {
                pause = value.parse::<u64>().ok().map(u128::from).or(pause);
            }
            _ => {}
        }
    }
    (whole, Some(last_id).filter(|id| !id.is_empty()), pause)
}

fn check(pieces: &[Vec<u8>], read: &Read) -> Result<(), TestCaseError> {
    prop_assert_eq!(read, &by_the_standard(&pieces.concat()));
    Ok(())
}

#[test]
fn a_stream_is_read_by_the_standard_wherever_it_is_cut() {
    TestRunner::new(config()).run(&streams(), |pieces| check(&pieces, &read(&pieces))).unwrap();
}

#[test]
fn whatever_a_server_sends_is_read_or_an_error() {
    let any_bytes = vec(any::<u8>(), 0..200).prop_map(|bytes| vec![bytes]);
    let tested = TestRunner::new(config()).run(&prop_oneof![streams(), any_bytes], |pieces| {
        let mut messages = Messages::default();
        let read: usize = pieces.iter().map(|piece| followed(&mut messages, piece).len()).sum();
        prop_assert!(read <= pieces.concat().len());
        Ok(())
    });
    tested.unwrap();
}

#[test]
fn flawed_readings_are_found_out() {
    /// The pieces as a reader with a flaw sees them.
    type Flawed = fn(&[Vec<u8>]) -> Vec<Vec<u8>>;
    let flaws: [(&str, Flawed); 5] = [
        ("CR ends no line", |pieces| {
            let blind = |piece: &Vec<u8>| String::from_utf8_lossy(piece).replace('\r', "").into_bytes();
            pieces.iter().map(blind).collect()
        }),
        ("an LF at the beginning of a piece is an end of its own", |pieces| {
            let again = |piece: &Vec<u8>| {
                if piece.starts_with(b"\n") { [&b"\n"[..], piece].concat() } else { piece.clone() }
            };
            pieces.iter().map(again).collect()
        }),
        ("characters are read piece by piece", |pieces| {
            pieces.iter().map(|piece| String::from_utf8_lossy(piece).into_owned().into_bytes()).collect()
        }),
        ("a byte order mark is a part of the first line", |pieces| [&[b":\n".to_vec()][..], pieces].concat()),
        ("what is cut off is taken for whole", |pieces| [pieces, &[b"\n\n".to_vec()][..]].concat()),
    ];
    for (flaw, seen) in flaws {
        let mut runner = TestRunner::new_with_rng(config(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let found = runner.run(&streams(), |pieces| check(&pieces, &read(&seen(&pieces))));
        assert!(found.is_err(), "{flaw}");
    }
}
