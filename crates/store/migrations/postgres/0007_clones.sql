-- Of agents of ours: the agent whose key their machine first came with, which may be gone since.
ALTER TABLE agents ADD COLUMN cloned_from_id uuid;
CREATE INDEX agents_by_cloned_from ON agents (cloned_from_id) WHERE cloned_from_id IS NOT NULL;
