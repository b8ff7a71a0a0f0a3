//! A row of the table of pages.

use std::fmt::Write as _;

use axum::handler::Handler;
use axum::http::Method;

use crate::State;
use crate::endpoint::{Endpoint, Noun, Page, Verb};
use crate::params::Style;

/// A page.
pub(crate) fn page<H, T>(path: &str, name: &'static str, noun: Noun, handler: H) -> Endpoint
where
    H: Handler<T, State>,
    T: 'static,
{
    row(Method::GET, path, name, handler).of("pages", noun, Verb::Read)
}

/// What a form of a page sends.
pub(crate) fn form<H, T>(path: &str, name: &'static str, (noun, verb): (Noun, Verb), handler: H) -> Endpoint
where
    H: Handler<T, State>,
    T: 'static,
{
    row(Method::POST, path, name, handler).of("pages", noun, verb)
}

/// For every signed-in user, whatever the scopes.
pub(crate) fn signed<H, T>(method: Method, path: &str, name: &'static str, handler: H) -> Endpoint
where
    H: Handler<T, State>,
    T: 'static,
{
    row(method, path, name, handler).once().page(Page { name, signed: true })
}

/// Without sign-in.
pub(crate) fn open<H, T>(method: Method, path: &str, name: &'static str, handler: H) -> Endpoint
where
    H: Handler<T, State>,
    T: 'static,
{
    row(method, path, name, handler).once()
}

fn row<H, T>(method: Method, path: &str, name: &'static str, handler: H) -> Endpoint
where
    H: Handler<T, State>,
    T: 'static,
{
    Endpoint::new(method, path, "", handler).page(Page { name, signed: false })
}

/// The rows as Markdown.
pub(super) fn document(rows: &[Endpoint]) -> String {
    let mut text = String::from("| page | | needs | parameters |\n|---|---|---|---|\n");
    for row in rows {
        let Some(page) = row.page else { continue };
        let needs = match (row.need, page.signed) {
            (Some(need), _) => format!("`{}:{}`", need.noun, need.verb),
            (None, true) => "a session".to_owned(),
            (None, false) => "nothing".to_owned(),
        };
        let of = |parameter: &crate::params::Parameter| match parameter.style {
            Style::Deep => format!("`{}[KEY]`", parameter.name),
            _ => format!("`{}`", parameter.name),
        };
        let query: Vec<String> = row.query.iter().map(of).collect();
        let method = if row.method == Method::GET { "" } else { "POST " };
        let _ = writeln!(text, "| {method}`{}` | {} | {needs} | {} |", row.path, page.name, query.join(", "));
    }
    text
}
