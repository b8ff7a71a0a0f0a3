//! `/api/people`: where a person stands, a copy of it, and the erasure.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::ops::people::{self, EraseRequest, Erasure, FoundPerson, PersonExport, Receipt, Who};
use serde::Serialize;
use utoipa::ToSchema;

use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Parameter, RemainingParameters, Style, dry_run};
use crate::reply::{self, Answer};
use crate::schema;

const TAG: &str = "people";
const NAMED: &str = "E-mail address of the person, or a contact: its id, external id or unique name.";

/// The receipts of all erasures, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct Receipts {
    data: Vec<Receipt>,
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let name = || {
        Parameter::new(
            "name",
            schema::array(schema::words()),
            "Another name of the person, besides those of the records (repeat to give several).",
        )
        .style(Style::Repeated)
    };
    let also = Parameter::new(
        "also",
        schema::array(schema::words()),
        "A place from `left` that is about the person, or `all` (repeat to give several).",
    )
    .style(Style::Repeated);
    vec![
        Endpoint::get("/api/people/erasures", "people_erasures", erasures)
            .of(TAG, Noun::People, Verb::Read)
            .says("List erasures", "What was erased where, when and by whom; no content. Only for admins.")
            .answers_as::<Receipts>(StatusCode::OK, "The receipts, the newest first."),
        Endpoint::get("/api/people/{id}", "people_find", find)
            .of(TAG, Noun::People, Verb::Read)
            .says(
                "Find a person",
                "Every record and text that names the person, whatever other scopes the key has. Only for admins.",
            )
            .named(NAMED)
            .takes([name()])
            .answers_as::<FoundPerson>(StatusCode::OK, "The person and the places."),
        Endpoint::get("/api/people/{id}/export", "people_export", export)
            .of(TAG, Noun::People, Verb::Read)
            .says(
                "Export a person's data",
                "The contacts and users with all fields, and every text that names the person, whatever other scopes \
                 the key has. Only for admins.",
            )
            .named(NAMED)
            .takes([name()])
            .answers_as::<PersonExport>(StatusCode::OK, "Everything that is known of the person."),
        Endpoint::post("/api/people/{id}/erase", "people_erase", erase)
            .of(TAG, Noun::People, Verb::Delete)
            .says(
                "Erase a person",
                "Replaces the person by a pseudonym in all records, before-images and texts, in one transaction. It \
                 can't be undone. Places that may be about another person are left and listed in `left`; call it again \
                 with `also`. An active user can't be erased. On SQLite, `fastenr db vacuum` then removes what is left \
                 in the free pages of the file. Only for admins.",
            )
            .once()
            .named(NAMED)
            .takes([dry_run(), name(), also])
            .answers_as::<Erasure>(StatusCode::OK, "What was erased and left, or would be in a dry run.")
            .header("Fastenr-Operation", "The operation."),
    ]
}

async fn erasures(caller: Caller) -> Answer {
    Ok(Json(Receipts { data: people::receipts(&caller.context).await? }).into_response())
}

async fn find(caller: Caller, PathParts(id): PathParts<String>, Query(pairs): Query) -> Answer {
    let names = RemainingParameters::new(pairs).all("name");
    let found = people::find(&caller.context, Who { name: &id, names: &names }).await?;
    Ok(Json(found).into_response())
}

async fn export(caller: Caller, PathParts(id): PathParts<String>, Query(pairs): Query) -> Answer {
    let names = RemainingParameters::new(pairs).all("name");
    let known = people::export(&caller.context, Who { name: &id, names: &names }).await?;
    Ok(Json(known).into_response())
}

async fn erase(caller: Caller, PathParts(id): PathParts<String>, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let (names, also, dry_run) = (taken.all("name"), taken.all("also"), taken.flag("dry_run")?);
    let request = EraseRequest { who: Who { name: &id, names: &names }, also: &also, dry_run };
    let mut erased = people::erase(&caller.context, request).await?;
    if caller.may(Noun::People, Verb::Read).is_err() {
        // What stands there is for those who may read it.
        erased.left.iter_mut().for_each(|place| place.excerpt.clear());
    }
    Ok((reply::operation(erased.operation), Json(erased)).into_response())
}
