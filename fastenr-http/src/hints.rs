//! What an error offers to whoever asked: names only to callers who could list them, and what they can do as parameters, members
//! and paths of the API.

use std::sync::Arc;

use fastenr_core::error::{Call, Edge, GivenSetting, Setting, SettingValue, Verb as Way};
use fastenr_core::model::api_key::ApiKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::endpoint::{Noun, Rules, Verb};

/// Who asked, and for what.
#[derive(Clone)]
struct Requester {
    /// None where nobody is asked for one.
    key: Option<Arc<ApiKey>>,
    rules: Arc<Rules>,
}

tokio::task_local! {
    /// The request that the calling task answers.
    static ASKED: Option<Requester>;
}

/// Runs an answer of this endpoint to whoever has this key.
pub(crate) async fn within<F: Future>(key: Option<Arc<ApiKey>>, rules: &Arc<Rules>, answer: F) -> F::Output {
    ASKED.scope(Some(Requester { key, rules: Arc::clone(rules) }), answer).await
}

/// Work that another task does for the caller of this one.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    ASKED.scope(asked(), work)
}

fn asked() -> Option<Requester> {
    ASKED.try_with(Clone::clone).unwrap_or_default()
}

/// Whether the caller may be told names of what an error with this code is about.
pub(crate) fn may_name(code: &str) -> bool {
    match (asked().and_then(|asked| asked.key), noun_of(code)) {
        (Some(key), Some(noun)) => key.check(noun, Verb::Read).is_ok(),
        _ => true,
    }
}

/// As in `unknown_account`, `ambiguous_user`.
fn noun_of(code: &str) -> Option<Noun> {
    let (_, one) = code.split_once('_')?;
    Some(match one {
        "account" => Noun::Accounts,
        "contact" => Noun::Contacts,
        "engagement" | "attachment" => Noun::Engagements,
        "goal" => Noun::Goals,
        "metric" => Noun::Metrics,
        "model" => Noun::Health,
        "alert" => Noun::Alerts,
        "operation" => Noun::Operations,
        "segment" => Noun::Segments,
        "user" => Noun::Users,
        _ => return None,
    })
}

/// What the caller of this task can do. Whoever looks at a page does it there.
pub(crate) fn edge() -> Api {
    Api(asked().map(|asked| asked.rules).filter(|rules| !rules.page))
}

/// The edge of the API, for the callers of one endpoint.
pub(crate) struct Api(Option<Arc<Rules>>);

impl Edge for Api {
    fn setting(&self, given: &GivenSetting) -> Option<String> {
        let rules = self.0.as_ref()?;
        let name = given.setting.as_str();
        if rules.query.iter().any(|known| known == name) {
            return Some(format!("`{}`", parameter(given)));
        }
        let is_member = rules.members.iter().any(|known| known == name);
        is_member.then(|| format!("`{}`", member(given)))
    }

    fn call(&self, call: &Call) -> Option<String> {
        self.0.as_ref()?;
        let Path { method, path, body } = path_of(call.verb)?;
        let path = match (path.split_once("{id}"), &call.record) {
            (None, _) => path.to_owned(),
            (Some((before, after)), Some(record)) => {
                format!("{before}{}{after}", utf8_percent_encode(record, SEGMENT))
            }
            (Some(_), None) => return None,
        };
        // The API asks nobody.
        let settings = call.settings.iter().filter(|given| given.setting != Setting::Yes);
        if method == "GET" || path.starts_with("/api/imports/") {
            let query: Vec<String> = settings.map(|given| parameter(&switched_on(given))).collect();
            let mark = if query.is_empty() { "" } else { "?" };
            return Some(format!("`{method} {path}{mark}{}`", query.join("&")));
        }
        let members: Vec<String> = body.map(str::to_owned).into_iter().chain(settings.map(body_member)).collect();
        let with = if members.is_empty() { String::new() } else { format!(" with `{}`", members.join(", ")) };
        Some(format!("`{method} {path}`{with}"))
    }
}

/// `map=My%20column=`: what stands behind the first equals sign is the value.
fn parameter(given: &GivenSetting) -> String {
    match &given.value {
        None => given.setting.to_string(),
        Some(value) => format!("{}={}", given.setting, utf8_percent_encode(&value.to_string(), QUERY)),
    }
}

/// `"status": "at_risk"`.
fn member(given: &GivenSetting) -> String {
    match &given.value {
        Some(SettingValue::Exact(value)) => format!("\"{}\": {}", given.setting, serde_json::json!(value)),
        _ => given.setting.to_string(),
    }
}

/// In another call, what has no value is switched on.
fn switched_on(given: &GivenSetting) -> GivenSetting {
    if given.value.is_some() { given.clone() } else { given.setting.is(true) }
}

fn body_member(given: &GivenSetting) -> String {
    match given.value {
        None => format!("\"{}\": true", given.setting),
        Some(_) => member(given),
    }
}

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
const QUERY: &AsciiSet = &SEGMENT.remove(b'=').remove(b',').remove(b':').remove(b'/');

struct Path {
    method: &'static str,
    path: &'static str,
    /// What the body has to say besides.
    body: Option<&'static str>,
}

