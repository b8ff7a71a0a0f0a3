//! Every place where a person stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::judge::{Finding, Judge, place};
use super::person::{Person, attendees};
use super::{PersonNames, PersonPlace, Who};
use crate::error::Result;
use crate::model::person::Pseudonym;
use crate::ops::Context;
use crate::store::Tx;
use crate::store::people::{self, SearchedRow, SearchedTable};

/// A person, and where the data names the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FoundPerson {
    pub person: PersonNames,
    /// By table, column and record.
    pub places: Vec<PersonPlace>,
}

/// Where a person stands: records of the person's own, and every text that has a name, an address or a phone number of the person.
///
/// # Errors
/// `not_admin`; `email`; `unknown_person`; for a contact `unknown_record`, `ambiguous_record`.
pub async fn find(context: &Context, who: Who<'_>) -> Result<FoundPerson> {
    context.may_administer()?;
    let mut tx = context.db.read().await?;
    let search = Search::run(&mut tx, context, who).await?;
    Ok(FoundPerson { person: search.person.told(), places: search.places() })
}

/// A row of a table, and what of it names the person.
pub(super) struct FoundRow {
    pub(super) table: SearchedTable,
    pub(super) row: SearchedRow,
    pub(super) findings: Vec<Finding>,
}

/// What a search came to.
pub(super) struct Search {
    pub(super) person: Person,
    pub(super) pseudonym: Pseudonym,
    pub(super) rows: Vec<FoundRow>,
}

impl Search {
    pub(super) async fn run(tx: &mut Tx<'_>, context: &Context, who: Who<'_>) -> Result<Self> {
        let scope = context.scope();
        let mut person = Person::read(tx, context, who).await?;
        let pseudonym = person.pseudonym().unwrap_or_else(|| Pseudonym::of(context.ids.next()));
        let fragments: Option<Vec<String>> =
            person.identifiers.fragments().map(|all| all.into_iter().map(str::to_owned).collect());
        let fragments: Option<Vec<&str>> = fragments.as_ref().map(|all| all.iter().map(String::as_str).collect());
        let subjects: Vec<uuid::Uuid> = person.contacts.union(&person.users).copied().collect();
        let mut candidates: Vec<(SearchedTable, Vec<SearchedRow>)> = Vec::new();
        for table in people::searched_tables() {
            let named = |row: &SearchedRow| {
                row.subject.is_some_and(|id| subjects.contains(&id))
                    || row.texts.iter().flatten().any(|text| is_named(&person, text))
            };
            let rows = people::search(tx, &scope, &table, fragments.as_deref(), &subjects, named).await?;
            candidates.push((table, rows));
        }
        person.shared_name = candidates.iter().any(|(table, rows)| {
            let judge = Judge { person: &person, pseudonym: &pseudonym, table };
            let met = table.place_of("attendees");
            rows.iter().any(|row| {
                let others = met.and_then(|place| row.texts.get(place)).cloned().flatten();
                judge.is_namesake(row)
                    || attendees(others.as_deref()).iter().any(|other| other.is_namesake(&person.identifiers))
            })
        });
        let mut found = Vec::new();
        for (table, rows) in candidates {
            let judge = Judge { person: &person, pseudonym: &pseudonym, table: &table };
            for row in rows {
                let findings = judge.findings(&row);
                if !findings.is_empty() {
                    found.push(FoundRow { table: table.clone(), row, findings });
                }
            }
        }
        if found.is_empty() && person.contacts.is_empty() && person.users.is_empty() {
            return Err(Person::unknown(who.name));
        }
        Ok(Self { person, pseudonym, rows: found })
    }

    /// By table, column and record, each with its before-images.
    pub(super) fn places(&self) -> Vec<PersonPlace> {
        let order = |table: &str| people::TEXT_COLUMNS.iter().position(|known| known.table == table);
        let mut all: BTreeMap<(Option<usize>, &'static str, uuid::Uuid), PersonPlace> = BTreeMap::new();
        for FoundRow { table, row, findings } in &self.rows {
            for finding in findings {
                let record = table.record(row);
                let entry = all.entry((order(table.of.table), finding.column, record)).or_insert_with(|| PersonPlace {
                    place: place(table.of.table, finding.column, record),
                    table: table.of.table,
                    column: finding.column,
                    record,
                    account: row.account,
                    current: false,
                    before_images: 0,
                    named_by: Vec::new(),
                    certain: true,
                    excerpt: excerpt(finding),
                });
                if table.images {
                    entry.before_images += 1;
                } else {
                    entry.current = true;
                }
                entry.certain &= !finding.needs_decision();
                entry.named_by.extend(&finding.named_by);
                entry.named_by.sort_unstable();
                entry.named_by.dedup();
            }
        }
        all.into_values().collect()
    }
}

fn is_named(person: &Person, text: &str) -> bool {
    // Texts of JSON escape quotes and the like: the letters of a name are found in it all the same.
    !person.identifiers.hits(text).is_empty() || (text.contains('\\') && is_named_escaped(person, text))
}

/// A name with a quote or a backslash stands in JSON in another form.
fn is_named_escaped(person: &Person, text: &str) -> bool {
    fn any(person: &Person, json: &serde_json::Value) -> bool {
        match json {
            serde_json::Value::String(text) => !person.identifiers.hits(text).is_empty(),
            serde_json::Value::Array(all) => all.iter().any(|one| any(person, one)),
            serde_json::Value::Object(members) => {
                members.iter().any(|(name, one)| !person.identifiers.hits(name).is_empty() || any(person, one))
            }
            _ => false,
        }
    }
    serde_json::from_str(text).is_ok_and(|json| any(person, &json))
}

/// Characters of an excerpt before and after the name.
const AROUND: usize = 30;

/// The text around the first name, on one line.
fn excerpt(finding: &Finding) -> String {
    let text = &finding.text;
    let (start, end) = finding.at.as_ref().map_or((0, 0), |hit| (hit.start, hit.end));
    let from =
        text.get(..start).unwrap_or_default().char_indices().rev().take(AROUND).last().map_or(start, |(at, _)| at);
    let to = text.get(end..).unwrap_or_default().char_indices().nth(AROUND).map_or(text.len(), |(at, _)| end + at);
    let part = text.get(from..to).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
    format!("{before}{part}{after}")
}
