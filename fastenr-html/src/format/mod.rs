//! How numbers, days and moments are written: the same for everybody who looks at a page, and on paper.

mod day;
mod number;

pub use day::{Day, Moment, RenderContext, between};
pub use number::{counted, grouped, money, money_short, percent, signed};

/// A name of a field or of a choice as people read it: `contract_end` is `Contract end`, `arr` is `ARR`.
pub fn label(name: &str) -> String {
    const KNOWN: &[(&str, &str)] = &[
        ("arr", "ARR"),
        ("health_score", "Health"),
        ("churn_risk_score", "Churn risk"),
        ("band", "Health band"),
        ("contract_end", "Renewal date"),
        ("contract_start", "Contract start"),
        ("nps", "NPS"),
        ("csat", "CSAT"),
        ("id", "Id"),
        ("external_id", "External id"),
        ("email", "E-mail"),
        ("parent", "Parent account"),
        ("created_by", "By"),
        ("metric_type", "Measures"),
        ("action_required", "Action required"),
        ("insufficient_data", "Too little data"),
    ];
    if let Some((_, label)) = KNOWN.iter().find(|(known, _)| *known == name) {
        return (*label).to_owned();
    }
    let mut text = name.replace('_', " ").replace("csat ", "CSAT ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// The same within a sentence or a badge: `at risk`.
pub fn word(name: &str) -> String {
    match name {
        "insufficient_data" => "too little data".to_owned(),
        "email" => "e-mail".to_owned(),
        "arr" => "ARR".to_owned(),
        "nps" => "NPS".to_owned(),
        _ => name.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_people() {
        for (name, text) in
            [("contract_end", "Renewal date"), ("auto_renew", "Auto renew"), ("", ""), ("étage", "étage")]
        {
            assert_eq!(label(name), text);
        }
        assert_eq!(word("at_risk"), "at risk");
    }
}
