//! What a header means by its name alone, and which column a name means.

use super::Slot;
use super::currency::without_currency;
use crate::error::{Error, GivenSetting, Result, Setting};
use crate::import::request::Request;
use crate::import::source::Survey;
use crate::model::noun::{Field, Noun, fold_header};
use crate::say;

/// Columns that a rejects file adds; a mended one is imported as it is.
pub(crate) const REJECT_COLUMNS: [&str; 3] = ["_row", "_column", "_error"];

/// What one header means, before anything is known of its cells.
#[derive(Debug, Clone)]
pub(crate) enum HeaderMeaning {
    Slot(Slot),
    /// Known, and not for writing.
    ReadOnly(&'static Field),
    Nothing,
}

/// By its name alone, or as `--map` says; `headers` are all of the file's.
pub(crate) fn meaning(
    noun: &'static Noun,
    header: &str,
    headers: &[String],
    request: &Request,
) -> Result<HeaderMeaning> {
    match request.told(header, headers) {
        Some("") => return Ok(HeaderMeaning::Nothing),
        Some(field) => return slot(noun, field).map(HeaderMeaning::Slot).map_err(|error| or_leave_out(error, header)),
        None => {}
    }
    if let Some(member) = custom_member(noun, header) {
        return Ok(HeaderMeaning::Slot(Slot::Custom(member)));
    }
    if fold_header(header) == "dayspastdue" && noun.field("past_due_since").is_some() {
        return Ok(HeaderMeaning::Slot(Slot::DaysPastDue));
    }
    Ok(match noun.field_by_header(header) {
        Some((_, field)) if field.name == "id" => HeaderMeaning::Slot(Slot::Id),
        Some((_, field)) if !field.writable() => match by_other_name(noun, header, headers) {
            Some(bit) => HeaderMeaning::Slot(Slot::Field(bit)),
            None => HeaderMeaning::ReadOnly(field),
        },
        Some((bit, _)) => HeaderMeaning::Slot(Slot::Field(bit)),
        None => match without_currency(header).and_then(|rest| noun.field_by_header(&rest)) {
            Some((bit, field)) if field.meaning.is_money() && field.writable() => HeaderMeaning::Slot(Slot::Field(bit)),
            _ => HeaderMeaning::Nothing,
        },
    })
}

/// What is not for writing can be left out.
fn or_leave_out(error: Error, header: &str) -> Error {
    if error.code != "read_only_field" {
        return error;
    }
    error.hint(say!("name another field, or leave the column out with {}", leave_out(header)))
}

/// The setting that leaves a column out.
pub(super) fn leave_out(header: &str) -> GivenSetting {
    Setting::Map.is(format_args!("{header}="))
}

/// The field that a header may mean which is also the name of a computed one: `Account ID` of another system's contacts is the
/// account, as long as no column is called so. An export has both.
fn by_other_name(noun: &'static Noun, header: &str, headers: &[String]) -> Option<usize> {
    let folded = fold_header(header);
    let mut named = noun.fields.iter().enumerate();
    let (bit, field) = named.find(|(_, field)| field.writable() && field.aliases.contains(&folded.as_str()))?;
    let is_there = headers.iter().any(|other| fold_header(other) == fold_header(field.name));
    (!is_there).then_some(bit)
}

/// `custom.region` is a member of the custom fields, where the noun has any.
fn custom_member(noun: &'static Noun, name: &str) -> Option<String> {
    let member = name.trim().strip_prefix("custom.").filter(|member| !member.is_empty())?;
    noun.field("custom_fields").map(|_| member.to_owned())
}

/// A field by the name that `--map` or a mapping file gives it.
pub(crate) fn slot(noun: &'static Noun, name: &str) -> Result<Slot> {
    let name = name.trim();
    if name == "id" {
        return Ok(Slot::Id);
    }
    if name == "days_past_due" && noun.field("past_due_since").is_some() {
        return Ok(Slot::DaysPastDue);
    }
    if let Some(member) = custom_member(noun, name) {
        return Ok(Slot::Custom(member));
    }
    match noun.field(name) {
        Some((bit, field)) if field.writable() => Ok(Slot::Field(bit)),
        Some((_, field)) => {
            Err(Error::invalid("read_only_field", format!("{} is computed and can't be imported", field.name)))
        }
        None => Err(crate::ops::records::unknown_field(noun, name)),
    }
}

/// The column with this header.
///
/// # Errors
/// `unknown_header` with the nearest ones.
pub(super) fn find(survey: &Survey, header: &str) -> Result<usize> {
    position(survey, header).ok_or_else(|| unknown_header(survey, header))
}

fn position(survey: &Survey, header: &str) -> Option<usize> {
    let exact = survey.header.iter().position(|known| known == header);
    exact.or_else(|| survey.header.iter().position(|known| fold_header(known) == fold_header(header)))
}

fn unknown_header(survey: &Survey, header: &str) -> Error {
    let near = crate::ops::nearest(header, survey.header.iter().map(String::as_str), 3);
    let hint = if near.is_empty() {
        format!("its columns are {}", survey.header.join(", "))
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Error::invalid("unknown_header", format!("the file has no column {header:?}")).hint(hint)
}
