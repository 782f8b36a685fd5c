-- Refused requests are few: a list of them does not read the others.
CREATE INDEX audit_entries_denied ON audit_entries (chain, number) WHERE outcome = 'denied';

-- Without statistics, SQLite takes a chain for ten entries long, and reads all of it instead of using an index
-- of what is asked for. So it is told that a chain is long. A server never runs ANALYZE, which would replace this.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE tbl = 'audit_entries';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit_entries', 'audit_entries', '1000000 100000 1'),
    ('audit_entries', 'audit_entries_by_actor', '1000000 100000 1000 1'),
    ('audit_entries', 'audit_entries_by_operation', '1000000 100000 1000 1'),
    ('audit_entries', 'audit_entries_denied', '10000 1000 1');
