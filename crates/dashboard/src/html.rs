//! The few pieces of markup that templates do not write themselves.

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::words;

/// Markup, which is not escaped again.
pub type Html = maud::PreEscaped<String>;

/// Text for HTML, as an element's content or within quotes: control characters but for tabs and line ends are shown as U+FFFD.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            shown if is_shown(shown) => html.push(shown),
            _ => html.push('\u{fffd}'),
        }
    }
    html
}

/// Text that clients or workers wrote: as it is, apart from what is around it.
pub fn client(text: &str) -> Html {
    maud::PreEscaped(format!("<bdi>{}</bdi>", escaped(text)))
}

/// The same, or a sign that there is none.
pub fn client_or_none(text: Option<&str>) -> Html {
    text.map_or_else(none, client)
}

/// That there is nothing to show.
pub fn none() -> Html {
    maud::PreEscaped("<span class=\"quiet\">–</span>".to_owned())
}

/// An instant: in UTC, until the page's script shows it in the reader's zone.
pub fn time(at: DateTime<Utc>) -> Html {
    let exact = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let shown = at.format("%Y-%m-%d %H:%M:%S UTC");
    maud::PreEscaped(format!(
        "<time datetime=\"{exact}\" title=\"{exact}\" tabindex=\"0\" data-exact=\"{exact}\">{shown}</time>"
    ))
}

/// The same, or a sign that there is none.
pub fn time_or_none(at: Option<DateTime<Utc>>) -> Html {
    at.map_or_else(none, time)
}

/// An id, short: its first eight characters, by which it is searched, and its last four, by which those of one minute differ; with a button that copies it
/// whole.
pub fn id(id: Uuid) -> Html {
    let whole = id.to_string();
    maud::PreEscaped(format!(
        "<span class=\"id\"><code title=\"{whole}\">{}</code> {}</span>",
        short(&whole),
        copy(&whole)
    ))
}

/// A link to the page of an id, which is shown short.
pub fn id_link(page: &str, id: Uuid) -> Html {
    let whole = id.to_string();
    maud::PreEscaped(format!(
        "<span class=\"id\"><a href=\"{}/{whole}\" title=\"{whole}\"><code>{}</code></a> {}</span>",
        escaped(page),
        short(&whole),
        copy(&whole)
    ))
}

fn short(whole: &str) -> String {
    format!("{}…{}", &whole[..8], &whole[whole.len() - 4..])
}

fn copy(whole: &str) -> String {
    format!(
        "<button type=\"button\" class=\"copy sign\" data-copy=\"{whole}\" aria-label=\"copy the id {whole}\" title=\"copy\"></button>"
    )
}

/// The text as an attribute may hold it: control characters are shown as U+FFFD.
pub fn clean(text: &str) -> String {
    text.chars().map(|character| if is_shown(character) { character } else { '\u{fffd}' }).collect()
}

fn is_shown(character: char) -> bool {
    matches!(character, '\n' | '\t') || !character.is_control()
}

/// A text as a part of a path or a query.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
    }
    encoded
}

/// A state: a sign, the word, and its colour by `data-state`.
pub fn state(word: &str) -> Html {
    let sign = words::sign(word);
    let word = escaped(word);
    maud::PreEscaped(format!(
        "<span class=\"state\" data-state=\"{word}\"><span aria-hidden=\"true\">{sign}</span>{word}</span>"
    ))
}

/// The state of any value whose JSON is its word.
pub fn state_of<T: serde::Serialize>(state_value: &T) -> Html {
    state(&words::word(state_value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_wrote_is_text_whatever_it_holds() {
        let shown = client("<img src=x onerror='alert(1)'>&\u{202e}\u{0}\u{7}\"").into_string();
        assert_eq!(
            shown,
            "<bdi>&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;\u{202e}\u{fffd}\u{fffd}&quot;</bdi>"
        );
        assert_eq!(escaped("a\tb\nc\r"), "a\tb\nc\u{fffd}");
    }

    #[test]
    fn an_id_is_short_and_can_be_copied_whole() {
        let whole = "0190f3a2-6b1c-7d3e-8f00-aabbccddeeff";
        let shown = id(whole.parse().expect("a UUID")).into_string();
        assert!(
            shown.contains(">0190f3a2…eeff</code>") && shown.contains(&format!("data-copy=\"{whole}\"")),
            "{shown}"
        );
    }
}
