//! Accounts that may be one customer: finding them, and merging them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::bulk::Limits;
use fastenr_core::ops::duplicates::{self, MIN_SCORE};
use fastenr_core::ops::merge;
use fastenr_core::ops::selection::selection;
use fastenr_core::view::duplicate::{DUPLICATE_FIELDS, value};
use fastenr_core::view::merge::{AccountMerge, SureAccountMerges};
use fastenr_core::view::record;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::at::PathParts;
use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{self, Parameter, RemainingParameters, dry_run};
use crate::reply::{self, Answer};
use crate::{Problem, filter_body, filters, schema};

/// The accounts to merge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeRequest {
    /// Id, external id, or a unique name or domain; the first one that has a value fills a blank field.
    #[schema(min_items = 1, max_items = 100)]
    duplicates: Vec<String>,
}

/// Which duplicates to merge, and how many at most.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SureMergeRequest {
    filter: Option<Value>,
    max_affected: Option<u64>,
    expect: Option<u64>,
}

const SURE_MEMBERS: &[&str] = &["filter", "max_affected", "expect"];

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
        merge_sure_endpoint(),
    ]
}

fn merge_sure_endpoint() -> Endpoint {
    let count = |about: &str| schema::integer(0, i64::from(u32::MAX)).description(Some(about));
    let body = filter_body::closed()
        .property("filter", schema::reference("AccountFilter"))
        .property("max_affected", count("Merge nothing if more than this many accounts would be merged into others."))
        .property("expect", count("Merge nothing unless exactly this many accounts would be merged into others."));
    Endpoint::post("/api/accounts/duplicates/merge", "accounts_merge_sure", merge_sure)
        .of("accounts", Noun::Accounts, Verb::Write)
        .says(
            "Merge all sure duplicates",
            "All of them or none, as one operation. Pairs are sure that have the same name and domain and no difference \
             in country, industry, size, legal form or parent, of which none is archived, both or none are churned, and \
             that don't have two different ARRs. The key also needs `accounts:delete`.",
        )
        .takes([dry_run()])
        .defines("AccountFilter", filter_body::schema(&filters::noun_filters(&ACCOUNT)))
        .defines("SureMerge", body)
        .json(
            "The accounts to compare, all by default, and the limits.",
            schema::reference("SureMerge"),
            Some(json!({"max_affected": 50})),
        )
        .answers_as::<SureAccountMerges>(StatusCode::OK, "The merges, or those that a run would make in a dry run.")
        .header("Fastenr-Operation", "The operation; absent: nothing was merged.")
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

async fn merge_sure(caller: Caller, Query(pairs): Query, Object(given): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let given: SureMergeRequest = body::of_type(given, SURE_MEMBERS)?;
    // The duplicates are archived.
    caller.may(Noun::Accounts, Verb::Delete)?;
    let filter = match given.filter {
        Some(filter) => filter_body::pairs(&filters::noun_filters(&ACCOUNT), "filter", filter)?,
        None => Vec::new(),
    };
    let limits = Limits { max_affected: given.max_affected, expect: given.expect };
    let done = merge::merge_sure(&caller.context, &filter, limits, dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    let answer = SureAccountMerges::new(&done, dry_run);
    match done.refusal {
        Some(refusal) => Err(Problem::from(refusal).of_body()),
        None => Ok((reply::operation(done.operation), Json(answer)).into_response()),
    }
}
