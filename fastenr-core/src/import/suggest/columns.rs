//! The section `[columns]`: what is placed, and what a person may place.

use std::fmt::Write as _;

use super::{Draft, Suggester, toml_text};
use crate::import::format::DateReading;
use crate::import::plan::{Piece, REJECT_COLUMNS};
use crate::import::source::Survey;
use crate::model::TimeZone;
use crate::model::noun::fold_header;

impl Suggester {
    pub(super) fn write_columns(&self, out: &mut String, survey: &Survey, draft: &Draft) {
        out.push_str("\n[columns]\n");
        let about = |column: usize| {
            let seen = &self.columns[column];
            format!("{} filled, such as {:?}", seen.filled, seen.example)
        };
        let Draft { placed, templates, constants, misfits, .. } = draft;
        for (slot, column) in placed {
            let _ = writeln!(
                out,
                "{} = {}  # {}",
                self.field_name(slot),
                toml_text(&survey.header[*column]),
                about(*column)
            );
        }
        for (slot, pieces) in templates {
            let template = template(pieces, survey);
            let _ = writeln!(out, "{} = {{ template = {} }}", self.field_name(slot), toml_text(&template));
        }
        for (slot, constant) in constants {
            let _ = writeln!(out, "{} = {{ constant = {} }}", self.field_name(slot), toml_text(constant));
        }
        let has = |name: &str| {
            let slots = placed.iter().map(|(slot, _)| slot);
            let slots =
                slots.chain(templates.iter().map(|(slot, _)| slot)).chain(constants.iter().map(|(slot, _)| slot));
            slots.into_iter().any(|slot| self.field_of(slot).is_some_and(|field| field.name == name))
        };
        if self.noun.account().is_some() && !has("account") {
            let _ = writeln!(out, "# account = {{ constant = \"\" }}  # where all rows belong to one account");
        }
        for (slot, column) in misfits {
            let _ = writeln!(
                out,
                "# {} = {}  # usually this field, but with other values: map them below first; {}",
                self.field_name(slot),
                toml_text(&survey.header[*column]),
                about(*column)
            );
        }
        let used = |column: usize| templates.iter().any(|(_, pieces)| pieces.contains(&Piece::Column(column)));
        for (column, header) in survey.header.iter().enumerate() {
            if placed.iter().any(|(_, known)| *known == column)
                || used(column)
                || REJECT_COLUMNS.contains(&header.as_str())
            {
                continue;
            }
            let seen = &self.columns[column];
            let text = toml_text(header);
            let folded = fold_header(header);
            let dated = DateReading::ISO.parse_timestamp(&seen.example, TimeZone::UTC).is_ok();
            if seen.filled > 0 && seen.distinct && !dated && !has("external_id") {
                let _ = writeln!(out, "# external_id = {text}  # no value comes twice; {}", about(column));
            } else if folded.contains("revenue") && self.noun.field("arr").is_some() && !has("arr") {
                let _ =
                    writeln!(out, "# arr = {text}  # a company's revenue is not what it pays you; {}", about(column));
            } else if seen.filled == 0 {
                let _ = writeln!(out, "# {text} is empty");
            } else if self.noun.field("custom_fields").is_some() {
                let member = toml_text(&format!("custom.{}", header.trim()));
                let _ = writeln!(out, "# {member} = {text}  # {}", about(column));
            } else {
                let _ = writeln!(out, "# {text}  # {}", about(column));
            }
        }
    }
}

/// `{First Name} {Last Name}`.
pub(super) fn template(pieces: &[Piece], survey: &Survey) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.replace('{', "{{").replace('}', "}}"),
        Piece::Column(column) => format!("{{{}}}", survey.header[*column]),
    };
    pieces.iter().map(text).collect()
}
