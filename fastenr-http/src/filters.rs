//! The filters of lists as query parameters, from the tables that the library reads them by.

use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::{Meaning, Noun, Storage};
use fastenr_core::model::selection::{Filter, Test};
use fastenr_core::model::{AccountBand, filter::AccountSortKey};
use fastenr_core::ops::filters::ACCOUNT_FILTERS;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use crate::params::{Parameter, Style, paging};
use crate::patterns;
use crate::schema::{self, Shape};

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
            _ => commas(schema::pattern(patterns::ITEM)),
        },
        Test::Users(_) | Test::Owners => commas(schema::pattern(patterns::ITEM)),
        Test::Tags => commas(schema::tag()),
        Test::Segment => (schema::array(schema::words()).into(), Style::Repeated),
        Test::From(_, Storage::Date | Storage::Instant) | Test::To(_, Storage::Date | Storage::Instant) => {
            (schema::day_or_duration().into(), Style::Plain)
        }
        Test::Ahead(_) => (schema::duration().into(), Style::Plain),
        Test::Member => (members().into(), Style::Deep),
        Test::Is(_) | Test::Today(_) | Test::Archived => (schema::boolean().into(), Style::Plain),
        _ => (schema::words().into(), Style::Plain),
    };
    Parameter::new(filter.name, schema, format!("{}.", filter.about)).style(style)
}

/// Any custom fields, by their keys.
fn members() -> ObjectBuilder {
    let any = AdditionalProperties::RefOr(Shape::T(Schema::Object(schema::pattern(patterns::ANY).build())));
    ObjectBuilder::new().property_names(Some(schema::pattern(patterns::CUSTOM_NAME))).additional_properties(Some(any))
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
    let custom = Parameter::new("custom", members(), "Custom fields with exactly this value: `custom[tier]=gold`.");
    let filters = ACCOUNT_FILTERS.iter().map(|(name, about)| {
        let choices = |name: &str| match ACCOUNT.field(name).map(|(_, field)| field.meaning) {
            Some(Meaning::Choice(choices)) => choices.texts,
            _ => &[],
        };
        let (schema, style) = match *name {
            "status" | "size" => commas(schema::choice(choices(name))),
            "band" => commas(schema::choice(AccountBand::TEXTS)),
            "owner" => commas(schema::pattern(patterns::ITEM)),
            "tag" => commas(schema::tag()),
            "industry" | "segment" => (schema::array(schema::words()).into(), Style::Repeated),
            "unowned" | "archived" => (schema::boolean().into(), Style::Plain),
            "health_min" | "health_max" | "risk_min" | "risk_max" => (schema::integer(0, 100).into(), Style::Plain),
            "arr_min" | "arr_max" => (schema::amount().into(), Style::Plain),
            "renews_within" | "no_engagement_for" => (schema::duration().into(), Style::Plain),
            _ => (schema::words().into(), Style::Plain),
        };
        Parameter::new(*name, schema, format!("{about}.")).style(style)
    });
    filters.chain([custom.style(Style::Deep)]).collect()
}
