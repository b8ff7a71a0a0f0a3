//! Rows that are events: what days are made of them, and what an import of them must have.

use super::{Slot, Target};
use crate::error::{Error, Result, Setting, Text, Verb};
use crate::import::mapping::{Days, Function};
use crate::import::request::{Key, Mode, Request};
use crate::model::noun::Noun;
use crate::say;
use crate::store::staging::{Events, Fold};

/// Whether an event says it as its day does.
pub(super) fn of_any_event(field: &str) -> bool {
    matches!(field, "account" | "metric_date")
}

/// # Errors
/// `aggregate` where the noun, an option or a column does not go with it, or the events need ids.
pub(super) fn settle(noun: &'static Noun, targets: &[Target], request: &Request) -> Result<Option<Events>> {
    let Some(aggregate) = &request.mapping.aggregate else { return Ok(None) };
    let refused = |message: String, way: Text| Err(Error::invalid("aggregate", message).hint(way));
    if !noun.of_events {
        let message = format!("[aggregate] makes days of metrics; {} are imported as they are", noun.many);
        return refused(
            message,
            say!("import it with {}; or leave [aggregate] out of the mapping file", Verb::MetricsImport),
        );
    }
    if let Some(key) = request.key.filter(|key| *key != Key::Account) {
        let message = format!("days are found by account and metric_date, not by {}", key.as_str());
        return refused(message, say!("leave {} out", Setting::Key));
    }
    if request.mode != Mode::Upsert {
        let message = "events add to the days there are, and make those there are not".to_owned();
        return refused(message, say!("leave {} out", Setting::Mode));
    }
    let header = |slot: &Slot| targets.iter().find(|target| target.slot == *slot).map(|target| target.header.clone());
    let (id, kept) = (header(&Slot::EventId), aggregate.days == Days::Open);
    if kept && id.is_none() {
        let message =
            "events of a later file can't be distinguished from those of this one: [aggregate] names no column of ids";
        return refused(
            message.to_owned(),
            say!(
                "add id = \"COLUMN\" under [aggregate], the column of the events' ids; or days = \"full\", where each file has \
                 all events of its days"
            ),
        );
    }
    let mut fields = Vec::new();
    for target in targets {
        let Slot::Field(bit) = target.slot else { continue };
        let name = noun.fields[bit].name;
        match aggregate.fields.get(name) {
            Some(Function::Mean(_)) => fields.push((bit, Fold::Mean)),
            Some(Function::Count(_) | Function::Sum(_)) => fields.push((bit, Fold::Sum)),
            None if of_any_event(name) => {}
            None => {
                let message =
                    format!("{name} of a day can't be taken from column {:?} of single events", target.header);
                return refused(message, say!("leave the column out, or make a number of it under [aggregate]"));
            }
        }
    }
    let dated = header(&Slot::EventTime).is_some();
    Ok(Some(Events { source: aggregate.source.clone(), id, dated, kept, fields }))
}
