//! A mapping file made from the file itself: what could be placed, and what a person has to decide.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};

use super::convert::Users;
use super::plan::{Chooser, From, Piece, REJECT_COLUMNS, Slot, choices, foreign, guesses};
use super::profile::Profiles;
use super::request::Request;
use super::source::{Encoding, Options, Record, Survey};
use crate::error::Result;
use crate::model::noun::{Field, Meaning, Noun, fold_header};
use crate::model::{Currency, TimeZone};

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

/// What the file's columns would be.
#[derive(Default)]
struct Draft {
    placed: Vec<(Slot, usize)>,
    templates: Vec<(Slot, Vec<Piece>)>,
    constants: Vec<(Slot, String)>,
    /// Columns that are usually a field and hold other words.
    misfits: Vec<(Slot, usize)>,
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
        let nulls = request.null_words();
        for (column, seen) in self.columns.iter_mut().enumerate() {
            let said = |text: &&str| !text.is_empty() && !nulls.is_none(text, None);
            let Some(text) = record.cell(column).text().map(str::trim).filter(said) else { continue };
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
        let draft = self.place(survey, request)?;
        let placed = &draft.placed;
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
        self.write_columns(&mut out, survey, &draft);
        self.write_values(&mut out, placed);
        self.write_values(&mut out, &draft.misfits);
        self.write_lookup(&mut out, placed, users);
        self.write_formats(&mut out, survey, placed);
        self.write_rates(&mut out, survey, currency);
        self.write_filter(&mut out, survey);
        Ok(out)
    }

    /// The column of each slot, as an import chooses it, and those that it would name: by how a header ends.
    fn place(&self, survey: &Survey, request: &Request) -> Result<Draft> {
        let Chooser { chosen, unknown, misfits, .. } = choices(self.noun, survey, &self.profiles, request, true)?;
        let guessed = guesses(self.noun, survey, &chosen, &unknown, |column| self.columns[column].filled > 0);
        let mut draft = Draft::default();
        for (slot, from, _) in chosen {
            match from {
                From::Column(column) => draft.placed.push((slot, column)),
                From::Template(pieces) => draft.templates.push((slot, pieces)),
                From::Constant(constant) => draft.constants.push((slot, constant)),
            }
        }
        draft.placed.extend(guessed.into_iter().map(|(bit, column)| (Slot::Field(bit), column)));
        for (column, field) in misfits {
            draft.misfits.extend(self.noun.field(field.name).map(|(bit, _)| (Slot::Field(bit), column)));
        }
        Ok(draft)
    }

    fn field_of(&self, slot: &Slot) -> Option<&'static Field> {
        match slot {
            Slot::Field(bit) => Some(&self.noun.fields[*bit]),
            _ => None,
        }
    }

    fn field_name(&self, slot: &Slot) -> String {
        match slot {
            Slot::Field(bit) => self.noun.fields[*bit].name.to_owned(),
            Slot::Id => "id".to_owned(),
            Slot::DaysPastDue => "days_past_due".to_owned(),
            Slot::Custom(member) => toml_text(&format!("custom.{member}")),
        }
    }

    fn write_columns(&self, out: &mut String, survey: &Survey, draft: &Draft) {
        out.push_str("\n[columns]\n");
        let about = |column: usize| {
            let seen = &self.columns[column];
            format!("{} filled, such as {:?}", seen.filled, seen.example)
        };
        let Draft { placed, templates, constants, misfits } = draft;
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
            let text = |piece: &Piece| match piece {
                Piece::Text(text) => text.replace('{', "{{").replace('}', "}}"),
                Piece::Column(column) => format!("{{{}}}", survey.header[*column]),
            };
            let template: String = pieces.iter().map(text).collect();
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
                "# {} = {}  # usually, but its words are others: place them below first; {}",
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
            let dated = super::format::DateReading::ISO.parse_timestamp(&seen.example, TimeZone::UTC).is_ok();
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
            let header = &survey.header[*column];
            let format = self.format_line(field, *column, header);
            let lines: Vec<String> = [format, self.scale_line(field, *column)].into_iter().flatten().collect();
            if !lines.is_empty() {
                let header = toml_text(header);
                let _ = writeln!(out, "\n[formats.{header}]\n{}", lines.join("\n"));
            }
        }
    }

    /// How a column's dates or numbers are written, where that is not plain.
    fn format_line(&self, field: &Field, column: usize, header: &str) -> Option<String> {
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
            Err(ambiguous) => Some(format!("# {key} = \"\"  # {}; {}", ambiguous.rule, ambiguous.way_out(header))),
        }
    }

    /// What a column of percentages counts in, where its numbers leave that open.
    fn scale_line(&self, field: &Field, column: usize) -> Option<String> {
        let choices = match field.meaning {
            meaning if meaning.is_percent() => "0-100 where it is percent, else 0-1, 1-5, 0-5 or 0-10",
            meaning if meaning.is_nps() => "-100-100 where it is an NPS, 0-10 where each row is one answer",
            _ => return None,
        };
        let reading = self.profiles.numbers(column)?.settle(None).ok()?;
        let ambiguous = self.profiles.scale(column, field.meaning, &reading, None).err()?;
        let rows: Vec<String> = ambiguous.rows.iter().map(u64::to_string).collect();
        Some(format!("# scale = \"\"  # {} (row {}); {choices}", ambiguous.rule, rows.join(", ")))
    }

    fn write_rates(&self, out: &mut String, survey: &Survey, currency: &str) {
        if self.noun.field("arr").is_none() {
            return;
        }
        let Ok(own) = Currency::parse(currency) else { return };
        for (column, header) in survey.header.iter().enumerate() {
            // What the import asks about.
            let Some(said) = self.profiles.currencies(column) else { continue };
            let foreign = foreign(header, said, own);
            if foreign.is_empty() {
                continue;
            }
            let _ = writeln!(
                out,
                "\n# Amounts are kept in {currency}; a currency without a rate is refused.\n[fx]\ncolumn = {}",
                toml_text(header)
            );
            for (code, rows) in foreign {
                let _ = writeln!(out, "# {code} = \"\"  # one {code} in {currency}; rows: {rows}");
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
