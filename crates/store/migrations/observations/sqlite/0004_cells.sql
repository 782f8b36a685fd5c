-- Sums of many nodes together: a block has up to 1,024 nodes, and each sum of a day is one row of a block.
-- They are made from `node_days`.

-- The nodes of each block: 16 bytes each, in the order of their places. Zeros: the node was deleted.
CREATE TABLE cell_blocks (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BLOB NOT NULL,
    block           INTEGER NOT NULL,
    nodes           BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX cell_blocks_by_number ON cell_blocks (organization_id, block);

-- `resolution` is 0 for whole days and 1 for half hours of UTC. `day` is as in `node_days`.
CREATE TABLE cells (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BLOB NOT NULL,
    resolution      INTEGER NOT NULL,
    sum             INTEGER NOT NULL,
    day             INTEGER NOT NULL,
    block           INTEGER NOT NULL,
    body            BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX cells_by_sum ON cells (organization_id, resolution, sum, day, block);

-- Days of nodes whose sums in the blocks are older than those in `node_days`, or not there.
CREATE TABLE cell_changes (
    organization_id BLOB NOT NULL,
    resolution      INTEGER NOT NULL,
    day             INTEGER NOT NULL,
    node_id         BLOB NOT NULL,
    PRIMARY KEY (organization_id, resolution, day, node_id)
) STRICT, WITHOUT ROWID;
INSERT INTO cell_changes SELECT organization_id, 0, day, node_id FROM node_days;
INSERT INTO cell_changes SELECT organization_id, 1, day, node_id FROM node_days;
