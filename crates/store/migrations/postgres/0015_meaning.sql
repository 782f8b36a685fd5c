-- Times of nodes whose sums are outdated. A row of neither a site nor a node is about all nodes of the organization.
-- Nothing keeps the sites and nodes: a row may outlive them.
CREATE TABLE production_changes (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    site_id         UUID,
    node_id         UUID,
    first_at        BIGINT NOT NULL,
    last_at         BIGINT NOT NULL
);
CREATE INDEX production_changes_of_organization ON production_changes (organization_id, id);

ALTER TABLE organizations ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';

-- When work is scheduled. A calendar of neither a site nor a node is that of the organization.
CREATE TABLE calendars (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name            TEXT COLLATE "C" NOT NULL,
    description     TEXT,
    site_id         UUID,
    node_id         UUID,
    rules           JSONB NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (organization_id, name),
    CHECK (site_id IS NULL OR node_id IS NULL),
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX calendars_by_name ON calendars (organization_id, name, id);
CREATE INDEX calendars_by_created_at ON calendars (organization_id, created_at, id);
CREATE UNIQUE INDEX calendars_of_site ON calendars (organization_id, site_id) WHERE site_id IS NOT NULL;
CREATE UNIQUE INDEX calendars_of_node ON calendars (organization_id, node_id) WHERE node_id IS NOT NULL;
CREATE UNIQUE INDEX calendars_of_organization ON calendars (organization_id)
WHERE site_id IS NULL AND node_id IS NULL;
