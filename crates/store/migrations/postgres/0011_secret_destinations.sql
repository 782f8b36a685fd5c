-- Where each secret of an agent may go, in the words of the domain. Null in rows from before: a server
-- binds those when it starts.
ALTER TABLE agent_secrets ADD COLUMN destination TEXT;
CREATE INDEX agent_secrets_unbound ON agent_secrets (agent_id, name) WHERE destination IS NULL;

-- The port that an exporter which the node's agent starts is to listen at; null if it may choose.
ALTER TABLE agents ADD COLUMN configured_port BIGINT;
