-- Observations, in a file of their own. Nodes and organizations are in the other file, so no key refers to them.
-- Tables with chunks have row ids: SQLite keeps only a quarter of a page of each row of a table without them, so
-- that such a table takes twice the space.
CREATE TABLE series (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    metric          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    type            TEXT,
    subtype         TEXT,
    unit            TEXT,
    created_at      INTEGER NOT NULL,
    -- The microseconds of a slot, chosen when the series is sealed first.
    slot_length     INTEGER,
    -- The latest sample among those that are sealed.
    last_at         INTEGER,
    last_order      INTEGER,
    last_value      INTEGER
) STRICT;
CREATE UNIQUE INDEX series_by_metric ON series (organization_id, node_id, metric);
CREATE INDEX series_by_kind ON series (organization_id, kind, id);

-- The words of states, and the codes and levels of alarms. The level of a state is 0.
CREATE TABLE series_words (
    series_id INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    level     INTEGER NOT NULL,
    word      TEXT NOT NULL,
    PRIMARY KEY (series_id, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX series_words_by_word ON series_words (series_id, word, level);

-- What was acknowledged and is not sealed yet. Rows of one series do not repeat a sample.
CREATE TABLE observation_log (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id   INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    samples     INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX observation_log_by_series ON observation_log (series_id, last_at);

-- What is sealed. A slot of a series may have several parts, whose times may overlap.
CREATE TABLE observation_chunks (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id INTEGER NOT NULL,
    slot      INTEGER NOT NULL,
    part      INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    samples   INTEGER NOT NULL,
    body      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX observation_chunks_by_slot ON observation_chunks (series_id, slot, part);

-- The ids of batches, for seven days.
CREATE TABLE observation_batches (
    organization_id BLOB NOT NULL,
    source          TEXT NOT NULL,
    batch           TEXT NOT NULL,
    received_at     INTEGER NOT NULL,
    stored          INTEGER NOT NULL,
    known           INTEGER NOT NULL,
    refused         INTEGER NOT NULL,
    PRIMARY KEY (organization_id, source, batch)
) STRICT, WITHOUT ROWID;
CREATE INDEX observation_batches_by_received_at ON observation_batches (received_at);

-- The times of nodes whose sums are outdated, one range for each day of UTC on which one begins. A range may end
-- on a later day. `change` grows with each change of the range.
CREATE TABLE dirty_ranges (
    organization_id BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    day             INTEGER NOT NULL,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    change          INTEGER NOT NULL,
    PRIMARY KEY (organization_id, node_id, day)
) STRICT, WITHOUT ROWID;

-- The intervals in which a source of a node was connected. Those of one source neither overlap nor touch.
CREATE TABLE coverage (
    organization_id BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    source          TEXT NOT NULL,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    PRIMARY KEY (node_id, source, first_at)
) STRICT, WITHOUT ROWID;

-- How many days observations of a kind are kept. Without a row, they are kept forever.
CREATE TABLE observation_retention (
    organization_id BLOB NOT NULL,
    kind            TEXT NOT NULL,
    days            INTEGER NOT NULL,
    PRIMARY KEY (organization_id, kind)
) STRICT, WITHOUT ROWID;
