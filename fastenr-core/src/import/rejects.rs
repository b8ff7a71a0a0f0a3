//! The rejects file: the rows that were not taken, ready to be mended and imported again; and likewise the rows that were
//! taken without some of their cells.

use std::io::Write;
use std::path::{Path, PathBuf};

use futures_util::stream::StreamExt;

use super::plan::REJECT_COLUMNS;
use super::source::{Cell, Source, Survey};
use crate::error::Result;
use crate::export::RecordWriter;
use crate::part::Part;
use crate::store::Tx;
use crate::store::staging::{RejectRow, RejectScope, Staging};

/// `accounts.csv` gives `accounts.csv.rejected.csv`, or `accounts.csv.cells.csv`; what was piped in gives `stdin.rejected.csv`.
pub(crate) fn beside(source: &Source, of: RejectScope) -> PathBuf {
    let name = if source.name() == "-" { "stdin" } else { source.name() };
    PathBuf::from(format!("{name}.{}.csv", suffix(of)))
}

/// What such a file is called beside others.
pub(crate) const fn suffix(of: RejectScope) -> &'static str {
    match of {
        RejectScope::Cell => "cells",
        RejectScope::Row | RejectScope::Unknown => "rejected",
    }
}

/// Writes the refused rows, or those with refused cells, in the order of the file: their cells as they stand there, then where
/// and why. The file is there whole or not at all.
///
/// # Errors
/// As [`Part::create`].
pub(crate) async fn write(
    tx: &mut Tx<'_>,
    staging: &Staging,
    source: &Source,
    survey: &Survey,
    of: RejectScope,
    path: &Path,
) -> Result<()> {
    let part = Part::create(path)?;
    let doing = |error| part.failed(error);
    let mut out = RecordWriter::new(part.writer()?, survey.delimiter.unwrap_or(b','), false);
    let own = |name: &String| !REJECT_COLUMNS.contains(&name.as_str());
    let columns: Vec<usize> = (0..survey.header.len()).filter(|column| own(&survey.header[*column])).collect();
    let header = columns.iter().map(|column| survey.header[*column].as_str()).chain(REJECT_COLUMNS);
    out.write_record(header).map_err(doing)?;
    let mut records = source.records(&survey.as_written())?;
    let mut rejects = staging.rejects(tx, of)?;
    let mut pending = rejects.next().await.transpose()?;
    while let Some(first) = pending.take() {
        // A row may be refused for several cells: they are told together.
        let mut reasons = vec![first];
        while let Some(next) = rejects.next().await.transpose()? {
            if next.n == reasons[0].n {
                reasons.push(next);
            } else {
                pending = Some(next);
                break;
            }
        }
        let number = u64::try_from(reasons[0].n).unwrap_or(0);
        while let Some(record) = records.next()? {
            if record.number < number {
                continue;
            }
            for column in &columns {
                let text = match record.cell(*column) {
                    Cell::Text(text) => text,
                    Cell::Absent | Cell::Null => "",
                };
                out.write_field(text);
            }
            let headers: Vec<&str> = reasons.iter().filter_map(|reason| reason.header.as_deref()).collect();
            let why: Vec<String> = reasons.iter().map(told).collect();
            let row = number.to_string();
            out.write_record([row.as_str(), &headers.join("; "), &why.join("; ")]).map_err(doing)?;
            break;
        }
    }
    out.into_inner().and_then(|mut file| file.flush()).map_err(doing)?;
    part.keep().map(drop)
}

fn told(reason: &RejectRow) -> String {
    match (&reason.header, &reason.value) {
        (Some(header), Some(value)) => format!("{header} {value:?}: {}", reason.rule),
        (Some(header), None) => format!("{header}: {}", reason.rule),
        (None, _) => reason.rule.clone(),
    }
}
