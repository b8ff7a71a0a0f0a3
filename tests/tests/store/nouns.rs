//! The nouns, and good values for their fields by what a field means: the nouns are those of the registry.

use std::collections::BTreeMap;

use anyhow::Result;
use fastenr_core::import::source::guard;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Archived;
use fastenr_core::model::noun::{Field, Meaning, Noun, Value};
use fastenr_core::model::nouns;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::{self, selection};
use futures_util::TryStreamExt;
use uuid::Uuid;

use fastenr_tests::world::{World, alias};

/// Every noun that belongs to an account.
pub(crate) fn children() -> impl Iterator<Item = &'static Noun> {
    nouns::of_accounts()
}

/// A long Salesforce id; `0013000000Gz3Xa` is the same.
pub(crate) const LONG_ID: &str = "0013000000Gz3XaAAJ";

/// Accounts and users that the values of fields name: `a0`, `a1`, one with a Salesforce id and one that is archived.
pub(crate) async fn around(world: &World) -> Result<()> {
    for (email, name) in [("mia@example.com", "Mia"), ("noa@example.com", "Noa"), ("gone@example.com", "Gone")] {
        world.user(email, name).await?;
    }
    ops::users::update(world, "gone@example.com", &[], Some(false), false).await?;
    let file = format!(
        "external_id,name,domain\na0,Acme,acme.com\na1,Bolt,bolt.com\n{LONG_ID},Cobalt,cobalt.com\nt1,Twin,twin.com\n\
         t2,Twin,twin.com\ngone,Gone,gone.com\n"
    );
    world.import(&file, Default::default()).await?;
    alias(world, "was-a0", world.get("a0").await?.id).await?;
    ops::accounts::set_archived(world, "gone", true, None, false).await?;
    Ok(())
}

