//! JSON schemas (2020-12, as OpenAPI 3.1 has them), from the tables of fields that the library reads.

use fastenr_core::model::noun::{Field, Meaning, Noun};
use fastenr_core::model::text::{AttendeeName, AttendeeRole, Label, MilestoneTitle};
use fastenr_core::model::{AccountName, ExternalId, Industry, Milestones, Prose, Tag, Title, UserName};
use serde_json::{Value as Json, json};
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema,
    SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

use crate::params::{ACCOUNT, ACCOUNT_ID};
use crate::patterns;

pub(crate) type Shape = RefOr<Schema>;

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
    pattern(patterns::LINE).min_length(Some(1))
}

/// The same, no longer than so many characters.
pub(crate) fn line(most: usize) -> ObjectBuilder {
    text().max_length(Some(most))
}

/// Text that names something or is searched for: anything but blank.
pub(crate) fn words() -> ObjectBuilder {
    pattern(patterns::WORDS).min_length(Some(1))
}

/// Text of a file, or of whatever else.
pub(crate) fn content() -> ObjectBuilder {
    string()
}

/// Bytes of a file, in whatever encoding.
pub(crate) fn bytes() -> ObjectBuilder {
    formatted(KnownFormat::Binary)
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
    formatted(KnownFormat::Date).pattern(Some(patterns::DAY))
}

pub(crate) fn moment() -> ObjectBuilder {
    formatted(KnownFormat::DateTime).pattern(Some(patterns::MOMENT))
}

pub(crate) fn duration() -> ObjectBuilder {
    pattern(patterns::DURATION)
}

/// A day, or a time ago or ahead.
pub(crate) fn day_or_duration() -> AnyOfBuilder {
    AnyOfBuilder::new().item(date()).item(duration())
}

/// A day, a time ago or a moment.
pub(crate) fn time() -> AnyOfBuilder {
    day_or_duration().item(moment())
}

pub(crate) fn id() -> ObjectBuilder {
    pattern(patterns::ID)
}

pub(crate) fn email() -> ObjectBuilder {
    pattern(patterns::EMAIL).max_length(Some(254))
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
    either_account([given(noun, new)])
}

/// One of these objects, each also with `account_id` in the place of its `account`.
pub(crate) fn either_account(objects: impl IntoIterator<Item = ObjectBuilder>) -> Shape {
    let mut shapes: Vec<Object> = Vec::new();
    for object in objects {
        let object = object.build();
        let mut other = object.clone();
        shapes.push(object);
        if let Some(account) = other.properties.shift_remove(ACCOUNT) {
            other.properties.insert(ACCOUNT_ID.to_owned(), account);
            other.required.retain(|name| name != ACCOUNT);
            other.required.push(ACCOUNT_ID.to_owned());
            shapes.push(other);
        }
    }
    match shapes.len() {
        1 => shapes.swap_remove(0).into(),
        _ => shapes.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item).into(),
    }
}

/// What may be given to a field, told more strictly than what is found in one; null clears it, where it may be empty.
fn given_field(field: &Field) -> Shape {
    filled_field(field, field.blank().is_ok())
}

