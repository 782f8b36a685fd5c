-- Up to which entry a chain was cut off, and the hash of that entry. Only what was cut off may be
-- deleted.
ALTER TABLE audit_chains ADD COLUMN cut_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit_chains ADD COLUMN cut_hash TEXT NOT NULL
    DEFAULT '0000000000000000000000000000000000000000000000000000000000000000';

DROP TRIGGER audit_entries_remain;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries
WHEN OLD.number > COALESCE((SELECT cut_number FROM audit_chains WHERE chain = OLD.chain), 0)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE INDEX audit_targets_by_number ON audit_targets (chain, number);
