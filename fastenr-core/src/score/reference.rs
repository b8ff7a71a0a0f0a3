//! The tables of `docs/scoring.md` that the built-in model fills.

use super::curve::{Curve, Points, Ratio};
use super::explain::Amount;
use super::factor::{ChurnFactor, Component, Factor};
use super::model::Model;

/// The generated parts of the reference by name, as Markdown.
pub fn reference() -> Vec<(&'static str, String)> {
    let model = Model::builtin();
    let mut parts: Vec<_> =
        Component::ALL.iter().map(|component| (component.as_str(), component_table(model, *component))).collect();
    parts.push(("churn_risk", churn_table(model)));
    parts.push(("cadence", cadence_table(model)));
    parts.push(("bands", bands_table(model)));
    parts.push(("caps", caps_table(model)));
    parts.push(("floors", floors_table(model)));
    parts.push(("status", status_list(model)));
    parts
}

/// Without idle zeros.
fn short(hundredths: i64) -> String {
    let text = Amount(hundredths).to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn points(points: Points) -> String {
    short(points.0)
}

/// Ten-thousandths, without idle zeros.
fn ratio(ratio: Ratio) -> String {
    let (sign, number) = (if ratio.0 < 0 { "−" } else { "" }, ratio.0.unsigned_abs());
    let text = format!("{sign}{}.{:04}", number / 10_000, number % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn curve(curve: &Curve) -> String {
    let anchors = curve.0.iter().map(|(fact, score)| format!("{}→{}", ratio(*fact), points(*score)));
    anchors.collect::<Vec<_>>().join(" ")
}

/// The scores at 0 days and at the three steps of the cadence.
fn steps(steps: [Points; 4]) -> String {
    let names = ["0 days", "first", "second", "third step"];
    let anchors = names.iter().zip(steps).map(|(name, score)| format!("{name}→{}", points(score)));
    anchors.collect::<Vec<_>>().join(" ")
}

fn component_table(model: &Model, component: Component) -> String {
    let weight = points(model.component_weight(component));
    let mut table = format!(
        "Weight {weight}.\n\n| factor | weight | data | score | missing if | evidence |\n|---|---|---|---|---|---|\n"
    );
    for factor in Factor::ALL.iter().filter(|factor| factor.component() == component) {
        let [reads, missing, evidence] = said(*factor);
        let (weight, score) = (points(model.weight(*factor)), scored(model, *factor));
        table.push_str(&format!("| {factor} | {weight} | {reads} | {score} | {missing} | {evidence} |\n"));
    }
    table
}

/// How the built-in model scores it.
fn scored(model: &Model, factor: Factor) -> String {
    let (usage, support) = (&model.health.product_usage, &model.health.support);
    let (engagement, business) = (&model.health.engagement, &model.health.business);
    match factor {
        Factor::LoginFrequency => {
            let (seat, absolute) = (curve(&usage.login_frequency.per_seat), curve(&usage.login_frequency.absolute));
            format!("per seat: {seat}; without seats: {absolute}")
        }
        Factor::FeatureAdoption => curve(&usage.feature_adoption.curve),
        Factor::SessionDuration => {
            let (ratio, minutes) = (curve(&usage.session_duration.ratio), curve(&usage.session_duration.minutes));
            format!("ratio to the baseline: {ratio}; minutes: {minutes}")
        }
        Factor::UserActivity => curve(&usage.user_activity.curve),
        Factor::Training => curve(&usage.training.curve),
        Factor::TicketVolume => curve(&support.ticket_volume.curve),
        Factor::TicketSeverity => {
            let numbers = &support.ticket_severity;
            let (urgent, escalated) = (points(numbers.urgent), points(numbers.escalated));
            format!(
                "100 minus {urgent} per urgent and {escalated} per escalated ticket; these penalties are divided by s and halve every {} days",
                numbers.half_life
            )
        }
        Factor::ResolutionTime => {
            let numbers = &support.resolution_time;
            format!("target {} hours: {}", ratio(numbers.target_hours), curve(&numbers.curve))
        }
        Factor::Csat => {
            format!(
                "with {} additional answers at the organization's mean: {}",
                support.csat.prior,
                curve(&support.csat.curve)
            )
        }
        Factor::MeetingFrequency => steps(engagement.meeting_frequency.steps),
        Factor::ResponseRate => curve(&engagement.response_rate.curve),
        Factor::Outcomes => {
            let numbers = &engagement.outcomes;
            let (positive, neutral) = (points(numbers.positive), points(numbers.neutral));
            let (action, negative) = (points(numbers.action_required), points(numbers.negative));
            format!(
                "positive {positive}, neutral {neutral}, action_required {action}, negative {negative}; the weight of an outcome halves every {} days",
                numbers.half_life
            )
        }
        Factor::Stakeholders => {
            let numbers = &engagement.stakeholders;
            let (key, single) = (points(numbers.single_key), points(numbers.single));
            let (none, one, both) = (points(numbers.no_key), points(numbers.one_key), points(numbers.both_keys));
            format!(
                "one person {single}, in a key role {key}; more people {none}, with one key role {one}, with both {both}"
            )
        }
        Factor::ContractValue => {
            let numbers = &business.contract_value;
            format!("{} + {} × rank", points(numbers.base), points(numbers.span))
        }
        Factor::Payment => curve(&business.payment.curve),
        Factor::Expansion => {
            let numbers = &business.expansion;
            let (bonus, malus) = (points(numbers.bonus), points(numbers.malus));
            let (from, below) = (ratio(numbers.bonus_from), ratio(numbers.malus_below));
            format!("{}; +{bonus} from {from} active users per seat, −{malus} below {below}", curve(&numbers.curve))
        }
        Factor::Renewal => {
            let numbers = &business.renewal;
            let (committed, likely) = (points(numbers.committed), points(numbers.likely));
            let (risk, churn) = (points(numbers.at_risk), points(numbers.will_churn));
            let (auto, past) = (points(numbers.auto_renewing), points(numbers.overdue));
            format!(
                "committed {committed}, likely {likely}, at_risk {risk}, will_churn {churn}; otherwise auto-renewing {auto}; otherwise days to the end {}, after the end {past}",
                curve(&numbers.days)
            )
        }
    }
}

/// What it reads, when it is missing, and the grade of the evidence.
const fn said(factor: Factor) -> [&'static str; 3] {
    match factor {
        Factor::LoginFrequency => [
            "logins per week: 7 × logins in 28 days / days covered, divided by the seats if they are known",
            "fewer than 14 days covered; no rows ever; feed not active",
            "C",
        ],
        Factor::FeatureAdoption => {
            ["mean `feature_adoption_score` of 28 days, in percent", "no rows ever; feed not active", "A"]
        }
        Factor::SessionDuration => [
            "mean `session_minutes` of 28 days, divided by the mean of the 84 days before (baseline); the minutes themselves if the baseline covers fewer than 28 days",
            "no rows ever; feed not active",
            "C, baseline D",
        ],
        Factor::UserActivity => ["latest `active_users` in 28 days / seats", "no seats; no data; feed not active", "A"],
        Factor::Training => ["latest `training_completion_rate`, in percent; does not expire", "no data", "D"],
        Factor::TicketVolume => [
            "tickets in 30 days per 100 seats (at least 100 seats)",
            "feed not active, or younger than 30 days",
            "A, first anchor D",
        ],
        Factor::TicketSeverity => [
            "urgent and escalated tickets in 90 days",
            "no data; feed not active, or younger than 30 days",
            "windows A, penalties D",
        ],
        Factor::ResolutionTime => [
            "mean hours to resolution in 90 days, weighted by resolved tickets, divided by the target",
            "fewer than 3 resolved tickets",
            "B, anchors D",
        ],
        Factor::Csat => ["satisfied answers in 90 days, in percent, weighted by answers", "no answers", "C, draw D"],
        Factor::MeetingFrequency => [
            "days since the last meeting, call, demo or training, on the steps of the cadence",
            "no such engagement ever; no cadence for the size",
            "A",
        ],
        Factor::ResponseRate => [
            "share of the outbound e-mails sent 67 to 7 days ago that were answered within 7 days",
            "fewer than 3 e-mails sent",
            "D",
        ],
        Factor::Outcomes => ["outcomes in 180 days", "no outcomes", "A, values B"],
        Factor::Stakeholders => [
            "customer contacts met in 90 days; key roles are champion and decision_maker",
            "no customer contacts met; no contact has a role",
            "A",
        ],
        Factor::ContractValue => [
            "rank of the ARR among accounts of the same size, 0 to 1",
            "no ARR; fewer than 20 such accounts; churned",
            "B, scale D",
        ],
        Factor::Payment => ["days past due", "not past due, and no payment data for any account", "C"],
        Factor::Expansion => [
            "ARR / ARR 12 months ago − 1",
            "no ARR or an ARR of 0, now or then; account younger than 3 months",
            "A, anchors B",
        ],
        Factor::Renewal => [
            "`renewal_stage`, `auto_renew`, days to `contract_end`",
            "stage unknown and no renewal date, or one too long ago",
            "A, values B",
        ],
    }
}

fn churn_table(model: &Model) -> String {
    let churn = &model.churn;
    let rows = ChurnFactor::ALL.iter().map(|factor| {
        let (risk, missing, evidence) = match factor {
            ChurnFactor::DecliningHealth => (
                format!("100 − health; points lost from the mean of 60 to 90 days ago to the mean of the last 14 days: {}", curve(&churn.declining_health.trend)),
                "insufficient data for health, and no trend",
                "B, trend C",
            ),
            ChurnFactor::ReducedEngagement => (
                format!(
                    "days since the last touch, on the steps of the cadence: {}; decrease of touches in 90 days from the 90 days before (at least {}): {}; \
                     days from the last use to the latest day of the usage feed, after {} days of use: {}",
                    steps(churn.reduced_engagement.steps), churn.reduced_engagement.least, curve(&churn.reduced_engagement.fall),
                    churn.reduced_engagement.stopped_after, curve(&churn.reduced_engagement.stopped)
                ),
                "no engagement ever, and no use or too little",
                "A, anchors B",
            ),
            ChurnFactor::SupportEscalations => (
                format!(
                    "an urgent or escalated ticket within 7 days {}, 30 days {}, 90 days {}, divided by s; share of escalated tickets in 90 days (of at least {}): {}",
                    points(churn.support_escalations.within_7_days),
                    points(churn.support_escalations.within_30_days),
                    points(churn.support_escalations.within_90_days),
                    churn.support_escalations.least,
                    curve(&churn.support_escalations.share)
                ),
                "no data; feed not active, or younger than 30 days",
                "A, anchors B",
            ),
            ChurnFactor::ContractPayment => (
                format!(
                    "days to the end of the contract: {}, after the end {}; days past due: {}",
                    curve(&churn.contract_payment.renewal), points(churn.contract_payment.overdue), curve(&churn.contract_payment.past_due)
                ),
                "no renewal date and no payment data",
                "A, anchors B",
            ),
            ChurnFactor::Competitive => (
                format!(
                    "1 − Π (1 − signal): mention {}, evaluation {}, pilot {}, decision {}, each halved every {} days",
                    ratio(churn.competitive.mention), ratio(churn.competitive.evaluation), ratio(churn.competitive.pilot),
                    ratio(churn.competitive.decision), churn.competitive.half_life
                ),
                "no competitor signals",
                "B, values D",
            ),
        };
        format!("| {factor} | {} | {risk} | {missing} | {evidence} |\n", points(model.churn_weight(*factor)))
    });
    let head = "| factor | weight | risk: the highest of | missing if | evidence |\n|---|---|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}

fn cadence_table(model: &Model) -> String {
    let touch = &model.touch;
    let sizes = [
        ("startup", &touch.startup),
        ("small", &touch.small),
        ("medium", &touch.medium),
        ("large", &touch.large),
        ("enterprise", &touch.enterprise),
        ("unknown", &touch.unknown),
    ];
    let rows = sizes.iter().map(|(size, days)| match days.as_slice() {
        [first, second, third] => format!("| {size} | {first} | {second} | {third} |\n"),
        _ => format!("| {size} | – | – | – |\n"),
    });
    "| size | first step | second step | third step |\n|---|---|---|---|\n".to_owned() + &rows.collect::<String>()
}

fn bands_table(model: &Model) -> String {
    let (health, churn) = (&model.bands, &model.churn_bands);
    format!(
        "| health | from | | churn risk | from |\n|---|---|---|---|---|\n\
         | healthy | {} | | severe | {} |\n| moderate | {} | | high | {} |\n| concern | {} | | medium | {} |\n\
         | critical | 0 | | low | 0 |\n",
        health.healthy, churn.severe, health.moderate, churn.high, health.concern, churn.medium
    )
}

fn caps_table(model: &Model) -> String {
    let caps = &model.caps;
    let rows = [
        ("champion_left", "a champion left within 180 days and no other is active".to_owned(), caps.champion_left),
        ("urgent_ticket", "an urgent ticket is open".to_owned(), caps.urgent_ticket),
        (
            "weak_component",
            format!(
                "a component at {} or below, with data for at least half of its weight; not while onboarding",
                points(caps.weak_from)
            ),
            caps.weak_component,
        ),
        (
            "sentiment_red",
            "the sentiment is red, with a reason, and at most 120 days old".to_owned(),
            caps.sentiment_red,
        ),
    ];
    let rows = rows.map(|(name, when, most)| format!("| {name} | {when} | {} |\n", points(most)));
    "| cap | when | health at most |\n|---|---|---|\n".to_owned() + &rows.concat()
}

fn floors_table(model: &Model) -> String {
    let floors = &model.floors;
    let overdue = model.churn.contract_payment.overdue_days;
    let rows = [
        ("will_churn", "renewal stage will_churn".to_owned(), floors.will_churn),
        ("past_due", format!("more than {} days past due", floors.past_due_days), floors.past_due),
        ("at_risk", "renewal stage at_risk".to_owned(), floors.at_risk),
        (
            "champion_left",
            format!(
                "as for the cap, and the contract ends within {} days or ended at most {overdue} days ago",
                floors.renewal_days
            ),
            floors.champion_left,
        ),
    ];
    let rows = rows.map(|(name, when, least)| format!("| {name} | {when} | {} |\n", points(least)));
    "| floor | when | churn risk at least |\n|---|---|---|\n".to_owned() + &rows.concat()
}

fn status_list(model: &Model) -> String {
    let rule = &model.status;
    format!(
        "- active → at_risk: health below {}, or churn risk {} or above.\n\
         - at_risk → active: health {} or above, and churn risk below {}.\n",
        rule.at_risk_health, rule.at_risk_churn, rule.back_health, rule.back_churn
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// `UPDATE_DOCS=1` writes the generated parts.
    #[test]
    fn the_document_has_the_numbers_of_the_model() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scoring.md");
        let kept = fs::read_to_string(path).unwrap();
        let mut document = kept.clone();
        for (name, text) in reference() {
            let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->\n"));
            let from = document.find(&begin).unwrap_or_else(|| panic!("docs/scoring.md lacks {name}")) + begin.len();
            let to = document.find(&end).unwrap_or_else(|| panic!("docs/scoring.md does not end {name}"));
            document.replace_range(from..to, &text);
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(path, &document).unwrap();
        } else {
            assert!(kept == document, "run `UPDATE_DOCS=1 cargo test -p fastenr-core score::reference`");
        }
    }
}
