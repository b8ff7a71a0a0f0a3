//! Lists as files: what a GET of a list answers where CSV, TSV or JSON Lines is asked for.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::IntoResponse;
use fastenr_core::Error;
use fastenr_core::export::{Dialect, Format, fields};
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::export::{self, ExportSelection};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::Instant;

use crate::endpoint::{Endpoint, Media};
use crate::guard::{Caller, RECHECK};
use crate::params::{Pairs, Parameter};
use crate::reply::Answer;
use crate::{Problem, schema};

/// What files can be.
const TYPES: [&str; 3] = ["text/csv", "text/tab-separated-values", "application/x-ndjson"];

/// What has no place in an export: it is the whole, in the order of the ids.
const OF_PAGES: [&str; 5] = ["page", "limit", "cursor", "total", "sort"];

/// The format that the caller likes best; none where that is JSON, or nothing that we have.
pub(crate) fn wanted_format(headers: &HeaderMap) -> Option<Format> {
    let mut best: Option<(f32, Option<Format>)> = None;
    for range in
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','))
    {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        let format = match kind {
            "application/json" | "application/*" | "*/*" => None,
            "text/*" => Some(Format::CSV),
            other => match Format::of_media_type(other) {
                Ok(format) => Some(format),
                Err(_) => continue,
            },
        };
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, format));
        }
    }
    best.and_then(|(_, format)| format)
}

/// `raw`: of every list that can be a file.
pub(crate) fn raw() -> Parameter {
    let about = "For CSV and TSV: export text unchanged, even if a spreadsheet would run it as a formula.";
    Parameter::new("raw", schema::boolean(), about)
}

/// Documents that the list can be a file.
pub(crate) fn also_as_file(mut endpoint: Endpoint) -> Endpoint {
    if let Some(answer) = endpoint.answers.first_mut() {
        answer.media.extend(TYPES.map(|name| Media { name, schema: schema::content().into(), example: None }));
    }
    endpoint.about.push_str(
        "With `Accept: text/csv`, `text/tab-separated-values` or `application/x-ndjson` the answer is a file of all \
         matching records, streamed and without pages. An import reads it back unchanged.",
    );
    endpoint.takes([raw()])
}

/// The filters of an export, and whether it is raw.
///
/// # Errors
/// `no_pages` where a page, an order or a cursor is asked for.
pub(crate) fn filters(pairs: Pairs, format: Format) -> Result<(Pairs, Format), Problem> {
    if let Some((name, _)) = pairs.iter().find(|(name, _)| OF_PAGES.contains(&name.as_str())) {
        let detail = format!("{name}: a file has all records that pass, in the order of their ids");
        return Err(Problem::invalid("no_pages", detail).at_parameter(name));
    }
    let mut taken = crate::params::RemainingParameters::new(pairs);
    let raw = taken.flag("raw")?;
    let format = match format {
        Format::Delimited(dialect) => Format::Delimited(Dialect { guard: !raw, ..dialect }),
        Format::Lines => Format::Lines,
    };
    Ok((taken.rest(), format))
}

/// The file, as it is read. It breaks off where the caller's key stops working.
///
/// # Errors
/// `too_many_at_once`, `busy`.
pub(crate) fn file(caller: &Caller, what: ExportSelection, format: Format) -> Answer {
    let noun = what.noun();
    let pieces = export::stream(&caller.context, what, format, fields(noun));
    Ok((headers(noun, format), sent(caller, pieces)?).into_response())
}

/// The body of a file in pieces: one of so many that a caller may have at once, and only as long as its key works.
///
/// # Errors
/// `too_many_at_once`.
pub(crate) fn sent<P>(caller: &Caller, pieces: P) -> Result<Body, Problem>
where
    P: Stream<Item = fastenr_core::Result<Vec<u8>>> + Send + Unpin + 'static,
{
    let place = caller.state.files().take(caller.id())?;
    let body = stream::unfold(Some((pieces, caller.clone(), Instant::now(), place)), async |file| {
        let (mut pieces, caller, mut checked, place) = file?;
        if checked.elapsed() >= RECHECK {
            if !caller.is_let_in().await {
                return Some((Err(Error::unauthenticated("key_revoked", "the key stopped working")), None));
            }
            checked = Instant::now();
        }
        Some((pieces.next().await?, Some((pieces, caller, checked, place))))
    });
    Ok(Body::from_stream(body))
}

fn headers(noun: &Noun, format: Format) -> [(HeaderName, String); 2] {
    let media = format.media_type();
    let ending = match media.split(';').next() {
        Some("text/csv") => "csv",
        Some("text/tab-separated-values") => "tsv",
        _ => "jsonl",
    };
    let name = format!("attachment; filename=\"{}.{ending}\"", noun.many);
    [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, name)]
}

/// Nothing but JSON.
pub(crate) fn refuse_raw(taken: &mut crate::params::RemainingParameters) -> Result<(), Problem> {
    match taken.flag("raw")? {
        true => {
            Err(Problem::invalid("raw", "raw is for files: ask for one with `Accept: text/csv`").at_parameter("raw"))
        }
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_best_of_what_is_accepted() {
        let of = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]);
            wanted_format(&headers).map(Format::media_type)
        };
        assert_eq!(wanted_format(&HeaderMap::new()), None);
        assert_eq!(of("*/*"), None);
        assert_eq!(of("text/csv"), Some("text/csv; charset=utf-8"));
        assert_eq!(of("text/html, text/csv;q=0.5, */*;q=0.1"), Some("text/csv; charset=utf-8"));
        assert_eq!(of("application/json, text/csv;q=0.9"), None);
        assert_eq!(of("application/x-ndjson, text/csv;q=0.9"), Some("application/x-ndjson"));
        assert_eq!(of("image/png"), None);
        assert_eq!(of("text/csv;q=0"), None);
    }
}