/// The `n`th of several good values, as an export writes it; different for 0 and 1, but for the status of a goal.
pub(crate) fn good(field: &Field, n: usize) -> String {
    let of = |texts: &[&str]| texts[n % texts.len()].to_owned();
    match field.meaning {
        Meaning::ExternalId => format!("x-{n}"),
        Meaning::Account => of(&["a0", "a1"]),
        Meaning::User | Meaning::Author => of(&["mia@example.com", "noa@example.com"]),
        Meaning::Email => format!("p{n}@example.com"),
        Meaning::Title | Meaning::AccountName | Meaning::UserName | Meaning::Line => of(&["Ada \"A\" O'Neil", "=1+1"]),
        Meaning::Label | Meaning::Industry => of(&["VP, Sales", "Señora 株"]),
        Meaning::Prose => of(&["one\ntwo, \"three\"\n\n=four", "-5 \u{1F980}"]),
        Meaning::Domain => of(&["acme.com", "acme.de"]),
        // The only one that goes with a completion date.
        Meaning::Choice(choices) if choices.code == "goal_status" => "achieved".to_owned(),
        Meaning::Choice(choices) => of(choices.texts),
        Meaning::Number(rule) => rule.text([rule.most, rule.least, 7][n % 3]),
        Meaning::Count | Meaning::Score => of(&["7", "0"]),
        Meaning::Money | Meaning::MoneyText => of(&["1200.50", "0.00"]),
        Meaning::AccountValue => of(&["7", "9"]),
        Meaning::Date if field.past => format!("2026-02-{:02}", n % 28 + 1),
        Meaning::Date => of(&["2026-12-31", "1000-01-01"]),
        Meaning::Instant => of(&["2026-01-01T10:00:00Z", "2019-05-01T10:00:00.250Z"]),
        Meaning::Boolean => of(&["true", "false"]),
        Meaning::Tags => of(&["a, b", "b, Ä"]),
        Meaning::Custom => of(&[r#"{"a":1}"#, r#"{"a":1,"b":[true,null]}"#]),
        Meaning::Attendees => of(&[
            r#"[{"name":"Doe; \"Jo\", Dr.","email":"jo@example.com","role":"CTO"},{"name":"=Ann"}]"#,
            r#"[{"email":"mia@example.com"}]"#,
        ]),
        Meaning::Milestones => of(&[
            r#"[{"title":"Half, \"way\"","target_value":-50.5,"target_date":"2026-06-30","completed_on":"2026-05-01"}]"#,
            r#"[{"title":"=1"},{"title":"株"}]"#,
        ]),
        Meaning::Id => Uuid::from_u128(n as u128 % 2 + 1).to_string(),
        Meaning::Member => unreachable!("{} is not for writing", field.name),
    }
}

/// Something that breaks the rule of the field, and the code it is told by.
pub(crate) fn bad(field: &Field) -> Option<(String, &'static str)> {
    let long = "x".repeat(300);
    Some(match field.meaning {
        Meaning::Account => ("nothing".into(), "unknown_account"),
        Meaning::User | Meaning::Author => ("nobody@example.com".into(), "unknown_user"),
        Meaning::Email => ("nobody".into(), "email"),
        Meaning::Choice(choices) => ("nonsense".into(), choices.code),
        Meaning::Number(rule) => ("a lot".into(), rule.code),
        Meaning::Date => ("2026-02-30".into(), "date"),
        Meaning::Instant => ("2026-01-01T25:00:00Z".into(), "time"),
        Meaning::Attendees => ("[{\"nmae\":\"x\"}]".into(), "attendee_key"),
        Meaning::Milestones => ("[1]".into(), "milestones_json"),
        Meaning::Title => (long, "title_length"),
        _ => return None,
    })
}

pub(crate) fn writable(noun: &'static Noun) -> impl Iterator<Item = &'static Field> {
    noun.fields.iter().filter(|field| field.writable())
}

/// Those that differ between a record's first values and its second.
pub(crate) fn changing(noun: &'static Noun) -> impl Iterator<Item = &'static Field> {
    writable(noun).filter(|field| good(field, 0) != good(field, 1))
}

/// Every field that can be set, with its `n`th good value.
pub(crate) fn full(noun: &'static Noun, n: usize) -> Vec<(String, Option<String>)> {
    writable(noun).map(|field| (field.name.to_owned(), Some(good(field, n)))).collect()
}

/// What a record needs, and what tells it from the others.
pub(crate) fn least(noun: &'static Noun, n: usize) -> Vec<(String, Option<String>)> {
    let needed = |field: &&Field| field.needed() || noun.within == Some(field.name) || field.unique;
    writable(noun).filter(needed).map(|field| (field.name.to_owned(), Some(good(field, n)))).collect()
}

/// A record of any noun, as far as laws look at it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    /// It, or its account.
    pub(crate) archived: bool,
    /// Each field of the noun, as one cell.
    pub(crate) cells: Vec<String>,
}

/// All records, those of archived accounts too, in the order of their ids.
pub(crate) async fn rows(world: &World, noun: &'static Noun) -> Result<Vec<Row>> {
    let cells = |value: &dyn Fn(&Field) -> Value| -> Vec<String> {
        noun.fields.iter().map(|field| field.text(&value(field)).into_owned()).collect()
    };
    if noun.many == ACCOUNT.many {
        let row = |account: &fastenr_core::model::account::Account| Row {
            id: account.id,
            version: account.version,
            archived: account.archived_at.is_some(),
            cells: cells(&|field| account.value(field)),
        };
        return Ok(world.accounts().await?.iter().map(row).collect());
    }
    let order = selection::order(noun, "id").expect("every noun is sorted by id");
    let mut tx = world.db.read().await?;
    let mut all = Vec::new();
    for archived in [Archived::Without, Archived::Only] {
        let chosen = Selection { archived, ..Selection::default() };
        let mut entries = ops::lists::stream::<Entry>(&mut tx, world, noun, &chosen, order)?;
        while let Some(entry) = entries.try_next().await? {
            let archived = archived == Archived::Only;
            let cells = cells(&|field| entry.value(field));
            all.push(Row { id: entry.id(), version: entry.version(), archived, cells });
        }
    }
    all.sort_by_key(|row| row.id);
    Ok(all)
}

/// All of `rows` as an export writes them.
pub(crate) fn export(noun: &'static Noun, rows: &[Row], with: impl Fn(&Field) -> bool) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let fields = || noun.fields.iter().enumerate().filter(|(_, field)| with(field));
    out.write_record(fields().map(|(_, field)| field.name)).expect("memory");
    for row in rows {
        let cells = fields().map(|(place, field)| match field.meaning.is_text() {
            true => guard(&row.cells[place]).into_owned(),
            false => row.cells[place].clone(),
        });
        out.write_record(cells).expect("memory");
    }
    String::from_utf8(out.into_inner().expect("memory")).expect("text")
}

/// What the records and their history look like, without what differs from run to run: ids are called by names.
pub(crate) async fn picture(world: &World, noun: &'static Noun) -> Result<Vec<String>> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for account in world.accounts().await? {
        names.insert(account.id.to_string(), format!("<{}>", account.name));
    }
    for user in ops::users::list(world).await? {
        names.insert(user.id.to_string(), format!("<{}>", user.email));
    }
    let call = |text: String| names.iter().fold(text, |text, (id, name)| text.replace(id, name));
    let mut lines = Vec::new();
    for row in rows(world, noun).await? {
        let fields =
            noun.fields.iter().zip(&row.cells).filter(|(field, _)| !matches!(field.name, "id" | "organization_id"));
        let line: Vec<String> = fields.map(|(field, cell)| format!("{}={cell:?}", field.name)).collect();
        lines.push(call(line.join(" ")));
    }
    if let Some(history) = &noun.history {
        let sql = format!(
            "select h.field, cast(h.effective_on as text), h.kind, h.old_value, h.new_value from {} h \
             where h.organization_id = $1",
            history.table
        );
        type Change = (String, String, String, Option<String>, Option<String>);
        let changes: Vec<Change> = world.db.read().await?.of(&world.scope(), sql).fetch_all().await?;
        lines.extend(changes.into_iter().map(|change| call(format!("{change:?}"))));
    }
    lines.sort();
    Ok(lines)
}
