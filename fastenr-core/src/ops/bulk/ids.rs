//! Ids and external ids: one a line, or a column of a file such as an export.

use crate::error::{Error, Result, Verb};
use crate::import::source::{Options, Source};
use crate::model::noun::Noun;
use crate::say;
use crate::store::Conn;
use crate::store::staging::{NamedRecords, Staging};

/// Names that are sent to the database in one go.
const BATCH: usize = 5_000;

/// Reads the names into the table of those wanted.
///
/// # Errors
/// `no_ids` where the file has several columns and none is called `id` or `external_id`; what reading a file refuses.
pub(super) async fn load(staging: &Staging, conn: &mut Conn, source: &Source) -> Result<()> {
    let survey = source.survey(&Options::default(), &mut |_, _| Ok(()))?;
    let column = |wanted: &str| {
        let called =
            |header: &String| staging.noun.field_by_header(header).is_some_and(|(_, field)| field.name == wanted);
        survey.header.iter().position(called)
    };
    let (place, mut batch) = match (column("id").or_else(|| column("external_id")), survey.header.as_slice()) {
        (Some(place), _) => (place, Vec::new()),
        // No header: the first line is an id like the others.
        (None, [first]) => (0, vec![(0, first.clone())]),
        (None, _) => {
            let message = format!("no column of {} is called id or external_id", source.name());
            return Err(Error::invalid("no_ids", message).hint("name one so, or give one id a line"));
        }
    };
    let mut tx = conn.read().await?;
    let mut records = source.records(&survey)?;
    let mut n = 0;
    while let Some(record) = records.next()? {
        n += 1;
        let text = record.cell(place).text().unwrap_or_default().trim();
        if !text.is_empty() {
            batch.push((n, text.to_owned()));
        }
        if batch.len() >= BATCH {
            staging.add_names(&mut tx, std::mem::take(&mut batch)).await?;
        }
    }
    staging.add_names(&mut tx, batch).await?;
    tx.commit().await
}

/// # Errors
/// `unknown_ids`, with the first of them and how many there are.
pub(super) fn known(named: NamedRecords, noun: &Noun) -> Result<NamedRecords> {
    if named.unknown == 0 {
        return Ok(named);
    }
    let mut listed = named.first.join(", ");
    let rest = named.unknown - named.first.len() as u64;
    if rest > 0 {
        listed.push_str(&format!(" and {rest} more"));
    }
    let what = if named.unknown == 1 {
        format!("1 id means no {}: {listed}", noun.one)
    } else {
        format!("{} ids mean no {}: {listed}", named.unknown, noun.one)
    };
    let keys = if noun.field("external_id").is_some() { "ids and external ids" } else { "ids" };
    let error =
        Error::not_found("unknown_ids", what).hint(format!("give {keys}, one a line or in a column of that name"));
    Err(match Verb::of(noun, "export") {
        Some(export) => error.hint(say!("list them with {}", export)),
        None => error,
    })
}
