-- When nodes may be worked on. The selector is a text, as clients write it.
CREATE TABLE maintenance_windows (
    id               BLOB PRIMARY KEY NOT NULL,
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    name             TEXT NOT NULL,
    description      TEXT,
    enabled          INTEGER NOT NULL,
    selector         TEXT NOT NULL,
    site_id          BLOB REFERENCES sites (id),
    cron             TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    duration_seconds INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    UNIQUE (organization_id, name)
) STRICT;
CREATE INDEX maintenance_windows_by_name ON maintenance_windows (organization_id, name, id);
CREATE INDEX maintenance_windows_by_created_at ON maintenance_windows (organization_id, created_at, id);
CREATE INDEX maintenance_windows_of_site ON maintenance_windows (site_id) WHERE site_id IS NOT NULL;

ALTER TABLE schedules ADD COLUMN ignore_maintenance_windows INTEGER NOT NULL DEFAULT 0;
