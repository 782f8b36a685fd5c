-- An entry of the audit trail gets its place at the commit: what is to be added waits here, and a
-- deferred trigger adds it to its chain. So the chain's row is locked only while the database itself
-- commits, and not while it waits for a server at the other end of a network.
CREATE TABLE audit_pending (
    place      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain      UUID NOT NULL,
    at         BIGINT NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    operation  TEXT COLLATE "C" NOT NULL,
    targets    JSONB NOT NULL,
    outcome    TEXT NOT NULL,
    reason     TEXT,
    address    TEXT,
    request_id UUID,
    -- The event as it is hashed.
    event      TEXT NOT NULL
);

CREATE FUNCTION audit_append() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place BIGINT;
    previous TEXT;
    own TEXT;
BEGIN
    SELECT c.number, c.hash INTO place, previous FROM audit_chains c WHERE c.chain = NEW.chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_chains (chain, number, hash) VALUES (NEW.chain, 0, repeat('0', 64))
        ON CONFLICT DO NOTHING;
        SELECT c.number, c.hash INTO place, previous FROM audit_chains c WHERE c.chain = NEW.chain FOR UPDATE;
    END IF;
    place := place + 1;
    own := encode(sha256(decode(previous, 'hex') || int8send(place) || convert_to(NEW.event, 'UTF8')), 'hex');
    UPDATE audit_chains c SET number = place, hash = own WHERE c.chain = NEW.chain;
    INSERT INTO audit_entries (chain, number, at, actor, operation, targets, outcome, reason, address,
        request_id, previous_hash, hash)
    VALUES (NEW.chain, place, NEW.at, NEW.actor, NEW.operation, NEW.targets, NEW.outcome, NEW.reason,
        NEW.address, NEW.request_id, previous, own);
    INSERT INTO audit_targets (chain, target, number)
    SELECT NEW.chain, (t ->> 'noun') || ':' || (t ->> 'id'), place FROM jsonb_array_elements(NEW.targets) AS t
    ON CONFLICT DO NOTHING;
    DELETE FROM audit_pending p WHERE p.place = NEW.place;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_pending_append AFTER INSERT ON audit_pending
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_append();

-- Up to which entry a chain was cut off, and the hash of that entry. Only what was cut off may be
-- deleted.
ALTER TABLE audit_chains ADD COLUMN cut_number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_chains ADD COLUMN cut_hash TEXT COLLATE "C" NOT NULL DEFAULT repeat('0', 64);

CREATE FUNCTION audit_entries_cut_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number <= (SELECT c.cut_number FROM audit_chains c WHERE c.chain = OLD.chain) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only';
END $$;
DROP TRIGGER audit_entries_stay ON audit_entries;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only();
CREATE TRIGGER audit_entries_last BEFORE DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_entries_cut_only();
CREATE INDEX audit_targets_by_number ON audit_targets (chain, number);
