//! Which column of the file is which field of the noun, settled before a row is judged.

use std::collections::BTreeSet;

use super::format::Ambiguous;
use super::mapping::{ColumnFormat, Mapping, Origin, fold_value};
use super::profile::Profiles;
use super::request::{Key, Mode, Request};
use super::source::Survey;
use crate::error::{Error, Result};
use crate::model::noun::{Field, Meaning, Noun, fold_header};
use crate::store::staging::Staging;

use super::format::{DateReading, NumberReading, Scale};

/// What a value is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Slot {
    Field(usize),
    /// The id of an existing record.
    Id,
    /// One member of the custom fields.
    Custom(String),
    /// Days since a payment was due: another way to say `past_due_since`.
    DaysPastDue,
}

/// Where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    Column(usize),
    Template(Vec<Piece>),
    Constant(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Column(usize),
}

/// One value of every row: from where, to where, how it is written.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) slot: Slot,
    pub(crate) from: From,
    /// The header, or the field where there is none: what messages call it.
    pub(crate) header: String,
    pub(crate) dates: DateReading,
    pub(crate) numbers: NumberReading,
    pub(crate) scale: Option<Scale>,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) targets: Vec<Target>,
    pub(crate) staging: Staging,
    /// The column that names each row's currency.
    pub(crate) currency: Option<usize>,
    /// Columns whose values pass a row over.
    pub(crate) filter: Vec<(usize, BTreeSet<String>)>,
    pub(crate) warnings: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// Columns that a rejects file adds; a mended one is imported as it is.
pub(crate) const REJECT_COLUMNS: [&str; 3] = ["_row", "_column", "_error"];

/// What one header means, before anything is known of its cells.
#[derive(Debug, Clone)]
pub(crate) enum Meant {
    Slot(Slot),
    /// Known, and not for writing.
    ReadOnly(&'static Field),
    Nothing,
}

/// By its name alone, or as `--map` says.
pub(crate) fn meaning(noun: &'static Noun, header: &str, request: &Request) -> Result<Meant> {
    let told = request.maps.iter().find(|(from, _)| from == header || fold_header(from) == fold_header(header));
    if let Some((_, field)) = told {
        return if field.is_empty() || field == "-" { Ok(Meant::Nothing) } else { slot(noun, field).map(Meant::Slot) };
    }
    if let Some(member) = custom_member(noun, header) {
        return Ok(Meant::Slot(Slot::Custom(member)));
    }
    if fold_header(header) == "dayspastdue" && noun.field("past_due_since").is_some() {
        return Ok(Meant::Slot(Slot::DaysPastDue));
    }
    Ok(match noun.field_by_header(header) {
        Some((_, field)) if field.name == "id" => Meant::Slot(Slot::Id),
        Some((_, field)) if !field.writable() => Meant::ReadOnly(field),
        Some((bit, _)) => Meant::Slot(Slot::Field(bit)),
        None => Meant::Nothing,
    })
}

/// `custom.region` is a member of the custom fields, where the noun has any.
fn custom_member(noun: &'static Noun, name: &str) -> Option<String> {
    let member = name.trim().strip_prefix("custom.").filter(|member| !member.is_empty())?;
    noun.field("custom_fields").map(|_| member.to_owned())
}

/// A field by the name that `--map` or a mapping file gives it.
pub(crate) fn slot(noun: &'static Noun, name: &str) -> Result<Slot> {
    let name = name.trim();
    if name == "id" {
        return Ok(Slot::Id);
    }
    if name == "days_past_due" && noun.field("past_due_since").is_some() {
        return Ok(Slot::DaysPastDue);
    }
    if let Some(member) = custom_member(noun, name) {
        return Ok(Slot::Custom(member));
    }
    match noun.field(name) {
        Some((bit, field)) if field.writable() => Ok(Slot::Field(bit)),
        Some((_, field)) => {
            Err(Error::invalid("read_only_field", format!("{} is computed and can't be imported", field.name)))
        }
        None => Err(crate::ops::records::unknown_field(noun, name)),
    }
}

impl Plan {
    /// Settles everything that the survey of the file can tell.
    ///
    /// # Errors
    /// `unknown_header`, `unknown_field`, `column_twice`, `no_key`, and what a column's format leaves open.
    pub(crate) fn settle(
        noun: &'static Noun,
        survey: &Survey,
        profiles: &Profiles,
        request: &Request,
        currency: &str,
    ) -> Result<Self> {
        let mut chooser =
            Chooser { noun, survey, request, chosen: Vec::new(), warnings: Vec::new(), notes: Vec::new() };
        chooser.by_mapping(&request.mapping)?;
        chooser.by_headers(profiles)?;
        let Chooser { chosen, mut warnings, mut notes, .. } = chooser;
        let mut targets = Vec::new();
        for (slot, from, header) in chosen {
            targets.push(settle_target(noun, slot, from, header, profiles, request, currency, &mut notes)?);
        }
        let staging = staging(noun, &targets, request)?;
        if noun.account().is_some_and(|(bit, _)| !staging.fields.contains(&bit)) && request.mode != Mode::Update {
            warnings.push(format!(
                "no column is the account: new {} can't be made (--map 'HEADER=account', or --constant account=ACCOUNT for one \
                 account)",
                noun.many
            ));
        }
        check_scales(noun, &targets, request)?;
        let find = |header: &str| find_header(survey, header).ok_or_else(|| unknown_header(survey, header));
        let currency = request.mapping.fx.column.as_deref().map(find).transpose()?;
        let mut filter = Vec::new();
        for (header, values) in &request.mapping.filter {
            filter.push((find(header)?, values.iter().map(|value| fold_value(value)).collect()));
        }
        for field in request.mapping.values.keys() {
            let known = slot(noun, field)?;
            if !targets.iter().any(|target| target.slot == known) {
                warnings.push(format!("the mapping has values for {field}, but no column is {field}"));
            }
        }
        Ok(Self {
            targets,
            staging: Staging { skips: !filter.is_empty(), ..staging },
            currency,
            filter,
            warnings,
            notes,
        })
    }
}

struct Chooser<'a> {
    noun: &'static Noun,
    survey: &'a Survey,
    request: &'a Request,
    chosen: Vec<(Slot, From, String)>,
    warnings: Vec<String>,
    notes: Vec<String>,
}

