-- Times are microseconds since 1970; UUIDs are of version 7. Texts that are sorted compare by bytes, as
-- in SQLite.

CREATE TABLE settings (
    name  TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE organizations (
    id         UUID PRIMARY KEY NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    slug       TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision   BIGINT NOT NULL
);
CREATE INDEX organizations_by_name ON organizations (name, id);
CREATE INDEX organizations_by_created_at ON organizations (created_at, id);

CREATE TABLE users (
    id                   UUID PRIMARY KEY NOT NULL,
    email                TEXT COLLATE "C" NOT NULL UNIQUE,
    name                 TEXT COLLATE "C" NOT NULL,
    password_hash        TEXT NOT NULL,
    server_administrator BOOLEAN NOT NULL,
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    revision             BIGINT NOT NULL
);

CREATE TABLE sites (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name            TEXT COLLATE "C" NOT NULL,
    description     TEXT,
    labels          JSONB NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);
CREATE INDEX sites_by_created_at ON sites (organization_id, created_at, id);

CREATE TABLE site_labels (
    site_id UUID NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name    TEXT COLLATE "C" NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site_id, name)
);
CREATE INDEX site_labels_by_value ON site_labels (name, value, site_id);

CREATE TABLE keys (
    id                      TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    kind                    TEXT NOT NULL,
    organization_id         UUID REFERENCES organizations (id),
    name                    TEXT COLLATE "C" NOT NULL,
    description             TEXT,
    scopes                  JSONB NOT NULL,
    reach                   JSONB NOT NULL,
    not_before              BIGINT,
    expires_at              BIGINT,
    disabled_at             BIGINT,
    disabled_by             TEXT,
    disabled_reason         TEXT,
    disabled_until          BIGINT,
    allowed_ips             JSONB NOT NULL,
    denied_ips              JSONB NOT NULL,
    rate_per_minute         BIGINT,
    rate_burst              BIGINT,
    created_at              BIGINT NOT NULL,
    created_by              TEXT NOT NULL,
    updated_at              BIGINT NOT NULL,
    revision                BIGINT NOT NULL,
    last_used_at            BIGINT,
    last_used_address       TEXT,
    last_used_operation     TEXT,
    pepper_version          BIGINT NOT NULL,
    digest                  BYTEA NOT NULL,
    previous_pepper_version BIGINT,
    previous_digest         BYTEA,
    previous_until          BIGINT,
    CHECK ((kind = 'root') = (organization_id IS NULL))
);
CREATE INDEX keys_by_name ON keys (organization_id, name, id);
CREATE INDEX keys_by_created_at ON keys (organization_id, created_at, id);
CREATE INDEX keys_of_all_by_name ON keys (name, id);
CREATE INDEX keys_of_all_by_created_at ON keys (created_at, id);

-- The chain of the server as a whole has the nil UUID. Nothing refers to organizations here: the
-- trail of one that was deleted stays.
CREATE TABLE audit_chains (
    chain  UUID PRIMARY KEY NOT NULL,
    number BIGINT NOT NULL,
    hash   TEXT NOT NULL
);

CREATE TABLE audit_entries (
    chain         UUID NOT NULL,
    number        BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    actor         TEXT COLLATE "C" NOT NULL,
    operation     TEXT COLLATE "C" NOT NULL,
    targets       JSONB NOT NULL,
    outcome       TEXT NOT NULL,
    reason        TEXT,
    address       TEXT,
    request_id    UUID,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL,
    PRIMARY KEY (chain, number)
);
CREATE INDEX audit_entries_by_actor ON audit_entries (chain, actor, number);
CREATE INDEX audit_entries_by_operation ON audit_entries (chain, operation, number);

CREATE TABLE audit_targets (
    chain  UUID NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (chain, target, number)
);

CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only();
CREATE TRIGGER audit_entries_remain BEFORE TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only();

CREATE TRIGGER audit_chains_remain BEFORE DELETE ON audit_chains
FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only();

CREATE TABLE idempotency (
    actor           TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    operation       TEXT COLLATE "C" NOT NULL,
    fingerprint     TEXT NOT NULL,
    answer          TEXT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (actor, idempotency_key)
);
CREATE INDEX idempotency_by_created_at ON idempotency (created_at);
