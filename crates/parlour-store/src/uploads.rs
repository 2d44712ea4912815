//! Uploaded files: a folder of the data directory, and a small database of what is in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parlour_core::{MsgId, Time};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, params};

use crate::{DataDir, StoreError};

/// Folder in the data directory.
pub(crate) const FOLDER: &str = "uploads";
/// Database in the folder.
pub(crate) const DATABASE: &str = "uploads.db";
/// Ending of files that are not complete.
const PART: &str = "part";
/// Ending of the small picture of a picture.
const THUMB: &str = "thumb";
/// Characters of an id at least.
const LEAST_ID: usize = 20;
/// Tables of version 1.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    owner TEXT NOT NULL,
    created INTEGER NOT NULL,
    -- Message that links to it first, once it is kept.
    message INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS upload_owner ON upload (owner);
CREATE INDEX IF NOT EXISTS upload_message ON upload (message) WHERE message IS NOT NULL;
CREATE INDEX IF NOT EXISTS upload_created ON upload (created);
";
/// Change of version 2: whether this server took the file itself, or copied it from another node of its cluster.
const OWN: &str = "ALTER TABLE upload ADD COLUMN own INTEGER NOT NULL DEFAULT 1";
const VERSION: i64 = 2;
const COLUMNS: &str = "id, name, kind, size, width, height, owner, created, message";

/// Uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Id, which cannot be guessed.
    pub id: String,
    /// File name, for people.
    pub name: String,
    /// Media type that it is served as.
    pub kind: String,
    /// Bytes.
    pub size: u64,
    /// Pixels of a picture; 0 for any other file.
    pub width: u32,
    /// Pixels of a picture.
    pub height: u32,
    /// Account (`account:NAME`, folded), or address of a guest (`guest:ADDRESS`), or hook (`hook:NAME`).
    pub owner: String,
    /// Time of the upload.
    pub created: Time,
    /// Message that links to it first.
    pub message: Option<MsgId>,
}

/// File that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Id.
    pub id: String,
    /// True if this server took it itself, rather than copied it from another node of its cluster.
    pub is_own: bool,
}

/// Condition of files that no message links to.
const UNLINKED: &str = "message IS NULL AND created < CAST(?1 AS INTEGER)";

/// Store of uploaded files.
pub struct Uploads {
    connection: Connection,
    folder: PathBuf,
}

impl Uploads {
    /// Opens the store of a data directory, or creates it. Files that were not complete are removed.
    ///
    /// # Errors
    /// The folder or its database cannot be used.
    pub fn open(dir: &DataDir) -> Result<Uploads, StoreError> {
        let folder = dir.path().join(FOLDER);
        dir.make_private_folder(&folder)?;
        let connection = Connection::open(folder.join(DATABASE))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > VERSION {
            return Err(StoreError::VersionTooNew {
                found: version,
                known: VERSION,
            });
        }
        connection.execute_batch(TABLES)?;
        if version < VERSION {
            connection.execute_batch(&format!(
                "BEGIN; {OWN}; PRAGMA user_version = {VERSION}; COMMIT;"
            ))?;
        }
        let uploads = Uploads { connection, folder };
        uploads.remove_parts();
        Ok(uploads)
    }

    fn remove_parts(&self) {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for file in files {
            if file.path().extension().is_some_and(|ending| ending == PART) {
                // One that cannot be removed is only a waste of room.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Returns the path of a file that is not complete yet.
    pub fn part(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{PART}"))
    }

    /// Returns the path of a complete file.
    pub fn file(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Returns the path of the small picture of a picture.
    pub fn thumb(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{THUMB}"))
    }

    /// Keeps a complete file, and its small picture if it has one, which are at these paths. `is_own` tells
    /// whether this server took it itself.
    ///
    /// # Errors
    /// Nothing was kept.
    pub fn keep(
        &mut self,
        upload: &Upload,
        part: &Path,
        thumb: Option<&Path>,
        is_own: bool,
    ) -> Result<(), StoreError> {
        let place = self.file(&upload.id);
        let fault = |source| StoreError::Copy {
            path: place.clone(),
            source,
        };
        // The file first: a row without one would be a fault, a file without a row is only waste.
        let move_synced = |from: &Path, to: &Path| {
            fs::File::open(from)?.sync_all()?;
            fs::rename(from, to)
        };
        move_synced(part, &place).map_err(fault)?;
        if let Some(thumb) = thumb {
            move_synced(thumb, &self.thumb(&upload.id)).map_err(fault)?;
        }
        // The names as well, before a row says that they are there.
        let folder = fs::File::open(&self.folder).and_then(|folder| folder.sync_all());
        folder.map_err(fault)?;
        self.connection.execute(
            "INSERT INTO upload (id, name, kind, size, width, height, owner, created, message, own)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                upload.id,
                upload.name,
                upload.kind,
                upload.size as i64,
                upload.width,
                upload.height,
                upload.owner,
                upload.created.0 as i64,
                upload.message.map(|id| id.0 as i64),
                is_own,
            ],
        )?;
        Ok(())
    }

    /// Returns an upload by its id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn find(&self, id: &str) -> Result<Option<Upload>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM upload WHERE id = ?1");
        let found = self
            .connection
            .prepare_cached(&sql)?
            .query_row([id], upload)
            .optional()?;
        Ok(found)
    }

    /// Returns the bytes of an owner's files, and of all files; a small one counts as a block of the disk.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn usage(&self, owner: &str) -> Result<(u64, u64), StoreError> {
        let sum = |sql: &str, whose: &[&str]| -> Result<u64, StoreError> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let bytes: i64 =
                statement.query_row(rusqlite::params_from_iter(whose), |row| row.get(0))?;
            Ok(bytes as u64)
        };
        let own = sum(
            "SELECT coalesce(sum(max(size, 4096)), 0) FROM upload WHERE owner = ?1",
            &[owner],
        )?;
        let all = sum("SELECT coalesce(sum(max(size, 4096)), 0) FROM upload", &[])?;
        Ok((own, all))
    }

