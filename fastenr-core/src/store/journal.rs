//! The journal's tables: what is kept of each record before it is written, and what points at what.
//!
//! To journal another table: migrations with its `_before`, and the `journal` of its noun, or an entry in `OWN` for what is no
//! noun; an undo reads it from [`TABLES`].

use std::sync::LazyLock;

use super::records::before_columns;
pub use crate::model::noun::Reference;
use crate::model::noun::{Journal, Noun, Storage};
use crate::model::nouns::NOUNS;

/// The bit of a before-image's mask that says the record was deleted.
pub const DELETED: i64 = i64::MIN;

/// The bit that says the record was not there: an undo put it back, and its image is what it put.
pub const RESTORED: i64 = 1 << 62;

/// A table whose rows are journaled, in `{name}_before`.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    /// What tells its rows apart within an organization.
    pub key: &'static [(&'static str, Storage)],
    columns: Columns,
    /// What its rows point at.
    pub references: &'static [Reference],
    /// What no two rows of an organization share, as lists of columns; a null is shared with nobody.
    pub unique: &'static [&'static [&'static str]],
    /// Computed from other data: never a reason to leave something as it is.
    pub derived: bool,
}

#[derive(Debug, Clone, Copy)]
enum Columns {
    Of(&'static Noun),
    Own(&'static [(&'static str, Storage)]),
}

/// A column of a before-image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub storage: Storage,
    /// The bits of the mask under which an undo puts it back; none: only together with the whole row.
    pub mask: i64,
}

const ID: &[(&str, Storage)] = &[("id", Storage::Id)];
const LINE: &[(&str, Storage)] = &[("id", Storage::Id), ("field", Storage::Text)];

/// All of them, what is pointed at before what points at it: the nouns of the registry, and those that are of no noun, each after the
/// table it is said with.
pub static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for noun in NOUNS {
        if let Some(Journal { key, references, unique }) = &noun.journal {
            let columns = Columns::Of(noun);
            put(&mut all, Table { name: noun.table, key, columns, references, unique, derived: false });
        }
    }
    all
});

fn put(all: &mut Vec<Table>, table: Table) {
    all.push(table);
    for (_, next) in OWN.iter().filter(|(after, _)| *after == table.name) {
        put(all, *next);
    }
}

