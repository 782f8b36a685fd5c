-- What agents tell of the machines they run on.
ALTER TABLE nodes ADD COLUMN facts TEXT;

-- Apart from the nodes: it is written at every heartbeat.
CREATE TABLE node_presence (
    node_id         BLOB PRIMARY KEY NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    organization_id BLOB NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    online_since    INTEGER NOT NULL,
    left_at         INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX node_presence_by_last_seen_at ON node_presence (organization_id, last_seen_at, node_id);
CREATE INDEX nodes_by_machine_id ON nodes (organization_id, machine_id, id) WHERE machine_id IS NOT NULL;

-- Which client of OpAMP an agent is, and what it reported last.
ALTER TABLE agents ADD COLUMN instance_uid BLOB;
ALTER TABLE agents ADD COLUMN reported TEXT;
-- The last lines that it wrote. Apart from what lists show: it is long.
ALTER TABLE agents ADD COLUMN log TEXT;
CREATE UNIQUE INDEX agents_by_instance_uid ON agents (organization_id, instance_uid) WHERE instance_uid IS NOT NULL;
-- When a server last took an exporter that is started elsewhere, to ask it whether it answers.
ALTER TABLE agents ADD COLUMN probed_at INTEGER;
CREATE INDEX agents_to_probe ON agents (probed_at, id) WHERE type = 'external_exporter';

ALTER TABLE keys ADD COLUMN command_limits TEXT;
-- Of enrolment keys: what they make, and how many machines they have enrolled.
ALTER TABLE keys ADD COLUMN enrolment TEXT;
ALTER TABLE keys ADD COLUMN enrolment_used INTEGER NOT NULL DEFAULT 0;
-- Of agent keys: the agent.
ALTER TABLE keys ADD COLUMN agent_id BLOB REFERENCES agents (id);
CREATE INDEX keys_of_agent ON keys (agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE commands (
    id                 BLOB PRIMARY KEY NOT NULL,
    organization_id    BLOB NOT NULL REFERENCES organizations (id),
    kind               TEXT NOT NULL,
    -- The beginning of what it does, for lists.
    title              TEXT NOT NULL,
    instruction        TEXT NOT NULL,
    env_pepper_version INTEGER,
    env_sealed         BLOB,
    targets            TEXT NOT NULL,
    target_count       INTEGER NOT NULL,
    timeout_seconds    INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    output_limit_bytes INTEGER NOT NULL,
    created_by         TEXT NOT NULL,
    schedule_id        BLOB,
    created_at         INTEGER NOT NULL,
    cancelled_at       INTEGER,
    finished_at        INTEGER,
    -- The number of its last change, by which those who watch it know what is new.
    change             INTEGER NOT NULL
) STRICT;
CREATE INDEX commands_by_created_at ON commands (organization_id, created_at, id);
CREATE INDEX commands_by_kind ON commands (organization_id, kind, created_at, id);
CREATE INDEX commands_by_schedule ON commands (schedule_id, created_at, id) WHERE schedule_id IS NOT NULL;
CREATE INDEX commands_open ON commands (expires_at, id) WHERE finished_at IS NULL;
CREATE INDEX commands_finished ON commands (finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX commands_by_pepper ON commands (env_pepper_version, id) WHERE env_pepper_version IS NOT NULL;

-- Nothing refers to nodes here: what was done on one that is gone stays.
CREATE TABLE command_results (
    command_id   BLOB NOT NULL REFERENCES commands (id) ON DELETE CASCADE,
    node_id      BLOB NOT NULL,
    node_name    TEXT NOT NULL,
    state        TEXT NOT NULL,
    exit_code    INTEGER,
    signal       INTEGER,
    error        TEXT,
    stdout_bytes INTEGER NOT NULL DEFAULT 0,
    stderr_bytes INTEGER NOT NULL DEFAULT 0,
    sent_at      INTEGER,
    started_at   INTEGER,
    finished_at  INTEGER,
    duration_ms  INTEGER,
    change       INTEGER NOT NULL,
    PRIMARY KEY (command_id, node_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX command_results_open ON command_results (node_id, command_id) WHERE finished_at IS NULL;
CREATE INDEX command_results_left ON command_results (command_id) WHERE finished_at IS NULL;
CREATE INDEX command_results_by_change ON command_results (command_id, change, node_id);
CREATE INDEX command_results_of_node ON command_results (node_id, command_id);

-- Pieces of the two streams, each at its place; what is between them was not kept.
CREATE TABLE command_output (
    command_id BLOB NOT NULL,
    node_id    BLOB NOT NULL,
    stream     TEXT NOT NULL,
    position   INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    change     INTEGER NOT NULL,
    PRIMARY KEY (command_id, node_id, stream, position),
    FOREIGN KEY (command_id, node_id) REFERENCES command_results (command_id, node_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX command_output_by_change ON command_output (command_id, change, node_id, stream, position);

CREATE TABLE scripts (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    description     TEXT,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, name)
) STRICT;
CREATE INDEX scripts_by_name ON scripts (organization_id, name, id);
CREATE INDEX scripts_by_created_at ON scripts (organization_id, created_at, id);

CREATE TABLE script_versions (
    script_id  BLOB NOT NULL REFERENCES scripts (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    shell      TEXT NOT NULL,
    body       TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (script_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedules (
    id                 BLOB PRIMARY KEY NOT NULL,
    organization_id    BLOB NOT NULL REFERENCES organizations (id),
    name               TEXT NOT NULL,
    description        TEXT,
    enabled            INTEGER NOT NULL,
    cron               TEXT NOT NULL,
    time_zone          TEXT NOT NULL,
    instruction        TEXT NOT NULL,
    targets            TEXT NOT NULL,
    timeout_seconds    INTEGER NOT NULL,
    ttl_seconds        INTEGER NOT NULL,
    output_limit_bytes INTEGER NOT NULL,
    owner              TEXT NOT NULL,
    next_run_at        INTEGER,
    last_run_at        INTEGER,
    last_command_id    BLOB,
    last_error         TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    revision           INTEGER NOT NULL,
    UNIQUE (organization_id, name)
) STRICT;
CREATE INDEX schedules_by_name ON schedules (organization_id, name, id);
CREATE INDEX schedules_by_created_at ON schedules (organization_id, created_at, id);
CREATE INDEX schedules_by_next_run_at ON schedules (next_run_at, id) WHERE next_run_at IS NOT NULL;

-- What the last scan of a node found.
CREATE TABLE node_update_scans (
    node_id         BLOB PRIMARY KEY NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    organization_id BLOB NOT NULL,
    source          TEXT NOT NULL,
    scanned_at      INTEGER NOT NULL,
    command_id      BLOB,
    update_count    INTEGER NOT NULL,
    security_count  INTEGER NOT NULL,
    reboot_required INTEGER NOT NULL,
    refreshed       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX node_update_scans_by_scanned_at ON node_update_scans (organization_id, scanned_at, node_id);

CREATE TABLE node_updates (
    node_id           BLOB NOT NULL REFERENCES node_update_scans (node_id) ON DELETE CASCADE,
    organization_id   BLOB NOT NULL,
    number            INTEGER NOT NULL,
    name              TEXT NOT NULL,
    title             TEXT,
    installed_version TEXT,
    available_version TEXT,
    architecture      TEXT,
    origin            TEXT,
    security          INTEGER NOT NULL,
    severity          TEXT,
    links             TEXT NOT NULL,
    PRIMARY KEY (node_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX node_updates_by_name ON node_updates (organization_id, name, node_id, number);
