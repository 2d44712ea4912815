//! Opening of the journal: the database takes what it lacks, and follows from then on.

use std::sync::Arc;

use crate::journal::{self, Durability, Journal, Recovery};
use crate::{DataDir, StoreError, Writer};

impl Journal {
    /// Opens the journal of a data directory, and applies what the database lacks.
    ///
    /// # Errors
    /// The journal cannot be read, is damaged, or belongs to another database.
    pub fn open(
        dir: &DataDir,
        writer: &mut Writer,
        durability: Durability,
    ) -> Result<(Arc<Journal>, Recovery), StoreError> {
        let files = dir.journal_files();
        let (found, known) = (journal::read(&*files)?, writer.position()?);
        let (entries, recovery) = journal::entries(&found, known)?;
        // On a full disk the database needs the room that was reserved for the next segment.
        let found = found.without_blank(&*files)?;
        let mut last = known.entry;
        for entry in entries {
            last = last.max(entry.number);
            writer.tail.append(entry);
        }
        writer.catch_up()?;
        let mut id = known.journal;
        if id == 0 || recovery.is_missing {
            id = files.new_id();
            writer.set_journal(id)?;
        }
        // The segments that were found go now, and the first of the new ones names the id.
        writer.checkpoint()?;
        let tail = writer.tail.clone();
        let journal = Journal::begin(files, (tail, durability), (id, last), &found)?;
        let journal = Arc::new(journal);
        writer.follow(journal.clone());
        Ok((journal, recovery))
    }
}
