//! What was done: the journal, and taking it back.

mod cancel;
mod filter;
mod prune;
pub(super) mod running;
mod thin;
mod undo;

use uuid::Uuid;

use super::Context;
use crate::error::{Error, Result};
use crate::model::cursor::{Ask, ListOrder, Part};
use crate::model::filter::{Found, Page};
use crate::model::noun::{Storage, Value};
use crate::model::operation::{Operation, OperationStatus};
use crate::store::{self, Tx};

pub use crate::store::operations::OperationFilter;
pub use crate::store::undo::TableCount;
pub use cancel::cancel;
pub use filter::{OPERATION_FILTERS, filter};
pub use prune::{Pruned, Request as PruneRequest, YOUNGEST, prune};
pub use thin::{DAILY, WEEKLY_MONTHS, thinned};
pub use undo::{Left, MayUndo, Undone, undo, undo_if, undo_telling};

/// A page of operations, the newest first.
pub async fn list(context: &Context, filter: &OperationFilter, page: Page) -> Result<Found<Operation>> {
    let (mut tx, scope) = (context.db.read().await?, context.scope());
    let mut rows = store::operations::list(&mut tx, &scope, filter, page).await?;
    let total = store::operations::count(&mut tx, &scope, filter).await?;
    drop(tx);
    for row in &mut rows {
        as_it_is(context, row).await?;
    }
    Ok(Found { rows, total, page })
}

/// A part of the list, the newest first, by page or by cursor.
///
/// # Errors
/// `cursor` for one of another list or filter.
pub async fn part(context: &Context, filter: &OperationFilter, ask: &Ask) -> Result<Part<Operation>> {
    let storages = vec![Storage::Instant, Storage::Id];
    let order = ListOrder { list: "operations", sort: "started_at", descending: true, storages };
    let seek = ask.seek(&order)?.and_one();
    let (mut tx, scope) = (context.db.read().await?, context.scope());
    let rows = store::operations::list(&mut tx, &scope, filter, seek).await?;
    let total = match ask.total {
        true => Some(store::operations::count(&mut tx, &scope, filter).await?),
        false => None,
    };
    drop(tx);
    let place = |operation: &Operation| vec![Value::Instant(operation.started_at), Value::Id(operation.id)];
    let mut part = ask.part(rows, total, &order, place);
    for row in &mut part.rows {
        as_it_is(context, row).await?;
    }
    Ok(part)
}

/// One whose process died says that it is running until somebody looks.
async fn as_it_is(context: &Context, operation: &mut Operation) -> Result<()> {
    if operation.status == OperationStatus::Running.as_str() && !context.db.is_alive(operation.id).await? {
        OperationStatus::Interrupted.as_str().clone_into(&mut operation.status);
    }
    Ok(())
}

/// The operation that `name` means: an id, or the beginning of one that no other has.
///
/// # Errors
/// `unknown_operation`, `ambiguous_operation` with the candidates.
pub async fn get(context: &Context, name: &str) -> Result<Operation> {
    let mut operation = find(&mut context.db.read().await?, context, name).await?;
    as_it_is(context, &mut operation).await?;
    Ok(operation)
}

/// The noun, such as `contacts`, and the record that an operation wrote; no record where it wrote several.
pub async fn subject(context: &Context, operation: Uuid) -> Result<Option<(String, Option<Uuid>)>> {
    store::activities::subject(&mut context.db.read().await?, &context.scope(), operation).await
}

async fn find(tx: &mut Tx<'_>, context: &Context, name: &str) -> Result<Operation> {
    let unknown = || {
        Error::not_found("unknown_operation", format!("there is no operation {name:?}"))
            .hint("`fastenr operations list` shows them")
    };
    let range = beginning(name).ok_or_else(unknown)?;
    let mut found = store::operations::between(tx, &context.scope(), range, 6).await?;
    match found.len() {
        0 => Err(unknown()),
        1 => Ok(found.swap_remove(0)),
        _ => {
            let listed: Vec<String> =
                found.iter().take(5).map(|operation| format!("{} ({})", operation.id, operation.kind)).collect();
            let message = format!("several operations begin with {name:?}");
            Err(Error::not_found("ambiguous_operation", message).hint(format!("name one of {}", listed.join(", "))))
        }
    }
}

/// The ids that begin with these hexadecimal digits, the least and the greatest.
fn beginning(text: &str) -> Option<(Uuid, Uuid)> {
    let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
    if digits.len() < 6 || digits.len() > 32 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let fill = |with: &str| Uuid::parse_str(&format!("{digits}{}", with.repeat(32 - digits.len()))).ok();
    Some((fill("0")?, fill("f")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_by_their_beginning() {
        let (from, to) = beginning("0198-c0de").unwrap();
        assert_eq!(from.to_string(), "0198c0de-0000-0000-0000-000000000000");
        assert_eq!(to.to_string(), "0198c0de-ffff-ffff-ffff-ffffffffffff");
        let whole = Uuid::from_u128(7);
        assert_eq!(beginning(&whole.to_string()), Some((whole, whole)));
        for text in ["", "01", "0198c", "xyzxyz", "0198c0de0198c0de0198c0de0198c0de0"] {
            assert_eq!(beginning(text), None, "{text}");
        }
    }
}
