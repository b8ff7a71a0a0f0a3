//! What pages are put together from: each part draws one thing, the same everywhere.

mod bulk;
mod change;
mod ending;
mod health;
mod movers;
mod page_parts;
mod pick;
mod value;
mod word;

pub use bulk::BulkBar;
pub use change::Change;
pub use ending::SessionEnd;
pub use health::Health;
pub use movers::{MoverRow, Movers};
pub use page_parts::{Bell, Chip, Crumb, Elsewhere, Empty, Export, Icon, Pager, Tab, Tabs, Undo, icon};
pub use pick::{LineInput, Pick};
pub use value::Value;
pub use word::{Outcome, Status, Tag};

/// Templates are drawn where they are named, without being escaped once more.
macro_rules! parts {
    ($($part:ty),* $(,)?) => { $(impl askama::filters::HtmlSafe for $part {})* };
}
pub(crate) use parts;
