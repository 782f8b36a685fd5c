-- Labels know their organization, so that they are searched within it.
CREATE UNIQUE INDEX sites_within_organization ON sites (organization_id, id);

CREATE TABLE site_labels_within (
    organization_id BLOB NOT NULL,
    site_id         BLOB NOT NULL,
    name            TEXT NOT NULL,
    value           TEXT NOT NULL,
    PRIMARY KEY (organization_id, site_id, name),
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO site_labels_within (organization_id, site_id, name, value)
SELECT sites.organization_id, l.site_id, l.name, l.value
FROM site_labels l JOIN sites ON sites.id = l.site_id;
DROP TABLE site_labels;
ALTER TABLE site_labels_within RENAME TO site_labels;
CREATE INDEX site_labels_by_value ON site_labels (organization_id, name, value, site_id);

CREATE TABLE nodes (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    site_id         BLOB,
    host_id         BLOB,
    type            TEXT NOT NULL,
    name            TEXT NOT NULL,
    address         TEXT,
    description     TEXT,
    machine_id      TEXT,
    distro          TEXT,
    container_id    TEXT,
    container_name  TEXT,
    model           TEXT,
    region          TEXT,
    az              TEXT,
    instance_id     TEXT,
    manufacturer    TEXT,
    serial_number   TEXT,
    search          TEXT NOT NULL,
    labels          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, name),
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id),
    FOREIGN KEY (organization_id, host_id) REFERENCES nodes (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX nodes_by_container ON nodes (organization_id, container_id)
WHERE container_id IS NOT NULL;
CREATE UNIQUE INDEX nodes_by_address ON nodes (organization_id, address, region) WHERE region IS NOT NULL;
-- The text that is searched is in it, so that a search in the order of names reads no rows that do
-- not match. PostgreSQL bounds what an entry holds, and does without.
CREATE INDEX nodes_by_name ON nodes (organization_id, name, id, search);
CREATE INDEX nodes_by_created_at ON nodes (organization_id, created_at, id);
CREATE INDEX nodes_by_updated_at ON nodes (organization_id, updated_at, id);
CREATE INDEX nodes_by_type ON nodes (organization_id, type, name, id);
CREATE INDEX nodes_by_site ON nodes (organization_id, site_id, name, id) WHERE site_id IS NOT NULL;
CREATE INDEX nodes_by_host ON nodes (organization_id, host_id, name, id) WHERE host_id IS NOT NULL;

CREATE TABLE node_labels (
    organization_id BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    name            TEXT NOT NULL,
    value           TEXT NOT NULL,
    PRIMARY KEY (organization_id, node_id, name),
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX node_labels_by_value ON node_labels (organization_id, name, value, node_id);
