//! Whether an operation that says it is running still is: its process holds a lock that dies with it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::cancel::{Cancel, Cancellable};
use super::{Conn, Db, Engine, Scope, StoreResult, Tx};
use crate::error::Error;
use crate::private;

/// Held for as long as an operation runs.
#[derive(Debug)]
pub struct LivenessLock {
    /// SQLite: a locked file beside the database; the operating system lets go of it when the process ends.
    file: Option<(File, PathBuf)>,
    _cancellable: Cancellable,
}

impl Drop for LivenessLock {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.file {
            // What can't be removed is seen as free and removed by the next look.
            let _ = std::fs::remove_file(path);
        }
    }
}

const INFIX: &str = "-operation-";

fn lock_file(database: &Path, operation: Uuid) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!("{INFIX}{operation}"));
    PathBuf::from(name)
}

/// The half of a UUIDv7 that is random.
fn lock_key(operation: Uuid) -> i64 {
    i64::from_be_bytes(operation.as_bytes()[8..].try_into().unwrap_or_default())
}

impl Db {
    /// Shows everybody that `operation` is at work, for as long as the result and `conn` live; as long it can be cancelled.
    pub async fn lock_liveness(&self, conn: &mut Conn, operation: Uuid) -> StoreResult<LivenessLock> {
        let cancel = Cancel::default();
        conn.obey(cancel.clone()).await?;
        let cancellable = Cancellable::new(operation, cancel);
        match self.path() {
            Some(database) => {
                let path = lock_file(database, operation);
                let doing = |error| Error::io(format_args!("making {}", path.display()), error);
                let file = private::create(&path).map_err(doing)?;
                file.lock().map_err(doing)?;
                Ok(LivenessLock { file: Some((file, path)), _cancellable: cancellable })
            }
            None => {
                let mut tx = conn.read().await?;
                tx.sql("select pg_advisory_lock($1)").bind(lock_key(operation)).execute().await?;
                tx.commit().await?;
                Ok(LivenessLock { file: None, _cancellable: cancellable })
            }
        }
    }

    /// Removes what is left of processes that were killed before they had written their operation down. Only under the write
    /// lock, as the signs are made under it.
    pub fn remove_stale_liveness_files(&self) -> StoreResult<()> {
        let Some(path) = self.path() else { return Ok(()) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let prefix = format!("{}{INFIX}", path.file_name().unwrap_or_default().to_string_lossy());
        let doing = |error| Error::io(format_args!("reading the folder {}", folder.display()), error);
        for entry in std::fs::read_dir(folder).map_err(doing)? {
            let entry = entry.map_err(doing)?;
            let is_sign = entry.file_name().to_string_lossy().starts_with(&prefix);
            if is_sign && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Whether the process that began `operation` is there. It asks on the caller's connection: another one might be had only
    /// from who waits for the caller.
    pub async fn is_alive(&self, tx: &mut Tx<'_>, operation: Uuid) -> StoreResult<bool> {
        if self.engine() == Engine::Postgres {
            // Taking the lock to see whether it is free would show it as held to who looks at the same time.
            let sql = "select exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1 \
                       and database = (select oid from pg_database where datname = current_database()) \
                       and classid::bigint = ($1 >> 32) & 4294967295 and objid::bigint = $1 & 4294967295)";
            let (is_held,): (bool,) = tx.sql(sql).bind(lock_key(operation)).fetch_one().await?;
            return Ok(is_held);
        }
        let Some(path) = self.path().map(|database| lock_file(database, operation)) else { return Ok(false) };
        let Ok(file) = File::open(&path) else { return Ok(false) };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(true),
            _ => {
                let _ = std::fs::remove_file(&path);
                Ok(false)
            }
        }
    }
}

/// A lock that ends with its holder: on SQLite a locked file, on PostgreSQL it belongs to the connection.
#[derive(Debug)]
pub struct Exclusive {
    file: Option<(File, PathBuf)>,
    key: Option<i64>,
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        // While it is locked: who opened the file before finds that it is gone, and makes another.
        if let Some((_, path)) = self.file.as_ref().filter(|_| cfg!(unix)) {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Exclusive {
    /// Lets go of it at once; a connection that is only closed does so when its server gets to it.
    pub async fn release(self, conn: &mut Conn) -> StoreResult<()> {
        if let Some(key) = self.key {
            let mut tx = conn.read().await?;
            tx.sql("select pg_advisory_unlock($1)").bind(key).execute().await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

impl Db {
    /// The lock of the organization's runs of this name, held for as long as the result and `conn` live; none where another
    /// holds it. It does not wait.
    pub async fn try_exclusive(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        name: &'static str,
    ) -> StoreResult<Option<Exclusive>> {
        if let Some(database) = self.path() {
            let mut path = database.as_os_str().to_owned();
            path.push(format!("-{name}-{}.lock", scope.organization));
            let path = PathBuf::from(path);
            let file = lock(&path).map_err(|error| Error::io(format_args!("locking {}", path.display()), error))?;
            return Ok(file.map(|file| Exclusive { file: Some((file, path)), key: None }));
        }
        let mut hash = lock_key(scope.organization);
        for byte in name.bytes() {
            hash = hash.rotate_left(7) ^ i64::from(byte);
        }
        let mut tx = conn.read().await?;
        let (got,): (bool,) = tx.sql("select pg_try_advisory_lock($1)").bind(hash).fetch_one().await?;
        tx.commit().await?;
        Ok(got.then_some(Exclusive { file: None, key: Some(hash) }))
    }
}

/// The file of this path, locked; none where another has it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = private::open(File::options().create(true).write(true).truncate(false), path)?;
        match file.try_lock() {
            // A holder that ended between the two has removed this file: the lock is that of the file in its place.
            Ok(()) if !is_at(&file, path)? => {}
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Whether the path still names this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_holder_at_a_time_and_no_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let (holders, held) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let Some(file) = lock(&path).unwrap() else { continue };
                        let lock = Exclusive { file: Some((file, path.clone())), key: None };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                        held.fetch_add(1, Ordering::SeqCst);
                        holders.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert!(held.into_inner() > 0);
        assert_eq!(path.exists(), cfg!(not(unix)));
    }
}
