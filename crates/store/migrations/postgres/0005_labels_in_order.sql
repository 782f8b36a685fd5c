-- PostgreSQL takes the newest of indexes that look equally good, and on a table without statistics all of an
-- organization's do: that of the references must be the last index of its table, or a large import checks
-- each reference by reading the whole organization.
ALTER TABLE services DROP CONSTRAINT services_organization_id_id_key CASCADE;
CREATE UNIQUE INDEX services_within_organization ON services (organization_id, id);
ALTER TABLE service_nodes
    ADD FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id) ON DELETE CASCADE;
ALTER TABLE agent_services
    ADD FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id);
ALTER TABLE agents DROP CONSTRAINT agents_organization_id_id_key CASCADE;
CREATE UNIQUE INDEX agents_within_organization ON agents (organization_id, id);
ALTER TABLE agent_nodes
    ADD FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE;
ALTER TABLE agent_services
    ADD FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE;

-- What an object is listed by stands at its labels too, so that the objects with a label are read in the
-- order of their list.
-- The primary key comes last and holds the value for the same reason as above: a label of an object is
-- looked up by it, not by reading what else has the label.

CREATE TABLE site_labels_in_order (
    organization_id UUID NOT NULL,
    site_id         UUID NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    value           TEXT COLLATE "C" NOT NULL,
    site_name       TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id) ON DELETE CASCADE
);
INSERT INTO site_labels_in_order (organization_id, site_id, name, value, site_name)
SELECT l.organization_id, l.site_id, l.name, l.value, sites.name
FROM site_labels l JOIN sites ON sites.id = l.site_id;
DROP TABLE site_labels;
ALTER TABLE site_labels_in_order RENAME TO site_labels;
CREATE INDEX site_labels_by_value ON site_labels (organization_id, name, value, site_name, site_id);
ALTER TABLE site_labels ADD PRIMARY KEY (organization_id, site_id, name) INCLUDE (value);

CREATE TABLE node_labels_in_order (
    organization_id UUID NOT NULL,
    node_id         UUID NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    value           TEXT COLLATE "C" NOT NULL,
    node_name       TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
);
INSERT INTO node_labels_in_order (organization_id, node_id, name, value, node_name)
SELECT l.organization_id, l.node_id, l.name, l.value, nodes.name
FROM node_labels l JOIN nodes ON nodes.id = l.node_id;
DROP TABLE node_labels;
ALTER TABLE node_labels_in_order RENAME TO node_labels;
CREATE INDEX node_labels_by_value ON node_labels (organization_id, name, value, node_name, node_id);
ALTER TABLE node_labels ADD PRIMARY KEY (organization_id, node_id, name) INCLUDE (value);

CREATE TABLE service_labels_in_order (
    organization_id UUID NOT NULL,
    service_id      UUID NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    value           TEXT COLLATE "C" NOT NULL,
    service_name    TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (organization_id, service_id) REFERENCES services (organization_id, id) ON DELETE CASCADE
);
INSERT INTO service_labels_in_order (organization_id, service_id, name, value, service_name)
SELECT l.organization_id, l.service_id, l.name, l.value, services.name
FROM service_labels l JOIN services ON services.id = l.service_id;
DROP TABLE service_labels;
ALTER TABLE service_labels_in_order RENAME TO service_labels;
CREATE INDEX service_labels_by_value ON service_labels (organization_id, name, value, service_name, service_id);
ALTER TABLE service_labels ADD PRIMARY KEY (organization_id, service_id, name) INCLUDE (value);

CREATE TABLE agent_labels_in_order (
    organization_id  UUID NOT NULL,
    agent_id         UUID NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    value            TEXT COLLATE "C" NOT NULL,
    agent_created_at BIGINT NOT NULL,
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
INSERT INTO agent_labels_in_order (organization_id, agent_id, name, value, agent_created_at)
SELECT l.organization_id, l.agent_id, l.name, l.value, agents.created_at
FROM agent_labels l JOIN agents ON agents.id = l.agent_id;
DROP TABLE agent_labels;
ALTER TABLE agent_labels_in_order RENAME TO agent_labels;
CREATE INDEX agent_labels_by_value ON agent_labels (organization_id, name, value, agent_created_at, agent_id);
ALTER TABLE agent_labels ADD PRIMARY KEY (organization_id, agent_id, name) INCLUDE (value);
