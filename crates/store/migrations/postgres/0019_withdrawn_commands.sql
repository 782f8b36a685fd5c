-- When the key or user that gave a command was disabled or deleted. From then on, the command begins on no node.
ALTER TABLE commands ADD COLUMN withdrawn_at BIGINT;
