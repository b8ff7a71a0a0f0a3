//! The form of the columns, as it is drawn: what was said before, or else what the file suggests.

use fastenr_core::import::mapping::{AccountLookup, Mapping, Origin, UserLookup, fold_value};
use fastenr_core::model::noun::{Field, Meaning, Noun};
use fastenr_core::ops::import::{ColumnOutline, FileOutline};
use fastenr_html::format::{counted, grouped, label, word};
use fastenr_html::page::{ImportColumn, ImportMapPage, ImportWord};
use fastenr_html::part::{LineInput, Pick};

use super::super::fields::Fields;
use super::super::request::PageRequest;
use super::{Upload, steps};
use crate::Problem;

/// A column that is part of a field, with others.
pub(super) const PART: &str = "=part";
/// A column that becomes a custom field.
pub(super) const CUSTOM: &str = "=custom";

/// Words of one column that are asked about.
const MOST_WORDS: usize = 40;

const DATES: [(&str, &str); 9] = [
    ("", "–"),
    ("iso", "2026-12-31"),
    ("dmy", "31.12.2026: day first"),
    ("mdy", "12/31/2026: month first"),
    ("ymd", "2026/12/31: year first"),
    ("excel", "Excel's day numbers"),
    ("excel-1904", "Excel's day numbers, from 1904"),
    ("epoch", "Seconds since 1970"),
    ("epoch-ms", "Milliseconds since 1970"),
];

const NUMBERS: [(&str, &str); 7] = [
    ("", "–"),
    ("1234.56", "1234.56"),
    ("1,234.56", "1,234.56"),
    ("1.234,56", "1.234,56"),
    ("1 234,56", "1 234,56"),
    ("1 234.56", "1 234.56"),
    ("1'234.56", "1'234.56"),
];

const ACCOUNTS: [(&str, &str); 4] =
    [("", "External id or id"), ("name", "Name"), ("domain", "Domain"), ("email", "E-mail of a contact")];

const USERS: [(&str, &str); 4] =
    [("", "Whatever is unique"), ("email", "E-mail"), ("name", "Name"), ("external_id", "External id")];

/// Name, label, and the choices.
type Choice = (&'static str, &'static str, Vec<(&'static str, &'static str)>);

const ID_CHANGES: &str = "allow_id_changes";
pub(super) const ID_CHANGES_LABEL: &str = "New external ids of known records";

/// How many missing records are archived at most: a line, as it is a number.
pub(super) const MAX_MISSING: &str = "max_missing";
pub(super) const MAX_MISSING_LABEL: &str = "Most records to archive";

/// What an import of this noun can be asked to do.
pub(super) fn options_of(noun: &Noun, may_delete: bool) -> Vec<Choice> {
    let mut keys = vec![("", "The usual")];
    keys.extend(noun.keys.iter().map(|key| (key.as_str(), key.as_str())));
    let mut options = vec![
        ("key", "Records are matched by", keys),
        ("mode", "Records", vec![("", "Create and update"), ("create", "Only create"), ("update", "Only update")]),
        ("empty", "Empty cells", vec![("", "Keep the value"), ("clear", "Clear the value")]),
        (
            "duplicates",
            "Rows with the same key",
            vec![("", "Reject all"), ("first", "Take the first"), ("last", "Take the last")],
        ),
        ("on_error", "If a row is bad", vec![("", "Import nothing"), ("skip", "Leave the row out")]),
        ("bad_cells", "Bad cells of optional fields", vec![("", "Make the row bad"), ("keep", "Leave the cell out")]),
    ];
    if noun.field("external_id").is_some() {
        options.push((
            "ids",
            "External ids that look damaged",
            vec![("", "Refuse"), ("as-written", "Take as they are")],
        ));
        options.push((ID_CHANGES, ID_CHANGES_LABEL, vec![("", "Refuse"), ("true", "Take over")]));
    }
    if noun.archived_at().is_some() && may_delete {
        let choices = vec![("", "Stay as they are"), ("archive", "Are archived")];
        options.push(("missing", "Records that are not in the file", choices));
    }
    options
}

