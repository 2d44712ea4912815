-- Which messages a log has, in order: blocks of ids, so that a transaction adds one row for each log
-- rather than one for each message. The first id of a block, and those after it, eight bytes each,
-- little-endian.
CREATE TABLE log_block (
    log   INTEGER NOT NULL,
    first INTEGER NOT NULL,
    more  BLOB NOT NULL,
    PRIMARY KEY (log, first)
) STRICT, WITHOUT ROWID;
INSERT INTO log_block SELECT log, id, x'' FROM message ORDER BY log, id;
DROP INDEX message_log;
