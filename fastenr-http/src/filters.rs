//! The filters of lists as query parameters, from the tables that the library reads them by.

use fastenr_core::model::noun::{Meaning, Noun, Storage};
use fastenr_core::model::selection::{ALL, Filter, Test};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use crate::params::{Parameter, Style, paging, parts};
use crate::patterns;
use crate::schema::{self, Shape};

/// Paging, sorting and the filters of a noun.
pub(crate) fn of_noun(noun: &'static Noun) -> Vec<Parameter> {
    let sorts: Vec<&str> = noun.sorts.iter().map(|sort| sort.name).collect();
    let mut parameters = if sorts.len() > 1 { paging(&sorts) } else { parts() };
    parameters.extend(noun_filters(noun));
    parameters
}

/// The filters of a noun alone.
pub(crate) fn noun_filters(noun: &'static Noun) -> Vec<Parameter> {
    noun.filters.iter().map(|filter| of_filter(noun, filter)).collect()
}

pub(crate) fn of_filter(noun: &'static Noun, filter: &Filter) -> Parameter {
    let (schema, style): (Shape, Style) = match filter.test {
        Test::AnyOf(name) | Test::Band(name) => match noun.field(name).map(|(_, field)| field.meaning) {
            Some(Meaning::Choice(choices)) => commas(schema::choice(choices.texts)),
            _ => commas(schema::pattern(patterns::ITEM)),
        },
        Test::State { field, .. } => match noun.field(field).map(|(_, field)| field.meaning) {
            Some(Meaning::Choice(choices)) => commas(schema::choice(&[choices.texts, &[ALL]].concat())),
            _ => commas(schema::words()),
        },
        Test::Alerts => commas(schema::id()),
        Test::Users(_) | Test::Owners => commas(schema::pattern(patterns::ITEM)),
        Test::Tags => commas(schema::tag()),
        Test::Segment | Test::AnyExactly(_) => (schema::array(schema::words()).into(), Style::Repeated),
        Test::Least(name) | Test::Most(name) => match noun.field(name).map(|(_, field)| field.meaning) {
            Some(Meaning::Money) => (schema::amount().into(), Style::Plain),
            _ => (schema::integer(0, 100).into(), Style::Plain),
        },
        Test::From(_, Storage::Date | Storage::Instant) | Test::To(_, Storage::Date | Storage::Instant) => {
            (schema::day_or_duration().into(), Style::Plain)
        }
        Test::Ahead(_) | Test::Ago(_) => (schema::duration().into(), Style::Plain),
        Test::Since(_) | Test::Until(_) => (schema::time().into(), Style::Plain),
        Test::Kinds(_) => commas(schema::pattern(patterns::KINDS)),
        Test::Record(_) => (schema::id().into(), Style::Plain),
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
