//! What was done: the journal, and taking it back.

mod cancel;
mod prune;
pub(super) mod running;
mod thin;
mod undo;

use uuid::Uuid;

use super::{Context, lists};
use crate::error::{Error, Result, Verb};
use crate::model::cursor::{ListRequest, Part};
use crate::model::filter::{Found, Page};
use crate::model::noun::Value;
use crate::model::operation::{DERIVED_KINDS, OPERATION, Operation, OperationStatus};
use crate::model::selection::{Order, Selection};
use crate::model::short_id::ShortId;
use crate::say;
use crate::store::{self, Tx};

pub use crate::store::undo::TableCount;
pub use cancel::cancel;
pub use prune::{PruneOutcome, Request as PruneRequest, YOUNGEST, prune};
pub use thin::{DAILY, WEEKLY_MONTHS, thinned};
pub use undo::{Conflict, UndoOutcome, UndoPermission, undo, undo_if_permitted, undo_notifying};

/// A page of operations, the newest first.
pub async fn list(context: &Context, selection: &Selection, page: Page) -> Result<Found<Operation>> {
    let mut found = lists::list(context, &OPERATION, selection, Order::first(&OPERATION), page).await?;
    for row in &mut found.rows {
        as_it_is(context, row).await?;
    }
    Ok(found)
}

/// A part of the list, by page or by cursor.
///
/// # Errors
/// `cursor` for one of another list or filter.
pub async fn part(
    context: &Context,
    selection: &Selection,
    order: Order,
    ask: &ListRequest,
) -> Result<Part<Operation>> {
    let mut part = lists::part(context, &OPERATION, selection, order, ask).await?;
    for row in &mut part.rows {
        as_it_is(context, row).await?;
    }
    Ok(part)
}

/// One whose process died says that it is running until somebody looks.
async fn as_it_is(context: &Context, operation: &mut Operation) -> Result<()> {
    let running = OperationStatus::Running.as_str();
    if operation.status == running && !running::is_alive(context, operation.id).await? {
        // It may have ended since it was read.
        let latest = store::operations::get(&mut context.db.read().await?, &context.scope(), operation.id).await?;
        *operation = latest.unwrap_or_else(|| operation.clone());
        if operation.status == running {
            OperationStatus::Interrupted.as_str().clone_into(&mut operation.status);
        }
    }
    Ok(())
}

/// The operation that `name` means: an id, or the beginning or end of one that no other has.
///
/// # Errors
/// `unknown_operation`, `ambiguous_operation` with the candidates.
pub async fn get(context: &Context, name: &str) -> Result<Operation> {
    let mut operation = find(&mut context.db.read().await?, context, name).await?;
    as_it_is(context, &mut operation).await?;
    Ok(operation)
}

/// The last operation of the acting user that can be undone: neither an undo, nor undone, nor one that only computed. Asked
/// for again after an undo, it is the one before.
///
/// # Errors
/// `unknown_operation` where there is none among the last thousand.
pub async fn last(context: &Context) -> Result<Operation> {
    let mine = Selection::default().with(&OPERATION, "by", [Value::Id(context.user.id)])?;
    let mut tx = context.db.read().await?;
    let page = Page { number: 1, limit: Page::MOST };
    let order = Order::first(&OPERATION);
    let rows: Vec<Operation> = store::lists::list(&mut tx, &context.scope(), &OPERATION, &mine, order, page).await?;
    let found = rows.into_iter().find(|operation| {
        operation.status == OperationStatus::Done.as_str()
            && operation.undoes.is_none()
            && operation.undone_by.is_none()
            && operation.pruned_at.is_none()
            && !DERIVED_KINDS.contains(&operation.kind.as_str())
            && operation.kind != super::people::ERASE
    });
    found.ok_or_else(|| {
        Error::not_found("unknown_operation", format!("{} has done nothing that can be undone", context.user.email))
    })
}

/// The noun, such as `contacts`, and the record that an operation wrote; no record where it wrote several.
pub async fn subject(context: &Context, operation: Uuid) -> Result<Option<(String, Option<Uuid>)>> {
    store::activities::subject(&mut context.db.read().await?, &context.scope(), operation).await
}

async fn find(tx: &mut Tx<'_>, context: &Context, name: &str) -> Result<Operation> {
    let unknown = || {
        Error::not_found("unknown_operation", format!("there is no operation {name:?}"))
            .hint(say!("list them with {}", Verb::OperationsList))
    };
    let short = ShortId::parse(name).ok_or_else(unknown)?;
    let mut found = Vec::new();
    for id in store::short_ids::matching(tx, &context.scope(), ("operations", "id", ""), &short, 6).await? {
        found.extend(store::operations::get(tx, &context.scope(), id).await?);
    }
    match found.len() {
        0 => Err(unknown()),
        1 => Ok(found.swap_remove(0)),
        _ => {
            let listed: Vec<String> =
                found.iter().take(5).map(|operation| format!("{} ({})", operation.id, operation.kind)).collect();
            let message = format!("the ids of several operations begin or end with {name:?}");
            Err(Error::not_found("ambiguous_operation", message).hint(format!("name one of {}", listed.join(", "))))
        }
    }
}
