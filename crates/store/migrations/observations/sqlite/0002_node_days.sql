-- How much each source sent in an hour of UTC, until the audit trail says it.
CREATE TABLE observation_receipts (
    organization_id BLOB NOT NULL,
    source          TEXT NOT NULL,
    hour            INTEGER NOT NULL,
    batches         INTEGER NOT NULL,
    stored          INTEGER NOT NULL,
    known           INTEGER NOT NULL,
    refused         INTEGER NOT NULL,
    PRIMARY KEY (organization_id, source, hour)
) STRICT, WITHOUT ROWID;

-- How long a source of a node may be silent before there is no data, in microseconds. Without a row: a minute.
CREATE TABLE source_silence (
    organization_id BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    source          TEXT NOT NULL,
    stale_after     INTEGER NOT NULL,
    PRIMARY KEY (node_id, source)
) STRICT, WITHOUT ROWID;

-- The sums of production days of nodes. `day` is the number of the date in the node's calendar, from 1970-01-01 on.
CREATE TABLE node_days (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    day             INTEGER NOT NULL,
    known_until     INTEGER NOT NULL,
    body            BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX node_days_by_node ON node_days (organization_id, node_id, day);
