//! `/dashboard/segments`: saved filters.

use fastenr_core::ops::segments;
use fastenr_html::format::{grouped, label, money_short, word};
use fastenr_html::link;
use fastenr_html::page::{SegmentRow, SegmentsPage};
use fastenr_html::part::Empty;

use super::fields::Fields;
use super::request::PageRequest;
use super::{answer, row};
use crate::Problem;
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::params::Pairs;
use crate::reply::Answer;

const PATH: &str = "/dashboard/segments";

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::page(PATH, "Segments", Noun::Segments, list),
        row::form(PATH, "Save a filter as a segment", (Noun::Segments, Verb::Write), create),
        row::form("/dashboard/segments/{id}/delete", "Delete a segment", (Noun::Segments, Verb::Delete), delete),
    ]
}

async fn list(request: PageRequest) -> Answer {
    let all = segments::list(request.context()).await?;
    let row = |segment: &fastenr_core::model::segment::Segment| SegmentRow {
        name: segment.name.clone(),
        href: link::with("/dashboard/accounts", [("segment", segment.name.as_str())]),
        filter: segment.filter.iter().map(|(name, text)| (label(name), word(text))).collect(),
        accounts: segment.accounts.and_then(|count| u64::try_from(count).ok()).map(grouped),
        arr: segment.arr.map(money_short),
        problem: segment.problem.clone(),
        id: segment.id.to_string(),
        by: segment.created_by.clone(),
    };
    let rows: Vec<SegmentRow> = all.iter().map(row).collect();
    let empty = rows.is_empty().then(|| Empty {
        title: "No segments yet".to_owned(),
        text: "Filter the list of accounts, then save the filter as a segment.".to_owned(),
        act: Some(("Go to accounts", "/dashboard/accounts".to_owned())),
        ..Empty::default()
    });
    answer::page(&SegmentsPage {
        frame: request.frame("Segments", "accounts").await?,
        rows,
        empty,
        may_delete: request.can().delete(Noun::Segments),
    })
}

async fn create(request: PageRequest, fields: Fields) -> Answer {
    let name =
        fields.text("name").ok_or_else(|| Problem::invalid("required", "a segment needs a name").of_content())?;
    let filters: Pairs = fields
        .0
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("filter.")?.to_owned(), text.clone())))
        .collect();
    let made = segments::create(request.context(), name, &filters, false)
        .await
        .map_err(|error| Problem::from(error).of_content())?;
    let page = link::with("/dashboard/accounts", [("segment", made.record.name.as_str())]);
    Ok(answer::done(&page, made.operation))
}

async fn delete(request: PageRequest, PathParts(name): PathParts<String>) -> Answer {
    let gone = segments::delete(request.context(), &name, None, false).await?;
    Ok(answer::done(PATH, gone.operation))
}
