-- Messages of several lines, and those relayed for somebody elsewhere.
ALTER TABLE message ADD COLUMN splits TEXT;
ALTER TABLE message ADD COLUMN relayed_by TEXT;

-- What is known about channels (by their folded names, with '#') and, once there are any,
-- about accounts (by their folded names).
CREATE TABLE metadata (
    owner TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

-- Accounts: who one is, whatever the nick. Nothing makes one yet.
CREATE TABLE account (
    id       INTEGER PRIMARY KEY,
    folded   TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    created  INTEGER NOT NULL,
    -- The password's Argon2id hash (PHC string); none, if it is known by certificates only.
    password TEXT
) STRICT;

-- Certificates that stand for an account: SHA-256 fingerprints in lower-case hexadecimal.
CREATE TABLE certificate (
    fingerprint TEXT PRIMARY KEY,
    account     INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Channels that belong to an account, and what others may do there.
CREATE TABLE channel_access (
    channel TEXT NOT NULL,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    flags   TEXT NOT NULL,
    PRIMARY KEY (channel, account)
) STRICT, WITHOUT ROWID;
