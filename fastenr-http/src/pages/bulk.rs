//! `/dashboard/bulk/…`: many records at once: which, what, a preview, and exactly what the preview has shown, or nothing.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use fastenr_core::Error;
use fastenr_core::error::Kind as ErrorKind;
use fastenr_core::import::request::Preview;
use fastenr_core::model::noun::{Meaning, Noun as Records};
use fastenr_core::model::nouns::NOUNS;
use fastenr_core::ops::bulk::{self, BulkAction, Report, Request, RowChange};
use fastenr_core::ops::{extent, selection};
use fastenr_core::view::bulk::{BulkAnswer, BulkReport};
use fastenr_html::form::draw;
use fastenr_html::format::{counted, grouped, label, word};
use fastenr_html::link;
use fastenr_html::page::{BulkChangeRow, BulkField, BulkFieldGroup, BulkPage, BulkPreviewPage, BulkSelection};
use fastenr_html::part::{BulkBar, Crumb};
use serde_json::json;

use super::accounts::total;
use super::edit::look_up;
use super::fields::{self, Fields, IDEMPOTENCY_KEY, Mistakes};
use super::filters::Layout;
use super::operations::running;
use super::request::{PageRequest, shown};
use super::{answer, row};
use crate::bulk::{MOST, lines, takes_away};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::long::{Work, WorkOutcome};
use crate::params::{Pairs, Parameter, RemainingParameters, Style};
use crate::reply::{self, Answer, OPERATION};
use crate::{Problem, filters, schema};

/// A noun whose records can be changed many at once.
#[derive(Clone, Copy)]
struct Kind {
    noun: &'static Records,
    scope: Noun,
}

pub(super) fn rows() -> Vec<Endpoint> {
    let kinds = NOUNS.iter().filter(|noun| !noun.bulk.is_empty());
    kinds.filter_map(|noun| Some(of_kind(Kind { noun, scope: noun.scope? }))).flatten().collect()
}

fn of_kind(kind: Kind) -> Vec<Endpoint> {
    let path = path(kind.noun);
    let ids = Parameter::new("ids", schema::array(schema::words()).max_items(Some(MOST)), "Ids of the records.");
    let all = Parameter::new("all", schema::boolean(), "All records, without a filter and ids.");
    let write = (kind.scope, Verb::Write);
    vec![
        row::page(&path, "Change many records", kind.scope, move |request, query| choose(kind, request, query))
            .of("pages", kind.scope, Verb::Write)
            .takes(filters::noun_filters(kind.noun))
            .takes([ids.style(Style::Commas), all]),
        // As long as it takes.
        row::form(&path, "Preview of a change of many records", write, move |request, fields| {
            preview(kind, request, fields)
        })
        .imports(),
        row::form(&format!("{path}/apply"), "Change many records as previewed", write, move |request, work, fields| {
            apply(kind, request, work, fields)
        }),
    ]
}

fn path(noun: &Records) -> String {
    format!("/dashboard/bulk/{}", noun.many)
}

const ARCHIVED: &str = "archived";

fn is_archived(pairs: &Pairs) -> bool {
    pairs.iter().any(|(name, text)| name == ARCHIVED && text == "true")
}

/// What the list of a noun has below it, where the caller may change its records.
pub(super) fn bar(
    request: &PageRequest,
    noun: &'static Records,
    filters: &Pairs,
    total: String,
    is_empty: bool,
) -> Option<BulkBar> {
    let may = noun.scope.is_some_and(|scope| request.can().write(scope) && request.can().read(scope));
    // Records of archived accounts rest with them.
    let rests = is_archived(filters) && noun.account().is_some();
    if !may || is_empty || rests || noun.bulk.is_empty() {
        return None;
    }
    let all = if filters.is_empty() { vec![("all".to_owned(), "true".to_owned())] } else { filters.clone() };
    Some(BulkBar {
        path: path(noun),
        kept: filters.iter().filter(|(name, _)| name == ARCHIVED).cloned().collect(),
        plural: noun.plural,
        all: link::with(&path(noun), all),
        total,
    })
}

