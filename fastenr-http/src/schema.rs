//! JSON schemas (2020-12, as OpenAPI 3.1 has them), from the tables of fields that the library reads.

use fastenr_core::model::noun::{Field, Meaning, Noun};
use serde_json::{Value as Json, json};
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType,
    Type,
};
use utoipa::openapi::{Ref, RefOr};

pub(crate) type Shape = RefOr<Schema>;

/// Something visible, on one line.
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[!-~][^\x00-\x1f\x7f-\x9f\u2028\u2029]*$";
/// Something visible, on any number of lines.
const PROSE: &str = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[!-~][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";
/// Something that is not blank, of which a search or a name is made.
const WORDS: &str = r"^[^\x00]*[^\s\x00\x85][^\x00]*$";
const DAY: &str = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$";
const MOMENT: &str = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[Tt]";

pub(crate) fn reference(name: &str) -> Shape {
    RefOr::Ref(Ref::from_schema_name(name))
}

pub(crate) fn integer(least: i64, most: i64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least as f64)).maximum(Some(most as f64))
}

pub(crate) fn boolean() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean)
}

/// Text with something to see in it.
pub(crate) fn text() -> ObjectBuilder {
    string().min_length(Some(1)).pattern(Some(LINE))
}

/// Text in a query: anything but blank.
pub(crate) fn words() -> ObjectBuilder {
    string().pattern(Some(WORDS))
}

/// Bytes of a file.
pub(crate) fn content() -> ObjectBuilder {
    string()
}

pub(crate) fn pattern(pattern: &str) -> ObjectBuilder {
    string().pattern(Some(pattern))
}

pub(crate) fn choice(texts: &[&str]) -> ObjectBuilder {
    string().enum_values(Some(texts.to_vec()))
}

pub(crate) fn array(items: impl Into<Shape>) -> ArrayBuilder {
    ArrayBuilder::new().items(items.into())
}

pub(crate) fn date() -> ObjectBuilder {
    formatted(KnownFormat::Date).pattern(Some(DAY))
}

pub(crate) fn uuid() -> ObjectBuilder {
    string().format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn formatted(format: KnownFormat) -> ObjectBuilder {
    string().format(Some(SchemaFormat::KnownFormat(format)))
}

pub(crate) use fastenr_core::view::schema::record;

/// What may be given of a record. `new`: what a new one needs has to be there.
pub(crate) fn given(noun: &'static Noun, new: bool) -> ObjectBuilder {
    let mut object = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    for field in noun.fields.iter().filter(|field| field.writable()) {
        object = object.property(field.name, given_field(field));
        if new && field.needed() {
            object = object.required(field.name);
        }
    }
    object
}

/// What may be given to the field of this name, where something has to be.
pub(crate) fn filled_field_of(noun: &'static Noun, name: &str) -> Shape {
    noun.field(name).map_or_else(|| ObjectBuilder::new().into(), |(_, field)| filled_field(field, false))
}

/// The same of a noun whose records belong to an account, which is named as `account` or as `account_id`.
pub(crate) fn given_of_account(noun: &'static Noun, new: bool) -> Shape {
    let mut other = given(noun, new).build();
    let Some(account) = other.properties.shift_remove("account") else { return given(noun, new).into() };
    other.properties.insert("account_id".to_owned(), account);
    other.required.retain(|name| name != "account");
    other.required.push("account_id".to_owned());
    OneOfBuilder::new().item(given(noun, new)).item(other).into()
}

/// What may be given to a field, told more strictly than what is found in one; null clears it, where it may be empty.
fn given_field(field: &Field) -> Shape {
    filled_field(field, field.blank().is_ok())
}

fn filled_field(field: &Field, nullable: bool) -> Shape {
    let list = match field.meaning {
        Meaning::Tags => array(tag()).max_items(Some(50)),
        Meaning::Attendees => array(attendee()).max_items(Some(500)),
        Meaning::Milestones => array(milestone()).max_items(Some(100)),
        _ => {
            let object = scalar(field).description(Some(field.about));
            return if nullable { or_null(object).into() } else { object.into() };
        }
    };
    let types = if nullable { SchemaType::from_iter([Type::Array, Type::Null]) } else { Type::Array.into() };
    list.description(Some(field.about)).schema_type(types).into()
}

/// Adds null to the types and, where there is a closed list, to that.
pub(crate) fn or_null(builder: ObjectBuilder) -> ObjectBuilder {
    let mut object = builder.build();
    if let SchemaType::Type(own) = object.schema_type.clone() {
        object.schema_type = SchemaType::from_iter([own, Type::Null]);
    }
    if let Some(texts) = &mut object.enum_values {
        texts.push(Json::Null);
    }
    object.into()
}

fn scalar(field: &Field) -> ObjectBuilder {
    let line = |most: usize| text().max_length(Some(most));
    match field.meaning {
        Meaning::Choice(choices) => choice(choices.texts),
        Meaning::Money | Meaning::MoneyText => decimal(0.0, 9_999_999_999.99),
        Meaning::Number(rule) if rule.decimals == 0 => integer(rule.least, rule.most),
        Meaning::Number(rule) => {
            let scale = 10_f64.powi(i32::try_from(rule.decimals).unwrap_or(2));
            decimal(rule.least as f64 / scale, rule.most as f64 / scale)
        }
        Meaning::Count => integer(0, i64::from(i32::MAX)),
        Meaning::Score => integer(0, 100),
        Meaning::Boolean => boolean(),
        Meaning::Id => uuid(),
        Meaning::Custom => ObjectBuilder::new()
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
            .schema_type(Type::Object),
        Meaning::Date => date(),
        Meaning::Instant => formatted(KnownFormat::DateTime).pattern(Some(MOMENT)),
        Meaning::Email => formatted(KnownFormat::Email).max_length(Some(254)),
        Meaning::Domain => pattern(r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,30}[a-z]))+$"),
        Meaning::ExternalId | Meaning::AccountName | Meaning::UserName | Meaning::Title => line(255),
        Meaning::Industry | Meaning::Label => line(100),
        Meaning::Prose => string().min_length(Some(1)).max_length(Some(100_000)).pattern(Some(PROSE)),
        _ => text(),
    }
}

