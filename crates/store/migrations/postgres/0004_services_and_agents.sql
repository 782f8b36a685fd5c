-- Every reference goes with the organization, so that none leads into another.

CREATE TABLE services (
    id                   UUID PRIMARY KEY NOT NULL,
    organization_id      UUID NOT NULL REFERENCES organizations (id),
    type                 TEXT COLLATE "C" NOT NULL,
    name                 TEXT COLLATE "C" NOT NULL,
    address              TEXT COLLATE "C",
    port                 BIGINT,
    socket               TEXT,
    environment          TEXT COLLATE "C",
    cluster              TEXT COLLATE "C",
    replication_set      TEXT,
    version              TEXT,
    database_name        TEXT,
    auto_discovery_limit BIGINT,
    group_name           TEXT COLLATE "C",
    search               TEXT COLLATE "C" NOT NULL,
    labels               JSONB NOT NULL,
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    revision             BIGINT NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, name)
);
CREATE INDEX services_by_name ON services (organization_id, name, id);
CREATE INDEX services_by_created_at ON services (organization_id, created_at, id);
CREATE INDEX services_by_updated_at ON services (organization_id, updated_at, id);
CREATE INDEX services_by_type ON services (organization_id, type, name, id);
CREATE INDEX services_by_environment ON services (organization_id, environment, name, id) WHERE environment IS NOT NULL;
CREATE INDEX services_by_cluster ON services (organization_id, cluster, name, id) WHERE cluster IS NOT NULL;
CREATE INDEX services_by_group ON services (organization_id, group_name, name, id) WHERE group_name IS NOT NULL;

CREATE TABLE service_labels (
    organization_id UUID NOT NULL,
    service_id      UUID NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    value           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, service_id, name),
    FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX service_labels_by_value ON service_labels (organization_id, name, value, service_id);

CREATE TABLE service_nodes (
    organization_id UUID NOT NULL,
    service_id      UUID NOT NULL,
    node_id         UUID NOT NULL,
    PRIMARY KEY (organization_id, service_id, node_id),
    FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id)
);
CREATE INDEX service_nodes_by_node ON service_nodes (organization_id, node_id, service_id);

CREATE TABLE agents (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    type            TEXT COLLATE "C" NOT NULL,
    runs_on_id      UUID,
    enabled         BOOLEAN NOT NULL,
    description     TEXT,
    settings        JSONB NOT NULL,
    listen_port     BIGINT,
    status          TEXT NOT NULL,
    status_since    BIGINT NOT NULL,
    labels          JSONB NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, runs_on_id) REFERENCES nodes (organization_id, id)
);
-- A node has one agent of ours, which runs the others.
CREATE UNIQUE INDEX agents_one_of_ours ON agents (organization_id, runs_on_id) WHERE type = 'bailiwick_agent';
CREATE INDEX agents_by_created_at ON agents (organization_id, created_at, id);
CREATE INDEX agents_by_updated_at ON agents (organization_id, updated_at, id);
CREATE INDEX agents_by_type ON agents (organization_id, type, created_at, id);
CREATE INDEX agents_by_runs_on ON agents (organization_id, runs_on_id, created_at, id) WHERE runs_on_id IS NOT NULL;

CREATE TABLE agent_labels (
    organization_id UUID NOT NULL,
    agent_id        UUID NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    value           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, agent_id, name),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX agent_labels_by_value ON agent_labels (organization_id, name, value, agent_id);

CREATE TABLE agent_nodes (
    organization_id UUID NOT NULL,
    agent_id        UUID NOT NULL,
    node_id         UUID NOT NULL,
    PRIMARY KEY (organization_id, agent_id, node_id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id)
);
CREATE INDEX agent_nodes_by_node ON agent_nodes (organization_id, node_id, agent_id);

CREATE TABLE agent_services (
    organization_id UUID NOT NULL,
    agent_id        UUID NOT NULL,
    service_id      UUID NOT NULL,
    PRIMARY KEY (organization_id, agent_id, service_id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id)
);
CREATE INDEX agent_services_by_service ON agent_services (organization_id, service_id, agent_id);

-- Sealed under a pepper that is not in the database.
CREATE TABLE agent_secrets (
    agent_id       UUID NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    name           TEXT COLLATE "C" NOT NULL,
    pepper_version BIGINT NOT NULL,
    sealed         BYTEA NOT NULL,
    PRIMARY KEY (agent_id, name)
);
CREATE INDEX agent_secrets_by_pepper ON agent_secrets (pepper_version, agent_id, name);
