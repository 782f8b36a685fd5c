-- People: users with second factors and sessions, roles and memberships; keys that act for a user or
-- in a role; what an organization asks of its keys.

ALTER TABLE organizations ADD COLUMN key_policy JSONB NOT NULL DEFAULT '{}';

-- A user who was invited has no password yet.
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;
ALTER TABLE users
    ADD COLUMN disabled_at           BIGINT,
    ADD COLUMN totp_pepper           BIGINT,
    ADD COLUMN totp_secret           BYTEA,
    ADD COLUMN totp_confirmed_at     BIGINT,
    ADD COLUMN totp_last_step        BIGINT,
    ADD COLUMN invitation_digest     BYTEA UNIQUE,
    ADD COLUMN invitation_expires_at BIGINT,
    ADD COLUMN last_login_at         BIGINT;
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_created_at ON users (created_at, id);

CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest  BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (user_id, digest)
);

CREATE TABLE sessions (
    id         UUID PRIMARY KEY NOT NULL,
    user_id    UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest     BYTEA NOT NULL UNIQUE,
    address    TEXT NOT NULL,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

-- Where users logged in before, so that guessing from elsewhere does not keep them out.
CREATE TABLE familiar_addresses (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, address)
);

CREATE TABLE roles (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name            TEXT COLLATE "C" NOT NULL,
    description     TEXT,
    scopes          JSONB NOT NULL,
    reach           JSONB NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (organization_id, name),
    UNIQUE (organization_id, id)
);

-- A role is a word that every organization has, or one of its own.
CREATE TABLE memberships (
    user_id         UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    built_in_role   TEXT,
    role_id         UUID,
    PRIMARY KEY (user_id, organization_id),
    FOREIGN KEY (organization_id, role_id) REFERENCES roles (organization_id, id),
    CHECK ((built_in_role IS NULL) <> (role_id IS NULL))
);
CREATE INDEX memberships_by_organization ON memberships (organization_id, user_id);
CREATE INDEX memberships_by_role ON memberships (role_id);

ALTER TABLE keys ADD COLUMN user_id UUID REFERENCES users (id);
ALTER TABLE keys ADD COLUMN built_in_role TEXT;
ALTER TABLE keys ADD COLUMN role_id UUID REFERENCES roles (id);
CREATE INDEX keys_by_user ON keys (user_id);
CREATE INDEX keys_by_role ON keys (role_id);
