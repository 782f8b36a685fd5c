-- Times are microseconds since 1970; ids of 16 bytes are UUIDs of version 7.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE organizations (
    id         BLOB PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    slug       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL
) STRICT;
CREATE INDEX organizations_by_name ON organizations (name, id);
CREATE INDEX organizations_by_created_at ON organizations (created_at, id);

CREATE TABLE users (
    id                   BLOB PRIMARY KEY NOT NULL,
    email                TEXT NOT NULL UNIQUE,
    name                 TEXT NOT NULL,
    password_hash        TEXT NOT NULL,
    server_administrator INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    revision             INTEGER NOT NULL
) STRICT;

CREATE TABLE sites (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    description     TEXT,
    labels          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, name)
) STRICT;
CREATE INDEX sites_by_created_at ON sites (organization_id, created_at, id);

CREATE TABLE site_labels (
    site_id BLOB NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (site_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_labels_by_value ON site_labels (name, value, site_id);

CREATE TABLE keys (
    id                      TEXT PRIMARY KEY NOT NULL,
    kind                    TEXT NOT NULL,
    organization_id         BLOB REFERENCES organizations (id),
    name                    TEXT NOT NULL,
    description             TEXT,
    scopes                  TEXT NOT NULL,
    reach                   TEXT NOT NULL,
    not_before              INTEGER,
    expires_at              INTEGER,
    disabled_at             INTEGER,
    disabled_by             TEXT,
    disabled_reason         TEXT,
    disabled_until          INTEGER,
    allowed_ips             TEXT NOT NULL,
    denied_ips              TEXT NOT NULL,
    rate_per_minute         INTEGER,
    rate_burst              INTEGER,
    created_at              INTEGER NOT NULL,
    created_by              TEXT NOT NULL,
    updated_at              INTEGER NOT NULL,
    revision                INTEGER NOT NULL,
    last_used_at            INTEGER,
    last_used_address       TEXT,
    last_used_operation     TEXT,
    pepper_version          INTEGER NOT NULL,
    digest                  BLOB NOT NULL,
    previous_pepper_version INTEGER,
    previous_digest         BLOB,
    previous_until          INTEGER,
    CHECK ((kind = 'root') = (organization_id IS NULL))
) STRICT;
CREATE INDEX keys_by_name ON keys (organization_id, name, id);
CREATE INDEX keys_by_created_at ON keys (organization_id, created_at, id);
CREATE INDEX keys_of_all_by_name ON keys (name, id);
CREATE INDEX keys_of_all_by_created_at ON keys (created_at, id);

-- The chain of the server as a whole has the nil UUID. Nothing refers to organizations here: the
-- trail of one that was deleted stays.
CREATE TABLE audit_chains (
    chain  BLOB PRIMARY KEY NOT NULL,
    number INTEGER NOT NULL,
    hash   TEXT NOT NULL
) STRICT;

CREATE TABLE audit_entries (
    chain         BLOB NOT NULL,
    number        INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    operation     TEXT NOT NULL,
    targets       TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    reason        TEXT,
    address       TEXT,
    request_id    BLOB,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL,
    PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_entries_by_actor ON audit_entries (chain, actor, number);
CREATE INDEX audit_entries_by_operation ON audit_entries (chain, operation, number);

CREATE TABLE audit_targets (
    chain  BLOB NOT NULL,
    target TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (chain, target, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

CREATE TRIGGER audit_chains_remain BEFORE DELETE ON audit_chains
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

CREATE TABLE idempotency (
    actor           TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    operation       TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,
    answer          TEXT,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (actor, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_created_at ON idempotency (created_at);
