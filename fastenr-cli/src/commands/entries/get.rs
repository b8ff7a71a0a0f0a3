//! Show a record.

use fastenr_core::Result;
use fastenr_core::ops::entries;

use super::Kind;
use crate::app::App;
use crate::exit::{self, Code};
use crate::fields;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GetArgs {
    /// Record: id, external id, or a unique name, title or e-mail address.
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run<K: Kind>(app: &mut App, args: GetArgs) -> Result<Code> {
    let mut chosen = fields::choose(K::noun(), &args.fields)?;
    if chosen.is_empty() {
        chosen = fields::all(K::noun());
    }
    let context = app.context().await?;
    let entry = entries::get(&context, K::noun(), &args.name).await?;
    app.show(&chosen, &entry)?;
    Ok(exit::DONE)
}
