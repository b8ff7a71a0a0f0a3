//! A record of the file as a row to be staged: every cell read, judged and put in its place.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::amount::{Amount, too_long};
use super::format::{Mark, Scale, shell_word};
use super::mapping::{AccountLookup, Mapping, UserLookup, fold_value};
use super::nulls::{self, NullWords};
use super::plan::{From, Piece, Plan, Slot, Target};
use super::request::{Empty, Ids, Key};
use super::source::{Cell, Record};
use super::tally::Tally;
use crate::error::Invalid;
use crate::model::damage::{damage, is_spreadsheet_error};
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::NumberRule;
use crate::model::user::User;
use crate::model::{Currency, CustomFields, Domain, Email, ExternalId, Seats, name_key};
use crate::money::Money;
use crate::store::staging::{Hold, Reject, StagedRow, Staging};

/// What a row is judged by, beyond its plan.
pub(crate) struct Facts {
    pub(crate) users: Users,
    pub(crate) today: NaiveDate,
    pub(crate) now: DateTime<Utc>,
    pub(crate) currency: String,
    pub(crate) empty: Empty,
    pub(crate) nulls: NullWords,
    /// Keys of records that are called by a word for no value: the field's column and what is kept in it.
    pub(crate) borne: BTreeSet<(&'static str, String)>,
}

/// The organization's users, by what a file may call them.
pub(crate) struct Users {
    lookup: UserLookup,
    by_name: HashMap<String, Option<Uuid>>,
}

impl Users {
    pub(crate) fn new(users: &[User], lookup: UserLookup) -> Self {
        let mut by_name: HashMap<String, Option<Uuid>> = HashMap::new();
        let mut add = |name: String, id: Uuid| {
            by_name.entry(name).and_modify(|known| *known = known.filter(|known| *known == id)).or_insert(Some(id));
        };
        for user in users {
            let any = lookup == UserLookup::Any;
            if any || lookup == UserLookup::Email {
                add(name_key(&user.email), user.id);
            }
            if any || lookup == UserLookup::Name {
                add(name_key(&user.name), user.id);
            }
            if let Some(external_id) = user.external_id.as_ref().filter(|_| any || lookup == UserLookup::ExternalId) {
                add(crate::model::external_key(external_id), user.id);
            }
            if any {
                add(user.id.to_string(), user.id);
            }
        }
        Self { lookup, by_name }
    }

    /// Whether `text` names exactly one user.
    pub(crate) fn knows(&self, text: &str) -> bool {
        self.find(text).is_ok()
    }

    fn find(&self, text: &str) -> Result<Uuid, Invalid> {
        let found = self.by_name.get(&name_key(text)).or_else(|| self.by_name.get(&crate::model::external_key(text)));
        match found {
            Some(Some(id)) => Ok(*id),
            Some(None) => {
                Err(Invalid::new("ambiguous_user", "several users are called so; e-mail addresses are unique"))
            }
            None => Err(Invalid::new(
                "unknown_user",
                match self.lookup {
                    UserLookup::Any => "no user has this e-mail address, name or external id",
                    UserLookup::Email => "no user has this e-mail address",
                    UserLookup::Name => "no user has this name",
                    UserLookup::ExternalId => "no user has this external id",
                },
            )),
        }
    }
}

/// Turns records into rows; one for each import, on the thread that reads the file.
pub(crate) struct Converter<'p> {
    plan: &'p Plan,
    facts: &'p Facts,
    mapping: &'p Mapping,
    /// Where each field's value lies among the staged columns.
    places: HashMap<usize, usize>,
    width: usize,
    /// The places of the account's name and of the field that is unique within it, where rows may be matched by both.
    within: Option<(usize, usize)>,
    /// The places of the account's name and of the key that rows without ids have within it.
    natural: Option<(usize, usize)>,
    tally: RefCell<Tally>,
}

