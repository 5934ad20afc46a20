//! What of an error's message says which error it is: the text without what differs from one task to the next.

/// Stands for what was taken out.
const TAKEN: char = '#';

/// The message with each number, each run of hexadecimal digits and each UUID as one sign, so that messages that differ in nothing else are the same
/// text. A run of letters and digits counts as hexadecimal if it has nothing else and either a digit or at least 8 characters; of any other run
/// the digits are taken out.
pub fn error_text(message: &str) -> String {
    let bytes = message.as_bytes();
    let mut text = String::with_capacity(message.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_alphanumeric() {
            at = take_run(message, at, &mut text);
        } else {
            // What is no ASCII letter or digit is copied as it is: at most up to the next one, so never into a character.
            let end = end_while(bytes, at, |byte| !byte.is_ascii_alphanumeric());
            text.push_str(&message[at..end]);
            at = end;
        }
    }
    text
}

/// Takes the run of letters and digits that begins at `at`; returns where it ends.
fn take_run(message: &str, at: usize, text: &mut String) -> usize {
    if let Some(end) = end_of_uuid(message.as_bytes(), at) {
        text.push(TAKEN);
        return end;
    }
    let end = end_while(message.as_bytes(), at, u8::is_ascii_alphanumeric);
    let run = &message[at..end];
    if run.bytes().all(|byte| byte.is_ascii_digit()) {
        text.push(TAKEN);
        return end_of_number(message.as_bytes(), end);
    }
    let digits = run.strip_prefix("0x").or_else(|| run.strip_prefix("0X")).unwrap_or(run);
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && (run.len() >= 8 || run.bytes().any(|byte| byte.is_ascii_digit())) {
        text.push(TAKEN);
    } else {
        push_without_digits(run, text);
    }
    end
}

/// The whole of a number whose first digits end at `end`: further digits behind points belong to it, as in `0.25` and `10.0.0.7`.
fn end_of_number(bytes: &[u8], mut end: usize) -> usize {
    while bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = end_while(bytes, end + 1, u8::is_ascii_digit);
    }
    end
}

fn end_of_uuid(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    for (nth, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if nth > 0 {
            (bytes.get(end) == Some(&b'-')).then_some(())?;
            end += 1;
        }
        let group = bytes.get(end..end + length)?;
        group.iter().all(u8::is_ascii_hexdigit).then_some(())?;
        end += length;
    }
    (!bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)).then_some(end)
}

fn push_without_digits(run: &str, text: &mut String) {
    let mut within = false;
    for character in run.chars() {
        let is_digit = character.is_ascii_digit();
        if !is_digit {
            text.push(character);
        } else if !within {
            text.push(TAKEN);
        }
        within = is_digit;
    }
}

fn end_while(bytes: &[u8], from: usize, is_in: impl Fn(&u8) -> bool) -> usize {
    from + bytes[from..].iter().take_while(|byte| is_in(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_hexadecimal_digits_and_uuids_are_the_same_text() {
        for (message, text) in [
            ("", ""),
            ("no rows", "no rows"),
            ("row 17 of 200", "row # of #"),
            ("took 1.5 s, at most 2 s", "took # s, at most # s"),
            ("took 15ms", "took #ms"),
            ("host-7.example refused 10.0.0.7:5432", "host-#.example refused #:#"),
            ("file 0190f3a2-6b1c-7d3e-8f00-aabbccddeeff is gone", "file # is gone"),
            ("file aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee is gone", "file # is gone"),
            ("at 0xdeadbeef", "at #"),
            ("commit deadbeef, not 4f2a", "commit #, not #"),
            ("a bad face", "a bad face"),
            ("worker7 and worker12", "worker# and worker#"),
            ("größe 3 µm, 日本 4", "größe # µm, 日本 #"),
            ("version 1.2b and 3.", "version #b and #."),
        ] {
            assert_eq!(error_text(message), text, "{message}");
        }
    }

    #[test]
    fn what_was_taken_out_once_leaves_nothing_to_take_out() {
        for message in ["row 17", "x0190f3a2-6b1c-7d3e-8f00-aabbccddeeff0", "1.2.3b.4", "0x", "é9é"] {
            let text = error_text(message);
            assert_eq!(error_text(&text), text, "{message}");
        }
    }
}
