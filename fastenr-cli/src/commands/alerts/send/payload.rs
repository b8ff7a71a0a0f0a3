//! The body of a message: JSON as in Standard Webhooks, or a message for Slack.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::score::alerts::Severity;
use fastenr_core::view::record;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::post::Message;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// JSON object with type, timestamp and data (Standard Webhooks).
    #[default]
    Json,
    /// Text and blocks, for a Slack incoming webhook.
    Slack,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Grouping {
    /// One message with all alerts.
    #[default]
    All,
    /// One message per owner, and one for accounts without an owner.
    Owner,
    /// One message per alert.
    None,
}

/// Whose alerts a message has.
#[derive(Debug, Clone, Copy)]
enum Audience<'a> {
    One,
    Everybody,
    /// None: the accounts have no owner.
    Owner(Option<&'a (String, String)>),
}

/// A message, and its alerts.
#[derive(Debug)]
pub(super) struct Delivery<'a> {
    pub(super) message: Message,
    pub(super) alerts: Vec<&'a Alert>,
}

/// Slack refuses messages of more than 50 blocks.
const MOST_BLOCKS: usize = 45;
/// Slack refuses texts of more than 3,000 characters.
const LONGEST: usize = 600;

/// One message with all alerts, one for each owner, or one for each alert.
pub(super) fn parcels(alerts: &[Alert], shape: Shape, digest: Grouping, now: DateTime<Utc>) -> Vec<Delivery<'_>> {
    match digest {
        Grouping::None => alerts.iter().map(|alert| parcel(vec![alert], Audience::One, shape, now)).collect(),
        Grouping::All if alerts.is_empty() => Vec::new(),
        Grouping::All => vec![parcel(alerts.iter().collect(), Audience::Everybody, shape, now)],
        Grouping::Owner => {
            let mut owners: BTreeMap<Option<&(String, String)>, Vec<&Alert>> = BTreeMap::new();
            for alert in alerts {
                owners.entry(owner(alert)).or_default().push(alert);
            }
            let digest = |(owner, alerts)| parcel(alerts, Audience::Owner(owner), shape, now);
            owners.into_iter().map(digest).collect()
        }
    }
}

fn owner(alert: &Alert) -> Option<&(String, String)> {
    alert.account.as_ref()?.owner.as_ref()
}

fn parcel<'a>(alerts: Vec<&'a Alert>, of: Audience<'_>, shape: Shape, now: DateTime<Utc>) -> Delivery<'a> {
    let body = match shape {
        Shape::Json => plain(&alerts, of, now),
        Shape::Slack => slack(&alerts, of),
    };
    Delivery { message: Message { id: id(&alerts), body: body.to_string() }, alerts }
}

/// The same alerts in the same state give the same message id, so that a receiver can recognize a repeat.
fn id(alerts: &[&Alert]) -> String {
    let mut hash = Sha256::new();
    for alert in alerts {
        hash.update(format!("{} {}\n", alert.id, alert.fired_on));
    }
    let hex: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{hex}")
}

fn fields(alert: &Alert) -> Json {
    Json::Object(record(ALERT.fields, |field| alert.value(field)))
}

fn plain(alerts: &[&Alert], of: Audience<'_>, now: DateTime<Utc>) -> Json {
    let timestamp = now.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let all = || alerts.iter().map(|alert| fields(alert)).collect::<Vec<Json>>();
    let (kind, data) = match (of, alerts) {
        (Audience::One, [alert]) => ("alert.fired", fields(alert)),
        (Audience::Owner(owner), _) => {
            let owner = owner.map_or(Json::Null, |(email, name)| json!({"email": email, "name": name}));
            ("alerts.digest", json!({"owner": owner, "alerts": all()}))
        }
        _ => ("alerts.digest", json!({"alerts": all()})),
    };
    json!({"type": kind, "timestamp": timestamp, "data": data})
}

/// One line of Slack's own markup.
fn line(alert: &Alert) -> String {
    let mark = match alert.severity {
        Severity::Critical => ":red_circle:",
        Severity::Warning => ":large_yellow_circle:",
        Severity::Info => ":white_circle:",
    };
    let about = alert.account.as_ref().map_or(alert.topic.as_str(), |account| account.name.as_str());
    format!("{mark} *{}*: {}", escaped(about), escaped(&alert.message))
}