/// Which records.
#[derive(Clone)]
struct Chosen {
    filter: Pairs,
    ids: Vec<String>,
    all: bool,
}

/// The filter in names of form fields.
const FILTER: &str = "filter.";

impl Chosen {
    fn of_query(pairs: Pairs) -> Result<Self, Problem> {
        let mut taken = RemainingParameters::new(pairs);
        let (ids, all) = (taken.list("ids"), taken.flag("all")?);
        Self { filter: taken.rest(), ids, all }.checked()
    }

    fn of_form(fields: &Fields) -> Result<Self, Problem> {
        let filter = fields.0.iter().filter_map(|(name, text)| Some((name.strip_prefix(FILTER)?, text)));
        let ids = fields.text("ids").unwrap_or_default().split(',').map(str::trim);
        Self {
            filter: filter.map(|(name, text)| (name.to_owned(), text.clone())).collect(),
            ids: ids.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            all: fields.flag("all"),
        }
        .checked()
    }

    fn checked(self) -> Result<Self, Problem> {
        let archived_alone = self.filter.iter().all(|(name, _)| name == ARCHIVED);
        if self.ids.is_empty() && !self.all && archived_alone && !is_archived(&self.filter) {
            let detail = "nothing is selected: go back and tick rows of the list, or choose all that match";
            return Err(Problem::invalid("no_filter", detail).of_content());
        }
        if self.ids.len() > MOST {
            let detail = format!("at most {} records are selected one by one; use a filter", grouped(MOST as u64));
            return Err(Problem::invalid("too_many", detail).of_content());
        }
        Ok(self)
    }

    fn hidden(&self) -> Pairs {
        let mut pairs: Pairs =
            self.filter.iter().map(|(name, text)| (format!("{FILTER}{name}"), text.clone())).collect();
        if !self.ids.is_empty() {
            pairs.push(("ids".to_owned(), self.ids.join(",")));
        }
        if self.all {
            pairs.push(("all".to_owned(), "true".to_owned()));
        }
        pairs
    }

    /// The list it was chosen in.
    fn list(&self, noun: &Records) -> String {
        link::with(&format!("/dashboard/{}", noun.many), self.filter.iter().cloned())
    }

    async fn shown(&self, kind: Kind, request: &PageRequest) -> Result<BulkSelection, Problem> {
        let (context, noun) = (request.context(), kind.noun);
        let layout = Layout { path: "", noun, users: &[], segments: &[], searches: "", own: &[] };
        let filter = layout.draw(&self.filter).chips.into_iter().map(|chip| (chip.name, chip.text));
        let count = if self.ids.is_empty() {
            let chosen = selection::selection(context, noun, self.filter.clone()).await?;
            let extent = match noun.account() {
                None => extent::accounts(context, &chosen).await?.0,
                Some(_) => extent::records(context, noun, &chosen).await?,
            };
            total(extent, noun.one, noun.plural)
        } else {
            let count = self.ids.len() as u64;
            format!("{} selected {}", grouped(count), if count == 1 { noun.one } else { noun.plural })
        };
        Ok(BulkSelection { count, filter: filter.collect(), hidden: self.hidden() })
    }
}

impl Kind {
    /// What may be done to the selection, by the role and the scopes.
    fn actions(self, request: &PageRequest, chosen: &Chosen) -> Vec<&'static str> {
        let archived = is_archived(&chosen.filter);
        let fits = |action: &&&str| (**action == "restore") == archived;
        let may = |action: &&&str| !takes_away(action) || request.can().delete(self.scope);
        self.noun.bulk.iter().filter(fits).filter(may).copied().collect()
    }

    /// Fields that all records can be given the same value of.
    fn is_common(self, name: &str) -> bool {
        let Some((_, field)) = self.noun.field(name) else { return false };
        let apart = matches!(field.meaning, Meaning::Custom | Meaning::Milestones | Meaning::AccountName)
            || (field.meaning == Meaning::Tags && self.noun.bulk.contains(&"tag"));
        field.writable() && !field.unique && !apart
    }

    fn crumbs(self, chosen: &Chosen) -> Vec<Crumb> {
        vec![Crumb { text: label(self.noun.many), href: chosen.list(self.noun) }]
    }
}

