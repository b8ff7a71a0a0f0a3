//! Receipts of erasures: what, where, when and by whom; nothing of the content.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ERASE;
use crate::error::Result;
use crate::model::filter::Page;
use crate::model::operation::{OPERATION, Operation};
use crate::model::selection::{Order, Selection};
use crate::ops::{Context, selection};
use crate::store;

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The operation.
    pub operation: Uuid,
    pub at: DateTime<Utc>,
    /// The user who erased: e-mail address.
    pub by: String,
    pub pseudonym: String,
    /// How many texts were replaced, by table and column; before-images are counted too.
    pub erased: BTreeMap<String, u64>,
    /// Number of places that were left for a user to decide.
    pub left: u64,
}

#[derive(Deserialize)]
struct Parameters {
    pseudonym: String,
    erased: BTreeMap<String, u64>,
    left: u64,
}

/// The receipts of all erasures, the newest first.
///
/// # Errors
/// `not_admin`.
pub async fn receipts(context: &Context) -> Result<Vec<Receipt>> {
    context.may_administer()?;
    let scope = context.scope();
    let erasures: Selection = selection::selection(context, &OPERATION, [("kind", ERASE)]).await?;
    let mut tx = context.db.read().await?;
    let users = store::users::all(&mut tx, &scope).await?;
    let mut all = Vec::new();
    for number in 1.. {
        let page = Page { number, limit: Page::MOST };
        let order = Order::first(&OPERATION);
        let rows: Vec<Operation> = store::lists::list(&mut tx, &scope, &OPERATION, &erasures, order, page).await?;
        let is_last = (rows.len() as u64) < Page::MOST;
        for operation in rows {
            let Ok(parameters) = serde_json::from_str::<Parameters>(&operation.parameters) else { continue };
            all.push(Receipt {
                operation: operation.id,
                at: operation.started_at,
                by: users
                    .iter()
                    .find(|user| user.id == operation.user)
                    .map(|user| user.email.clone())
                    .unwrap_or_default(),
                pseudonym: parameters.pseudonym,
                erased: parameters.erased,
                left: parameters.left,
            });
        }
        if is_last {
            break;
        }
    }
    Ok(all)
}
