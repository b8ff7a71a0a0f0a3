//! Bulk writes, the same for every noun: flags, question, dry run, report.
//!
//! To give a noun a bulk verb: a file that flattens its filter and [`BulkArgs`], and calls [`run`] with the action.

mod args;
mod report;

pub(crate) use args::{BulkArgs, SetArgs};

use fastenr_core::Result;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::Context;
use fastenr_core::ops::bulk::{self, BulkAction, Report, Request};

use self::report::{DryRunOutput, MOST_SHOWN};
use super::{count, input};
use crate::app::App;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::printer::{NoTerminal, unconfirmed};
use crate::typed::text;

pub(crate) async fn run(
    app: &mut App,
    noun: &'static Noun,
    action: BulkAction,
    filter: Vec<(String, String)>,
    args: BulkArgs,
) -> Result<Code> {
    let context = app.context().await?;
    let mut action = action;
    if let BulkAction::Update(values) = &mut action {
        text::fill(app, noun, values, |_| String::new()).await?;
    }
    let ids = match &args.ids {
        Some(file) => Some(input::open(file).await?),
        None => None,
    };
    let mut request = Request {
        noun,
        action,
        filter,
        ids,
        all: args.all,
        dry_run: args.dry_run,
        max_affected: args.max_affected,
        expect: args.expect,
        plan: args.plan,
        expect_preview: None,
        most_told: None,
    };
    if args.dry_run {
        return dry_run(app, &context, request).await;
    }
    let guarded = request.max_affected.is_some() || request.expect.is_some() || request.plan.is_some();
    if app.printer.asks() || !(app.printer.confirmed() || guarded) {
        ask(app, &context, &mut request).await?;
    }
    let (past, noun) = (request.action.past(), request.noun);
    let done = bulk::run(&context, request, &mut |_, _| Ok(())).await?;
    report::render(app, noun, past, &done)?;
    Ok(exit::DONE)
}

/// Asks for confirmation if several records would change. Without a terminal it refuses. The confirmed count is then required.
async fn ask(app: &mut App, context: &Context, request: &mut Request) -> Result<()> {
    let foreseen = Request { dry_run: true, plan: None, most_told: Some(0), ..request.clone() };
    let Report { changed, filter, refusal, .. } = bulk::run(context, foreseen, &mut |_, _| Ok(())).await?;
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let question = format!("{} {} ({filter})?", request.action.question(), count(changed, request.noun));
    if !app.printer.asks() {
        return Err(unconfirmed(question).hint(format!(
            "nothing was written; add --expect {changed}, --max-affected N, --plan FILE or --yes. --dry-run shows the changes"
        )));
    }
    if changed > 1 {
        app.printer.confirm(question, NoTerminal::Refuse)?;
    }
    request.expect = Some(changed);
    Ok(())
}

/// The counts and the changes: the first 20 for people, all for programs.
async fn dry_run(app: &mut App, context: &Context, mut request: Request) -> Result<Code> {
    let format = app.settings.output;
    if format == Format::Table {
        // One more than is shown, to know whether there are more.
        request.most_told = Some(MOST_SHOWN as u64 + 1);
    }
    let (noun, past) = (request.noun, request.action.past());
    let planned = request.plan.clone();
    let mut told = DryRunOutput::new(format);
    let printer = &mut app.printer;
    let report = bulk::run(context, request, &mut |report, change| told.change(printer, report, change)).await?;
    told.end(app, noun, past, &report)?;
    if let Some(file) = planned {
        app.printer.talk(format_args!("plan: {}", file.display()));
    }
    report.refusal.map_or(Ok(exit::DONE), Err)
}
