-- How an account is used.
ALTER TABLE account ADD COLUMN always_on INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN multiclient INTEGER NOT NULL DEFAULT 1;
-- Users who stay when their last connection ends.
CREATE TABLE presence (
    account  INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    user     INTEGER NOT NULL,
    nick     TEXT NOT NULL,
    ident    TEXT NOT NULL,
    host     TEXT NOT NULL,
    address  TEXT NOT NULL,
    realname TEXT NOT NULL,
    away     TEXT,
    modes    TEXT NOT NULL,
    signon   INTEGER NOT NULL,
    -- When the last connection ended, as a place in the journal; none while one is there.
    gone     INTEGER
) STRICT;
CREATE TABLE presence_channel (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    ranks   TEXT NOT NULL,
    joined  INTEGER NOT NULL,
    PRIMARY KEY (account, channel)
) STRICT, WITHOUT ROWID;
-- Bans that were lifted (kind x) say when.
ALTER TABLE channel_mask ADD COLUMN until INTEGER;
