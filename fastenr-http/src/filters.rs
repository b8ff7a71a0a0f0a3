//! The filters of lists as query parameters, from the tables that the library reads them by.

use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::{Meaning, Noun, Storage};
use fastenr_core::model::selection::{Filter, Test};
use fastenr_core::model::{Band, filter::AccountSortKey};
use fastenr_core::ops::filters::ACCOUNT_FILTERS;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use crate::params::{Parameter, Style, paging};
use crate::schema::{self, Shape};

/// A day, or a time ago.
pub(crate) const SINCE: &str = r"^([1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|[0-9]{1,4}d|[0-9]{1,3}w)$";
/// A day, a time ago or a moment.
pub(crate) const TIME: &str = r"^([1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])([Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?|[0-9]{1,4}d|[0-9]{1,3}w)$";
pub(crate) const DURATION: &str = "^[0-9]{1,3}[dw]$";
/// One item of a list that commas separate.
pub(crate) const ITEM: &str =
    r#"^[^\x00-\x1f\x7f-\x9f\u2028\u2029,;"]{0,20}[A-Za-z0-9][^\x00-\x1f\x7f-\x9f\u2028\u2029,;"]{0,20}$"#;

/// The name of a custom field that a list is filtered by.
const CUSTOM: &str = r"^[^\x00\[\]]*[^\s\x00\[\]][^\x00\[\]]*$";

/// Paging, sorting and the filters of a noun.
pub(crate) fn of_noun(noun: &'static Noun) -> Vec<Parameter> {
    let sorts: Vec<&str> = noun.sorts.iter().map(|sort| sort.name).collect();
    let mut parameters = paging(&sorts);
    parameters.extend(noun_filters(noun));
    parameters
}

/// The filters of a noun alone.
pub(crate) fn noun_filters(noun: &'static Noun) -> Vec<Parameter> {
    noun.filters.iter().map(|filter| of_filter(noun, filter)).collect()
}

fn of_filter(noun: &'static Noun, filter: &Filter) -> Parameter {
    let (schema, style): (Shape, Style) = match filter.test {
        Test::AnyOf(name) => match noun.field(name).map(|(_, field)| field.meaning) {
            Some(Meaning::Choice(choices)) => commas(schema::choice(choices.texts)),
            _ => commas(schema::pattern(ITEM)),
        },
        Test::Users(_) | Test::Owners | Test::Tags => commas(schema::pattern(ITEM)),
        Test::Segment => (schema::array(schema::words()).into(), Style::Repeated),
        Test::From(_, Storage::Date | Storage::Instant) | Test::To(_, Storage::Date | Storage::Instant) => {
            (schema::pattern(SINCE).into(), Style::Plain)
        }
        Test::Is(_) | Test::Archived => (schema::boolean().into(), Style::Plain),
        _ => (schema::words().into(), Style::Plain),
    };
    Parameter::new(filter.name, schema, format!("{}.", filter.about)).style(style)
}

pub(crate) fn commas(item: ObjectBuilder) -> (Shape, Style) {
    (schema::array(item).min_items(Some(1)).into(), Style::Commas)
}

/// Paging, sorting and the filters of accounts.
pub(crate) fn of_accounts() -> Vec<Parameter> {
    let sorts: Vec<&str> = AccountSortKey::ALL.iter().map(|key| key.as_str()).collect();
    let mut parameters = paging(&sorts);
    parameters.extend(account_filters());
    parameters
}

/// The filters of accounts alone: of lists, summaries and bulk writes.
pub(crate) fn account_filters() -> Vec<Parameter> {
    let custom = ObjectBuilder::new().property_names(Some(schema::pattern(CUSTOM))).additional_properties(Some(
        AdditionalProperties::RefOr(Shape::T(Schema::Object(schema::pattern(r"^[^\x00]*$").build()))),
    ));
    let custom = Parameter::new("custom", custom, "Custom fields with exactly this value: `custom[tier]=gold`.");
    let filters = ACCOUNT_FILTERS.iter().map(|(name, about)| {
        let choices = |name: &str| match ACCOUNT.field(name).map(|(_, field)| field.meaning) {
            Some(Meaning::Choice(choices)) => choices.texts,
            _ => &[],
        };
        let (schema, style) = match *name {
            "status" | "size" => commas(schema::choice(choices(name))),
            "band" => commas(schema::choice(Band::TEXTS)),
            "owner" | "tag" => commas(schema::pattern(ITEM)),
            "industry" | "segment" => (schema::array(schema::words()).into(), Style::Repeated),
            "unowned" | "archived" => (schema::boolean().into(), Style::Plain),
            "health_min" | "health_max" | "risk_min" | "risk_max" => (schema::integer(0, 100).into(), Style::Plain),
            "arr_min" | "arr_max" => (schema::decimal(0.0, 9_999_999_999.99).into(), Style::Plain),
            "renews_within" | "no_engagement_for" => (schema::pattern(DURATION).into(), Style::Plain),
            _ => (schema::words().into(), Style::Plain),
        };
        Parameter::new(*name, schema, format!("{about}.")).style(style)
    });
    filters.chain([custom.style(Style::Deep)]).collect()
}
