-- Up to where people with an account have read: a side of private logs, and a folded channel or nick.
CREATE TABLE read_marker (
    party  TEXT NOT NULL,
    target TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (party, target)
) STRICT, WITHOUT ROWID;