    /// Notes the message that links to a file, so that the file goes with the message. Only the first
    /// one counts.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn link(&mut self, id: &str, message: MsgId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE upload SET message = ?2 WHERE id = ?1 AND message IS NULL")?
            .execute(params![id, message.0 as i64])?;
        Ok(())
    }

    /// Deletes the files of a message. Returns them.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn delete_of_message(&mut self, message: MsgId) -> Result<Vec<Deleted>, StoreError> {
        let id = (message.0 as i64).to_string();
        self.delete("message = CAST(?1 AS INTEGER)", &id)
    }

    /// Deletes the files of an owner. Returns them.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn delete_of_owner(&mut self, owner: &str) -> Result<Vec<Deleted>, StoreError> {
        self.delete("owner = ?1", owner)
    }

    /// Deletes the files that were uploaded before a time. Returns them.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn delete_older(&mut self, than: Time) -> Result<Vec<Deleted>, StoreError> {
        let than = (than.0 as i64).to_string();
        self.delete("created < CAST(?1 AS INTEGER)", &than)
    }

    /// Deletes the files that no message links to, if they were uploaded before a time. Returns them.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn delete_unlinked(&mut self, before: Time) -> Result<Vec<Deleted>, StoreError> {
        let before = (before.0 as i64).to_string();
        self.delete(UNLINKED, &before)
    }

    /// Returns the ids of the files that [`Uploads::delete_unlinked`] deletes.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn unlinked(&self, before: Time) -> Result<Vec<String>, StoreError> {
        let before = (before.0 as i64).to_string();
        let found = self.matching(UNLINKED, &before)?;
        Ok(found.into_iter().map(|found| found.id).collect())
    }

    /// Returns the ids of the files that this server took itself.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn own(&self) -> Result<Vec<String>, StoreError> {
        let found = self.matching("own = CAST(?1 AS INTEGER)", "1")?;
        Ok(found.into_iter().map(|found| found.id).collect())
    }

    /// Deletes the files whose messages are from before a time and gone, such as by retention. A newer
    /// message may not be kept yet. Returns them.
    ///
    /// # Errors
    /// The databases cannot be read or written.
    pub fn delete_orphans(
        &mut self,
        dir: &DataDir,
        before: Time,
    ) -> Result<Vec<Deleted>, StoreError> {
        let linked: Vec<i64> = {
            let sql = "SELECT DISTINCT message FROM upload WHERE message IS NOT NULL";
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        let linked = linked.into_iter().map(|message| MsgId(message as u64));
        let mut deleted = Vec::new();
        for message in messages_gone(dir, linked, before)? {
            deleted.extend(self.delete_of_message(message)?);
        }
        Ok(deleted)
    }

    /// Returns whether there are no uploads at all.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM upload)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Removes a file, and its small picture, if no row knows it. Returns whether it has.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn remove_unknown(&self, id: &str) -> Result<bool, StoreError> {
        if self.find(id)?.is_some() {
            return Ok(false);
        }
        let _ = fs::remove_file(self.thumb(id));
        Ok(fs::remove_file(self.file(id)).is_ok())
    }

    /// Returns the files of the rows that meet a condition with one value.
    fn matching(&self, condition: &str, value: &str) -> Result<Vec<Deleted>, StoreError> {
        let sql = format!("SELECT id, own FROM upload WHERE {condition}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([value], |row| {
            Ok(Deleted {
                id: row.get(0)?,
                is_own: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Deletes the files of the rows that meet a condition with one value.
    fn delete(&mut self, condition: &str, value: &str) -> Result<Vec<Deleted>, StoreError> {
        let found = self.matching(condition, value)?;
        for Deleted { id, .. } in &found {
            // The row first: from here on nobody is served the file.
            self.connection
                .prepare_cached("DELETE FROM upload WHERE id = ?1")?
                .execute([id])?;
            let _ = fs::remove_file(self.file(id));
            let _ = fs::remove_file(self.thumb(id));
        }
        Ok(found)
    }
}

/// Returns which messages are from before a time and not there any more.
///
/// # Errors
/// The database cannot be read.
pub fn messages_gone(
    dir: &DataDir,
    messages: impl Iterator<Item = MsgId>,
    before: Time,
) -> Result<Vec<MsgId>, StoreError> {
    dir.tail().wait()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(dir.database(), flags)?;
    let mut is_there = connection.prepare("SELECT 1 FROM message WHERE id = ?1")?;
    let mut gone = Vec::new();
    for message in messages.filter(|message| message.time() < before) {
        if !is_there.exists([message.0 as i64])? {
            gone.push(message);
        }
    }
    Ok(gone)
}

/// Lists the ids of the complete files in the folder that were written before a time.
///
/// # Errors
/// The folder cannot be read.
pub fn uploaded_before(dir: &DataDir, before: SystemTime) -> Result<Vec<String>, StoreError> {
    let folder = dir.path().join(FOLDER);
    let files = fs::read_dir(&folder).map_err(|source| StoreError::Directory {
        path: folder,
        source,
    })?;
    let old = files.flatten().filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        // Other files have an ending, or were put there by somebody else.
        let is_id = name.len() >= LEAST_ID
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let changed = file.metadata().and_then(|about| about.modified());
        (is_id && changed.is_ok_and(|changed| changed < before)).then_some(name)
    });
    Ok(old.collect())
}

/// Copies the uploaded files of a data directory into a folder beside a copy of its database. Files are
/// never changed once they are there, so that they may be linked rather than copied.
///
/// # Errors
/// The folder exists, or cannot be written.
pub fn backup_uploads(dir: &DataDir, copy: &Path) -> Result<Option<PathBuf>, StoreError> {
    let from = dir.path().join(FOLDER);
    if !from.join(DATABASE).exists() {
        return Ok(None);
    }
    let mut name = copy.as_os_str().to_owned();
    name.push(".uploads");
    let to = PathBuf::from(name);
    let fault = |source| StoreError::Copy {
        path: to.clone(),
        source,
    };
    if to.exists() {
        return Err(StoreError::Exists(to));
    }
    dir.make_private_folder(&to)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from.join(DATABASE), flags)?;
    let database = to.join(DATABASE);
    let database = database.to_str().ok_or_else(|| {
        let what = "its name is no text";
        fault(std::io::Error::new(std::io::ErrorKind::InvalidInput, what))
    })?;
    connection.execute("VACUUM INTO ?1", [database])?;
    for file in fs::read_dir(&from).map_err(fault)?.flatten() {
        let path = file.path();
        let is_kept = path.extension().is_none_or(|ending| ending == THUMB);
        if is_kept {
            let place = to.join(file.file_name());
            // A link is enough, unless the copy is on another disk.
            if fs::hard_link(&path, &place).is_err()
                && let Err(error) = fs::copy(&path, &place)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(fault(error));
            }
        }
    }
    Ok(Some(to))
}

