-- Schedules hold the id and the version of the script that they run, and command limits those of the scripts
-- that they list: whoever changes a script does not change what others run. What named none follows no
-- further than the version that is the latest now.
ALTER TABLE schedules ADD COLUMN max_lateness_seconds BIGINT;

UPDATE schedules SET instruction = schedules.instruction || jsonb_build_object(
    'script', s.id::text,
    'version', coalesce((schedules.instruction ->> 'version')::bigint, s.version)
)
FROM scripts AS s
WHERE schedules.instruction ->> 'kind' = 'script' AND s.organization_id = schedules.organization_id
    AND (s.name = schedules.instruction ->> 'script' OR s.id::text = schedules.instruction ->> 'script');

-- They hold nodes and sites by their ids too.
UPDATE schedules SET targets = jsonb_set(targets, '{nodes}', coalesce((
    SELECT jsonb_agg(coalesce((
        SELECT n.id::text FROM nodes AS n
        WHERE n.organization_id = schedules.organization_id AND n.name = named.value
    ), named.value)) FROM jsonb_array_elements_text(schedules.targets -> 'nodes') AS named (value)
), '[]'::jsonb))
WHERE jsonb_typeof(targets -> 'nodes') = 'array';

UPDATE schedules SET targets = jsonb_set(targets, '{site}', to_jsonb(coalesce((
    SELECT s.id::text FROM sites AS s
    WHERE s.organization_id = schedules.organization_id AND s.name = schedules.targets ->> 'site'
), targets ->> 'site')))
WHERE jsonb_typeof(targets -> 'site') = 'string';

UPDATE keys SET command_limits = jsonb_set(command_limits, '{scripts}', coalesce((
    SELECT jsonb_agg(listed.value || '@' || coalesce((
        SELECT s.version FROM scripts AS s WHERE s.id::text = listed.value
    ), 1)) FROM jsonb_array_elements_text(keys.command_limits -> 'scripts') AS listed (value)
), '[]'::jsonb))
WHERE jsonb_typeof(command_limits -> 'scripts') = 'array';

-- Scheduled scans had the time limit of other commands, which is too short for slow mirrors.
UPDATE schedules SET timeout_seconds = 600
WHERE instruction ->> 'kind' = 'scan_updates' AND timeout_seconds = 60;

-- What refers to an object that is deleted is looked for among these: the keys of agents go with them.
CREATE INDEX keys_of_people ON keys (organization_id, name, id) WHERE kind <> 'agent';
CREATE INDEX schedules_by_owner ON schedules (owner);
