//! The draft of a form: its values, its errors, and changes by others since it was opened.

use super::*;

pub(super) struct Draft {
    kind: &'static Kind,
    /// None: a new one.
    record: Option<Record>,
    /// The account of a new record, if it is known.
    pub(super) account: Option<Account>,
    /// The values of the fields.
    values: BTreeMap<String, String>,
    /// The values when the record was read.
    was: BTreeMap<String, String>,
    theirs: BTreeMap<String, String>,
    pub(super) mistakes: Mistakes,
    pub(super) others: Vec<String>,
    stale: Option<Stale>,
    back: Option<String>,
}

impl Draft {
    fn empty(kind: &'static Kind) -> Self {
        Self {
            kind,
            record: None,
            account: None,
            values: BTreeMap::new(),
            was: BTreeMap::new(),
            theirs: BTreeMap::new(),
            mistakes: Mistakes::new(),
            others: Vec::new(),
            stale: None,
            back: None,
        }
    }

    /// A new record with default values.
    pub(super) fn new(kind: &'static Kind, request: &PageRequest, plan: bool) -> Self {
        let mut draft = Self::empty(kind);
        let here = request.here();
        let mut likely = |name: &str, text: String| draft.values.insert(name.to_owned(), text);
        match kind.noun.many {
            "accounts" => {
                likely("status", "active".to_owned());
                likely("owner", request.context().user.email.clone());
            }
            "engagements" => {
                likely("type", "call".to_owned());
                if !plan {
                    likely("completed_at", here.moment(here.now).local());
                }
            }
            "goals" => {
                likely("metric_type", "custom".to_owned());
                likely("started_on", here.today.to_string());
            }
            "tasks" => {
                likely("owner", request.context().user.email.clone());
                likely("source", "manual".to_owned());
            }
            _ => {}
        }
        draft
    }

    /// A form as it was sent.
    pub(super) fn typed(kind: &'static Kind, fields: &Fields) -> Self {
        let mut draft = Self::empty(kind);
        draft.values = fields.0.iter().cloned().collect();
        draft.back = fields.back();
        draft
    }

    /// The form of an existing record.
    pub(super) async fn of(kind: &'static Kind, request: &PageRequest, record: Record) -> Result<Self, Problem> {
        let mut draft = Self::empty(kind);
        draft.was = fields::held(kind.noun, &request.here(), |field| record.value(field));
        if let Record::Account(account) = &record {
            draft.was.extend(adjust::held(request, account).await?);
        }
        draft.values = draft.was.clone();
        draft.record = Some(record);
        Ok(draft)
    }

    /// The typed values over the saved record; a field that both changed shows both values.
    pub(super) async fn overtaken(
        &mut self,
        request: &PageRequest,
        fields: &Fields,
        stale: bool,
    ) -> Result<(), Problem> {
        let before = fields.was();
        for (name, typed) in &fields.0 {
            let (before, now) = (before.get(name), self.was.get(name).cloned().unwrap_or_default());
            let ours = before.is_none_or(|before| before.trim() != typed.trim());
            if ours {
                self.values.insert(name.clone(), typed.clone());
            }
            let changed = stale && before.is_some_and(|before| before.trim() != now.trim());
            if changed && typed.trim() != now.trim() {
                let told = |text: &str| if text.is_empty() { "no value".to_owned() } else { word(text) };
                let text = match ours {
                    true => format!("Saved value: {}", told(&now)),
                    false => format!("Changed by someone else; before: {}", told(before.map_or("", String::as_str))),
                };
                self.theirs.insert(name.clone(), text);
            }
        }
        self.back = fields.back();
        if let (true, Some(record)) = (stale, &self.record) {
            self.stale = Some(Stale { name: record.title(), by: last_writer(request, record.id()).await });
        }
        Ok(())
    }