/// What a cell says.
enum Said<'t> {
    Value(&'t str),
    /// It is empty, or `null`, or a word that the mapping says is empty.
    Empty,
    /// That there is to be no value.
    Clear,
    /// Nothing: a word that means no value clears none.
    Nothing,
}

/// What became of a record.
pub(crate) enum Judged {
    Row(StagedRow),
    /// Passed over: by the mapping's filter, or because all its cells are empty.
    Skip(StagedRow),
}

impl<'p> Converter<'p> {
    pub(crate) fn new(plan: &'p Plan, facts: &'p Facts, mapping: &'p Mapping) -> Self {
        let columns = plan.staging.columns();
        let places = plan.staging.fields.iter().filter_map(|bit| {
            let column = plan.staging.field(*bit).column;
            columns.iter().position(|(name, _)| *name == column).map(|place| (*bit, place))
        });
        let places: HashMap<usize, usize> = places.collect();
        let place = |name: &str| plan.staging.noun.field(name).and_then(|(bit, _)| places.get(&bit).copied());
        let within = match plan.staging.key {
            // Beside the account's own column are those of its name.
            Key::Account | Key::ExternalId | Key::Id => plan.staging.noun.within.and_then(place),
            _ => None,
        };
        let within = place("account").map(|account| account + 1).zip(within);
        let natural = plan.staging.natural().and_then(|_| Some((place("account")? + 1, columns.len() - 1)));
        let tally = RefCell::default();
        Self { plan, facts, mapping, places, width: columns.len(), within, natural, tally }
    }

    /// What was counted in passing.
    pub(crate) fn into_tally(self) -> Tally {
        self.tally.into_inner()
    }

