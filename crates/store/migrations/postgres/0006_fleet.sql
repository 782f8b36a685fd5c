-- What agents tell of the machines they run on.
ALTER TABLE nodes ADD COLUMN facts JSONB;

-- Apart from the nodes: it is written at every heartbeat.
CREATE TABLE node_presence (
    node_id         UUID PRIMARY KEY NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    online_since    BIGINT NOT NULL,
    left_at         BIGINT
);
CREATE INDEX node_presence_by_last_seen_at ON node_presence (organization_id, last_seen_at, node_id);
CREATE INDEX nodes_by_machine_id ON nodes (organization_id, machine_id, id) WHERE machine_id IS NOT NULL;

-- Which client of OpAMP an agent is, and what it reported last.
ALTER TABLE agents ADD COLUMN instance_uid UUID;
ALTER TABLE agents ADD COLUMN reported JSONB;
-- The last lines that it wrote. Apart from what lists show: it is long.
ALTER TABLE agents ADD COLUMN log JSONB;
CREATE UNIQUE INDEX agents_by_instance_uid ON agents (organization_id, instance_uid) WHERE instance_uid IS NOT NULL;
-- When a server last took an exporter that is started elsewhere, to ask it whether it answers.
ALTER TABLE agents ADD COLUMN probed_at BIGINT;
CREATE INDEX agents_to_probe ON agents (probed_at, id) WHERE type = 'external_exporter';