fn filled_field(field: &Field, nullable: bool) -> Shape {
    let list = match field.meaning {
        // How many may be given is said of those that differ.
        Meaning::Tags => array(tag()),
        Meaning::Attendees => array(reference(ATTENDEE)),
        Meaning::Milestones => array(reference(MILESTONE)).max_items(Some(Milestones::MAX)),
        Meaning::Custom => {
            let fields = OneOfBuilder::new().item(reference(CUSTOM_FIELDS)).description(Some(field.about));
            return if nullable {
                fields.item(ObjectBuilder::new().schema_type(Type::Null)).into()
            } else {
                fields.into()
            };
        }
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
    match field.meaning {
        Meaning::Choice(choices) => choice(choices.texts),
        Meaning::Money | Meaning::MoneyText => amount(),
        Meaning::Number(rule) if rule.decimals == 0 => integer(rule.least, rule.most),
        Meaning::Number(rule) => {
            let scale = 10_f64.powi(i32::try_from(rule.decimals).unwrap_or(2));
            decimal(rule.least as f64 / scale, rule.most as f64 / scale)
        }
        Meaning::Count => integer(0, i64::from(i32::MAX)),
        Meaning::Score => integer(0, 100),
        Meaning::Boolean => boolean(),
        Meaning::Id => id(),
        Meaning::Date => date(),
        Meaning::Instant => moment(),
        Meaning::Email => email(),
        Meaning::Domain => pattern(patterns::DOMAIN),
        Meaning::ExternalId => line(ExternalId::MAX),
        Meaning::AccountName => line(AccountName::MAX),
        Meaning::UserName => line(UserName::MAX),
        Meaning::Title => line(Title::MAX),
        Meaning::Industry => line(Industry::MAX),
        Meaning::Label => line(Label::MAX),
        Meaning::Prose => pattern(patterns::PROSE).min_length(Some(1)).max_length(Some(Prose::MAX)),
        // Another record, by any name that it has.
        Meaning::User | Meaning::Author | Meaning::Account => words(),
        _ => text(),
    }
}

/// ARR.
pub(crate) fn amount() -> ObjectBuilder {
    decimal(0.0, 9_999_999_999.99)
}

/// Two decimals at most, which is said in words: 0.1 is no multiple of 0.01 to many validators.
pub(crate) fn decimal(least: f64, most: f64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(least)).maximum(Some(most))
}

pub(crate) fn tag() -> ObjectBuilder {
    pattern(patterns::TAG).min_length(Some(1)).max_length(Some(Tag::MAX))
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

const ATTENDEE: &str = "NewAttendee";
const MILESTONE: &str = "NewMilestone";
const CUSTOM_FIELDS: &str = "CustomFields";

/// What fields of several nouns are made of, by their names.
pub(crate) fn shared() -> [(&'static str, Shape); 3] {
    let custom = ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
        .schema_type(Type::Object)
        .description(Some("Custom fields of a record: any JSON."));
    [(ATTENDEE, attendee().into()), (MILESTONE, milestone().into()), (CUSTOM_FIELDS, custom.into())]
}

/// With a name, an address or both; blank text and null are no value.
fn attendee() -> AnyOfBuilder {
    let optional = |pattern: &str, most: usize| or_null(self::pattern(pattern).max_length(Some(most)));
    let name = || optional(patterns::LINE_OR_NONE, AttendeeName::MAX);
    let email = || optional(patterns::EMAIL_OR_NONE, 254);
    let with = |name: ObjectBuilder, email: ObjectBuilder, needed: &str| {
        let role = optional(patterns::LINE_OR_NONE, AttendeeRole::MAX);
        closed().property("name", name).property("email", email).property("role", role).required(needed)
    };
    AnyOfBuilder::new().item(with(line(AttendeeName::MAX), email(), "name")).item(with(name(), self::email(), "email"))
}

fn milestone() -> ObjectBuilder {
    closed()
        .property("title", line(MilestoneTitle::MAX))
        .property("target_value", or_null(decimal(-9_999_999_999.99, 9_999_999_999.99)))
        .property("target_date", or_null(date()))
        .property("completed_on", or_null(date()))
        .required("title")
}

/// A list's envelope around rows of this schema.
pub(crate) fn envelope(row: impl Into<Shape>) -> ObjectBuilder {
    ObjectBuilder::new()
        .property("data", array(row.into()))
        .property(
            "total",
            or_null(integer(0, 9_007_199_254_740_991))
                .description(Some("Number of rows on all pages; null with `total=false`.")),
        )
        .property(
            "totalIsMinimum",
            boolean()
                .description(Some("true: there are more rows than `total`, with `total=upto:N`. Absent otherwise.")),
        )
        .property("page", or_null(integer(1, 1_000_000_000)).description(Some("Page number; null with a cursor.")))
        .property("limit", integer(1, 1_000))
        .property("hasMore", boolean().description(Some("Whether there is another page.")))
        .required("data")
        .required("total")
        .required("page")
        .required("limit")
        .property("nextCursor", or_null(string()).description(Some("Cursor of the next page; null: last page.")))
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
        ("target_date", _) => json!("2026-12-31"),
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
