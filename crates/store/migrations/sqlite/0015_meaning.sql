-- Times of nodes whose sums are outdated. A row of neither a site nor a node is about all nodes of the organization.
-- Nothing keeps the sites and nodes: a row may outlive them.
CREATE TABLE production_changes (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    site_id         BLOB,
    node_id         BLOB,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX production_changes_of_organization ON production_changes (organization_id, id);

ALTER TABLE organizations ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';

-- When work is scheduled. A calendar of neither a site nor a node is that of the organization.
CREATE TABLE calendars (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    description     TEXT,
    site_id         BLOB,
    node_id         BLOB,
    rules           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, name),
    CHECK (site_id IS NULL OR node_id IS NULL),
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX calendars_by_name ON calendars (organization_id, name, id);
CREATE INDEX calendars_by_created_at ON calendars (organization_id, created_at, id);
CREATE UNIQUE INDEX calendars_of_site ON calendars (organization_id, site_id) WHERE site_id IS NOT NULL;
CREATE UNIQUE INDEX calendars_of_node ON calendars (organization_id, node_id) WHERE node_id IS NOT NULL;
CREATE UNIQUE INDEX calendars_of_organization ON calendars (organization_id)
WHERE site_id IS NULL AND node_id IS NULL;

-- Why machines were down. A reason is a path in a tree.
CREATE TABLE downtime_reasons (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    reason          TEXT NOT NULL,
    planned         INTEGER NOT NULL,
    description     TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, reason),
    UNIQUE (organization_id, id)
) STRICT;
CREATE INDEX downtime_reasons_by_reason ON downtime_reasons (organization_id, reason, id);
CREATE INDEX downtime_reasons_by_created_at ON downtime_reasons (organization_id, created_at, id);

-- An end that is null lies beyond all times: 9223372036854775807 stands for it in an index.
CREATE TABLE annotations (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    node_id         BLOB NOT NULL,
    reason_id       BLOB NOT NULL,
    start_at        INTEGER NOT NULL,
    end_at          INTEGER,
    note            TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, reason_id) REFERENCES downtime_reasons (organization_id, id)
) STRICT;
CREATE INDEX annotations_by_start_at ON annotations (organization_id, start_at, id);
CREATE INDEX annotations_by_created_at ON annotations (organization_id, created_at, id);
CREATE INDEX annotations_of_node ON annotations (organization_id, node_id, start_at, id);
CREATE INDEX annotations_of_node_by_end
ON annotations (organization_id, node_id, coalesce(end_at, 9223372036854775807));
CREATE INDEX annotations_of_reason ON annotations (organization_id, reason_id, start_at, id);

