-- Channels with all their modes, a line each: a sign, a letter, and what goes with it.
ALTER TABLE channel ADD COLUMN modes TEXT NOT NULL DEFAULT '';
UPDATE channel SET modes = '+n' || char(10) || '+t' || char(10)
    || CASE invite_only WHEN 0 THEN '' ELSE '+i' || char(10) END;
ALTER TABLE channel DROP COLUMN invite_only;
-- Whose a channel is, and since when; nobody's, mostly.
ALTER TABLE channel ADD COLUMN founder INTEGER REFERENCES account (id);
ALTER TABLE channel ADD COLUMN registered INTEGER;
-- Bans (b), exceptions (e) and invitation masks (I).
CREATE TABLE channel_mask (
    channel TEXT NOT NULL,
    kind    TEXT NOT NULL,
    place   INTEGER NOT NULL,
    mask    TEXT NOT NULL,
    set_by  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (channel, kind, place)
) STRICT, WITHOUT ROWID;
