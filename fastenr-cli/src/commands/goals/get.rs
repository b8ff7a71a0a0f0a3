//! `fastenr goals get`

use fastenr_core::Result;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::Field;
use fastenr_core::ops::goals;
use fastenr_core::view::goal::GOAL_OUTLOOK;

use super::view::{TO_READ, View};
use crate::app::App;
use crate::commands::entries::get::GetArgs;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;

/// Show one goal: its fields, progress, next milestone and projected finish.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals get 'Roll out to sales'
  fastenr goals get GOAL-7 -o json --fields status,progress_share,expected_share,next_milestone,projection")]
pub(crate) struct Args {
    #[command(flatten)]
    pub get: GetArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let computed: &'static [Field] = if app.settings.output == Format::Table { &TO_READ } else { GOAL_OUTLOOK };
    let mut chosen: Vec<&'static Field> = Vec::new();
    for name in &args.get.fields {
        match computed.iter().chain(GOAL_OUTLOOK).find(|field| field.name == name.trim()) {
            Some(field) => chosen.push(field),
            None => chosen.extend(fields::choose(&GOAL, std::slice::from_ref(name))?),
        }
    }
    if chosen.is_empty() {
        chosen = fields::all(&GOAL);
        chosen.extend(computed);
    }
    let context = app.context().await?;
    let (goal, outlook) = goals::outlook(&context, &args.get.name).await?;
    app.show(&chosen, &View { goal, outlook })?;
    Ok(exit::DONE)
}
