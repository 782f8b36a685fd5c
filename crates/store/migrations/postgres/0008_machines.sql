-- Who said which machine a node is; null where nobody knows, of nodes that are older than this.
ALTER TABLE nodes ADD COLUMN origin JSONB;
-- The name as names are compared: in small letters, without a dot at the end. Null until the server has worked
-- it out, which it does of names with other letters than ASCII's.
ALTER TABLE nodes ADD COLUMN folded_name TEXT;
-- The same, of one node only. Null where another node had it already when this was added.
ALTER TABLE nodes ADD COLUMN unique_name TEXT;

UPDATE nodes SET folded_name = CASE WHEN name LIKE '_%.' THEN substr(lower(name COLLATE "C"), 1, length(name) - 1) ELSE lower(name COLLATE "C") END
WHERE NOT (name ~ '[^ -~]');
UPDATE nodes SET unique_name = folded_name
WHERE folded_name IS NOT NULL AND id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY organization_id, folded_name ORDER BY id) AS place FROM nodes
        WHERE folded_name IS NOT NULL
    ) AS placed WHERE place = 1
);
CREATE UNIQUE INDEX nodes_by_unique_name ON nodes (organization_id, unique_name);
CREATE INDEX nodes_by_folded_name ON nodes (organization_id, folded_name);
CREATE INDEX nodes_to_fold ON nodes (id) WHERE folded_name IS NULL;

-- The key that a node's agent had before a machine with the same machine id took the node over. Until then that
-- agent may show that it is still there.
ALTER TABLE agents ADD COLUMN previous_key_id TEXT;
ALTER TABLE agents ADD COLUMN previous_until BIGINT;