/// Returns the faults of the uploaded files beside a database, or in a data directory.
///
/// # Errors
/// The database of the files cannot be read.
pub fn check_uploads(path: &Path) -> Result<Vec<String>, StoreError> {
    let folder = match path.is_dir() {
        true => path.join(FOLDER),
        false => {
            let mut name = path.as_os_str().to_owned();
            name.push(".uploads");
            PathBuf::from(name)
        }
    };
    if !folder.join(DATABASE).exists() {
        return Ok(Vec::new());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(DATABASE), flags)?;
    let mut faults = Vec::new();
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if whole != "ok" {
        faults.push(format!("the list of uploads: {whole}"));
    }
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM upload"))?;
    for found in statement.query_map([], upload)? {
        let Upload { id, name, size, .. } = found?;
        match fs::metadata(folder.join(&id)) {
            Ok(file) if file.len() == size => {}
            Ok(file) => {
                faults.push(format!(
                    "the upload {name} has {} bytes in place of {size}",
                    file.len()
                ));
            }
            Err(error) => faults.push(format!("the upload {name} cannot be read: {error}")),
        }
    }
    Ok(faults)
}

fn upload(row: &Row<'_>) -> rusqlite::Result<Upload> {
    let message: Option<i64> = row.get(8)?;
    Ok(Upload {
        id: row.get(0)?,
        name: row.get(1)?,
        kind: row.get(2)?,
        size: row.get::<_, i64>(3)? as u64,
        width: row.get(4)?,
        height: row.get(5)?,
        owner: row.get(6)?,
        created: Time(row.get::<_, i64>(7)? as u64),
        message: message.map(|id| MsgId(id as u64)),
    })
}
