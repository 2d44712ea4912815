-- How far the database follows the journal: the journal's id, none (0) before there is one, and the
-- number of the last entry that is applied. And a count that rises with each synced transaction: without
-- a change there is nothing to sync.
ALTER TABLE journal ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN entry INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN syncs INTEGER NOT NULL DEFAULT 0;
