//! The table that the API is made of: an endpoint is a row, and from the rows come the router, the guard before each handler
//! and the OpenAPI document. What has no row can't be reached.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, on};
pub(crate) use fastenr_core::model::api_key::{ScopeNoun as Noun, ScopeVerb as Verb};
use serde_json::Value as Json;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::params::{Parameter, Style};
use crate::server::{ForImports, RequestLimits};
use crate::{State, guard, pages, problem};

/// What a key must be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) noun: Noun,
    pub(crate) verb: Verb,
}

/// One shape of a body or an answer, by its media type.
#[derive(Clone)]
pub(crate) struct Media {
    pub(crate) name: &'static str,
    pub(crate) schema: RefOr<Schema>,
    pub(crate) example: Option<Json>,
}

/// What an endpoint answers with a status.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) about: String,
    pub(crate) media: Vec<Media>,
    /// Names and meanings.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

pub(crate) struct Body {
    pub(crate) about: &'static str,
    pub(crate) required: bool,
    pub(crate) media: Vec<Media>,
}

/// What the guard of an endpoint holds a request to, and what its answers may offer.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// None: anybody may ask.
    pub(crate) need: Option<Need>,
    /// The query parameters it knows; what ends with a full stop goes on with a key.
    pub(crate) query: Vec<Cow<'static, str>>,
    /// Those of them that are lists with commas.
    pub(crate) lists: Vec<Cow<'static, str>>,
    /// Those of them that have a closed list of texts.
    pub(crate) choices: Vec<(Cow<'static, str>, Vec<String>)>,
    /// Members of its body, and of the objects in it.
    pub(crate) members: BTreeSet<String>,
    /// Takes an `Idempotency-Key`.
    pub(crate) idempotent: bool,
    /// The key may be the parameter `token`.
    pub(crate) by_token: bool,
    /// It is a page, and no part of the API.
    pub(crate) page: bool,
    /// Somebody has to be signed in, whatever they may do.
    pub(crate) signed: bool,
}

/// What a row is beside an endpoint where it is a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// What documents call it.
    pub(crate) name: &'static str,
    /// Somebody has to be signed in.
    pub(crate) signed: bool,
}

pub(crate) struct Endpoint {
    pub(crate) page: Option<Page>,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The `operationId`, such as `accounts_list`.
    pub(crate) id: String,
    pub(crate) tag: &'static str,
    pub(crate) summary: String,
    pub(crate) about: String,
    pub(crate) need: Option<Need>,
    pub(crate) query: Vec<Parameter>,
    /// What `{id}` and its like mean.
    pub(crate) named: &'static str,
    /// Changes a record: takes `If-Match`.
    pub(crate) conditional: bool,
    pub(crate) idempotent: bool,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) schemas: Vec<(String, RefOr<Schema>)>,
    /// Its body is a file of rows: larger, and in its own time.
    pub(crate) imports: bool,
    /// The key may be the parameter `token`.
    by_token: bool,
    /// Bytes of its body, where that is not the usual.
    body_limit: Option<u64>,
    route: MethodRouter<State>,
}

impl Endpoint {
    pub(crate) fn new<H, T>(method: Method, path: impl Into<String>, id: impl Into<String>, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self {
            idempotent: matches!(method, Method::POST | Method::PUT | Method::DELETE),
            conditional: matches!(method, Method::PUT | Method::DELETE),
            method,
            path: path.into(),
            id: id.into(),
            tag: "",
            summary: String::new(),
            about: String::new(),
            need: None,
            query: Vec::new(),
            named: "Id, external id or unique name. Put `=` before a name that is part of the paths of the API, as in \
                `=report`.",
            body: None,
            answers: Vec::new(),
            schemas: Vec::new(),
            imports: false,
            by_token: false,
            page: None,
            body_limit: None,
            route: on(filter, handler),
        }
    }

    pub(crate) fn get<H, T>(path: impl Into<String>, id: impl Into<String>, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new(Method::GET, path, id, handler)
    }

    pub(crate) fn post<H, T>(path: impl Into<String>, id: impl Into<String>, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new(Method::POST, path, id, handler)
    }