/// Names of fields that a column can be.
pub(super) fn fields_of(noun: &'static Noun) -> impl Iterator<Item = &'static str> {
    let writable = noun.fields.iter().filter(|field| field.writable() && field.meaning != Meaning::Custom);
    std::iter::once("id").chain(writable.map(|field| field.name).filter(|name| *name != "id"))
}

/// Whether the form has a field whose name begins so.
pub(super) fn is_answered(fields: &Fields, beginning: &str) -> bool {
    fields.0.iter().any(|(name, _)| name.starts_with(beginning))
}

pub(super) async fn page(
    request: &PageRequest,
    upload: &Upload,
    outline: &FileOutline,
    wrong: Option<(String, &Fields)>,
) -> Result<ImportMapPage, Problem> {
    let noun = upload.noun;
    let form = Form {
        noun,
        mapping: Mapping::parse("mapping", &upload.mapping)?,
        outline,
        sent: wrong.as_ref().map(|(_, fields)| *fields),
    };
    let may_delete = noun.scope.is_some_and(|scope| request.can().delete(scope));
    let option = |name: &str| upload.options.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
    let options = options_of(noun, may_delete).into_iter().map(|(name, label, choices)| {
        let full = format!("o.{name}");
        let value = form.value(&full, option(name).unwrap_or_default());
        Pick::new(full, label, &choices, &value)
    });
    let limit = noun.archived_at().filter(|_| may_delete).map(|_| LineInput {
        name: format!("o.{MAX_MISSING}"),
        label: MAX_MISSING_LABEL.to_owned(),
        value: form.value(&format!("o.{MAX_MISSING}"), option(MAX_MISSING).unwrap_or_default()),
        hint: "A number or a percentage; empty: 10%",
    });
    Ok(ImportMapPage {
        frame: request.frame("Columns", "imports").await?,
        steps: steps(upload, 1),
        version: upload.version,
        columns: outline.columns.iter().enumerate().map(|(place, column)| form.column(place, column)).collect(),
        constants: form.constants(),
        rates: form.rates(),
        lookups: form.lookups(),
        options: options.collect(),
        limits: limit.into_iter().collect(),
        error: wrong.map(|(error, _)| error),
    })
}

struct Form<'f> {
    noun: &'static Noun,
    mapping: Mapping,
    outline: &'f FileOutline,
    /// What was sent, where that was wrong.
    sent: Option<&'f Fields>,
}

