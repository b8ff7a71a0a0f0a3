//! The flags of a bulk write.

use std::path::PathBuf;

use fastenr_core::ops::bulk::BulkAction;

use crate::commands::pair;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BulkArgs {
    /// Only the records listed in this file, or - for stdin: ids or external ids, one per line or in a column of that name.
    ///
    /// An export can be used as it is. With filters, a record must match both. An unknown id stops the run.
    #[arg(long, value_name = "FILE", help_heading = "Filters")]
    pub ids: Option<PathBuf>,

    /// Select all records that are not archived (bulk-restore: all archived ones), if there is no filter and no --ids.
    #[arg(long, help_heading = "Filters")]
    pub all: bool,

    /// Preview changes without saving: the counts and the first 20 changes; all changes with -o json, jsonl or csv.
    #[arg(long)]
    pub dry_run: bool,

    /// Change nothing if more than this many records would change.
    #[arg(long, value_name = "N", help_heading = "Guards")]
    pub max_affected: Option<u64>,

    /// Change nothing unless exactly this many records would change; records that already have the value don't count.
    #[arg(long, value_name = "N", help_heading = "Guards")]
    pub expect: Option<u64>,

    /// With --dry-run: save the planned changes to this file. Without: apply exactly these changes, or nothing.
    ///
    /// Use the same command line as in the dry run. If the data has changed since, the run is refused and the rows that
    /// differ are listed.
    #[arg(long, value_name = "FILE", help_heading = "Guards")]
    pub plan: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SetArgs {
    /// Set a field by its name in exports and JSON.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair, help_heading = "Values")]
    pub set: Vec<(String, String)>,

    /// Clear a field.
    #[arg(long, value_name = "FIELD", help_heading = "Values")]
    pub unset: Vec<String>,
}

impl SetArgs {
    pub(crate) fn action(self) -> BulkAction {
        let set = self.set.into_iter().map(|(field, value)| (field, Some(value)));
        BulkAction::Update(set.chain(self.unset.into_iter().map(|field| (field, None))).collect())
    }
}
