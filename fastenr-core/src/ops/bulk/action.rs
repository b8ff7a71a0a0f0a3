//! What is done to each record, made ready to be staged.

use chrono::{DateTime, Utc};

use super::Request;
use crate::clock::Clock;
use crate::error::{Error, Invalid, Result, Setting, Text};
use crate::import::mapping::AccountLookup;
use crate::import::request::Key;
use crate::model::noun::{Field, Meaning, Noun, Value};
use crate::model::{CustomFields, StatusSource, Tags};
use crate::ops::records::{members, parse};
use crate::ops::{Context, entries};
use crate::say;
use crate::store::records::Assignment;
use crate::store::staging::{ProblemRow, RowRules, Staging};
use crate::store::{self, Scope, Tx};

/// What is done to each record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkAction {
    /// Fields and texts, as a single update takes them; nothing clears a field.
    Update(Vec<(String, Option<String>)>),
    /// Tags, separated by commas, that are added and taken away.
    Tag {
        add: String,
        remove: String,
    },
    Archive,
    Restore,
    Delete,
}

impl BulkAction {
    /// `changed`, `archived`: what was done.
    pub const fn past(&self) -> &'static str {
        match self {
            Self::Update(_) | Self::Tag { .. } => "changed",
            Self::Archive => "archived",
            Self::Restore => "restored",
            Self::Delete => "deleted",
        }
    }

    /// `Change`, `Archive`: for a question.
    pub const fn question(&self) -> &'static str {
        match self {
            Self::Update(_) | Self::Tag { .. } => "Change",
            Self::Archive => "Archive",
            Self::Restore => "Restore",
            Self::Delete => "Delete",
        }
    }

    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Update(_) => "bulk-update",
            Self::Tag { .. } => "bulk-tag",
            Self::Archive => "bulk-archive",
            Self::Restore => "bulk-restore",
            Self::Delete => "bulk-delete",
        }
    }

    /// What was given, for the operation and the plan.
    pub(super) fn parameters(&self) -> serde_json::Value {
        match self {
            Self::Update(given) => {
                let said = |(name, text): &(String, Option<String>)| (name.clone(), serde_json::json!(text));
                serde_json::json!({"set": given.iter().map(said).collect::<serde_json::Map<_, _>>()})
            }
            Self::Tag { add, remove } => serde_json::json!({"add": add, "remove": remove}),
            _ => serde_json::json!({}),
        }
    }
}

/// What is staged for each record.
pub(super) struct StagedWrite {
    pub(super) staging: Staging,
    /// Values that all are given.
    pub(super) values: Vec<Assignment>,
    pub(super) rewrite: Option<Rewrite>,
}

/// A text made of the one there is.
pub(super) struct Rewrite {
    field: &'static Field,
    how: RewriteKind,
}

enum RewriteKind {
    /// Members that are set; null takes one away.
    Members(CustomFields),
    Tags {
        add: Tags,
        remove: Tags,
    },
}

/// Reads the action; `at` is the moment that `now` and `today` mean, where a plan says it.
pub(super) async fn prepare(context: &Context, request: &Request, at: Option<DateTime<Utc>>) -> Result<StagedWrite> {
    let noun = request.noun;
    let (mut values, mut rewrite) = (Vec::new(), None);
    match &request.action {
        BulkAction::Update(given) => (values, rewrite) = update(context, noun, given, at).await?,
        BulkAction::Tag { add, remove } => {
            let of = |what: &'static str, text: &str| Tags::parse(text).map_err(|invalid| invalid.of(what, text));
            let (add, remove) = (of("add", add)?, of("remove", remove)?);
            if add.is_empty() && remove.is_empty() {
                return Err(no_change(say!("give tags with {} or {}", Setting::Add, Setting::Remove)));
            }
            if let Some(both) = add.iter().find(|tag| remove.contains(tag)) {
                return Err(Error::invalid("given_twice", format!("tag {:?} is added and removed", both.as_str())));
            }
            rewrite = Some(Rewrite { field: field(noun, "tags")?, how: RewriteKind::Tags { add, remove } });
        }
        BulkAction::Archive => values.push((field(noun, "archived_at")?, Value::Instant(context.clock.now()))),
        BulkAction::Restore => values.push((field(noun, "archived_at")?, Value::Null)),
        BulkAction::Delete => {}
    }
    let named = values.iter().map(|(field, _)| *field).chain(rewrite.iter().map(|rewrite| rewrite.field));
    let mut fields: Vec<usize> = named.map(|field| field.place).collect();
    fields.sort_unstable();
    let staging = Staging {
        noun,
        fields,
        key: Key::Id,
        headers: Vec::new(),
        account_lookup: AccountLookup::Key,
        merge_custom: false,
        skips: false,
        events: None,
        source: StatusSource::Person,
        row_rules: RowRules::default(),
    };
    Ok(StagedWrite { staging, values, rewrite })
}