/// Two decimals at most, which is said in words: 0.1 is no multiple of 0.01 to many validators.
pub(crate) fn decimal(least: f64, most: f64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(least)).maximum(Some(most))
}

pub(crate) fn tag() -> ObjectBuilder {
    let one = r#"^[^\x00-\x1f\x7f-\x9f\u2028\u2029,;"]*[A-Za-z0-9][^\x00-\x1f\x7f-\x9f\u2028\u2029,;"]*$"#;
    string().min_length(Some(1)).max_length(Some(50)).pattern(Some(one))
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

fn attendee() -> ObjectBuilder {
    closed()
        .property("name", text().max_length(Some(255)))
        .property("email", formatted(KnownFormat::Email).max_length(Some(254)))
        .property("role", text().max_length(Some(100)))
        .required("name")
}

fn milestone() -> ObjectBuilder {
    closed()
        .property("title", text().max_length(Some(255)))
        .property("target_value", decimal(-9_999_999_999.99, 9_999_999_999.99))
        .property("target_date", date())
        .property("completed_on", date())
        .required("title")
}

/// A list's envelope around rows of this schema.
pub(crate) fn envelope(row: impl Into<Shape>) -> ObjectBuilder {
    ObjectBuilder::new()
        .property("data", array(row.into()))
        .property(
            "total",
            or_null(integer(0, 9_007_199_254_740_991))
                .description(Some("How many there are on all pages, unless `total=false`.")),
        )
        .property("page", or_null(integer(1, 1_000_000_000)).description(Some("Null behind a cursor.")))
        .property("limit", integer(1, 1_000))
        .property("hasMore", boolean().description(Some("Whether there is another page.")))
        .required("data")
        .required("total")
        .required("page")
        .required("limit")
        .property("nextCursor", or_null(string()).description(Some("What goes on from here; null at the end.")))
        .required("hasMore")
        .required("nextCursor")
}

/// A value that fits the field, for examples.
pub(crate) fn example(field: &Field) -> Option<Json> {
    Some(match (field.name, field.meaning) {
        ("name", Meaning::AccountName) => json!("Acme Corp"),
        ("industry", _) => json!("Technology"),
        ("account", _) => json!("A-1001"),
        ("external_id", _) => json!("X-1001"),
        ("title", _) => json!("Quarterly review"),
        ("name", _) => json!("Jo Doe"),
        (_, Meaning::Choice(choices)) => json!(choices.texts.first()?),
        (_, Meaning::Money) => json!(50_000),
        (_, Meaning::Number(rule)) => json!(rule.most.min(10_i64.pow(rule.decimals) * 40) / 10_i64.pow(rule.decimals)),
        (_, Meaning::Count | Meaning::Score) => json!(40),
        (_, Meaning::Date) => json!("2026-01-31"),
        (_, Meaning::Instant) => json!("2026-01-31T10:00:00Z"),
        (_, Meaning::Boolean) => json!(true),
        (_, Meaning::Tags) => json!(["vip"]),
        (_, Meaning::Email | Meaning::User | Meaning::Author) => json!("jo@example.com"),
        (_, Meaning::Domain) => json!("acme.example"),
        _ => return None,
    })
}

/// An example of what is given for a new record, of these fields.
pub(crate) fn example_of(noun: &Noun, names: &[&str]) -> Json {
    let member = |name: &&str| {
        let (_, field) = noun.field(name)?;
        Some((field.name.to_owned(), example(field)?))
    };
    Json::Object(names.iter().filter_map(member).collect())
}
