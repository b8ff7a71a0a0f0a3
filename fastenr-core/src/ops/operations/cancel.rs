//! Cancelling an operation while it is at work.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{as_it_is, find};
use crate::error::{Error, Result};
use crate::model::operation::{Operation, OperationStatus};
use crate::ops::Context;
use crate::store;

/// How long its end is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(25);

/// Cancels an operation that this process is at: what it wrote is rolled back. The operation as it then is: `cancelled`, or still
/// `running` where the database takes longer than two seconds to roll back.
///
/// # Errors
/// `read_only_user`; `unknown_operation`, `ambiguous_operation`; `not_running` for one that has ended, also where it ended before
/// it could be cancelled; `another_process` where this one is not at it.
pub async fn cancel(context: &Context, name: &str) -> Result<Operation> {
    context.may_write()?;
    let mut operation = find(&mut context.db.read().await?, context, name).await?;
    as_it_is(context, &mut operation).await?;
    let what = format!("{} {}", operation.kind, operation.id);
    let is_running = |operation: &Operation| operation.status == OperationStatus::Running.as_str();
    if !is_running(&operation) {
        return Err(ended(&what, &operation));
    }
    if !store::cancel(operation.id) {
        let message = format!("{what} is run by another process");
        return Err(Error::refused("another_process", message).hint("cancel it there: by its own API, or by a signal"));
    }
    let until = Instant::now() + PATIENCE;
    while is_running(&operation) && Instant::now() < until {
        sleep(LOOK).await;
        let found = store::operations::get(&mut context.db.read().await?, &context.scope(), operation.id).await?;
        operation = found.unwrap_or(operation);
    }
    if operation.status == OperationStatus::Done.as_str() { Err(ended(&what, &operation)) } else { Ok(operation) }
}

fn ended(what: &str, operation: &Operation) -> Error {
    let error = Error::refused("not_running", format!("{what} is not running: its status is {}", operation.status));
    match operation.status == OperationStatus::Done.as_str() {
        true => error.hint("undo it instead"),
        false => error,
    }
}