    /// Judges one record. Bad cells go to `rejects`; the row is staged all the same, so that its key counts.
    pub(crate) fn judge(&self, record: &Record, id: Uuid, rejects: &mut dyn FnMut(Reject)) -> Judged {
        let n = i64::try_from(record.number).unwrap_or(i64::MAX);
        let line = i64::try_from(record.line).unwrap_or(i64::MAX);
        let mut row = StagedRow { n, id, match_id: None, key: None, present: 0, values: vec![Value::Null; self.width] };
        let mut refuse = |hold, header: Option<&str>, code: &str, rule: Cow<'_, str>, value: Option<&str>| {
            rejects(Reject {
                hold,
                n,
                line,
                header: header.map(str::to_owned),
                code: code.to_owned(),
                rule: rule.into_owned(),
                value: value.map(|text| text.chars().take(200).collect()),
            });
        };
        if let Some(problem) = &record.problem {
            refuse(
                Hold::Row,
                None,
                problem.code,
                Cow::Owned(format!("line {line}: the row {}", problem.message)),
                None,
            );
            return Judged::Row(row);
        }
        let filtered =
            self.plan.filter.iter().any(|(column, values)| {
                record.cell(*column).text().is_some_and(|text| values.contains(&fold_value(text)))
            });
        if filtered {
            self.key_of(record, &mut row);
            return Judged::Skip(row);
        }
        let mut custom: Option<Map<String, Json>> = None;
        let mut cleared: Vec<String> = Vec::new();
        let mut template = String::new();
        let mut bad_key = false;
        // What a row can do without, if it has a key.
        let mut spared: Vec<(&str, Invalid, Option<String>)> = Vec::new();
        let (key_header, account_header) = (self.plan.staging.key_header(), self.plan.staging.header("account"));
        for target in &self.plan.targets {
            let cell = match &target.from {
                From::Column(column) => record.cell(*column),
                From::Constant(text) => Cell::Text(text),
                From::Template(pieces) => {
                    template.clear();
                    if let Err(invalid) = self.fill(&mut template, pieces, record) {
                        if self.spares(&target.slot) {
                            spared.push((&target.header, invalid, None));
                        } else {
                            refuse(Hold::Row, Some(&target.header), invalid.code, invalid.rule, None);
                        }
                        continue;
                    }
                    Cell::Text(&template)
                }
            };
            let written = match cell {
                Cell::Absent => continue,
                Cell::Null => "",
                Cell::Text(text) => text.trim(),
            };
            let result = self.say(target, written).and_then(|said| match (&target.slot, said) {
                (_, Said::Nothing) => Ok(()),
                (Slot::Field(bit), said) => {
                    let field = self.plan.staging.field(*bit);
                    match said {
                        Said::Value(text) => {
                            if let Some(damage) = self.damage(field, text) {
                                refuse(Hold::Unknown, Some(&target.header), damage.code, damage.rule, Some(text));
                            }
                            self.read(target, field, *bit, text, record, &mut row)
                        }
                        Said::Clear => self.clear(field, *bit, &mut row),
                        _ => self.empty(field, *bit, &mut row),
                    }
                }
                (Slot::Id, Said::Value(text)) => Uuid::parse_str(text)
                    .map(|id| row.match_id = Some(id))
                    .map_err(|_| Invalid::new("id", "an id is a UUID")),
                (Slot::Id, _) => Ok(()),
                (Slot::DaysPastDue, said) => self.days_past_due(&said, &mut row),
                (Slot::Custom(member), Said::Value(text)) => {
                    custom.get_or_insert_default().insert(member.clone(), Json::String(text.to_owned()));
                    Ok(())
                }
                (Slot::Custom(member), said) => {
                    if matches!(said, Said::Clear) || self.facts.empty == Empty::Clear {
                        custom.get_or_insert_default();
                        cleared.push(member.clone());
                    }
                    Ok(())
                }
            });
            if let Err(invalid) = result {
                // A key that breaks its rule is told once, not also as missing.
                bad_key |= target.header == key_header
                    || (target.header == account_header && (self.within.is_some() || self.natural.is_some()));
                let invalid = self.why(target, invalid);
                if self.spares(&target.slot) {
                    spared.push((&target.header, invalid, Some(written.to_owned())));
                } else {
                    refuse(Hold::Row, Some(&target.header), invalid.code, invalid.rule, Some(written));
                }
            }
        }
        if let Some(members) = custom
            && let Err(invalid) = self.put_custom(members, &cleared, &mut row)
        {
            let header = self.plan.staging.header("custom_fields");
            let spares =
                self.plan.staging.noun.field("custom_fields").is_some_and(|(_, field)| self.plan.staging.spares(field));
            let hold = if spares { Hold::Cell } else { Hold::Row };
            refuse(hold, Some(&header), invalid.code, invalid.rule, None);
        }
        let mut hold = Hold::Cell;
        if row.key.is_none() && row.match_id.is_none() {
            row.key = self.key_from(&row);
            if row.key.is_none() {
                self.put_natural(&mut row);
            }
            let within = self.has_key_within(&row);
            if row.key.is_none() && !within && record.is_blank() {
                // What a spreadsheet leaves below its table.
                return Judged::Skip(row);
            }
            if row.key.is_none() && !within {
                hold = Hold::Row;
            }
            if row.key.is_none() && !within && !bad_key {
                let staging = &self.plan.staging;
                refuse(Hold::Row, Some(&key_header), "key_empty", Cow::Owned(key_rule(staging)), None);
            }
        }
        for (header, invalid, written) in spared {
            refuse(hold, Some(header), invalid.code, invalid.rule, written.as_deref());
        }
        Judged::Row(row)
    }

    /// What a spreadsheet may have made of an external id: only the records can tell.
    fn damage(&self, field: &Field, text: &str) -> Option<Invalid> {
        let checked = field.meaning == Meaning::ExternalId && self.plan.staging.row_rules.ids == Ids::Checked;
        if checked { damage(text) } else { None }
    }

    /// Whether a bad cell may be left out of its row.
    fn spares(&self, slot: &Slot) -> bool {
        let staging = &self.plan.staging;
        match slot {
            Slot::Field(bit) => staging.spares(staging.field(*bit)),
            Slot::DaysPastDue => staging.noun.field("past_due_since").is_some_and(|(_, field)| staging.spares(field)),
            Slot::Custom(_) => staging.noun.field("custom_fields").is_some_and(|(_, field)| staging.spares(field)),
            Slot::Id => false,
        }
    }

    /// What a cell says: our word for it, nothing, or that the value is to go.
    ///
    /// # Errors
    /// `null_word` for a name or an id that is a word for no value, `spreadsheet_error` but for ids, which `damage` judges.
    fn say<'t>(&'t self, target: &Target, written: &'t str) -> Result<Said<'t>, Invalid> {
        let field = match target.slot {
            Slot::Field(bit) => Some(self.plan.staging.field(bit)),
            _ => None,
        };
        if let Some(ours) = self.translated(target, field, written) {
            return Ok(if ours.is_empty() { Said::Empty } else { Said::Value(ours) });
        }
        if written.is_empty() {
            return Ok(Said::Empty);
        }
        if self.mapping.clear.as_ref().is_some_and(|word| word.eq_ignore_ascii_case(written)) {
            return Ok(Said::Clear);
        }
        // What somebody has written for the whole file is meant as it stands; templates look at their parts.
        if !matches!(target.from, From::Column(_)) || target.slot == Slot::Id {
            return Ok(Said::Value(written));
        }
        let is_error = is_spreadsheet_error(written);
        // Of what is damaged as an id the records themselves tell.
        if is_error && field.is_some_and(|field| field.meaning == Meaning::ExternalId) {
            return Ok(Said::Value(written));
        }
        // A person may be called Na, as an account may.
        let meaning =
            field.map(|field| if nulls::names_a_record(field) { Meaning::AccountName } else { field.meaning });
        if self.facts.nulls.is_none(written, meaning) {
            return match field {
                Some(field) if nulls::names_a_record(field) => {
                    if self.is_borne(field, written) {
                        Ok(Said::Value(written))
                    } else {
                        Err(null_word(field, written))
                    }
                }
                Some(field) if nulls::stands_for_itself(field) => Ok(Said::Value(written)),
                _ => {
                    self.tally.borrow_mut().null(written);
                    Ok(Said::Nothing)
                }
            };
        }
        let is_borne = |field| nulls::names_a_record(field) && self.is_borne(field, written);
        if is_error && !field.is_some_and(is_borne) {
            return Err(spreadsheet_error(&named(target, field), written));
        }
        Ok(Said::Value(written))
    }

    /// The word of ours for a word of the file's, where the mapping has one.
    fn translated(&self, target: &Target, field: Option<&Field>, written: &str) -> Option<&str> {
        if self.mapping.values.is_empty() {
            return None;
        }
        match field {
            Some(field) => self.mapping.translated(field.name, written),
            None => self.mapping.translated(&named(target, None), written),
        }
    }

    /// Whether a record has the word for a name or an id already: what was exported comes back.
    fn is_borne(&self, field: &Field, written: &str) -> bool {
        let derived = self.plan.staging.noun.derived_from(field.name).next();
        let (column, key) = match derived {
            Some(derived) => (derived.column, (derived.compute)(written)),
            None => (field.column, written.to_owned()),
        };
        self.facts.borne.contains(&(column, key))
    }

    /// A rule with why the column is held to it, where only its name says so.
    fn why(&self, target: &Target, invalid: Invalid) -> Invalid {
        let Slot::Field(bit) = target.slot else { return invalid };
        let field = self.plan.staging.field(bit);
        if !target.by_other_name || !matches!(field.meaning, Meaning::Choice(_) | Meaning::Boolean) {
            return invalid;
        }
        let (header, name) = (&target.header, field.name);
        let out = shell_word(&format!("{header}="));
        Invalid {
            code: invalid.code,
            rule: format!(
                "{}; {header:?} is read as {name}: [values.{name}] maps its words, --map {out} leaves it out",
                invalid.rule
            )
            .into(),
        }
    }

    /// What an empty cell does.
    fn empty(&self, field: &Field, bit: usize, row: &mut StagedRow) -> Result<(), Invalid> {
        if self.facts.empty == Empty::Keep { Ok(()) } else { self.clear(field, bit, row) }
    }

    fn clear(&self, field: &Field, bit: usize, row: &mut StagedRow) -> Result<(), Invalid> {
        // When and by whom a record was made is never unknown: there is nothing to clear.
        if field.required && field.default.is_some_and(|default| default.starts_with('$')) {
            return Ok(());
        }
        let blank = field.blank()?;
        row.present |= 1 << bit;
        self.put(field, bit, blank, row);
        Ok(())
    }

    fn read(
        &self,
        target: &Target,
        field: &'static Field,
        bit: usize,
        text: &str,
        record: &Record,
        row: &mut StagedRow,
    ) -> Result<(), Invalid> {
        let value = match field.meaning {
            Meaning::Date if field.period => {
                let (day, is_month) = target.dates.parse_period(text)?;
                if is_month {
                    self.tally.borrow_mut().month();
                }
                Value::Date(day)
            }
            Meaning::Date => Value::Date(target.dates.parse_date(text)?),
            Meaning::Instant => {
                let (at, has_no_zone) = target.dates.parse_timestamp(text, target.zone)?;
                if has_no_zone {
                    self.tally.borrow_mut().time(target.zone.as_str());
                }
                Value::Instant(at)
            }
            Meaning::Money => Value::Integer(self.money(target, text, record)?.cents()),
            Meaning::MoneyText => Value::Text(self.money(target, text, record)?.cents().to_string()),
            Meaning::Count => Value::Integer(i64::from(Seats::parse(&self.whole(target, text)?)?.get())),
            Meaning::Number(rule) => Value::Integer(self.number(rule, field.meaning, target, text)?),
            Meaning::User | Meaning::Author => Value::Id(self.facts.users.find(text)?),
            Meaning::Account => {
                self.put_account(bit, text, row);
                row.present |= 1 << bit;
                return Ok(());
            }
            _ => field.parse(text)?,
        };
        field.check_day(&value, self.facts.now, self.facts.today)?;
        row.present |= 1 << bit;
        self.put(field, bit, value, row);
        Ok(())
    }

    /// Puts a value in its column, and what follows from it behind.
    fn put(&self, field: &Field, bit: usize, value: Value, row: &mut StagedRow) {
        let Some(&place) = self.places.get(&bit) else { return };
        for (after, derived) in self.plan.staging.noun.derived_from(field.name).enumerate() {
            row.values[place + 1 + after] = match &value {
                Value::Text(text) => Value::Text((derived.compute)(text)),
                _ => Value::Null,
            };
        }
        row.values[place] = value;
    }

    fn put_account(&self, bit: usize, text: &str, row: &mut StagedRow) {
        let Some(&place) = self.places.get(&bit) else { return };
        let key = match &self.mapping.account {
            AccountLookup::Name => name_key(text),
            AccountLookup::Key => crate::model::external_key(text),
            AccountLookup::Domain => {
                let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
                Domain::parse(domain).map_or_else(|_| text.to_owned(), Domain::into_string)
            }
            AccountLookup::Email => Email::parse(text).map_or_else(|_| text.to_owned(), |email| email.key()),
            AccountLookup::Custom(_) => text.to_owned(),
        };
        row.values[place + 1] = Value::Text(key);
        row.values[place + 2] = Uuid::parse_str(text).map_or(Value::Null, Value::Id);
        if self.mapping.account != AccountLookup::Key {
            row.values[place + 3] = Value::Text(text.to_owned());
        }
    }

    fn put_custom(&self, members: Map<String, Json>, cleared: &[String], row: &mut StagedRow) -> Result<(), Invalid> {
        let Some((bit, _)) = self.plan.staging.noun.field("custom_fields") else { return Ok(()) };
        let Some(&place) = self.places.get(&bit) else { return Ok(()) };
        let mut whole = match &row.values[place] {
            Value::Text(text) => CustomFields::parse(text)?.to_map(),
            _ => Map::new(),
        };
        // A member's own column counts before the column of them all, also where it says that there is none.
        whole.extend(members);
        whole.retain(|name, _| !cleared.contains(name));
        row.values[place] = Value::Text(CustomFields::from_map(whole)?.into_string());
        if !cleared.is_empty() {
            row.values[place + 1] = Value::Text(Json::from(cleared.to_vec()).to_string());
        }
        row.present |= 1 << bit;
        Ok(())
    }

    fn days_past_due(&self, said: &Said<'_>, row: &mut StagedRow) -> Result<(), Invalid> {
        let Some((bit, field)) = self.plan.staging.noun.field("past_due_since") else { return Ok(()) };
        let text = match said {
            Said::Value(text) => *text,
            Said::Clear => return self.clear(field, bit, row),
            _ => return self.empty(field, bit, row),
        };
        let rule = || Invalid::new("days_past_due", "days past due is a whole number from 0 to 36500");
        let days: u64 = text.parse().map_err(|_| rule())?;
        if days > 36_500 {
            return Err(rule());
        }
        let since = if days == 0 { None } else { self.facts.today.checked_sub_days(Days::new(days)) };
        row.present |= 1 << bit;
        self.put(field, bit, since.map_or(Value::Null, Value::Date), row);
        Ok(())
    }

    /// An amount in the organization's currency. Converted amounts are rounded half to even, to the cent.
    fn money(&self, target: &Target, text: &str, record: &Record) -> Result<Money, Invalid> {
        let number = target.numbers.read(text)?;
        let rate = match self.currency(target, number.mark, record)? {
            None => None,
            Some(code) => Some(*self.mapping.fx.rates.get(&code).ok_or_else(|| {
                Invalid::new(
                    "currency_rate",
                    format!("the amount is in {code}; [fx] of the mapping has no rate for it"),
                )
            })?),
        };
        if rate.is_none() && target.factor.is_none() {
            let read = Money::parse(&number.plain);
            // Nearly every amount: no arithmetic is done with it.
            if !read.as_ref().is_err_and(|invalid| invalid.code == "arr_decimals") {
                return read;
            }
        }
        let amount = Amount::of(&number.plain, target.factor).ok_or_else(too_long)?;
        let value = match rate {
            Some(rate) => {
                amount.at_rate(rate).ok_or_else(|| Invalid::new("arr_range", "the converted amount is too large"))?
            }
            None => self.quiet(amount, 2).unwrap_or_else(|| amount.value()),
        };
        Money::try_from(value.normalize())
    }

    /// With so many decimals, without noise, which is counted; none where it has more.
    fn quiet(&self, amount: Amount, decimals: u32) -> Option<rust_decimal::Decimal> {
        let (value, noisy) = amount.within(decimals)?;
        if noisy {
            self.tally.borrow_mut().noise();
        }
        Some(value)
    }

    /// The currency of an amount, where it is not the organization's: by the column for it, else by the cell, else by the
    /// column's other cells or its header.
    fn currency(&self, target: &Target, mark: Option<Mark>, record: &Record) -> Result<Option<String>, Invalid> {
        let own = self.facts.currency.as_str();
        let rates = &self.mapping.fx.rates;
        let code = if let Some(column) = self.plan.currency {
            let said = record.cell(column).text().map(str::trim).unwrap_or_default();
            if said.is_empty() || self.facts.nulls.has(said) {
                return Ok(None);
            }
            match Mark::of_currency(said) {
                Some(mark) => self.code(mark).unwrap_or_else(|| mark.as_str().to_owned()),
                None => said.to_uppercase(),
            }
        } else if rates.is_empty() {
            return Ok(None);
        } else if let Some(mark) = mark.or(target.numbers.mark().filter(|_| !target.numbers.several())) {
            self.code(mark).unwrap_or_else(|| mark.as_str().to_owned())
        } else if target.numbers.several() {
            return Err(Invalid::new(
                "currency_unsaid",
                "the amounts of this column say their currency, and this one does not",
            ));
        } else if let Some(code) = target.currency {
            code.to_owned()
        } else {
            return Ok(None);
        };
        Ok(Some(code).filter(|code| code != own))
    }

    /// The currency that a mark means: the organization's if it may be, else one that there is a rate for.
    fn code(&self, mark: Mark) -> Option<String> {
        let known =
            std::iter::once(self.facts.currency.as_str()).chain(self.mapping.fx.rates.keys().map(String::as_str));
        let mut fits = known.filter(|code| Currency::parse(code).is_ok_and(|code| mark.may_be(code)));
        fits.next().map(str::to_owned)
    }

    /// A whole number as plain text; its own type judges it.
    fn whole(&self, target: &Target, text: &str) -> Result<String, Invalid> {
        let plain = target.numbers.parse(text)?;
        if target.factor.is_none() && !plain.contains('.') {
            return Ok(plain.into_owned());
        }
        let amount = Amount::of(&plain, target.factor).ok_or_else(too_long)?;
        Ok(self.quiet(amount, 0).unwrap_or_else(|| amount.value()).normalize().to_string())
    }

    /// A number by its rule; a percentage or an NPS by what its column counts in.
    fn number(&self, rule: &'static NumberRule, meaning: Meaning, target: &Target, text: &str) -> Result<i64, Invalid> {
        let plain = target.numbers.parse(text)?;
        let Some(amount) = Amount::of(&plain, target.factor) else { return rule.parse(&plain) };
        let value = match target.scale {
            Some(scale) if meaning.is_percent() => scale.apply(amount.value())?,
            Some(scale @ Scale::MARKS) if meaning.is_nps() => scale.nps(amount.value())?,
            _ if rule.rounded => amount.value(),
            _ => self.quiet(amount, rule.decimals).unwrap_or_else(|| amount.value()),
        };
        rule.measured(value)
    }

    /// Fills a template; a part that means no value is empty.
    fn fill(&self, out: &mut String, pieces: &[Piece], record: &Record) -> Result<(), Invalid> {
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Column(column) => {
                    let text = record.cell(*column).text().unwrap_or_default().trim();
                    if self.facts.nulls.is_none(text, Some(Meaning::AccountName)) {
                        self.tally.borrow_mut().null(text);
                    } else if is_spreadsheet_error(text) {
                        return Err(Invalid::new(
                            "spreadsheet_error",
                            format!("{text} is a spreadsheet's error, no value: mend the formula"),
                        ));
                    } else {
                        out.push_str(text);
                    }
                }
            }
        }
        Ok(())
    }

    /// The key of a row that is passed over: it keeps its record from being missing.
    fn key_of(&self, record: &Record, row: &mut StagedRow) {
        for target in &self.plan.targets {
            let From::Column(column) = &target.from else { continue };
            if target.slot == Slot::Id {
                row.match_id = record.cell(*column).text().and_then(|text| Uuid::parse_str(text.trim()).ok());
            }
            let Slot::Field(bit) = &target.slot else { continue };
            let field = self.plan.staging.field(*bit);
            if field.name == self.plan.staging.key.as_str()
                && let Some(text) = record.cell(*column).text()
                && let Ok(value) = field.parse(text)
            {
                self.put(field, *bit, value, row);
            }
        }
        row.key = self.key_from(row);
    }

    /// Whether the row names an account and the field that is unique within it.
    fn has_key_within(&self, row: &StagedRow) -> bool {
        let has = |(account, field): (usize, usize)| !row.values[account].is_null() && !row.values[field].is_null();
        self.within.is_some_and(has) || self.natural.is_some_and(has)
    }

    /// Kind, moment and folded title of a row without an id, as one text.
    fn put_natural(&self, row: &mut StagedRow) {
        let Some((natural, (_, place))) = self.plan.staging.natural().zip(self.natural) else { return };
        let value = |name: &str| {
            let (bit, _) = self.plan.staging.noun.field(name)?;
            Some(&row.values[*self.places.get(&bit)?]).filter(|value| !value.is_null())
        };
        let Some(Value::Text(title)) = value(natural.title) else { return };
        let text = |value: Option<&Value>| value.map(|value| value.journal().into_owned()).unwrap_or_default();
        let moment = natural.moment.iter().find_map(|name| value(name));
        let key = format!("{}\u{1f}{}\u{1f}{}", text(value(natural.kind)), text(moment), name_key(title));
        row.values[place] = Value::Text(key);
    }

    /// What the row is matched by, from its values.
    fn key_from(&self, row: &StagedRow) -> Option<String> {
        let name = match self.plan.staging.key {
            Key::Id => "external_id",
            Key::Account => return None,
            other => other.as_str(),
        };
        let (bit, _) = self.plan.staging.noun.field(name)?;
        let Value::Text(text) = &row.values[*self.places.get(&bit)?] else { return None };
        Some(match self.plan.staging.key {
            Key::Id | Key::ExternalId => ExternalId::parse(text).ok()?.key().to_owned(),
            Key::Name => name_key(text),
            Key::Domain => Domain::parse(text).ok()?.into_string(),
            Key::Email | Key::Account => text.clone(),
        })
    }
}

