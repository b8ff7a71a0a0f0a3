//! The table of all codes: what an error with a code is, and what each edge answers with. `docs/problems.md` is made from it.
//!
//! A code is added here when it is first used; a test looks for the codes in the sources.

use super::Kind;

/// What a code means. One that several kinds of errors have stands once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable, `snake_case`: the code of an error, and the end of a problem's `type`.
    pub name: &'static str,
    pub kind: Kind,
    /// The status of the API; none where only the command line has it.
    pub status: Option<u16>,
    /// The exit code of the command; none where only the API has it.
    pub exit: Option<u8>,
    /// One sentence.
    pub meaning: &'static str,
    /// The rows of an import have it, not an error.
    pub of_rows: bool,
}

impl Kind {
    /// What its errors are answered with, unless the code has an answer of its own.
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Refused => 409,
            Self::Io | Self::Storage => 500,
            Self::Busy | Self::Interrupted => 503,
        }
    }

    /// What a command that ends with it exits with.
    pub const fn exit(self) -> u8 {
        match self {
            Self::Io | Self::Storage => 1,
            Self::Invalid => 2,
            Self::NotFound => 4,
            Self::Refused | Self::Unauthenticated | Self::Forbidden => 5,
            Self::Busy => 6,
            Self::Interrupted => 130,
        }
    }

    /// As documents call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not found",
            Self::Refused => "refused",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
            Self::Interrupted => "interrupted",
            Self::Io => "io",
            Self::Storage => "storage",
        }
    }
}

/// The status of an error of the API.
pub fn status(kind: Kind, code: &str) -> u16 {
    find(kind, code).and_then(|code| code.status).unwrap_or_else(|| kind.status())
}

/// What the table says of a code of errors.
pub fn find(kind: Kind, code: &str) -> Option<&'static Code> {
    ALL.iter().find(|known| !known.of_rows && known.kind == kind && known.name == code)
}

const fn code(kind: Kind, name: &'static str, meaning: &'static str) -> Code {
    Code { name, kind, status: Some(kind.status()), exit: Some(kind.exit()), meaning, of_rows: false }
}

const fn answered(kind: Kind, status: u16, name: &'static str, meaning: &'static str) -> Code {
    Code { status: Some(status), ..code(kind, name, meaning) }
}

const fn invalid(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Invalid, name, meaning)
}

/// Rules that no schema can tell: over several values together, over the day it is, over what is kept, over the digits of a
/// number. A request that breaks no other is well formed.
const fn content(name: &'static str, meaning: &'static str) -> Code {
    answered(Kind::Invalid, 422, name, meaning)
}

const fn large(name: &'static str, meaning: &'static str) -> Code {
    answered(Kind::Invalid, 413, name, meaning)
}

const fn row(name: &'static str, meaning: &'static str) -> Code {
    Code { of_rows: true, ..whole(name, meaning) }
}

/// Nothing is written, as rows are bad.
const fn whole(name: &'static str, meaning: &'static str) -> Code {
    Code { exit: Some(1), ..content(name, meaning) }
}

const fn guard(name: &'static str, meaning: &'static str) -> Code {
    answered(Kind::Refused, 422, name, meaning)
}

const fn not_found(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::NotFound, name, meaning)
}

const fn refused(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Refused, name, meaning)
}

const fn precondition(name: &'static str, meaning: &'static str) -> Code {
    answered(Kind::Refused, 412, name, meaning)
}

const fn forbidden(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Forbidden, name, meaning)
}

const fn unauthenticated(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Unauthenticated, name, meaning)
}

const fn busy(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Busy, name, meaning)
}

const fn interrupted(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Interrupted, name, meaning)
}

const fn cancelled(name: &'static str, meaning: &'static str) -> Code {
    answered(Kind::Interrupted, 409, name, meaning)
}

/// May pass.
const fn passing(name: &'static str, meaning: &'static str) -> Code {
    answered(Kind::Storage, 503, name, meaning)
}

const fn storage(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Storage, name, meaning)
}

const fn io(name: &'static str, meaning: &'static str) -> Code {
    code(Kind::Io, name, meaning)
}

const fn io_passing(name: &'static str, meaning: &'static str) -> Code {
    answered(Kind::Io, 503, name, meaning)
}

const fn api(kind: Kind, status: u16, name: &'static str, meaning: &'static str) -> Code {
    Code { exit: None, ..answered(kind, status, name, meaning) }
}