    pub(crate) fn put<H, T>(path: impl Into<String>, id: impl Into<String>, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new(Method::PUT, path, id, handler)
    }

    pub(crate) fn delete<H, T>(path: impl Into<String>, id: impl Into<String>, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new(Method::DELETE, path, id, handler)
    }

    /// The part of the document it belongs to, and what a key must be allowed.
    #[must_use]
    pub(crate) fn of(mut self, tag: &'static str, noun: Noun, verb: Verb) -> Self {
        self.tag = tag;
        self.need = Some(Need { noun, verb });
        self
    }

    /// Anybody may ask.
    #[must_use]
    pub(crate) fn open(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self.need = None;
        self
    }

    #[must_use]
    pub(crate) fn says(mut self, summary: impl Into<String>, about: impl Into<String>) -> Self {
        self.summary = summary.into();
        self.about = about.into();
        self
    }

    #[must_use]
    pub(crate) fn takes(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        for parameter in parameters {
            let other = parameter.other_name();
            self.query.push(parameter);
            self.query.extend(other);
        }
        self
    }

    #[must_use]
    pub(crate) fn named(mut self, about: &'static str) -> Self {
        self.named = about;
        self
    }

    /// No single version to guard: see `If-Match`.
    #[must_use]
    pub(crate) fn unconditional(mut self) -> Self {
        self.conditional = false;
        self
    }

    /// Takes `If-Match`, though its method is none that says so.
    #[must_use]
    pub(crate) fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    /// Takes no `Idempotency-Key`.
    #[must_use]
    pub(crate) fn once(mut self) -> Self {
        self.idempotent = false;
        self
    }

    /// Its body is a file of rows.
    #[must_use]
    pub(crate) fn imports(mut self) -> Self {
        self.imports = true;
        self.once()
    }

    /// For programs that can't send headers: the key may be the parameter `token`.
    #[must_use]
    pub(crate) fn by_token(mut self) -> Self {
        self.by_token = true;
        self
    }

    /// It is a page, and no part of the API.
    #[must_use]
    pub(crate) fn page(mut self, page: Page) -> Self {
        self.page = Some(page);
        self
    }

    /// A body of up to so many bytes.
    #[must_use]
    pub(crate) fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// A JSON body of this schema.
    #[must_use]
    pub(crate) fn json(self, about: &'static str, schema: impl Into<RefOr<Schema>>, example: Option<Json>) -> Self {
        let media = vec![Media { name: "application/json", schema: schema.into(), example }];
        self.body(Body { about, required: true, media })
    }

    #[must_use]
    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }

    /// A JSON answer of this schema.
    #[must_use]
    pub(crate) fn answers(
        self,
        status: StatusCode,
        about: impl Into<String>,
        schema: impl Into<RefOr<Schema>>,
        example: Option<Json>,
    ) -> Self {
        let media = vec![Media { name: "application/json", schema: schema.into(), example }];
        self.answer(Answer { status, about: about.into(), media, headers: Vec::new() })
    }

    /// A JSON answer of this type.
    #[must_use]
    pub(crate) fn answers_as<T: ToSchema>(mut self, status: StatusCode, about: impl Into<String>) -> Self {
        let reference = self.schema_of::<T>();
        self.answers(status, about, reference, None)
    }

    /// An answer without a body.
    #[must_use]
    pub(crate) fn answers_empty(self, status: StatusCode, about: impl Into<String>) -> Self {
        self.answer(Answer { status, about: about.into(), media: Vec::new(), headers: Vec::new() })
    }

    #[must_use]
    pub(crate) fn answer(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// A header of the answer added last.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, about: &'static str) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.push((name, about));
        }
        self
    }

    /// Puts the type and what it is made of among the document's schemas.
    pub(crate) fn schema_of<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        T::schemas(&mut self.schemas);
        self.schemas.push((name.clone(), <T as PartialSchema>::schema()));
        RefOr::Ref(Ref::from_schema_name(name))
    }

    /// A schema that is built while running, by its name.
    #[must_use]
    pub(crate) fn defines(mut self, name: impl Into<String>, schema: impl Into<RefOr<Schema>>) -> Self {
        self.schemas.push((name.into(), schema.into()));
        self
    }

    /// `schemas`: those of all endpoints, by their names.
    fn rules(&self, schemas: &HashMap<&str, &RefOr<Schema>>) -> Rules {
        let name = |parameter: &Parameter| match parameter.style {
            Style::Deep => Cow::Owned(format!("{}.", parameter.name)),
            _ => parameter.name.clone(),
        };
        let mut query: Vec<Cow<'static, str>> = self.query.iter().map(name).collect();
        query.sort_unstable();
        let listed = self.query.iter().filter(|parameter| parameter.style == Style::Commas);
        let lists = listed.map(|parameter| parameter.name.clone()).collect();
        let choices = self.query.iter().filter_map(|parameter| Some((parameter.name.clone(), parameter.choices()?)));
        let choices = choices.collect();
        Rules {
            need: self.need,
            query,
            lists,
            choices,
            members: self.members(schemas),
            idempotent: self.idempotent,
            by_token: self.by_token,
            page: self.page.is_some(),
            signed: self.page.is_some_and(|page| page.signed),
        }
    }
}

