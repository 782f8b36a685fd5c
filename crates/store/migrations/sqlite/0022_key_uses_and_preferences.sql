-- The operations that each key has used.
CREATE TABLE key_uses (
    key_id        TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    operation     TEXT NOT NULL,
    first_used_at INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL,
    PRIMARY KEY (key_id, operation)
) STRICT, WITHOUT ROWID;

-- When this began to be recorded, in microseconds.
INSERT INTO settings (name, value) VALUES ('key_uses_since', CAST(unixepoch() * 1000000 AS TEXT));

-- What people chose in the console.
CREATE TABLE user_preferences (
    user_id     BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    preferences TEXT NOT NULL
) STRICT;
