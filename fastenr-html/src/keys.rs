//! The keyboard shortcuts, in one table: the help and the documentation are generated from it.

/// A key, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Pressed one after the other where there are two.
    pub keys: &'static str,
    pub does: &'static str,
}

pub const KEYS: [Key; 26] = [
    Key { keys: "?", does: "Show these keys" },
    Key { keys: "/", does: "Find an account or a page" },
    Key { keys: "Ctrl+K", does: "Find, also while typing" },
    Key { keys: "g h", does: "Today" },
    Key { keys: "g a", does: "Accounts" },
    Key { keys: "g s", does: "Health" },
    Key { keys: "g l", does: "Alerts" },
    Key { keys: "g e", does: "Engagements" },
    Key { keys: "g o", does: "Goals" },
    Key { keys: "g t", does: "Tasks" },
    Key { keys: "g i", does: "Import a file" },
    Key { keys: "g p", does: "Operations" },
    Key { keys: "g n", does: "Notifications" },
    Key { keys: "j", does: "Next row" },
    Key { keys: "k", does: "Previous row" },
    Key { keys: "Enter", does: "Open the row" },
    Key { keys: "x", does: "Select the row" },
    Key { keys: "c", does: "Create" },
    Key { keys: "e", does: "Edit" },
    Key { keys: "l", does: "Log an engagement" },
    Key { keys: "a", does: "Acknowledge the first alert" },
    Key { keys: "u", does: "Undo the last change" },
    Key { keys: "]", does: "Next page" },
    Key { keys: "[", does: "First page" },
    Key { keys: "r", does: "Reload" },
    Key { keys: "Esc", does: "Close" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PLACES;

    #[test]
    fn places_are_reached_by_their_keys() {
        for place in PLACES {
            assert!(KEYS.iter().any(|key| key.keys == place.keys && key.does == place.text), "{place:?}");
        }
    }
}
