//! The sections about values: `[values.FIELD]`, `[lookup]`, `[filter]`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Suggester, toml_text};
use crate::import::convert::Users;
use crate::import::plan::Slot;
use crate::import::source::Survey;
use crate::model::boolean::parse_bool;
use crate::model::noun::{Meaning, fold_header};

impl Suggester {
    /// The values of picklists that are no word of ours, with their counts.
    pub(super) fn write_values(&self, out: &mut String, placed: &[(Slot, usize)]) {
        for (slot, column) in placed {
            let Some(field) = self.field_of(slot) else { continue };
            let picklist = matches!(field.meaning, Meaning::Choice(_) | Meaning::Boolean);
            if !picklist {
                continue;
            }
            let Some(values) = &self.columns[*column].values else {
                let _ = writeln!(out, "\n# {} has too many different values for a picklist", field.name);
                continue;
            };
            let unknown: Vec<(&String, &u64)> =
                values.iter().filter(|(value, _)| field.parse(value).is_err()).collect();
            if unknown.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n[values.{}]  # ours: {}; \"\" is no value", field.name, field.about);
            for (value, rows) in unknown {
                let near = field.parse(value).err().and_then(|invalid| meant(&invalid.rule)).unwrap_or_default();
                let _ = writeln!(out, "# {} = {}  # rows: {rows}", toml_text(value), toml_text(&near));
            }
        }
    }

    pub(super) fn write_lookup(&self, out: &mut String, placed: &[(Slot, usize)], users: &Users) {
        let mut begun = false;
        for (slot, column) in placed {
            let Some(field) = self.field_of(slot).filter(|field| field.meaning.is_reference()) else { continue };
            if !begun {
                out.push_str("\n[lookup]\n");
                begun = true;
            }
            if field.meaning == Meaning::Account {
                let _ = writeln!(out, "{} = \"key\"  # an external id or an id; or \"name\", \"domain\"", field.name);
                continue;
            }
            let _ = writeln!(out, "{} = \"any\"  # or \"email\", \"name\", \"external_id\"", field.name);
            let Some(values) = &self.columns[*column].values else { continue };
            for (value, rows) in values.iter().filter(|(value, _)| !users.knows(value)) {
                let _ = writeln!(
                    out,
                    "# no user {} (rows: {rows}): create the user, or map the value under [values.{}]",
                    toml_text(value),
                    field.name
                );
            }
        }
    }

    pub(super) fn write_filter(&self, out: &mut String, survey: &Survey) {
        for (column, header) in survey.header.iter().enumerate() {
            if !matches!(
                fold_header(header).as_str(),
                "isdeleted" | "deleted" | "fivetrandeleted" | "isarchived" | "archived"
            ) {
                continue;
            }
            let yes = self.columns[column]
                .values
                .iter()
                .flat_map(BTreeMap::keys)
                .filter(|value| parse_bool(value).unwrap_or(false));
            let listed: Vec<String> = yes.map(|value| toml_text(value)).collect();
            let listed = if listed.is_empty() { "\"true\"".to_owned() } else { listed.join(", ") };
            let _ = writeln!(out, "\n[filter]  # rows to skip\n{} = [{listed}]", toml_text(header));
            return;
        }
    }
}

/// The word that a picklist's rule offers: `… (did you mean at_risk?)`.
pub(super) fn meant(rule: &str) -> Option<String> {
    let (_, rest) = rule.split_once("did you mean ")?;
    Some(rest.trim_end_matches([')', '?']).to_owned())
}
