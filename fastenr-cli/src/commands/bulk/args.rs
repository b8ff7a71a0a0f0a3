//! The flags of a bulk write.

use std::path::PathBuf;

use fastenr_core::ops::bulk::Deed;

use crate::commands::pair;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BulkArgs {
    /// Only those that this file names, or - for stdin: ids or external ids, one a line or a column of that name.
    ///
    /// What an export wrote can be given back. With filters both must hold. An id that nothing has stops the run.
    #[arg(long, value_name = "FILE", help_heading = "Filters")]
    pub ids: Option<PathBuf>,

    /// Every one that is not archived (of bulk-restore: that is), where neither a filter nor --ids says which.
    #[arg(long, help_heading = "Filters")]
    pub all: bool,

    /// Show how many would change and what: the first 20 changes, all of them with -o json, jsonl or csv.
    #[arg(long)]
    pub dry_run: bool,

    /// Change nothing if more than this many would change.
    #[arg(long, value_name = "N", help_heading = "Guards")]
    pub max_affected: Option<u64>,

    /// Change nothing unless exactly this many would change; those that are so already don't count.
    #[arg(long, value_name = "N", help_heading = "Guards")]
    pub expect: Option<u64>,

    /// With --dry-run: write what would change to this file. Without: do exactly what it says, or nothing.
    ///
    /// The run takes the same command line as the dry run. It refuses, with the rows that differ, where the data has moved.
    #[arg(long, value_name = "FILE", help_heading = "Guards")]
    pub plan: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SetArgs {
    /// A field by its name, as exports and JSON write it.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair, help_heading = "Values")]
    pub set: Vec<(String, String)>,

    /// Clear a field.
    #[arg(long, value_name = "FIELD", help_heading = "Values")]
    pub unset: Vec<String>,
}

impl SetArgs {
    pub(crate) fn deed(self) -> Deed {
        let set = self.set.into_iter().map(|(field, value)| (field, Some(value)));
        Deed::Update(set.chain(self.unset.into_iter().map(|field| (field, None))).collect())
    }
}
