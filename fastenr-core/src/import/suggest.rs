//! A mapping file made from the file itself: what could be placed, and what a person has to decide.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};

use super::convert::Users;
use super::plan::{Meant, REJECT_COLUMNS, Slot, meaning};
use super::profile::Profiles;
use super::request::Request;
use super::source::{Encoding, Options, Record, Survey};
use crate::error::Result;
use crate::model::noun::{Field, Meaning, Noun, fold_header};

/// Different values of one column that are remembered; more is no picklist.
const MOST_VALUES: usize = 500;
/// Rows in which a column is watched for values that come twice.
const WATCHED: u64 = 20_000;

/// What the cells of one column are like.
struct Seen {
    filled: u64,
    example: String,
    /// Value and rows; none once there are too many.
    values: Option<BTreeMap<String, u64>>,
    hashes: HashSet<u64>,
    distinct: bool,
}

/// Gathers the evidence during a survey.
pub(crate) struct Suggester {
    noun: &'static Noun,
    columns: Vec<Seen>,
    hasher: RandomState,
    pub(crate) profiles: Profiles,
}

impl Suggester {
    pub(crate) fn new(noun: &'static Noun) -> Self {
        Self { noun, columns: Vec::new(), hasher: RandomState::new(), profiles: Profiles::new(noun) }
    }

    pub(crate) fn see(&mut self, header: &[String], record: &Record, request: &Request) -> Result<()> {
        self.profiles.see(header, record, request)?;
        self.columns.resize_with(header.len(), || Seen {
            filled: 0,
            example: String::new(),
            values: Some(BTreeMap::new()),
            hashes: HashSet::new(),
            distinct: true,
        });
        for (column, seen) in self.columns.iter_mut().enumerate() {
            let Some(text) = record.cell(column).text().map(str::trim).filter(|text| !text.is_empty()) else {
                continue;
            };
            if seen.filled == 0 {
                seen.example = text.chars().take(40).collect();
            }
            seen.filled += 1;
            if seen.distinct && record.number <= WATCHED {
                seen.distinct = seen.hashes.insert(self.hasher.hash_one(text));
                if !seen.distinct {
                    seen.hashes = HashSet::new();
                }
            }
            if let Some(values) = &mut seen.values {
                if let Some(rows) = values.get_mut(text) {
                    *rows += 1;
                } else if values.len() >= MOST_VALUES || text.len() > 100 {
                    seen.values = None;
                } else {
                    values.insert(text.to_owned(), 1);
                }
            }
        }
        Ok(())
    }

    /// The mapping file's text.
    pub(crate) fn write(
        &self,
        name: &str,
        survey: &Survey,
        request: &Request,
        users: &Users,
        currency: &str,
    ) -> Result<String> {
        let placed = self.place(survey, request)?;
        let mut out = String::new();
        let _ = writeln!(
            out,
            "# Made from {name}, rows: {}. Read it through, then: import {name} --mapping THIS_FILE",
            survey.rows
        );
        for guess in survey.warnings.iter().chain(&survey.guesses) {
            let _ = writeln!(out, "# {guess}");
        }
        write_file(&mut out, survey, &request.reading());
        self.write_columns(&mut out, survey, &placed);
        self.write_values(&mut out, &placed);
        self.write_lookup(&mut out, &placed, users);
        self.write_formats(&mut out, survey, &placed);
        self.write_rates(&mut out, survey, currency);
        self.write_filter(&mut out, survey);
        Ok(out)
    }

