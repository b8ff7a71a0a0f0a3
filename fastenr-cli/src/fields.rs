//! Which fields are shown, by the names people use for them.

use fastenr_core::model::noun::{Field, Noun, fold_header};
use fastenr_core::ops::nearest;
use fastenr_core::ops::records::custom_keys;
use fastenr_core::{Error, Result};

use crate::app::App;

/// Short table headers for long field names.
const TITLES: [(&str, &str); 9] = [
    ("health_score", "health"),
    ("churn_risk_score", "risk"),
    ("contract_end", "renewal"),
    ("provisional_health_score", "provisional"),
    ("churn_times_usual", "times usual"),
    ("churn_probability", "churn %"),
    ("put_back", "restored"),
    ("brought_back", "recreated"),
    ("left_alone", "not changed"),
];

/// The table header of a field.
pub(crate) fn title(field: &Field) -> String {
    match TITLES.iter().find(|(name, _)| *name == field.name) {
        Some((_, title)) => (*title).to_owned(),
        None if field.name.starts_with("custom.") => field.name["custom.".len()..].to_owned(),
        None if matches!(field.name, "arr" | "nrr" | "grr") => field.name.to_uppercase(),
        None if field.name == "old_arr" => "old ARR".to_owned(),
        None => field.name.replace('_', " "),
    }
}

/// Replaces `custom.*` by the existing custom fields; other names stay.
pub(crate) async fn expand(app: &mut App, noun: &'static Noun, names: &[String]) -> Result<Vec<String>> {
    const ALL: &str = "custom.*";
    if !names.iter().any(|name| name.trim() == ALL) {
        return Ok(names.to_vec());
    }
    let keys = custom_keys(&app.context().await?, noun).await?;
    let mut expanded = Vec::new();
    for name in names {
        match name.trim() {
            ALL => expanded.extend(keys.iter().map(|key| format!("custom.{key}"))),
            other => expanded.push(other.to_owned()),
        }
    }
    Ok(expanded)
}

/// The fields called `names`, in that order; a table's header is a name too, and `custom.KEY` is a custom field.
///
/// # Errors
/// `unknown_field` with the nearest names.
pub(crate) fn choose(noun: &'static Noun, names: &[String]) -> Result<Vec<&'static Field>> {
    names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(|name| find(noun, name)).collect()
}

fn find(noun: &'static Noun, name: &str) -> Result<&'static Field> {
    let by_title = || {
        let folded = fold_header(name);
        let (long, _) = TITLES.iter().find(|(_, title)| *title == folded)?;
        noun.field(long)
    };
    let by_header = || noun.field_by_header(name).or_else(by_title).map(|(_, field)| field);
    noun.member(name).or_else(by_header).ok_or_else(|| {
        let names = || noun.fields.iter().map(|field| field.name);
        let near = nearest(name, names(), 3);
        let hint = if near.is_empty() {
            format!("fields: {}", names().collect::<Vec<_>>().join(", "))
        } else {
            format!("did you mean {}?", near.join(" or "))
        };
        Error::invalid("unknown_field", format!("{} have no field {name:?}", noun.many)).hint(hint)
    })
}

/// The fields with these exact names.
pub(crate) fn named(noun: &'static Noun, names: &[&str]) -> Vec<&'static Field> {
    names.iter().filter_map(|name| noun.field(name)).map(|(_, field)| field).collect()
}

pub(crate) fn all(noun: &'static Noun) -> Vec<&'static Field> {
    noun.fields.iter().collect()
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::account::ACCOUNT;

    use super::*;

    #[test]
    fn names_aliases_and_titles() {
        let names = ["arr", "Renewal Date", "health", "risk", "CSM"].map(str::to_owned);
        let chosen: Vec<&str> = choose(&ACCOUNT, &names).unwrap().iter().map(|field| field.name).collect();
        assert_eq!(chosen, ["arr", "contract_end", "health_score", "churn_risk_score", "owner"]);
        let custom = choose(&ACCOUNT, &["custom.Tier 1".to_owned()]).unwrap();
        assert_eq!((custom[0].name, title(custom[0]).as_str()), ("custom.Tier 1", "Tier 1"));
    }

    #[test]
    fn an_unknown_one_offers_the_nearest() {
        let error = choose(&ACCOUNT, &["helth_score".to_owned()]).unwrap_err();
        assert_eq!(
            (error.code, error.hints.to_string().as_str()),
            ("unknown_field", "did you mean health_score or health_coverage?")
        );
    }
}
