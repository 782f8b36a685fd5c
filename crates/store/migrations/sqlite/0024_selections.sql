-- The nodes that targets meant at one time, for ten minutes. `nodes` has the ids one after the other, 16 bytes each.
CREATE TABLE selections (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    owner           TEXT NOT NULL,
    targets         TEXT NOT NULL,
    nodes           BLOB NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX selections_of_organization ON selections (organization_id, owner);
CREATE INDEX selections_by_end ON selections (expires_at);