fn field(noun: &'static Noun, name: &str) -> Result<&'static Field> {
    let found = noun.field(name).map(|(_, field)| field);
    found.ok_or_else(|| Error::invalid("unknown_field", format!("{} have no {name}", noun.plural)))
}

fn no_change(hint: Text) -> Error {
    Error::invalid("no_change", "no change given").hint(hint)
}

async fn update(
    context: &Context,
    noun: &'static Noun,
    given: &[(String, Option<String>)],
    at: Option<DateTime<Utc>>,
) -> Result<(Vec<Assignment>, Option<Rewrite>)> {
    if given.is_empty() {
        let [set, unset] = [Setting::Set.like("FIELD=VALUE"), Setting::Unset.like("FIELD")];
        return Err(no_change(say!("give values with {}, or clear them with {}", set, unset)));
    }
    let then = Context { clock: at.map_or(context.clock, Clock::Fixed), ..context.clone() };
    let mut tx = context.db.read().await?;
    let mut values = parse(&mut tx, &then, noun, given, "{}").await?;
    for (field, value) in &values {
        if let (Meaning::Account, Value::Id(id)) = (field.meaning, value)
            && noun.account().is_some()
            && let Some(account) = store::accounts::get(&mut tx, &context.scope(), *id).await?
        {
            entries::check_not_archived(&account)?;
        }
    }
    let members = members(noun, given)?;
    let whole = given.iter().any(|(name, _)| name == "custom_fields");
    if members.is_empty() || whole {
        return Ok((values, None));
    }
    // Each record keeps the members that are not named.
    values.retain(|(field, _)| field.name != "custom_fields");
    let of = |invalid: Invalid| Error::invalid(invalid.code, invalid.rule.into_owned());
    let how = RewriteKind::Members(CustomFields::from_map(members).map_err(of)?);
    Ok((values, Some(Rewrite { field: field(noun, "custom_fields")?, how })))
}

impl Rewrite {
    /// Records read in one go.
    const BATCH: i64 = 5_000;

    /// Makes the texts of all that are staged.
    pub(super) async fn run(&self, staging: &Staging, tx: &mut Tx<'_>, scope: &Scope) -> Result<()> {
        staging.begin_rewriting(tx).await?;
        let mut after = 0;
        loop {
            let texts = staging.texts(tx, scope, self.field, after, Self::BATCH).await?;
            if texts.is_empty() {
                break;
            }
            after += Self::BATCH;
            let mut rewritten = Vec::new();
            for (n, text) in texts {
                match self.how.text(&text) {
                    Ok(new) if new == text => {}
                    Ok(new) => rewritten.push((n, new)),
                    Err(invalid) => {
                        staging.refuse_text(tx, n, self.field, invalid.code, invalid.rule.into_owned()).await?;
                    }
                }
            }
            staging.put_texts(tx, rewritten).await?;
        }
        staging.end_rewriting(tx, self.field).await
    }
}

impl RewriteKind {
    fn text(&self, had: &str) -> Result<String, Invalid> {
        match self {
            Self::Members(changes) => Ok(CustomFields::parse(had)?.merged(changes)?.into_string()),
            Self::Tags { add, remove } => {
                let mut tags = Tags::from_json(had)?;
                remove.iter().for_each(|tag| {
                    tags.remove(tag);
                });
                for tag in add {
                    tags.insert(tag.clone())?;
                }
                Ok(tags.to_json())
            }
        }
    }
}

/// What only one record may have can't be given to several.
pub(super) fn check_unique(values: &[Assignment], matched: u64) -> Result<()> {
    let unique = values.iter().find(|(field, value)| field.unique && !value.is_null());
    match unique.filter(|_| matched > 1) {
        None => Ok(()),
        Some((field, _)) => {
            let message = format!("{} is unique, and {matched} records would have the same", field.name);
            Err(Error::invalid("unique", message).hint("an import sets it record by record"))
        }
    }
}

/// Some record can't be changed, so none is.
pub(super) fn not_changed(noun: &Noun, problem: &ProblemRow) -> Error {
    let count = u64::try_from(problem.rows).unwrap_or(0);
    let value = problem.value.as_ref().map(|value| format!(" {value}")).unwrap_or_default();
    let about = problem.header.as_ref().map(|field| format!("{field}{value}: ")).unwrap_or_default();
    let message = format!("{about}{}; so {} can't be changed", problem.rule, super::counted(count, noun));
    Error::refused("not_changed", message).hint("nothing was written; leave them out by a filter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_and_go() {
        let how = RewriteKind::Tags { add: Tags::parse("a, B").unwrap(), remove: Tags::parse("c").unwrap() };
        assert_eq!(how.text(r#"["b","C"]"#).unwrap(), r#"["a","b"]"#);
        assert_eq!(how.text("[]").unwrap(), r#"["a","B"]"#);
        let full: Vec<String> = (0..50).map(|n| format!("t{n}")).collect();
        let full = serde_json::to_string(&full).unwrap();
        assert_eq!(how.text(&full).unwrap_err().code, "tags_count");
    }

    #[test]
    fn members_are_set_one_by_one() {
        let changes = CustomFields::parse(r#"{"tier":"gold","old":null}"#).unwrap();
        let how = RewriteKind::Members(changes);
        assert_eq!(how.text(r#"{"old":1,"z":2}"#).unwrap(), r#"{"tier":"gold","z":2}"#);
        assert_eq!(how.text("{}").unwrap(), r#"{"tier":"gold"}"#);
    }
}
