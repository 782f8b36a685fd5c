-- Every reference goes with the organization, so that none leads into another.

CREATE TABLE services (
    id                   BLOB PRIMARY KEY NOT NULL,
    organization_id      BLOB NOT NULL REFERENCES organizations (id),
    type                 TEXT NOT NULL,
    name                 TEXT NOT NULL,
    address              TEXT,
    port                 INTEGER,
    socket               TEXT,
    environment          TEXT,
    cluster              TEXT,
    replication_set      TEXT,
    version              TEXT,
    database_name        TEXT,
    auto_discovery_limit INTEGER,
    group_name           TEXT,
    search               TEXT NOT NULL,
    labels               TEXT NOT NULL,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    revision             INTEGER NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, name)
) STRICT;
CREATE INDEX services_by_name ON services (organization_id, name, id, search);
CREATE INDEX services_by_created_at ON services (organization_id, created_at, id);
CREATE INDEX services_by_updated_at ON services (organization_id, updated_at, id);
CREATE INDEX services_by_type ON services (organization_id, type, name, id);
CREATE INDEX services_by_environment ON services (organization_id, environment, name, id) WHERE environment IS NOT NULL;
CREATE INDEX services_by_cluster ON services (organization_id, cluster, name, id) WHERE cluster IS NOT NULL;
CREATE INDEX services_by_group ON services (organization_id, group_name, name, id) WHERE group_name IS NOT NULL;

CREATE TABLE service_labels (
    organization_id BLOB NOT NULL,
    service_id      BLOB NOT NULL,
    name            TEXT NOT NULL,
    value           TEXT NOT NULL,
    PRIMARY KEY (organization_id, service_id, name),
    FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX service_labels_by_value ON service_labels (organization_id, name, value, service_id);

CREATE TABLE service_nodes (
    organization_id BLOB NOT NULL,
    service_id      BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    PRIMARY KEY (organization_id, service_id, node_id),
    FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX service_nodes_by_node ON service_nodes (organization_id, node_id, service_id);

CREATE TABLE agents (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    type            TEXT NOT NULL,
    runs_on_id      BLOB,
    enabled         INTEGER NOT NULL,
    description     TEXT,
    settings        TEXT NOT NULL,
    listen_port     INTEGER,
    status          TEXT NOT NULL,
    status_since    INTEGER NOT NULL,
    labels          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, runs_on_id) REFERENCES nodes (organization_id, id)
) STRICT;
-- A node has one agent of ours, which runs the others.
CREATE UNIQUE INDEX agents_one_of_ours ON agents (organization_id, runs_on_id) WHERE type = 'bailiwick_agent';
CREATE INDEX agents_by_created_at ON agents (organization_id, created_at, id);
CREATE INDEX agents_by_updated_at ON agents (organization_id, updated_at, id);
CREATE INDEX agents_by_type ON agents (organization_id, type, created_at, id);
CREATE INDEX agents_by_runs_on ON agents (organization_id, runs_on_id, created_at, id) WHERE runs_on_id IS NOT NULL;

CREATE TABLE agent_labels (
    organization_id BLOB NOT NULL,
    agent_id        BLOB NOT NULL,
    name            TEXT NOT NULL,
    value           TEXT NOT NULL,
    PRIMARY KEY (organization_id, agent_id, name),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_labels_by_value ON agent_labels (organization_id, name, value, agent_id);

CREATE TABLE agent_nodes (
    organization_id BLOB NOT NULL,
    agent_id        BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    PRIMARY KEY (organization_id, agent_id, node_id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_nodes_by_node ON agent_nodes (organization_id, node_id, agent_id);

CREATE TABLE agent_services (
    organization_id BLOB NOT NULL,
    agent_id        BLOB NOT NULL,
    service_id      BLOB NOT NULL,
    PRIMARY KEY (organization_id, agent_id, service_id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_services_by_service ON agent_services (organization_id, service_id, agent_id);

-- Sealed under a pepper that is not in the database.
CREATE TABLE agent_secrets (
    agent_id       BLOB NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    pepper_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL,
    PRIMARY KEY (agent_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_secrets_by_pepper ON agent_secrets (pepper_version, agent_id, name);
