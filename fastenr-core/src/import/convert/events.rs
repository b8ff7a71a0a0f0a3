//! What an event says beside the fields of its day: its id, its version, whether it is counted.

use super::Converter;
use super::words::CellMeaning;
use crate::error::Invalid;
use crate::import::mapping::{Test, fold_value};
use crate::import::plan::{ColumnCondition, Target};
use crate::import::request::Ids;
use crate::import::source::{Kind, Record};
use crate::model::ExternalId;
use crate::model::damage::{damage, day};
use crate::model::noun::Value;
use crate::store::staging::StagedRow;

pub(super) const NO_EVENT_ID: &str = "an event needs its id, so that a later file does not count it twice";

impl Converter<'_> {
    /// Whether the event meets all conditions of a count.
    pub(super) fn meets(&self, counted: &[ColumnCondition], record: &Record) -> bool {
        counted.iter().all(|ColumnCondition { column, test }| {
            let text = record.cell(*column).text().unwrap_or_default().trim();
            let is = |values: &[String]| values.contains(&fold_value(text));
            match test {
                Test::Filled => !text.is_empty() && !self.facts.nulls.is_none(text, None),
                Test::Is(values) => is(values),
                Test::IsNot(values) => !is(values),
            }
        })
    }

    /// The id by which the event is known in a later file.
    pub(super) fn event_id(&self, said: &CellMeaning<'_>, kind: Kind, row: &mut StagedRow) -> Result<(), Invalid> {
        let (CellMeaning::Value(text), Some(place)) = (said, self.event.0) else { return Ok(()) };
        let checked = self.plan.staging.row_rules.ids == Ids::Checked;
        match if kind == Kind::Date { Some(day()) } else { damage(text) } {
            Some(damaged) if checked => Err(damaged),
            _ => {
                row.values[place] = Value::Text(ExternalId::parse(text)?.key().to_owned());
                Ok(())
            }
        }
    }

    /// When the version of the event was written.
    pub(super) fn event_time(
        &self,
        target: &Target,
        said: &CellMeaning<'_>,
        row: &mut StagedRow,
    ) -> Result<(), Invalid> {
        let (CellMeaning::Value(text), Some(place)) = (said, self.event.1) else { return Ok(()) };
        let (at, has_no_zone) = target.dates.parse_timestamp(text, target.zone)?;
        if has_no_zone {
            self.tally.borrow_mut().time(target.zone.as_str());
        }
        row.values[place] = Value::Instant(at);
        Ok(())
    }

    /// Whether the event is to be kept and has no id.
    pub(super) fn lacks_event_id(&self, row: &StagedRow) -> bool {
        let kept = self.plan.staging.events.as_ref().is_some_and(|events| events.kept);
        kept && self.event.0.is_some_and(|place| row.values[place].is_null())
    }

    pub(super) fn event_header(&self) -> Option<&str> {
        self.plan.staging.events.as_ref()?.id.as_deref()
    }
}
