-- The changes of objects, for those who follow them. Triggers write a row for each, so that no way of changing an object is
-- left out. A row has the revision that the object has after the change; none if it is deleted. Of a node and of a site it
-- has what a reach depends on. A node that gets another site or other labels has two rows: one without a revision for what
-- it was, and one for what it is.

CREATE TABLE object_changes (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Changes are read in the order of their transactions, and only up to the oldest one that still runs: so none is
    -- committed later with a smaller place.
    transaction_id  BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    organization_id UUID NOT NULL,
    noun            TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    revision        BIGINT,
    site_id         UUID,
    labels          JSONB
);
CREATE INDEX object_changes_in_order ON object_changes (transaction_id, number);
CREATE INDEX object_changes_of_organization ON object_changes (organization_id, transaction_id, number);

-- The first argument is the noun.
CREATE FUNCTION note_object_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO object_changes (organization_id, noun, id, revision)
        SELECT OLD.organization_id, TG_ARGV[0], OLD.id::text, NULL WHERE OLD.organization_id IS NOT NULL;
    ELSE
        INSERT INTO object_changes (organization_id, noun, id, revision)
        SELECT NEW.organization_id, TG_ARGV[0], NEW.id::text, NEW.revision WHERE NEW.organization_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER service_created_or_deleted AFTER INSERT OR DELETE ON services
FOR EACH ROW EXECUTE FUNCTION note_object_change('service');
CREATE TRIGGER service_changed AFTER UPDATE ON services FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('service');
CREATE TRIGGER key_created_or_deleted AFTER INSERT OR DELETE ON keys
FOR EACH ROW EXECUTE FUNCTION note_object_change('key');
CREATE TRIGGER key_changed AFTER UPDATE ON keys FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('key');
CREATE TRIGGER role_created_or_deleted AFTER INSERT OR DELETE ON roles
FOR EACH ROW EXECUTE FUNCTION note_object_change('role');
CREATE TRIGGER role_changed AFTER UPDATE ON roles FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('role');
CREATE TRIGGER script_created_or_deleted AFTER INSERT OR DELETE ON scripts
FOR EACH ROW EXECUTE FUNCTION note_object_change('script');
CREATE TRIGGER script_changed AFTER UPDATE ON scripts FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('script');
CREATE TRIGGER maintenance_window_created_or_deleted AFTER INSERT OR DELETE ON maintenance_windows
FOR EACH ROW EXECUTE FUNCTION note_object_change('maintenance_window');
CREATE TRIGGER maintenance_window_changed AFTER UPDATE ON maintenance_windows FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('maintenance_window');
CREATE TRIGGER calendar_created_or_deleted AFTER INSERT OR DELETE ON calendars
FOR EACH ROW EXECUTE FUNCTION note_object_change('calendar');
CREATE TRIGGER calendar_changed AFTER UPDATE ON calendars FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('calendar');
CREATE TRIGGER downtime_reason_created_or_deleted AFTER INSERT OR DELETE ON downtime_reasons
FOR EACH ROW EXECUTE FUNCTION note_object_change('downtime_reason');
CREATE TRIGGER downtime_reason_changed AFTER UPDATE ON downtime_reasons FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('downtime_reason');
CREATE TRIGGER annotation_created_or_deleted AFTER INSERT OR DELETE ON annotations
FOR EACH ROW EXECUTE FUNCTION note_object_change('annotation');
CREATE TRIGGER annotation_changed AFTER UPDATE ON annotations FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('annotation');
CREATE TRIGGER job_operation_created_or_deleted AFTER INSERT OR DELETE ON job_operations
FOR EACH ROW EXECUTE FUNCTION note_object_change('job_operation');
CREATE TRIGGER job_operation_changed AFTER UPDATE ON job_operations FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('job_operation');
CREATE TRIGGER job_run_created_or_deleted AFTER INSERT OR DELETE ON job_runs
FOR EACH ROW EXECUTE FUNCTION note_object_change('job_run');
CREATE TRIGGER job_run_changed AFTER UPDATE ON job_runs FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('job_run');
CREATE TRIGGER operator_created_or_deleted AFTER INSERT OR DELETE ON operators
FOR EACH ROW EXECUTE FUNCTION note_object_change('operator');
CREATE TRIGGER operator_changed AFTER UPDATE ON operators FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('operator');
CREATE TRIGGER operator_run_created_or_deleted AFTER INSERT OR DELETE ON operator_runs
FOR EACH ROW EXECUTE FUNCTION note_object_change('operator_run');
CREATE TRIGGER operator_run_changed AFTER UPDATE ON operator_runs FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('operator_run');
CREATE TRIGGER reject_created_or_deleted AFTER INSERT OR DELETE ON rejects
FOR EACH ROW EXECUTE FUNCTION note_object_change('reject');
CREATE TRIGGER reject_changed AFTER UPDATE ON rejects FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('reject');
CREATE TRIGGER part_correction_created_or_deleted AFTER INSERT OR DELETE ON part_corrections
FOR EACH ROW EXECUTE FUNCTION note_object_change('part_correction');
CREATE TRIGGER part_correction_changed AFTER UPDATE ON part_corrections FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('part_correction');
CREATE TRIGGER goal_created_or_deleted AFTER INSERT OR DELETE ON goals
FOR EACH ROW EXECUTE FUNCTION note_object_change('goal');
CREATE TRIGGER goal_changed AFTER UPDATE ON goals FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION note_object_change('goal');
CREATE TRIGGER agent_created_or_deleted AFTER INSERT OR DELETE ON agents
FOR EACH ROW EXECUTE FUNCTION note_object_change('agent');
CREATE TRIGGER agent_changed AFTER UPDATE ON agents FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision OR OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_object_change('agent');
CREATE TRIGGER schedule_created_or_deleted AFTER INSERT OR DELETE ON schedules
FOR EACH ROW EXECUTE FUNCTION note_object_change('schedule');
CREATE TRIGGER schedule_changed AFTER UPDATE ON schedules FOR EACH ROW
WHEN (OLD.revision IS DISTINCT FROM NEW.revision OR OLD.last_run_at IS DISTINCT FROM NEW.last_run_at) EXECUTE FUNCTION note_object_change('schedule');