/// Tables of no noun, each with the one that it comes after.
const OWN: &[(&str, Table)] = &[
    (
        "users",
        Table {
            name: "segments",
            key: ID,
            columns: Columns::Own(&[
                ("name", Storage::Text),
                ("name_key", Storage::Text),
                ("filter", Storage::Text),
                ("created_by", Storage::Id),
                ("created_by_operation", Storage::Id),
                ("version", Storage::Integer),
                ("created_at", Storage::Instant),
                ("updated_at", Storage::Instant),
            ]),
            references: &[Reference::to("created_by", "users")],
            unique: &[&["name_key"]],
            derived: false,
        },
    ),
    (
        "segments",
        Table {
            name: "score_models",
            key: ID,
            columns: Columns::Own(&[
                ("name", Storage::Text),
                ("revision", Storage::Integer),
                ("fingerprint", Storage::Text),
                ("source", Storage::Text),
                ("position", Storage::Integer),
                ("active", Storage::Boolean),
                ("created_by", Storage::Id),
                ("created_by_operation", Storage::Id),
                ("version", Storage::Integer),
                ("created_at", Storage::Instant),
                ("updated_at", Storage::Instant),
            ]),
            references: &[Reference::to("created_by", "users")],
            unique: &[&["name", "revision"]],
            derived: false,
        },
    ),
    (
        "accounts",
        Table {
            name: "account_aliases",
            key: ID,
            columns: Columns::Own(&[
                ("external_id", Storage::Text),
                ("external_key", Storage::Text),
                ("account_id", Storage::Id),
                ("created_by_operation", Storage::Id),
                ("version", Storage::Integer),
                ("created_at", Storage::Instant),
                ("updated_at", Storage::Instant),
            ]),
            references: &[Reference::to("account_id", "accounts")],
            unique: &[&["external_key"]],
            derived: false,
        },
    ),
    (
        "health_metrics",
        Table {
            name: "metric_events",
            key: LINE,
            columns: Columns::Own(&[
                ("source", Storage::Text),
                ("event_key", Storage::Text),
                ("account_id", Storage::Id),
                ("metric_date", Storage::Date),
                ("value", Storage::Integer),
                ("changed_at", Storage::Instant),
                ("created_by_operation", Storage::Id),
                ("version", Storage::Integer),
                ("created_at", Storage::Instant),
                ("updated_at", Storage::Instant),
            ]),
            references: &[Reference::to("account_id", "accounts")],
            unique: &[&["source", "event_key", "field"]],
            derived: false,
        },
    ),
    (
        "account_changes",
        Table {
            name: "goal_changes",
            key: LINE,
            columns: Columns::Own(&[
                ("goal_id", Storage::Id),
                ("effective_on", Storage::Date),
                ("kind", Storage::Text),
                ("old_value", Storage::Text),
                ("new_value", Storage::Text),
                ("created_by_operation", Storage::Id),
                ("version", Storage::Integer),
                ("created_at", Storage::Instant),
                ("updated_at", Storage::Instant),
            ]),
            references: &[Reference::follows("goal_id", "customer_goals")],
            unique: &[],
            derived: false,
        },
    ),
    (
        "goal_changes",
        Table {
            name: "health_adjustments",
            key: ID,
            columns: Columns::Own(&[
                ("account_id", Storage::Id),
                ("score", Storage::Integer),
                ("reason", Storage::Text),
                ("from_date", Storage::Date),
                ("until_date", Storage::Date),
                ("created_by", Storage::Id),
                ("created_by_operation", Storage::Id),
                ("version", Storage::Integer),
                ("created_at", Storage::Instant),
            ]),
            references: &[Reference::to("account_id", "accounts"), Reference::to("created_by", "users")],
            unique: &[],
            derived: false,
        },
    ),
    (
        "health_adjustments",
        Table {
            name: "alerts",
            key: ID,
            columns: Columns::Own(&[
                ("account_id", Storage::Id),
                ("rule", Storage::Text),
                ("topic", Storage::Text),
                ("severity", Storage::Text),
                ("level", Storage::Integer),
                ("message", Storage::Text),
                ("held", Storage::Boolean),
                ("opened_on", Storage::Date),
                ("opened_at", Storage::Instant),
                ("fired_on", Storage::Date),
                ("acknowledged_at", Storage::Instant),
                ("acknowledged_by", Storage::Id),
                ("acknowledged_reason", Storage::Text),
                ("snoozed_until", Storage::Date),
                ("snoozed_by", Storage::Id),
                ("snoozed_reason", Storage::Text),
                ("resolved_at", Storage::Instant),
                ("resolved_by", Storage::Id),
                ("resolved_reason", Storage::Text),
                ("sent_at", Storage::Instant),
                ("created_by_operation", Storage::Id),
                ("version", Storage::Integer),
                ("updated_at", Storage::Instant),
                ("held_by", Storage::Text),
            ]),
            references: &[Reference::follows("account_id", "accounts")],
            unique: &[],
            derived: true,
        },
    ),
];

/// Columns that follow the write itself, not a field: never put back but with the whole row.
const OF_THE_WRITE: [&str; 5] = ["version", "created_at", "updated_at", "created_by_operation", "created_by"];

impl Table {
    pub fn find(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// The noun whose fields the bits of its masks are, where it has one.
    pub fn noun(&self) -> Option<&'static Noun> {
        match self.columns {
            Columns::Of(noun) => Some(noun),
            Columns::Own(_) => None,
        }
    }

    /// The columns of a before-image beyond the key of the row, the operation and the mask.
    pub fn columns(&self) -> Vec<Column> {
        match self.columns {
            Columns::Own(columns) => columns
                .iter()
                .enumerate()
                .map(|(bit, (name, storage))| {
                    // The key of a name is put back with the name, or not at all.
                    let of_name = name.strip_suffix("_key").and_then(|base| {
                        columns.iter().position(|(own, _)| *own == base || own.strip_suffix("_id") == Some(base))
                    });
                    let mask = if OF_THE_WRITE.contains(name) { 0 } else { 1 << of_name.unwrap_or(bit) };
                    Column { name, storage: *storage, mask }
                })
                .collect(),
            Columns::Of(noun) => before_columns(noun)
                .into_iter()
                .filter(|name| !self.key.iter().any(|(key, _)| key == name))
                .map(|name| column(noun, name))
                .collect(),
        }
    }

    /// The bits of these columns.
    pub fn mask(&self, names: &[&str]) -> i64 {
        self.columns().iter().filter(|column| names.contains(&column.name)).fold(0, |mask, column| mask | column.mask)
    }

