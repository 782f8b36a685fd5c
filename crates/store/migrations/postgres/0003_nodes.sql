-- Labels know their organization, so that they are searched within it.
CREATE UNIQUE INDEX sites_within_organization ON sites (organization_id, id);

CREATE TABLE site_labels_within (
    organization_id UUID NOT NULL,
    site_id         UUID NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    value           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, site_id, name),
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id) ON DELETE CASCADE
);
INSERT INTO site_labels_within (organization_id, site_id, name, value)
SELECT sites.organization_id, l.site_id, l.name, l.value
FROM site_labels l JOIN sites ON sites.id = l.site_id;
DROP TABLE site_labels;
ALTER TABLE site_labels_within RENAME TO site_labels;
CREATE INDEX site_labels_by_value ON site_labels (organization_id, name, value, site_id);

CREATE TABLE nodes (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    site_id         UUID,
    host_id         UUID,
    type            TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    address         TEXT COLLATE "C",
    description     TEXT,
    machine_id      TEXT,
    distro          TEXT,
    container_id    TEXT COLLATE "C",
    container_name  TEXT,
    model           TEXT,
    region          TEXT COLLATE "C",
    az              TEXT,
    instance_id     TEXT,
    manufacturer    TEXT,
    serial_number   TEXT,
    search          TEXT COLLATE "C" NOT NULL,
    labels          JSONB NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (organization_id, name),
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id)
);
-- Partial also because an index of nothing but nulls is so small that PostgreSQL would take it for the
-- quickest way to any node of an organization.
CREATE UNIQUE INDEX nodes_by_container ON nodes (organization_id, container_id)
WHERE container_id IS NOT NULL;
CREATE UNIQUE INDEX nodes_by_address ON nodes (organization_id, address, region) WHERE region IS NOT NULL;
CREATE INDEX nodes_by_name ON nodes (organization_id, name, id);
CREATE INDEX nodes_by_created_at ON nodes (organization_id, created_at, id);
CREATE INDEX nodes_by_updated_at ON nodes (organization_id, updated_at, id);
CREATE INDEX nodes_by_type ON nodes (organization_id, type, name, id);
CREATE INDEX nodes_by_site ON nodes (organization_id, site_id, name, id) WHERE site_id IS NOT NULL;
CREATE INDEX nodes_by_host ON nodes (organization_id, host_id, name, id) WHERE host_id IS NOT NULL;
-- The last index of nodes, and it must stay the last: of indexes that look equally good PostgreSQL takes
-- the newest, and on a table without statistics all of an organization's do. A large import would check
-- each reference by reading the whole organization.
CREATE UNIQUE INDEX nodes_within_organization ON nodes (organization_id, id);
ALTER TABLE nodes ADD FOREIGN KEY (organization_id, host_id) REFERENCES nodes (organization_id, id);

CREATE TABLE node_labels (
    organization_id UUID NOT NULL,
    node_id         UUID NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    value           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, node_id, name),
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX node_labels_by_value ON node_labels (organization_id, name, value, node_id);
