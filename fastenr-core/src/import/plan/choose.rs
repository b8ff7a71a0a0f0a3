//! Which columns, templates and constants are read, and into what.

use super::headers::{REJECT_COLUMNS, find, meaning, slot};
use super::{From, Meant, Piece, Slot};
use crate::error::{Error, Result};
use crate::import::mapping::{Mapping, Origin};
use crate::import::profile::Profiles;
use crate::import::request::{Key, Request};
use crate::import::source::Survey;
use crate::model::noun::{Noun, fold_header};

/// What is chosen so far, and what is to be said about it.
pub(super) struct Chooser<'a> {
    noun: &'static Noun,
    survey: &'a Survey,
    request: &'a Request,
    /// With the header, or the field where there is none.
    pub(super) chosen: Vec<(Slot, From, String)>,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// What a mapping file names comes first, then the headers.
pub(super) fn choices<'a>(
    noun: &'static Noun,
    survey: &'a Survey,
    profiles: &Profiles,
    request: &'a Request,
) -> Result<Chooser<'a>> {
    let mut chooser = Chooser { noun, survey, request, chosen: Vec::new(), warnings: Vec::new(), notes: Vec::new() };
    chooser.by_mapping(&request.mapping)?;
    chooser.by_headers(profiles)?;
    Ok(chooser)
}