    /// The column of each slot: by name first, then by how a header ends (`property_name`, `GICS Sector`).
    fn place(&self, survey: &Survey, request: &Request) -> Result<Vec<(Slot, usize)>> {
        let mut placed: Vec<(Slot, usize)> = Vec::new();
        let free = |placed: &[(Slot, usize)], slot: &Slot| !placed.iter().any(|(known, _)| known == slot);
        // The fields' own names come before their other names.
        for exact in [true, false] {
            for (column, header) in survey.header.iter().enumerate() {
                if placed.iter().any(|(_, known)| *known == column) {
                    continue;
                }
                let Meant::Slot(mut slot) = meaning(self.noun, header, request)? else { continue };
                if slot == Slot::Id && self.profiles.ids(column).is_some_and(|ids| ids.others > 0) {
                    let Some((bit, _)) = self.noun.field("external_id") else { continue };
                    slot = Slot::Field(bit);
                }
                let is_exact = self.field_of(&slot).is_none_or(|field| fold_header(field.name) == fold_header(header));
                if is_exact == exact && free(&placed, &slot) {
                    placed.push((slot, column));
                }
            }
        }
        for (bit, field) in self.noun.fields.iter().enumerate().filter(|(_, field)| field.writable()) {
            if !free(&placed, &Slot::Field(bit))
                || (field.name == "name" && self.name_parts(survey).is_some())
                || matches!(field.meaning, Meaning::Custom | Meaning::Tags | Meaning::Attendees | Meaning::Milestones)
            {
                continue;
            }
            let names = || {
                std::iter::once(fold_header(field.name)).chain(field.aliases.iter().map(|alias| (*alias).to_owned()))
            };
            let ends = |header: &str| {
                let header = fold_header(header);
                names().filter(|name| name.len() > 3 && header.ends_with(name.as_str())).map(|name| name.len()).max()
            };
            let best = survey
                .header
                .iter()
                .enumerate()
                .filter(|(column, _)| {
                    !placed.iter().any(|(_, known)| known == column) && self.columns[*column].filled > 0
                })
                .filter_map(|(column, header)| ends(header).map(|length| (length, std::cmp::Reverse(column))))
                .max();
            if let Some((_, std::cmp::Reverse(column))) = best {
                placed.push((Slot::Field(bit), column));
            }
        }
        Ok(placed)
    }

    /// The columns of a person's first and last name, where the name stands in two.
    fn name_parts(&self, survey: &Survey) -> Option<(usize, usize)> {
        self.noun.field("name").filter(|(_, field)| field.meaning == Meaning::Title)?;
        let find = |endings: [&str; 2]| {
            let ends = |header: &String| endings.iter().any(|ending| fold_header(header).ends_with(ending));
            survey.header.iter().position(ends)
        };
        find(["firstname", "givenname"]).zip(find(["lastname", "surname"]))
    }