ALTER TABLE keys ADD COLUMN command_limits JSONB;
-- Of enrolment keys: what they make, and how many machines they have enrolled.
ALTER TABLE keys ADD COLUMN enrolment JSONB;
ALTER TABLE keys ADD COLUMN enrolment_used BIGINT NOT NULL DEFAULT 0;
-- Of agent keys: the agent.
ALTER TABLE keys ADD COLUMN agent_id UUID REFERENCES agents (id);
CREATE INDEX keys_of_agent ON keys (agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE commands (
    id                 UUID PRIMARY KEY NOT NULL,
    organization_id    UUID NOT NULL REFERENCES organizations (id),
    kind               TEXT COLLATE "C" NOT NULL,
    -- The beginning of what it does, for lists.
    title              TEXT NOT NULL,
    instruction        JSONB NOT NULL,
    env_pepper_version BIGINT,
    env_sealed         BYTEA,
    targets            JSONB NOT NULL,
    target_count       BIGINT NOT NULL,
    timeout_seconds    BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    output_limit_bytes BIGINT NOT NULL,
    created_by         TEXT NOT NULL,
    schedule_id        UUID,
    created_at         BIGINT NOT NULL,
    cancelled_at       BIGINT,
    finished_at        BIGINT,
    -- The number of its last change, by which those who watch it know what is new.
    change             BIGINT NOT NULL
);
CREATE INDEX commands_by_created_at ON commands (organization_id, created_at, id);
CREATE INDEX commands_by_kind ON commands (organization_id, kind, created_at, id);
CREATE INDEX commands_by_schedule ON commands (schedule_id, created_at, id) WHERE schedule_id IS NOT NULL;
CREATE INDEX commands_open ON commands (expires_at, id) WHERE finished_at IS NULL;
CREATE INDEX commands_finished ON commands (finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX commands_by_pepper ON commands (env_pepper_version, id) WHERE env_pepper_version IS NOT NULL;

-- Nothing refers to nodes here: what was done on one that is gone stays.
CREATE TABLE command_results (
    command_id   UUID NOT NULL REFERENCES commands (id) ON DELETE CASCADE,
    node_id      UUID NOT NULL,
    node_name    TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    exit_code    BIGINT,
    signal       BIGINT,
    error        TEXT,
    stdout_bytes BIGINT NOT NULL DEFAULT 0,
    stderr_bytes BIGINT NOT NULL DEFAULT 0,
    sent_at      BIGINT,
    started_at   BIGINT,
    finished_at  BIGINT,
    duration_ms  BIGINT,
    change       BIGINT NOT NULL,
    PRIMARY KEY (command_id, node_id)
);
CREATE INDEX command_results_open ON command_results (node_id, command_id) WHERE finished_at IS NULL;
CREATE INDEX command_results_left ON command_results (command_id) WHERE finished_at IS NULL;
CREATE INDEX command_results_by_change ON command_results (command_id, change, node_id);
CREATE INDEX command_results_of_node ON command_results (node_id, command_id);

-- Pieces of the two streams, each at its place; what is between them was not kept.
CREATE TABLE command_output (
    command_id UUID NOT NULL,
    node_id    UUID NOT NULL,
    stream     TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    bytes      BYTEA NOT NULL,
    change     BIGINT NOT NULL,
    PRIMARY KEY (command_id, node_id, stream, position),
    FOREIGN KEY (command_id, node_id) REFERENCES command_results (command_id, node_id) ON DELETE CASCADE
);
CREATE INDEX command_output_by_change ON command_output (command_id, change, node_id, stream, position);

CREATE TABLE scripts (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name            TEXT COLLATE "C" NOT NULL,
    description     TEXT,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);
CREATE INDEX scripts_by_name ON scripts (organization_id, name, id);
CREATE INDEX scripts_by_created_at ON scripts (organization_id, created_at, id);

CREATE TABLE script_versions (
    script_id  UUID NOT NULL REFERENCES scripts (id) ON DELETE CASCADE,
    version    BIGINT NOT NULL,
    shell      TEXT NOT NULL,
    body       TEXT NOT NULL,
    parameters JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (script_id, version)
);

CREATE TABLE schedules (
    id                 UUID PRIMARY KEY NOT NULL,
    organization_id    UUID NOT NULL REFERENCES organizations (id),
    name               TEXT COLLATE "C" NOT NULL,
    description        TEXT,
    enabled            BOOLEAN NOT NULL,
    cron               TEXT NOT NULL,
    time_zone          TEXT NOT NULL,
    instruction        JSONB NOT NULL,
    targets            JSONB NOT NULL,
    timeout_seconds    BIGINT NOT NULL,
    ttl_seconds        BIGINT NOT NULL,
    output_limit_bytes BIGINT NOT NULL,
    owner              TEXT COLLATE "C" NOT NULL,
    next_run_at        BIGINT,
    last_run_at        BIGINT,
    last_command_id    UUID,
    last_error         TEXT,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    revision           BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);
CREATE INDEX schedules_by_name ON schedules (organization_id, name, id);
CREATE INDEX schedules_by_created_at ON schedules (organization_id, created_at, id);
CREATE INDEX schedules_by_next_run_at ON schedules (next_run_at, id) WHERE next_run_at IS NOT NULL;

-- What the last scan of a node found.
CREATE TABLE node_update_scans (
    node_id         UUID PRIMARY KEY NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL,
    source          TEXT COLLATE "C" NOT NULL,
    scanned_at      BIGINT NOT NULL,
    command_id      UUID,
    update_count    BIGINT NOT NULL,
    security_count  BIGINT NOT NULL,
    reboot_required BOOLEAN NOT NULL,
    refreshed       BOOLEAN NOT NULL
);
CREATE INDEX node_update_scans_by_scanned_at ON node_update_scans (organization_id, scanned_at, node_id);

CREATE TABLE node_updates (
    node_id           UUID NOT NULL REFERENCES node_update_scans (node_id) ON DELETE CASCADE,
    organization_id   UUID NOT NULL,
    number            BIGINT NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    title             TEXT,
    installed_version TEXT,
    available_version TEXT,
    architecture      TEXT,
    origin            TEXT,
    security          BOOLEAN NOT NULL,
    severity          TEXT COLLATE "C",
    links             JSONB NOT NULL,
    PRIMARY KEY (node_id, number)
);
CREATE INDEX node_updates_by_name ON node_updates (organization_id, name, node_id, number);