async fn choose(kind: Kind, request: PageRequest, Query(pairs): Query) -> Answer {
    request.caller.may(kind.scope, Verb::Read)?;
    let chosen = Chosen::of_query(pairs)?;
    form(kind, &request, &chosen, &Fields::default(), Refused::default(), StatusCode::OK).await
}

/// Why there is no preview.
#[derive(Default)]
struct Refused {
    mistakes: Mistakes,
    others: Vec<String>,
}

async fn form(
    kind: Kind,
    request: &PageRequest,
    chosen: &Chosen,
    typed: &Fields,
    refused: Refused,
    status: StatusCode,
) -> Answer {
    let lists = request.lists().await?;
    let noun = kind.noun;
    let actions = kind.actions(request, chosen);
    let text = |name: &str| typed.text(name).unwrap_or_default().to_owned();
    let cleared = clears(typed);
    let field = |field: fastenr_html::form::Field| {
        let error = refused.mistakes.get(&field.name).map(|rule| answer::sentence(rule.clone()));
        let field =
            fastenr_html::form::Field { required: false, blank: "Unchanged", value: text(&field.name), error, ..field };
        let required = noun.field(&field.name).is_none_or(|(_, known)| known.blank().is_err());
        BulkField { clear: (!required).then(|| cleared.contains(&field.name.as_str())), field }
    };
    let mut groups = Vec::new();
    if actions.contains(&"update") {
        for group in draw(noun, &lists, |drawn| kind.is_common(&drawn.name).then_some(drawn)) {
            let fields: Vec<BulkField> = group.fields.into_iter().map(field).collect();
            let quiet =
                |one: &BulkField| one.field.value.is_empty() && one.field.error.is_none() && one.clear != Some(true);
            groups.push(BulkFieldGroup {
                title: group.title,
                folded: group.folded && fields.iter().all(quiet),
                fields,
            });
        }
    }
    let mut errors: Vec<(Option<String>, String)> = refused.others.into_iter().map(|text| (None, text)).collect();
    let drawn: Vec<&fastenr_html::form::Field> =
        groups.iter().flat_map(|group| &group.fields).map(|one| &one.field).collect();
    errors.extend(refused.mistakes.iter().map(|(name, rule)| {
        let id = drawn.iter().find(|field| field.name == *name).map(|field| field.id());
        (id, format!("{}: {rule}", label(name)))
    }));
    let page = BulkPage {
        frame: request.frame(format!("Change {}", noun.plural), noun.many).await?,
        crumbs: kind.crumbs(chosen),
        path: path(noun),
        plural: noun.plural,
        selection: chosen.shown(kind, request).await?,
        tags: actions.contains(&"tag").then(|| [text("add"), text("remove")]),
        acts: actions.iter().filter(|act| !["update", "tag"].contains(*act)).copied().collect(),
        max_affected: text("max_affected"),
        errors,
        groups,
    };
    answer::page_with(status, &page)
}

fn clears(fields: &Fields) -> Vec<&str> {
    fields.0.iter().filter(|(name, _)| name == "clear").map(|(_, field)| field.as_str()).collect()
}

