//! OpenAPI schemas of records, from their tables of fields.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType,
    Type,
};

use crate::model::noun::{Field, Meaning};

/// What a field's value looks like in JSON. One that is not `required` may be null.
pub fn field(field: &Field) -> RefOr<Schema> {
    let object = |kind: Type| {
        let kind = if nullable(field) { SchemaType::Array(vec![kind, Type::Null]) } else { SchemaType::Type(kind) };
        ObjectBuilder::new().schema_type(kind).description(Some(field.about))
    };
    let text = |format: KnownFormat| object(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
    let schema = match field.meaning {
        Meaning::Id => text(KnownFormat::Uuid),
        Meaning::Email | Meaning::User | Meaning::Author => {
            object(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::IdnEmail)))
        }
        Meaning::Date => text(KnownFormat::Date),
        Meaning::Instant => text(KnownFormat::DateTime),
        Meaning::Choice(choices) => {
            let null = nullable(field).then_some(Json::Null);
            object(Type::String).enum_values(Some(choices.texts.iter().map(|text| Json::from(*text)).chain(null)))
        }
        Meaning::Money | Meaning::MoneyText => object(Type::Number).minimum(Some(0_i64)),
        Meaning::Number(rule) if rule.decimals == 0 => {
            object(Type::Integer).minimum(Some(rule.least)).maximum(Some(rule.most))
        }
        Meaning::Number(rule) => {
            let unit = 10_i64.pow(rule.decimals);
            // A bound between two whole numbers is left out: the rule knows it.
            let whole = |bound: i64| (bound % unit == 0).then_some(bound / unit);
            object(Type::Number).minimum(whole(rule.least)).maximum(whole(rule.most))
        }
        Meaning::Count => object(Type::Integer).minimum(Some(0_i64)),
        Meaning::Score => object(Type::Integer).minimum(Some(0_i64)).maximum(Some(100_i64)),
        Meaning::Boolean => object(Type::Boolean),
        Meaning::Tags => return list(field, ObjectBuilder::new().schema_type(Type::String)),
        Meaning::Attendees => return list(field, texts(&["name", "email", "role"])),
        Meaning::Milestones => {
            let target = SchemaType::Array(vec![Type::Number, Type::Null]);
            let milestone = texts(&["title", "target_date", "completed_on"]);
            return list(field, milestone.property("target_value", ObjectBuilder::new().schema_type(target)));
        }
        Meaning::Custom if field.name == "custom_fields" => ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(field.about))
            .additional_properties(Some(AdditionalProperties::FreeForm(true))),
        // What its description says: an object, a list, null.
        Meaning::Custom | Meaning::Member => {
            ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(field.about))
        }
        Meaning::ExternalId
        | Meaning::AccountName
        | Meaning::UserName
        | Meaning::Line
        | Meaning::AccountValue
        | Meaning::Title
        | Meaning::Label
        | Meaning::Prose
        | Meaning::Industry
        | Meaning::Domain
        | Meaning::Account => object(Type::String),
    };
    schema.into()
}

/// A list, an object or a required value is always there.
fn nullable(field: &Field) -> bool {
    (!field.required || field.cleared)
        && !matches!(field.meaning, Meaning::Tags | Meaning::Attendees | Meaning::Milestones)
}

fn list(field: &Field, item: ObjectBuilder) -> RefOr<Schema> {
    ArrayBuilder::new().description(Some(field.about)).items(item).into()
}

/// An object with these members, each a text or null.
fn texts(names: &[&str]) -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(SchemaType::Array(vec![Type::String, Type::Null]));
    names.iter().fold(ObjectBuilder::new().schema_type(Type::Object), |object, name| object.property(*name, text()))
}

/// A record of these fields; all of its members are always there.
pub fn record<'f>(fields: impl IntoIterator<Item = &'f Field>) -> ObjectBuilder {
    fields.into_iter().fold(ObjectBuilder::new().schema_type(Type::Object), |object, member| {
        object.property(member.name, field(member)).required(member.name)
    })
}

