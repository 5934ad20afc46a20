//! What a search found.

use maud::html;

use crate::frame::{About, Frame};
use crate::html::{clean, client};

/// Something that was found: what it is, its page, and its name.
#[derive(Debug, Clone)]
pub struct Hit {
    /// What it is, such as `pipeline`.
    pub kind: &'static str,
    /// Its page, below the base.
    pub page: String,
    /// Its id, type or name.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// The page.
pub fn page(frame: &Frame, asked: &str, hits: &[Hit]) -> String {
    let content = html! {
        h1 { "Search for " (client(asked)) }
        section {
            h2 { (hits.len()) " found" }
            @if hits.is_empty() { p class="empty" { "Nothing has this id, name, correlation id or subject. An id may be whole or its first 8 characters." } }
            @else { ul class="body plain" { @for hit in hits { li data-id=(clean(&hit.id)) { (hit.kind) " " a href=(frame.path(&hit.page)) { (client(&hit.name)) } @if hit.id != hit.name { " " code { (clean(&hit.id)) } } } } } }
        }
    };
    frame.page(&About { title: "Search".to_owned(), ..About::default() }, &content)
}