/// What is to be done, as far as it was typed well.
async fn action(
    kind: Kind,
    request: &PageRequest,
    chosen: &Chosen,
    fields: &Fields,
    refused: &mut Refused,
) -> Result<BulkAction, Problem> {
    let name = fields.text("action").unwrap_or_default();
    if !kind.noun.bulk.contains(&name) {
        let detail = format!("action is one of {}", kind.noun.bulk.join(", "));
        return Err(Problem::invalid("action", detail).of_content());
    }
    if takes_away(name) {
        request.caller.may(kind.scope, Verb::Delete)?;
    }
    if !kind.actions(request, chosen).contains(&name) {
        let detail = format!("archived {} can only be restored, and only archived ones", kind.noun.plural);
        return Err(Problem::invalid("archived", detail).of_content());
    }
    let text = |name: &str| fields.text(name).unwrap_or_default().to_owned();
    Ok(match name {
        "tag" => {
            if text("add").is_empty() && text("remove").is_empty() {
                refused.others.push("Type a tag to add or to remove.".to_owned());
            }
            BulkAction::Tag { add: text("add"), remove: text("remove") }
        }
        "archive" => BulkAction::Archive,
        "restore" => BulkAction::Restore,
        "delete" => BulkAction::Delete,
        _ => {
            let common = fields.0.iter().filter(|(name, text)| !text.trim().is_empty() && kind.is_common(name));
            let typed = Fields(common.cloned().collect());
            let (mut given, mut mistakes) = fields::given(kind.noun, &typed, true, &request.here());
            look_up(request, kind.noun, &given, &mut mistakes).await;
            for name in clears(fields) {
                let Some((_, field)) = kind.noun.field(name).filter(|_| kind.is_common(name)) else { continue };
                if given.iter().any(|(known, _)| known == name) {
                    mistakes.insert(name.to_owned(), "give a value or clear it, not both".to_owned());
                } else if let Err(invalid) = field.blank() {
                    mistakes.insert(name.to_owned(), invalid.rule.into_owned());
                } else {
                    given.push((name.to_owned(), None));
                }
            }
            refused.mistakes = mistakes;
            if given.is_empty() && refused.mistakes.is_empty() {
                refused.others.push("Give at least one field a value, or clear one.".to_owned());
            }
            BulkAction::Update(given)
        }
    })
}

/// What the library is asked, or why it is not.
async fn asked(
    kind: Kind,
    request: &PageRequest,
    chosen: &Chosen,
    fields: &Fields,
) -> Result<Result<Request, Refused>, Problem> {
    let mut refused = Refused::default();
    let action = action(kind, request, chosen, fields, &mut refused).await?;
    let max_affected = match fields.text("max_affected").map(str::parse) {
        None => None,
        Some(Ok(most)) => Some(most),
        Some(Err(_)) => {
            refused.others.push("The limit is a whole number such as 200.".to_owned());
            None
        }
    };
    if !refused.mistakes.is_empty() || !refused.others.is_empty() {
        return Ok(Err(refused));
    }
    let ids = match chosen.ids.is_empty() {
        true => None,
        false => Some(lines(chosen.ids.iter().map(|id| json!({"id": id}))).await?),
    };
    Ok(Ok(Request {
        noun: kind.noun,
        action,
        filter: chosen.filter.clone(),
        ids,
        all: chosen.all,
        dry_run: true,
        max_affected,
        expect: None,
        plan: None,
        expect_preview: None,
        most_told: None,
    }))
}

async fn preview(kind: Kind, request: PageRequest, fields: Fields) -> Answer {
    request.caller.may(kind.scope, Verb::Read)?;
    let chosen = Chosen::of_form(&fields)?;
    if fields.text("step") == Some("edit") {
        return form(kind, &request, &chosen, &fields, Refused::default(), StatusCode::OK).await;
    }
    foreseen(kind, &request, &chosen, &timed(kind, &request, fields), None).await
}

/// `now` is the moment of the preview, also when that is applied.
fn timed(kind: Kind, request: &PageRequest, fields: Fields) -> Fields {
    let now = request.here().now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let is_moment = |name: &str| kind.noun.field(name).is_some_and(|(_, field)| field.meaning == Meaning::Instant);
    let fixed = |(name, text): (String, String)| {
        let text = if is_moment(&name) && text.trim().eq_ignore_ascii_case("now") { now.clone() } else { text };
        (name, text)
    };
    Fields(fields.0.into_iter().map(fixed).collect())
}

/// Changes that are shown one by one.
const MOST_CHANGES: usize = 100;

