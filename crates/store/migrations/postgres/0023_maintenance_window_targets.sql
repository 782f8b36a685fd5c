-- What else nodes must meet that a maintenance window covers, beside its selector and its site.
ALTER TABLE maintenance_windows ADD COLUMN other_targets JSONB NOT NULL DEFAULT '{}';
