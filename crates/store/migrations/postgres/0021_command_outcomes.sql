-- How a command went on all of its nodes together, and whether it failed on one, which is known earlier.
ALTER TABLE commands ADD COLUMN outcome TEXT COLLATE "C" NOT NULL DEFAULT 'running';
ALTER TABLE commands ADD COLUMN has_failed BOOLEAN NOT NULL DEFAULT FALSE;
-- How many results are in each state, as JSON, once the command has finished.
ALTER TABLE commands ADD COLUMN progress JSONB;

CREATE INDEX command_results_failed ON command_results (command_id, node_id)
    WHERE state IN ('failed', 'timed_out', 'expired', 'lost');

UPDATE commands SET has_failed = TRUE WHERE EXISTS (
    SELECT 1 FROM command_results r
    WHERE r.command_id = commands.id AND r.state IN ('failed', 'timed_out', 'expired', 'lost'));
UPDATE commands SET outcome = CASE
    WHEN has_failed THEN 'failed'
    WHEN EXISTS (SELECT 1 FROM command_results r WHERE r.command_id = commands.id AND r.state = 'cancelled')
        THEN 'cancelled'
    WHEN EXISTS (SELECT 1 FROM command_results r WHERE r.command_id = commands.id AND r.state = 'succeeded')
        THEN 'succeeded'
    ELSE 'left_out' END
    WHERE finished_at IS NOT NULL;

CREATE INDEX commands_by_outcome ON commands (organization_id, outcome, created_at, id);
CREATE INDEX commands_failed ON commands (organization_id, created_at, id) WHERE has_failed;
CREATE INDEX commands_by_creator ON commands (organization_id, created_by, created_at, id);
