//! The assets of the pages: one style sheet, one script, the icons. Their names contain a hash of the content, so that browsers can cache
//! them permanently.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The path of the assets.
pub const FOLDER: &str = "/dashboard/assets/";

/// A file of the pages.
#[derive(Debug)]
pub struct Asset {
    /// `app.3f9a0c51.css`: the name, a part of the hash, the ending.
    pub name: String,
    pub media_type: &'static str,
    pub content: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, media_type: &'static str, content: &'static str) -> Self {
        let mut name = format!("{stem}.");
        for byte in &Sha256::digest(content.as_bytes())[..5] {
            let _ = write!(name, "{byte:02x}");
        }
        Self { name: format!("{name}.{ending}"), media_type, content }
    }

    /// Where it is.
    pub fn path(&self) -> String {
        format!("{FOLDER}{}", self.name)
    }
}

/// All of them.
#[derive(Debug)]
pub struct Assets {
    pub style: Asset,
    pub script: Asset,
    pub icons: Asset,
    pub mark: Asset,
}

impl Assets {
    pub fn all(&self) -> [&Asset; 4] {
        [&self.style, &self.script, &self.icons, &self.mark]
    }

    /// The one with this name.
    pub fn get(&self, name: &str) -> Option<&Asset> {
        self.all().into_iter().find(|asset| asset.name == name)
    }
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new("app", "css", "text/css; charset=utf-8", include_str!("../assets/app.css")),
    script: Asset::new("app", "js", "text/javascript; charset=utf-8", include_str!("../assets/app.js")),
    icons: Asset::new("icons", "svg", "image/svg+xml", include_str!("../assets/icons.svg")),
    mark: Asset::new("mark", "svg", "image/svg+xml", include_str!("../assets/mark.svg")),
});

pub fn assets() -> &'static Assets {
    &ASSETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_hash() {
        for asset in assets().all() {
            let parts: Vec<&str> = asset.name.split('.').collect();
            assert!(parts.len() == 3 && parts[1].len() == 10, "{}", asset.name);
            assert!(assets().get(&asset.name).is_some_and(|found| found.content == asset.content));
        }
        assert!(assets().get("../Cargo.toml").is_none());
    }
}