fn key_rule(staging: &Staging) -> String {
    let mut ways: Vec<String> = match staging.key {
        Key::Id => vec!["an id".to_owned()],
        Key::ExternalId | Key::Account if staging.noun.within.is_some() || staging.natural().is_some() => Vec::new(),
        key => return format!("the row has no {} to be matched by", key.as_str()),
    };
    if staging.key != Key::Account && staging.noun.field("external_id").is_some() {
        ways.push("an external id".to_owned());
    }
    ways.extend(staging.noun.within.map(|within| format!("an account and {within}")));
    ways.extend(staging.natural().map(|natural| format!("an account and {}", natural.title)));
    match ways.split_last() {
        Some((last, [])) => format!("the row has no {} to be matched by", last.trim_start_matches("an ")),
        Some((last, others)) => format!("the row has neither {} nor {last} to be matched by", others.join(" nor ")),
        None => "the row has nothing to be matched by".to_owned(),
    }
}

/// What a mapping file calls the field that a column is.
fn named(target: &Target, field: Option<&Field>) -> String {
    match (&target.slot, field) {
        (_, Some(field)) => field.name.to_owned(),
        (Slot::Custom(member), _) => format!("custom.{member}"),
        (Slot::DaysPastDue, _) => "days_past_due".to_owned(),
        _ => "id".to_owned(),
    }
}

fn null_word(field: &Field, written: &str) -> Invalid {
    let what = if field.meaning == Meaning::ExternalId { "id" } else { "name" };
    let name = field.name;
    let rule = format!(
        "this word means no value and is no {what}; in a mapping file [values.{name}] {written:?} = {written:?} makes it one, \
         {written:?} = \"\" an empty cell"
    );
    Invalid::new("null_word", rule)
}

fn spreadsheet_error(field: &str, written: &str) -> Invalid {
    // A key of TOML with a point in it is quoted.
    let field = if field.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        format!("{field:?}")
    } else {
        field.to_owned()
    };
    let rule = format!(
        "a spreadsheet's error is no value: mend the formula, or let [values.{field}] {written:?} = \"\" in a mapping file make it empty"
    );
    Invalid::new("spreadsheet_error", rule)
}
