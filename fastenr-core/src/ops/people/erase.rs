//! The erasure of a person: a pseudonym in every place, in before-images too, and a receipt without content.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::find::{FoundRow, Search};
use super::judge::{Finding, place};
use super::{ERASE, PersonPlace, Who};
use crate::error::{Error, Result, Setting, Verb};
use crate::model::activity::Activity;
use crate::model::operation::Ledger;
use crate::model::{external_key, name_key};
use crate::ops::Context;
use crate::ops::records::{StartedOperation, record_started};
use crate::say;
use crate::store::people::{self, ErasedRecord, Holds};
use crate::store::{self, Lock, Tx};

/// The value of [`EraseRequest::also`] that means all of them.
const ALL: &str = "all";

/// What is to go.
#[derive(Debug, Clone, Copy)]
pub struct EraseRequest<'a> {
    pub who: Who<'a>,
    /// Places that somebody has decided about, as [`PersonPlace::place`] calls them, or `all`.
    pub also: &'a [String],
    pub dry_run: bool,
}

/// What was erased, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Erasure {
    /// The operation; null: nothing was erased, or a dry run.
    pub operation: Option<Uuid>,
    /// What stands in the place of the person's names; in a dry run an example.
    pub pseudonym: String,
    /// The address in the place of the person's address: names the person in later calls.
    pub address: String,
    /// How many texts were replaced, by table and column; before-images are counted too.
    pub erased: BTreeMap<String, u64>,
    /// Places that were left, because they may be about another person, or name something else: a user has to decide.
    pub left: Vec<PersonPlace>,
}

impl Erasure {
    pub fn total(&self) -> u64 {
        self.erased.values().sum()
    }
}

/// Replaces a person by a pseudonym wherever the data surely names the person, in one transaction. It can't be undone; undos of earlier
/// operations leave erased fields as they are.
///
/// # Errors
/// As [`find`](super::find); `active_user` for a user who can act; `unknown_place`, `busy`.
pub async fn erase(context: &Context, request: EraseRequest<'_>) -> Result<Erasure> {
    context.may_administer()?;
    let begun = StartedOperation::now(context);
    let mut tx = context.write(Lock::Exclusive).await?;
    let search = Search::run(&mut tx, context, request.who).await?;
    if let Some(email) = &search.person.active {
        let message = format!("{email} is an active user, who can't be erased");
        return Err(Error::refused("active_user", message)
            .hint(say!("deactivate the user first: {}", Verb::UsersDeactivate.on(email))));
    }
    let places = search.places();
    let decided = |place: &str| request.also.iter().any(|also| also == ALL || also == place);
    if let Some(unknown) =
        request.also.iter().find(|also| *also != ALL && !places.iter().any(|place| place.place == **also))
    {
        return Err(Error::not_found("unknown_place", format!("{unknown:?} is no place that names the person"))
            .hint(say!("list the places with {}", Verb::PeopleFind.on(request.who.name)))
            .hint(say!("or decide for all of them: {}", Setting::Also.is(ALL))));
    }
    let scope = context.scope();
    let mut erased: BTreeMap<String, u64> = BTreeMap::new();
    let mut records: BTreeMap<ErasedRecord, i64> = BTreeMap::new();
    for found in &search.rows {
        let record = found.table.record(&found.row);
        let chosen: Vec<(&Finding, Option<String>)> = found
            .findings
            .iter()
            .filter_map(|finding| {
                let all = decided(&place(found.table.of.table, finding.column, record));
                let becomes = if all { &finding.all } else { &finding.certain };
                (becomes.as_deref() != Some(&finding.text)).then(|| (finding, becomes.clone()))
            })
            .collect();
        if chosen.is_empty() {
            continue;
        }
        for (finding, _) in &chosen {
            *erased.entry(format!("{}.{}", found.table.of.table, finding.column)).or_default() += 1;
        }
        if found.table.is_journaled() {
            let columns: Vec<&str> = chosen.iter().map(|(finding, _)| finding.column).collect();
            let record = ErasedRecord { table: found.table.of.table, id: record, part: found.table.part(&found.row) };
            *records.entry(record).or_default() |= people::mask(found.table.of.table, &columns);
        }
        write(&mut tx, context, found, &chosen).await?;
    }
    let left: Vec<PersonPlace> = places.into_iter().filter(|place| !place.certain && !decided(&place.place)).collect();
    let mut done = Erasure {
        operation: None,
        pseudonym: search.pseudonym.name(),
        address: search.pseudonym.address(0),
        erased,
        left,
    };
    if request.dry_run || done.erased.is_empty() {
        tx.rollback().await?;
        return Ok(done);
    }
    let skipped = done.left.len() as u64;
    let ledger = Ledger { rows: done.total() + skipped, updated: done.total(), skipped, ..Ledger::default() };
    let parameters = json!({"pseudonym": done.pseudonym, "erased": done.erased, "left": skipped});
    let stamp = record_started(&mut tx, context, begun, ERASE, ledger, parameters.to_string()).await?;
    for (record, fields) in &records {
        people::mark(&mut tx, &scope, stamp.operation, record, *fields).await?;
    }
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: ERASE.to_owned(),
        noun: "operations".to_owned(),
        record: None,
        account: None,
        label: done.pseudonym.clone(),
        changes: json!([]),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    done.operation = Some(stamp.operation);
    Ok(done)
}

async fn write(
    tx: &mut Tx<'_>,
    context: &Context,
    found: &FoundRow,
    chosen: &[(&Finding, Option<String>)],
) -> Result<()> {
    let scope = context.scope();
    let FoundRow { table, row, .. } = found;
    if chosen.iter().any(|(finding, _)| finding.holds == Holds::Row) {
        people::delete(tx, &scope, table, row).await?;
        return Ok(());
    }
    if chosen.iter().any(|(finding, _)| finding.holds == Holds::Answer) {
        // As an answer that was too large: the request is not processed once more.
        let texts = [("answer_headers", Some("[]".to_owned())), ("answer_body", None)];
        people::rewrite(tx, &scope, table, row, &texts, context.clock.now()).await?;
        return Ok(());
    }
    let mut texts: Vec<(&'static str, Option<String>)> = Vec::new();
    for (finding, becomes) in chosen {
        texts.push((finding.column, becomes.clone()));
        for (column, _) in table.of.columns.iter().filter(|(_, holds)| *holds == Holds::Follows(finding.column)) {
            let key = |text: &String| if finding.column == "name" { name_key(text) } else { external_key(text) };
            texts.push((column, becomes.as_ref().map(key)));
        }
    }
    people::rewrite(tx, &scope, table, row, &texts, context.clock.now()).await?;
    Ok(())
}
