-- The names and addresses in the certificates of fronts that are still valid, and whose they are. `name` is as names are
-- compared. The authority issues no certificate for a name that another node has here.
CREATE TABLE front_names (
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    node_id         BLOB NOT NULL,
    expires_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, name),
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX front_names_of_node ON front_names (organization_id, node_id);
CREATE INDEX front_names_by_end ON front_names (expires_at);
-- For finding the other nodes that have an address.
CREATE INDEX nodes_by_lower_address ON nodes (organization_id, lower(address)) WHERE address IS NOT NULL;