    fn field_of(&self, slot: &Slot) -> Option<&'static Field> {
        match slot {
            Slot::Field(bit) => Some(&self.noun.fields[*bit]),
            _ => None,
        }
    }

    fn write_columns(&self, out: &mut String, survey: &Survey, placed: &[(Slot, usize)]) {
        out.push_str("\n[columns]\n");
        let about = |column: usize| {
            let seen = &self.columns[column];
            format!("{} filled, such as {:?}", seen.filled, seen.example)
        };
        for (slot, column) in placed {
            let header = toml_text(&survey.header[*column]);
            let field = match slot {
                Slot::Field(bit) => self.noun.fields[*bit].name.to_owned(),
                Slot::Id => "id".to_owned(),
                Slot::DaysPastDue => "days_past_due".to_owned(),
                Slot::Custom(member) => toml_text(&format!("custom.{member}")),
            };
            let _ = writeln!(out, "{field} = {header}  # {}", about(*column));
        }
        let has =
            |name: &str| placed.iter().any(|(slot, _)| self.field_of(slot).is_some_and(|field| field.name == name));
        let parts = self.name_parts(survey).filter(|_| !has("name"));
        if let Some((first, last)) = parts {
            let template = format!("{{{}}} {{{}}}", survey.header[first], survey.header[last]);
            let _ = writeln!(out, "name = {{ template = {} }}  # {}", toml_text(&template), about(first));
        }
        if self.noun.account().is_some() && !has("account") {
            let _ = writeln!(out, "# account = {{ constant = \"\" }}  # where all rows belong to one account");
        }
        let used = |column: usize| parts.is_some_and(|(first, last)| column == first || column == last);
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
            let dated = super::format::DateReading::ISO.parse_timestamp(&seen.example).is_ok();
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

    /// The values of picklists that are no word of ours, with their counts.
    fn write_values(&self, out: &mut String, placed: &[(Slot, usize)]) {
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

    fn write_lookup(&self, out: &mut String, placed: &[(Slot, usize)], users: &Users) {
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
                    "# no user is called {} (rows: {rows}): make one, or place it under [values.{}]",
                    toml_text(value),
                    field.name
                );
            }
        }
    }

    fn write_formats(&self, out: &mut String, survey: &Survey, placed: &[(Slot, usize)]) {
        for (slot, column) in placed {
            let Some(field) = self.field_of(slot) else { continue };
            let lines: Vec<String> =
                [self.format_line(field, *column), self.scale_line(field, *column)].into_iter().flatten().collect();
            if !lines.is_empty() {
                let header = toml_text(&survey.header[*column]);
                let _ = writeln!(out, "\n[formats.{header}]\n{}", lines.join("\n"));
            }
        }
    }

    /// How a column's dates or numbers are written, where that is not plain.
    fn format_line(&self, field: &Field, column: usize) -> Option<String> {
        let (key, settled) = match field.meaning {
            Meaning::Date | Meaning::Instant => {
                let settled = self.profiles.dates(column)?.settle(None);
                ("date", settled.map(|reading| reading.proof().map(|row| (reading.format().to_string(), row))))
            }
            meaning if meaning.is_number() => {
                let settled = self.profiles.numbers(column)?.settle(None);
                ("number", settled.map(|reading| reading.proof().map(|row| (reading.format().to_string(), row))))
            }
            _ => return None,
        };
        match settled {
            Ok(proven) => proven.map(|(format, row)| format!("{key} = {}  # row {row} shows it", toml_text(&format))),
            Err(ambiguous) => Some(format!("# {key} = \"\"  # {}; {}", ambiguous.rule, ambiguous.hint)),
        }
    }

    /// What a column of percentages counts in, where its numbers leave that open.
    fn scale_line(&self, field: &Field, column: usize) -> Option<String> {
        if !field.meaning.is_percent() {
            return None;
        }
        let reading = self.profiles.numbers(column)?.settle(None).ok()?;
        let ambiguous = self.profiles.scale(column, &reading, None).err()?;
        let rows: Vec<String> = ambiguous.rows.iter().map(u64::to_string).collect();
        Some(format!(
            "# scale = \"\"  # {} (row {}); one of 0-1, 1-5, 0-5, 0-10, or 0-100 where it is percent",
            ambiguous.rule,
            rows.join(", ")
        ))
    }

    fn write_rates(&self, out: &mut String, survey: &Survey, currency: &str) {
        if self.noun.field("arr").is_none() {
            return;
        }
        for (column, header) in survey.header.iter().enumerate() {
            let Some(values) = self.columns[column].values.as_ref().filter(|values| !values.is_empty()) else {
                continue;
            };
            if !values.keys().all(|value| crate::model::Currency::parse(value).is_ok()) {
                continue;
            }
            let foreign: Vec<&String> = values.keys().filter(|value| !value.eq_ignore_ascii_case(currency)).collect();
            if foreign.is_empty() {
                continue;
            }
            let _ = writeln!(
                out,
                "\n# Amounts are kept in {currency}; a currency without a rate is refused.\n[fx]\ncolumn = {}",
                toml_text(header)
            );
            for code in foreign {
                let _ = writeln!(
                    out,
                    "# {} = \"\"  # one {code} in {currency}; rows: {}",
                    code.to_uppercase(),
                    values[code]
                );
            }
            return;
        }
    }

    fn write_filter(&self, out: &mut String, survey: &Survey) {
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
                .filter(|value| crate::model::boolean::parse_bool(value).unwrap_or(false));
            let listed: Vec<String> = yes.map(|value| toml_text(value)).collect();
            let listed = if listed.is_empty() { "\"true\"".to_owned() } else { listed.join(", ") };
            let _ = writeln!(out, "\n[filter]  # rows to pass over\n{} = [{listed}]", toml_text(header));
            return;
        }
    }
}

/// How the file is read, where that is not plain: what was said or seen once need not be asked again.
fn write_file(out: &mut String, survey: &Survey, reading: &Options) {
    let encoding = survey.encoding;
    let is_plain = encoding == Encoding::UTF_8 || encoding == Encoding::UTF_16LE || encoding == Encoding::UTF_16BE;
    let lines = [
        (!is_plain || reading.encoding.is_some()).then(|| format!("encoding = \"{encoding}\"")),
        reading.delimiter.map(|byte| format!("delimiter = {}", toml_text(&char::from(byte).to_string()))),
        reading.quote_escape.map(|escape| format!("quote_escape = \"{escape}\"")),
        reading.multiline.then(|| "multiline = true".to_owned()),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "\n[file]\n{}", lines.join("\n"));
    }
}

/// The word that a picklist's rule offers: `… (did you mean at_risk?)`.
fn meant(rule: &str) -> Option<String> {
    let (_, rest) = rule.split_once("did you mean ")?;
    Some(rest.trim_end_matches([')', '?']).to_owned())
}

fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
