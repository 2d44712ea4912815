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
        let (entries, mut recovery) = journal::entries(&found, known)?;
        // On a full disk the database needs the room that was reserved for the next segment.
        let found = found.without_blank(&*files)?;
        let mut last = known.entry;
        for entry in entries {
            last = last.max(entry.number);
            writer.tail.append(entry);
        }
        writer.catch_up()?;
        writer.checkpoint()?;
        if known.journal == 0 || recovery.is_missing {
            recovery.is_new = true;
            writer.set_journal(files.new_id())?;
        }
        let id = writer.position()?.journal;
        let tail = writer.tail.clone();
        let journal = Journal::begin(files, (tail, durability), (id, last), &found)?;
        let journal = Arc::new(journal);
        writer.follow(journal.clone());
        Ok((journal, recovery))
    }
}
