//! The rejects file: the rows that were not taken, ready to be mended and imported again.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use futures_util::stream::StreamExt;

use super::plan::REJECT_COLUMNS;
use super::source::{Cell, Source, Survey};
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::staging::{RejectRow, Staging};

/// `accounts.csv` gives `accounts.csv.rejected.csv`; what was piped in gives `stdin.rejected.csv`.
pub(crate) fn beside(source: &Source) -> PathBuf {
    let name = if source.name() == "-" { "stdin" } else { source.name() };
    PathBuf::from(format!("{name}.rejected.csv"))
}

/// Writes the rejected rows in the order of the file: their cells as they stand there, then where and why. The file is
/// there whole or not at all.
///
/// # Errors
/// `io`.
pub(crate) async fn write(
    tx: &mut Tx<'_>,
    staging: &Staging,
    source: &Source,
    survey: &Survey,
    path: &Path,
) -> Result<()> {
    let part = path.with_extension("csv.part");
    let doing = |error| Error::io(format_args!("writing {}", path.display()), error);
    let file = crate::private::create(&part).map_err(doing)?;
    let mut out =
        csv::WriterBuilder::new().delimiter(survey.delimiter.unwrap_or(b',')).from_writer(BufWriter::new(file));
    let own = |name: &String| !REJECT_COLUMNS.contains(&name.as_str());
    let columns: Vec<usize> = (0..survey.header.len()).filter(|column| own(&survey.header[*column])).collect();
    let failed = |error: csv::Error| {
        doing(match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => std::io::Error::other(format!("{other:?}")),
        })
    };
    let header = columns.iter().map(|column| survey.header[*column].as_str()).chain(REJECT_COLUMNS);
    out.write_record(header).map_err(failed)?;
    let mut records = source.records(&survey.as_written())?;
    let mut rejects = staging.rejects(tx)?;
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
                out.write_field(text).map_err(failed)?;
            }
            let headers: Vec<&str> = reasons.iter().filter_map(|reason| reason.header.as_deref()).collect();
            let why: Vec<String> = reasons.iter().map(told).collect();
            let row = number.to_string();
            out.write_record([row.as_str(), &headers.join("; "), &why.join("; ")]).map_err(failed)?;
            break;
        }
    }
    let file = out.into_inner().map_err(|error| doing(error.into_error()))?;
    let file = file.into_inner().map_err(|error| doing(error.into_error()))?;
    (&file).flush().and_then(|()| file.sync_all()).map_err(doing)?;
    std::fs::rename(&part, path).map_err(doing)
}

fn told(reason: &RejectRow) -> String {
    match (&reason.header, &reason.value) {
        (Some(header), Some(value)) => format!("{header} {value:?}: {}", reason.rule),
        (Some(header), None) => format!("{header}: {}", reason.rule),
        (None, _) => reason.rule.clone(),
    }
}