impl Form<'_> {
    fn value(&self, name: &str, kept: String) -> String {
        match self.sent.filter(|sent| sent.has(name)) {
            Some(sent) => sent.text(name).unwrap_or_default().to_owned(),
            None => kept,
        }
    }

    fn column(&self, place: usize, column: &ColumnOutline) -> ImportColumn {
        let share = (column.filled * 100).checked_div(self.outline.rows).unwrap_or(0);
        let field = column.field.as_deref().and_then(|name| self.noun.field(name)).map(|(_, field)| field);
        let told = self.mapping.format(&column.header);
        let question = column
            .format
            .as_ref()
            .filter(|format| format.question.is_some() || told.date.is_some() || told.number.is_some());
        let questions = question.map(|format| {
            let kept = match format.key {
                "date" => told.date.map(|format| format.to_string()),
                _ => told.number.map(|format| format.to_string()),
            };
            let name = format!("f.{place}");
            let choices: &[(&str, &str)] = if format.key == "date" { &DATES } else { &NUMBERS };
            let value = self.value(&name, kept.unwrap_or_default());
            let pick = hidden(Pick::new(name, format!("Format of {}", column.header), choices, &value));
            (format.question.clone().unwrap_or_else(|| "You have set this:".to_owned()), pick)
        });
        let scale = column.scale.clone().or_else(|| told.scale.map(|_| "You have set this:".to_owned())).map(|why| {
            let name = format!("s.{place}");
            let value = self.value(&name, told.scale.map(|scale| scale.to_string()).unwrap_or_default());
            let label = format!("Scale of {}", column.header);
            (why, LineInput { name, label, value, hint: "Such as 1-5" })
        });
        ImportColumn {
            header: column.header.clone(),
            examples: column.examples.clone(),
            filled: format!("{share} %"),
            field: self.field(place, column),
            guessed: column.guessed,
            words: field.map_or_else(Vec::new, |field| self.words(place, column, field)),
            too_many: column.too_many || column.unknown.len() > MOST_WORDS,
            questions: questions.into_iter().collect(),
            scale,
        }
    }

    fn field(&self, place: usize, column: &ColumnOutline) -> Pick {
        let mut options = vec![(String::new(), "Leave out".to_owned())];
        if self.noun.fields.iter().any(|field| field.meaning == Meaning::Custom) {
            options.push((CUSTOM.to_owned(), "Keep as a custom field".to_owned()));
        }
        if let Some(whole) = &column.part_of {
            options.push((PART.to_owned(), format!("Part of: {}", word(whole))));
        }
        options.extend(fields_of(self.noun).map(|name| (name.to_owned(), label(name))));
        let kept = match (&column.part_of, &column.field) {
            (Some(_), _) => PART.to_owned(),
            (None, Some(field)) if *field == format!("custom.{}", column.header.trim()) => CUSTOM.to_owned(),
            (None, Some(field)) => field.clone(),
            (None, None) => String::new(),
        };
        let name = format!("c.{place}");
        let value = self.value(&name, kept);
        let label = format!("Field of {}", column.header);
        Pick { name, label, hidden_label: true, options, value }
    }

    fn words(&self, place: usize, column: &ColumnOutline, field: &Field) -> Vec<ImportWord> {
        let texts: &[&str] = match field.meaning {
            Meaning::Choice(choices) => choices.texts,
            Meaning::Boolean => &["true", "false"],
            _ => return Vec::new(),
        };
        let mut options = vec![(String::new(), "Reject the rows".to_owned())];
        options.extend(texts.iter().map(|text| ((*text).to_owned(), word(text))));
        let said = self.mapping.values.get(field.name);
        let words = column.unknown.iter().enumerate().take(MOST_WORDS).map(|(number, unknown)| {
            let kept = said.and_then(|words| words.get(&fold_value(&unknown.text))).or(unknown.near.as_ref());
            let name = format!("v.{place}.{number}");
            let value = self.value(&name, kept.cloned().unwrap_or_default());
            let label = format!("{} in {} means", unknown.text, column.header);
            let ours = Pick { name, label, hidden_label: true, options: options.clone(), value };
            ImportWord { text: unknown.text.clone(), rows: counted(unknown.rows, "row", "rows"), ours }
        });
        words.collect()
    }

    /// Fields with one value in all rows, and those that a new record needs and no column gives.
    fn constants(&self) -> Vec<LineInput> {
        let outline = self.outline;
        let constant = |name: &str| outline.constants.iter().find(|(field, _)| field == name).map(|(_, text)| text);
        let said = |name: &str| match self.mapping.columns.get(name) {
            Some(Origin::Constant { constant }) => Some(constant),
            _ => None,
        };
        let is_given = |name: &str| {
            outline.columns.iter().any(|column| column.field.as_deref() == Some(name))
                || outline.templates.iter().any(|(field, _)| field == name)
        };
        let fields = fields_of(self.noun).filter(|name| {
            let is_needed = self.noun.field(name).is_some_and(|(_, field)| field.needed());
            constant(name).or(said(name)).is_some() || (is_needed && !is_given(name))
        });
        let line = |name: &'static str| {
            let full = format!("k.{name}");
            let value = self.value(&full, said(name).or(constant(name)).cloned().unwrap_or_default());
            LineInput { name: full, label: label(name), value, hint: "" }
        };
        fields.map(line).collect()
    }

    fn rates(&self) -> Vec<LineInput> {
        let codes = self.outline.currencies.iter().flat_map(|(_, codes)| codes);
        let line = |(code, rows): &(String, u64)| {
            let name = format!("r.{code}");
            let kept = self.mapping.fx.rates.get(code).map(ToString::to_string).unwrap_or_default();
            let value = self.value(&name, kept);
            let label = format!("{code} ({} rows)", grouped(*rows));
            LineInput { name, label, value, hint: "Value of one unit, such as 1.08" }
        };
        codes.map(line).collect()
    }

    fn lookups(&self) -> Vec<Pick> {
        let has = |meaning: Meaning| self.noun.fields.iter().any(|field| field.meaning == meaning && field.writable());
        let mut picks = Vec::new();
        if has(Meaning::Account) {
            let kept = match &self.mapping.account {
                AccountLookup::Key => String::new(),
                AccountLookup::Name => "name".to_owned(),
                AccountLookup::Domain => "domain".to_owned(),
                AccountLookup::Email => "email".to_owned(),
                AccountLookup::Custom(key) => format!("custom.{key}"),
            };
            picks.push(Pick::new("l.account", "Accounts are named by", &ACCOUNTS, &self.value("l.account", kept)));
        }
        if has(Meaning::User) {
            let kept = match &self.mapping.owner {
                UserLookup::Any => "",
                UserLookup::Email => "email",
                UserLookup::Name => "name",
                UserLookup::ExternalId => "external_id",
            };
            let value = self.value("l.owner", kept.to_owned());
            picks.push(Pick::new("l.owner", "Users are named by", &USERS, &value));
        }
        picks
    }
}

fn hidden(pick: Pick) -> Pick {
    Pick { hidden_label: true, ..pick }
}
