-- What was said to members of a rank only (STATUSMSG): the rank's letter. And whether a bot said it,
-- or did what happened.
ALTER TABLE message ADD COLUMN rank TEXT;
ALTER TABLE message ADD COLUMN bot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE happened ADD COLUMN bot INTEGER NOT NULL DEFAULT 0;
