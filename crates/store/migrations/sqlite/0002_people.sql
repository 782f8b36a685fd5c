-- People: users with second factors and sessions, roles and memberships; keys that act for a user or
-- in a role; what an organization asks of its keys.

ALTER TABLE organizations ADD COLUMN key_policy TEXT NOT NULL DEFAULT '{}';

-- A user who was invited has no password yet, and SQLite cannot take NOT NULL from a column.
CREATE TABLE people (
    id                    BLOB PRIMARY KEY NOT NULL,
    email                 TEXT NOT NULL UNIQUE,
    name                  TEXT NOT NULL,
    password_hash         TEXT,
    server_administrator  INTEGER NOT NULL,
    disabled_at           INTEGER,
    totp_pepper           INTEGER,
    totp_secret           BLOB,
    totp_confirmed_at     INTEGER,
    totp_last_step        INTEGER,
    invitation_digest     BLOB UNIQUE,
    invitation_expires_at INTEGER,
    last_login_at         INTEGER,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    revision              INTEGER NOT NULL
) STRICT;
INSERT INTO people (id, email, name, password_hash, server_administrator, created_at, updated_at, revision)
    SELECT id, email, name, password_hash, server_administrator, created_at, updated_at, revision FROM users;
DROP TABLE users;
ALTER TABLE people RENAME TO users;
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_created_at ON users (created_at, id);

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest  BLOB NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id         BLOB PRIMARY KEY NOT NULL,
    user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest     BLOB NOT NULL UNIQUE,
    address    TEXT NOT NULL,
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

-- Where users logged in before, so that guessing from elsewhere does not keep them out.
CREATE TABLE familiar_addresses (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    description     TEXT,
    scopes          TEXT NOT NULL,
    reach           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, name),
    UNIQUE (organization_id, id)
) STRICT;

-- A role is a word that every organization has, or one of its own.
CREATE TABLE memberships (
    user_id         BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    built_in_role   TEXT,
    role_id         BLOB,
    PRIMARY KEY (user_id, organization_id),
    FOREIGN KEY (organization_id, role_id) REFERENCES roles (organization_id, id),
    CHECK ((built_in_role IS NULL) <> (role_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_organization ON memberships (organization_id, user_id);
CREATE INDEX memberships_by_role ON memberships (role_id);

ALTER TABLE keys ADD COLUMN user_id BLOB REFERENCES users (id);
ALTER TABLE keys ADD COLUMN built_in_role TEXT;
ALTER TABLE keys ADD COLUMN role_id BLOB REFERENCES roles (id);
CREATE INDEX keys_by_user ON keys (user_id);
CREATE INDEX keys_by_role ON keys (role_id);
