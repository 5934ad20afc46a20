//! A pointer as it is written into an answer: never longer than 1 KiB, however long a client's keys are.

use std::fmt::{self, Display, Write};

/// The longest pointer, in bytes of the JSON that it is written into.
const MOST: usize = 1_024;

/// The pointer `at`, or that of its nearest ancestor that is short enough. No more of it is written than fits.
pub(super) fn place(at: impl Display) -> String {
    let mut place = Place { written: String::new(), room: MOST, cut_within: false };
    if write!(place, "{at}").is_err() && place.cut_within {
        // A `/` of a key is written as `~1`: each one that is there begins a segment.
        place.written.truncate(place.written.rfind('/').unwrap_or(0));
    }
    place.written
}

struct Place {
    written: String,
    room: usize,
    /// What did not fit is not the beginning of a segment.
    cut_within: bool,
}

impl Write for Place {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let Some(room) = self.room.checked_sub(length_in_json(character)) else {
                self.cut_within = character != '/';
                return Err(fmt::Error);
            };
            self.room = room;
            self.written.push(character);
        }
        Ok(())
    }
}

fn length_in_json(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        '\0'..='\x1f' => 6,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_within_its_bound_is_whole_and_a_longer_one_is_that_of_an_ancestor() {
        let longest = "k".repeat(MOST - 1);
        assert_eq!(place(format!("/{longest}")), format!("/{longest}"));
        assert_eq!(place(format!("/{longest}/0")), format!("/{longest}"));
        assert_eq!(place(format!("/{longest}k")), "");
        assert_eq!(place(format!("/a/b~1c/{longest}")), "/a/b~1c");
        assert_eq!(place(""), "");
    }

    #[test]
    fn the_bound_counts_what_a_character_takes_in_json() {
        for (character, most) in [('\0', 170), ('"', 511), ('é', 511), ('k', 1_023)] {
            let key = |length| format!("/{}", character.to_string().repeat(length));
            assert_eq!(place(key(most)), key(most), "{character:?}");
            assert_eq!(place(key(most + 1)), "", "{character:?}");
        }
    }
}
