-- The server that a node's agent connected to last, and the one before, where several servers share a database.
CREATE TABLE node_holders (
    node_id            UUID PRIMARY KEY NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    server_id          UUID NOT NULL,
    previous_server_id UUID,
    since              BIGINT NOT NULL
);
CREATE INDEX node_holders_by_server ON node_holders (server_id);