impl Chooser<'_> {
    fn by_mapping(&mut self, mapping: &Mapping) -> Result<()> {
        for (field, origin) in &mapping.columns {
            let slot = slot(self.noun, field)?;
            let find =
                |header: &str| find_header(self.survey, header).ok_or_else(|| unknown_header(self.survey, header));
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
            if find_header(self.survey, header).is_none() {
                return Err(unknown_header(self.survey, header));
            }
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

fn find_header(survey: &Survey, header: &str) -> Option<usize> {
    let exact = survey.header.iter().position(|known| known == header);
    exact.or_else(|| survey.header.iter().position(|known| fold_header(known) == fold_header(header)))
}

fn unknown_header(survey: &Survey, header: &str) -> Error {
    let near = crate::ops::nearest(header, survey.header.iter().map(String::as_str), 3);
    let hint = if near.is_empty() {
        format!("its columns are {}", survey.header.join(", "))
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Error::invalid("unknown_header", format!("the file has no column {header:?}")).hint(hint)
}

#[expect(clippy::too_many_arguments, reason = "all of them are read once, here")]
fn settle_target(
    noun: &'static Noun,
    slot: Slot,
    from: From,
    header: String,
    profiles: &Profiles,
    request: &Request,
    currency: &str,
    notes: &mut Vec<String>,
) -> Result<Target> {
    let mut target = Target { slot, from, header, dates: DateReading::ISO, numbers: NumberReading::PLAIN, scale: None };
    let meaning = match &target.slot {
        Slot::Field(bit) => Some(noun.fields[*bit].meaning),
        _ => None,
    };
    let ColumnFormat { date, number, scale } = request.mapping.format(&target.header);
    let told = request.scales.iter().find(|(name, _)| names(name, noun, &target));
    let told = told.map(|(_, scale)| *scale).or(scale);
    let From::Column(column) = target.from else {
        target.scale = told;
        return Ok(target);
    };
    let of = |ambiguous: Ambiguous| ambiguous.of(&target.header);
    match meaning {
        Some(Meaning::Date | Meaning::Instant) => {
            if let Some(profile) = profiles.dates(column) {
                target.dates = profile.settle(date.or(request.date_format)).map_err(of)?;
                if let Some(row) = target.dates.proof() {
                    notes.push(format!(
                        "dates of {:?} read as {}: row {row} shows it",
                        target.header,
                        target.dates.format()
                    ));
                }
            }
        }
        Some(meaning) if meaning.is_number() => {
            if let Some(profile) = profiles.numbers(column) {
                target.numbers = profile.settle(number.or(request.number_format)).map_err(of)?;
                if let Some(row) = target.numbers.proof() {
                    notes.push(format!(
                        "numbers of {:?} read as {}: row {row} shows it",
                        target.header,
                        target.numbers.format()
                    ));
                }
                check_mark(&target, meaning == Meaning::Money || meaning == Meaning::MoneyText, currency, request)?;
            }
        }
        _ => {}
    }
    target.scale = match meaning {
        Some(meaning) if meaning.is_percent() => Some(profiles.scale(column, &target.numbers, told).map_err(of)?),
        _ => told,
    };
    Ok(target)
}

/// A currency sign on a count, or another currency's on money without rates, is no number to be taken as it is.
fn check_mark(target: &Target, is_money: bool, currency: &str, request: &Request) -> Result<()> {
    let Some(mark) = target.numbers.mark() else { return Ok(()) };
    let column = &target.header;
    if !is_money {
        return Err(Error::invalid(
            "number_currency",
            format!("column {column:?} holds amounts of money ({})", mark.as_str()),
        ));
    }
    let own = crate::model::Currency::parse(currency).is_ok_and(|own| mark.may_be(own));
    if !own && request.mapping.fx.rates.is_empty() {
        let message = format!("column {column:?} is in {}, the organization's currency is {currency}", mark.as_str());
        return Err(Error::invalid("currency", message)
            .hint("a mapping file with [fx] gives the rate; amounts are never taken for another currency's"));
    }
    Ok(())
}

/// Whether a flag's column is this one: by its header, or by the field it holds.
fn names(column: &str, noun: &'static Noun, target: &Target) -> bool {
    let field = match target.slot {
        Slot::Field(bit) => noun.fields[bit].name,
        _ => "",
    };
    fold_header(column) == fold_header(&target.header) || column == field
}

/// A scale is for a percentage that the file has.
fn check_scales(noun: &'static Noun, targets: &[Target], request: &Request) -> Result<()> {
    let is_percent = |target: &Target| match target.slot {
        Slot::Field(bit) => noun.fields[bit].meaning.is_percent(),
        _ => false,
    };
    let scaled = targets.iter().find(|target| target.scale.is_some() && !is_percent(target));
    let told = || {
        let known = |name: &str| targets.iter().any(|target| is_percent(target) && names(name, noun, target));
        request.scales.iter().find(|(name, _)| !known(name)).map(|(name, _)| name.as_str())
    };
    match scaled.map(|target| target.header.as_str()).or_else(told) {
        Some(column) => {
            let percents = targets.iter().filter(|target| is_percent(target)).map(|target| target.header.as_str());
            let hint = match percents.collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "this file has no column of percentages".to_owned(),
                some => format!("percentages of this file: {some}"),
            };
            let message = format!("column {column:?} is no percentage; a scale says nothing about it");
            Err(Error::invalid("scale", message).hint(hint))
        }
        None => Ok(()),
    }
}

fn staging(noun: &'static Noun, targets: &[Target], request: &Request) -> Result<Staging> {
    let bit_of = |name: &str| noun.field(name).map(|(bit, _)| bit);
    let mut fields = BTreeSet::new();
    let mut merge_custom = false;
    let mut has_id = false;
    for target in targets {
        match &target.slot {
            Slot::Field(bit) => {
                fields.insert(*bit);
            }
            Slot::Id => has_id = true,
            Slot::Custom(_) => {
                merge_custom = true;
                fields.extend(bit_of("custom_fields"));
            }
            Slot::DaysPastDue => fields.extend(bit_of("past_due_since")),
        }
    }
    let has = |name: &str| bit_of(name).is_some_and(|bit| fields.contains(&bit));
    let present = |key: Key| match key {
        Key::Id => has_id,
        Key::Account => has("account") && noun.within.is_some_and(has),
        other => has(other.as_str()),
    };
    let natural = noun.keys.iter().copied().find(|key| present(*key)).or(noun.keys.first().copied());
    let key = request.key.unwrap_or(if has_id { Key::Id } else { natural.unwrap_or(Key::ExternalId) });
    // An e-mail address is a contact's within its account.
    let key = if key == Key::Email && noun.within == Some("email") { Key::Account } else { key };
    if !may_be_key(noun, key) {
        return Err(not_a_key(noun, key));
    }
    if !present(key) {
        return Err(no_key(noun, key, &has));
    }
    let header_of = |(bit, field): (usize, &'static Field)| {
        let slot = if field.name == "id" { Slot::Id } else { Slot::Field(bit) };
        let target = targets.iter().find(|target| target.slot == slot)?;
        Some((bit, target.header.clone()))
    };
    Ok(Staging {
        noun,
        fields: fields.into_iter().collect(),
        key,
        headers: noun.fields.iter().enumerate().filter_map(header_of).collect(),
        account_lookup: request.mapping.account,
        merge_custom,
        skips: false,
    })
}

/// Whether rows may be matched by it: names and domains go with nouns that are archived, not deleted.
fn may_be_key(noun: &'static Noun, key: Key) -> bool {
    let Some((_, field)) = noun.field(key.as_str()) else { return false };
    match key {
        Key::Id | Key::ExternalId => true,
        Key::Name | Key::Domain => noun.field("archived_at").is_some(),
        Key::Email => field.unique,
        Key::Account => noun.within.is_some(),
    }
}

fn not_a_key(noun: &'static Noun, key: Key) -> Error {
    let all = [Key::Id, Key::ExternalId, Key::Name, Key::Domain, Key::Email, Key::Account];
    let ways = all.into_iter().filter(|key| may_be_key(noun, *key)).map(|key| match (key, noun.within) {
        (Key::Account, Some(within)) => format!("account (with {within})"),
        (key, _) => key.as_str().to_owned(),
    });
    let ways: Vec<String> = ways.collect();
    Error::invalid("no_key", format!("rows of {} are not matched by {}", noun.many, key.as_str()))
        .hint(format!("--key is one of {}", ways.join(", ")))
}

/// Nothing in the file says which record a row means.
fn no_key(noun: &'static Noun, key: Key, has: &dyn Fn(&str) -> bool) -> Error {
    if let Some(within) = noun.within.filter(|_| matches!(key, Key::Account | Key::ExternalId)) {
        let mut missing: Vec<&str> = ["account", within].into_iter().filter(|name| !has(name)).collect();
        let mut ways = format!("by account and {within}");
        if key == Key::ExternalId {
            missing.insert(0, "external_id");
            ways = format!("by external_id, or {ways}");
        }
        let message =
            format!("no column of the file is {}: rows of {} are matched {ways}", missing.join(" or "), noun.many);
        let names: Vec<String> = missing.iter().map(|name| format!("--map 'HEADER={name}'")).collect();
        let mut hint = format!("name the column: {}", names.join(" or "));
        if !has("account") {
            hint.push_str("; one account for all rows: --constant account=ACCOUNT");
        }
        return Error::invalid("no_key", message).hint(hint);
    }
    let mut others: Vec<&str> =
        ["external_id", "name", "domain", "email"].into_iter().filter(|name| has(name)).collect();
    others.retain(|name| noun.field(name).is_some());
    let hint = if others.is_empty() {
        format!("name the column: --map 'HEADER={}'", key.as_str())
    } else {
        format!(
            "name the column: --map 'HEADER={}', or go by another: --key {}",
            key.as_str(),
            others.join(" or --key ")
        )
    };
    let message = format!("no column of the file is the {} that rows are matched by", key.as_str());
    Error::invalid("no_key", message).hint(hint)
}
