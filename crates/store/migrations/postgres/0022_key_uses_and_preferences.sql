-- The operations that each key has used.
CREATE TABLE key_uses (
    key_id        TEXT COLLATE "C" NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    operation     TEXT COLLATE "C" NOT NULL,
    first_used_at BIGINT NOT NULL,
    last_used_at  BIGINT NOT NULL,
    PRIMARY KEY (key_id, operation)
);

-- When this began to be recorded, in microseconds.
INSERT INTO settings (name, value)
    VALUES ('key_uses_since', (extract(epoch FROM now()) * 1000000)::BIGINT::TEXT);

-- What people chose in the console.
CREATE TABLE user_preferences (
    user_id     UUID PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    preferences JSONB NOT NULL
);
