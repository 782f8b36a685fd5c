-- The changes of objects, for those who follow them. Triggers write a row for each, so that no way of changing an object is
-- left out. A row has the revision that the object has after the change; none if it is deleted. Of a node and of a site it
-- has what a reach depends on. A node that gets another site or other labels has two rows: one without a revision for what
-- it was, and one for what it is.

CREATE TABLE object_changes (
    number          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- PostgreSQL orders changes by their transaction first. SQLite has one writer at a time, so that numbers are enough.
    transaction_id  INTEGER NOT NULL DEFAULT 0,
    organization_id BLOB NOT NULL,
    noun            TEXT NOT NULL,
    id              TEXT NOT NULL,
    revision        INTEGER,
    site_id         BLOB,
    labels          TEXT
) STRICT;
CREATE INDEX object_changes_in_order ON object_changes (transaction_id, number);
CREATE INDEX object_changes_of_organization ON object_changes (organization_id, transaction_id, number);

CREATE TRIGGER service_created AFTER INSERT ON services BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'service', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER service_changed AFTER UPDATE ON services
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'service', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER service_deleted AFTER DELETE ON services BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'service', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER key_created AFTER INSERT ON keys
WHEN NEW.organization_id IS NOT NULL BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'key', NEW.id, NEW.revision);
END;
CREATE TRIGGER key_changed AFTER UPDATE ON keys
WHEN NEW.organization_id IS NOT NULL AND OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'key', NEW.id, NEW.revision);
END;
CREATE TRIGGER key_deleted AFTER DELETE ON keys
WHEN OLD.organization_id IS NOT NULL BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'key', OLD.id, NULL);
END;

CREATE TRIGGER role_created AFTER INSERT ON roles BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'role', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER role_changed AFTER UPDATE ON roles
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'role', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER role_deleted AFTER DELETE ON roles BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'role', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER script_created AFTER INSERT ON scripts BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'script', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER script_changed AFTER UPDATE ON scripts
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'script', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER script_deleted AFTER DELETE ON scripts BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'script', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER maintenance_window_created AFTER INSERT ON maintenance_windows BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'maintenance_window', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER maintenance_window_changed AFTER UPDATE ON maintenance_windows
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'maintenance_window', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER maintenance_window_deleted AFTER DELETE ON maintenance_windows BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'maintenance_window', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER calendar_created AFTER INSERT ON calendars BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'calendar', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER calendar_changed AFTER UPDATE ON calendars
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'calendar', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER calendar_deleted AFTER DELETE ON calendars BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'calendar', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER downtime_reason_created AFTER INSERT ON downtime_reasons BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'downtime_reason', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER downtime_reason_changed AFTER UPDATE ON downtime_reasons
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'downtime_reason', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER downtime_reason_deleted AFTER DELETE ON downtime_reasons BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'downtime_reason', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER annotation_created AFTER INSERT ON annotations BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'annotation', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER annotation_changed AFTER UPDATE ON annotations
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'annotation', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER annotation_deleted AFTER DELETE ON annotations BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'annotation', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER job_operation_created AFTER INSERT ON job_operations BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'job_operation', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER job_operation_changed AFTER UPDATE ON job_operations
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'job_operation', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER job_operation_deleted AFTER DELETE ON job_operations BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'job_operation', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER job_run_created AFTER INSERT ON job_runs BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'job_run', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER job_run_changed AFTER UPDATE ON job_runs
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'job_run', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER job_run_deleted AFTER DELETE ON job_runs BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'job_run', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER operator_created AFTER INSERT ON operators BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'operator', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER operator_changed AFTER UPDATE ON operators
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'operator', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER operator_deleted AFTER DELETE ON operators BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'operator', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER operator_run_created AFTER INSERT ON operator_runs BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'operator_run', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER operator_run_changed AFTER UPDATE ON operator_runs
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'operator_run', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER operator_run_deleted AFTER DELETE ON operator_runs BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'operator_run', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER reject_created AFTER INSERT ON rejects BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'reject', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER reject_changed AFTER UPDATE ON rejects
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'reject', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER reject_deleted AFTER DELETE ON rejects BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'reject', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER part_correction_created AFTER INSERT ON part_corrections BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'part_correction', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER part_correction_changed AFTER UPDATE ON part_corrections
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'part_correction', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER part_correction_deleted AFTER DELETE ON part_corrections BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'part_correction', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER goal_created AFTER INSERT ON goals BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'goal', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER goal_changed AFTER UPDATE ON goals
WHEN OLD.revision IS NOT NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'goal', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER goal_deleted AFTER DELETE ON goals BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'goal', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER agent_created AFTER INSERT ON agents BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'agent', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER agent_changed AFTER UPDATE ON agents
WHEN OLD.revision IS NOT NEW.revision OR OLD.status IS NOT NEW.status BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'agent', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER agent_deleted AFTER DELETE ON agents BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'agent', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER schedule_created AFTER INSERT ON schedules BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'schedule', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER schedule_changed AFTER UPDATE ON schedules
WHEN OLD.revision IS NOT NEW.revision OR OLD.last_run_at IS NOT NEW.last_run_at BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'schedule', lower(hex(NEW.id)), NEW.revision);
END;
CREATE TRIGGER schedule_deleted AFTER DELETE ON schedules BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'schedule', lower(hex(OLD.id)), NULL);
END;

