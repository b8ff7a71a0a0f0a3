//! Accounts that may be one customer: finding them, and merging them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::duplicates::{self, MIN_SCORE};
use fastenr_core::ops::merge;
use fastenr_core::ops::selection::selection;
use fastenr_core::view::duplicate::{DUPLICATE_FIELDS, value};
use fastenr_core::view::merge::AccountMerge;
use fastenr_core::view::record;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::at::PathParts;
use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{self, Parameter, RemainingParameters, dry_run};
use crate::reply::{self, Answer};
use crate::{filters, schema};

/// The accounts to merge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeRequest {
    /// Id, external id, or a unique name or domain; the first one that has a value fills a blank field.
    #[schema(min_items = 1, max_items = 100)]
    duplicates: Vec<String>,
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let min_score = Parameter::new(
        "min_score",
        schema::integer(0, 100),
        format!("Only pairs with at least this score (default {MIN_SCORE})."),
    );
    let merge = Endpoint::post("/api/accounts/{id}/merge", "accounts_merge", merge)
        .of("accounts", Noun::Accounts, Verb::Write)
        .says(
            "Merge duplicate accounts into one account",
            "The records of the duplicates move to this account, and its blank fields are filled from the duplicates. \
             The duplicates are archived, and their external ids then name this account. The key also needs \
             `accounts:delete`.",
        )
        .takes([dry_run()]);
    vec![
        Endpoint::get("/api/accounts/duplicates", "accounts_duplicates", list)
            .of("accounts", Noun::Accounts, Verb::Read)
            .says(
                "Find accounts that may be the same customer",
                "Pairs, the most likely first. Every page compares all accounts.",
            )
            .takes(params::parts())
            .takes(filters::noun_filters(&ACCOUNT))
            .takes([min_score])
            .defines("DuplicatePair", schema::record(DUPLICATE_FIELDS))
            .answers(StatusCode::OK, "A page.", schema::envelope(schema::reference("DuplicatePair")), None),
        with_body(merge)
            .answers_as::<AccountMerge>(
                StatusCode::OK,
                "What moved, was filled and was left out, or would be in a dry run.",
            )
            .header("Fastenr-Operation", "The operation, for an undo."),
    ]
}

fn with_body(mut endpoint: Endpoint) -> Endpoint {
    let body = endpoint.schema_of::<MergeRequest>();
    endpoint.json("The accounts to merge into this one.", body, Some(json!({"duplicates": ["CRM-00412"]})))
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    let context = &caller.context;
    let mut taken = RemainingParameters::new(pairs);
    let min_score = taken.clone().parsed("min_score", "a whole number from 0 to 100")?.unwrap_or(MIN_SCORE);
    let ask = taken.ask(context)?;
    let rest = taken.rest().into_iter().filter(|(name, _)| name != "min_score");
    let filter = selection(context, &ACCOUNT, rest).await?;
    let part = duplicates::part(context, &filter, min_score, &ask).await?;
    Ok(reply::page(&part, |pair| record(DUPLICATE_FIELDS, |field| value(pair, field))))
}

async fn merge(
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    Object(given): Object,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let given: MergeRequest = body::of_type(given, &["duplicates"])?;
    // The duplicates are archived.
    caller.may(Noun::Accounts, Verb::Delete)?;
    let done = merge::merge(&caller.context, &name, &given.duplicates, None, dry_run).await?;
    Ok((reply::operation(done.operation), Json(AccountMerge::new(&done, dry_run))).into_response())
}