/// The page of what would change.
async fn foreseen(
    kind: Kind,
    request: &PageRequest,
    chosen: &Chosen,
    fields: &Fields,
    notice: Option<&'static str>,
) -> Answer {
    let asked = match asked(kind, request, chosen, fields).await? {
        Ok(asked) => asked,
        Err(refused) => return form(kind, request, chosen, fields, refused, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let (mut changes, mut counts) = (Vec::new(), BTreeMap::<&'static str, u64>::new());
    let action = asked.action.clone();
    let found = bulk::run(request.context(), asked, &mut |_, change| {
        *counts.entry(change.field).or_default() += 1;
        if changes.len() < MOST_CHANGES {
            changes.push(change);
        }
        Ok(())
    })
    .await;
    let report = match found {
        Ok(report) => report,
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Refused) => {
            return refusal(kind, request, chosen, fields, error).await;
        }
        Err(error) => return Err(error.into()),
    };
    let noun = kind.noun;
    let verb = action.question();
    let title = format!("{verb} {}: preview", noun.plural);
    let here = request.here();
    let told: u64 = counts.values().sum();
    let rest = told.saturating_sub(changes.len() as u64);
    let change = |change: RowChange| BulkChangeRow {
        href: format!("/dashboard/{}/{}", noun.many, change.id),
        name: if change.name.is_empty() { change.id.to_string() } else { change.name },
        field: label(change.field),
        old: shown(&change.old.json, &here),
        new: shown(&change.new.json, &here),
    };
    let would = report.refusal.is_none() && report.changed > 0;
    let page = BulkPreviewPage {
        frame: request.frame(title, noun.many).await?,
        crumbs: kind.crumbs(chosen),
        path: path(noun),
        selection: chosen.shown(kind, request).await?,
        acts: acts(noun, &action),
        ledger: vec![
            ("Selected", grouped(report.named.unwrap_or(report.matched))),
            (if action == BulkAction::Delete { "Would be deleted" } else { "Would change" }, grouped(report.changed)),
        ],
        left: left(kind, &report),
        notice,
        changes: changes.into_iter().map(change).collect(),
        more: (rest > 0).then(|| format!("and {}", counted(rest, "further change", "further changes"))),
        deletes: action == BulkAction::Delete,
        typed: typed(fields),
        button: would.then(|| format!("{verb} {}", counted(report.changed, noun.one, noun.plural))),
        preview: report.preview.as_ref().map(|preview| preview.as_str().to_owned()).unwrap_or_default(),
        key: request.context().ids.next().to_string(),
        refusal: report.refusal.map(|error| said(&Problem::from(error))),
    };
    answer::page_with(if notice.is_some() { StatusCode::CONFLICT } else { StatusCode::OK }, &page)
}

fn said(problem: &Problem) -> String {
    answer::sentence(problem.detail().to_owned())
}

/// The form again, with what the library says.
async fn refusal(kind: Kind, request: &PageRequest, chosen: &Chosen, fields: &Fields, error: Error) -> Answer {
    // The library speaks of files there.
    let gone = (error.code == "unknown_ids")
        .then(|| format!("{} Select again in the list.", answer::sentence(error.message.clone())));
    let problem = Problem::from(error).of_content();
    let refused = Refused { others: vec![gone.unwrap_or_else(|| said(&problem))], ..Refused::default() };
    form(kind, request, chosen, fields, refused, problem.status()).await
}

/// What was typed, without what belongs to one step.
fn typed(fields: &Fields) -> Pairs {
    let apart = ["ids", "all", "step", "preview", IDEMPOTENCY_KEY];
    let stays = |name: &str, text: &str| !text.trim().is_empty() && !name.starts_with(FILTER) && !apart.contains(&name);
    fields.0.iter().filter(|(name, text)| stays(name, text)).cloned().collect()
}

/// Each part of the action in words.
fn acts(noun: &Records, action: &BulkAction) -> Vec<String> {
    let listed = |verb: &str, tags: &str| (!tags.is_empty()).then(|| format!("{verb}: {tags}"));
    match action {
        BulkAction::Update(given) => given
            .iter()
            .map(|(name, text)| match text {
                Some(text) => {
                    let field = noun.field(name).map(|(_, field)| field.meaning);
                    let text = if let Some(Meaning::Choice(_)) = field { word(text) } else { text.clone() };
                    format!("{}: {text}", label(name))
                }
                None => format!("{}: cleared", label(name)),
            })
            .collect(),
        BulkAction::Tag { add, remove } => {
            listed("Add tags", add).into_iter().chain(listed("Remove tags", remove)).collect()
        }
        other => vec![other.question().to_owned()],
    }
}

/// What stays as it is, and why.
fn left(kind: Kind, report: &Report) -> Vec<String> {
    let noun = kind.noun;
    let mut left = Vec::new();
    if report.unchanged > 0 {
        let many = if report.unchanged == 1 { "already has" } else { "already have" };
        left.push(format!("{} {many} these values.", counted(report.unchanged, noun.one, noun.plural)));
    }
    let others = report.named.unwrap_or(report.matched).saturating_sub(report.matched);
    if others > 0 {
        let why = match noun.bulk.contains(&"archive") {
            true => "archived, or not archived where archived ones are restored",
            false => "of archived accounts",
        };
        left.push(format!("{} left out: {why}.", counted(others, "selected record is", "selected records are")));
    }
    left
}

const DIFFERS: &str = "Nothing was changed: data changed since the preview. This is what would change now.";

/// Exactly what the preview has shown, or nothing.
async fn apply(kind: Kind, request: PageRequest, work: Work, fields: Fields) -> Answer {
    request.caller.may(kind.scope, Verb::Read)?;
    let chosen = Chosen::of_form(&fields)?;
    let expected = fields.text("preview").map(Preview::carried);
    let expected = expected.ok_or_else(|| Problem::invalid("required", "preview the change first").of_content())?;
    let asked = match asked(kind, &request, &chosen, &fields).await? {
        Ok(asked) => Request { dry_run: false, expect_preview: Some(expected), ..asked },
        Err(refused) => return form(kind, &request, &chosen, &fields, refused, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let context = request.context().clone();
    let command = format!("{}.{}", kind.noun.many, asked.action.verb());
    let done = work
        .run(command, false, move |begun| async move {
            let report = bulk::run_notifying(&context, asked, &mut |_, _| Ok(()), &mut |id| begun.tell(id)).await?;
            let body = BulkAnswer { report: BulkReport::from(&report), changes: Vec::new() };
            Ok(WorkOutcome::new(&body, report.operation, report.matched))
        })
        .await;
    match done {
        Ok(done) if done.status() == StatusCode::ACCEPTED => Ok(answer::see_other(&running(&done))),
        Ok(done) => Ok(finished(kind, &request, &chosen, &done)),
        Err(problem) if problem.code() == "plan_differs" => {
            foreseen(kind, &request, &chosen, &fields, Some(DIFFERS)).await
        }
        Err(problem) => Err(problem),
    }
}

/// The page of the operation, which has its undo.
fn finished(kind: Kind, request: &PageRequest, chosen: &Chosen, done: &Response) -> Response {
    let id = done.headers().get(OPERATION).and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    match id {
        Some(id) if request.can().read(Noun::Operations) => {
            let mut response = answer::see_other(&format!("/dashboard/operations/{id}"));
            response.headers_mut().extend(reply::operation(Some(id)));
            response
        }
        id => answer::done(&chosen.list(kind.noun), id),
    }
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::account::ACCOUNT;

    use super::*;

    #[test]
    fn only_what_all_can_share_is_offered() {
        let accounts = Kind { noun: &ACCOUNT, scope: Noun::Accounts };
        for name in ["owner", "status", "contract_end", "renewal_stage"] {
            assert!(accounts.is_common(name), "{name}");
        }
        for name in ["name", "external_id", "tags", "custom_fields", "health_score", "nothing"] {
            assert!(!accounts.is_common(name), "{name}");
        }
    }
}