/// Slack reads three characters as its own.
fn escaped(text: &str) -> String {
    let short: String = text.chars().take(LONGEST).collect();
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

fn slack(alerts: &[&Alert], of: Audience<'_>) -> Json {
    let section = |text: String| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
    let lines = alerts.iter().take(MOST_BLOCKS).map(|alert| line(alert));
    let count = alerts.len();
    let what = if count == 1 { "alert" } else { "alerts" };
    let headline = match of {
        Audience::One => {
            let text = lines.collect::<Vec<_>>().join("\n");
            return json!({"text": text, "blocks": [section(text.clone())]});
        }
        Audience::Everybody => format!("{count} {what}"),
        Audience::Owner(Some((_, name))) => format!("{count} {what} for {}", escaped(name)),
        Audience::Owner(None) => format!("{count} {what} without an owner"),
    };
    let mut blocks = vec![section(format!("*{headline}*"))];
    blocks.extend(lines.map(section));
    if count > MOST_BLOCKS {
        blocks.push(section(format!("and {} more: `fastenr alerts list`", count - MOST_BLOCKS)));
    }
    json!({"text": headline, "blocks": blocks})
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::alert::{AlertAccount, AlertState};
    use fastenr_core::score::alerts::Rule;

    use super::*;

    fn alert(n: u8, owner: Option<&str>) -> Alert {
        let at: DateTime<Utc> = "2026-03-01T07:00:00Z".parse().unwrap();
        Alert {
            id: format!("00000000-0000-7000-8000-0000000000{n:02x}").parse().unwrap(),
            state: AlertState::Open,
            severity: Severity::Warning,
            rule: Rule::HealthDrop,
            level: 1,
            account: Some(AlertAccount {
                id: "00000000-0000-7000-8000-000000000fff".parse().unwrap(),
                external_id: Some("A-1".into()),
                name: "Bolt & <Sons>".into(),
                arr: Some(5_000_050),
                owner: owner.map(|name| (format!("{name}@example.com"), name.to_owned())),
            }),
            topic: String::new(),
            message: "health fell from 72 to 58 in 7 days".into(),
            opened_on: at.date_naive(),
            opened_at: at,
            fired_on: at.date_naive(),
            acknowledged: None,
            snoozed: None,
            resolved: None,
            sent_at: None,
            held_by: None,
        }
    }

    fn bodies(alerts: &[Alert], shape: Shape, digest: Grouping) -> Vec<Json> {
        let now = "2026-03-02T07:00:00Z".parse().unwrap();
        let parcels = parcels(alerts, shape, digest, now);
        parcels.iter().map(|parcel| serde_json::from_str(&parcel.message.body).unwrap()).collect()
    }

    #[test]
    fn one_each() {
        let alerts = [alert(1, Some("jo")), alert(2, None)];
        let bodies = bodies(&alerts, Shape::Json, Grouping::None);
        assert_eq!(bodies.len(), 2);
        let body = &bodies[0];
        assert_eq!((&body["type"], &body["timestamp"]), (&json!("alert.fired"), &json!("2026-03-02T07:00:00Z")));
        assert_eq!(body["data"]["account"], "A-1");
        assert_eq!(body["data"]["owner"], "jo@example.com");
        assert_eq!(body["data"]["arr"].to_string(), "50000.5");
        assert_eq!(body["data"]["message"], "health fell from 72 to 58 in 7 days");
    }

    #[test]
    fn one_for_each_owner() {
        let alerts = [alert(1, Some("jo")), alert(2, None), alert(3, Some("ann")), alert(4, Some("jo"))];
        let found = bodies(&alerts, Shape::Json, Grouping::Owner);
        let told: Vec<(String, usize)> = found
            .iter()
            .map(|body| (body["data"]["owner"]["name"].to_string(), body["data"]["alerts"].as_array().unwrap().len()))
            .collect();
        assert_eq!(told, [("null".into(), 1), ("\"ann\"".into(), 1), ("\"jo\"".into(), 2)]);
        let slack = bodies(&alerts, Shape::Slack, Grouping::Owner);
        assert_eq!(slack[0]["text"], "1 alert without an owner");
        assert_eq!(slack[2]["text"], "2 alerts for jo");
        assert_eq!(slack[2]["blocks"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn one_with_all() {
        let alerts = [alert(1, Some("jo")), alert(2, None)];
        let found = bodies(&alerts, Shape::Json, Grouping::All);
        assert_eq!((found.len(), &found[0]["type"]), (1, &json!("alerts.digest")));
        assert_eq!(found[0]["data"]["alerts"].as_array().unwrap().len(), 2);
        assert_eq!(bodies(&alerts, Shape::Slack, Grouping::All)[0]["text"], "2 alerts");
        assert_eq!(bodies(&[], Shape::Json, Grouping::All), [] as [Json; 0]);
    }

    #[test]
    fn slack_reads_no_markup_of_others() {
        let body = &bodies(&[alert(1, None)], Shape::Slack, Grouping::None)[0];
        let text = ":large_yellow_circle: *Bolt &amp; &lt;Sons&gt;*: health fell from 72 to 58 in 7 days";
        assert_eq!(body["text"], text);
        assert_eq!(body["blocks"][0]["text"], json!({"type": "mrkdwn", "text": text}));
    }

    #[test]
    fn slack_takes_fifty_blocks() {
        let alerts: Vec<Alert> = (0..200).map(|n| alert(n, None)).collect();
        let body = &bodies(&alerts, Shape::Slack, Grouping::Owner)[0];
        let blocks = body["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), 47);
        assert_eq!(blocks[46]["text"]["text"], "and 155 more: `fastenr alerts list`");
    }

    #[test]
    fn the_same_alerts_are_the_same_message() {
        let now = "2026-03-02T07:00:00Z".parse().unwrap();
        let later = "2026-03-03T07:00:00Z".parse().unwrap();
        let (once, mut worse) = ([alert(1, None)], [alert(1, None)]);
        let id = |alerts: &[Alert], now| parcels(alerts, Shape::Json, Grouping::None, now)[0].message.id.clone();
        assert_eq!(id(&once, now), id(&once, later));
        worse[0].fired_on = worse[0].fired_on.succ_opt().unwrap();
        assert_ne!(id(&once, now), id(&worse, now));
        assert!(id(&once, now).starts_with("msg_") && id(&once, now).len() == 36);
    }
}
