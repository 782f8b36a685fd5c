-- When nodes may be worked on. The selector is a text, as clients write it.
CREATE TABLE maintenance_windows (
    id               UUID PRIMARY KEY NOT NULL,
    organization_id  UUID NOT NULL REFERENCES organizations (id),
    name             TEXT COLLATE "C" NOT NULL,
    description      TEXT,
    enabled          BOOLEAN NOT NULL,
    selector         TEXT NOT NULL,
    site_id          UUID REFERENCES sites (id),
    cron             TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    duration_seconds BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    revision         BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);
CREATE INDEX maintenance_windows_by_name ON maintenance_windows (organization_id, name, id);
CREATE INDEX maintenance_windows_by_created_at ON maintenance_windows (organization_id, created_at, id);
CREATE INDEX maintenance_windows_of_site ON maintenance_windows (site_id) WHERE site_id IS NOT NULL;

ALTER TABLE schedules ADD COLUMN ignore_maintenance_windows BOOLEAN NOT NULL DEFAULT FALSE;
