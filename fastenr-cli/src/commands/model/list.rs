//! `fastenr model list`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::models::{self, ModelLine};
use fastenr_core::view::model::{MODEL_FIELDS, value};

use crate::app::App;
use crate::exit::{self, Code};
use crate::output::{Paging, Record};

/// List models: those in use in the order in which they apply, then revisions that are not in use.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr model list
  fastenr model list -o json")]
pub(crate) struct Args {}

impl Record for ModelLine {
    fn value(&self, field: &Field) -> Value {
        value(self, field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

pub(crate) async fn run(app: &mut App, _: Args) -> Result<Code> {
    let context = app.context().await?;
    let lines = models::list(&context).await?;
    let used = lines.iter().filter(|line| line.position.is_some()).count();
    let fields: Vec<&'static Field> = MODEL_FIELDS.iter().collect();
    app.show_all(&fields, &lines, Paging::whole(lines.len() as u64))?;
    app.printer.finish()?;
    app.printer.talk(format_args!("{used} in use, {} stored", lines.len() - 1));
    Ok(exit::DONE)
}
