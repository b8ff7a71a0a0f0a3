//! `--follow`: prints activities as they happen.

use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

use fastenr_core::model::TimeZone;
use fastenr_core::model::activity::Cursor;
use fastenr_core::model::noun::Field;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::{Context, activities};
use fastenr_core::{Error, Kind, Result};

use super::shown::{Shown, fields};
use crate::app::App;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Csv, Dialect, Jsonl, Output, Paging, Record};
use crate::printer::writing;

/// Pause between two polls of the database.
const PAUSE: Duration = Duration::from_millis(500);

/// Activities per read: held in memory, in one transaction.
const BATCH: u32 = 500;

/// Ends by a signal, or when the reader of stdout is gone.
///
/// `since`: whether the filter has a start.
pub(super) async fn run(
    app: &mut App,
    context: &Context,
    chosen: &Selection,
    since: bool,
    zone: TimeZone,
) -> Result<Code> {
    if let Some(why) = context.db.read_only() {
        let message = format!("{why}; what others write would not be seen");
        return Err(Error::new(Kind::Storage, "read_only", message).hint(
            "leave out --follow to list the existing activities, or run it as a user who can write to the folder",
        ));
    }
    let fields = fields(app.settings.output);
    let (mut cursor, mut before) = match since {
        true => (Cursor::START, HashSet::new()),
        false => activities::end(context).await?,
    };
    app.printer.talk("following the activity feed; press Ctrl-C to stop");
    let out = Box::new(app.printer.data());
    let mut output: Box<dyn Output + '_> = match app.settings.output {
        Format::Table => Box::new(Lines { fields: &fields, out }),
        Format::Csv => Box::new(Csv::new(&fields, Dialect::default(), out).map_err(writing)?),
        Format::Json | Format::Jsonl => Box::new(Jsonl::new(&fields, out)),
    };
    output.flush().map_err(writing)?;
    loop {
        let (items, next) = activities::after(context, cursor, chosen, BATCH).await?;
        for item in items.iter().filter(|item| !before.remove(&item.activity.id)) {
            output.record(&Shown { item, zone }).map_err(writing)?;
        }
        output.flush().map_err(writing)?;
        cursor = next;
        if items.len() < BATCH as usize {
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = reader_gone() => return Ok(exit::DONE),
            }
        }
    }
}

/// One line per activity, with the words of the table but without columns: their widths are not known in advance.
struct Lines<'a> {
    fields: &'a [&'static Field],
    out: Box<dyn Write + 'a>,
}

impl Output for Lines<'_> {
    fn record(&mut self, record: &dyn Record) -> io::Result<()> {
        let texts = self.fields.iter().map(|field| crate::output::one_line(&field.text(&record.value(field))));
        writeln!(self.out, "{}", texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  "))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(mut self: Box<Self>, _paging: Paging) -> io::Result<()> {
        self.out.flush()
    }
}

/// Returns when the reader of a pipe on stdout has closed it. Without new activities, no write would notice that.
#[cfg(unix)]
#[expect(deprecated, reason = "its replacement is unsafe, for descriptors that may be closed; stdout stays open")]
async fn reader_gone() {
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    // A file cannot be watched, and has no reader that could close it.
    if let Ok(stdout) = AsyncFd::with_interest(io::stdout(), Interest::ERROR)
        && stdout.ready(Interest::ERROR).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

#[cfg(not(unix))]
async fn reader_gone() {
    std::future::pending().await
}
