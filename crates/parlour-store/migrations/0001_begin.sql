-- Logs: one for each channel, and one for each pair of users who talk in private.
CREATE TABLE log (
    id   INTEGER PRIMARY KEY,
    -- '#' and the folded channel name, or '=' and two user numbers.
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What was said. The id is the place in the journal and tells the time: its upper 48
-- bits are milliseconds since 1970. Rows are only ever added at the end; the index adds
-- a few bytes for each, so that a commit to many logs touches few pages. An entry of
-- the index ends in the row's id: reading a part of a log is a walk along it.
CREATE TABLE message (
    id       INTEGER PRIMARY KEY,
    log      INTEGER NOT NULL,
    -- 0 PRIVMSG, 1 NOTICE.
    kind     INTEGER NOT NULL,
    user     INTEGER NOT NULL,
    nick     TEXT NOT NULL,
    ident    TEXT NOT NULL,
    host     TEXT NOT NULL,
    account  TEXT,
    target   TEXT NOT NULL,
    text     TEXT NOT NULL,
    tags     TEXT NOT NULL
) STRICT;
CREATE INDEX message_log ON message (log);

-- Channels, as they outlast a restart.
CREATE TABLE channel (
    folded       TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    created      INTEGER NOT NULL,
    topic        TEXT,
    topic_by     TEXT,
    topic_at     INTEGER,
    key          TEXT,
    invite_only  INTEGER NOT NULL,
    history_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: the last place in the journal that is kept.
CREATE TABLE journal (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO journal VALUES (1, 0);
