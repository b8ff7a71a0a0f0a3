//! `fastenr people erasures`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::people::{self, Receipt};

use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::output::{Paging, Record};

/// List erasures: what was erased where, when and by whom, without content. Only for admins.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr people erasures
  fastenr people erasures -o json")]
pub(crate) struct Args {}

static FIELDS: [Field; 6] = [
    Field::new("operation", Meaning::Id, ""),
    Field::new("at", Meaning::Instant, ""),
    Field::new("by", Meaning::Line, ""),
    Field::new("pseudonym", Meaning::Line, ""),
    Field::new("erased", Meaning::Custom, ""),
    Field::new("left", Meaning::Count, ""),
];

struct ReceiptRow<'a>(&'a Receipt);

impl Record for ReceiptRow<'_> {
    fn value(&self, field: &Field) -> Value {
        let receipt = self.0;
        match field.name {
            "operation" => Value::Id(receipt.operation),
            "at" => Value::Instant(receipt.at),
            "by" => Value::Text(receipt.by.clone()),
            "pseudonym" => Value::Text(receipt.pseudonym.clone()),
            "erased" => Value::Text(serde_json::to_string(&receipt.erased).unwrap_or_default()),
            _ => Value::Integer(i64::try_from(receipt.left).unwrap_or(i64::MAX)),
        }
    }

    fn title(&self) -> String {
        self.0.pseudonym.clone()
    }
}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let context = app.context().await?;
    let receipts = people::receipts(&context).await?;
    let rows: Vec<ReceiptRow> = receipts.iter().map(ReceiptRow).collect();
    let fields: Vec<&'static Field> = FIELDS.iter().collect();
    let total = rows.len() as u64;
    app.show_all(&fields, &rows, Paging::whole(total))?;
    app.printer.finish()?;
    app.printer.talk(counted(total, "erasure", "erasures"));
    Ok(exit::DONE)
}