const fn cli(kind: Kind, name: &'static str, meaning: &'static str) -> Code {
    Code { status: None, ..code(kind, name, meaning) }
}

/// Every code.
#[rustfmt::skip]
pub const ALL: &[Code] = &[
    // A value breaks a rule that a schema can tell.
    invalid("accounts", "The number of accounts of a demo book is out of range."),
    invalid("aggregate", "`[aggregate]` of a mapping file does not fit the noun, the options or the columns."),
    invalid("alert_rule", "Not an alert rule."),
    invalid("alert_sort", "Not an order of alerts."),
    invalid("alert_state", "Not a state of alerts."),
    invalid("alert_topic", "Not a topic of alerts."),
    invalid("archive_empty", "The zip archive has no files."),
    invalid("archive_several", "The zip archive has several files."),
    invalid("archived", "Archived records are not changed or shown here."),
    invalid("arr_as", "A correction of the ARR was asked for, without an ARR."),
    invalid("arr_kind", "Not a kind of ARR change."),
    invalid("arr_number", "ARR is not a decimal number."),
    invalid("arr_range", "ARR is below 0 or above 9999999999.99."),
    invalid("arr_sum", "The ARR of the selected accounts adds up to more than can be counted."),
    invalid("attachment_name_control", "A file's name has control characters."),
    invalid("attachment_name_empty", "A file's name is empty."),
    invalid("attachment_name_length", "A file's name is too long."),
    invalid("attachment_size", "The attachment is larger than 10 MiB."),
    invalid("attendee_key", "An attendee has an unknown member."),
    invalid("attendee_name_control", "An attendee's name has control characters."),
    invalid("attendee_name_empty", "An attendee's name is empty."),
    invalid("attendee_name_length", "An attendee's name is too long."),
    invalid("attendee_role_control", "An attendee's role has control characters."),
    invalid("attendee_role_empty", "An attendee's role is empty."),
    invalid("attendee_role_length", "An attendee's role is too long."),
    invalid("attendees_comma", "A comma may be part of a name: attendees are separated by semicolons."),
    invalid("attendees_json", "Attendees are not a JSON array of objects."),
    invalid("attendee", "An attendee has neither a name nor an e-mail address."),
    invalid("vacuum_postgres", "A PostgreSQL database is vacuumed by its own server."),
    invalid("bad_cells", "Not a way to handle bad cells."),
    invalid("band", "Not a health band."),
    invalid("bool", "Not a yes or no."),
    invalid("by", "Not a grouping."),
    invalid("calendar_component", "A component of a calendar is not closed, or closed twice."),
    invalid("calendar_date", "A date of a calendar is out of range."),
    invalid("calendar_line", "A line of a calendar can't be read."),
    invalid("calendar_property", "A property of a calendar is missing or can't be read."),
    invalid("calendar_zone", "The time zone of a calendar is unknown."),
    invalid("cells_merged", "Data cells of the sheet are merged."),
    invalid("change", "Not a whole number from -100 to 100."),
    invalid("churn_band", "Not a churn band."),
    invalid("churn_factor", "Not a churn factor."),
    invalid("column_twice", "Two columns of the file would be the same field."),
    invalid("comment", "Not a prefix of comment lines."),
    invalid("competitor_stage", "Not a stage of a competitor."),
    invalid("component", "Not a component of the health score."),
    invalid("contact_role", "Not a role of contacts."),
    invalid("cors_origin", "Not an origin for cross-origin requests."),
    invalid("count", "Not a whole number from 0 to 2147483647."),
    invalid("currency_column", "A column names other currencies, and they have no rates."),
    invalid("currency", "Not a currency in use, or amounts in another currency have no rate."),
    invalid("custom_fields_json", "Custom fields are not a JSON object."),
    invalid("custom_fields", "Custom fields were asked for, and the noun has none."),
    invalid("custom", "A custom field is not named as `custom.NAME`."),
    invalid("database_url", "The URL of the database can't be used."),
    invalid("date_ambiguous", "No date of the column shows whether the day or the month is first."),
    invalid("date_calendar", "The date is not in the calendar."),
    invalid("date_contradictory", "Some dates of the column have the day first, others the month."),
    invalid("date_format_option", "Not a date format."),
    invalid("date_format", "The date is not in the format of the column."),
    invalid("date_language", "The name of a month means different months in different languages."),
    invalid("date_order", "The date contradicts the order of day and month in the column."),
    invalid("date_serial", "The date may be the serial number of a spreadsheet."),
    invalid("date_time", "The time of day or its zone can't be read."),
    invalid("date_year", "The date has a year of two digits, and the order of its parts is not known."),
    invalid("date", "Not a date written YYYY-MM-DD."),
    invalid("days_past_due", "Not a number of days from 0 to 36500."),
    invalid("delimiter", "Not a delimiter."),
    invalid("digits_lost", "A spreadsheet wrote a number in scientific notation and lost its digits."),
    invalid("direction", "Not a direction of engagements."),
    invalid("domain", "Not a domain."),
    invalid("duplicates", "Not a way to handle rows with the same key."),
    invalid("duration", "Not a length of time."),
    invalid("email", "Not an e-mail address."),
    invalid("empty", "Not a way to handle empty cells."),
    invalid("encoding_unsure", "The encoding of the file is not certain."),
    invalid("encoding", "Not an encoding, or the text is not in it."),
    invalid("engagement_type", "Not a type of engagements."),
    invalid("equation", "Not two texts with `=` between them."),
    invalid("event_kind", "Not a kind of timeline event."),
    invalid("expires", "Not a time at which a key can expire."),
    invalid("external_id_control", "An external id has control characters."),
    invalid("external_id_empty", "An external id is empty."),
    invalid("external_id_length", "An external id is too long."),
    invalid("factor", "Not a factor of the health score."),
    invalid("feed", "Not a data feed."),
    invalid("format", "Not a format of this file."),
    invalid("formula_unvalued", "A formula of the sheet has no stored value."),
    invalid("given_twice", "A value is given twice."),
    invalid("goal_status_source", "Not a source of goal statuses."),
    invalid("goal_status", "Not a status of goals."),
    invalid("group_by", "Not a grouping of ARR."),
    invalid("gzip", "The gzip stream is damaged."),
    invalid("header_changes", "The header is repeated in the file with its columns in another order."),
    invalid("header_duplicate", "Two columns of the file have the same name."),
    invalid("header_empty", "The header names no column."),
    invalid("header_merged", "The header of the sheet has merged cells."),
    invalid("header_two", "Two lines of the file look like the header."),
    invalid("header_unnamed", "A column has data but no name."),
    invalid("header_wide", "The file has too many columns."),
    invalid("held_by", "Not a reason for holding alerts."),
    invalid("host", "The `Host` header is missing or is not one of this server."),
    invalid("id_mixed", "The column `id` holds UUIDs and other text."),
    invalid("idempotency_key", "Not an idempotency key, or the path takes none."),
    invalid("ids", "Not a way to handle new external ids."),
    invalid("id", "Not an id."),
    invalid("industry_control", "An industry has control characters."),
    invalid("industry_empty", "An industry is empty."),
    invalid("industry_length", "An industry is too long."),
    invalid("invalid_fields", "Several values break rules; `errors` has each."),
    invalid("json_nested", "The value is a JSON object or list, and the field has a single value."),
    invalid("key_kind", "Not a kind of key."),
    invalid("key_name_control", "A key's name has control characters."),
    invalid("key_name_empty", "A key's name is empty."),
    invalid("key_name_length", "A key's name is too long."),
    invalid("key_status", "Not a status of keys."),
    invalid("key", "Not a key by which rows are matched."),
    invalid("kind", "Not a kind of activity."),
    invalid("label_control", "A short text has control characters."),
    invalid("label_empty", "A short text is empty."),
    invalid("label_length", "A short text is too long."),
    invalid("language", "Not a language of month names."),
    invalid("limit", "The number of rows is out of range."),
    invalid("long_catch_up", "More days would be caught up than one run allows."),
    invalid("long_replay", "More days would be replayed than one run allows."),
    invalid("lookup", "Not a way to look up accounts or users."),
    invalid("mapping", "The mapping file breaks a rule."),
    invalid("max_missing", "Not a number or percentage of records."),
    invalid("measurement_period", "Not a measurement period."),
    invalid("metric_type", "Not a metric of goals."),
    invalid("milestone_date", "The date of a milestone is out of range."),
    invalid("milestone_key", "A milestone has an unknown member."),
    invalid("milestone_title_control", "A milestone's title has control characters."),
    invalid("milestone_title_empty", "A milestone's title is empty."),
    invalid("milestone_title_length", "A milestone's title is too long."),
    invalid("milestones_count", "A goal has more than 100 milestones."),
    invalid("milestones_json", "Milestones are not a JSON array of objects."),
    invalid("min_score", "Not a score from 0 to 100."),
    invalid("missing", "Not a way to handle missing records, or records of this noun can't be archived."),
    invalid("model", "The scoring model breaks rules; the message has a line for each."),
    invalid("mode", "Not a mode of imports."),
    invalid("name_control", "A name has control characters."),
    invalid("name_empty", "A name is empty."),
    invalid("name_length", "A name is too long."),
    invalid("named_twice", "An account is named twice."),
    invalid("network", "Not a network of trusted proxies."),
    invalid("nights", "The number of nights of a demo book is out of range."),
    invalid("no_cutoff", "No month ends in the given range."),
    invalid("no_field", "No column of the file names the field that changed."),
    invalid("no_ids", "No column of the file is an id."),
    invalid("no_key", "No column of the file is the key by which rows are matched."),
    invalid("no_scope", "A key needs at least one scope."),
    invalid("now", "Not a time to set the clock to."),
    invalid("nps", "Not a whole number from -100 to 100."),
    invalid("null_words", "Not a list of words that mean no value."),
    invalid("nul", "The text contains the character U+0000."),
    invalid("number_ambiguous", "No number of the column shows what its point or comma means."),
    invalid("number_contradictory", "The numbers of the column are grouped in different ways."),
    invalid("number_currencies", "The amounts of the column have several currency signs."),
    invalid("number_currency", "The number has a currency sign that does not fit its column."),
    invalid("number_exponent", "The exponent of the number is out of range."),
    invalid("number_format_option", "Not a number format."),
    invalid("number_format", "The number is not in the format of the column."),
    invalid("number_long", "The number has more than 28 digits."),
    invalid("number_percent_mixed", "Some numbers of the column have a percent sign, others do not."),
    invalid("number_percent", "The number has a percent sign, and the field is not a percentage."),
    invalid("oddity", "Not a kind of model warning."),
    invalid("older_than", "The length of time is too short."),
    invalid("on_error", "Not a way to handle bad rows."),
    invalid("organization_name_control", "An organization's name has control characters."),
    invalid("organization_name_empty", "An organization's name is empty."),
    invalid("organization_name_length", "An organization's name is too long."),
    invalid("other_plan", "The plan was made by another command."),
    invalid("outcome", "Not an outcome of engagements."),
    invalid("page", "Pages are numbered from 1."),
    invalid("path", "The path breaks a rule."),
    invalid("plan", "The file is not a plan."),
    invalid("position", "A model for all accounts has no position."),
    invalid("query", "The query string can't be decoded."),
    invalid("quote_broken", "The quotes of a cell are broken."),
    invalid("quote_escape", "Not a way to escape quotes."),
    invalid("quote_swallows", "A quoted cell looks as if it contains rows."),
    invalid("quote_unclosed", "A quote is never closed."),
    invalid("read_only_field", "The field is computed and can't be set."),
    invalid("reason", "The reason is missing, too long or contains the character U+0000."),
    invalid("reassign_file", "The file of new owners has bad rows, or accounts are missing from it."),
    invalid("reassign_header", "The file of new owners lacks a column."),
    invalid("record_long", "A row or cell of the file is too long."),
    invalid("renewal_stage", "Not a renewal stage."),
    invalid("required", "A required value is missing."),
    invalid("role", "Not a role."),
    invalid("scale_ambiguous", "The numbers of the column don't show its scale."),
    invalid("scale_percent", "The numbers have a percent sign, and another scale was given."),
    invalid("scale_range", "The value is outside its scale."),
    invalid("scale", "Not a scale, or the column has none."),
    invalid("scope", "Not a scope."),
    invalid("score", "Not a score."),
    invalid("seats", "Not a number of seats."),
    invalid("segment_name_control", "A segment's name has control characters."),
    invalid("segment_name_empty", "A segment's name is empty."),
    invalid("segment_name_length", "A segment's name is too long."),
    invalid("sentiment", "Not a sentiment."),
    invalid("severity", "Not a severity."),
    cli(Kind::Invalid, "shards", "Not a number of shards."),
    invalid("sheet_several", "The workbook has several sheets with data."),
    invalid("sheet_unknown", "The workbook has no such sheet."),
    invalid("short_rows", "Not a way to handle short rows."),
    invalid("size", "Not a size."),
    invalid("skip_lines", "Not a number of lines to skip."),
    invalid("slug", "Not a slug."),
    invalid("sort", "Not a sort order of the list."),
    invalid("source_binary", "The file is not text."),
    invalid("source_calendar", "A calendar was given where none is read, or the other way round."),
    invalid("source_directory", "The file is a directory."),
    invalid("source_empty", "The file is empty."),
    invalid("source_json", "The file is not JSON Lines."),
    invalid("source_long", "The file is longer uncompressed than is read."),
    invalid("source_markup", "The file is HTML or XML, not a table."),
    invalid("spreadsheet_error", "The cell contains a spreadsheet error."),
    invalid("status_history", "Past statuses are not imported."),
    invalid("status_source", "Not a source of statuses."),
    invalid("status", "Not a status of accounts."),
    invalid("tag", "Not a tag."),
    invalid("task_source", "Not a source of tasks."),
    invalid("text_control", "The text contains control characters."),
    invalid("text_length", "The text has more than 100,000 characters."),
    invalid("time_zone", "Not a time zone."),
    invalid("time", "Not a time written in RFC 3339."),
    invalid("title_control", "A title has control characters."),
    invalid("title_empty", "A title is empty."),
    invalid("title_length", "A title is too long."),
    invalid("tls", "The TLS certificate and key can't be used."),
    invalid("too_many_cutoffs", "The range has too many month ends."),
    invalid("too_many", "More records are named than one call takes."),
    invalid("total", "Not a way to count the records of a list."),
    invalid("type", "The value has the wrong JSON type."),
    invalid("unique", "The field is unique and can't be set for several records."),
    invalid("unknown_field", "The noun has no such field."),
    invalid("unknown_filter", "The list has no such filter or parameter."),
    invalid("unknown_header", "The file has no such column."),
    invalid("user_name_control", "A user's name has control characters."),
    invalid("user_name_empty", "A user's name is empty."),
    invalid("user_name_length", "A user's name is too long."),
    invalid("window_not_over", "The outcome of a back-test is not known yet."),
    invalid("workbook_damaged", "The workbook is damaged."),
    invalid("workbook_kind", "The file is not a workbook that is read."),
    invalid("workbook_large", "The workbook is larger than is read."),
    invalid("workbook_password", "The workbook is protected by a password."),
    // Well formed, but the values break a rule that no schema can tell.
    content("action_and_items", "Both an action and items are given."),
    content("action_or_items", "Neither an action nor items are given."),
    content("all", "All records are selected together with a filter or ids."),
    content("arr_decimals", "ARR has more than two decimals."),
    content("attachment_name_direction", "The name of the file has characters that change the writing direction."),
    content("attachment_name_path", "The name of the file contains a path."),
    content("attendees_count", "An engagement has more than 500 attendees."),
    content("before_start", "The day is before the start of the goal."),
    content("broken_segment", "The filter of the segment can't be used any more."),
    content("completion_date", "A completion date was given for a goal that is not achieved."),
    content("cursor", "The cursor is not one that a list or feed returned."),
    content("custom_fields_nul", "Custom fields contain the character U+0000."),
    content("custom_fields_size", "Custom fields have more than 64 KiB."),
    content("empty_filter", "A segment needs a filter."),
    content("empty_range", "The start of the range is after its end."),
    content("future_day", "The day is after today."),
    content("future", "The day or time is in the future."),
    content("goal_value", "The value of the goal is out of range or has more than two decimals."),
    content("hours", "The hours are out of range or have more than two decimals."),
    content("international_domain", "The international domain is too long or has a character that domains can't have."),
    content("international_email", "The international e-mail address is too long or has a character that addresses can't have."),
    content("keep_named", "The account to keep is named as a duplicate as well."),
    content("late_step", "A step was given for a day that has newer values."),
    content("long_history", "More days were asked for than one answer has."),
    content("minutes", "The minutes are out of range or have more than two decimals."),
    content("nested_segment", "A segment can't be made of another segment."),
    content("no_change", "An update without a change."),
    content("no_filter", "No records are selected."),
    content("no_pages", "A file has no pages."),
    content("not_with", "Two members exclude each other."),
    content("page_and_cursor", "Both a page and a cursor are given."),
    content("parent_cycle", "The account would be its own parent, directly or through others."),
    content("parent_depth", "Parents would be nested too deep."),
    content("past_day", "The day is not in the future."),
    content("percent", "The percentage is out of range or has more than two decimals."),
    content("period", "The period is not one, or is given in two ways."),
    content("raw", "`raw` is for files only."),
    content("same_user", "The new owner is the user that leaves."),
    content("since", "The comparison date is not before the day."),
    content("tags_count", "A record has more than 50 tags."),
    content("tags_json", "Tags are not a JSON array of texts."),
    content("target_date", "The target date is before the start of the goal."),
    content("too_many_conditions", "The filter has too many conditions."),
    content("too_many_values", "A filter has too many values."),
    content("too_much", "The request has more values than the database takes at once."),
    content("until", "The end of the adjustment is not after today, or more than a year away."),
    large("source_large", "The file is larger than is accepted."),
    // Of rows of an import.
    row("ambiguous_account", "Several accounts have this name or domain."),
    row("ambiguous_key", "Several records have this key."),
    row("ambiguous_user", "Several users have this name."),
    row("archived_account", "The account is archived."),
    row("archived_match", "The record is archived."),
    row("currency_rate", "The amount is in a currency without a rate."),
    row("currency_unsaid", "The amount has no currency, while others of its column have one."),
    row("deactivated_user", "The user is deactivated."),
    row("duplicate_key", "Several rows have the same key."),
    row("external_id_apostrophe", "The id begins with the apostrophe of a spreadsheet."),
    row("external_id_case", "An existing id differs only in upper and lower case."),
    row("external_id_date", "A spreadsheet changed the id to a date."),
    row("external_id_decimal", "A program changed the id to a decimal number."),
    row("external_id_error", "The id is a spreadsheet error."),
    row("external_id_formula", "The id is a spreadsheet formula."),
    row("external_id_scientific", "A spreadsheet changed the id to scientific notation."),
    row("external_id_zeros", "An existing id differs only in leading zeros."),
    row("fields_few", "The row has fewer fields than the header."),
    row("fields_many", "The row has more fields than the header."),
    row("json_object", "The line is not a JSON object."),
    row("json", "The line is not valid JSON."),
    row("merged_account", "The account was merged into another."),
    row("merged_match", "The record was merged into another."),
    row("merged", "The external id belongs to an account since a merge."),
    row("null_word", "The name or id is a word that means no value."),
    row("other_account", "The record is in the history of another account."),
    row("parent_rejected", "The row of the parent was rejected."),
    row("quote_stray", "A cell has a quote that is not doubled."),
    row("taken", "Another record has this value already."),
    row("totals_line", "The row looks like a line of totals."),
    row("unknown_account", "No account matches."),
    row("unknown_id", "No record has this id."),
    row("unknown_parent", "No record and no row of the file is this parent."),
    row("unknown_user", "No user matches."),
    // Of a whole import.
    whole("bad_rows", "The file has bad rows, and the import stops on errors."),
    whole("reject_limit", "The file has more bad rows than the limit."),
    // Of a whole import, by the state of the data.
    guard("id_changes", "Records would get other external ids."),
    guard("missing_empty", "The file has no rows, and missing records would be archived."),
    guard("too_many_missing", "More records are missing from the file than the limit."),
    // No such record, or several.
    not_found("ambiguous_account", "Several accounts have this name."),
    not_found("ambiguous_alert", "The short id is that of several alerts."),
    not_found("ambiguous_attachment", "Several attachments have this name."),
    not_found("ambiguous_key", "Several API keys have this name."),
    not_found("ambiguous_operation", "The short id is that of several operations."),
    not_found("ambiguous_record", "Several records have this name."),
    not_found("ambiguous_user", "Several users have this name."),
    not_found("broken_segment", "The filter of the segment names a record that does not exist any more."),
    not_found("no_database", "The database does not exist."),
    not_found("nobody_named", "A filter means the acting user, and none was named."),
    not_found("unknown_account", "No account has this id or name."),
    not_found("unknown_alert", "No alert has this id."),
    not_found("unknown_attachment", "The engagement has no such attachment."),
    not_found("unknown_ids", "No records have these ids."),
    not_found("unknown_key", "No API key has this name."),
    not_found("unknown_model", "No scoring model has this name."),
    not_found("unknown_operation", "No operation has this id."),
    not_found("unknown_organization", "No organization has this slug."),
    not_found("unknown_person", "Nothing in the data names this person."),
    not_found("unknown_place", "No text at this place names the person."),
    not_found("unknown_record", "No record has this id or name."),
    not_found("unknown_segment", "No segment has this name."),
    not_found("unknown_user", "No user has this e-mail address or name."),
    not_found("which_model", "Several models are in use; one has to be named."),
    // The state of the data forbids it.
    refused("active_user", "The user is active and can't be erased."),
    refused("another_process", "The operation runs in another process."),
    refused("archived_account", "The account is archived."),
    refused("archived", "The record is archived."),
    refused("changed_migration", "A migration of the database differs from that of this version."),
    refused("currency_in_use", "The currency can't be changed: amounts are stored in it."),
    refused("deactivated_user", "The user is deactivated."),
    refused("empty_text", "The text was left empty."),
    refused("exists", "A record with this key, or the file, already exists."),
    refused("expected", "The number of changes is not the expected one."),
    refused("feed_moved", "The database was moved to another cluster."),
    refused("frozen", "The account is not scored: it is archived or has churned."),
    refused("in_use", "A record that is referenced no longer exists, or one that would be removed is in use."),
    refused("last_admin", "The user is the only active administrator."),
    refused("max_affected", "More records would change than the maximum."),
    refused("merged", "The account was merged into another."),
    refused("newer_schema", "The database has a newer schema than this version knows."),
    cli(Kind::Refused, "no_citus", "The database can't be distributed over machines: it lacks the extension Citus."),
    cli(Kind::Refused, "no_signal", "No fact predicts churn better than chance, so no model was fitted."),
    refused("not_changed", "A record can't be changed, so none was."),
    refused("not_confirmed", "The write was not confirmed."),
    refused("not_empty", "The organization has accounts, or the database has a schema, already."),
    refused("not_in_use", "The model is not in use."),
    refused("not_journaled", "Operations of this kind can't be undone."),
    refused("not_listed", "A column is not known to the anonymised copy."),
    refused("not_loopback", "A server without keys would be reachable from other machines."),
    refused("not_migrated", "The database lacks migrations."),
    refused("not_running", "The operation is not running."),
    refused("not_scored", "The account has no score on that day."),
    refused("nothing_done", "The operation wrote nothing."),
    refused("open_to_everybody", "Every web site could use a server without keys."),
    refused("owns_accounts", "The user still owns accounts."),
    refused("plan_differs", "The data changed since the plan was made."),
    refused("pruned", "The undo data of the operation were deleted."),
    cli(Kind::Refused, "shards", "The number of shards can't be changed afterwards."),
    refused("still_running", "The operation is still running."),
    refused("target_not_empty", "The target of a copy or a restore has data already."),
    cli(Kind::Refused, "too_few_churned", "Too few accounts churned to fit a model."),
    refused("undone", "The operation was undone already."),
    refused("unfinished_copy", "The database is an incomplete copy of another one."),
    refused("unfinished_distribution", "The distribution of the database over machines is not complete."),
    cli(Kind::Refused, "worse_than_in_use", "The fitted model ranks churn worse than the model in use."),
    precondition("stale", "The record was changed by someone else."),
    // Somebody else may.
    forbidden("missing_scope", "The API key lacks a scope."),
    forbidden("not_admin", "Only administrators may do this."),
    forbidden("read_only_user", "The user may only read."),
    // Who asks is not known.
    unauthenticated("deactivated_user", "The user of the key is deactivated."),
    unauthenticated("key_expired", "The API key has expired."),
    unauthenticated("key_revoked", "The API key was revoked."),
    unauthenticated("unauthenticated", "No valid API key was sent."),
    // May pass later.
    busy("busy", "Another run holds the lock; retry later."),
    busy("spool_full", "The server keeps too many answers for slow clients; retry later."),
    interrupted("interrupted", "Interrupted; the unit in progress was rolled back."),
    cancelled("cancelled", "The operation was cancelled; nothing of it was kept."),
    // The database, for now.
    passing("commit_unknown", "The connection was lost during the commit: check whether the write was kept."),
    passing("connection", "The database can't be reached."),
    passing("disk_full", "The disk is full."),
    passing("disk_io", "Reading or writing the database failed."),
    passing("no_room", "The database server has no room at the moment."),
    passing("open", "The database can't be opened."),
    passing("read_only", "The database or the file system is read-only."),
    // The database, or a defect.
    storage("broken_off", "The work that wrote a file ended unexpectedly."),
    storage("copy_differs", "A copy of a database does not have the content of its source."),
    storage("corrupt", "The database is damaged."),
    storage("database_rights", "The user of the database lacks a right."),
    storage("database", "The database refused a statement, or its answer can't be read."),
    storage("demo_import", "A row of the demo book was refused."),
    storage("ledger", "The counts of an operation don't add up: a defect of the program."),
    storage("migrate", "A migration failed."),
    storage("stored_model", "A stored scoring model can't be read."),
    storage("thread", "A thread ended unexpectedly: a defect of the program."),
    storage("tls_certificate", "The certificate of the database server is not trusted."),
    // Files.
    io("io", "A file could not be read or written."),
    io("no_randomness", "The operating system returned no random bytes."),
    io("source_changed", "The file changed while it was read."),
    io_passing("disk_full", "The disk is full."),
    io_passing("read_only", "The file system is read-only."),
    // Of the API alone.
    api(Kind::Busy, 429, "rate_limited", "Too many requests; retry later."),
    api(Kind::Busy, 503, "full", "The server has no free connections; retry later."),
    api(Kind::Busy, 503, "not_ready", "The server is starting, stopping or without its database."),
    api(Kind::Forbidden, 403, "foreign_origin", "The request comes from another site."),
    api(Kind::Forbidden, 403, "token_scope", "A key in the query string may only read."),
    api(Kind::Invalid, 400, "action", "The noun has no such bulk action."),
    api(Kind::Invalid, 400, "blank", "The text is blank."),
    api(Kind::Invalid, 400, "body", "The body is missing, incomplete or not a JSON object."),
    api(Kind::Invalid, 400, "comma", "An item of the list contains a comma."),
    api(Kind::Invalid, 400, "items", "No items are given."),
    api(Kind::Invalid, 400, "malformed_request", "The request is not valid HTTP."),
    api(Kind::Invalid, 400, "reason_required", "An adjustment needs a reason."),
    api(Kind::Invalid, 400, "score_required", "An adjustment needs a score."),
    api(Kind::Invalid, 413, "too_large", "The body is larger than this path accepts."),
    api(Kind::Invalid, 413, "too_many_fields", "The form has too many fields."),
    api(Kind::Invalid, 414, "uri_too_long", "The address of the request is too long."),
    api(Kind::Invalid, 415, "media_type", "The body or the export has a format that this path does not have."),
    api(Kind::Invalid, 422, "idempotency_mismatch", "The idempotency key was sent with another call."),
    api(Kind::Invalid, 431, "headers_too_large", "The headers of the request are too large."),
    api(Kind::NotFound, 404, "no_result", "No result of the operation was kept."),
    api(Kind::NotFound, 404, "unknown_upload", "The uploaded file is no longer there; choose it again."),
    api(Kind::NotFound, 404, "no_such_path", "The path does not exist."),
    api(Kind::NotFound, 404, "unknown_result", "No result with this id is known."),
    api(Kind::Refused, 405, "no_such_method", "The path does not have this method."),
    api(Kind::Refused, 409, "idempotency_running", "A request with this idempotency key is still in progress; retry later."),
    api(Kind::Refused, 409, "not_checked", "The import was not checked, or was changed since."),
    api(Kind::Refused, 409, "too_many_uploads", "Too many uploaded files are open; remove one."),
    api(Kind::Refused, 409, "upload_busy", "The uploaded file is being checked or imported."),
    api(Kind::Refused, 409, "nothing_undone", "Everything that the operation wrote was changed since."),
    api(Kind::Refused, 410, "answer_not_kept", "The call was done, and its answer was not kept."),
    api(Kind::Refused, 421, "not_this_host", "The request is for another host."),
    api(Kind::Refused, 428, "if_match_required", "The write needs the `If-Match` header."),
    api(Kind::Storage, 500, "internal", "The server failed; its log has the reason."),
    api(Kind::Storage, 503, "unavailable", "The database can't do this now; nothing was written."),
    // Of the command line alone.
    cli(Kind::Invalid, "auth_header", "Not the name of a header."),
    cli(Kind::Invalid, "config", "The configuration file breaks a rule."),
    cli(Kind::Invalid, "no_editor", "No editor is set."),
    cli(Kind::Invalid, "no_file", "The file of a text does not exist."),
    cli(Kind::Invalid, "no_home", "There is no home folder for the database."),
    cli(Kind::Invalid, "not_text", "The file is not UTF-8 text."),
    cli(Kind::Invalid, "public_url", "Not a public URL."),
    cli(Kind::Invalid, "session_lifetime", "Not a lifetime of sessions."),
    cli(Kind::Invalid, "stdin_twice", "Standard input is named twice."),
    cli(Kind::Invalid, "unknown_command", "No such command or help topic."),
    cli(Kind::Invalid, "webhook_secret", "Not a secret of a webhook."),
    cli(Kind::Invalid, "webhook_url", "Not a URL of a webhook."),
    cli(Kind::Io, "editor", "The editor failed."),
    cli(Kind::Io, "not_sent", "The receiver did not accept the message."),
];
