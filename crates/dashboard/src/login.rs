//! The page to log in.

use maud::html;

use crate::frame::{About, Frame};
use crate::html::clean;

/// The page; behind it one gets to `next`.
pub fn page(frame: &Frame, next: &str, name: &str) -> String {
    let content = html! {
        section class="login" {
            h1 { "Log in" }
            form class="stack" method="post" action=(frame.path("/login")) {
                (frame.forgery_token())
                input type="hidden" name="next" value=(clean(next));
                label { "Key" input type="password" name="key" required autocomplete="current-password" autofocus; }
                label { "Your name, if you like: the audit shows it beside the key's" input name="display_name" maxlength="100" value=(clean(name)) autocomplete="name"; }
                button class="main" { "Log in" }
            }
            p class="quiet" { "Whoever runs the server makes keys: " code { "windlass key create" } "." }
        }
    };
    frame.page(&About { title: "Log in".to_owned(), ..About::default() }, &content)
}
