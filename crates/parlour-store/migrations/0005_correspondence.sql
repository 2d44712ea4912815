-- Who takes part in which private log. A side is written as in the log's name: an account with
-- when it was registered, or a user's number.
CREATE TABLE correspondence (
    party TEXT NOT NULL,
    log   INTEGER NOT NULL,
    PRIMARY KEY (party, log)
) STRICT, WITHOUT ROWID;
INSERT INTO correspondence
    SELECT substr(name, 2, instr(name, ',') - 2), id FROM log WHERE name LIKE '=%';
INSERT OR IGNORE INTO correspondence
    SELECT substr(name, instr(name, ',') + 1), id FROM log WHERE name LIKE '=%';