/// A list of records.
pub fn records<'f>(fields: impl IntoIterator<Item = &'f Field>, about: &str) -> RefOr<Schema> {
    ArrayBuilder::new().description(Some(about)).items(record(fields)).into()
}

/// A record or null.
pub fn maybe<'f>(fields: impl IntoIterator<Item = &'f Field>, about: &str) -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new().description(Some(about)).item(record(fields)).item(null).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use utoipa::ToSchema;

    use super::super::{
        account, alert, arr, bulk, dashboard, engagement, engagement_report, event, explanation, goal_report, health,
        health_summary, import, merge, model, movers, prune, snapshot, today, undo,
    };
    use super::*;
    use crate::model::account::ACCOUNT;

    /// All schemas that an answer of this type needs, its own among them.
    fn all<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }

    fn of_every_view() -> Vec<(String, RefOr<Schema>)> {
        let mut schemas = Vec::new();
        let out = &mut schemas;
        all::<account::AccountOverview>(out);
        all::<alert::AlertsReleased>(out);
        all::<arr::ArrSummary>(out);
        all::<bulk::BulkReport>(out);
        all::<bulk::BulkChange>(out);
        all::<dashboard::DashboardStats>(out);
        all::<engagement::EngagementWhole>(out);
        all::<engagement_report::EngagementReport>(out);
        all::<event::Timeline>(out);
        all::<explanation::HealthExplained>(out);
        all::<goal_report::GoalReport>(out);
        all::<health::HealthRecorded>(out);
        all::<health::HealthShown>(out);
        all::<health::Recomputed>(out);
        all::<health_summary::HealthSummary>(out);
        all::<import::ImportReport>(out);
        all::<import::ImportChange>(out);
        all::<merge::AccountMerge>(out);
        all::<model::ModelCheck>(out);
        all::<movers::HealthMovers>(out);
        all::<prune::PruneReport>(out);
        all::<snapshot::HealthHistory>(out);
        all::<today::TodayList>(out);
        all::<undo::UndoReport>(out);
        all::<crate::ops::goals::RefreshOutcome>(out);
        all::<crate::ops::models::ModelUseOutcome>(out);
        all::<crate::ops::models::Preview>(out);
        all::<crate::ops::scores::Backtest>(out);
        schemas
    }

    fn references(json: &Json, found: &mut Vec<String>) {
        match json {
            Json::Object(members) => {
                if let Some(Json::String(place)) = members.get("$ref") {
                    found.push(place.trim_start_matches("#/components/schemas/").to_owned());
                }
                members.values().for_each(|member| references(member, found));
            }
            Json::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn a_name_is_one_schema_and_every_reference_is_known() {
        let mut known: BTreeMap<String, Json> = BTreeMap::new();
        for (name, schema) in of_every_view() {
            let schema = serde_json::to_value(schema).unwrap();
            let before = known.insert(name.clone(), schema.clone());
            assert!(before.is_none_or(|before| before == schema), "two schemas are called {name}");
        }
        let mut found = Vec::new();
        known.values().for_each(|schema| references(schema, &mut found));
        for name in found {
            assert!(known.contains_key(&name), "{name} is referred to and not there");
        }
    }

    #[test]
    fn fields_in_the_words_of_openapi() {
        let of = |name: &str| serde_json::to_value(field(ACCOUNT.field(name).unwrap().1)).unwrap();
        assert_eq!((&of("name")["type"], &of("domain")["type"]), (&json!("string"), &json!(["string", "null"])));
        assert_eq!((&of("id")["format"], &of("contract_end")["format"]), (&json!("uuid"), &json!("date")));
        assert_eq!((&of("arr")["type"], &of("arr")["minimum"]), (&json!(["number", "null"]), &json!(0)));
        assert_eq!(of("tags")["items"]["type"], "string");
        assert_eq!(of("size")["enum"][5], Json::Null);
        assert_eq!(of("custom_fields")["additionalProperties"], true);
    }
}
