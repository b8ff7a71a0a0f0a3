//! `fastenr model check`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning};
use fastenr_core::ops::models;
use fastenr_core::score::Model;
use fastenr_core::view::model::ModelCheck;

use super::{FileArgs, text};
use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;

/// Check a model for errors and problems.
///
/// An invalid file is refused with a list of all errors. A valid file is checked for factors that can't change the score by
/// a point and bands that no account can reach. It is also checked with the accounts that it would score: factors that are
/// the same for nine of ten accounts, or known for fewer than 20, and a component that alone causes more than 90 % of the
/// differences between accounts. Nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 2 the file is invalid; 0 otherwise. Warnings do not change the exit code.

Examples:
  fastenr model check ours.toml
  fastenr model check ours.toml -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub file: FileArgs,
}

const FIELDS: &[Field] = &[
    Field::new("finding", Meaning::Line, ""),
    Field::new("key", Meaning::Line, ""),
    Field::new("message", Meaning::Line, ""),
];

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let written = args.file.text()?;
    let json = matches!(app.settings.output, Format::Json | Format::Jsonl);
    let model = match Model::read(&written) {
        Ok(model) => model,
        Err(problems) if json => {
            app.printer.json(&ModelCheck::refused(problems))?;
            return Ok(exit::USAGE);
        }
        Err(_) => args.file.parse(&written)?,
    };
    let context = app.context().await?;
    let check = models::check(&context, &model).await?;
    if json {
        app.printer.json(&ModelCheck::from(&check))?;
    } else {
        let row = |finding: &fastenr_core::score::model::Finding| {
            vec![text(finding.oddity.as_str()), text(finding.key.as_str()), text(finding.message.as_str())]
        };
        super::table(app, FIELDS, check.findings.iter().map(row).collect())?;
    }
    app.printer.finish()?;
    let found = match check.findings.len() {
        0 => "no warnings".to_owned(),
        found => counted(found as u64, "warning", "warnings"),
    };
    let (name, accounts) = (&check.name, grouped(check.accounts));
    app.printer
        .talk(format_args!("{name}, fingerprint {}: {found}; it would score {accounts} accounts", check.fingerprint));
    Ok(exit::DONE)
}
