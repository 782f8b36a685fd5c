-- Refused requests are few: a list of them does not read the others.
CREATE INDEX audit_entries_denied ON audit_entries (chain, number) WHERE outcome = 'denied';
