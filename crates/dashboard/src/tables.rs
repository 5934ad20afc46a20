//! Tables, and what is below them.

use maud::html;
use windlass_wire::Page;

use crate::frame::Frame;
use crate::html::{Html, clean, encoded};

/// A table with its heads; those that begin with `#` are of numbers. A list's new rows wait until they are asked for.
pub fn table(label: &str, heads: &[&str], rows: &Html, is_list: bool) -> Html {
    html! {
        div class="table" role="region" tabindex="0" aria-label=(label) {
            table data-list=[is_list.then_some("yes")] {
                thead { tr {
                    @for head in heads {
                        @let number = head.strip_prefix('#');
                        th scope="col" class=[number.map(|_| "n")] { (number.unwrap_or(head)) }
                    }
                } }
                tbody { (rows) }
            }
        }
    }
}

/// A part of a page with a table, or with what to do while there is nothing in it.
pub fn section(title: &str, heads: &[&str], rows: &[Html], empty: &str) -> Html {
    part(title, heads, rows, empty, false)
}

/// The same for a list, whose new rows come first.
pub fn list(title: &str, heads: &[&str], rows: &[Html], empty: &str) -> Html {
    part(title, heads, rows, empty, true)
}

fn part(title: &str, heads: &[&str], rows: &[Html], empty: &str, is_list: bool) -> Html {
    html! {
        section {
            h2 { (title) }
            @if rows.is_empty() { p class="empty" { (empty) } }
            @else { (table(title, heads, &html! { @for row in rows { (row) } }, is_list)) }
        }
    }
}

/// The link to the next page of a list, with the filter that it has.
pub fn next(frame: &Frame, page: &str, filter: &[(String, String)], cursor: Option<&str>) -> Html {
    html! {
        @if let Some(cursor) = cursor {
            nav aria-label="More of the list" {
                a class="button" rel="next" href=(format!("{}?{}", frame.path(page), query(filter, cursor))) { "Next page" }
            }
        }
    }
}

/// What stands instead of a list: that nothing fits, or that nothing fits among what was looked at.
pub fn none_of<'a, T>(page: &Page<T>, nothing: &'a str) -> &'a str {
    if page.next_cursor.is_some() {
        "None fits among those looked at so far, the newest; there are older ones."
    } else {
        nothing
    }
}

/// A query of a filter and a cursor.
pub fn query(filter: &[(String, String)], cursor: &str) -> String {
    let pairs = filter.iter().filter(|(name, value)| name != "cursor" && !value.is_empty());
    let mut query: Vec<String> =
        pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    if !cursor.is_empty() {
        query.push(format!("cursor={}", encoded(cursor)));
    }
    query.join("&")
}

/// Names and what they are, beside each other.
pub fn facts(facts: &[(&str, Html)]) -> Html {
    html! { dl { @for (name, value) in facts { dt { (name) } dd { (value) } } } }
}

/// A value of a filter, or nothing.
pub fn value_of<'a>(filter: &'a [(String, String)], name: &str) -> &'a str {
    filter.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

/// A word with help for who does not know it.
pub fn help(words: &str) -> Html {
    html! { span class="help" tabindex="0" role="note" aria-label=(clean(words)) title=(clean(words)) { "?" } }
}
