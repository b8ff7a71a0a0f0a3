//! The attachment: a file of an engagement, kept byte for byte.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::AttachmentName;
use super::noun::{Field, Journal, Meaning, Noun, Reference, Value};
use super::nouns::{EventKind, ScopeNoun};
use crate::error::Invalid;

/// The largest file, in bytes: 10 MiB.
pub const MOST_BYTES: usize = 10 << 20;

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read(),
    Field::new("engagement_id", Meaning::Id, "id of the engagement").required(),
    Field::new("name", Meaning::Line, "file name, 1 to 255 characters").required(),
    Field::new("media_type", Meaning::Line, "media type of the file, e.g. application/pdf").required(),
    Field::new("size", Meaning::Count, "size in bytes, at most 10 MiB").required(),
    Field::new("sha256", Meaning::Line, "SHA-256 of the content, in hexadecimal").required(),
    Field::new("created_by", Meaning::Author, "user who attached the file: e-mail address").required().default("$user"),
    Field::new("created_at", Meaning::Instant, "time of attaching").looking_back().required().default("$now"),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ORGANIZATION_ID,
]);

/// Written by [`crate::ops::attachments`] alone: bytes are no field.
pub static ATTACHMENT: Noun = Noun {
    keys: &[],
    kept: &["content", "version", "updated_at", "created_by_operation"],
    journal: Some(Journal::new(
        &[Reference::to("engagement_id", "engagements"), Reference::to("created_by", "users")],
        &[&["engagement_id", "sha256"]],
    )),
    event: Some(EventKind::Engagement),
    scope: Some(ScopeNoun::Engagements),
    ..Noun::new("attachment", "attachments", FIELDS)
};

/// All of it but the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub engagement_id: Uuid,
    pub name: String,
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// In hexadecimal, lower case.
    pub sha256: String,
    /// The e-mail address of who attached it.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl Attachment {
    /// The value of one of [`ATTACHMENT`]'s fields.
    pub fn value(&self, field: &Field) -> Value {
        match field.name {
            "id" => Value::Id(self.id),
            "organization_id" => Value::Id(self.organization_id),
            "engagement_id" => Value::Id(self.engagement_id),
            "name" => Value::Text(self.name.clone()),
            "media_type" => Value::Text(self.media_type.clone()),
            "size" => Value::Integer(self.size),
            "sha256" => Value::Text(self.sha256.clone()),
            "created_by" => Value::Text(self.created_by.clone()),
            "created_at" => Value::Instant(self.created_at),
            "updated_at" => Value::Instant(self.updated_at),
            "version" => Value::Integer(self.version),
            _ => Value::Null,
        }
    }
}

/// The name of a file without a path. Codes `attachment_name_empty`, `attachment_name_length`, `attachment_name_control`,
/// `attachment_name_path`, `attachment_name_direction`.
pub fn parse_name(text: &str) -> Result<AttachmentName, Invalid> {
    let name = AttachmentName::parse(text)?;
    if name.as_str().contains(['/', '\\']) || matches!(name.as_str(), "." | "..") {
        return Err(Invalid::new("attachment_name_path", "a file's name has no path: no / or \\, neither . nor .."));
    }
    // Where writing is turned around, a program is shown as `annexe.pdf`, and its name ends with something else.
    if name.as_str().contains(['\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}'])
        || name.as_str().contains(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'])
    {
        return Err(Invalid::new(
            "attachment_name_direction",
            "a file's name has no characters that turn the direction of writing around",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in
            ["notes.pdf", "a b.txt", "מכתב.pdf", "رسالة.txt", ".profile", "größe…docx", "..a", "a.", &"x".repeat(255)]
        {
            assert_eq!(parse_name(name).unwrap().as_str(), name);
        }
        for (name, code) in [
            ("", "attachment_name_empty"),
            ("  ", "attachment_name_empty"),
            (&*"x".repeat(256), "attachment_name_length"),
            ("a\nb", "attachment_name_control"),
            ("a\0", "attachment_name_control"),
            ("/etc/passwd", "attachment_name_path"),
            ("..\\a", "attachment_name_path"),
            ("..", "attachment_name_path"),
            (" . ", "attachment_name_path"),
            ("ann\u{202E}fdp.exe", "attachment_name_direction"),
            ("\u{2067}a.txt", "attachment_name_direction"),
        ] {
            assert_eq!(parse_name(name).unwrap_err().code, code, "{name:?}");
        }
    }
}
