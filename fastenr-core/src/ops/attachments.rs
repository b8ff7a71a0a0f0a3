//! Files of engagements: attach, list, fetch, detach.

use uuid::Uuid;

use super::entries::{find, subject};
use super::records::{Write, check_version, record_operation, stale};
use super::{Change, Context, Written, nearest};
use crate::digest::sha256;
use crate::error::{Error, Kind, Result, Verb};
use crate::model::attachment::{ATTACHMENT, Attachment, MOST_BYTES, parse_name};
use crate::model::engagement::ENGAGEMENT;
use crate::model::entry::Entry;
use crate::model::media_type;
use crate::model::operation::Ledger;
use crate::model::short_id::ShortId;
use crate::say;
use crate::store::journal::DELETED;
use crate::store::{self, Lock, Tx, attachments};

/// Keeps a file with an engagement. The same bytes are kept once: `changes` is then empty, and the record is the one there
/// is, whatever its name.
///
/// # Errors
/// `unknown_record`, `ambiguous_record`, `attachment_size`, the rules of [`parse_name`].
pub async fn attach(
    context: &Context,
    engagement: &str,
    name: &str,
    content: Vec<u8>,
    dry_run: bool,
) -> Result<Written<Attachment>> {
    context.may_write()?;
    let file = parse_name(name).map_err(|invalid| invalid.of("name", name))?.into_string();
    check_size(&file, content.len())?;
    let scope = context.scope();
    let sha256 = sha256(&content);
    let mut tx = context.write(Lock::Shared).await?;
    let entry = find(&mut tx, context, &ENGAGEMENT, engagement).await?;
    let known = attachments::of_engagement(&mut tx, &scope, entry.id()).await?;
    if let Some(record) = known.into_iter().find(|known| known.sha256 == sha256) {
        return Ok(Written { record, operation: None, changes: Vec::new() });
    }
    let ledger = Ledger { rows: 1, created: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "engagements.attach", ledger, "{}".into()).await?;
    let record = Attachment {
        id: context.ids.next(),
        organization_id: scope.organization,
        engagement_id: entry.id(),
        media_type: media_type::of(&file, &content).to_owned(),
        size: i64::try_from(content.len()).unwrap_or(i64::MAX),
        name: file,
        sha256,
        created_by: context.user.email.clone(),
        created_at: stamp.now,
        updated_at: stamp.now,
        version: 1,
    };
    attachments::insert(&mut tx, &scope, &record, content, stamp).await?;
    let changes = vec![Change { field: ATTACHMENT.many, old: String::new(), new: record.name.clone() }];
    let write = Write { context, stamp, kind: "engagements.attach", subject: subject(&entry), changes, dry_run };
    write.finish(tx, record).await
}

/// # Errors
/// `attachment_size`.
pub fn check_size(name: &str, bytes: usize) -> Result<()> {
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::invalid(
        "attachment_size",
        format!("{name} is larger than 10 MiB, the most that an attachment may have"),
    )
    .hint("keep it elsewhere, and its address in the engagement's description"))
}

/// The engagement, and the files it has in the order they were attached.
///
/// # Errors
/// `unknown_record`, `ambiguous_record`.
pub async fn list(context: &Context, engagement: &str) -> Result<(Entry, Vec<Attachment>)> {
    let mut tx = context.db.read().await?;
    let entry = find(&mut tx, context, &ENGAGEMENT, engagement).await?;
    let files = attachments::of_engagement(&mut tx, &context.scope(), entry.id()).await?;
    Ok((entry, files))
}

/// A file with its bytes, which are what was attached: their SHA-256 is looked at.
///
/// # Errors
/// `unknown_record`, `ambiguous_record`, `unknown_attachment`, `ambiguous_attachment`, `corrupt`.
pub async fn fetch(context: &Context, engagement: &str, attachment: &str) -> Result<(Attachment, Vec<u8>)> {
    let mut tx = context.db.read().await?;
    let entry = find(&mut tx, context, &ENGAGEMENT, engagement).await?;
    let record = find_in(&mut tx, context, &entry, attachment).await?;
    let content = attachments::content(&mut tx, &context.scope(), record.id).await?;
    let content = content.ok_or_else(|| unknown(&entry, attachment, &[]))?;
    if sha256(&content) != record.sha256 {
        let message = format!("{} is damaged: its bytes are not those that were attached", record.name);
        return Err(Error::new(Kind::Storage, "corrupt", message)
            .hint(say!("look for more damage with {}", Verb::DbCheck))
            .hint("a backup may have the file"));
    }
    Ok((record, content))
}

/// Takes a file away; its before-image is kept, bytes and all.
///
/// # Errors
/// As [`fetch`].
pub async fn detach(
    context: &Context,
    engagement: &str,
    attachment: &str,
    expected: Option<i64>,
    dry_run: bool,
) -> Result<Written<Attachment>> {
    context.may_write()?;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    let entry = find(&mut tx, context, &ENGAGEMENT, engagement).await?;
    let record = find_in(&mut tx, context, &entry, attachment).await?;
    check_version(&record.name, record.version, expected)?;
    let ledger = Ledger { deleted: 1, ..Ledger::default() };
    let stamp = record_operation(&mut tx, context, "engagements.detach", ledger, "{}".into()).await?;
    store::records::keep_before(&mut tx, &scope, &ATTACHMENT, record.id, DELETED, stamp.operation).await?;
    if store::records::delete(&mut tx, &scope, &ATTACHMENT, record.id, record.version).await? == 0 {
        return Err(stale(&record.name, record.version));
    }
    let changes = vec![Change { field: ATTACHMENT.many, old: record.name.clone(), new: String::new() }];
    let write = Write { context, stamp, kind: "engagements.detach", subject: subject(&entry), changes, dry_run };
    write.finish(tx, record).await
}

/// By its id, or by a name that only one has.
async fn find_in(tx: &mut Tx<'_>, context: &Context, entry: &Entry, name: &str) -> Result<Attachment> {
    let files = attachments::of_engagement(tx, &context.scope(), entry.id()).await?;
    let typed = name.trim();
    let id = Uuid::parse_str(typed).ok();
    if let Some(file) = files.iter().find(|file| Some(file.id) == id) {
        return Ok(file.clone());
    }
    let named: Vec<&Attachment> = files.iter().filter(|file| file.name == typed).collect();
    let named = match (named.as_slice(), ShortId::parse(typed)) {
        ([], Some(short)) => files.iter().filter(|file| short.is_of(file.id)).collect(),
        _ => named,
    };
    match named.as_slice() {
        [] => Err(unknown(entry, name, &files)),
        [file] => Ok((*file).clone()),
        several => {
            let ids: Vec<String> = several.iter().map(|file| format!("{} ({} bytes)", file.id, file.size)).collect();
            let message = format!("several attachments of {} are called {name:?}", entry.title());
            Err(Error::not_found("ambiguous_attachment", message).hint(format!("name one of {}", ids.join(", "))))
        }
    }
}

fn unknown(entry: &Entry, name: &str, files: &[Attachment]) -> Error {
    let error = Error::not_found("unknown_attachment", format!("{} has no attachment called {name:?}", entry.title()));
    let near = nearest(name, files.iter().map(|file| file.name.as_str()), 3);
    if near.is_empty() {
        error.hint(say!("list them with {}", Verb::EngagementsAttachments.on(entry.id())))
    } else {
        error.hint(format!("did you mean {}?", near.join(" or ")))
    }
}
