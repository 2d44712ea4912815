-- Who is kept out of the server: an account, an address, a network, or a mask.
CREATE TABLE ban (
    target TEXT PRIMARY KEY,
    -- account, network or mask: what the target is read as.
    kind   TEXT NOT NULL,
    reason TEXT NOT NULL,
    set_by TEXT NOT NULL,
    at     INTEGER NOT NULL,
    -- When it ends; none: when it is lifted.
    until  INTEGER
) STRICT, WITHOUT ROWID;
-- What only a few may do, and who has done it.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    action TEXT NOT NULL,
    about  TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