-- What is to be made. Job, name, part and lot together occur once in an organization.
CREATE TABLE job_operations (
    id                BLOB PRIMARY KEY NOT NULL,
    organization_id   BLOB NOT NULL REFERENCES organizations (id),
    job               TEXT NOT NULL,
    name              TEXT NOT NULL,
    part              TEXT,
    lot               TEXT,
    description       TEXT,
    ideal_part_ms     INTEGER,
    expected_part_ms  INTEGER,
    expected_setup_ms INTEGER,
    quantity_required INTEGER,
    due_at            INTEGER,
    part_value        INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    revision          INTEGER NOT NULL,
    UNIQUE (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX job_operations_once
ON job_operations (organization_id, job, name, coalesce(part, ''), coalesce(lot, ''));
CREATE INDEX job_operations_by_job ON job_operations (organization_id, job, id);
CREATE INDEX job_operations_by_name ON job_operations (organization_id, name, id);
CREATE INDEX job_operations_by_created_at ON job_operations (organization_id, created_at, id);
CREATE INDEX job_operations_of_part ON job_operations (organization_id, part, job, id) WHERE part IS NOT NULL;

CREATE TABLE job_runs (
    id               BLOB PRIMARY KEY NOT NULL,
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    node_id          BLOB NOT NULL,
    job_operation_id BLOB NOT NULL,
    start_at         INTEGER NOT NULL,
    end_at           INTEGER,
    in_setup         INTEGER NOT NULL,
    external_id      TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, job_operation_id) REFERENCES job_operations (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX job_runs_by_external_id ON job_runs (organization_id, external_id)
WHERE external_id IS NOT NULL;
CREATE INDEX job_runs_by_start_at ON job_runs (organization_id, start_at, id);
CREATE INDEX job_runs_by_created_at ON job_runs (organization_id, created_at, id);
CREATE INDEX job_runs_of_node ON job_runs (organization_id, node_id, start_at, id);
CREATE INDEX job_runs_of_node_by_end
ON job_runs (organization_id, node_id, coalesce(end_at, 9223372036854775807));
CREATE INDEX job_runs_of_job_operation ON job_runs (organization_id, job_operation_id, start_at, id);

CREATE TABLE operators (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    number          TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    UNIQUE (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX operators_by_number ON operators (organization_id, number) WHERE number IS NOT NULL;
CREATE INDEX operators_by_name ON operators (organization_id, name, id);
CREATE INDEX operators_by_created_at ON operators (organization_id, created_at, id);

CREATE TABLE operator_runs (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    node_id         BLOB NOT NULL,
    operator_id     BLOB NOT NULL,
    start_at        INTEGER NOT NULL,
    end_at          INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, operator_id) REFERENCES operators (organization_id, id)
) STRICT;
CREATE INDEX operator_runs_by_start_at ON operator_runs (organization_id, start_at, id);
CREATE INDEX operator_runs_by_created_at ON operator_runs (organization_id, created_at, id);
CREATE INDEX operator_runs_of_node ON operator_runs (organization_id, node_id, start_at, id);
CREATE INDEX operator_runs_of_node_by_end
ON operator_runs (organization_id, node_id, coalesce(end_at, 9223372036854775807));
CREATE INDEX operator_runs_of_operator ON operator_runs (organization_id, operator_id, start_at, id);

CREATE TABLE rejects (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    node_id         BLOB NOT NULL,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    parts           INTEGER NOT NULL,
    note            TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX rejects_by_at ON rejects (organization_id, at, id);
CREATE INDEX rejects_by_created_at ON rejects (organization_id, created_at, id);
CREATE INDEX rejects_of_node ON rejects (organization_id, node_id, at, id);

CREATE TABLE part_corrections (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    node_id         BLOB NOT NULL,
    at              INTEGER NOT NULL,
    parts           INTEGER NOT NULL,
    note            TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX part_corrections_by_at ON part_corrections (organization_id, at, id);
CREATE INDEX part_corrections_by_created_at ON part_corrections (organization_id, created_at, id);
CREATE INDEX part_corrections_of_node ON part_corrections (organization_id, node_id, at, id);

-- What figures should reach. A goal of no site, node or job operation is that of the organization. The ratios are
-- millionths.
CREATE TABLE goals (
    id               BLOB PRIMARY KEY NOT NULL,
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    site_id          BLOB,
    node_id          BLOB,
    job_operation_id BLOB,
    metric           TEXT NOT NULL,
    warning_ratio    INTEGER NOT NULL,
    failure_ratio    INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    FOREIGN KEY (organization_id, site_id) REFERENCES sites (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, node_id) REFERENCES nodes (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, job_operation_id) REFERENCES job_operations (organization_id, id)
        ON DELETE CASCADE
) STRICT;
CREATE INDEX goals_by_created_at ON goals (organization_id, created_at, id);
CREATE UNIQUE INDEX goals_of_site ON goals (organization_id, site_id, metric) WHERE site_id IS NOT NULL;
CREATE UNIQUE INDEX goals_of_node ON goals (organization_id, node_id, metric) WHERE node_id IS NOT NULL;
CREATE UNIQUE INDEX goals_of_job_operation ON goals (organization_id, job_operation_id, metric)
WHERE job_operation_id IS NOT NULL;
CREATE UNIQUE INDEX goals_of_organization ON goals (organization_id, metric)
WHERE site_id IS NULL AND node_id IS NULL AND job_operation_id IS NULL;
