-- Hooks of channels: programs outside post (`right` 0) or read (1) by a token, whose SHA-256 is `key`.
CREATE TABLE hook (
    name TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    right INTEGER NOT NULL,
    key BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
