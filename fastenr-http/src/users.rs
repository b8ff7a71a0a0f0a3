//! `/api/users`: who works with the customers.

use axum::http::{HeaderMap, StatusCode};
use fastenr_core::model::user::{USER, User};
use fastenr_core::ops::users;
use fastenr_core::view::record;
use serde_json::{Map, Value};

use crate::at::At;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{self, Parameter, Taken};
use crate::reply::{self, Answer};
use crate::schema;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let active = Parameter::new("active", schema::boolean(), "true: leave out deactivated users.");
    vec![
        Endpoint::get("/api/users", "users_list", list)
            .of("users", Noun::Users, Verb::Read)
            .says("List users", "By e-mail address, including deactivated users.")
            .takes(params::parts())
            .takes([active])
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
    let mut taken = Taken::new(pairs);
    // A filter, to which the cursor is held.
    let active = taken.clone().flag("active")?;
    let ask = taken.ask(&caller.context)?;
    let part = users::part_of(&caller.context, active, &ask).await?;
    Ok(reply::page(&part, object))
}

async fn get(caller: Caller, At(name): At<String>, headers: HeaderMap) -> Answer {
    let user = users::get(&caller.context, &name).await?;
    Ok(reply::record(&headers, object(&user), user.version))
}
