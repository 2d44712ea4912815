-- Subscriptions to push messages (draft/webpush), one for each device.
CREATE TABLE push (
    endpoint TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    auth TEXT NOT NULL,
    renewed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_account ON push (account);