/// The path that does it; none where the API does not.
fn path_of(verb: Way) -> Option<Path> {
    let body = match verb {
        Way::AccountsBulkArchive => Some("\"action\": \"archive\""),
        Way::AccountsBulkRestore => Some("\"action\": \"restore\""),
        _ => None,
    };
    let (method, path) = match verb {
        Way::AccountsBulkArchive | Way::AccountsBulkRestore => ("POST", "/api/bulk/accounts"),
        Way::AccountsExport | Way::AccountsList => ("GET", "/api/accounts"),
        Way::AccountsRestore => ("POST", "/api/accounts/{id}/restore"),
        Way::AccountsUpdate => ("PUT", "/api/accounts/{id}"),
        Way::AlertsList => ("GET", "/api/alerts"),
        Way::ContactsList => ("GET", "/api/contacts"),
        Way::ContactsUpdate => ("PUT", "/api/contacts/{id}"),
        Way::EngagementsAttachments => ("GET", "/api/engagements/{id}/attachments"),
        Way::EngagementsDelete => ("DELETE", "/api/engagements/{id}"),
        Way::EngagementsImport => ("POST", "/api/imports/engagements"),
        Way::EngagementsExport | Way::EngagementsList => ("GET", "/api/engagements"),
        Way::EngagementsUpdate => ("PUT", "/api/engagements/{id}"),
        Way::GoalsExport | Way::GoalsList => ("GET", "/api/goals"),
        Way::GoalsUpdate => ("PUT", "/api/goals/{id}"),
        Way::HealthHistory => ("GET", "/api/accounts/{id}/health/history"),
        Way::MetricsImport => ("POST", "/api/imports/metrics"),
        Way::MetricsExport | Way::MetricsList => ("GET", "/api/metrics"),
        Way::ModelList => ("GET", "/api/models"),
        Way::ModelShow => ("GET", "/api/models/{id}"),
        Way::OperationsList => ("GET", "/api/operations"),
        Way::OperationsUndo => ("POST", "/api/operations/{id}/undo"),
        Way::PeopleFind => ("GET", "/api/people/{id}"),
        Way::SegmentsCreate => ("POST", "/api/segments"),
        Way::SegmentsDelete => ("DELETE", "/api/segments/{id}"),
        Way::SegmentsList => ("GET", "/api/segments"),
        Way::SegmentsUpdate => ("PUT", "/api/segments/{id}"),
        Way::TasksExport | Way::TasksList => ("GET", "/api/tasks"),
        Way::TasksUpdate => ("PUT", "/api/tasks/{id}"),
        Way::TeamList => ("GET", "/api/team"),
        Way::UsersList => ("GET", "/api/users"),
        Way::DbCheck
        | Way::DbCopy
        | Way::DbMigrate
        | Way::KeysCreate
        | Way::KeysList
        | Way::DbVacuum
        | Way::ModelUse
        | Way::OrganizationsUpdate
        | Way::UsersCreate
        | Way::UsersDeactivate
        | Way::UsersUpdate => return None,
    };
    Some(Path { method, path, body })
}

#[cfg(test)]
mod tests {
    use fastenr_core::error::Text;
    use fastenr_core::say;

    use super::*;

    fn api(query: &[&'static str], members: &[&str]) -> Api {
        let members = members.iter().map(|name| (*name).to_owned()).collect();
        let query = query.iter().map(|name| (*name).into()).collect();
        Api(Some(Arc::new(Rules { query, members, ..Rules::default() })))
    }

    #[test]
    fn what_an_endpoint_takes_is_offered() {
        let import = api(&["map", "allow_id_changes"], &[]);
        let bulk = api(&[], &["status", "set"]);
        let no_way = Api(None);
        for (text, of_import, of_bulk) in [
            (say!("use {}", Setting::AllowIdChanges), Some("use `allow_id_changes`"), None),
            (say!("use {}", Setting::Map.is("My CSM & co=")), Some("use `map=My%20CSM%20%26%20co=`"), None),
            (say!("use {}", Setting::Status.is("at_risk")), None, Some(r#"use `"status": "at_risk"`"#)),
            (say!("use {}", Setting::Set.like("FIELD=VALUE")), None, Some("use `set`")),
            (say!("act as {}", Setting::User.like("EMAIL")), None, None),
        ] {
            assert_eq!(text.at(&import).as_deref(), of_import);
            assert_eq!(text.at(&bulk).as_deref(), of_bulk);
            assert_eq!(text.at(&no_way), None);
        }
    }

    #[test]
    fn calls_are_paths() {
        let edge = api(&[], &[]);
        for (text, written) in [
            (Text::from(Way::UsersList), Some("`GET /api/users`")),
            (Way::AccountsList.with(Setting::Search.like("TEXT")).into(), Some("`GET /api/accounts?search=TEXT`")),
            (Way::SegmentsDelete.on("top 10/b").into(), Some("`DELETE /api/segments/top%2010%2Fb`")),
            (
                Way::GoalsUpdate.on("G-1").with(Setting::StartedOn.like("DATE")).into(),
                Some("`PUT /api/goals/G-1` with `started_on`"),
            ),
            (
                Way::AccountsBulkArchive.with(Setting::All).with(Setting::Yes).into(),
                Some(r#"`POST /api/bulk/accounts` with `"action": "archive", "all": true`"#),
            ),
            (
                Way::EngagementsImport.on("FILE.ics").with(Setting::DryRun).into(),
                Some("`POST /api/imports/engagements?dry_run=true`"),
            ),
            (Way::ModelShow.into(), None),
            (Way::DbMigrate.into(), None),
        ] {
            assert_eq!(text.at(&edge).as_deref(), written);
        }
        assert_eq!(Text::from(Way::UsersList).at(&Api(None)), None);
    }

    #[test]
    fn every_path_is_there() {
        let endpoints = crate::endpoints();
        for path in Way::ALL.iter().filter_map(|verb| path_of(*verb)) {
            let is_there = |it: &crate::endpoint::Endpoint| it.method.as_str() == path.method && it.path == path.path;
            assert!(endpoints.iter().any(is_there), "{} {}", path.method, path.path);
        }
    }
}
