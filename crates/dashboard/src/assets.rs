//! The files that pages load.

/// A file: its name in the URL, its media type, and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// The name.
    pub name: &'static str,
    /// The media type.
    pub media: &'static str,
    /// The content.
    pub content: &'static str,
}

/// All of them.
pub const ASSETS: [Asset; 4] = [
    Asset {
        name: "style.css",
        media: "text/css; charset=utf-8",
        content: include_str!("../assets/style.css"),
    },
    Asset { name: "icon.svg", media: "image/svg+xml", content: include_str!("../assets/icon.svg") },
    Asset {
        name: "page.js",
        media: "text/javascript; charset=utf-8",
        content: include_str!("../assets/page.js"),
    },
    Asset {
        name: "shared.js",
        media: "text/javascript; charset=utf-8",
        content: include_str!("../assets/shared.js"),
    },
];

/// The file of this name.
pub fn asset(name: &str) -> Option<Asset> {
    ASSETS.into_iter().find(|asset| asset.name == name)
}
