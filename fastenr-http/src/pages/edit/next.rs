//! The next step, in the form of an engagement: a task that is created with it.

use super::*;
use fastenr_core::model::nouns::TASK;
use fastenr_core::ops::engagements::NextTask;

pub(super) const TITLE: &str = "next";
pub(super) const DUE: &str = "next_due";
pub(super) const OWNER: &str = "next_owner";

/// The requested task, if any.
pub(super) async fn requested(request: &PageRequest, fields: &Fields, mistakes: &mut Mistakes) -> Option<NextTask> {
    let text = |name: &str| fields.text(name).map(str::to_owned);
    let (title, due, owner) = (text(TITLE), text(DUE), text(OWNER));
    if [&title, &due, &owner].into_iter().all(Option::is_none) {
        return None;
    }
    if !request.can().write(Noun::Tasks) {
        mistakes.insert(TITLE.to_owned(), "this session is not allowed to create tasks".to_owned());
        return None;
    }
    if title.is_none() {
        mistakes.insert(TITLE.to_owned(), "a title is required".to_owned());
    }
    for (name, of, text) in [(TITLE, "title", &title), (DUE, "due", &due)] {
        if let (Some((_, field)), Some(text)) = (TASK.field(of), text)
            && let Err(invalid) = field.parse(text)
        {
            mistakes.insert(name.to_owned(), invalid.rule.into_owned());
        }
    }
    if let Some(name) = &owner
        && let Err(error) = users::get(request.context(), name).await
    {
        mistakes.insert(OWNER.to_owned(), Problem::from(error).detail().to_owned());
    }
    Some(NextTask { title: title?, due, owner })
}

/// Its fields, empty.
pub(super) fn fields(lists: &Lists) -> Vec<Field> {
    let like = |of: &str, name: &str, label: &str, hint: &str| {
        let (_, field) = TASK.field(of)?;
        let drawn = Field::of(field, lists);
        let (name, label, hint) = (name.to_owned(), label.to_owned(), hint.to_owned());
        Some(Field { name, label, hint, required: false, ..drawn })
    };
    let fields = [
        like("title", TITLE, "Task", "Creates a task of the account"),
        like("due", DUE, "Due", "Due date of the task"),
        like("owner", OWNER, "Owner", "Default: you"),
    ];
    fields.into_iter().flatten().collect()
}
