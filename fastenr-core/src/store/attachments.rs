//! Files of engagements.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::records::Stamp;
use super::{Scope, StoreResult, Tx};
use crate::model::attachment::Attachment;

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    engagement_id: Uuid,
    name: String,
    media_type: String,
    size: i64,
    sha256: String,
    created_by: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl From<Row> for Attachment {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            engagement_id: row.engagement_id,
            name: row.name,
            media_type: row.media_type,
            size: row.size,
            sha256: row.sha256,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Without the bytes, which a list has no use for.
const SELECT: &str = "select t.id, t.organization_id, t.engagement_id, t.name, t.media_type, t.size, t.sha256, \
    u.email as created_by, t.created_at, t.updated_at, t.version \
    from attachments t join users u on u.organization_id = $1 and u.id = t.created_by where t.organization_id = $1";

/// Those of an engagement, in the order they were attached.
pub async fn of_engagement(tx: &mut Tx<'_>, scope: &Scope, engagement: Uuid) -> StoreResult<Vec<Attachment>> {
    let sql = format!("{SELECT} and t.engagement_id = $2 order by t.created_at, t.name, t.id");
    let rows: Vec<Row> = tx.of(scope, sql).bind(engagement).fetch_all().await?;
    Ok(rows.into_iter().map(Attachment::from).collect())
}

pub async fn content(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Vec<u8>>> {
    let sql = "select content from attachments where organization_id = $1 and id = $2";
    let row: Option<(Vec<u8>,)> = tx.of(scope, sql).bind(id).fetch_optional().await?;
    Ok(row.map(|(content,)| content))
}

/// Keeps a file. Its times and author are the stamp's.
pub async fn insert(
    tx: &mut Tx<'_>,
    scope: &Scope,
    attachment: &Attachment,
    content: Vec<u8>,
    stamp: Stamp,
) -> StoreResult<()> {
    let sql = "insert into attachments (organization_id, id, engagement_id, name, media_type, size, sha256, content, \
               created_by, created_by_operation, created_at, updated_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
    tx.of(scope, sql)
        .bind(attachment.id)
        .bind(attachment.engagement_id)
        .bind(attachment.name.clone())
        .bind(attachment.media_type.clone())
        .bind(attachment.size)
        .bind(attachment.sha256.clone())
        .bind(content)
        .bind(stamp.user)
        .bind(stamp.operation)
        .bind(stamp.now)
        .execute()
        .await?;
    Ok(())
}
