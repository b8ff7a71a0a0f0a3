//! `/api/users`: who works with the customers.

use axum::http::{HeaderMap, StatusCode};
use fastenr_core::model::user::{USER, User};
use fastenr_core::ops::{lists, users};
use fastenr_core::view::record;
use serde_json::{Map, Value};

use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::reply::{self, Answer};
use crate::{filters, nouns, schema};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/users", "users_list", list)
            .of("users", Noun::Users, Verb::Read)
            .says("List users", "By e-mail address, including deactivated users.")
            .takes(filters::of_noun(&USER))
            .defines("User", schema::record(USER.fields))
            .answers(StatusCode::OK, "A page.", schema::envelope(schema::reference("User")), None),
        Endpoint::get("/api/users/{id}", "users_get", get)
            .of("users", Noun::Users, Verb::Read)
            .says("Get a user", "")
            .named("E-mail address, id, external id or unique name.")
            .answers(StatusCode::OK, "The user.", schema::reference("User"), None)
            .header("ETag", "The version of the record."),
    ]
}

fn object(user: &User) -> Map<String, Value> {
    record(USER.fields, |field| user.value(field))
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    let (chosen, order, ask) = nouns::asked(&USER, &caller.context, pairs).await?;
    let part = lists::part::<User>(&caller.context, &USER, &chosen, order, &ask).await?;
    Ok(reply::page(&part, object))
}

async fn get(caller: Caller, PathParts(name): PathParts<String>, headers: HeaderMap) -> Answer {
    let user = users::get(&caller.context, &name).await?;
    Ok(reply::record(&headers, object(&user), user.version))
}
