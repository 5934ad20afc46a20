//! How the servers and their database are.

use maud::html;

use crate::frame::{About, Frame};
use crate::html::{Html, client, state, time};
use crate::tables::{facts, section};
use crate::words;

/// What the page shows; what the database would say is missing while it is away.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// What is not well, as whole sentences.
    pub trouble: Option<String>,
    /// The version of this server.
    pub version: String,
    /// What `/v1` says of the database and its servers.
    pub known: Option<windlass_wire::System>,
    /// Connections of the pool: in use, open, at most.
    pub pool: (u32, u32, u32),
    /// Duties: name, whether they are well, and seconds since they last were.
    pub duties: Vec<(String, bool, f64)>,
}

/// The page.
pub fn page(frame: &Frame, system: &System) -> String {
    let duties: Vec<Html> = system
        .duties
        .iter()
        .map(|(name, well, ago)| html! { tr data-id=(name) { th scope="row" { (name) } td { (state(if *well { "well" } else { "failed" })) } td class="n" { (words::length(*ago)) " ago" } } })
        .collect();
    let (used, open, most) = system.pool;
    let content = html! {
        h1 { "System" }
        @if let Some(trouble) = &system.trouble { div role="alert" data-status="503" { strong { "503" } " " (client(trouble)) } }
        @if let Some(known) = &system.known {
            div class="pair" {
                section { h2 { "Database" } div class="body" { (database(known)) } }
                section { h2 { "Now" } div class="body" { (facts(&[
                    ("Connections", html! { (used) " of " (most) " in use, " (open) " open" }),
                    ("Oldest snapshot", html! { @if let Some(age) = known.database.oldest_snapshot_transactions { (words::number(age)) " transactions old" } @else { "not known" } }),
                    ("Readers of events", match known.database.oldest_transaction_seconds { Some(held) if held >= 1.0 => html! { "held back for " (words::length(held)) }, _ => html! { "not held back" } }),
                    ("This server", html! { "version " (system.version) }),
                ])) } }
            }
            (section("Servers", &["Server", "Version", "Last seen"], &known.servers.iter().map(|server| html! { tr data-id=(server.id) { td { code { (server.id) } } td { (client(&server.version)) } td { (time(server.seen_at)) } } }).collect::<Vec<_>>(), "No server is registered."))
        }
        (section("Duties of this server", &["Duty", "State", "#Last well"], &duties, "No duty runs yet."))
    };
    frame.page(&About { polls: true, pace: 1_000, ..About::new("System", "System", "") }, &content)
}

fn database(known: &windlass_wire::System) -> Html {
    let database = &known.database;
    facts(&[
        ("Version", client(&database.version)),
        ("Newest migration", html! { (database.schema_version) }),
        ("Size", html! { (words::bytes(i64::try_from(database.size_bytes).unwrap_or(i64::MAX))) }),
        (
            "Disk",
            html! {
                @if let Some(disk) = &database.disk {
                    (words::bytes(i64::try_from(disk.free_bytes).unwrap_or(i64::MAX))) " free of " (words::bytes(i64::try_from(disk.total_bytes).unwrap_or(i64::MAX)))
                } @else { "not seen from this server" }
            },
        ),
        ("Its clock", time(database.at)),
    ])
}
