-- Schedules hold the id and the version of the script that they run, and command limits those of the scripts
-- that they list: whoever changes a script does not change what others run. What named none follows no
-- further than the version that is the latest now.
ALTER TABLE schedules ADD COLUMN max_lateness_seconds INTEGER;

UPDATE schedules SET instruction = json_set(
    instruction,
    '$.script', lower(substr(hex(s.id), 1, 8) || '-' || substr(hex(s.id), 9, 4) || '-' || substr(hex(s.id), 13, 4)
        || '-' || substr(hex(s.id), 17, 4) || '-' || substr(hex(s.id), 21)),
    '$.version', coalesce(json_extract(instruction, '$.version'), s.version)
)
FROM scripts AS s
WHERE json_extract(schedules.instruction, '$.kind') = 'script' AND s.organization_id = schedules.organization_id
    AND (s.name = json_extract(schedules.instruction, '$.script')
        OR lower(hex(s.id)) = replace(json_extract(schedules.instruction, '$.script'), '-', ''));

-- They hold nodes and sites by their ids too.
UPDATE schedules SET targets = json_set(targets, '$.nodes', json((
    SELECT json_group_array(coalesce((
        SELECT lower(substr(hex(n.id), 1, 8) || '-' || substr(hex(n.id), 9, 4) || '-' || substr(hex(n.id), 13, 4)
            || '-' || substr(hex(n.id), 17, 4) || '-' || substr(hex(n.id), 21))
        FROM nodes AS n WHERE n.organization_id = schedules.organization_id AND n.name = named.value
    ), named.value)) FROM json_each(schedules.targets, '$.nodes') AS named
)))
WHERE json_type(targets, '$.nodes') = 'array';

UPDATE schedules SET targets = json_set(targets, '$.site', coalesce((
    SELECT lower(substr(hex(s.id), 1, 8) || '-' || substr(hex(s.id), 9, 4) || '-' || substr(hex(s.id), 13, 4)
            || '-' || substr(hex(s.id), 17, 4) || '-' || substr(hex(s.id), 21))
    FROM sites AS s
    WHERE s.organization_id = schedules.organization_id AND s.name = json_extract(schedules.targets, '$.site')
), json_extract(targets, '$.site')))
WHERE json_type(targets, '$.site') = 'text';

UPDATE keys SET command_limits = json_set(command_limits, '$.scripts', json((
    SELECT json_group_array(listed.value || '@' || coalesce((
        SELECT s.version FROM scripts AS s WHERE lower(hex(s.id)) = replace(listed.value, '-', '')
    ), 1)) FROM json_each(keys.command_limits, '$.scripts') AS listed
)))
WHERE json_type(command_limits, '$.scripts') = 'array';

-- Scheduled scans had the time limit of other commands, which is too short for slow mirrors.
UPDATE schedules SET timeout_seconds = 600
WHERE json_extract(instruction, '$.kind') = 'scan_updates' AND timeout_seconds = 60;

-- What refers to an object that is deleted is looked for among these: the keys of agents go with them.
CREATE INDEX keys_of_people ON keys (organization_id, name, id) WHERE kind <> 'agent';
CREATE INDEX schedules_by_owner ON schedules (owner);