CREATE FUNCTION note_node_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
        VALUES (OLD.organization_id, 'node', OLD.id::text, NULL, OLD.site_id, OLD.labels);
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.site_id IS DISTINCT FROM NEW.site_id OR OLD.labels <> NEW.labels) THEN
        INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
        VALUES (OLD.organization_id, 'node', OLD.id::text, NULL, OLD.site_id, OLD.labels);
    END IF;
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (NEW.organization_id, 'node', NEW.id::text, NEW.revision, NEW.site_id, NEW.labels);
    RETURN NULL;
END $$;
CREATE TRIGGER node_created_or_deleted AFTER INSERT OR DELETE ON nodes
FOR EACH ROW EXECUTE FUNCTION note_node_change();
CREATE TRIGGER node_changed AFTER UPDATE ON nodes FOR EACH ROW
WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION note_node_change();

CREATE FUNCTION note_site_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
        VALUES (OLD.organization_id, 'site', OLD.id::text, NULL, OLD.id, OLD.labels);
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.labels <> NEW.labels) THEN
        INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
        VALUES (OLD.organization_id, 'site', OLD.id::text, NULL, OLD.id, OLD.labels);
    END IF;
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    VALUES (NEW.organization_id, 'site', NEW.id::text, NEW.revision, NEW.id, NEW.labels);
    RETURN NULL;
END $$;
CREATE TRIGGER site_created_or_deleted AFTER INSERT OR DELETE ON sites
FOR EACH ROW EXECUTE FUNCTION note_site_change();
CREATE TRIGGER site_changed AFTER UPDATE ON sites FOR EACH ROW
WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION note_site_change();

-- A node that comes or goes is a changed node: its status is another.
CREATE FUNCTION note_presence_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision, site_id, labels)
    SELECT n.organization_id, 'node', n.id::text, n.revision, n.site_id, n.labels FROM nodes n
    WHERE n.id = NEW.node_id;
    RETURN NULL;
END $$;
CREATE TRIGGER node_came AFTER INSERT ON node_presence
FOR EACH ROW EXECUTE FUNCTION note_presence_change();
CREATE TRIGGER node_came_or_went AFTER UPDATE ON node_presence FOR EACH ROW
WHEN (OLD.online_since <> NEW.online_since OR OLD.left_at IS DISTINCT FROM NEW.left_at)
EXECUTE FUNCTION note_presence_change();

-- A command has no revision. The number of its last change stands for it.
CREATE FUNCTION note_command_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO object_changes (organization_id, noun, id, revision)
        VALUES (OLD.organization_id, 'command', OLD.id::text, NULL);
    ELSE
        INSERT INTO object_changes (organization_id, noun, id, revision)
        VALUES (NEW.organization_id, 'command', NEW.id::text, NEW.change);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER command_created_or_deleted AFTER INSERT OR DELETE ON commands
FOR EACH ROW EXECUTE FUNCTION note_command_change();
CREATE TRIGGER command_changed AFTER UPDATE ON commands FOR EACH ROW
WHEN (OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at OR OLD.finished_at IS DISTINCT FROM NEW.finished_at)
EXECUTE FUNCTION note_command_change();

-- A user belongs to organizations by memberships.
CREATE FUNCTION note_user_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO object_changes (organization_id, noun, id, revision)
    SELECT m.organization_id, 'user', NEW.id::text, NEW.revision FROM memberships m WHERE m.user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER user_changed AFTER UPDATE ON users FOR EACH ROW
WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION note_user_change();
CREATE FUNCTION note_membership_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO object_changes (organization_id, noun, id, revision)
        VALUES (OLD.organization_id, 'user', OLD.user_id::text, NULL);
    ELSE
        INSERT INTO object_changes (organization_id, noun, id, revision)
        SELECT NEW.organization_id, 'user', u.id::text, u.revision FROM users u WHERE u.id = NEW.user_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER member_changed AFTER INSERT OR UPDATE OR DELETE ON memberships
FOR EACH ROW EXECUTE FUNCTION note_membership_change();
