-- Messages that are no more, in the order in which they went, until the search index has
-- forgotten them too.
CREATE TABLE removed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id  INTEGER NOT NULL
) STRICT;