impl Chooser<'_> {
    fn by_mapping(&mut self, mapping: &Mapping) -> Result<()> {
        for (field, origin) in &mapping.columns {
            let slot = slot(self.noun, field)?;
            let find = |header: &str| find(self.survey, header);
            let (from, header) = match origin {
                Origin::Header(header) => {
                    let column = find(header)?;
                    (From::Column(column), self.survey.header[column].clone())
                }
                Origin::Template { template } => (From::Template(pieces(template, find)?), field.clone()),
                Origin::Constant { constant } => (From::Constant(constant.clone()), field.clone()),
            };
            self.choose(slot, from, header)?;
        }
        Ok(())
    }

    fn by_headers(&mut self, profiles: &Profiles) -> Result<()> {
        for (header, _) in &self.request.maps {
            find(self.survey, header)?;
        }
        let mut unknown = Vec::new();
        let mut passed_over = Vec::new();
        for (column, header) in self.survey.header.iter().enumerate() {
            let used = self.chosen.iter().any(|(_, from, _)| match from {
                From::Column(used) => *used == column,
                From::Template(pieces) => pieces.contains(&Piece::Column(column)),
                From::Constant(_) => false,
            });
            let told =
                self.request.maps.iter().any(|(from, _)| from == header || fold_header(from) == fold_header(header));
            let read = self.request.mapping.reads(header);
            if (used || read) && !told || REJECT_COLUMNS.contains(&header.as_str()) {
                continue;
            }
            let exact = |slot: &Slot| match slot {
                Slot::Field(bit) => fold_header(self.noun.fields[*bit].name) == fold_header(header),
                _ => true,
            };
            match meaning(self.noun, header, self.request)? {
                Meant::Slot(Slot::Id) if !told => self.choose_id(column, header, profiles)?,
                Meant::Slot(slot) => {
                    let taken = self.chosen.iter().position(|(known, ..)| *known == slot);
                    match taken {
                        // A field's own name wins over its other names, and what is told wins over both.
                        Some(_) if !told && !exact(&slot) => unknown.push(header.clone()),
                        Some(at) if !told && !self.is_told(at) => {
                            let (_, _, other) = self.chosen.remove(at);
                            unknown.push(other);
                            self.choose(slot, From::Column(column), header.clone())?;
                        }
                        Some(_) if !told => unknown.push(header.clone()),
                        _ => self.choose(slot, From::Column(column), header.clone())?,
                    }
                }
                Meant::ReadOnly(field) => passed_over.push(field.name),
                Meant::Nothing if told => {}
                Meant::Nothing if self.request.custom && self.noun.field("custom_fields").is_some() => {
                    self.choose(Slot::Custom(header.trim().to_owned()), From::Column(column), header.clone())?;
                }
                Meant::Nothing => unknown.push(header.clone()),
            }
        }
        if !unknown.is_empty() {
            let list = unknown.join(", ");
            let way = if self.noun.field("custom_fields").is_some() {
                " (--map 'HEADER=field' names them, --custom keeps them as custom fields)"
            } else {
                " (--map 'HEADER=field' names them)"
            };
            self.warnings.push(format!("columns not imported: {list}{way}"));
        }
        if !passed_over.is_empty() {
            self.notes.push(format!("computed columns passed over: {}", passed_over.join(", ")));
        }
        Ok(())
    }

    /// Whether a choice was told by `--map` or a mapping file.
    fn is_told(&self, at: usize) -> bool {
        let (slot, from, header) = &self.chosen[at];
        let mapped =
            self.request.mapping.columns.keys().any(|field| self::slot(self.noun, field).is_ok_and(|s| s == *slot));
        mapped
            || !matches!(from, From::Column(_))
            || self.request.maps.iter().any(|(from, _)| fold_header(from) == fold_header(header))
    }

    /// A column `id` that holds no UUIDs is another system's id.
    fn choose_id(&mut self, column: usize, header: &str, profiles: &Profiles) -> Result<()> {
        let Some(profile) = profiles.ids(column) else { return Ok(()) };
        let external_id = self.noun.field("external_id").map(|(bit, _)| bit);
        match (profile.uuids, profile.others) {
            (_, 0) => {
                if matches!(self.request.key, None | Some(Key::Id)) {
                    self.choose(Slot::Id, From::Column(column), header.to_owned())?;
                } else {
                    self.notes.push(format!("column {header:?} was passed over: --key goes by another column"));
                }
            }
            (0, _) => {
                let Some(bit) = external_id else {
                    self.warnings.push(format!(
                        "column {header:?} holds no UUIDs and was passed over: {} have no external id",
                        self.noun.many
                    ));
                    return Ok(());
                };
                let taken = self.chosen.iter().any(|(slot, ..)| *slot == Slot::Field(bit))
                    || self.survey.header.iter().any(|other| {
                        other != header && matches!(meaning(self.noun, other, self.request), Ok(Meant::Slot(Slot::Field(other))) if other == bit)
                    });
                if taken {
                    self.warnings.push(format!(
                        "column {header:?} holds no UUIDs and was passed over: another column is the external id"
                    ));
                } else {
                    self.notes.push(format!("column {header:?} holds no UUIDs: taken as the external id"));
                    self.choose(Slot::Field(bit), From::Column(column), header.to_owned())?;
                }
            }
            _ => {
                let message = format!("column {header:?} holds UUIDs and other text (row {})", profile.first_other);
                let hint = match external_id {
                    Some(_) => {
                        format!("say what it is: --map '{header}=external_id', or --map '{header}=' to leave it out")
                    }
                    None => format!("leave it out with --map '{header}='"),
                };
                return Err(Error::invalid("id_mixed", message).hint(hint));
            }
        }
        Ok(())
    }

    fn choose(&mut self, slot: Slot, from: From, header: String) -> Result<()> {
        if let Some((_, _, other)) = self.chosen.iter().find(|(known, ..)| *known == slot) {
            let field = match &slot {
                Slot::Field(bit) => self.noun.fields[*bit].name,
                Slot::Custom(member) => member,
                Slot::Id => "id",
                Slot::DaysPastDue => "days_past_due",
            };
            return Err(Error::invalid("column_twice", format!("{other:?} and {header:?} would both be {field}"))
                .hint(format!("leave one out with --map '{header}='")));
        }
        self.chosen.push((slot, from, header));
        Ok(())
    }
}

/// `{First Name} {Last Name}` into text and columns; `{{` is a brace.
fn pieces(template: &str, find: impl Fn(&str) -> Result<usize>) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let text = |text: &str| Piece::Text(text.replace("}}", "}"));
    while let Some(open) = rest.find('{') {
        if rest[open..].starts_with("{{") {
            pieces.push(text(&rest[..=open]));
            rest = &rest[open + 2..];
            continue;
        }
        pieces.push(text(&rest[..open]));
        let Some(length) = rest[open..].find('}') else {
            return Err(Error::invalid(
                "mapping",
                format!("the template {template:?} opens a brace and does not close it"),
            ));
        };
        pieces.push(Piece::Column(find(&rest[open + 1..open + length])?));
        rest = &rest[open + length + 1..];
    }
    pieces.push(text(rest));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    Ok(pieces)
}