    /// SQL that keeps rows before they are written: those of the table `a` that `rest`, which stands after `from {name} a`, lets
    /// through. `$1` is the organization, `$2` the operation; `changed` is the mask, as SQL.
    pub fn keep(&self, changed: &str, rest: &str) -> String {
        let keys = self.key.iter().map(|(name, _)| *name);
        let names: Vec<&str> = keys.chain(self.columns().iter().map(|column| column.name)).collect();
        let values: Vec<String> = names.iter().map(|name| format!("a.{name}")).collect();
        format!(
            "insert into {name}_before (organization_id, operation_id, changed, {}) \
             select a.organization_id, $2, {changed}, {} from {name} a {rest}",
            names.join(", "),
            values.join(", "),
            name = self.name,
        )
    }
}

/// As [`Table::keep`], of the table of this name; `changed` makes the mask.
pub(super) fn keep(name: &str, changed: impl FnOnce(&Table) -> String, rest: &str) -> String {
    Table::find(name).map(|table| table.keep(&changed(table), rest)).unwrap_or_default()
}

fn column(noun: &'static Noun, name: &'static str) -> Column {
    let own = noun.fields.iter().find(|field| field.column == name && field.sql.is_none());
    let derived = noun.derived.iter().find(|derived| derived.column == name);
    let from = derived.and_then(|derived| noun.field(derived.from)).map(|(_, field)| field);
    let mut mask = match own.or(from) {
        Some(field) if !OF_THE_WRITE.contains(&name) || field.writable() => field.bit(),
        _ => 0,
    };
    if matches!(name, "status_source" | "status_until") {
        mask |= noun.mask(&["status"]);
    }
    let storage = match own {
        Some(field) => field.meaning.storage(),
        None => match name {
            "version" => Storage::Integer,
            "created_at" | "updated_at" | "archived_at" => Storage::Instant,
            "created_by_operation" | "created_by" | "merged_into" => Storage::Id,
            _ => Storage::Text,
        },
    };
    Column { name, storage, mask }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::ACCOUNT;
    use crate::model::engagement::ENGAGEMENT;
    use crate::model::goal::GOAL;

    #[test]
    fn what_is_pointed_at_comes_first() {
        for (place, table) in TABLES.iter().enumerate() {
            for reference in table.references {
                let at = TABLES.iter().position(|other| other.name == reference.to);
                assert!(at.is_some_and(|at| at <= place), "{}.{}", table.name, reference.column);
            }
        }
    }

    #[test]
    fn columns_know_their_bits() {
        let accounts = Table::find("accounts").unwrap().columns();
        let of = |name: &str| *accounts.iter().find(|column| column.name == name).unwrap();
        let bit = |name: &str| ACCOUNT.mask(&[name]);
        assert_eq!(of("name_key").mask, bit("name"));
        assert_eq!(of("external_key").mask, bit("external_id"));
        assert_eq!(of("status_source").mask, bit("status") | bit("status_source"));
        assert_eq!((of("archived_at").mask, of("archived_at").storage), (bit("archived_at"), Storage::Instant));
        assert_eq!(of("created_at").mask, bit("created_at"), "an import sets it");
        for name in ["version", "updated_at", "created_by_operation"] {
            assert_eq!(of(name).mask, 0, "{name}");
        }
        // Whose an engagement is, is a field of it; of what a segment, an attachment or an adjustment is, it is part of the write.
        let mask = |table: &str, column| Table::find(table).unwrap().mask(&[column]);
        assert_eq!(mask("engagements", "created_by"), ENGAGEMENT.mask(&["created_by"]));
        assert_eq!(mask("customer_goals", "created_by"), GOAL.mask(&["created_by"]));
        for table in ["segments", "score_models", "health_adjustments"] {
            assert_eq!(mask(table, "created_by"), 0, "{table}");
        }
        assert_eq!(mask("segments", "name_key"), mask("segments", "name"));
        assert_eq!(mask("account_aliases", "external_key"), mask("account_aliases", "external_id"));
        let (one, other) = (mask("alerts", "acknowledged_by"), mask("alerts", "snoozed_by"));
        assert!(one.count_ones() == 1 && other.count_ones() == 1 && one != other);
        for table in TABLES.iter() {
            let columns = table.columns();
            let mut names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), columns.len(), "{}", table.name);
            assert!(["version", "created_by_operation"].iter().all(|name| names.contains(name)), "{}", table.name);
        }
    }
}
