//! Update a record.

use fastenr_core::model::entry::Entry;
use fastenr_core::ops::entries;
use fastenr_core::{Error, Result};

use super::Kind;
use super::values::ValueArgs;
use crate::app::App;
use crate::commands::written::{self, UPDATE};
use crate::exit::Code;
use crate::typed::text;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct UpdateArgs<K: Kind> {
    /// Record: id, external id, or a unique name, title or e-mail address.
    #[arg(value_name = "NAME")]
    pub which: String,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,

    /// Only if the record is still at this version.
    #[arg(long, value_name = "N")]
    pub if_version: Option<i64>,

    #[command(flatten)]
    pub values: ValueArgs<K>,

    /// Clear a field.
    #[arg(long, value_name = "FIELD", help_heading = "Values")]
    pub unset: Vec<String>,
}

pub(crate) async fn run<K: Kind>(app: &mut App, args: UpdateArgs<K>) -> Result<Code> {
    let mut given = args.values.given();
    given.extend(args.unset.into_iter().map(|field| (field, None)));
    if given.is_empty() {
        return Err(Error::invalid("no_change", "an update needs a value to change")
            .hint("give one with its flag, --set FIELD=VALUE or --unset FIELD"));
    }
    let context = app.context().await?;
    let old = match text::edits(&given) {
        true => Some(entries::get(&context, K::noun(), &args.which).await?),
        false => None,
    };
    // The editor starts with the current text; if the record changes before saving, the update is refused.
    let expected = args.if_version.or_else(|| old.as_ref().map(Entry::version));
    let text_of = |name: &str| old.as_ref().and_then(|old| old.text(name)).unwrap_or_default().to_owned();
    text::fill(app, K::noun(), &mut given, text_of).await?;
    let made = entries::update(&context, K::noun(), &args.which, &given, expected, args.dry_run).await?;
    let code = written::written(app, K::noun(), UPDATE, &made, args.dry_run)?;
    K::oddities(&made.record).into_iter().for_each(|odd| app.printer.warn(odd));
    Ok(code)
}
