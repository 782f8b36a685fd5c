-- Nodes that were merged into another, until it is certain that no more of their observations arrive. Observations that
-- a request or an agent was about to store during a merge are moved afterwards. What is being moved belongs to
-- `staging_id`, which is no node's.
CREATE TABLE node_merges (
    from_id         BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    into_id         BLOB NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    staging_id      BLOB NOT NULL,
    merged_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX node_merges_by_organization ON node_merges (organization_id, from_id);
CREATE INDEX node_merges_by_into ON node_merges (into_id);
