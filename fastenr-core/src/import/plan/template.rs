//! Templates of headers: `{First Name} {Last Name}`.

use super::Piece;
use crate::error::{Error, Result};

/// `{First Name} {Last Name}` into text and columns; `{{` is a brace.
pub(super) fn pieces(template: &str, find: impl Fn(&str) -> Result<usize>) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let text = |text: &str| Piece::Text(text.replace("}}", "}"));
    while let Some(open) = rest.find('{') {
        if rest[open..].starts_with("{{") {
            pieces.push(text(&rest[..=open]));
            rest = &rest[open + 2..];
            continue;
        }
        pieces.push(text(&rest[..open]));
        let Some(length) = rest[open..].find('}') else {
            return Err(Error::invalid(
                "mapping",
                format!("the template {template:?} opens a brace and does not close it"),
            )
            .hint("a header stands between { and }; {{ is a brace"));
        };
        pieces.push(Piece::Column(find(&rest[open + 1..open + length])?));
        rest = &rest[open + length + 1..];
    }
    pieces.push(text(rest));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    Ok(pieces)
}
