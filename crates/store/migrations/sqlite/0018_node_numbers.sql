-- A short number for each node, beside its id. A number is never given to another node, even after its node was
-- deleted.
CREATE TABLE node_numbers (
    number  INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    node_id BLOB NOT NULL UNIQUE REFERENCES nodes (id) ON DELETE CASCADE
) STRICT;
INSERT INTO node_numbers (node_id) SELECT id FROM nodes ORDER BY id;