impl Endpoint {
    fn members(&self, schemas: &HashMap<&str, &RefOr<Schema>>) -> BTreeSet<String> {
        let mut members = BTreeSet::new();
        for media in self.body.iter().flat_map(|body| &body.media) {
            // In the body, and in the filter that it may have.
            collect_members(&media.schema, schemas, 2, &mut members);
        }
        members
    }
}

fn collect_members(
    schema: &RefOr<Schema>,
    schemas: &HashMap<&str, &RefOr<Schema>>,
    depth: u8,
    members: &mut BTreeSet<String>,
) {
    if depth == 0 {
        return;
    }
    match schema {
        RefOr::Ref(to) => {
            let name = to.ref_location.rsplit('/').next().unwrap_or_default();
            if let Some(schema) = schemas.get(name) {
                collect_members(schema, schemas, depth, members);
            }
        }
        RefOr::T(Schema::Object(object)) => {
            for (name, schema) in &object.properties {
                members.insert(name.clone());
                collect_members(schema, schemas, depth - 1, members);
            }
        }
        RefOr::T(Schema::AllOf(all)) => {
            all.items.iter().for_each(|schema| collect_members(schema, schemas, depth, members));
        }
        RefOr::T(_) => {}
    }
}

/// A router of all rows.
pub(crate) fn router(endpoints: Vec<Endpoint>, state: &State) -> Router {
    let mut router = Router::new();
    let rules: Vec<Arc<Rules>> = {
        let schemas = endpoints.iter().flat_map(|endpoint| &endpoint.schemas);
        let schemas = schemas.map(|(name, schema)| (name.as_str(), schema)).collect();
        endpoints.iter().map(|endpoint| Arc::new(endpoint.rules(&schemas))).collect()
    };
    for (endpoint, rules) in endpoints.into_iter().zip(rules) {
        let is_page = endpoint.page.is_some();
        let mut route: MethodRouter<State> = match is_page {
            false => endpoint.route.layer(from_fn_with_state((state.clone(), rules), guard::guard)),
            true => endpoint.route.layer(from_fn_with_state((state.clone(), rules), pages::guard)),
        };
        if is_page {
            route = route.layer(pages::no_foreign_writes(state));
        }
        // Around the guard, which keeps the body of a call that may be sent again.
        if endpoint.imports {
            route = route.layer(ForImports);
        }
        if let Some(bytes) = endpoint.body_limit {
            route = route.layer(from_fn(move |request: Request, next: Next| {
                if let Some(limits) = request.extensions().get::<RequestLimits>() {
                    limits.set_body(bytes);
                }
                next.run(request)
            }));
        }
        router = router.route(&endpoint.path, route);
    }
    let router = router
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
        .with_state(state.clone());
    if state.dashboard().is_some() { router.layer(from_fn(pages::refusals)) } else { router }
}
