//! `fastenr accounts duplicates`

use fastenr_core::duplicates::{BlockKey, Facts, LARGEST_BLOCK, SURE_SCORE};
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::duplicates::{self, Duplicates, MIN_SCORE, Pair, ScoredPair};
use fastenr_core::view::duplicate::{DUPLICATE_FIELDS, value};
use fastenr_core::{Error, Result};

use super::{FilterArgs, merge_sure};
use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::printer::writing;

/// Find accounts that may be the same customer: pairs, the most likely first.
///
/// Accounts are compared if they have the same domain, except shared ones such as gmail.com; the same name, ignoring case,
/// accents, punctuation and legal form; or names with the same words or one different letter. A score of 100 means the same
/// name and domain. Different countries, industries, sizes, domains and legal forms lower the score, and so does a parent
/// and child relation. The account with more data is proposed to keep: owner, ARR, engagements, age. Nothing is changed,
/// unless you use --merge-sure.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts duplicates
  fastenr accounts duplicates --min-score 90 --owner jo@example.com
  fastenr accounts duplicates --min-score 80 -o csv > duplicates.csv
  fastenr accounts duplicates --merge-sure --dry-run
  fastenr accounts duplicates --merge-sure --max-affected 50")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Only pairs with at least this score.
    #[arg(long, value_name = "0-100", default_value_t = MIN_SCORE)]
    pub min_score: u8,

    /// Show at most this many pairs [default: 25 in a table, otherwise all].
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,

    /// Merge all pairs that are sure, in one operation that can be undone.
    ///
    /// Sure are pairs with a score of 100 (same name, same domain, no difference in country, industry, size, legal form or
    /// parent) that are not archived, are both churned or both not, and don't have two different ARRs. In a group of more than
    /// two, every pair must be sure. The others are listed and left as they are.
    #[arg(long, conflicts_with_all = ["min_score", "limit"], help_heading = "Merging")]
    pub merge_sure: bool,

    /// Preview the merges without saving.
    #[arg(long, requires = "merge_sure", help_heading = "Merging")]
    pub dry_run: bool,

    /// Merge nothing if more than this many accounts would be merged into others.
    #[arg(long, value_name = "N", requires = "merge_sure", help_heading = "Merging")]
    pub max_affected: Option<u64>,

    /// Merge nothing unless exactly this many accounts would be merged into others.
    #[arg(long, value_name = "N", requires = "merge_sure", help_heading = "Merging")]
    pub expect: Option<u64>,
}

/// Pairs that are read at a time.
const SLICE: usize = 500;

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    if args.merge_sure {
        return merge_sure::run(app, args).await;
    }
    if args.limit == Some(0) {
        return Err(Error::invalid("limit", "a limit is 1 or more"));
    }
    let context = app.context().await?;
    let filter = args.filter.read(&context).await?;
    let mut tx = context.db.read().await?;
    let found = duplicates::find(&mut tx, &context, &filter, args.min_score).await?;
    let table = app.settings.output == Format::Table;
    let limit = args.limit.or(table.then_some(25)).unwrap_or(usize::MAX);
    let shown = found.pairs.get(..limit.min(found.pairs.len())).unwrap_or_default();
    let fields: Vec<&Field> = if table { TABLE.iter().collect() } else { DUPLICATE_FIELDS.iter().collect() };
    let mut output = app.list(&fields)?;
    for slice in shown.chunks(SLICE) {
        for pair in duplicates::describe(&mut tx, &context, slice).await? {
            output.record(&Row(pair)).map_err(writing)?;
        }
    }
    let total = found.pairs.len() as u64;
    let paging = Paging {
        total,
        is_minimum: false,
        page: 1,
        limit: shown.len() as u64,
        has_more: shown.len() < found.pairs.len(),
    };
    output.end(paging).map_err(writing)?;
    app.printer.finish()?;
    tell(app, &found, shown);
    Ok(exit::DONE)
}

fn tell(app: &mut App, found: &Duplicates, shown: &[ScoredPair]) {
    let total = found.pairs.len();
    let among = format!("among {} accounts", grouped(found.accounts as u64));
    let pairs = counted(total as u64, "pair", "pairs");
    let line = match shown.len() {
        0 => format!("no likely duplicates {among} ({} compared)", counted(found.compared as u64, "pair", "pairs")),
        some if some == total => format!("{pairs} {among}"),
        some => format!("{} of {pairs} {among}; --limit shows more", grouped(some as u64)),
    };
    app.printer.talk(line);
    let blocks = found.too_large.len();
    for block in found.too_large.iter().take(3) {
        let of = match &block.key {
            BlockKey::Domain(domain) => format!("the domain {domain}"),
            BlockKey::Name(name) => format!("the name {name:?}"),
        };
        let count = grouped(block.accounts as u64);
        app.printer
            .talk(format_args!("{count} accounts have {of}, more than {LARGEST_BLOCK}: they were not compared for it"));
    }
    if blocks > 3 {
        app.printer.talk(format_args!("and {} more such names and domains", grouped(blocks as u64 - 3)));
    }
    if found.shared_domains > 0 {
        let count = grouped(found.shared_domains as u64);
        app.printer.talk(format_args!(
            "{count} accounts have the domain of a mail provider, such as gmail.com: they were not compared by domain"
        ));
    }
    let sure = found.pairs.iter().filter(|pair| pair.score == SURE_SCORE).count();
    if sure > 1 {
        app.printer.talk("preview all sure merges: `fastenr accounts duplicates --merge-sure --dry-run`");
    }
    if let Some(best) = shown.first() {
        let line = format_args!(
            "preview the first merge: `fastenr accounts merge {} {} --dry-run`",
            best.keep, best.duplicate
        );
        app.printer.talk(line);
    }
}

struct Row(Pair);

const TABLE: &[Field] = &[
    Field::new("score", Meaning::Count, ""),
    Field::new("keep", Meaning::Line, ""),
    Field::new("duplicate", Meaning::Line, ""),
    Field::new("why", Meaning::Line, ""),
];

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let Pair { keep, duplicate, signals, .. } = &self.0;
        match field.name {
            "keep" => Value::Text(called(keep)),
            "duplicate" => Value::Text(called(duplicate)),
            "why" => {
                let words = signals.iter().map(|(signal, points)| format!("{} {points:+}", signal.words()));
                Value::Text(words.collect::<Vec<_>>().join(", "))
            }
            _ => value(&self.0, field),
        }
    }

    fn title(&self) -> String {
        called(&self.0.keep)
    }
}

/// The name, and the id to use in a command.
pub(super) fn called(facts: &Facts) -> String {
    match &facts.external_id {
        Some(external_id) => format!("{} ({external_id})", facts.name),
        None => format!("{} ({})", facts.name, facts.id),
    }
}
