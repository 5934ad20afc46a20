//! Cursors: each is taken in the one form that its list writes, and in no other list.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use uuid::Uuid;

use super::runner::{holds, is_found};
use crate::http::cursor::{List, read, read_attempt, read_event, read_name, write, write_name};

const CASES: u32 = 4_000;
const BY_ID: [List; 4] = [List::Pipelines, List::Jobs, List::Tasks, List::Results];
const BY_NAME: [List; 2] = [List::Queues, List::Workers];

/// What somebody may do to a cursor.
#[derive(Clone, Debug)]
enum Change {
    None,
    Replace(Index, char),
    Insert(Index, char),
    Remove(Index),
    Uppercase,
    Hyphens,
}

fn changes() -> impl Strategy<Value = Change> {
    let character = || select(&['0', 'a', 'A', 'g', 'j', 'w', '+', '-', ' ', '%', 'é', '🦀', '\0'][..]);
    prop_oneof![
        2 => Just(Change::None),
        3 => (any::<Index>(), character()).prop_map(|(at, character)| Change::Replace(at, character)),
        2 => (any::<Index>(), character()).prop_map(|(at, character)| Change::Insert(at, character)),
        1 => any::<Index>().prop_map(Change::Remove),
        1 => Just(Change::Uppercase),
        1 => Just(Change::Hyphens),
    ]
}

impl Change {
    fn of(&self, cursor: &str) -> String {
        let mut characters: Vec<char> = cursor.chars().collect();
        match self {
            Self::None => {}
            Self::Replace(at, character) => characters[at.index(cursor.len())] = *character,
            Self::Insert(at, character) => characters.insert(at.index(cursor.len() + 1), *character),
            Self::Remove(at) => drop(characters.remove(at.index(cursor.len()))),
            Self::Uppercase => return cursor.to_uppercase(),
            // The other way to write a UUID.
            Self::Hyphens => {
                return cursor[1..]
                    .parse::<Uuid>()
                    .map_or(cursor.to_owned(), |id| format!("{}{id}", &cursor[..1]));
            }
        }
        characters.into_iter().collect()
    }
}

fn hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A cursor of ids is its list's letter and 32 digits.
fn check_id(cursor: &str, taken: Option<(usize, Uuid)>) -> Result<(), TestCaseError> {
    let expected = BY_ID.iter().enumerate().find_map(|(list, kind)| {
        let digits = cursor.strip_prefix(char::from(*kind as u8))?;
        (digits.len() == 32 && hexadecimal(digits)).then(|| (list, digits.parse().unwrap()))
    });
    prop_assert_eq!(taken, expected);
    Ok(())
}

/// The one list that takes a cursor of ids, and what it reads.
fn taken(cursor: &str, read: impl Fn(List, &str) -> Option<Uuid>) -> Option<(usize, Uuid)> {
    BY_ID.iter().enumerate().find_map(|(list, kind)| Some((list, read(*kind, cursor)?)))
}

fn cursors_of_ids() -> impl Strategy<Value = String> {
    let any_text = any::<String>();
    let changed = (select(&BY_ID[..]), any::<u128>(), changes());
    prop_oneof![8 => changed.prop_map(|(list, id, change)| change.of(&write(list, Uuid::from_u128(id)))), 1 => any_text]
}

#[test]
fn a_cursor_of_ids_has_one_form() {
    holds(CASES, &cursors_of_ids(), |cursor| check_id(&cursor, taken(&cursor, read)));
}

#[test]
fn a_cursor_of_names_has_one_form() {
    let name = prop_oneof![
        vec(select(&["a", "é", "🦀", "/", " "][..]), 1..6).prop_map(|parts| parts.concat()),
        any::<String>()
    ];
    let inputs = (select(&BY_NAME[..]), name, changes());
    holds(CASES, &inputs, |(list, name, change)| {
        let cursor = change.of(&write_name(list, &name));
        for kind in BY_NAME {
            let digits = cursor
                .strip_prefix(char::from(kind as u8))
                .filter(|digits| hexadecimal(digits) && digits.len() % 2 == 0);
            let bytes = digits.map(|digits| {
                (0..digits.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                    .collect()
            });
            let expected =
                bytes.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|name| !name.is_empty());
            prop_assert_eq!(read_name(kind, &cursor), expected);
        }
        Ok(())
    });
}

#[test]
fn a_position_in_a_history_has_one_form() {
    let number = prop_oneof![0..u64::MAX, 0..u64::from(u32::MAX), Just(0)];
    let inputs = (number, any::<u32>(), any::<u128>(), changes());
    holds(CASES, &inputs, |(number, epoch, token, change)| {
        for event in [format!("{number:016x}"), format!("{epoch:08x}{number:016x}")] {
            let event = change.of(&event);
            let number_of = |digits: &str| {
                u64::from_str_radix(digits, 16).is_ok_and(|number| i64::try_from(number).is_ok())
            };
            let right = hexadecimal(&event)
                && match event.len() {
                    16 => number_of(&event),
                    24 => !event.starts_with("00000000") && number_of(&event[8..]),
                    _ => false,
                };
            prop_assert_eq!(read_event(&event).map(|read| read.to_string()), right.then_some(event));
        }
        let attempt = change.of(&format!("a{:016x}{}", number >> 1, Uuid::from_u128(token).simple()));
        let digits = attempt.strip_prefix('a').filter(|digits| digits.len() == 48 && hexadecimal(digits));
        let right = digits.is_some_and(|digits| i64::from_str_radix(&digits[..16], 16).is_ok());
        prop_assert_eq!(read_attempt(&attempt).map(|read| format!("a{read}")), right.then_some(attempt));
        Ok(())
    });
}

#[test]
fn flawed_readers_of_cursors_are_found_out() {
    type Flawed = fn(List, &str) -> Option<Uuid>;
    let flaws: [(&str, Flawed); 3] = [
        ("any form of a UUID is taken", |list, cursor| {
            Uuid::try_parse(cursor.strip_prefix(char::from(list as u8))?).ok()
        }),
        ("a cursor of another list is taken", |_, cursor| {
            Uuid::try_parse(cursor.get(1..)?).ok().filter(|_| hexadecimal(cursor.get(1..).unwrap_or("-")))
        }),
        ("what is behind it is overlooked", |list, cursor| read(list, cursor.get(..33)?)),
    ];
    for (flaw, read) in flaws {
        is_found(flaw, CASES, &cursors_of_ids(), |cursor| check_id(&cursor, taken(&cursor, read)));
    }
}