    pub(super) async fn answer(self, request: &PageRequest, status: StatusCode) -> Answer {
        let lists = request.lists().await?;
        let noun = self.kind.noun;
        let account = match (&self.record, &self.account) {
            (Some(record), _) => Some(record.account()),
            (None, Some(account)) => Some((account.id, account.name.clone())),
            (None, None) => None,
        };
        let title = match (&self.record, &self.account) {
            (Some(record), _) => format!("Edit {}", record.title()),
            (None, Some(account)) => format!("New {} {} {}", noun.one, preposition(noun), account.name),
            (None, None) => format!("New {}", noun.one),
        };
        let cancel = match (&self.record, &account) {
            (Some(record), _) => self.kind.page_of(record),
            (None, Some((id, _))) => format!("/dashboard/accounts/{id}"),
            (None, None) => if self.kind.page { self.kind.path } else { "/dashboard/accounts" }.to_owned(),
        };
        let mut hidden: Vec<(&'static str, String)> = Vec::new();
        if let Some(account) = &self.account {
            hidden.push(("account_fixed", account.id.to_string()));
        }
        hidden.extend(self.back.clone().map(|back| ("back", back)));
        let groups = self.groups(request, &lists);
        let mut errors = self.others.clone();
        // Errors without a field are shown above the form.
        let is_shown = |name: &str| groups.iter().flat_map(|group| &group.fields).any(|field| field.name == name);
        let apart = self.mistakes.iter().filter(|(name, _)| !is_shown(name));
        errors.extend(apart.map(|(name, rule)| answer::sentence(format!("{}: {rule}", label(name)))));
        let form = Form {
            action: match &self.record {
                Some(record) => format!("{}/{}/edit", self.kind.path, record.id()),
                None => format!("{}/new", self.kind.path),
            },
            button: if self.record.is_some() { "Save" } else { "Create" },
            cancel,
            groups,
            errors,
            stale: self.stale.clone(),
            version: self.record.as_ref().map(Record::version),
            was: self.record.is_some().then(|| serde_json::to_string(&self.was).unwrap_or_default()),
            key: request.context().ids.next(),
            hidden,
        };
        let page = FormPage {
            frame: request.frame(title.clone(), self.kind.part).await?,
            crumbs: self.kind.crumbs(account.as_ref()),
            title,
            form,
            acts: self.acts(request),
        };
        answer::page_with(status, &page)
    }

    fn acts(&self, request: &PageRequest) -> Vec<(&'static str, String, bool)> {
        let mut acts = Vec::new();
        let Some(record) = &self.record else { return acts };
        if !self.kind.page && request.can().delete(self.kind.scope) {
            acts.push(("Delete", format!("{}/{}/delete", self.kind.path, record.id()), true));
        }
        if self.was.get(adjust::SCORE).is_some_and(|score| !score.is_empty()) && request.can().write(Noun::Health) {
            acts.push((
                "Clear the adjusted score",
                format!("{}/{}/clear-adjustment", self.kind.path, record.id()),
                false,
            ));
        }
        acts
    }

    fn groups(&self, request: &PageRequest, lists: &Lists) -> Vec<Group> {
        let is_fixed = self.account.is_some();
        let mut groups = draw(self.kind.noun, lists, |field| {
            let apart = ["custom_fields", "milestones"].contains(&field.name.as_str());
            // Fields that are not set for a new record.
            let system = ["created_at", "created_by"].contains(&field.name.as_str()) && self.record.is_none();
            let settled = field.name == "account" && is_fixed;
            (!apart && !system && !settled).then(|| self.filled(field))
        });
        if self.kind.has_next() && self.record.is_none() && request.can().write(Noun::Tasks) {
            let fields = next::fields(lists).into_iter().map(|field| self.filled(field)).collect();
            groups.insert(1.min(groups.len()), Group { title: "Next step", folded: false, fields });
        }
        if self.kind.noun.field("milestones").is_some() {
            groups.insert(1.min(groups.len()), self.milestones());
        }
        if self.kind.noun.field("custom_fields").is_some() {
            groups.push(self.members());
        }
        if self.kind.is_account() && self.record.is_some() && request.can().write(Noun::Health) {
            groups.push(self.adjustment());
        }
        groups
    }

    fn filled(&self, field: Field) -> Field {
        let name = &field.name;
        Field {
            value: self.values.get(name).cloned().unwrap_or_default(),
            error: self.mistakes.get(name).map(|rule| answer::sentence(rule.clone())),
            theirs: self.theirs.get(name).cloned(),
            ..field
        }
    }

    fn line(&self, name: &str, label: &str, hint: &str, kind: &'static str) -> Field {
        self.filled(Field {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            required: false,
            control: Control::Line { kind, mode: "" },
            blank: "–",
            value: String::new(),
            error: None,
            theirs: None,
            wide: false,
            suggestions: Vec::new(),
        })
    }

    /// Custom fields that there are, and room for one more.
    fn members(&self) -> Group {
        let names = self.values.keys().filter_map(|name| name.strip_prefix("custom."));
        let mut fields: Vec<Field> = names.map(|name| self.line(&format!("custom.{name}"), name, "", "text")).collect();
        fields.push(self.line("new_field", "New field", "Name, such as tier", "text"));
        fields.push(self.line("new_value", "Value of the new field", "", "text"));
        let folded = fields.iter().all(|field| field.value.is_empty() && field.error.is_none());
        Group { title: "Custom fields", folded, fields }
    }

    fn milestones(&self) -> Group {
        let stored = self.values.get("milestones").map(|json| milestone_rows(json)).unwrap_or_default();
        let typed = (0..).take_while(|n| self.values.contains_key(&format!("milestone.{n}.title"))).count();
        let rows = if typed > 0 { typed } else { stored.len() + SPARE };
        let mut fields = Vec::new();
        for n in 0..rows {
            let members = [
                ("title", "Milestone", "text"),
                ("target_value", "Target value", "text"),
                ("target_date", "Due", "date"),
                ("completed_on", "Reached on", "date"),
            ];
            for (place, (member, text, kind)) in members.into_iter().enumerate() {
                let mut field = self.line(&format!("milestone.{n}.{member}"), &format!("{text} {}", n + 1), "", kind);
                field.wide = member == "title";
                if typed == 0 {
                    field.value = stored.get(n).map(|row| row[place].clone()).unwrap_or_default();
                }
                fields.push(field);
            }
        }
        let folded = fields.iter().all(|field| field.value.is_empty() && field.error.is_none());
        Group { title: "Milestones", folded, fields }
    }

    fn adjustment(&self) -> Group {
        let mut fields = vec![
            self.line(adjust::SCORE, "Health score", "0 to 100; replaces the score of the model", "text"),
            self.line(adjust::REASON, "Reason", "Required; shown next to the score", "text"),
            self.line(adjust::UNTIL, "Until", "Last day of the adjustment; default: 90 days from today", "date"),
        ];
        fields[1].wide = true;
        let folded = fields.iter().all(|field| field.value.is_empty() && field.error.is_none());
        Group { title: "Adjusted score", folded, fields }
    }
}

/// The preposition between a record and its account.
fn preposition(noun: &Records) -> &'static str {
    match noun.many {
        "engagements" => "with",
        "contacts" => "at",
        _ => "for",
    }
}
