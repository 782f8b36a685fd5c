-- How many days an organization keeps observations of a kind, or (`host`) the metrics of hosts themselves. Null stands
-- for forever. What has no row is kept for the default.
CREATE TABLE retentions (
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    kept            TEXT NOT NULL,
    days            INTEGER,
    PRIMARY KEY (organization_id, kept)
) STRICT, WITHOUT ROWID;
