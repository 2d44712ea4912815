-- What happened in channels besides what was said: one row for each channel that it was seen in.
-- Their ids are places in the journal, as those of messages are.
CREATE TABLE happened (
    seq      INTEGER PRIMARY KEY,
    log      INTEGER NOT NULL,
    id       INTEGER NOT NULL,
    -- JOIN, PART, KICK, QUIT, NICK, TOPIC or MODE.
    kind     TEXT NOT NULL,
    user     INTEGER NOT NULL,
    nick     TEXT NOT NULL,
    ident    TEXT NOT NULL,
    host     TEXT NOT NULL,
    account  TEXT,
    realname TEXT NOT NULL,
    -- Whom it befell: of a KICK. Of a NICK, the new one.
    target   TEXT NOT NULL,
    -- Words that go with it; of a MODE, the changes.
    text     TEXT NOT NULL
) STRICT;
CREATE INDEX happened_log ON happened (log, id);