CREATE TRIGGER node_created AFTER INSERT ON nodes BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (NEW.organization_id, 'node', lower(hex(NEW.id)), NEW.revision, NEW.site_id, NEW.labels);
END;
CREATE TRIGGER node_changed AFTER UPDATE ON nodes
WHEN OLD.revision <> NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    SELECT OLD.organization_id, 'node', lower(hex(OLD.id)), NULL, OLD.site_id, OLD.labels
    WHERE OLD.site_id IS NOT NEW.site_id OR OLD.labels <> NEW.labels;
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (NEW.organization_id, 'node', lower(hex(NEW.id)), NEW.revision, NEW.site_id, NEW.labels);
END;
CREATE TRIGGER node_deleted AFTER DELETE ON nodes BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (OLD.organization_id, 'node', lower(hex(OLD.id)), NULL, OLD.site_id, OLD.labels);
END;

CREATE TRIGGER site_created AFTER INSERT ON sites BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (NEW.organization_id, 'site', lower(hex(NEW.id)), NEW.revision, NEW.id, NEW.labels);
END;
CREATE TRIGGER site_changed AFTER UPDATE ON sites
WHEN OLD.revision <> NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    SELECT OLD.organization_id, 'site', lower(hex(OLD.id)), NULL, OLD.id, OLD.labels
    WHERE OLD.labels <> NEW.labels;
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (NEW.organization_id, 'site', lower(hex(NEW.id)), NEW.revision, NEW.id, NEW.labels);
END;
CREATE TRIGGER site_deleted AFTER DELETE ON sites BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (OLD.organization_id, 'site', lower(hex(OLD.id)), NULL, OLD.id, OLD.labels);
END;

-- A node that comes or goes is a changed node: its status is another.
CREATE TRIGGER node_came AFTER INSERT ON node_presence BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    SELECT n.organization_id, 'node', lower(hex(n.id)), n.revision, n.site_id, n.labels FROM nodes n WHERE n.id = NEW.node_id;
END;
CREATE TRIGGER node_came_or_went AFTER UPDATE ON node_presence
WHEN OLD.online_since <> NEW.online_since OR OLD.left_at IS NOT NEW.left_at BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    SELECT n.organization_id, 'node', lower(hex(n.id)), n.revision, n.site_id, n.labels FROM nodes n WHERE n.id = NEW.node_id;
END;

-- A command has no revision. The number of its last change stands for it.
CREATE TRIGGER command_created AFTER INSERT ON commands BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'command', lower(hex(NEW.id)), NEW.change);
END;
CREATE TRIGGER command_changed AFTER UPDATE ON commands
WHEN OLD.cancelled_at IS NOT NEW.cancelled_at OR OLD.finished_at IS NOT NEW.finished_at BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (NEW.organization_id, 'command', lower(hex(NEW.id)), NEW.change);
END;
CREATE TRIGGER command_deleted AFTER DELETE ON commands BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision) VALUES (OLD.organization_id, 'command', lower(hex(OLD.id)), NULL);
END;

-- A user belongs to organizations by memberships.
CREATE TRIGGER user_changed AFTER UPDATE ON users
WHEN OLD.revision <> NEW.revision BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision)
    SELECT m.organization_id, 'user', lower(hex(NEW.id)), NEW.revision FROM memberships m WHERE m.user_id = NEW.id;
END;
CREATE TRIGGER member_came AFTER INSERT ON memberships BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision)
    SELECT NEW.organization_id, 'user', lower(hex(u.id)), u.revision FROM users u WHERE u.id = NEW.user_id;
END;
CREATE TRIGGER member_changed AFTER UPDATE ON memberships BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision)
    SELECT NEW.organization_id, 'user', lower(hex(u.id)), u.revision FROM users u WHERE u.id = NEW.user_id;
END;
CREATE TRIGGER member_went AFTER DELETE ON memberships BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision)
    VALUES (OLD.organization_id, 'user', lower(hex(OLD.user_id)), NULL);
END;
