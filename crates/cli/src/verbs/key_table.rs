//! Tables of keys, for people.

use windlass_sdk::wire::Key;

use super::details::pairs;
use super::grid::{self, Grid};
use super::screen::Screen;
use super::words::word;

/// Keys, a row each.
pub(super) fn keys(screen: &Screen, keys: &[Key]) -> String {
    let header = ["ID", "NAME", "SCOPES", "TYPES", "PREFIX", "CREATED", "EXPIRES", "LAST USED", "REVOKED"];
    let mut grid = Grid::new(screen, &header, &["PREFIX", "CREATED"]);
    for key in keys {
        grid.row([
            grid::id(key.id),
            grid::text(&key.name),
            grid::text(scopes(key)),
            grid::text(types(key)),
            grid::word(key.prefix.clone()),
            grid::word(screen.time(Some(key.created_at))),
            grid::word(screen.time(key.expires_at)),
            grid::word(screen.time(key.last_used_at)),
            grid::word(screen.time(key.revoked_at)),
        ]);
    }
    grid.text()
}

/// One key.
pub(super) fn key(screen: &Screen, key: &Key) -> String {
    let most = key.max_requests_per_second.map(|most| format!("{most} a second"));
    pairs(
        screen,
        &[
            ("id", key.id.to_string()),
            ("name", key.name.clone()),
            ("scopes", scopes(key)),
            ("types", types(key)),
            ("prefix", key.prefix.clone()),
            ("calls", most.unwrap_or_default()),
            ("created", screen.both(Some(key.created_at))),
            ("created by", key.created_by.clone().unwrap_or_default()),
            ("expires", screen.both(key.expires_at)),
            ("last used", screen.both(key.last_used_at)),
            ("rotated", screen.both(key.rotated_at)),
            ("prefix before", key.previous_prefix.clone().unwrap_or_default()),
            ("overlap until", screen.both(key.overlap_until)),
            ("revoked", screen.both(key.revoked_at)),
            ("reason", key.reason.clone().unwrap_or_default()),
        ],
    )
}

fn scopes(key: &Key) -> String {
    key.scopes.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn types(key: &Key) -> String {
    key.types.as_ref().map(|types| types.join(" ")).unwrap_or_default()
}
