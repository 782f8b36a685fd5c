// Written by scripts/api.mjs from contracts/openapi.json. Do not edit.
export interface paths {
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the agents of an organization
         * @description Scope: `agents.list`.
         */
        get: operations["agents.list"];
        put?: never;
        /**
         * Create an agent
         * @description The type decides on which nodes it may run, what it may observe, and which settings and secrets it has; an error names what does not fit. A node has at most one `bailiwick_agent`, which starts and supervises the other agents there.
         *
         *     Scope: `agents.create`.
         */
        post: operations["agents.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one agent
         * @description Scope: `agents.get`.
         */
        get: operations["agents.get"];
        put?: never;
        post?: never;
        /**
         * Delete an agent and its secrets
         * @description A `bailiwick_agent` is not deleted while other agents run on its node, because nothing would start them any more; `force` deletes them too. The caller must reach each of them.
         *
         *     Scope: `agents.delete`.
         */
        delete: operations["agents.delete"];
        options?: never;
        head?: never;
        /**
         * Change an agent
         * @description Fields that are absent stay as they are. So do settings and secrets that are not named; null removes one. The lists of what it observes are replaced as a whole, except that nodes and services out of the caller's reach are not shown and stay. The type, and the node that it runs on, never change.
         *
         *     A secret belongs to the destination that the agent had when the secret was set. If the destination changes, by this operation or by a change of the service or node, the secret is withheld until it is set again.
         *
         *     Scope: `agents.update`.
         */
        patch: operations["agents.update"];
        trace?: never;
    };
    "/v1/agents/{agent}/front": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch the metrics of an exporter, through its node's agent
         * @description This answers the URL. The agent serves the metrics there, to keys with this scope that reach the exporter.
         *
         *     Scope: `front.scrape`.
         */
        get: operations["front.scrape"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the last log lines of an agent
         * @description The node's `bailiwick_agent` keeps the last lines of each program that it runs, and reports them within ten seconds. Secrets that the program was given are removed from them.
         *
         *     Scope: `agents.logs`.
         */
        get: operations["agents.logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a connected agent a new key
         * @description The key is offered over the connection, and only the agent learns it. The old key ends when the agent connects with the new one, a moment later. An agent that cannot store the new key is offered one again every ten minutes. To end the old key in any case, delete it.
         *
         *     Scope: `agents.rotate`.
         */
        post: operations["agents.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the agents of an organization as text, oldest first
         * @description With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next page. The text can be imported again: it refers to nodes and services by name. Secrets are never exported. In CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula; an import removes it.
         *
         *     Scope: `agents.export`.
         */
        get: operations["agents.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import many agents at once
         * @description Each line is an agent with the fields of `agents.create`; a line with an `id` refers to the existing agent. In CSV, the first line names the fields; `observes`, `settings` and `secrets` contain JSON objects; labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as `label.env`. At most 100,000 lines.
         *
         *     Either all lines are imported or none: `errors` names every wrong line, the first hundred one by one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`; the other fields are then query parameters.
         *
         *     Scope: `agents.import`.
         */
        post: operations["agents.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/installer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the line that installs an agent on a machine
         * @description The line is pasted on the new machine, with an enrolment key in place of `KEY`. It downloads the agent from this server, verifies it, and enrols the machine. There is no line if the server has no program to hand out.
         *
         *     Scope: `agents.installer`.
         */
        get: operations["agents.installer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/aggregated_quantities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the readings of metrics, put together in buckets of time
         * @description Each bucket has the number of readings, and the smallest, largest, mean, first and last one. The metrics are those of kind `quantity`, and those of kind `count`, whose readings are taken as numbers. Buckets are of equal length, and one of them begins at 1970-01-01T00:00:00Z. Those without a reading are left out. One metric comes after the other, each in the order of time.
         *
         *     Scope: `aggregated_quantities.list`.
         */
        get: operations["aggregated_quantities.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alarm_intervals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the intervals in which alarms were on
         * @description An interval begins with an observation that an alarm is on, and lasts until the alarm is off or has another level, as far as there was data: a time without data ends an interval, and if the alarm is still on afterwards, another one begins. This is the time without data of reports. An alarm that is on and was not reported again for 90 days is forgotten. Metrics of hosts are left out.
         *
         *     The intervals that have a part in the window are listed with all of their time, up to 24 hours beyond the window. One metric comes after the other, each in the order of time.
         *
         *     Scope: `alarm_intervals.list`.
         */
        get: operations["alarm_intervals.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/annotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List annotations of nodes that the caller reaches
         * @description Scope: `annotations.list`.
         */
        get: operations["annotations.list"];
        put?: never;
        /**
         * Create an annotation
         * @description It explains the downtime of a node from a time to another, or until further notice. Time in cycle and time without data within it is no downtime. Annotations of one node may not overlap.
         *
         *     Scope: `annotations.create`.
         */
        post: operations["annotations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/annotations/{annotation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one annotation
         * @description Scope: `annotations.get`.
         */
        get: operations["annotations.get"];
        put?: never;
        post?: never;
        /**
         * Delete an annotation
         * @description Scope: `annotations.delete`.
         */
        delete: operations["annotations.delete"];
        options?: never;
        head?: never;
        /**
         * Change an annotation
         * @description Fields that are absent stay as they are. The node cannot be changed: delete the annotation, and create another.
         *
         *     Scope: `annotations.update`.
         */
        patch: operations["annotations.update"];
        trace?: never;
    };
    "/v1/ansible/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the nodes as an inventory of Ansible
         * @description Groups are made of sites (`site_berlin`), types (`type_generic`), statuses (`status_online`) and labels (`env_prod`). Databases in clouds, on which nobody logs in, are left out unless `type` asks for them. Texts that people entered are marked as unsafe, so that Ansible does not run templates in them. At most 20,000 nodes, and 30 MiB.
         *
         *     Scope: `ansible.inventory`.
         */
        get: operations["ansible.inventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the audit trail of an organization, newest first
         * @description A root key that names no organization sees the trail of the server as a whole: organizations that were created and deleted, root keys. The trail contains every change, and every refusal of a known key (up to 60 refusals a minute for each key).
         *
         *     Scope: `audit.list`.
         */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/cut": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cut off the audit trail after an entry that was exported
         * @description This entry and all before it are deleted and cannot be restored: export them first, check the chain, and keep both. The request names the entry by number and hash, so that nobody cuts off what they have not seen. The chain continues from that hash, `audit.verify` checks the rest, and an entry in the trail says who cut off how much. If there are many entries, the server may take an hour or more to delete them.
         *
         *     Scope: `audit.cut`.
         */
        post: operations["audit.cut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the audit trail as text, oldest first
         * @description Each line is an entry as `audit.list` shows it, with both hashes, so that the chain can be checked without this server: see `docs/audit.md`. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next page. In CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula.
         *
         *     Scope: `audit.export`.
         */
        get: operations["audit.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the chain of hashes of the audit trail
         * @description Each entry contains the hash of the entry before it, so an entry that was changed or removed breaks the chain. If the beginning of a chain was cut off, the rest is checked, starting from the hash of the last entry that was cut off. If a root key names no organization, every chain is checked. Keep the hash of the last entry (`head`) somewhere else: if a later check does not find it, the end was rewritten.
         *
         *     Scope: `audit.verify`.
         */
        get: operations["audit.verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the calendars of an organization
         * @description Scope: `calendars.list`.
         */
        get: operations["calendars.list"];
        put?: never;
        /**
         * Create a calendar
         * @description It is for a site, for a node or, if neither is named, for the organization. Each of them can have one. For a node, the most specific calendar holds: its own, that of its site, or that of the organization. Without any, all time is scheduled, and days begin at midnight in the organization's time zone.
         *
         *     Scope: `calendars.create`.
         */
        post: operations["calendars.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendars/{calendar}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one calendar, and its production day of today
         * @description Scope: `calendars.get`.
         */
        get: operations["calendars.get"];
        put?: never;
        post?: never;
        /**
         * Delete a calendar
         * @description For its nodes, the next less specific calendar then holds. A calendar of a site or a node is also deleted together with it.
         *
         *     Scope: `calendars.delete`.
         */
        delete: operations["calendars.delete"];
        options?: never;
        head?: never;
        /**
         * Change a calendar
         * @description Fields that are absent stay as they are; rules are replaced as a whole. Reports on the past follow the new rules. What a calendar is for cannot be changed: delete it, and create another.
         *
         *     Scope: `calendars.update`.
         */
        patch: operations["calendars.update"];
        trace?: never;
    };
    "/v1/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the commands of an organization
         * @description Only those that went to a node in the caller's reach. Finished commands are deleted after 90 days, or after the time that the server is configured for.
         *
         *     Scope: `commands.list`.
         */
        get: operations["commands.list"];
        put?: never;
        /**
         * Issue a command to a selection of nodes
         * @description It goes to the selected nodes that are in the caller's reach and have an enrolled agent; the answer lists them. A node that is offline gets the command when it comes back, unless the command has expired. A node runs it at most once. Results are in `commands.results`, and live in `commands.events`. The command limits of the calling key apply.
         *
         *     Scope: `commands.create`.
         */
        post: operations["commands.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/commands/{command}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one command and its progress
         * @description Scope: `commands.get`.
         */
        get: operations["commands.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/commands/{command}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a command
         * @description Results that wait for a node end at once. Nodes on which it runs are told to stop it, with all processes that it started; their results follow. Finished results stay as they are. Refused if the command went to nodes out of the caller's reach.
         *
         *     Scope: `commands.cancel`.
         */
        post: operations["commands.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/commands/{command}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch a command's output and results as they arrive
         * @description Server-sent events (WHATWG HTML, section 9.2): first what there is already, then new events. Each event's data is JSON, and its member `event` is the event's type: `output` is a piece of output from a node, `result` the state of a node, and `end` comes last, when no more can come. Positions and states are absolute, so an event that is repeated, as can happen after `Last-Event-ID`, says the same again. A slow reader misses no output, only intermediate states. The stream ends without `end` when the caller loses the right to it or is changed, and when the server stops.
         *
         *     Scope: `commands.events`.
         */
        get: operations["commands.events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/commands/{command}/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the results of a command in groups that are equal
         * @description The largest group is first. Results are in one group if state, exit code, signal, error and both streams are equal. Of commands with more than 20,000 results in the caller's reach, or with more than 64 MiB of output, only the first are compared; `compared` and `is_complete` say so.
         *
         *     Scope: `commands.groups`.
         */
        get: operations["commands.groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/commands/{command}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the results of a command on its nodes
         * @description Only those of nodes in the caller's reach. Results of deleted nodes are only shown to callers that reach the whole organization. Results are sorted by node id. A page with much output has fewer results than its limit.
         *
         *     Scope: `commands.results`.
         */
        get: operations["commands.results"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/downtime_reasons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the reasons of downtime of an organization
         * @description Scope: `downtime_reasons.list`.
         */
        get: operations["downtime_reasons.list"];
        put?: never;
        /**
         * Create a reason of downtime
         * @description A reason is a path in a tree, from the top, such as `Setup|Tool change`. The reasons above it need not exist.
         *
         *     Scope: `downtime_reasons.create`.
         */
        post: operations["downtime_reasons.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/downtime_reasons/{downtime_reason}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one reason of downtime
         * @description Scope: `downtime_reasons.get`.
         */
        get: operations["downtime_reasons.get"];
        put?: never;
        post?: never;
        /**
         * Delete a reason of downtime
         * @description Refused while annotations give it: change or delete them first.
         *
         *     Scope: `downtime_reasons.delete`.
         */
        delete: operations["downtime_reasons.delete"];
        options?: never;
        head?: never;
        /**
         * Change a reason of downtime
         * @description Fields that are absent stay as they are. Annotations that give the reason follow it, also those of the past.
         *
         *     Scope: `downtime_reasons.update`.
         */
        patch: operations["downtime_reasons.update"];
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the changes of objects as they happen
         * @description Server-sent events (WHATWG HTML, section 9.2). Each event's data is JSON, and its member `event` is the event's type. The first is `began`: read lists after it, and no change is missed. Then come `changed`, with the revision that the object has now, and `gone` for an object that was deleted or has left the caller's reach. Several changes of one object may be one event. After `Last-Event-ID` (or `after`), the changes since then come first; if they are not kept any more, the first event is `missed`, and lists must be read again. At least the last 200,000 changes of the server are kept.
         *
         *     Only objects of nouns whose lists the caller may read are reported, and only those in its reach. A caller that reaches a part of the organization is told that a node or a site is gone, but not that another object is. The stream ends when the caller loses the right to it or is changed, and when the server stops.
         *
         *     Scope: `events.stream`.
         */
        get: operations["events.stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/front": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show whether agents serve the metrics of exporters
         * @description If they do, the agent of each node that has exporters listens on one HTTPS port, and passes requests for `/metrics/AGENT` on to the exporter.
         *
         *     Scope: `front.show`.
         */
        get: operations["front.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change whether agents serve the metrics of exporters
         * @description Fields that are absent stay as they are. When this is first switched on, the organization gets a certificate authority, which signs the certificates of its agents. `front.authority` answers its certificate, which those who fetch the metrics must trust.
         *
         *     Scope: `front.update`.
         */
        patch: operations["front.update"];
        trace?: never;
    };
    "/v1/front/authority": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the certificate of the authority that issues the certificates of fronts
         * @description In PEM, for Prometheus' `ca_file`. It is not secret. There is none until fronts are first switched on.
         *
         *     Scope: `front.authority`.
         */
        get: operations["front.authority"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/goals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the goals of an organization
         * @description Scope: `goals.list`.
         */
        get: operations["goals.list"];
        put?: never;
        /**
         * Create a goal
         * @description It is for a site, a node or a job operation or, if none is named, for the organization. For each of these and each figure, there can be one.
         *
         *     Scope: `goals.create`.
         */
        post: operations["goals.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/goals/{goal}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one goal
         * @description Scope: `goals.get`.
         */
        get: operations["goals.get"];
        put?: never;
        post?: never;
        /**
         * Delete a goal
         * @description Scope: `goals.delete`.
         */
        delete: operations["goals.delete"];
        options?: never;
        head?: never;
        /**
         * Change the ratios of a goal
         * @description Fields that are absent stay as they are.
         *
         *     Scope: `goals.update`.
         */
        patch: operations["goals.update"];
        trace?: never;
    };
    "/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation: choose a password
         * @description The invitation can be used only once, and all of the user's sessions end. Then log in with the e-mail address in the answer.
         *
         *     Needs no key: the request itself contains the proof.
         */
        post: operations["invitations.accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/job_dispatches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a job on a machine, in the words of another system
         * @description The job operation with this job, name, part and lot is changed as the request says, or created. Then a run of it begins. A machine can run one job at a time: stop the job before. If the run is there already, nothing new begins, so a request can be sent again.
         *
         *     Scope: `job_dispatches.start`.
         */
        post: operations["job_dispatches.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/job_dispatches/{job_dispatch}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a job that another system started, and the parts that were made
         * @description Scope: `job_dispatches.get`.
         */
        get: operations["job_dispatches.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/job_dispatches/{job_dispatch}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a job that another system started
         * @description A run that has ended stays as it is, unless `end_at` says when it ended.
         *
         *     Scope: `job_dispatches.stop`.
         */
        post: operations["job_dispatches.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/job_operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the job operations of an organization
         * @description Scope: `job_operations.list`.
         */
        get: operations["job_operations.list"];
        put?: never;
        /**
         * Create a job operation
         * @description It is one step of a job. Job, name, part and lot together are unique in an organization.
         *
         *     Scope: `job_operations.create`.
         */
        post: operations["job_operations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/job_operations/{job_operation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one job operation
         * @description Scope: `job_operations.get`.
         */
        get: operations["job_operations.get"];
        put?: never;
        post?: never;
        /**
         * Delete a job operation
         * @description Refused while there are runs of it: delete them first. Goals for it are deleted with it.
         *
         *     Scope: `job_operations.delete`.
         */
        delete: operations["job_operations.delete"];
        options?: never;
        head?: never;
        /**
         * Change a job operation
         * @description Fields that are absent stay as they are. Runs follow new times, also those of the past.
         *
         *     Scope: `job_operations.update`.
         */
        patch: operations["job_operations.update"];
        trace?: never;
    };
    "/v1/job_runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List job runs on nodes that the caller reaches
         * @description Scope: `job_runs.list`.
         */
        get: operations["job_runs.list"];
        put?: never;
        /**
         * Create a job run: a job operation begins on a node, or ran on it
         * @description Runs on one node may not overlap, so only one can be running: end it before the next begins.
         *
         *     Scope: `job_runs.create`.
         */
        post: operations["job_runs.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/job_runs/{job_run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one job run
         * @description Scope: `job_runs.get`.
         */
        get: operations["job_runs.get"];
        put?: never;
        post?: never;
        /**
         * Delete a job run
         * @description Scope: `job_runs.delete`.
         */
        delete: operations["job_runs.delete"];
        options?: never;
        head?: never;
        /**
         * Change a job run, for example end it
         * @description Fields that are absent stay as they are. The node cannot be changed: delete the run, and create another.
         *
         *     Scope: `job_runs.update`.
         */
        patch: operations["job_runs.update"];
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description An organization key sees the keys of its organization. A root key sees the keys of the organization that it names, or all keys including root keys if it names none.
         *
         *     Scope: `keys.list`.
         */
        get: operations["keys.list"];
        put?: never;
        /**
         * Create a key
         * @description The answer contains the key's secret, and no later answer does. A key cannot grant more than it has itself: in scopes, reach, time, addresses, user, role or commands. If one of the last five is absent, the new key inherits it from the calling key. A key with a rate limit cannot create other keys, because each would have a rate of its own.
         *
         *     Scope: `keys.create`.
         */
        post: operations["keys.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one key
         * @description Scope: `keys.get`.
         */
        get: operations["keys.get"];
        put?: never;
        post?: never;
        /**
         * Delete a key
         * @description It is refused from the next request on. Deleting grants nothing, so a key can delete keys that have more rights than itself. Refused while schedules run as it; `force` deletes them too, which needs the scope `schedules.delete`. To stop a key at once even if schedules run as it, disable it.
         *
         *     Scope: `keys.delete`.
         */
        delete: operations["keys.delete"];
        options?: never;
        head?: never;
        /**
         * Change a key
         * @description Fields that are absent stay as they are; lists and the reach are replaced as a whole. The change takes effect from the next request on. A key can only change keys that have no more rights than itself, and cannot give them more. A key with a rate limit can only change itself. Agents' keys and enrolment keys have no scopes, reach, user or role.
         *
         *     Scope: `keys.update`.
         */
        patch: operations["keys.update"];
        trace?: never;
    };
    "/v1/keys/{key}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable a key
         * @description It is refused from the next request on, until it is enabled or until a given time. Disabling grants nothing, so a key can disable keys that have more rights than itself.
         *
         *     Scope: `keys.disable`.
         */
        post: operations["keys.disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable a key again
         * @description A key can only enable keys that have no more rights than itself.
         *
         *     Scope: `keys.enable`.
         */
        post: operations["keys.enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key a new secret
         * @description The answer contains the secret, and no later answer does. The old secret works for another `overlap_seconds`. A key can only rotate keys that have no more rights than itself, because it learns their secret. Agents' keys are rotated by `agents.rotate`.
         *
         *     Scope: `keys.rotate`.
         */
        post: operations["keys.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show which operations a key has used, and which it has never used
         * @description Uses are written every few seconds. What a key never uses, it need not be able to do: the scopes for it can be removed.
         *
         *     Scope: `keys.usage`.
         */
        get: operations["keys.usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Explain in sentences what a key would be able to do
         * @description Takes the fields of `keys.create` that grant or limit something, and creates nothing. The rights are those that the scopes, the role and the user leave together, and that the organization's policy does not withhold. Whether the caller may create such a key is not asked.
         *
         *     Scope: `keys.explain`.
         */
        post: operations["keys.explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/machines/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what each machine does now, and since when
         * @description A machine is a node of which machine data was ever received, other than metrics of its host.
         *
         *     Scope: `machines.status`.
         */
        get: operations["machines.status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/maintenance_windows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the maintenance windows of an organization
         * @description Scope: `maintenance_windows.list`.
         */
        get: operations["maintenance_windows.list"];
        put?: never;
        /**
         * Create a maintenance window
         * @description Schedules and installations of updates leave out a node that at least one window covers, except while one of its windows is open. A node that no window covers may be worked on at any time. Commands that are given directly are not limited.
         *
         *     A window covers the nodes that meet all members of `targets`: those of the list of nodes, except the status. `selector` and `site` are an older way to write the members `labels` and `site`. It opens at the times of `cron` and closes `duration_seconds` later. If it opens again before that, it stays open. At a change of daylight saving time it opens like a schedule runs; it is open equally long every time.
         *
         *     Scope: `maintenance_windows.create`.
         */
        post: operations["maintenance_windows.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/maintenance_windows/{maintenance_window}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one maintenance window
         * @description Scope: `maintenance_windows.get`.
         */
        get: operations["maintenance_windows.get"];
        put?: never;
        post?: never;
        /**
         * Delete a maintenance window
         * @description Nodes that no other window covers may then be worked on at any time.
         *
         *     Scope: `maintenance_windows.delete`.
         */
        delete: operations["maintenance_windows.delete"];
        options?: never;
        head?: never;
        /**
         * Change a maintenance window
         * @description Fields that are absent stay as they are. Commands that were given before keep the end of the window that they were given in.
         *
         *     Scope: `maintenance_windows.update`.
         */
        patch: operations["maintenance_windows.update"];
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change your name or your password
         * @description A new password ends your other sessions. Only a server administrator can change your e-mail address.
         *
         *     Only a logged-in user may call this, not a key.
         */
        patch: operations["me.update"];
        trace?: never;
    };
    "/v1/me/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what you chose in the console
         * @description Only a logged-in user may call this, not a key.
         */
        get: operations["me.preferences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change what you chose in the console
         * @description Choices that are absent stay as they are; null removes one. All of them together have at most 16 KiB as JSON.
         *
         *     Only a logged-in user may call this, not a key.
         */
        patch: operations["me.set_preferences"];
        trace?: never;
    };
    "/v1/me/second_factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to set up a second factor
         * @description Put the secret into an authenticator app (or show it the URI as a QR code), then confirm it with a code. Until you do, you log in without a second factor.
         *
         *     Only a logged-in user may call this, not a key.
         */
        post: operations["second_factor.begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/second_factor/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm the second factor with one of its codes
         * @description From then on, your password alone does not log you in, and your other sessions, which began without the second factor, have ended. The answer contains recovery codes: keep them where you can find them without your authenticator.
         *
         *     Only a logged-in user may call this, not a key.
         */
        post: operations["second_factor.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/second_factor/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove your second factor
         * @description Only a logged-in user may call this, not a key.
         */
        post: operations["second_factor.end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/second_factor/recovery_codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace your recovery codes by new ones
         * @description Only a logged-in user may call this, not a key.
         */
        post: operations["second_factor.renew_recovery_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what the server measures of itself
         * @description Requests by operation and outcome, refusals by reason, statements of the database by name, pools and queues, nodes by status, connected agents, commands, observations, keys, and the server's process. `GET /metrics` answers the same in the text formats that Prometheus reads.
         *
         *     Root keys and server administrators only. Scope: `server.metrics`.
         */
        get: operations["server.metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the nodes of an organization
         * @description Scope: `nodes.list`.
         */
        get: operations["nodes.list"];
        put?: never;
        /**
         * Create a node
         * @description The type decides which fields it may have: `host` all but cloud databases and machine tools; `machine_id` generic nodes and containers; `distro` generic nodes; `container_id` and `container_name` containers; `instance_id` RDS; `manufacturer` and `serial_number` generic nodes and machine tools. All but machine tools need an `address`, and cloud databases a `region`.
         *
         *     A key with a limited reach can only create nodes within it: with certain labels, at certain sites. A key limited to certain nodes cannot create any.
         *
         *     With `agents` and `services`, for which the scopes `agents.create` and `services.create` are needed, what runs on the node is created with it. With `replace`, for which `nodes.delete` is needed, the node that has the name is deleted first. Either all of this is done or nothing.
         *
         *     Scope: `nodes.create`.
         */
        post: operations["nodes.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{node}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one node
         * @description Scope: `nodes.get`.
         */
        get: operations["nodes.get"];
        put?: never;
        post?: never;
        /**
         * Delete a node
         * @description Refused while something depends on it. With `force`, nodes that run on it stay, without a host. Services that run on no other node are deleted too, and so are agents that run on it or would observe nothing more, for which the scopes `services.delete` and `agents.delete` are needed; other services and agents stay without it. The node is removed from the reach of keys and roles, and from schedules and maintenance windows; those for no other node, and those for the nodes that run on it, are deleted. Its observations, and what is said about its production, are always deleted with it. The caller must reach all of these objects, and have the scopes to change and delete them.
         *
         *     Scope: `nodes.delete`.
         */
        delete: operations["nodes.delete"];
        options?: never;
        head?: never;
        /**
         * Change a node, or move it to another site or host
         * @description Fields that are absent stay as they are; labels are replaced as a whole. The type never changes. The node must be in the caller's reach, and stay in it. A caller that reaches only a part of the organization cannot take a node out of a maintenance window.
         *
         *     Scope: `nodes.update`.
         */
        patch: operations["nodes.update"];
        trace?: never;
    };
    "/v1/nodes/{node}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge a duplicate of a node into it, and delete the duplicate
         * @description The node keeps its id, its name and all values that it has; what it lacks, and labels that it does not have, come from `from`. The services, agents, guests, commands with their results, and the newer scan for updates of `from` move to the node, and so do its observations and what is said about its production; keys, roles and schedules that name `from` name the node instead. Both nodes must have the same type.
         *
         *     If both have an agent of Bailiwick, the one that is connected stays, and the other is deleted; if both are connected, or neither is, the merge is refused. It is also refused if both have a metric of the same key with different kinds or units, or if they have too many metrics or words together. Secrets of agents that then run on another machine are withheld until they are set again.
         *
         *     A merge says which machine a node is, so the caller must reach the whole organization. Besides `nodes.merge` it needs `nodes.update`, `nodes.delete`, and for what moves `services.update`, `agents.update`, `keys.update`, `roles.update` and `schedules.update`; also `agents.delete` if an agent is deleted, `commands.create` if a waiting command would run on another machine, and `maintenance_windows.update` if a schedule that moves ignores maintenance windows.
         *
         *     Scope: `nodes.merge`.
         */
        post: operations["nodes.merge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{node}/reboot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reboot a machine
         * @description This gives the machine a command. Its result in `commands.results` says that the machine accepted the reboot, not that it came back.
         *
         *     Scope: `commands.reboot`.
         */
        post: operations["commands.reboot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{node}/updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the available updates of a node
         * @description These are the updates that its last scan found. A node that was never scanned has none, and its `last_scan` is null.
         *
         *     Scope: `nodes.updates`.
         */
        get: operations["nodes.updates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the nodes of an organization as text, sorted by name
         * @description With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next page. The text can be imported again: it refers to sites and hosts by name. In CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula; an import removes it.
         *
         *     Scope: `nodes.export`.
         */
        get: operations["nodes.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import many nodes at once
         * @description Each line is a node with the fields of `nodes.create`, but without agents and services. In CSV, the first line names the fields; labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as `label.env`. A line that changes a node needs only its name and what changes: what it leaves out stays as it is. A host may be a node of an earlier line. At most 100,000 lines.
         *
         *     Either all lines are imported or none: `errors` names every wrong line, the first hundred one by one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`; the other fields are then query parameters.
         *
         *     Scope: `nodes.import`.
         */
        post: operations["nodes.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/observations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List raw observations
         * @description One series comes after the other, each in the order of time.
         *
         *     Scope: `observations.list`.
         */
        get: operations["observations.list"];
        put?: never;
        /**
         * Store observations: what was seen of nodes, and when
         * @description The body is JSON with single observations (`observations`) or columns (`columns`), or JSON lines with one observation each; it may be compressed by gzip. At most 100,000 values. Late observations and those in any order are stored where they belong. The same value at the same time again has no effect. Another value at the same time is refused, because an observation never changes. The observations are on the disk when this is answered.
         *
         *     Scope: `observations.create`.
         */
        post: operations["observations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/observations/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export raw observations as text
         * @description One series comes after the other, each in the order of time. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next part. JSON lines can be sent to `observations.create` as they are.
         *
         *     Scope: `observations.export`.
         */
        get: operations["observations.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operator_runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List operator runs at nodes that the caller reaches
         * @description Scope: `operator_runs.list`.
         */
        get: operations["operator_runs.list"];
        put?: never;
        /**
         * Create an operator run: an operator comes to a node, or was there
         * @description Several operators may be at a node. In reports, the one who came last counts.
         *
         *     Scope: `operator_runs.create`.
         */
        post: operations["operator_runs.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operator_runs/{operator_run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one operator run
         * @description Scope: `operator_runs.get`.
         */
        get: operations["operator_runs.get"];
        put?: never;
        post?: never;
        /**
         * Delete an operator run
         * @description Scope: `operator_runs.delete`.
         */
        delete: operations["operator_runs.delete"];
        options?: never;
        head?: never;
        /**
         * Change the times of an operator run, for example end it
         * @description Fields that are absent stay as they are. Node and operator cannot be changed: delete the run, and create another.
         *
         *     Scope: `operator_runs.update`.
         */
        patch: operations["operator_runs.update"];
        trace?: never;
    };
    "/v1/operators": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the operators of an organization
         * @description Scope: `operators.list`.
         */
        get: operations["operators.list"];
        put?: never;
        /**
         * Create an operator: a person who operates machines
         * @description Operators do not log in; people who do are users.
         *
         *     Scope: `operators.create`.
         */
        post: operations["operators.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operators/{operator}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one operator
         * @description Scope: `operators.get`.
         */
        get: operations["operators.get"];
        put?: never;
        post?: never;
        /**
         * Delete an operator
         * @description Refused while there are runs of this operator: delete them first.
         *
         *     Scope: `operators.delete`.
         */
        delete: operations["operators.delete"];
        options?: never;
        head?: never;
        /**
         * Change an operator
         * @description Fields that are absent stay as they are.
         *
         *     Scope: `operators.update`.
         */
        patch: operations["operators.update"];
        trace?: never;
    };
    "/v1/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the organizations that the caller reaches
         * @description An organization key reaches only its own.
         *
         *     Scope: `organizations.list`.
         */
        get: operations["organizations.list"];
        put?: never;
        /**
         * Create an organization
         * @description Root keys and server administrators only. Scope: `organizations.create`.
         */
        post: operations["organizations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organizations/{organization}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one organization
         * @description Scope: `organizations.get`.
         */
        get: operations["organizations.get"];
        put?: never;
        post?: never;
        /**
         * Delete an organization
         * @description Refused while it owns something, has members, or is in the reach of a root key. `force` also deletes everything that it owns, in one transaction, and removes it from those reaches. Observations of its nodes are deleted within an hour. Its audit trail stays.
         *
         *     Root keys and server administrators only. Scope: `organizations.delete`.
         */
        delete: operations["organizations.delete"];
        options?: never;
        head?: never;
        /**
         * Change an organization
         * @description Fields that are absent stay as they are. A new slug takes effect at once, and the old one stops working.
         *
         *     Scope: `organizations.update`.
         */
        patch: operations["organizations.update"];
        trace?: never;
    };
    "/v1/part_corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List part corrections of nodes that the caller reaches
         * @description Scope: `part_corrections.list`.
         */
        get: operations["part_corrections.list"];
        put?: never;
        /**
         * Create a part correction: a node made more or fewer parts than its counters say
         * @description Scope: `part_corrections.create`.
         */
        post: operations["part_corrections.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/part_corrections/{part_correction}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one part correction
         * @description Scope: `part_corrections.get`.
         */
        get: operations["part_corrections.get"];
        put?: never;
        post?: never;
        /**
         * Delete a part correction
         * @description Scope: `part_corrections.delete`.
         */
        delete: operations["part_corrections.delete"];
        options?: never;
        head?: never;
        /**
         * Change a part correction
         * @description Fields that are absent stay as they are. The node cannot be changed: delete the correction, and create another.
         *
         *     Scope: `part_corrections.update`.
         */
        patch: operations["part_corrections.update"];
        trace?: never;
    };
    "/v1/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List every operation, its class and its scope, grouped for a picker
         * @description `granted` says whether the caller has the permission and may therefore grant it.
         *
         *     Any valid key and any logged-in user may call this.
         */
        get: operations["permissions.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/positions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List positions: the values of `KEY.x`, `KEY.y` and `KEY.z` at each time
         * @description A node has the position `KEY` if it has at least two of these metrics, of kind `quantity`. One position comes after the other, each in the order of time.
         *
         *     Scope: `positions.list`.
         */
        get: operations["positions.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prometheus/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the exporters as targets, for Prometheus' HTTP service discovery
         * @description The answer is the whole list, in the format of `http_sd_config`: enabled exporters that Prometheus can reach. An exporter that listens only on its own machine's loopback is left out. The labels tell the node, its site and labels, the exporter and the service that it observes. At most 20,000 targets.
         *
         *     Scope: `prometheus.targets`.
         */
        get: operations["prometheus.targets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reach/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count the objects that a reach covers now
         * @description Only those in the caller's own reach are counted, as with a key that has this reach and that the caller makes.
         *
         *     Scope: `reach.preview`.
         */
        post: operations["reach.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask whether the server is ready
         * @description For load balancers and probes. Answers 200 if the server can do its work, otherwise 503 with a `reason`: `database_away`, `database_read_only`, `database_rights`, `disk_full`, `clocks_differ` or `stopping`.
         *
         *     Needs no key.
         */
        get: operations["server.ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List rejects of nodes that the caller reaches
         * @description Scope: `rejects.list`.
         */
        get: operations["rejects.list"];
        put?: never;
        /**
         * Create a reject: parts of a node are scrap or nonconforming
         * @description They stay in the total, and are not good.
         *
         *     Scope: `rejects.create`.
         */
        post: operations["rejects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejects/{reject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one reject
         * @description Scope: `rejects.get`.
         */
        get: operations["rejects.get"];
        put?: never;
        post?: never;
        /**
         * Delete a reject
         * @description Scope: `rejects.delete`.
         */
        delete: operations["rejects.delete"];
        options?: never;
        head?: never;
        /**
         * Change a reject
         * @description Fields that are absent stay as they are. The node cannot be changed: delete the reject, and create another.
         *
         *     Scope: `rejects.update`.
         */
        patch: operations["rejects.update"];
        trace?: never;
    };
    "/v1/reports/downtime": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report on downtime
         * @description Downtime is scheduled time with data in which a machine was not in cycle. The report says how long it was, and why: annotations give the reasons, and the group with the key null has none yet. Without `metrics`, it shows downtime_ms, and how much of it is planned, unplanned and uncategorized; without `group_by`, it is grouped by reason. Groups without downtime are left out. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the rows.
         *
         *     Scope: `reports.downtime`.
         */
        post: operations["reports.downtime"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/production": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report on production
         * @description It says what machines did, how long, and how many parts they made. Without `metrics`, it shows utilization, in_cycle_ms, recorded_ms, no_data_ms and parts_total; without `group_by`, one total. Sums are added first and divided last, at every level. Time without data is part of no ratio, and is always reported as `no_data_ms`. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the rows.
         *
         *     Scope: `reports.production`.
         */
        post: operations["reports.production"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how many days observations, commands and their output are kept
         * @description Null stands for as long as the server allows: observations forever, commands and their output for the days of the server's setting `commands.keep_days`. The metrics of hosts themselves, whose keys begin with `system.` or `bailiwick.agent.`, have days of their own.
         *
         *     Scope: `retention.show`.
         */
        get: operations["retention.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change how many days observations, commands and their output are kept
         * @description Fields that are absent stay as they are; null stands for as long as the server allows. What is older is deleted within an hour, observations in pieces of one day or of 32 days.
         *
         *     Scope: `retention.update`.
         */
        patch: operations["retention.update"];
        trace?: never;
    };
    "/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the roles of an organization, both built-in and custom
         * @description Scope: `roles.list`.
         */
        get: operations["roles.list"];
        put?: never;
        /**
         * Create a role
         * @description Users and keys with this role may run the operations of its scopes on the objects in its reach. A caller cannot create a role that opens more than its own rights. If a list of sites or nodes becomes empty later, it reaches nothing.
         *
         *     A key cannot create a role if it has limits that would not apply to a person: an expiry, networks, a rate limit, command limits, a user or a role.
         *
         *     Scope: `roles.create`.
         */
        post: operations["roles.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles/{role}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one role
         * @description Scope: `roles.get`.
         */
        get: operations["roles.get"];
        put?: never;
        post?: never;
        /**
         * Delete a role
         * @description Refused while users or keys have it. `force` ends those memberships and deletes those keys, and the schedules that run as those keys.
         *
         *     Scope: `roles.delete`.
         */
        delete: operations["roles.delete"];
        options?: never;
        head?: never;
        /**
         * Change a role
         * @description Fields that are absent stay as they are. The change takes effect from the next request on, for all users and keys with this role. New scopes or a new reach make unused invitations of its users invalid; `users.invite` makes new ones. A key cannot change scopes or reach if it has limits that would not apply to a person.
         *
         *     Scope: `roles.update`.
         */
        patch: operations["roles.update"];
        trace?: never;
    };
    "/v1/roles/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the custom roles of an organization as text, sorted by name
         * @description All of them in one answer, without the built-in roles. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text. The text can be imported again; but a reach names sites and nodes by id, which do not exist in another organization. In CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula; an import removes it.
         *
         *     Scope: `roles.export`.
         */
        get: operations["roles.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import many roles at once
         * @description Each line is a custom role with the fields of `roles.create`. In CSV, the first line names the fields; a cell of `scopes` contains one scope, or several as a JSON array, and a cell of `reach` a JSON object. At most 200 lines. A caller cannot import a role that opens more than its own rights, nor change one that does. A key cannot create roles, or change what a role opens, if it has limits that would not apply to a person.
         *
         *     Either all lines are imported or none: `errors` names every wrong line, the first hundred one by one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`; the other fields are then query parameters.
         *
         *     Scope: `roles.import`.
         */
        post: operations["roles.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the schedules of an organization
         * @description Scope: `schedules.list`.
         */
        get: operations["schedules.list"];
        put?: never;
        /**
         * Create a schedule
         * @description Each time it is due, it gives a command to the nodes that its targets select then. It runs as the caller that created or last changed it, with the rights that this caller has at that time; creating it needs the scope `commands.create` too (for updates `updates.scan` or `updates.install`). If the owner has lost these rights, it gives no command and says why.
         *
         *     At a change of daylight saving time it behaves like cron(8): with `*` or a step over it in the hour field, it follows the local clock; with fixed hours, a time that occurs twice counts once, and a time that does not occur runs that much later. Runs that were missed while no server ran are made up for once, if that is not later than `max_lateness_seconds`. Nodes that are outside their maintenance windows are left out; if no node is left, the run is skipped, and `last_error` says so. Scripts, nodes and sites are stored by id, and a script with its version. A schedule stores no secrets, so its commands have no `env`.
         *
         *     Scope: `schedules.create`.
         */
        post: operations["schedules.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{schedule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one schedule
         * @description Scope: `schedules.get`.
         */
        get: operations["schedules.get"];
        put?: never;
        post?: never;
        /**
         * Delete a schedule
         * @description The commands that it gave stay.
         *
         *     Scope: `schedules.delete`.
         */
        delete: operations["schedules.delete"];
        options?: never;
        head?: never;
        /**
         * Change a schedule
         * @description Fields that are absent stay as they are. The caller that changes it becomes its owner: from then on it runs with that caller's rights.
         *
         *     Scope: `schedules.update`.
         */
        patch: operations["schedules.update"];
        trace?: never;
    };
    "/v1/schedules/{schedule}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a schedule now, even if it is disabled
         * @description It gives its command within a second or two, as its owner and with the owner's rights. The caller needs the scope `commands.create` (for updates `updates.scan` or `updates.install`) too, and for a schedule that ignores maintenance windows `maintenance_windows.update`. A key with command limits can only run schedules that it owns. `last_command_id` or `last_error` show the result.
         *
         *     Scope: `schedules.run`.
         */
        post: operations["schedules.run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/scopes/match": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find the scopes that a script needs
         * @description Looks for paths of this API, of the systems whose scripts work here, and for commands of `bailiwick`, in the text of a script or of its documentation. Only paths are understood, and what stands before them as the method: paths that the script puts together are not found.
         *
         *     Any valid key and any logged-in user may call this.
         */
        post: operations["scopes.match"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/scripts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the saved scripts of an organization
         * @description Scope: `scripts.list`.
         */
        get: operations["scripts.list"];
        put?: never;
        /**
         * Save a script
         * @description Commands and schedules can use it in place of a text of their own, and a key can be limited to certain versions of scripts. Because others run the script, the scope `commands.create` is needed too, and a key with command limits cannot save one.
         *
         *     Scope: `scripts.create`.
         */
        post: operations["scripts.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/scripts/{script}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one script, in its latest or another version
         * @description Scope: `scripts.get`.
         */
        get: operations["scripts.get"];
        put?: never;
        post?: never;
        /**
         * Delete a script with all its versions
         * @description Refused while schedules run it or command limits of keys list it. With `force`, those schedules are deleted too, and it is removed from the limits, which needs the scopes `schedules.delete` and `keys.update`. Commands that ran it keep its text.
         *
         *     Scope: `scripts.delete`.
         */
        delete: operations["scripts.delete"];
        options?: never;
        head?: never;
        /**
         * Change a script
         * @description Fields that are absent stay as they are. A new shell, text or list of parameters makes a new version. Versions never change, and commands say which version they ran. Schedules and command limits keep the version that they have. The scope `commands.create` is needed too, and a key with command limits cannot change a script.
         *
         *     Scope: `scripts.update`.
         */
        patch: operations["scripts.update"];
        trace?: never;
    };
    "/v1/scripts/{script}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a saved script on a selection of nodes
         * @description For callers who may run what others have written and checked, but give no commands of their own: it needs no other scope. They choose the nodes, within their reach, and the values of the script's parameters. The answer is the command that runs it; its results are in `commands.results`. The command limits of the calling key apply.
         *
         *     Scope: `scripts.run`.
         */
        post: operations["scripts.run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/selections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Select nodes, and keep the selection for ten minutes
         * @description The nodes that the targets mean now are frozen. Within ten minutes, an action can name the selection in its `targets`, and then goes to exactly these nodes: `{"selection": "ID"}`. It is refused if more nodes match by then than were frozen. Only the caller that made the selection can use it. A caller has at most 20 selections: another one ends the oldest.
         *
         *     Scope: `selections.create`.
         */
        post: operations["selections.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List series: what is observed of nodes
         * @description Each is shown with its latest observation.
         *
         *     Scope: `series.list`.
         */
        get: operations["series.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the services of an organization
         * @description Scope: `services.list`.
         */
        get: operations["services.list"];
        put?: never;
        /**
         * Create a service
         * @description A service that runs on no node is outside of any reach that is limited to sites or nodes. So a key that is limited to some can only create services on nodes in its reach, and a key that is limited by labels only services with such labels. With `agent`, which needs the scope `agents.create` too, an agent that observes the service is created with it: either both are created or neither.
         *
         *     Scope: `services.create`.
         */
        post: operations["services.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/services/{service}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one service
         * @description Scope: `services.get`.
         */
        get: operations["services.get"];
        put?: never;
        post?: never;
        /**
         * Delete a service
         * @description Refused while agents observe it. With `force`, agents that observe nothing else are deleted too, which needs the scope `agents.delete`; the others stay without it. The caller must reach each of them.
         *
         *     Scope: `services.delete`.
         */
        delete: operations["services.delete"];
        options?: never;
        head?: never;
        /**
         * Change a service
         * @description Fields that are absent stay as they are; nodes and labels are replaced as a whole. Nodes out of the caller's reach are not shown, and stay. A field with a default, such as the group of an external service, returns to the default when it is cleared. The type never changes.
         *
         *     Scope: `services.update`.
         */
        patch: operations["services.update"];
        trace?: never;
    };
    "/v1/services/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the services of an organization as text, sorted by name
         * @description With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next page. The text can be imported again: it refers to nodes by name. In CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula; an import removes it.
         *
         *     Scope: `services.export`.
         */
        get: operations["services.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/services/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import many services at once
         * @description Each line is a service with the fields of `services.create`, but without an agent. In CSV, the first line names the fields; a cell of `nodes` contains one node, or several as a JSON array; labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as `label.env`. At most 100,000 lines.
         *
         *     Either all lines are imported or none: `errors` names every wrong line, the first hundred one by one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`; the other fields are then query parameters.
         *
         *     Scope: `services.import`.
         */
        post: operations["services.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your sessions
         * @description Only a logged-in user may call this, not a key.
         */
        get: operations["sessions.list"];
        put?: never;
        /**
         * Log in
         * @description The answer sets the cookie that identifies a browser's session; programs use keys. If you have a second factor, send a code too: either from your authenticator or a recovery code; each works for one login. After a failed attempt you must wait, longer each time.
         *
         *     Needs no key: the request itself contains the proof.
         */
        post: operations["sessions.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of your sessions
         * @description The session is refused from the next request on.
         *
         *     Only a logged-in user may call this, not a key.
         */
        delete: operations["sessions.end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sites of an organization
         * @description Scope: `sites.list`.
         */
        get: operations["sites.list"];
        put?: never;
        /**
         * Create a site
         * @description A key whose reach is limited by labels can only create sites with such labels. A key whose reach is limited to certain sites or nodes cannot create any.
         *
         *     Scope: `sites.create`.
         */
        post: operations["sites.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one site
         * @description Scope: `sites.get`.
         */
        get: operations["sites.get"];
        put?: never;
        post?: never;
        /**
         * Delete a site
         * @description Refused while something refers to it. With `force`, its nodes stay but have no site any more, it is removed from the reach of keys and roles, and enrolment keys and schedules for it are deleted. The caller must reach all of these objects, and have the scopes to change and delete them.
         *
         *     Scope: `sites.delete`.
         */
        delete: operations["sites.delete"];
        options?: never;
        head?: never;
        /**
         * Change a site
         * @description Fields that are absent stay as they are. Labels are replaced as a whole.
         *
         *     Scope: `sites.update`.
         */
        patch: operations["sites.update"];
        trace?: never;
    };
    "/v1/sites/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the sites of an organization as text, sorted by name
         * @description With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next page. The text can be imported again. In CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula; an import removes it.
         *
         *     Scope: `sites.export`.
         */
        get: operations["sites.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import many sites at once
         * @description Each line is a site with the fields of `sites.create`. In CSV, the first line names the fields; labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as `label.env`. At most 10,000 lines.
         *
         *     Either all lines are imported or none: `errors` names every wrong line, the first hundred one by one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`; the other fields are then query parameters.
         *
         *     Scope: `sites.import`.
         */
        post: operations["sites.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/state_intervals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the intervals in which metrics of kind `state` had one value
         * @description An interval begins with an observation of its value, and lasts until one of another value, as far as there was data: a time without data ends an interval, and if the value still holds afterwards, another one begins. This is the time without data of reports. A value is in no interval if there was no data after it. Metrics of hosts are left out.
         *
         *     The intervals that have a part in the window are listed with all of their time, up to 24 hours beyond the window. One metric comes after the other, each in the order of time.
         *
         *     Scope: `state_intervals.list`.
         */
        get: operations["state_intervals.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the available updates of an organization's nodes
         * @description Each update is listed once for each node, as the node's last scan found it. Updates of the same name stand together.
         *
         *     Scope: `updates.list`.
         */
        get: operations["updates.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/updates/install": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Install updates on nodes
         * @description This gives a command to the selected nodes that are in the caller's reach and have an enrolled agent. Each node is scanned, those of its updates that were chosen are installed, and the node is scanned again. The name of an installed package without an update is not an error; on a node that does not know a name, nothing is installed. The command's output is what the installer writes. No machine is rebooted: see `reboot_required` of its last scan.
         *
         *     Nodes that are outside their maintenance windows are left out: their result is `left_out`. If no node is left, the request is refused. The command expires when the first of its nodes' windows closes, if that is before the end of `ttl_seconds`.
         *
         *     Scope: `updates.install`.
         */
        post: operations["updates.install"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/updates/scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Scan nodes for updates
         * @description This gives a command to the selected nodes that are in the caller's reach and have an enrolled agent. A node that is offline is scanned when it comes back, unless the command has expired. The result of a scan replaces the one before.
         *
         *     Scope: `updates.scan`.
         */
        post: operations["updates.scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/updates/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the nodes that need updates
         * @description Scope: `updates.summary`.
         */
        get: operations["updates.summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description The users of the organization, with their roles there. A root key or server administrator that names no organization sees all users and all their roles.
         *
         *     Scope: `users.list`.
         */
        get: operations["users.list"];
        put?: never;
        /**
         * Create a user with a role in the organization
         * @description The answer contains an invitation, with which the user chooses a password. Only root keys and server administrators can set a password, create server administrators and users without an organization, and make a user with an existing account a member; that account keeps its name and password. A caller cannot give a role that opens more than its own rights. A key can only do this if it has no limits that would not apply to a person: an expiry, networks, a rate limit, command limits, a user or a role.
         *
         *     Scope: `users.create`.
         */
        post: operations["users.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one user
         * @description Scope: `users.get`.
         */
        get: operations["users.get"];
        put?: never;
        post?: never;
        /**
         * End a user's membership, or delete a user
         * @description Within an organization, the user's membership ends; a user without any other membership is deleted. Without an organization, root keys and server administrators delete the user. Both are refused while keys act for the user, or schedules run as the user; `force` deletes those too. To end a user's access at once, use `force`, or have the user disabled.
         *
         *     Scope: `users.delete`.
         */
        delete: operations["users.delete"];
        options?: never;
        head?: never;
        /**
         * Change a user
         * @description Fields that are absent stay as they are. Within an organization, the role can be changed; everything else belongs to the user in all organizations, and only root keys and server administrators can change it. A caller can neither enable a user who has more rights than itself, nor change that user's e-mail address. The change takes effect from the next request on, also for keys that act for the user. A new role makes an unused invitation invalid; `users.invite` makes a new one. A key cannot give another role if it has limits that would not apply to a person.
         *
         *     Scope: `users.update`.
         */
        patch: operations["users.update"];
        trace?: never;
    };
    "/v1/users/{user}/invite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite a user to choose a password
         * @description Earlier invitations become invalid. A user who has a password keeps it until they choose another; only root keys and server administrators can invite such a user. A caller cannot invite a user who has more rights than itself, because anybody with the invitation can act as that user. A key cannot invite anybody if it has limits that would not apply to a person.
         *
         *     Scope: `users.invite`.
         */
        post: operations["users.invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{user}/second_factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove the second factor of a user who lost it
         * @description The user then logs in with the password only, until they set up a new second factor. All of the user's sessions end. A key can only do this if it has no limits that would not apply to a person.
         *
         *     Root keys and server administrators only. Scope: `users.reset_second_factor`.
         */
        delete: operations["users.reset_second_factor"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{user}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sessions of a user
         * @description Root keys and server administrators only. Scope: `users.list_sessions`.
         */
        get: operations["users.list_sessions"];
        put?: never;
        post?: never;
        /**
         * End every session of a user
         * @description Root keys and server administrators only. Scope: `users.end_sessions`.
         */
        delete: operations["users.end_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the users of an organization as text, sorted by e-mail address
         * @description Each line has a user's name and role, but no passwords or other credentials. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next page. The text can be imported again: it refers to custom roles by name. In CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula; an import removes it.
         *
         *     Scope: `users.export`.
         */
        get: operations["users.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import many users at once, with their roles in the organization
         * @description Each line has an `email`, a `name` and a `role`: `viewer`, `technician`, `editor`, `admin`, or a custom role by name or id; a new user without a role becomes a viewer. In CSV, the first line names the fields. At most 2,000 lines. A user without a password gets an invitation, which is in the answer; a line cannot contain a password. A caller cannot give a role that opens more than its own rights, nor take one away that does. Names do not change: leave out the name of a user who has an account. A key cannot add users or change roles if it has limits that would not apply to a person.
         *
         *     Only root keys and server administrators can make users with an existing account members. For other callers these addresses are taken, and only the first such line is named, so that an import reveals no more about existing accounts than creating users one by one.
         *
         *     Either all lines are imported or none: `errors` names every other wrong line, the first hundred one by one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`; the other fields are then query parameters.
         *
         *     Scope: `users.import`.
         */
        post: operations["users.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the server's version
         * @description `server` and `managed` are for scripts that were written for Percona PMM.
         *
         *     Any valid key and any logged-in user may call this.
         */
        get: operations["server.version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the caller: its identity, its rights, and what is left of its limits
         * @description Any valid key and any logged-in user may call this.
         */
        get: operations["whoami.get"];
        put?: never;
        post?: never;
        /**
         * Delete the calling key, or log out
         * @description The key or session is refused from the next request on.
         *
         *     Any valid key and any logged-in user may call this.
         */
        delete: operations["whoami.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/whoami/can": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask whether an operation would be allowed, and what is missing if not
         * @description With a `target`, also asks whether the caller reaches that object. Changes nothing.
         *
         *     Any valid key and any logged-in user may call this.
         */
        post: operations["whoami.can"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The user who accepted. */
        Accepted: {
            /**
             * Format: email
             * @description The e-mail address to log in with.
             * @example ada@example.com
             */
            email: string;
        };
        /** @description An alarm that is on. */
        ActiveAlarm: {
            /**
             * @description The code by which the machine names it.
             * @example ACTIVE
             */
            code: string;
            /** @description How severe it is. */
            level: components["schemas"]["AlarmLevel"];
            /**
             * @description The metric.
             * @example execution
             */
            metric: string;
            /**
             * Format: date-time
             * @description Since when it is on.
             * @example 2030-01-31T08:00:00Z
             */
            since: string;
        };
        /** @description Who did something: a key, a user, or the server itself. */
        Actor: components["schemas"]["ActorKey"] | components["schemas"]["ActorUser"] | components["schemas"]["ActorSystem"] | components["schemas"]["ActorAnonymous"];
        /** @description A caller without a valid credential. */
        ActorAnonymous: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "anonymous";
        };
        /** @description A program that used a key. */
        ActorKey: {
            /**
             * @description The key's id.
             * @example 7Jk2mQx0Zr4T
             */
            id: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "key";
        };
        /** @description The server itself, as on its first start. */
        ActorSystem: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "system";
        };
        /** @description A person who was logged in. */
        ActorUser: {
            /**
             * Format: uuid
             * @description The user's id.
             */
            id: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "user";
        };
        /** @description An agent, with the name of its node if that was asked for. */
        Agent: {
            /**
             * @description The port on which an exporter that the node's agent starts should listen; null if the agent
             *     chooses one.
             * @example 3306
             */
            configured_port: number | null;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description: string | null;
            /** @description Whether it should run. */
            enabled: boolean;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its labels.
             * @example {
             *       "env": "prod"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description The port where its metrics are fetched; null until it is known.
             * @example 3306
             */
            listen_port: number | null;
            /**
             * @description The name of the node that it runs on. Only with `include=node`.
             * @example db-1
             */
            node_name?: string | null;
            /** @description The nodes and services that it observes. */
            observes: components["schemas"]["AgentObserves"];
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description Its version and its last error, as reported. */
            reported: components["schemas"]["ProgramReport"];
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: uuid
             * @description The node it runs on. Null for an exporter that is started elsewhere, and if the node is not in
             *     the caller's reach.
             */
            runs_on: string | null;
            /** @description The names of its secrets. Their values are never shown. */
            secrets: ("agent_password" | "aws_secret_key" | "azure_client_secret" | "password" | "tls_certificate_key" | "tls_certificate_key_file_password" | "tls_key")[];
            /** @description Its settings, by name. */
            settings: components["schemas"]["AgentSettings"];
            /** @description What it was doing according to the last report. */
            status: components["schemas"]["AgentStatus"];
            /**
             * Format: date-time
             * @description Since when it has this status.
             * @example 2030-01-31T08:00:00Z
             */
            status_since: string;
            /** @description Its type, which never changes. */
            type: components["schemas"]["AgentType"];
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description The nodes and services that an agent observes, as far as they are in the caller's reach. */
        AgentObserves: {
            /** @description Nodes. */
            nodes: string[];
            /** @description Services. */
            services: string[];
        };
        /** @description What an agent observes. */
        AgentObservesNamed: {
            /** @description Nodes, each by id or name. */
            nodes?: string[] | null;
            /** @description Services, each by id or name. */
            services?: string[] | null;
        };
        /** @description An agent that is created with the node that it runs on. */
        AgentOfNode: {
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether it is enabled; true if absent. */
            enabled?: boolean | null;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description The port of its metrics. Required for external exporters. For others, the node's agent chooses a
             *     port if none is given, and keeps it.
             * @example 3306
             */
            listen_port?: number | null;
            /** @description Its secrets, by name. They are never shown. */
            secrets?: components["schemas"]["AgentSecrets"];
            /** @description Its settings. */
            settings?: components["schemas"]["AgentSettings"];
            /**
             * @description The type of agent: one that observes the node that it runs on.
             * @example node_exporter
             */
            type: components["schemas"]["AgentType"];
        };
        /** @description An agent that is created with the service that it observes. */
        AgentOfService: {
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether it is enabled; true if absent. */
            enabled?: boolean | null;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description The port of its metrics. Required for external exporters. For others, the node's agent chooses a
             *     port if none is given, and keeps it.
             * @example 3306
             */
            listen_port?: number | null;
            /**
             * @description The node that it runs on, by id or name; if absent, the service's node if it has only one.
             * @example db-1
             */
            runs_on?: string | null;
            /** @description Its secrets, by name. They are never shown. */
            secrets?: components["schemas"]["AgentSecrets"];
            /** @description Its settings. */
            settings?: components["schemas"]["AgentSettings"];
            /** @description The type of agent; the exporter for the service's type if absent. */
            type?: components["schemas"]["AgentType"] | null;
        };
        /** @description A page of a list that has facets. */
        AgentPage: {
            /**
             * @description For each property that `facets` names: its values, at most 50, the most frequent first, with how many items of all
             *     pages have each. The list's filter on the same property is left out for this. Only if `facets` asks for it.
             */
            facets?: {
                [key: string]: components["schemas"]["FacetValue"][];
            } | null;
            /** @description The items, in the requested order. */
            items: components["schemas"]["Agent"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `agents.create`. */
        AgentsCreateBody: {
            /**
             * @description Whether there may be a second exporter of this type that the node's agent starts for the same
             *     node or service; refused if absent.
             */
            allow_duplicate?: boolean | null;
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether it is enabled; true if absent. */
            enabled?: boolean | null;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description The port of its metrics. Required for external exporters. For others, the node's agent chooses a
             *     port if none is given, and keeps it.
             * @example 3306
             */
            listen_port?: number | null;
            /** @description What it observes. `node_exporter` and `bailiwick_agent` observe the node that they run on. */
            observes?: components["schemas"]["AgentObservesNamed"];
            /**
             * @description The node that it runs on, by id or name. Only an external exporter may run on no node.
             * @example db-1
             */
            runs_on?: string | null;
            /** @description Its secrets, by name. They are never shown. */
            secrets?: components["schemas"]["AgentSecrets"];
            /** @description Its settings. */
            settings?: components["schemas"]["AgentSettings"];
            /**
             * @description The type of agent.
             * @example external_exporter
             */
            type: components["schemas"]["AgentType"];
        };
        AgentSecretChanges: {
            /**
             * Format: password
             * @description The password with which the agent's own metrics are fetched.
             */
            agent_password?: string | null;
            /**
             * Format: password
             * @description The secret that belongs to the setting `aws_access_key`.
             */
            aws_secret_key?: string | null;
            /**
             * Format: password
             * @description The secret that belongs to the setting `azure_client_id`.
             */
            azure_client_secret?: string | null;
            /**
             * Format: password
             * @description The password that belongs to the setting `username`.
             */
            password?: string | null;
            /**
             * Format: password
             * @description The client's certificate and private key, in PEM.
             */
            tls_certificate_key?: string | null;
            /**
             * Format: password
             * @description The password of the private key in `tls_certificate_key`.
             */
            tls_certificate_key_file_password?: string | null;
            /**
             * Format: password
             * @description The client's private key, in PEM, that belongs to the setting `tls_cert`.
             */
            tls_key?: string | null;
        };
        AgentSecrets: {
            /**
             * Format: password
             * @description The password with which the agent's own metrics are fetched.
             */
            agent_password?: string;
            /**
             * Format: password
             * @description The secret that belongs to the setting `aws_access_key`.
             */
            aws_secret_key?: string;
            /**
             * Format: password
             * @description The secret that belongs to the setting `azure_client_id`.
             */
            azure_client_secret?: string;
            /**
             * Format: password
             * @description The password that belongs to the setting `username`.
             */
            password?: string;
            /**
             * Format: password
             * @description The client's certificate and private key, in PEM.
             */
            tls_certificate_key?: string;
            /**
             * Format: password
             * @description The password of the private key in `tls_certificate_key`.
             */
            tls_certificate_key_file_password?: string;
            /**
             * Format: password
             * @description The client's private key, in PEM, that belongs to the setting `tls_cert`.
             */
            tls_key?: string;
        };
        /**
         * @example {
         *       "tls_ca": null,
         *       "username": "monitor"
         *     }
         */
        AgentSettingChanges: {
            /** @description For mongodb_exporter: expected a text of 1 to 255 characters on one line. */
            authentication_database?: string | null;
            /** @description For mongodb_exporter: expected a text of 1 to 255 characters on one line. */
            authentication_mechanism?: string | null;
            /**
             * Format: int32
             * @description For postgres_exporter: expected a whole number from -1 to 2147483647.
             */
            auto_discovery_limit?: number | null;
            /** @description For rds_exporter: expected a text of 1 to 255 characters on one line. */
            aws_access_key?: string | null;
            /** @description For rds_exporter: expected a text of 1 to 255 characters on one line. */
            aws_role_arn?: string | null;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_client_id?: string | null;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_resource_group?: string | null;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_resource_type?: string | null;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_subscription_id?: string | null;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_tenant_id?: string | null;
            /** @description For rds_exporter: expected true or false. */
            basic_metrics_disabled?: boolean | null;
            /**
             * Format: int32
             * @description For mongodb_exporter: expected a whole number from -1 to 2147483647.
             */
            collections_limit?: number | null;
            /** @description For mysqld_exporter: expected a duration in seconds, such as 5s or 0.5s. */
            connection_timeout?: string | null;
            /** @description For mtconnect_adapter: expected a text of 1 to 255 characters on one line. */
            device?: string | null;
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter: expected a list of at most 100 texts of 1 to 255 characters on one line. */
            disabled_collectors?: string[] | null;
            /** @description For mongodb_exporter: expected true or false. */
            enable_all_collectors?: boolean | null;
            /** @description For rds_exporter: expected true or false. */
            enhanced_metrics_disabled?: boolean | null;
            /** @description For mongodb_exporter: expected a list of at most 100 texts of 1 to 255 characters on one line. */
            environment_variable_names?: string[] | null;
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter: expected true or false. */
            expose_exporter?: boolean | null;
            /** @description For mysqld_exporter: expected an object of at most 100 texts of at most 255 characters. */
            extra_dsn_params?: {
                [key: string]: string;
            } | null;
            /**
             * @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter, mtconnect_adapter: expected one of fatal, error, warn, info, debug.
             * @enum {string|null}
             */
            log_level?: "fatal" | "error" | "warn" | "info" | "debug" | null;
            /**
             * Format: int32
             * @description For postgres_exporter: expected a whole number from 1 to 2147483647.
             */
            max_exporter_connections?: number | null;
            /** @description For external_exporter: expected a path that begins with /, without a query. */
            metrics_path?: string | null;
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter: expected an object of durations such as 5s, with the names hr, mr, lr. */
            metrics_resolutions?: {
                /** @description The duration `hr`, such as 5s. */
                hr?: string;
                /** @description The duration `lr`, such as 5s. */
                lr?: string;
                /** @description The duration `mr`, such as 5s. */
                mr?: string;
            } | null;
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter, external_exporter: expected true or false. */
            push_metrics?: boolean | null;
            /**
             * @description For external_exporter: expected one of http, https.
             * @enum {string|null}
             */
            scheme?: "http" | "https" | null;
            /** @description For mongodb_exporter: expected a list of at most 100 texts of 1 to 255 characters on one line. */
            stats_collections?: string[] | null;
            /**
             * Format: int32
             * @description For mysqld_exporter: expected a whole number from -1 to 2147483647.
             */
            tablestats_group_table_limit?: number | null;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter: expected true or false. */
            tls?: boolean | null;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, valkey_exporter: expected certificates in PEM, at most 16384 characters. */
            tls_ca?: string | null;
            /** @description For mysqld_exporter, postgres_exporter, valkey_exporter: expected certificates in PEM, at most 16384 characters. */
            tls_cert?: string | null;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, external_exporter: expected true or false. */
            tls_skip_verify?: boolean | null;
            /** @description For mtconnect_adapter: expected a URL that begins with one of http://, https://, shdr://. */
            url?: string | null;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, external_exporter: expected a text of 1 to 255 characters on one line. */
            username?: string | null;
        };
        /**
         * @example {
         *       "tls": true,
         *       "username": "monitor"
         *     }
         */
        AgentSettings: {
            /** @description For mongodb_exporter: expected a text of 1 to 255 characters on one line. */
            authentication_database?: string;
            /** @description For mongodb_exporter: expected a text of 1 to 255 characters on one line. */
            authentication_mechanism?: string;
            /**
             * Format: int32
             * @description For postgres_exporter: expected a whole number from -1 to 2147483647.
             */
            auto_discovery_limit?: number;
            /** @description For rds_exporter: expected a text of 1 to 255 characters on one line. */
            aws_access_key?: string;
            /** @description For rds_exporter: expected a text of 1 to 255 characters on one line. */
            aws_role_arn?: string;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_client_id?: string;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_resource_group?: string;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_resource_type?: string;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_subscription_id?: string;
            /** @description For azure_database_exporter: expected a text of 1 to 255 characters on one line. */
            azure_tenant_id?: string;
            /** @description For rds_exporter: expected true or false. */
            basic_metrics_disabled?: boolean;
            /**
             * Format: int32
             * @description For mongodb_exporter: expected a whole number from -1 to 2147483647.
             */
            collections_limit?: number;
            /** @description For mysqld_exporter: expected a duration in seconds, such as 5s or 0.5s. */
            connection_timeout?: string;
            /** @description For mtconnect_adapter: expected a text of 1 to 255 characters on one line. */
            device?: string;
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter: expected a list of at most 100 texts of 1 to 255 characters on one line. */
            disabled_collectors?: string[];
            /** @description For mongodb_exporter: expected true or false. */
            enable_all_collectors?: boolean;
            /** @description For rds_exporter: expected true or false. */
            enhanced_metrics_disabled?: boolean;
            /** @description For mongodb_exporter: expected a list of at most 100 texts of 1 to 255 characters on one line. */
            environment_variable_names?: string[];
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter: expected true or false. */
            expose_exporter?: boolean;
            /** @description For mysqld_exporter: expected an object of at most 100 texts of at most 255 characters. */
            extra_dsn_params?: {
                [key: string]: string;
            };
            /**
             * @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter, mtconnect_adapter: expected one of fatal, error, warn, info, debug.
             * @enum {string}
             */
            log_level?: "fatal" | "error" | "warn" | "info" | "debug";
            /**
             * Format: int32
             * @description For postgres_exporter: expected a whole number from 1 to 2147483647.
             */
            max_exporter_connections?: number;
            /** @description For external_exporter: expected a path that begins with /, without a query. */
            metrics_path?: string;
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter: expected an object of durations such as 5s, with the names hr, mr, lr. */
            metrics_resolutions?: {
                /** @description The duration `hr`, such as 5s. */
                hr?: string;
                /** @description The duration `lr`, such as 5s. */
                lr?: string;
                /** @description The duration `mr`, such as 5s. */
                mr?: string;
            };
            /** @description For node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter, external_exporter: expected true or false. */
            push_metrics?: boolean;
            /**
             * @description For external_exporter: expected one of http, https.
             * @enum {string}
             */
            scheme?: "http" | "https";
            /** @description For mongodb_exporter: expected a list of at most 100 texts of 1 to 255 characters on one line. */
            stats_collections?: string[];
            /**
             * Format: int32
             * @description For mysqld_exporter: expected a whole number from -1 to 2147483647.
             */
            tablestats_group_table_limit?: number;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter: expected true or false. */
            tls?: boolean;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, valkey_exporter: expected certificates in PEM, at most 16384 characters. */
            tls_ca?: string;
            /** @description For mysqld_exporter, postgres_exporter, valkey_exporter: expected certificates in PEM, at most 16384 characters. */
            tls_cert?: string;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, external_exporter: expected true or false. */
            tls_skip_verify?: boolean;
            /** @description For mtconnect_adapter: expected a URL that begins with one of http://, https://, shdr://. */
            url?: string;
            /** @description For mysqld_exporter, mongodb_exporter, postgres_exporter, proxysql_exporter, valkey_exporter, external_exporter: expected a text of 1 to 255 characters on one line. */
            username?: string;
        };
        /** @description The body of `agents.import`. */
        AgentsImportBody: {
            /**
             * @description The text.
             * @example {"type":"external_exporter","listen_port":9187}
             */
            data: string;
            /** @description Change nothing; only answer what would be done. */
            dry_run?: boolean | null;
            /** @description What to do with a line whose id belongs to an existing agent; `refuse` if absent. */
            existing?: components["schemas"]["ExistingObjects"];
            /**
             * @description The format of the text.
             * @example jsonl
             */
            format: components["schemas"]["TextFormat"];
        };
        /**
         * @description What an agent was doing according to the last report.
         *
         *     - `starting`: It is being started.
         *     - `running`: It runs.
         *     - `waiting`: It failed and will be restarted.
         *     - `stopping`: It is being stopped.
         *     - `done`: It ended, and will not be restarted.
         *     - `unknown`: There is no report, or the agent that would report is not connected.
         * @enum {string}
         */
        AgentStatus: "starting" | "running" | "waiting" | "stopping" | "done" | "unknown";
        /** @description The body of `agents.update`. */
        AgentsUpdateBody: {
            /**
             * @description Whether it may become a second exporter of its type that the node's agent starts for the same
             *     node or service; refused if absent.
             */
            allow_duplicate?: boolean | null;
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether it is enabled. */
            enabled?: boolean;
            /** @description New labels; they replace all old ones. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description The new port of its metrics; null lets the node's agent choose one.
             * @example 3306
             */
            listen_port?: number | null;
            /** @description What it observes now; a list that is absent stays. */
            observes?: components["schemas"]["AgentObservesNamed"];
            /** @description Secrets to change; null removes one. They are never shown. */
            secrets?: components["schemas"]["AgentSecretChanges"];
            /** @description Settings to change; null removes one, or resets it to its default. */
            settings?: components["schemas"]["AgentSettingChanges"];
        };
        /**
         * @description The type of an agent.
         *
         *     - `bailiwick_agent`: Bailiwick's own agent on an enrolled node, which starts and supervises the exporters there.
         *     - `node_exporter`: Metrics of the node it runs on.
         *     - `mysqld_exporter`: Metrics of `MySQL`.
         *     - `mongodb_exporter`: Metrics of `MongoDB`.
         *     - `postgres_exporter`: Metrics of `PostgreSQL`.
         *     - `proxysql_exporter`: Metrics of `ProxySQL`.
         *     - `valkey_exporter`: Metrics of Valkey or Redis.
         *     - `rds_exporter`: Metrics of Amazon RDS.
         *     - `azure_database_exporter`: Metrics of Azure databases.
         *     - `mtconnect_adapter`: Observations of machine tools that speak `MTConnect`.
         *     - `opamp`: An `OpAMP` client of another vendor.
         *     - `external_exporter`: An exporter that is not started by Bailiwick.
         * @enum {string}
         */
        AgentType: "bailiwick_agent" | "node_exporter" | "mysqld_exporter" | "mongodb_exporter" | "postgres_exporter" | "proxysql_exporter" | "valkey_exporter" | "rds_exporter" | "azure_database_exporter" | "mtconnect_adapter" | "opamp" | "external_exporter";
        /** @description The readings of a metric in a bucket of time. */
        AggregatedQuantity: {
            /**
             * Format: uint64
             * @description How many readings there are.
             */
            count: number;
            /**
             * Format: date-time
             * @description When the bucket ends, which is not part of it; `until` for a bucket that ends after it.
             * @example 2030-01-31T08:00:00Z
             */
            end_at: string;
            /**
             * Format: double
             * @description The earliest reading.
             */
            first: number;
            /**
             * Format: double
             * @description The latest reading.
             */
            last: number;
            /**
             * Format: double
             * @description The largest reading.
             */
            max: number;
            /**
             * Format: double
             * @description The mean of the readings. Each counts the same, however long it held.
             */
            mean: number;
            /**
             * @description The key of the metric.
             * @example execution
             */
            metric: string;
            /**
             * Format: double
             * @description The smallest reading.
             */
            min: number;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: date-time
             * @description When the bucket begins; `from` for a bucket that begins before it.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
        };
        /** @description One page of a list. */
        AggregatedQuantityPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["AggregatedQuantity"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description An alarm that begins or ends. */
        Alarm: {
            /**
             * @description The code by which the machine names it.
             * @example ACTIVE
             */
            code: string;
            /** @description How severe it is. */
            level: components["schemas"]["AlarmLevel"];
            /** @description Whether it is on from this time, or off. */
            on: boolean;
        };
        /** @description An interval in which an alarm was on. */
        AlarmInterval: {
            /**
             * @description The code by which the machine names the alarm.
             * @example ACTIVE
             */
            code: string;
            /**
             * Format: date-time
             * @description When it ended: the time of the observation that the alarm is off, or has another level, or of the last one of the
             *     node before a time without data. At the latest 24 hours after the window. Null if it still lasts.
             * @example 2030-01-31T08:00:00Z
             */
            end_at: string | null;
            /** @description How severe it is. */
            level: components["schemas"]["AlarmLevel"];
            /** @description Whether it may have lasted even longer: it reached to 24 hours before or after the window. */
            longer: boolean;
            /**
             * @description The key of the metric.
             * @example execution
             */
            metric: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: date-time
             * @description When it began: the time of the observation that the alarm is on, with this level, or of the first one of the node
             *     after a time without data. At the earliest 24 hours before the window.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
        };
        /** @description One page of a list. */
        AlarmIntervalPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["AlarmInterval"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /**
         * @description How severe an alarm is.
         *
         *     - `notice`: Nothing has to be done.
         *     - `warning`: Something may have to be done soon. The machine continues.
         *     - `fault`: Something has to be done. The machine may have stopped.
         * @enum {string}
         */
        AlarmLevel: "notice" | "warning" | "fault";
        /** @description An explanation of downtime, and its reason. */
        Annotation: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ended; null if it goes on.
             * @example 2030-01-31T08:00:00Z
             */
            end_at: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: uuid
             * @description The node that was down.
             */
            node_id: string;
            /**
             * @description What else there is to say.
             * @example Nightly inventory report
             */
            note: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description Whether the downtime was planned. */
            planned: boolean;
            /**
             * @description The reason.
             * @example Setup|Tool change
             */
            reason: string;
            /**
             * Format: uuid
             * @description Why.
             */
            reason_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When the downtime began.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        AnnotationPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Annotation"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `annotations.create`. */
        AnnotationsCreateBody: {
            /**
             * Format: date-time
             * @description When it ended; absent or null if it goes on.
             * @example 2030-01-31T08:00:00Z
             */
            end_at?: string | null;
            /**
             * @description The node, by id or name.
             * @example db-1
             */
            node: string;
            /**
             * @description What else there is to say.
             * @example Nightly inventory report
             */
            note?: string | null;
            /**
             * @description Why it was down, by the id or the path of the reason.
             * @example Setup|Tool change
             */
            reason: string;
            /**
             * Format: date-time
             * @description When the downtime began.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
        };
        /** @description The body of `annotations.update`. */
        AnnotationsUpdateBody: {
            /**
             * Format: date-time
             * @description When it ended; null if it goes on.
             * @example 2030-01-31T08:00:00Z
             */
            end_at?: string | null;
            /**
             * @description A new note; null removes it.
             * @example Nightly inventory report
             */
            note?: string | null;
            /**
             * @description Another reason, by id or path.
             * @example Setup|Tool change
             */
            reason?: string;
            /**
             * Format: date-time
             * @description When the downtime began.
             * @example 2030-01-31T08:00:00Z
             */
            start_at?: string;
        };
        /** @description A group of hosts. */
        AnsibleGroup: {
            /** @description The names of its hosts. */
            hosts: string[];
        };
        /** @description The variables of a host. */
        AnsibleHostVariables: {
            /** @description The address to which Ansible connects. Absent if the node has none, and if `ssh` could read it as an option. */
            ansible_host?: components["schemas"]["UnsafeText"] | null;
            /** @description The architecture that its agent reports: `amd64`, `arm64`. */
            bailiwick_architecture?: components["schemas"]["UnsafeText"] | null;
            /** @description The node's id. */
            bailiwick_id: string;
            /** @description Its labels, by name. */
            bailiwick_labels: {
                [key: string]: components["schemas"]["UnsafeText"];
            };
            /** @description The node's name. */
            bailiwick_name: components["schemas"]["UnsafeText"];
            /** @description The operating system that its agent reports: `linux`, `windows`. */
            bailiwick_os?: components["schemas"]["UnsafeText"] | null;
            /** @description The name of its site. */
            bailiwick_site?: components["schemas"]["UnsafeText"] | null;
            /** @description Whether its agent is there. */
            bailiwick_status: components["schemas"]["NodeStatus"];
            /** @description The node's type. */
            bailiwick_type: components["schemas"]["NodeType"];
        };
        /** @description An inventory of Ansible. */
        AnsibleInventory: {
            /** @description The variables of all hosts. */
            _meta: components["schemas"]["HostVariables"];
            /** @description The group of all hosts. */
            all: components["schemas"]["AnsibleGroup"];
        } & {
            [key: string]: components["schemas"]["AnsibleGroup"];
        };
        /** @description The result of a check of one chain. */
        AuditChain: {
            /**
             * Format: int64
             * @description The number of the first entry that does not follow from the one before it; null if all do.
             */
            broken_at: number | null;
            /**
             * Format: int64
             * @description The number of the last entry that was cut off by `audit.cut`; 0 if none was. The check starts
             *     after it.
             */
            cut: number;
            /** @description The hash of the last entry that was cut off; zeros if none was. */
            cut_hash: string;
            /**
             * Format: int64
             * @description The number of its last entry, which is how many entries there ever were.
             */
            entries: number;
            /** @description The hash of its last entry. */
            head: string;
            /** @description Whether the chain is intact. */
            intact: boolean;
            /** @description Its slug, if it still exists. */
            organization: string | null;
            /**
             * Format: uuid
             * @description The organization, by id; null for the chain of the server as a whole.
             */
            organization_id: string | null;
            /** @description What is wrong there; null if nothing is. */
            problem: string | null;
        };
        /** @description The result of cutting off a chain. */
        AuditCut: {
            /**
             * Format: uint64
             * @description How many entries are already deleted; the server deletes the rest in the background.
             */
            deleted: number;
            /** @description The hash of that entry, from which the chain continues. */
            hash: string;
            /**
             * Format: int64
             * @description The number of the last entry that was cut off.
             */
            number: number;
        };
        /** @description The body of `audit.cut`. */
        AuditCutBody: {
            /**
             * @description The hash of that entry.
             * @example 0000000000000000000000000000000000000000000000000000000000000000
             */
            hash: string;
            /**
             * Format: int64
             * @description The number of the last entry to cut off.
             * @example 1
             */
            number: number;
        };
        /** @description An entry of the audit trail, with the names of what it names if they were asked for. */
        AuditEntry: {
            /** @description Who did it. */
            actor: components["schemas"]["Actor"];
            /** @description The name that the key has now, or the e-mail address of the user; null for others. Only with `include=actor`. */
            actor_name?: string | null;
            /**
             * Format: ip
             * @description The address of the client; null if the server itself did it.
             */
            address: string | null;
            /**
             * Format: date-time
             * @description When it happened.
             * @example 2030-01-31T08:00:00Z
             */
            at: string;
            /** @description The hash of this entry. */
            hash: string;
            /**
             * Format: int64
             * @description Its number in its chain, from 1. Each organization has a chain, and the server as a whole has
             *     one.
             */
            number: number;
            /**
             * @description The operation.
             * @example sites.create
             */
            operation: string;
            /**
             * Format: uuid
             * @description The organization in which it was done; null for the server as a whole.
             */
            organization_id: string | null;
            /** @description Whether it was allowed. */
            outcome: components["schemas"]["AuditOutcome"];
            /** @description The hash of the entry before it in the chain; zeros in the first. */
            previous_hash: string;
            /**
             * @description If it was refused, why: the error's `code`, and the scope if one was missing. If it was allowed
             *     and touched more objects than `targets` lists: how many.
             */
            reason: string | null;
            /**
             * Format: uuid
             * @description The id of the request, as in the `X-Request-Id` of the response.
             */
            request_id: string | null;
            /**
             * @description The names that the objects in `targets` have now, in the same order. Null for an object that was deleted, that has no
             *     name, or that the caller may not read. Only with `include=targets`.
             */
            target_names?: (string | null)[] | null;
            /** @description The objects that it touched. */
            targets: components["schemas"]["Target"][];
        };
        /** @description One page of a list. */
        AuditEntryPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["AuditEntry"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /**
         * @description Whether an operation was allowed.
         *
         *     - `allowed`: It was allowed and carried out.
         *     - `denied`: It was refused.
         * @enum {string}
         */
        AuditOutcome: "allowed" | "denied";
        /** @description The result of a check of the audit trail. */
        AuditVerification: {
            /** @description Each chain. */
            chains: components["schemas"]["AuditChain"][];
            /** @description Whether every chain is intact. */
            intact: boolean;
        };
        /** @description The secret from which an authenticator app makes codes. No later answer shows it. */
        AuthenticatorSecret: {
            /** @description The secret as a URI that authenticator apps read from a QR code: `otpauth://totp/…`. */
            otpauth_uri: string;
            /** @description The secret, in base 32. */
            secret: string;
        };
        /** @description An update that is available for a node. */
        AvailableUpdate: {
            /** @description The package's architecture; absent if the source does not say. */
            architecture?: string | null;
            /** @description The version after the update; absent if updates have no version, as on Windows. */
            available_version?: string | null;
            /** @description The installed version; absent if the package is not installed or the source does not say. */
            installed_version?: string | null;
            /** @description The name of the package; on Windows, the update's id. */
            name: string;
            /** @description The repository or suite that it comes from; absent if the source does not say. */
            origin?: string | null;
            /** @description Ids of advisories and articles about it: `KB5034441`, `FEDORA-2026-0a1b`. */
            references?: string[];
            /** @description Whether it is a security update. */
            security: boolean;
            /** @description How important it is; absent if the source does not say. */
            severity?: components["schemas"]["UpdateSeverity"] | null;
            /** @description A title for people; absent if the source gives none. */
            title?: string | null;
        };
        /** @description A calendar, and its production day of today. */
        Calendar: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uuid
             * @description The node that it holds for; null if it is for a site or the whole organization.
             */
            node_id: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /** @description Its time zone, shifts, holidays and exceptions. */
            rules: components["schemas"]["CalendarRules"];
            /**
             * Format: uuid
             * @description The site whose nodes it holds for; null if it is for a node or the whole organization.
             */
            site_id: string | null;
            /** @description The production day of the present. */
            today: components["schemas"]["Today"] | null;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        CalendarPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Calendar"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /**
         * @description The rules of a calendar: when a production day begins, and when work is scheduled.
         *
         *     Without any shifts, all time is scheduled.
         * @example {
         *       "day_starts_at": "06:00",
         *       "exceptions": [
         *         {
         *           "date": "2030-12-24",
         *           "shifts": [
         *             {
         *               "ends_at": "12:00",
         *               "name": "Early",
         *               "starts_at": "06:00"
         *             }
         *           ]
         *         }
         *       ],
         *       "holidays": [
         *         {
         *           "date": "2030-12-25",
         *           "name": "Christmas"
         *         }
         *       ],
         *       "shifts": [
         *         {
         *           "ends_at": "14:00",
         *           "name": "Early",
         *           "starts_at": "06:00",
         *           "weekdays": [
         *             "monday",
         *             "tuesday"
         *           ]
         *         },
         *         {
         *           "ends_at": "06:00",
         *           "name": "Night",
         *           "starts_at": "22:00",
         *           "weekdays": [
         *             "monday",
         *             "tuesday"
         *           ]
         *         }
         *       ],
         *       "time_zone": "Europe/Berlin",
         *       "week_starts_on": "monday"
         *     }
         */
        CalendarRules: {
            /**
             * @description The local time at which a production day begins. The day is named by the date on which it begins. The default is `00:00`.
             * @example 06:00
             */
            day_starts_at: string;
            /** @description Dates on which other shifts start than those of the week. */
            exceptions: components["schemas"]["Exception"][];
            /** @description Dates on which no shift starts. A shift that started the day before goes on until its end. */
            holidays: components["schemas"]["Holiday"][];
            /** @description The shifts of each week. They may not overlap. */
            shifts: components["schemas"]["Shift"][];
            /**
             * @description The time zone of all its dates and times.
             * @example Europe/Berlin
             */
            time_zone: string;
            /** @description The day on which a week begins. The default is `monday`. */
            week_starts_on: components["schemas"]["Weekday"];
        };
        /**
         * @description The rules of a calendar: when a production day begins, and when work is scheduled.
         *
         *     Without any shifts, all time is scheduled.
         * @example {
         *       "day_starts_at": "06:00",
         *       "exceptions": [
         *         {
         *           "date": "2030-12-24",
         *           "shifts": [
         *             {
         *               "ends_at": "12:00",
         *               "name": "Early",
         *               "starts_at": "06:00"
         *             }
         *           ]
         *         }
         *       ],
         *       "holidays": [
         *         {
         *           "date": "2030-12-25",
         *           "name": "Christmas"
         *         }
         *       ],
         *       "shifts": [
         *         {
         *           "ends_at": "14:00",
         *           "name": "Early",
         *           "starts_at": "06:00",
         *           "weekdays": [
         *             "monday",
         *             "tuesday"
         *           ]
         *         },
         *         {
         *           "ends_at": "06:00",
         *           "name": "Night",
         *           "starts_at": "22:00",
         *           "weekdays": [
         *             "monday",
         *             "tuesday"
         *           ]
         *         }
         *       ],
         *       "time_zone": "Europe/Berlin",
         *       "week_starts_on": "monday"
         *     }
         */
        CalendarRulesInput: {
            /**
             * @description The local time at which a production day begins. The day is named by the date on which it begins. The default is `00:00`.
             * @example 06:00
             */
            day_starts_at?: string;
            /** @description Dates on which other shifts start than those of the week. */
            exceptions?: components["schemas"]["Exception"][];
            /** @description Dates on which no shift starts. A shift that started the day before goes on until its end. */
            holidays?: components["schemas"]["Holiday"][];
            /** @description The shifts of each week. They may not overlap. */
            shifts?: components["schemas"]["Shift"][];
            /**
             * @description The time zone of all its dates and times.
             * @example Europe/Berlin
             */
            time_zone: string;
            /** @description The day on which a week begins. The default is `monday`. */
            week_starts_on?: components["schemas"]["Weekday"];
        };
        /** @description The body of `calendars.create`. */
        CalendarsCreateBody: {
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description The node that it is for, by id or name.
             * @example db-1
             */
            node?: string | null;
            /**
             * @description Its time zone, shifts, holidays and exceptions.
             * @example {
             *       "day_starts_at": "06:00",
             *       "time_zone": "Europe/Berlin"
             *     }
             */
            rules: components["schemas"]["CalendarRulesInput"];
            /**
             * @description The site whose nodes it is for, by id or name.
             * @example Berlin plant
             */
            site?: string | null;
        };
        /** @description The body of `calendars.update`. */
        CalendarsUpdateBody: {
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * @description A new name, unique in its organization.
             * @example Berlin plant
             */
            name?: string;
            /** @description New rules; they replace all old ones. */
            rules?: components["schemas"]["CalendarRulesInput"];
        };
        /** @description A command and its progress. */
        Command: {
            /**
             * Format: date-time
             * @description When its cancellation was requested; null if never.
             * @example 2030-01-31T08:00:00Z
             */
            cancelled_at: string | null;
            /**
             * Format: date-time
             * @description When it was given.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /** @description Who gave it. */
            created_by: components["schemas"]["Actor"];
            /**
             * @description The e-mail address of the user, or the name of the key, that gave it; null if they were deleted, or if you could
             *     not find them in the list of users or keys.
             */
            created_by_name: string | null;
            /**
             * Format: date-time
             * @description Until when it waits for nodes that are offline.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /**
             * Format: date-time
             * @description When its last result was known; null while results are outstanding.
             * @example 2030-01-31T08:00:00Z
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description What the nodes are told to do. */
            instruction: components["schemas"]["Instruction"];
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description How it went on all of its nodes in the caller's reach together. */
            outcome: components["schemas"]["CommandOutcome"];
            /**
             * Format: uint32
             * @description The most bytes that are kept of each stream: half from the beginning and half from the end.
             */
            output_limit_bytes: number;
            /** @description How many of its results are in each state; only those in the caller's reach. */
            progress: {
                [key: string]: number;
            };
            /**
             * Format: uuid
             * @description The schedule that gave it; null for none.
             */
            schedule_id: string | null;
            /**
             * Format: uint32
             * @description How many nodes were chosen.
             */
            target_count: number;
            /** @description How the nodes were chosen, as the request said. The results tell which nodes those were. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * Format: uint32
             * @description How long it may run on a node, in seconds.
             */
            timeout_seconds: number;
        };
        /** @description An event of a command. */
        CommandEvent: components["schemas"]["CommandEventOutput"] | components["schemas"]["CommandEventResult"] | components["schemas"]["CommandEventEnd"];
        /** @description No more events can come. */
        CommandEventEnd: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "end";
            /** @description How many results are in each state. */
            progress: {
                [key: string]: number;
            };
        };
        /** @description A piece of output from a node. */
        CommandEventOutput: {
            /**
             * @description The bytes in Base64 (RFC 4648, section 4). Only present if they are not valid UTF-8, which also
             *     happens if a character is split between two pieces.
             */
            base64?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "output";
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: uint64
             * @description How many bytes of the stream came before it.
             */
            position: number;
            /** @description The stream: standard output or standard error. */
            stream: components["schemas"]["OutputStream"];
            /** @description The text; invalid UTF-8 is shown as U+FFFD. */
            text: string;
        };
        /** @description The state of a node. */
        CommandEventResult: {
            /**
             * Format: uint64
             * @description How long it ran, in milliseconds; null if it is not known.
             */
            duration_ms: number | null;
            /** @description An error message; null if there was no error, or only the exit code shows it. */
            error: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "result";
            /**
             * Format: int32
             * @description The exit code; null if it did not exit by itself or has no exit code.
             */
            exit_code: number | null;
            /**
             * Format: date-time
             * @description When its end became known; null if it has not ended.
             * @example 2030-01-31T08:00:00Z
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * @description The node's name.
             * @example db-1
             */
            node_name: string;
            /**
             * Format: int32
             * @description The signal that ended it; null if none did.
             */
            signal: number | null;
            /**
             * Format: date-time
             * @description When it began there; null if it did not begin.
             * @example 2030-01-31T08:00:00Z
             */
            started_at: string | null;
            /** @description The state of its result. */
            state: components["schemas"]["ResultState"];
            /**
             * Format: uint64
             * @description How many bytes it wrote to standard error.
             */
            stderr_bytes: number;
            /**
             * Format: uint64
             * @description How many bytes it wrote to standard output.
             */
            stdout_bytes: number;
        };
        /** @description Why a command failed on one node. */
        CommandFailure: {
            /** @description What went wrong; null if only the exit code shows it. */
            error: string | null;
            /**
             * Format: int32
             * @description The exit code; null if it did not exit by itself, or has none.
             */
            exit_code: number | null;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * @description The node's name.
             * @example db-1
             */
            node_name: string;
            /** @description The state of the result: `failed`, `timed_out`, `expired` or `lost`. */
            state: components["schemas"]["ResultState"];
        };
        /** @description A command in short, as lists show it. */
        CommandInList: {
            /**
             * Format: date-time
             * @description When its cancellation was requested; null if never.
             * @example 2030-01-31T08:00:00Z
             */
            cancelled_at: string | null;
            /**
             * Format: date-time
             * @description When it was given.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /** @description Who gave it. */
            created_by: components["schemas"]["Actor"];
            /**
             * @description The e-mail address of the user, or the name of the key, that gave it; null if they were deleted, or if you could
             *     not find them in the list of users or keys.
             */
            created_by_name: string | null;
            /**
             * Format: date-time
             * @description Until when it waits for nodes that are offline.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /** @description The first node in the caller's reach on which it failed, and why; null if it failed on none. */
            failure: components["schemas"]["CommandFailure"] | null;
            /**
             * Format: date-time
             * @description When its last result was known; null while results are outstanding.
             * @example 2030-01-31T08:00:00Z
             */
            finished_at: string | null;
            /** @description Whether it failed on a node, timed out, expired or was lost there. The command may still run elsewhere. */
            has_failed: boolean;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description The kind of its instruction. */
            kind: components["schemas"]["InstructionKind"];
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description How it went on all of its nodes together. */
            outcome: components["schemas"]["CommandOutcome"];
            /** @description How many of its results are in each state; only those in the caller's reach. */
            progress: {
                [key: string]: number;
            };
            /**
             * Format: uuid
             * @description The schedule that gave it; null for none.
             */
            schedule_id: string | null;
            /**
             * Format: uint32
             * @description How many nodes were chosen; null if the caller's reach does not cover the whole organization.
             */
            target_count: number | null;
            /** @description The beginning of its text, or what the instruction does. */
            title: string;
        };
        /** @description One page of a list. */
        CommandInListPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["CommandInList"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /**
         * @description Limits on the commands that a key may give, in addition to its scopes and reach. A limit that is
         *     absent restricts nothing; an empty list allows nothing.
         * @example {
         *       "most_targets": 10,
         *       "shells": [
         *         "sh"
         *       ]
         *     }
         */
        CommandLimits: {
            /**
             * Format: uint32
             * @description The most nodes that one command may go to.
             */
            most_targets?: number | null;
            /**
             * @description The versions of saved scripts that a command may run, as in `ID@3`; the key may then give no
             *     text of its own. An id without a version stands for the version that is the latest when the
             *     limits are written.
             */
            scripts?: string[] | null;
            /** @description Only these shells may run a command's text. */
            shells?: string[] | null;
        };
        /**
         * @description How a command went on all of its nodes together.
         *
         *     - `running`: Results are outstanding: the command waits for nodes, or runs.
         *     - `succeeded`: It succeeded on every node that it was sent to.
         *     - `failed`: It failed on at least one node, timed out, expired or was lost there.
         *     - `cancelled`: It was cancelled on at least one node, and failed on none.
         *     - `left_out`: It was sent to no node: all of them were outside their maintenance windows.
         * @enum {string}
         */
        CommandOutcome: "running" | "succeeded" | "failed" | "cancelled" | "left_out";
        /**
         * @description The part of a stream that was kept. In `text`, bytes that are not UTF-8 appear as U+FFFD; `base64`
         *     then has the original bytes.
         */
        CommandOutput: {
            /**
             * @description The kept bytes in Base64 (RFC 4648, section 4), beginning and end joined; absent if all of them
             *     are UTF-8.
             */
            base64?: string | null;
            /**
             * Format: uint64
             * @description How many of them were not kept; they are from the middle.
             */
            omitted_bytes: number;
            /** @description The text. A line in the middle says how many bytes were left out, if any. */
            text: string;
            /**
             * Format: uint64
             * @description How many bytes the program wrote to the stream.
             */
            total_bytes: number;
        };
        /** @description The result of a command on one node. */
        CommandResult: {
            /**
             * Format: uuid
             * @description The command.
             */
            command_id: string;
            /**
             * Format: uint64
             * @description How long it ran, in milliseconds, by the node's clock.
             */
            duration_ms: number | null;
            /** @description What went wrong; null if nothing did, or if only the exit code shows it. */
            error: string | null;
            /**
             * Format: int32
             * @description The exit code; null if it did not exit by itself, or has none.
             */
            exit_code: number | null;
            /**
             * Format: date-time
             * @description When the server learned that it had ended, by the server's clock.
             * @example 2030-01-31T08:00:00Z
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * @description The node's name.
             * @example db-1
             */
            node_name: string;
            /**
             * Format: date-time
             * @description When it was sent to the node.
             * @example 2030-01-31T08:00:00Z
             */
            sent_at: string | null;
            /**
             * Format: int32
             * @description The signal that ended it; null if none did.
             */
            signal: number | null;
            /**
             * Format: date-time
             * @description When it started there, by the server's clock.
             * @example 2030-01-31T08:00:00Z
             */
            started_at: string | null;
            /** @description Its state. */
            state: components["schemas"]["ResultState"];
            /** @description What it wrote to standard error. */
            stderr: components["schemas"]["CommandOutput"];
            /** @description What it wrote to standard output. */
            stdout: components["schemas"]["CommandOutput"];
        };
        /** @description One page of a list. */
        CommandResultPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["CommandResult"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `commands.create`. */
        CommandsCreateBody: {
            /** @description Arguments, available to the text as `$1`, `$2`, … */
            arguments?: string[];
            /** @description The text for the shell. */
            command?: string | null;
            /**
             * @description Environment variables, by name, in addition to the agent's own. Their values are kept sealed
             *     until the command has finished, and are never shown.
             */
            env?: {
                [key: string]: string;
            };
            /**
             * Format: uint32
             * @description The most bytes that are kept of each of its two output streams: half from the beginning and half
             *     from the end; 65,536 if absent. The default is `65536`.
             */
            output_limit_bytes?: number | null;
            /** @description The values of the script's parameters, by name. */
            parameters?: {
                [key: string]: string;
            };
            /** @description The user to run it as; the agent's own if absent. */
            run_as?: string | null;
            /**
             * @description A saved script instead of `shell` and `command`, by id or name.
             * @example restart-web
             */
            script?: string | null;
            /**
             * Format: uint32
             * @description The version of the script. If absent, the latest; if the command limits of the key list versions
             *     of the script, the latest of those.
             */
            script_version?: number | null;
            /**
             * @description The shell that runs the text: `bash`, `sh`, `powershell`, `pwsh`, `cmd`, `python`, or the
             *     absolute path of a program. A node without that shell reports an error.
             * @example bash
             * @example /usr/bin/zsh
             */
            shell?: string | null;
            /** @description The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * Format: uint32
             * @description How long it may run on a node, in seconds; 60 if absent. The default is `60`.
             */
            timeout_seconds?: number | null;
            /**
             * Format: uint32
             * @description How long it waits for a node that is offline, in seconds; 3,600 if absent. The default is `3600`.
             */
            ttl_seconds?: number | null;
            /** @description The working directory; the home directory of the user that it runs as, if absent. */
            working_directory?: string | null;
        };
        /** @description The body of `commands.reboot`. */
        CommandsRebootBody: {
            /**
             * Format: uint32
             * @description How long it waits for a machine that is offline, in seconds; 300 if absent. The default is `300`.
             */
            ttl_seconds?: number | null;
        };
        /** @description The version of a component. */
        ComponentVersion: {
            /**
             * @description The version with the commit that it was built from.
             * @example 0.1.0+1a2b3c4
             */
            full_version: string;
            /**
             * Format: date-time
             * @description When that commit was made, or the program was built.
             * @example 2030-01-31T08:00:00Z
             */
            timestamp: string;
            /**
             * @description The version.
             * @example 0.1.0
             */
            version: string;
        };
        /** @description How many objects a reach covers. */
        Covered: {
            /**
             * Format: int64
             * @description Agents.
             */
            agents: number;
            /**
             * Format: int64
             * @description Nodes.
             */
            nodes: number;
            /**
             * Format: int64
             * @description Services.
             */
            services: number;
            /**
             * Format: int64
             * @description Sites.
             */
            sites: number;
        };
        /** @description A user, with an invitation to choose a password. */
        CreatedUser: {
            /** @description An invitation; null if the user has a password already. No later answer shows it. */
            invitation: components["schemas"]["Invitation"] | null;
            /** @description The user. */
            user: components["schemas"]["User"];
        };
        /** @description An object that depends on another, by id and name. */
        Dependant: {
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
        };
        /** @description Objects that depend on an object and prevent its deletion. */
        Dependants: {
            /**
             * Format: int64
             * @description How many there are.
             */
            count: number;
            /** @description What `force=true` does to them. */
            effect: components["schemas"]["RemovalEffect"];
            /** @description The first of them, at most 20; none if the caller may not read them. */
            items: components["schemas"]["Dependant"][];
            /**
             * @description The noun of the objects: `sites`, `keys`.
             * @example nodes
             */
            noun: string;
        };
        /** @description Who disabled a key, when, why and until when. */
        Disabled: {
            /**
             * Format: date-time
             * @description When it was disabled.
             * @example 2030-01-31T08:00:00Z
             */
            at: string;
            /** @description Who disabled it. */
            by: components["schemas"]["Actor"];
            /**
             * @description Why it was disabled.
             * @example Nightly inventory report
             */
            reason: string | null;
            /**
             * Format: date-time
             * @description When it works again by itself; null if only `keys.enable` makes it work again.
             * @example 2030-01-31T08:00:00Z
             */
            until: string | null;
        };
        /** @description A mounted disk. */
        Disk: {
            /** @description The device, as the operating system names it. */
            device: string;
            /** @description The file system: `ext4`, `ntfs`. */
            file_system: string;
            /** @description The path where it is mounted. */
            mount_point: string;
            /**
             * Format: uint64
             * @description Its size in bytes.
             */
            total_bytes: number;
        };
        /** @description Numbers of parts. */
        DispatchedParts: {
            /**
             * Format: int64
             * @description Those that were not rejected.
             */
            good: number;
            /**
             * Format: int64
             * @description Those that were not as specified.
             */
            nonconforming: number;
            /**
             * Format: int64
             * @description Those that were thrown away.
             */
            scrap: number;
            /**
             * Format: int64
             * @description All.
             */
            total: number;
        };
        /** @description A reason of downtime. Together, an organization's reasons are a tree. */
        DowntimeReason: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description When it applies.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description Whether downtime for this reason is planned. */
            planned: boolean;
            /**
             * @description The path to it in the tree, unique in its organization.
             * @example Setup|Tool change
             */
            reason: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        DowntimeReasonPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["DowntimeReason"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `downtime_reasons.create`. */
        DowntimeReasonsCreateBody: {
            /**
             * @description When it applies, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether downtime for this reason is planned; false if absent. */
            planned?: boolean | null;
            /**
             * @description The path in the tree, unique in its organization; at most 500 characters.
             * @example Setup|Tool change
             */
            reason: string;
        };
        /** @description The body of `downtime_reasons.update`. */
        DowntimeReasonsUpdateBody: {
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether downtime for this reason is planned. */
            planned?: boolean;
            /**
             * @description A new path in the tree, unique in its organization; at most 500 characters.
             * @example Setup|Tool change
             */
            reason?: string;
        };
        /** @description What an enrolment key gives to the machines that enrol with it. */
        Enrolment: {
            /**
             * @description The labels of the new nodes.
             * @example {
             *       "env": "prod"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: uuid
             * @description The site of the new nodes; null for none.
             */
            site_id: string | null;
            /**
             * Format: uint32
             * @description How many machines have enrolled with it.
             */
            used: number;
            /**
             * Format: uint32
             * @description How many machines may enrol with the key.
             */
            uses: number;
        };
        /** @description The properties of the nodes that an enrolment key enrols. */
        EnrolmentTerms: {
            /** @description The labels of the nodes. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description The site of the nodes, by id or name.
             * @example Berlin plant
             */
            site?: string | null;
            /**
             * Format: uint32
             * @description How many machines it enrols; one if absent.
             */
            uses?: number | null;
        };
        /** @description A date on which other shifts start than those of the week. */
        Exception: {
            /**
             * Format: date
             * @description The date.
             * @example 2030-01-31
             */
            date: string;
            /** @description The shifts that start on it instead. */
            shifts: components["schemas"]["ShiftTimes"][];
        };
        /**
         * @description What an import does with an object that exists already.
         *
         *     - `refuse`: The line is an error.
         *     - `update`: The object is updated with the line's fields; absent fields stay as they are.
         * @enum {string}
         */
        ExistingObjects: "refuse" | "update";
        /**
         * @description The kinds of key that can be explained.
         *
         *     - `root`: Reaches every organization.
         *     - `org`: Belongs to one organization.
         * @enum {string}
         */
        ExplainedKind: "root" | "org";
        /** @description What a key would be able to do. */
        Explanation: {
            /**
             * Format: int64
             * @description How many nodes it reaches now; null for a root key.
             */
            nodes: number | null;
            /**
             * Format: uint
             * @description How many operations it opens.
             */
            operations: number;
            /** @description Sentences in English: what it may do and may not, what it reaches, its limits, and warnings. */
            sentences: components["schemas"]["Sentence"][];
        };
        /** @description Objects as text. */
        Exported: {
            /**
             * Format: uint
             * @description The number of objects in the text.
             */
            count: number;
            /** @description The text. */
            data: string;
            /** @description The format of the text. */
            format: components["schemas"]["TextFormat"];
            /** @description The `cursor` of the request for the next objects; null if there are none. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description The number of objects in all; null after the first page.
             */
            total: number | null;
        };
        /** @description One value of a property, and how many items have it. */
        FacetValue: {
            /**
             * Format: uint32
             * @description How many items have it.
             */
            count: number;
            /** @description Whether that is the exact number. If not, there are more: only 100,000 items were looked at. */
            exact: boolean;
            /** @description The name of the object that the value is the id of; null if it is no id, or the caller may not read the object. */
            name: string | null;
            /** @description The value; null for items without one. */
            value: string | null;
        };
        /**
         * @description What an agent reports about the machine that it runs on. Facts that it could not determine are
         *     absent.
         */
        Facts: {
            /** @description The IP addresses, without loopback addresses. */
            addresses?: string[];
            /** @description The version of the agent. */
            agent_version?: string | null;
            /** @description The architecture, as OpenTelemetry writes it: `amd64`, `arm64`. */
            architecture?: string | null;
            /**
             * Format: date-time
             * @description When the machine was started.
             * @example 2030-01-31T08:00:00Z
             */
            booted_at?: string | null;
            /**
             * Format: uint32
             * @description The number of logical processors.
             */
            cpu_cores?: number | null;
            /** @description The processor's model. */
            cpu_model?: string | null;
            /** @description The mounted disks. */
            disks?: components["schemas"]["Disk"][];
            /** @description The port on which the agent serves the metrics of exporters; absent if it should not. */
            front?: components["schemas"]["FrontState"] | null;
            /** @description The host name. */
            hostname?: string | null;
            /** @description The version of the kernel. */
            kernel?: string | null;
            /**
             * Format: uint64
             * @description The memory in bytes.
             */
            memory_bytes?: number | null;
            /** @description The operating system: `linux`, `windows`, `darwin`. */
            os?: string | null;
            /** @description The operating system's name and version for people: `Debian GNU/Linux 13 (trixie)`. */
            os_description?: string | null;
            /** @description The version of the operating system: `13`. */
            os_version?: string | null;
            /** @description Whether the machine must be restarted, as after an update. */
            reboot_required?: boolean | null;
            /** @description The available shells, by name or path. */
            shells?: string[];
            /** @description The time zone: `Europe/Berlin`. */
            time_zone?: string | null;
            /**
             * @description How the agent reaches the server: `websocket`, or `http` if it polls because a proxy on the way does not
             *     let WebSockets through, or because it was told to.
             */
            transport?: string | null;
            /** @description The kind of virtual machine or container: `kvm`, `docker`; `none` for a physical machine. */
            virtualization?: string | null;
        };
        /** @description An error in one field of an input. */
        FieldError: {
            /** @description What was expected. */
            detail: string;
            /** @description The field, as a path: `name`, `reach.sites[0]`; empty for the input as a whole. */
            field: string;
            /**
             * @description What can be done about it; the problem has the text.
             * @example list_scopes
             */
            hint?: components["schemas"]["HintName"] | null;
        };
        /** @description Whether the agents of an organization serve the metrics of exporters, and how. */
        Front: {
            /** @description The authority that issues their certificates; null until they are first switched on. */
            authority: components["schemas"]["FrontAuthority"] | null;
            /** @description Whether they do. */
            enabled: boolean;
            /**
             * Format: uint16
             * @description The port on which they listen.
             * @example 9443
             */
            port: number;
            /**
             * Format: int64
             * @description How many times this was written; the number in the `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When this was last changed; null if it never was.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string | null;
        };
        /** @description The authority that issues the certificates of fronts. */
        FrontAuthority: {
            /**
             * Format: date-time
             * @description Until when its certificate is valid.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /** @description The SHA-256 of its certificate, in hexadecimal. */
            sha256: string;
        };
        /** @description The certificate of the authority that issues the certificates of fronts. */
        FrontAuthorityCertificate: {
            /** @description The certificate, in PEM; null if there is none. */
            certificate: string | null;
            /**
             * Format: date-time
             * @description Until when it is valid.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string | null;
            /** @description The SHA-256 of the certificate, in hexadecimal. */
            sha256: string | null;
        };
        /** @description What an agent reports of its front. */
        FrontState: {
            /**
             * Format: date-time
             * @description When its certificate expires; absent if it has none.
             * @example 2030-01-31T08:00:00Z
             */
            certificate_expires_at?: string | null;
            /** @description What is wrong; absent if nothing is. */
            last_error?: string | null;
            /** @description Whether the agent listens on it. */
            listens: boolean;
            /**
             * @description The port.
             * @example 3306
             */
            port: number;
        };
        /** @description The body of `front.update`. */
        FrontUpdateBody: {
            /** @description Whether they do. */
            enabled?: boolean;
            /**
             * @description The port on which they listen.
             * @example 3306
             */
            port?: number;
            /**
             * @description Whether to replace the certificate authority, for example because its private key may have become known. Agents
             *     then get new certificates, and those who fetch the metrics must trust the new authority.
             */
            renew_authority?: boolean;
        };
        /** @description A command that was given, and its nodes. */
        GivenCommand: {
            /**
             * Format: date-time
             * @description When its cancellation was requested; null if never.
             * @example 2030-01-31T08:00:00Z
             */
            cancelled_at: string | null;
            /**
             * Format: date-time
             * @description When it was given.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /** @description Who gave it. */
            created_by: components["schemas"]["Actor"];
            /**
             * @description The e-mail address of the user, or the name of the key, that gave it; null if they were deleted, or if you could
             *     not find them in the list of users or keys.
             */
            created_by_name: string | null;
            /**
             * Format: date-time
             * @description Until when it waits for nodes that are offline.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /**
             * Format: date-time
             * @description When its last result was known; null while results are outstanding.
             * @example 2030-01-31T08:00:00Z
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description What the nodes are told to do. */
            instruction: components["schemas"]["Instruction"];
            /** @description The nodes that the targets include, and that it does not go to because they have no agent. */
            left_out: components["schemas"]["NodesLeftOut"];
            /** @description The nodes that it goes to; only the first thousand, sorted by name, if there are more. */
            nodes: components["schemas"]["NodeSummary"][];
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description How it went on all of its nodes in the caller's reach together. */
            outcome: components["schemas"]["CommandOutcome"];
            /**
             * Format: uint32
             * @description The most bytes that are kept of each stream: half from the beginning and half from the end.
             */
            output_limit_bytes: number;
            /** @description How many of its results are in each state; only those in the caller's reach. */
            progress: {
                [key: string]: number;
            };
            /**
             * Format: uuid
             * @description The schedule that gave it; null for none.
             */
            schedule_id: string | null;
            /**
             * Format: uint32
             * @description How many nodes were chosen.
             */
            target_count: number;
            /** @description How the nodes were chosen, as the request said. The results tell which nodes those were. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * Format: uint32
             * @description How long it may run on a node, in seconds.
             */
            timeout_seconds: number;
        };
        /**
         * @description The objects that a key or role may touch. Each member restricts them; a member that is absent or
         *     null does not. An empty list reaches nothing.
         */
        GivenReach: {
            /**
             * @description Only objects whose labels match, as in `env=prod,!legacy`.
             * @example env=prod,tier in (web,db),!legacy
             */
            labels?: string | null;
            /** @description Only these nodes and the objects on them, by id or name. */
            nodes?: string[] | null;
            /** @description Only these organizations, by id or short name. For root keys; an organization key is limited to its own anyway. */
            organizations?: string[] | null;
            /** @description Only these sites and the objects at them, by id or name. */
            sites?: string[] | null;
        };
        /**
         * @description What a figure should reach for some nodes, or for a job operation. Below the one ratio there is a warning, below
         *     the other one the goal has failed.
         */
        Goal: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description Below this the goal has failed.
             * @example 0.85
             */
            failure_ratio: number;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: uuid
             * @description The job operation that it is for; null if it is for something else.
             */
            job_operation_id: string | null;
            /** @description The figure. */
            metric: components["schemas"]["GoalMetric"];
            /**
             * Format: uuid
             * @description The node that it is for; null if it is for something else.
             */
            node_id: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: uuid
             * @description The site whose nodes it is for; null if it is for something else.
             */
            site_id: string | null;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
            /**
             * @description Below this there is a warning.
             * @example 0.85
             */
            warning_ratio: number;
        };
        /**
         * @description The figure of a report that a goal is about.
         *
         *     - `utilization`: Time in cycle, as a part of recorded time.
         *     - `oee`: The overall equipment effectiveness.
         *     - `parts`: Good parts, as a part of those that were expected.
         * @example oee
         * @enum {string}
         */
        GoalMetric: "utilization" | "oee" | "parts";
        /** @description One page of a list. */
        GoalPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Goal"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `goals.create`. */
        GoalsCreateBody: {
            /**
             * @description Below this the goal has failed; at most `warning_ratio`.
             * @example 0.85
             */
            failure_ratio: number;
            /**
             * @description The job operation that it is for, by id, or by name if no other has it.
             * @example Mill first side
             */
            job_operation?: string | null;
            /** @description The figure. */
            metric: components["schemas"]["GoalMetric"];
            /**
             * @description The node that it is for, by id or name.
             * @example db-1
             */
            node?: string | null;
            /**
             * @description The site whose nodes it is for, by id or name.
             * @example Berlin plant
             */
            site?: string | null;
            /**
             * @description Below this there is a warning.
             * @example 0.85
             */
            warning_ratio: number;
        };
        /** @description The body of `goals.update`. */
        GoalsUpdateBody: {
            /**
             * @description Below this the goal has failed; at most `warning_ratio`.
             * @example 0.85
             */
            failure_ratio?: number;
            /**
             * @description Below this there is a warning.
             * @example 0.85
             */
            warning_ratio?: number;
        };
        /**
         * @description What the caller can do about an error. An operation only names it; the server and the command line say
         *     it in their own words, because one has parameters of a request and the other has options.
         *
         *     - `send_credential`: Send a credential.
         *     - `key_as_password`: With Basic authentication, send the key as the password.
         *     - `show_scopes`: Look at the scopes that the key has.
         *     - `use_root`: Use a root key, or log in as a server administrator.
         *     - `name_organization`: Name the organization.
         *     - `name_no_organization`: Name no organization.
         *     - `list_scopes`: Look at the scopes that exist.
         *     - `force`: Force the deletion, which deletes or detaches dependants.
         *     - `dry_run`: See what a forced deletion would do, without doing it.
         *     - `allow_duplicate`: Allow a second exporter of the same object.
         *     - `connect_as_agent`: Connect at the path for agents.
         *     - `ignore_maintenance_windows`: Ignore maintenance windows.
         * @enum {string}
         */
        HintName: "send_credential" | "key_as_password" | "show_scopes" | "use_root" | "name_organization" | "name_no_organization" | "list_scopes" | "force" | "dry_run" | "allow_duplicate" | "connect_as_agent" | "ignore_maintenance_windows";
        /** @description What can be done about an error. */
        HintText: {
            /**
             * @description The hint, for programs.
             * @example name_organization
             */
            hint: components["schemas"]["HintName"];
            /** @description The same for people who send requests. */
            text: string;
        };
        /** @description A date on which no shift starts. */
        Holiday: {
            /**
             * Format: date
             * @description The date.
             * @example 2030-01-31
             */
            date: string;
            /**
             * @description What it is called.
             * @example Berlin plant
             */
            name?: string | null;
        };
        /** @description The variables of hosts. */
        HostVariables: {
            /** @description The variables of each host. */
            hostvars: {
                [key: string]: components["schemas"]["AnsibleHostVariables"];
            };
        };
        /** @description The result of an import. */
        Imported: {
            /**
             * Format: uint
             * @description How many objects were created.
             */
            created: number;
            /** @description True if nothing was changed because the request was a dry run. */
            dry_run: boolean;
            /**
             * Format: uint
             * @description How many objects already were as their lines say.
             */
            unchanged: number;
            /**
             * Format: uint
             * @description How many objects were changed.
             */
            updated: number;
        };
        /** @description The result of an import of users. */
        ImportedUsers: {
            /**
             * Format: uint
             * @description How many users were created.
             */
            created: number;
            /** @description True if nothing was changed because the request was a dry run. */
            dry_run: boolean;
            /**
             * @description Invitations for the users without a password, in the order of the lines. No later answer shows
             *     them; `users.invite` makes new ones.
             */
            invitations: components["schemas"]["Invited"][];
            /**
             * Format: uint
             * @description How many users with an existing account became members.
             */
            joined: number;
            /**
             * Format: uint
             * @description How many users already were as their lines say.
             */
            unchanged: number;
            /**
             * Format: uint
             * @description How many members got another role.
             */
            updated: number;
        };
        /** @description What a command tells a node to do. */
        Instruction: components["schemas"]["InstructionShell"] | components["schemas"]["InstructionScanUpdates"] | components["schemas"]["InstructionInstallUpdates"] | components["schemas"]["InstructionReboot"];
        /** @description Install updates, then scan for those that are left. */
        InstructionInstallUpdates: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "install_updates";
            /** @description Which updates to install. */
            updates: components["schemas"]["UpdateChoice"];
        };
        /**
         * @description The kind of an instruction.
         *
         *     - `shell`: Run a text in a shell.
         *     - `scan_updates`: Scan for updates.
         *     - `install_updates`: Install updates.
         *     - `reboot`: Restart the machine.
         * @enum {string}
         */
        InstructionKind: "shell" | "scan_updates" | "install_updates" | "reboot";
        /** @description Restart the machine. */
        InstructionReboot: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "reboot";
        };
        /** @description Scan for updates. */
        InstructionScanUpdates: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "scan_updates";
        };
        /** @description Run a text in a shell. */
        InstructionShell: {
            /** @description The arguments, which the text can read as `$1`, `$2`, … */
            arguments?: string[];
            /** @description The text. */
            command: string;
            /** @description The names of additional environment variables. Their values are never shown. */
            env?: string[];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "shell";
            /** @description The user to run as; the agent's own user if absent. */
            run_as?: string | null;
            /** @description The saved script that the text comes from; absent if it was given directly. */
            script?: components["schemas"]["ScriptUse"] | null;
            /**
             * @description The shell that runs the text.
             * @example bash
             * @example /usr/bin/zsh
             */
            shell: string;
            /** @description The working directory; the home directory of the user it runs as if absent. */
            working_directory?: string | null;
        };
        /** @description An invitation to choose a password. */
        Invitation: {
            /**
             * Format: date-time
             * @description When it expires.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /**
             * @description The secret with which the user chooses a password (`POST /v1/invitations/accept`). Give it to
             *     this user only. It is shown only this once.
             */
            token: string;
        };
        /** @description The body of `invitations.accept`. */
        InvitationsAcceptBody: {
            /**
             * Format: password
             * @description The password: at least 12 characters.
             * @example correct horse battery staple
             */
            password: string;
            /**
             * @description The token of the invitation.
             * @example 0000000000000000000000000000000000000000000000000000000000000000
             */
            token: string;
        };
        /** @description A user who is invited to choose a password. */
        Invited: {
            /**
             * Format: email
             * @description The e-mail address with which the user logs in.
             * @example ada@example.com
             */
            email: string;
            /**
             * Format: date-time
             * @description When it expires.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /**
             * @description The secret with which the user chooses a password (`POST /v1/invitations/accept`). Give it to
             *     this user only. It is shown only this once.
             */
            token: string;
            /**
             * Format: uuid
             * @description The user's id.
             */
            user: string;
        };
        /** @description A job run that another system started, and what runs. */
        JobDispatch: {
            /** @description What runs. */
            job_operation: components["schemas"]["JobOperation"];
            /** @description The run. */
            run: components["schemas"]["SavedJobRun"];
        };
        /** @description The body of `job_dispatches.start`. */
        JobDispatchesStartBody: {
            /**
             * @description What is to be done, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * Format: date-time
             * @description When they are to be ready.
             * @example 2030-01-31T08:00:00Z
             */
            due_at?: string | null;
            /**
             * @description The machine, instead of `node`: the id or name of a node, or the value of its label `erp_machine_id`. It must
             *     mean one node.
             * @example J-1024
             */
            erp_machine_id?: string | null;
            /**
             * Format: uint32
             * @description The time that one part should take, in milliseconds.
             */
            expected_part_ms?: number | null;
            /**
             * Format: uint32
             * @description The time that the setup should take, in milliseconds.
             */
            expected_setup_ms?: number | null;
            /**
             * @description How the other system names this run; unique in its organization.
             * @example J-1024
             */
            external_id: string;
            /**
             * Format: uint32
             * @description The shortest time that one part can take, in milliseconds.
             */
            ideal_part_ms?: number | null;
            /** @description Whether the machine is being set up for it; false if absent. */
            in_setup?: boolean | null;
            /**
             * @description The job.
             * @example J-1024
             */
            job: string;
            /**
             * @description The lot that is made.
             * @example J-1024
             */
            lot?: string | null;
            /**
             * @description The name of its operation.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description The machine: the id or name of a node.
             * @example db-1
             */
            node?: string | null;
            /**
             * @description The part that is made.
             * @example J-1024
             */
            part?: string | null;
            /**
             * @description What one part is worth, in the organization's currency.
             * @example 0.85
             */
            part_value?: number | null;
            /**
             * Format: uint32
             * @description How many parts are to be made.
             */
            quantity_required?: number | null;
            /**
             * Format: date-time
             * @description When the run began; now if absent.
             * @example 2030-01-31T08:00:00Z
             */
            start_at?: string | null;
        };
        /** @description The body of `job_dispatches.stop`. */
        JobDispatchesStopBody: {
            /**
             * Format: date-time
             * @description When it ended; now if absent.
             * @example 2030-01-31T08:00:00Z
             */
            end_at?: string | null;
        };
        /** @description A job run that another system started, what runs, and what was made. */
        JobDispatchWithParts: {
            /** @description Whether these numbers are up to date. If not, ask again shortly. */
            complete: boolean;
            /** @description What runs. */
            job_operation: components["schemas"]["JobOperation"];
            /** @description The parts that were made until now. */
            parts: components["schemas"]["DispatchedParts"];
            /** @description The run. */
            run: components["schemas"]["SavedJobRun"];
        };
        /** @description One step of a job, such as milling the first side of a part. */
        JobOperation: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What is to be done.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * Format: date-time
             * @description When they are to be ready.
             * @example 2030-01-31T08:00:00Z
             */
            due_at: string | null;
            /**
             * Format: uint32
             * @description The time that one part should take, in milliseconds.
             */
            expected_part_ms: number | null;
            /**
             * Format: uint32
             * @description The time that the setup should take, in milliseconds. It is counted once for each run.
             */
            expected_setup_ms: number | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: uint32
             * @description The shortest time that one part can take, in milliseconds.
             */
            ideal_part_ms: number | null;
            /**
             * @description The job that it is a step of.
             * @example J-1024
             */
            job: string;
            /**
             * @description The lot that is made.
             * @example J-1024
             */
            lot: string | null;
            /**
             * @description Its name. Name, job, part and lot together are unique in their organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * @description The part that is made.
             * @example J-1024
             */
            part: string | null;
            /**
             * @description What one part is worth, in the organization's currency.
             * @example 0.85
             */
            part_value: number | null;
            /**
             * Format: uint32
             * @description How many parts are to be made.
             */
            quantity_required: number | null;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        JobOperationPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["JobOperation"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `job_operations.create`. */
        JobOperationsCreateBody: {
            /**
             * @description What is to be done, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * Format: date-time
             * @description When they are to be ready.
             * @example 2030-01-31T08:00:00Z
             */
            due_at?: string | null;
            /**
             * Format: uint32
             * @description The time that one part should take, in milliseconds.
             */
            expected_part_ms?: number | null;
            /**
             * Format: uint32
             * @description The time that the setup should take, in milliseconds. It is counted once for each run.
             */
            expected_setup_ms?: number | null;
            /**
             * Format: uint32
             * @description The shortest time that one part can take, in milliseconds.
             */
            ideal_part_ms?: number | null;
            /**
             * @description The job that it is a step of.
             * @example J-1024
             */
            job: string;
            /**
             * @description The lot that is made.
             * @example J-1024
             */
            lot?: string | null;
            /**
             * @description Its name.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description The part that is made.
             * @example J-1024
             */
            part?: string | null;
            /**
             * @description What one part is worth, in the organization's currency, with up to six decimals.
             * @example 0.85
             */
            part_value?: number | null;
            /**
             * Format: uint32
             * @description How many parts are to be made.
             */
            quantity_required?: number | null;
        };
        /** @description The body of `job_operations.update`. */
        JobOperationsUpdateBody: {
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * Format: date-time
             * @description When they are to be ready; null if nobody said.
             * @example 2030-01-31T08:00:00Z
             */
            due_at?: string | null;
            /**
             * Format: uint32
             * @description The time that one part should take, in milliseconds; null if it is not known.
             */
            expected_part_ms?: number | null;
            /**
             * Format: uint32
             * @description The time that the setup should take, in milliseconds; null if it is not known.
             */
            expected_setup_ms?: number | null;
            /**
             * Format: uint32
             * @description The shortest time that one part can take, in milliseconds; null if it is not known.
             */
            ideal_part_ms?: number | null;
            /**
             * @description The job that it is a step of.
             * @example J-1024
             */
            job?: string;
            /**
             * @description The lot that is made; null for none.
             * @example J-1024
             */
            lot?: string | null;
            /**
             * @description A new name.
             * @example Berlin plant
             */
            name?: string;
            /**
             * @description The part that is made; null for none.
             * @example J-1024
             */
            part?: string | null;
            /**
             * @description What one part is worth, in the organization's currency; null if nobody said.
             * @example 0.85
             */
            part_value?: number | null;
            /**
             * Format: uint32
             * @description How many parts are to be made; null if nobody said.
             */
            quantity_required?: number | null;
        };
        /** @description The body of `job_runs.create`. */
        JobRunsCreateBody: {
            /**
             * Format: date-time
             * @description When it ended; absent or null while it runs.
             * @example 2030-01-31T08:00:00Z
             */
            end_at?: string | null;
            /**
             * @description How another system names it, such as the number of an activity; unique in its organization.
             * @example J-1024
             */
            external_id?: string | null;
            /** @description Whether the machine is being set up for it; false if absent. */
            in_setup?: boolean | null;
            /**
             * @description The job operation, by id, or by name if no other has it.
             * @example 01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f
             */
            job_operation: string;
            /**
             * @description The node, by id or name.
             * @example db-1
             */
            node: string;
            /**
             * Format: date-time
             * @description When it began; now if absent.
             * @example 2030-01-31T08:00:00Z
             */
            start_at?: string | null;
        };
        /** @description The body of `job_runs.update`. */
        JobRunsUpdateBody: {
            /**
             * Format: date-time
             * @description When it ended; null if it is running.
             * @example 2030-01-31T08:00:00Z
             */
            end_at?: string | null;
            /**
             * @description How another system names it; null removes the name.
             * @example J-1024
             */
            external_id?: string | null;
            /** @description Whether the machine is being set up for it. */
            in_setup?: boolean;
            /**
             * @description Another job operation, by id, or by name if no other has it.
             * @example Mill first side
             */
            job_operation?: string;
            /**
             * Format: date-time
             * @description When it began.
             * @example 2030-01-31T08:00:00Z
             */
            start_at?: string;
        };
        /** @description A key and its status. */
        Key: {
            /**
             * Format: uuid
             * @description The agent that an agent key acts as; null for other kinds.
             */
            agent: string | null;
            /** @description The networks from which it works; empty for any. */
            allowed_ips: string[];
            /** @description Limits on the commands that it may give; null for none beyond its scopes and reach. */
            command_limits: components["schemas"]["CommandLimits"] | null;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /** @description Who created it. */
            created_by: components["schemas"]["Actor"];
            /** @description The networks from which it never works. */
            denied_ips: string[];
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description: string | null;
            /** @description Set while it is disabled; null otherwise. */
            disabled: components["schemas"]["Disabled"] | null;
            /** @description What an enrolment key gives to the machines that enrol with it; null for other kinds. */
            enrolment: components["schemas"]["Enrolment"] | null;
            /**
             * Format: date-time
             * @description It does not work from this time on; null if it never expires.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string | null;
            /**
             * @description Its public id, the third part of the key's text.
             * @example 7Jk2mQx0Zr4T
             */
            id: string;
            /** @description Its kind. */
            kind: components["schemas"]["KeyKind"];
            /**
             * @description When, from where and for which operation it was last used; null if never. It is written in
             *     batches, so it may lag by some seconds after a restart.
             */
            last_used: components["schemas"]["LastUse"] | null;
            /**
             * @description Its name for people.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: date-time
             * @description It does not work before this time; null for no such limit.
             * @example 2030-01-31T08:00:00Z
             */
            not_before: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to; null for a root key.
             */
            organization_id: string | null;
            /**
             * Format: date-time
             * @description Until when the secret before the last rotation still works; null if there is none.
             * @example 2030-01-31T08:00:00Z
             */
            previous_secret_until: string | null;
            /** @description How often it may be used; null for no limit of its own. */
            rate_limit: components["schemas"]["RateLimit"] | null;
            /** @description The objects that it may touch. */
            reach: components["schemas"]["Reach"];
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * @description The role that limits it: it may do no more than the role allows. Null for none.
             * @example viewer
             */
            role: string | null;
            /** @description The name of the role that limits it. Only with `include=role`. */
            role_name?: string | null;
            /** @description The operations that it allows. */
            scopes: string[];
            /** @description Its status: whether it works now, and if not, why. */
            status: components["schemas"]["KeyStatus"];
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
            /**
             * Format: uuid
             * @description The user it acts for: it may do no more than that user. It needs no second factor, and stops
             *     working when the user loses access. Null for none.
             */
            user: string | null;
            /** @description The e-mail address of the user that it acts for. Only with `include=user`. */
            user_name?: string | null;
        };
        /**
         * @description The kind of a key. It is part of the key's text and never changes.
         *
         *     - `root`: Works in every organization, and may do what only a server administrator may grant.
         *     - `org`: Works only in its own organization.
         *     - `agent`: Acts as the agent of one node.
         *     - `enrol`: Enrols agents, and nothing else.
         * @enum {string}
         */
        KeyKind: "root" | "org" | "agent" | "enrol";
        /** @description One page of a list. */
        KeyPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Key"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /**
         * @description The requirements of an organization for its keys. They apply to existing keys as well, from the next
         *     request on.
         * @example {
         *       "disable_unused_days": 90,
         *       "longest_life_seconds": 7776000,
         *       "require_allowed_ips": true,
         *       "withheld_scopes": [
         *         "organizations:write"
         *       ]
         *     }
         */
        KeyPolicy: {
            /**
             * Format: uint32
             * @description A key that was not used for this many days is disabled; null for never.
             */
            disable_unused_days: number | null;
            /**
             * Format: int64
             * @description How long a key works after it was created, in seconds, at most; null for no such limit.
             */
            longest_life_seconds: number | null;
            /**
             * @description Only keys that are limited to networks (`allowed_ips`) work, and none of the networks may be
             *     wider than a /8 (IPv4) or a /16 (IPv6).
             */
            require_allowed_ips: boolean;
            /** @description Operations that no key may perform, whatever its scopes. */
            withheld_scopes: string[];
        };
        /**
         * @description The requirements of an organization for its keys. They apply to existing keys as well, from the next
         *     request on.
         * @example {
         *       "disable_unused_days": 90,
         *       "longest_life_seconds": 7776000,
         *       "require_allowed_ips": true,
         *       "withheld_scopes": [
         *         "organizations:write"
         *       ]
         *     }
         */
        KeyPolicyInput: {
            /**
             * Format: uint32
             * @description A key that was not used for this many days is disabled; null for never.
             */
            disable_unused_days?: number | null;
            /**
             * Format: int64
             * @description How long a key works after it was created, in seconds, at most; null for no such limit.
             */
            longest_life_seconds?: number | null;
            /**
             * @description Only keys that are limited to networks (`allowed_ips`) work, and none of the networks may be
             *     wider than a /8 (IPv4) or a /16 (IPv6).
             */
            require_allowed_ips?: boolean;
            /** @description Operations that no key may perform, whatever its scopes. */
            withheld_scopes?: string[];
        };
        /** @description The body of `keys.create`. */
        KeysCreateBody: {
            /** @description It works only from these networks. */
            allowed_ips?: string[];
            /** @description Limits on its commands, in addition to its scopes and reach. */
            command_limits?: components["schemas"]["CommandLimits"] | null;
            /** @description It never works from these networks, even where they are allowed. */
            denied_ips?: string[];
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * @description For keys of kind `enrol`: the properties of the nodes that it enrols. Such keys expire after a
             *     day by default.
             */
            enrolment?: components["schemas"]["EnrolmentTerms"] | null;
            /**
             * Format: date-time
             * @description It expires at this time. Not together with `ttl_seconds`.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at?: string | null;
            /** @description Its kind: `org` if absent. */
            kind?: components["schemas"]["NewKeyKind"];
            /**
             * @description Its display name.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: date-time
             * @description It does not work before this time.
             * @example 2030-01-31T08:00:00Z
             */
            not_before?: string | null;
            /** @description How often it may be used. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description The objects that it reaches; all of its organization if absent. Keys of kind `enrol` have none. */
            reach?: components["schemas"]["GivenReach"];
            /**
             * @description A role that limits it to the role's rights: a built-in one, or the id or name of a custom role.
             * @example viewer
             */
            role?: string | null;
            /**
             * @description The operations that it opens: `sites.create`, `sites:read`, `*:read`. `GET /v1/permissions`
             *     lists them. Required, except for keys of kind `enrol`, which have none.
             * @example [
             *       "sites:read"
             *     ]
             */
            scopes?: string[] | null;
            /**
             * Format: int64
             * @description The number of seconds from now until it expires.
             */
            ttl_seconds?: number | null;
            /**
             * @description The user it acts for, by id or e-mail address: it has at most the user's rights in the organization, and stops working
             *     when the user loses access. It does not need the user's second factor.
             * @example ada@example.com
             */
            user?: string | null;
        };
        /** @description The body of `keys.disable`. */
        KeysDisableBody: {
            /**
             * @description Why, for the record.
             * @example Nightly inventory report
             */
            reason?: string | null;
            /**
             * Format: date-time
             * @description When it is enabled again by itself; if absent, only `keys.enable` enables it.
             * @example 2030-01-31T08:00:00Z
             */
            until?: string | null;
        };
        /** @description The body of `keys.explain`. */
        KeysExplainBody: {
            /** @description It works only from these networks. */
            allowed_ips?: string[];
            /** @description Limits on its commands, in addition to its scopes and reach. */
            command_limits?: components["schemas"]["CommandLimits"] | null;
            /** @description It never works from these networks, even where they are allowed. */
            denied_ips?: string[];
            /**
             * Format: date-time
             * @description It expires at this time. Not together with `ttl_seconds`.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at?: string | null;
            /** @description Its kind: `org` if absent. */
            kind?: components["schemas"]["ExplainedKind"];
            /**
             * Format: date-time
             * @description It does not work before this time.
             * @example 2030-01-31T08:00:00Z
             */
            not_before?: string | null;
            /** @description How often it may be used. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description The objects that it reaches; all of its organization if absent. */
            reach?: components["schemas"]["GivenReach"] | null;
            /**
             * @description A role that limits it: a built-in one, or the id or name of a custom role.
             * @example viewer
             */
            role?: string | null;
            /**
             * @description The operations that it opens.
             * @example [
             *       "sites:read"
             *     ]
             */
            scopes: string[];
            /**
             * Format: int64
             * @description The number of seconds from now until it expires.
             */
            ttl_seconds?: number | null;
            /**
             * @description The user it acts for, by id or e-mail address.
             * @example ada@example.com
             */
            user?: string | null;
        };
        /** @description The body of `keys.rotate`. */
        KeysRotateBody: {
            /**
             * Format: int64
             * @description How long the old secret still works, in seconds; it ends at once if absent.
             */
            overlap_seconds?: number | null;
        };
        /**
         * @description Whether a key works, and if not, why.
         *
         *     - `active`: It works.
         *     - `disabled`: It was disabled.
         *     - `not_yet_valid`: It is not valid yet (`not_before`).
         *     - `expired`: It has expired (`expires_at`).
         *     - `access_over`: The user it acts for has lost access, or its role was deleted.
         *     - `unused`: It was unused for longer than its organization's policy allows.
         *     - `against_policy`: It does not meet its organization's policy.
         * @enum {string}
         */
        KeyStatus: "active" | "disabled" | "not_yet_valid" | "expired" | "access_over" | "unused" | "against_policy";
        /** @description The body of `keys.update`. */
        KeysUpdateBody: {
            /** @description It works only from these networks; an empty list allows all. */
            allowed_ips?: string[];
            /** @description Limits on its commands, in addition to its scopes and reach; null for none. */
            command_limits?: components["schemas"]["CommandLimits"] | null;
            /** @description It never works from these networks. */
            denied_ips?: string[];
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * Format: date-time
             * @description It expires at this time; null for never. Not together with `ttl_seconds`.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at?: string | null;
            /**
             * @description A new name.
             * @example Berlin plant
             */
            name?: string;
            /**
             * Format: date-time
             * @description It does not work before this time; null for no limit.
             * @example 2030-01-31T08:00:00Z
             */
            not_before?: string | null;
            /** @description How often it may be used; null for no limit. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description A new reach; it replaces the old one. */
            reach?: components["schemas"]["GivenReach"];
            /**
             * @description A role that limits it to the role's rights: a built-in one, or the id or name of a custom role; null for none.
             * @example viewer
             */
            role?: string | null;
            /** @description New scopes; they replace all old ones. */
            scopes?: string[];
            /**
             * Format: int64
             * @description The number of seconds from now until it expires.
             */
            ttl_seconds?: number | null;
            /**
             * @description The user that it acts for, by id or e-mail address; null for none.
             * @example ada@example.com
             */
            user?: string | null;
        };
        /** @description A key and its secret. No later answer shows the secret. */
        KeyWithSecret: {
            /** @description The key. */
            key: components["schemas"]["Key"];
            /**
             * @description The whole key, as its owner presents it. It is shown only this once, because the server stores
             *     only a digest.
             */
            secret: string;
        };
        /** @description The last scan of a node, without the updates. */
        LastScan: {
            /**
             * Format: uuid
             * @description The command that it was part of; null if unknown.
             */
            command_id: string | null;
            /** @description Whether the machine must be restarted for installed updates to take effect. */
            reboot_required: boolean;
            /**
             * @description Whether the source fetched its list of updates anew. If not, the scan shows the list that the
             *     node had before.
             */
            refreshed: boolean;
            /**
             * Format: date-time
             * @description When the server learned that it had ended.
             * @example 2030-01-31T08:00:00Z
             */
            scanned_at: string;
            /**
             * Format: uint32
             * @description How many of those are security updates.
             */
            security_count: number;
            /** @description The source that was asked. */
            source: components["schemas"]["UpdateSource"];
            /**
             * Format: uint32
             * @description How many updates it found, including those that are not kept.
             */
            update_count: number;
        };
        /** @description When, from where and for which operation a key was last used. */
        LastUse: {
            /**
             * Format: ip
             * @description The address of the client.
             */
            address: string;
            /**
             * Format: date-time
             * @description When.
             * @example 2030-01-31T08:00:00Z
             */
            at: string;
            /**
             * @description The name of the operation.
             * @example sites.list
             */
            operation: string;
        };
        /** @description How many items a list has. */
        ListTotal: {
            /**
             * Format: uint32
             * @description How many items there are on all pages, at most 10,000.
             */
            count: number;
            /** @description Whether that is the exact number. If not, there are more. */
            exact: boolean;
        };
        /** @description The result of a login. */
        LoggedIn: {
            /** @description The session. */
            session: components["schemas"]["Session"];
        };
        /** @description The last log lines of an agent. */
        Logs: {
            /** @description The lines, oldest first. */
            lines: string[];
        };
        /**
         * @description What a machine does. It has exactly one status at each time.
         *
         *     - `in_cycle`: It executes a program.
         *     - `alarm`: It has a fault, or somebody pressed the emergency stop.
         *     - `feed_hold`: It executes a program, and its axes are held.
         *     - `interrupted`: Its program stopped before its end, and a person has to act.
         *     - `setup`: It is being prepared for other parts.
         *     - `manual`: A person operates it by hand.
         *     - `idle`: It could work, and does not.
         *     - `no_data`: Nobody knows what it does. This is not idle time, and part of no ratio.
         * @enum {string}
         */
        MachineState: "in_cycle" | "alarm" | "feed_hold" | "interrupted" | "setup" | "manual" | "idle" | "no_data";
        /** @description What a machine does now. */
        MachineStatus: {
            /** @description The alarms that are on, the most severe ones first; at most 100. */
            alarms: components["schemas"]["ActiveAlarm"][];
            /**
             * Format: uuid
             * @description The job operation that runs.
             */
            job_operation_id: string | null;
            /**
             * Format: date-time
             * @description When it was last heard; null if that was more than a day ago and it only sends numbers.
             * @example 2030-01-31T08:00:00Z
             */
            last_heard_at: string | null;
            /** @description Whether it has done so for even longer. A status other than `no_data` is followed back for 24 hours. */
            longer: boolean;
            /**
             * @description Its name.
             * @example db-1
             */
            name: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: uuid
             * @description The operator who is signed in.
             */
            operator_id: string | null;
            /** @description The reason that an annotation gives for what happens now. */
            reason: string | null;
            /**
             * Format: date-time
             * @description Since when it does so.
             * @example 2030-01-31T08:00:00Z
             */
            since: string;
            /**
             * Format: uuid
             * @description The site it is at.
             */
            site_id: string | null;
            /** @description What it does. */
            status: components["schemas"]["MachineState"];
        };
        /** @description One page of a list. */
        MachineStatusPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["MachineStatus"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description A maintenance window, and whether it is open. */
        MaintenanceWindow: {
            /**
             * Format: date-time
             * @description When it closes; null if it is closed, or stays open for the next 31 days.
             * @example 2030-01-31T08:00:00Z
             */
            closes_at: string | null;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description When it opens: minute, hour, day of the month, month, day of the week.
             * @example 30 2 * * mon-fri
             */
            cron: string;
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * Format: uint32
             * @description How long it is open each time, in seconds.
             */
            duration_seconds: number;
            /** @description Whether it is switched on. A window that is switched off limits no node. */
            enabled: boolean;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /** @description Whether it is open now. */
            open: boolean;
            /**
             * Format: date-time
             * @description When it opens next after it was closed; null if it is switched off, or open without a known end.
             * @example 2030-01-31T08:00:00Z
             */
            opens_at: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * @description The labels of the nodes that it covers; an empty selector stands for any labels.
             * @example env=prod,tier in (web,db),!legacy
             */
            selector: string;
            /**
             * Format: uuid
             * @description The site of the nodes that it covers; null for nodes anywhere.
             */
            site_id: string | null;
            /**
             * @description The name of the site of the nodes that it covers. Only with `include=site`.
             * @example Berlin plant
             */
            site_name?: string | null;
            /** @description The nodes that it covers. `selector` and `site_id` are the members `labels` and `site` of it. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * @description The time zone of `cron`.
             * @example Europe/Berlin
             */
            time_zone: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        MaintenanceWindowPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["MaintenanceWindow"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `maintenance_windows.create`. */
        MaintenanceWindowsCreateBody: {
            /**
             * @description When it opens: minute, hour, day of the month, month and day of the week, as in a `crontab`; at most 24 times on
             *     one day.
             * @example 30 2 * * mon-fri
             */
            cron: string;
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * Format: uint32
             * @description How long it is open each time, in seconds.
             * @example 10800
             */
            duration_seconds: number;
            /** @description Whether it is switched on; true if absent. */
            enabled?: boolean | null;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description Instead of `targets`: the labels of the nodes that it covers, as in `env=prod,!legacy`. Without a site, an empty
             *     selector is refused.
             * @example env=prod,tier in (web,db),!legacy
             */
            selector?: string | null;
            /**
             * @description Instead of `targets`: the site of the nodes that it covers, by id or name.
             * @example Berlin plant
             */
            site?: string | null;
            /** @description The nodes that it covers. Nodes, the site and the host are stored by their ids. */
            targets?: components["schemas"]["NodeTargets"] | null;
            /**
             * @description The time zone of `cron`; UTC if absent.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
        };
        /** @description The body of `maintenance_windows.update`. */
        MaintenanceWindowsUpdateBody: {
            /**
             * @description When it opens.
             * @example 30 2 * * mon-fri
             */
            cron?: string;
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * Format: uint32
             * @description How long it is open each time, in seconds.
             */
            duration_seconds?: number;
            /** @description Whether it is switched on. */
            enabled?: boolean;
            /**
             * @description A new name, unique in its organization.
             * @example Berlin plant
             */
            name?: string;
            /**
             * @description Only the member `labels` of `targets`: the labels of the nodes that it covers.
             * @example env=prod,tier in (web,db),!legacy
             */
            selector?: string;
            /**
             * @description Only the member `site` of `targets`, by id or name; null for nodes anywhere.
             * @example Berlin plant
             */
            site?: string | null;
            /** @description The nodes that it covers. */
            targets?: components["schemas"]["NodeTargets"];
            /**
             * @description The time zone of `cron`.
             * @example Europe/Berlin
             */
            time_zone?: string;
        };
        /** @description A place of a text that names a call. */
        Match: {
            /**
             * Format: uint
             * @description The line, from 1.
             */
            line: number;
            /** @description The method; `GET` if the line names none and the path takes it. */
            method: string;
            /** @description The operations that it may run. */
            operations: string[];
            /** @description The path, as this server knows it. */
            path: string;
        };
        /** @description The scopes that a script needs. */
        Matched: {
            /** @description The calls that were found, at most 500. */
            matches: components["schemas"]["Match"][];
            /** @description The narrowest scopes that cover all calls that were found. */
            scopes: string[];
            /** @description Paths below `/v1` that no operation has, at most 500. */
            unknown: components["schemas"]["Unknown"][];
        };
        /** @description The role that a user holds in an organization. */
        Membership: {
            /**
             * Format: uuid
             * @description The organization.
             */
            organization_id: string;
            /**
             * @description The role.
             * @example viewer
             */
            role: string;
        };
        /** @description The result of a merge. */
        Merged: {
            /** @description What was deleted, by noun. */
            deleted: components["schemas"]["MergedPart"][];
            /** @description True if nothing was changed because the request was a dry run. */
            dry_run: boolean;
            /** @description What moved to the node, by noun. */
            moved: components["schemas"]["MergedPart"][];
            /** @description The node after the merge; with `dry_run`, as it would be. */
            node: components["schemas"]["Node"];
        };
        /** @description The objects of one noun. */
        MergedPart: {
            /**
             * Format: int64
             * @description How many there are.
             */
            count: number;
            /** @description The first of them, at most 20; none if the caller may not read them. */
            items: components["schemas"]["Dependant"][];
            /**
             * @description The noun of the objects.
             * @example services
             */
            noun: string;
        };
        /** @description The body of `me.set_preferences`. */
        MeSetPreferencesBody: {
            /**
             * @description The choices to change, by name.
             * @example {
             *       "theme": "dark"
             *     }
             */
            preferences: {
                [key: string]: unknown;
            };
        };
        /** @description Metrics of one name. */
        MetricFamily: {
            /** @description What is measured, in a sentence. */
            help: string;
            /** @description What the values are. */
            kind: components["schemas"]["MetricFamilyKind"];
            /** @description The name, without the suffixes of samples. */
            name: string;
            /** @description The values. */
            samples: components["schemas"]["MetricSample"][];
        };
        /**
         * @description What the values of a family are.
         *
         *     - `counter`: Numbers that only grow, from the start of the server on.
         *     - `gauge`: Numbers that grow and shrink.
         *     - `histogram`: Counts in buckets, each with those of the smaller buckets.
         * @enum {string}
         */
        MetricFamilyKind: "counter" | "gauge" | "histogram";
        /**
         * @description What the values of a metric are.
         *
         *     - `state`: Words, such as `ACTIVE`. A state holds until the next one.
         *     - `count`: The readings of a counter: whole numbers.
         *     - `quantity`: Numbers with a unit, such as a load or a temperature.
         *     - `alarm`: Alarms that begin and end.
         * @enum {string}
         */
        MetricKind: "state" | "count" | "quantity" | "alarm";
        /** @description What the server measures of itself. */
        Metrics: {
            /** @description The metrics, in families. */
            families: components["schemas"]["MetricFamily"][];
        };
        /** @description One value. */
        MetricSample: {
            /** @description The labels. */
            labels: {
                [key: string]: string;
            };
            /** @description What follows the family's name: `_total`, `_bucket`, `_count` or `_sum`; empty for a gauge. */
            suffix: string;
            /**
             * Format: double
             * @description The value.
             */
            value: number;
        };
        /** @description The body of `me.update`. */
        MeUpdateBody: {
            /**
             * @description Your new name.
             * @example Berlin plant
             */
            name?: string;
            /** @description Your new password. */
            password?: components["schemas"]["NewPassword"];
        };
        /** @description The calling key. */
        MyKey: {
            /**
             * Format: date-time
             * @description When it expires; null if never.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string | null;
            /**
             * @description Its public id.
             * @example 7Jk2mQx0Zr4T
             */
            id: string;
            /** @description Its kind. */
            kind: components["schemas"]["KeyKind"];
            /**
             * @description Its name.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization that it belongs to; null for a root key.
             */
            organization_id: string | null;
            /**
             * @description The role that limits it; null if none does.
             * @example viewer
             */
            role: string | null;
        };
        /** @description Limits, and what is left of them. */
        MyLimits: {
            /** @description Limits on the key's commands, in addition to its scopes and reach; null for none. */
            commands: components["schemas"]["CommandLimits"] | null;
            /** @description How often the key may be used; null for no limit. */
            rate_limit: components["schemas"]["RateLimit"] | null;
            /**
             * Format: uint32
             * @description How many units can be used at once now; null without a limit.
             */
            remaining: number | null;
        };
        /** @description The caller. */
        Myself: {
            /** @description The key; null for a logged-in user. */
            key: components["schemas"]["MyKey"] | null;
            /** @description Its limits, and what is left of them. */
            limits: components["schemas"]["MyLimits"];
            /**
             * @description The organization of the request: the one it names, or the caller's own; null if there is
             *     neither.
             */
            organization: components["schemas"]["OrganizationSummary"] | null;
            /** @description The objects in the caller's reach. */
            reach: components["schemas"]["Reach"];
            /**
             * @description The operations that the caller may run. If a key's user, role or organization limits its scopes,
             *     the operations that are left are listed one by one.
             */
            scopes: string[];
            /** @description The logged-in user, or the user that the key acts for; null for a key that acts for nobody. */
            user: components["schemas"]["MyUser"] | null;
        };
        /** @description The user. */
        MyUser: {
            /**
             * Format: email
             * @description Their e-mail address.
             * @example ada@example.com
             */
            email: string;
            /**
             * Format: uuid
             * @description Their id.
             */
            id: string;
            /** @description Their roles in organizations; for a key only the one in the key's organization. */
            memberships: components["schemas"]["Membership"][];
            /**
             * @description Their name.
             * @example Berlin plant
             */
            name: string;
            /** @description Whether they use a second factor. */
            second_factor: boolean;
            /** @description Whether they are a server administrator. */
            server_administrator: boolean;
        };
        /**
         * @description The kinds of key that this operation creates.
         *
         *     - `root`: Reaches every organization. Only root keys and server administrators can create one.
         *     - `org`: Belongs to one organization.
         *     - `enrol`: Enrols machines into one organization, and opens no operation.
         * @enum {string}
         */
        NewKeyKind: "root" | "org" | "enrol";
        /** @description A new password, with the current one. */
        NewPassword: {
            /**
             * Format: password
             * @description Your current password.
             * @example correct horse battery staple
             */
            current: string;
            /**
             * Format: password
             * @description Your new password: at least 12 characters.
             * @example correct horse battery staple
             */
            new: string;
        };
        /** @description Recovery codes, for when the authenticator is lost. No later answer shows them. */
        NewRecoveryCodes: {
            /** @description The codes. Each works for one login. */
            recovery_codes: string[];
        };
        /** @description A node, with what its agent reports. */
        Node: {
            /**
             * @description Its host name or IP address; for RDS, the name of the instance.
             * @example db-1.example.net
             */
            address: string | null;
            /** @description The availability zone. */
            az: string | null;
            /** @description The container's id, unique in its organization. */
            container_id: string | null;
            /** @description The container's name. */
            container_name: string | null;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What it is, in a few sentences.
             * @example Nightly inventory report
             */
            description: string | null;
            /** @description The operating system, for people. */
            distro: string | null;
            /**
             * @description What its agent reports about the machine; null if there was no report. Reports do not change the
             *     node's revision.
             */
            facts: components["schemas"]["Facts"] | null;
            /**
             * Format: uuid
             * @description The node that it runs on: the host of a container or virtual machine.
             */
            host_id: string | null;
            /**
             * @description The name of the node that it runs on. Only with `include=host`.
             * @example db-1
             */
            host_name?: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description The cloud's id of the instance. */
            instance_id: string | null;
            /**
             * @description Its labels.
             * @example {
             *       "env": "prod"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description When its agent was last seen; null if never. Stored about once a second.
             * @example 2030-01-31T08:00:00Z
             */
            last_seen_at: string | null;
            /** @description The operating system's machine id; cloned machines may share one. */
            machine_id: string | null;
            /** @description The manufacturer of the machine. */
            manufacturer: string | null;
            /** @description The model of the machine or of the instance. */
            model: string | null;
            /**
             * @description Its name, unique in its organization.
             * @example db-1
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description The region. Within a region, no two nodes have the same address. */
            region: string | null;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /** @description The manufacturer's serial number. */
            serial_number: string | null;
            /**
             * Format: uuid
             * @description The site it is at; null for none.
             */
            site_id: string | null;
            /**
             * @description The name of the site that it is at. Only with `include=site`.
             * @example Berlin plant
             */
            site_name?: string | null;
            /** @description Whether its agent is there. */
            status: components["schemas"]["NodeStatus"];
            /**
             * Format: date-time
             * @description Since when it has this status; null if its agent was never seen.
             * @example 2030-01-31T08:00:00Z
             */
            status_since: string | null;
            /** @description Its type, which never changes. */
            type: components["schemas"]["NodeType"];
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description A page of a list that has facets. */
        NodePage: {
            /**
             * @description For each property that `facets` names: its values, at most 50, the most frequent first, with how many items of all
             *     pages have each. The list's filter on the same property is left out for this. Only if `facets` asks for it.
             */
            facets?: {
                [key: string]: components["schemas"]["FacetValue"][];
            } | null;
            /** @description The items, in the requested order. */
            items: components["schemas"]["Node"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `nodes.create`. */
        NodesCreateBody: {
            /**
             * @description The host name or IP address at which it is reached; for RDS the name of the instance, without
             *     dots. Within a region, an address belongs to one node only.
             * @example db-1.example.net
             */
            address?: string | null;
            /** @description Agents that run on it, to be created with it. */
            agents?: components["schemas"]["AgentOfNode"][];
            /** @description The availability zone. */
            az?: string | null;
            /** @description The container's id, unique in its organization. */
            container_id?: string | null;
            /** @description The container's name. */
            container_name?: string | null;
            /**
             * @description A description in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description The operating system. */
            distro?: string | null;
            /**
             * @description The node that it runs on, by id or name: the machine of a container or virtual machine.
             * @example db-1
             */
            host?: string | null;
            /** @description The cloud's id of the instance. */
            instance_id?: string | null;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /** @description The operating system's machine id. Only a caller that reaches the whole organization may set it. */
            machine_id?: string | null;
            /** @description The manufacturer of the machine. */
            manufacturer?: string | null;
            /** @description The model of the machine or of the instance. */
            model?: string | null;
            /**
             * @description Its name, unique in its organization. Names that differ only in case or in a dot at the end are
             *     the same.
             * @example db-1
             */
            name: string;
            /** @description The region. */
            region?: string | null;
            /**
             * @description Whether the node that has this name, if there is one, is deleted first, with everything that depends on it, as
             *     `nodes.delete` does with `force`.
             */
            replace?: boolean | null;
            /** @description The manufacturer's serial number. */
            serial_number?: string | null;
            /** @description Services that run on it, to be created with it. `nodes` of each lists only other nodes that it runs on. */
            services?: components["schemas"]["ServiceOfNode"][];
            /**
             * @description The site that it is at, by id or name.
             * @example Berlin plant
             */
            site?: string | null;
            /**
             * @description The type of node. It never changes.
             * @example machine_tool
             */
            type: components["schemas"]["NodeType"];
        };
        /** @description The body of `nodes.import`. */
        NodesImportBody: {
            /**
             * @description The text.
             * @example {"type":"generic","name":"db-1","address":"10.0.0.5"}
             */
            data: string;
            /** @description Change nothing; only answer what would be done. */
            dry_run?: boolean | null;
            /** @description What to do with a line whose name belongs to an existing node; `refuse` if absent. */
            existing?: components["schemas"]["ExistingObjects"];
            /**
             * @description The format of the text.
             * @example jsonl
             */
            format: components["schemas"]["TextFormat"];
        };
        /** @description Nodes that the targets include, and that get nothing because they have no agent. */
        NodesLeftOut: {
            /**
             * Format: uint
             * @description How many there are.
             */
            count: number;
            /** @description Whether that is the exact number. If not, there are at least that many. */
            exact: boolean;
            /** @description The first 20 of them, sorted by name. */
            nodes: components["schemas"]["NodeSummary"][];
        };
        /** @description The body of `nodes.merge`. */
        NodesMergeBody: {
            /** @description Change nothing; only answer what would happen. */
            dry_run?: boolean | null;
            /**
             * @description The duplicate, by id or name. It is deleted.
             * @example db-1-old
             */
            from: string;
        };
        /**
         * @description Whether a node is connected.
         *
         *     - `online`: Its agent sent a message within the last 75 seconds.
         *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
         *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
         *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
         * @enum {string}
         */
        NodeStatus: "online" | "stale" | "offline" | "unknown";
        /** @description The id and name of a node, as other objects show them. */
        NodeSummary: {
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its name.
             * @example db-1
             */
            name: string;
        };
        /** @description The body of `nodes.update`. */
        NodesUpdateBody: {
            /**
             * @description A new address; null removes it.
             * @example db-1.example.net
             */
            address?: string | null;
            /** @description The availability zone; null for none. */
            az?: string | null;
            /** @description The container's id; null for none. */
            container_id?: string | null;
            /** @description The container's name; null for none. */
            container_name?: string | null;
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description The operating system; null for none. */
            distro?: string | null;
            /**
             * @description The node that it now runs on, by id or name; null for none.
             * @example db-1
             */
            host?: string | null;
            /** @description The cloud's id of the instance; null for none. */
            instance_id?: string | null;
            /** @description New labels; they replace all old ones. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description The operating system's machine id; null for none. Only a caller that reaches the whole
             *     organization may change it.
             */
            machine_id?: string | null;
            /** @description The manufacturer of the machine; null if unknown. */
            manufacturer?: string | null;
            /** @description The model; null for none. */
            model?: string | null;
            /**
             * @description A new name, unique in its organization.
             * @example db-1
             */
            name?: string;
            /** @description The region; null for none. */
            region?: string | null;
            /** @description The manufacturer's serial number; null for none. */
            serial_number?: string | null;
            /**
             * @description The site that it moves to, by id or name; null for none.
             * @example Berlin plant
             */
            site?: string | null;
        };
        /**
         * @description Which nodes: those in the caller's reach that meet every member that is there. The members are those of the list
         *     of nodes, and `nodes` for nodes that are named one by one. Without a member, no node is meant: `all` stands for
         *     every node.
         * @example {
         *       "labels": "env=prod"
         *     }
         */
        NodeTargets: {
            /** @description Every node, if it is the only member. `false` is the same as no `all`. */
            all?: boolean | null;
            /**
             * @description Nodes that run on this one, by id or name.
             * @example db-1
             */
            host?: string | null;
            /**
             * @description Nodes whose labels match, as in `env=prod,!legacy`. An empty selector is refused.
             * @example env=prod,tier in (web,db),!legacy
             */
            labels?: string | null;
            /** @description These nodes, by id or name. For more nodes than that, use another member. */
            nodes?: string[] | null;
            /**
             * @description Nodes whose name, address, container name or serial number contains all of these words, in any case.
             * @example db berlin
             */
            search?: string | null;
            /**
             * Format: uuid
             * @description The nodes of this selection, which `selections.create` made less than ten minutes ago; without another member than
             *     `tolerance`. Schedules and maintenance windows do not take it.
             */
            selection?: string | null;
            /**
             * @description Nodes at this site, by id or name.
             * @example Berlin plant
             */
            site?: string | null;
            /** @description Nodes that have this status when they are chosen. */
            status?: components["schemas"]["NodeStatus"] | null;
            /**
             * Format: uint32
             * @description How many nodes may match by now that are not in the selection; 0 if absent. If there are more, the request is refused
             *     with `selection_outdated`.
             */
            tolerance?: number | null;
            /** @description Nodes of this type. */
            type?: components["schemas"]["NodeType"] | null;
        };
        /**
         * @description The type of a node.
         *
         *     - `generic`: A computer or a virtual machine.
         *     - `container`: A container.
         *     - `remote`: A machine on which no program of Bailiwick can run.
         *     - `remote_rds`: A database instance of Amazon RDS.
         *     - `remote_azure_database`: An Azure database.
         *     - `machine_tool`: A machine tool on a shop floor.
         * @enum {string}
         */
        NodeType: "generic" | "container" | "remote" | "remote_rds" | "remote_azure_database" | "machine_tool";
        /** @description An update that is available for a node, according to its last scan. */
        NodeUpdate: {
            /** @description The package's architecture; absent if the source does not say. */
            architecture?: string | null;
            /** @description The version after the update; absent if updates have no version, as on Windows. */
            available_version?: string | null;
            /** @description The installed version; absent if the package is not installed or the source does not say. */
            installed_version?: string | null;
            /** @description The name of the package; on Windows, the update's id. */
            name: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * @description The node's name.
             * @example db-1
             */
            node_name: string;
            /** @description The repository or suite that it comes from; absent if the source does not say. */
            origin?: string | null;
            /** @description Ids of advisories and articles about it: `KB5034441`, `FEDORA-2026-0a1b`. */
            references?: string[];
            /**
             * Format: date-time
             * @description When the node was scanned.
             * @example 2030-01-31T08:00:00Z
             */
            scanned_at: string;
            /** @description Whether it is a security update. */
            security: boolean;
            /** @description How important it is; absent if the source does not say. */
            severity?: components["schemas"]["UpdateSeverity"] | null;
            /** @description A title for people; absent if the source gives none. */
            title?: string | null;
        };
        /** @description One page of a list. */
        NodeUpdatePage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["NodeUpdate"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description A node, and what was created with it. */
        NodeWithParts: {
            /**
             * @description Its host name or IP address; for RDS, the name of the instance.
             * @example db-1.example.net
             */
            address: string | null;
            /** @description The agents that were created with it. */
            agents: components["schemas"]["Agent"][];
            /** @description The availability zone. */
            az: string | null;
            /** @description The container's id, unique in its organization. */
            container_id: string | null;
            /** @description The container's name. */
            container_name: string | null;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What it is, in a few sentences.
             * @example Nightly inventory report
             */
            description: string | null;
            /** @description The operating system, for people. */
            distro: string | null;
            /**
             * @description What its agent reports about the machine; null if there was no report. Reports do not change the
             *     node's revision.
             */
            facts: components["schemas"]["Facts"] | null;
            /**
             * Format: uuid
             * @description The node that it runs on: the host of a container or virtual machine.
             */
            host_id: string | null;
            /**
             * @description The name of the node that it runs on. Only with `include=host`.
             * @example db-1
             */
            host_name?: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description The cloud's id of the instance. */
            instance_id: string | null;
            /**
             * @description Its labels.
             * @example {
             *       "env": "prod"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description When its agent was last seen; null if never. Stored about once a second.
             * @example 2030-01-31T08:00:00Z
             */
            last_seen_at: string | null;
            /** @description The operating system's machine id; cloned machines may share one. */
            machine_id: string | null;
            /** @description The manufacturer of the machine. */
            manufacturer: string | null;
            /** @description The model of the machine or of the instance. */
            model: string | null;
            /**
             * @description Its name, unique in its organization.
             * @example db-1
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description The region. Within a region, no two nodes have the same address. */
            region: string | null;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /** @description The manufacturer's serial number. */
            serial_number: string | null;
            /** @description The services that were created with it. */
            services: components["schemas"]["ServiceWithAgents"][];
            /**
             * Format: uuid
             * @description The site it is at; null for none.
             */
            site_id: string | null;
            /**
             * @description The name of the site that it is at. Only with `include=site`.
             * @example Berlin plant
             */
            site_name?: string | null;
            /** @description Whether its agent is there. */
            status: components["schemas"]["NodeStatus"];
            /**
             * Format: date-time
             * @description Since when it has this status; null if its agent was never seen.
             * @example 2030-01-31T08:00:00Z
             */
            status_since: string | null;
            /** @description Its type, which never changes. */
            type: components["schemas"]["NodeType"];
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description An event about objects. */
        ObjectEvent: components["schemas"]["ObjectEventBegan"] | components["schemas"]["ObjectEventChanged"] | components["schemas"]["ObjectEventGone"] | components["schemas"]["ObjectEventMissed"];
        /** @description The stream begins. Changes after this come as events. */
        ObjectEventBegan: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "began";
        };
        /** @description An object was created or changed. */
        ObjectEventChanged: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "changed";
            /** @description Its id. */
            id: string;
            /** @description The kind of object, such as `node`. */
            noun: string;
            /**
             * Format: int64
             * @description Its revision. Of a command, which has none, the number of its last change.
             * @example 1
             */
            revision: number;
        };
        /** @description An object was deleted, or has left the caller's reach. */
        ObjectEventGone: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "gone";
            /** @description Its id. */
            id: string;
            /** @description The kind of object, such as `node`. */
            noun: string;
        };
        /** @description Changes since the last event are not known any more: read lists again. */
        ObjectEventMissed: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "missed";
        };
        /** @description One observation. */
        Observation: {
            /**
             * Format: date-time
             * @description When the value was observed.
             * @example 2030-01-31T08:00:00Z
             */
            at: string;
            /** @description The kind of the metric. */
            kind: components["schemas"]["MetricKind"];
            /**
             * @description The key of the metric.
             * @example execution
             */
            metric: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: int64
             * @description The number that the source gave it.
             */
            sequence: number | null;
            /** @description The value. */
            value: components["schemas"]["ObservationValue"];
        };
        /** @description Many observations of one metric of one node. */
        ObservationColumn: {
            /** @description When the values were observed, in any order. */
            at: string[];
            /** @description The kind of the metric, as in a single observation. */
            kind?: components["schemas"]["MetricKind"] | null;
            /**
             * @description The key of the metric.
             * @example execution
             */
            metric: string;
            /**
             * @description The node, by id or name.
             * @example db-1
             */
            node: string;
            /** @description The numbers that the source gave the observations, as many as times. */
            sequences?: (number | null)[] | null;
            /**
             * @description The metric's subtype in the words of the source, such as `ALL`.
             * @example PART_COUNT
             */
            subtype?: string | null;
            /**
             * @description The metric's type in the words of the source, such as `PART_COUNT`.
             * @example PART_COUNT
             */
            type?: string | null;
            /**
             * @description The unit of the values, such as `%`.
             * @example PART_COUNT
             */
            unit?: string | null;
            /** @description The values, as many as times. */
            values: components["schemas"]["ObservedValue"][];
        };
        /** @description One page of a list. */
        ObservationPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Observation"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `observations.create`. */
        ObservationsCreateBody: {
            /**
             * @description An id of this request, so that sending it again within seven days has no effect. Ids of one key or user do not
             *     collide with those of another.
             */
            batch?: string | null;
            /** @description Many observations of one metric each. */
            columns?: components["schemas"]["ObservationColumn"][];
            /**
             * @description The intervals in which the source was connected to nodes. Without any, the time after an observation counts
             *     as known for a minute.
             */
            coverage?: components["schemas"]["ObservedCoverage"][];
            /** @description JSON lines with one observation each, instead of `observations` and `columns`. */
            data?: string | null;
            /**
             * @description The format of `data`.
             * @enum {string|null}
             */
            format?: "jsonl" | null;
            /** @description Single observations. */
            observations?: {
                /**
                 * Format: date-time
                 * @description When the value was observed.
                 * @example 2030-01-31T08:00:00Z
                 */
                at: string;
                /**
                 * @description The kind of the metric. Without it, it is that of earlier observations of the metric; of the first one, texts
                 *     are a `state`, numbers a `quantity` and objects an `alarm`.
                 */
                kind?: components["schemas"]["MetricKind"] | null;
                /**
                 * @description The key of the metric.
                 * @example execution
                 */
                metric: string;
                /**
                 * @description The node, by id or name.
                 * @example db-1
                 */
                node: string;
                /**
                 * Format: int64
                 * @description The number that the source gave the observation. It orders states of the same microsecond.
                 */
                sequence?: number | null;
                /**
                 * @description The metric's subtype in the words of the source, such as `ALL`.
                 * @example PART_COUNT
                 */
                subtype?: string | null;
                /**
                 * @description The metric's type in the words of the source, such as `PART_COUNT`.
                 * @example PART_COUNT
                 */
                type?: string | null;
                /**
                 * @description The unit of the values, such as `%`.
                 * @example PART_COUNT
                 */
                unit?: string | null;
                /** @description The value. */
                value: components["schemas"]["ObservedValue"];
            }[];
            /** @description Store the valid observations if others are refused; without it, none is stored then. */
            partial?: boolean | null;
            /**
             * Format: uint32
             * @description How long the source may be silent about a node before there is no data, in seconds; a minute if it never said. It
             *     applies to the nodes in this request from now on, also for the past.
             */
            stale_after_seconds?: number | null;
        };
        /** @description The value of an observation. */
        ObservationValue: string | number | components["schemas"]["Alarm"];
        /** @description An alarm that begins or ends. */
        ObservedAlarm: {
            /** @description Its code. */
            code: string;
            /** @description How severe it is. */
            level: components["schemas"]["AlarmLevel"];
            /** @description Whether it begins; otherwise it ends. */
            on: boolean;
        };
        /** @description An interval in which the source was connected to a node. */
        ObservedCoverage: {
            /**
             * Format: date-time
             * @description When the interval begins.
             * @example 2030-01-31T08:00:00Z
             */
            from: string;
            /**
             * @description The node, by id or name.
             * @example db-1
             */
            node: string;
            /**
             * Format: date-time
             * @description When it ends.
             * @example 2030-01-31T08:00:00Z
             */
            until: string;
        };
        /**
         * @description A value: a text for a state, a whole number for a count, a number for a quantity, three numbers for a position (which become the quantities `KEY.x`, `KEY.y` and `KEY.z`), or an alarm.
         * @example ACTIVE
         */
        ObservedValue: string | number | number[] | components["schemas"]["ObservedAlarm"];
        /**
         * @description Whether an operation only reads, or writes.
         *
         *     - `read`: Changes nothing.
         *     - `write`: Changes something.
         * @enum {string}
         */
        OperationClass: "read" | "write";
        /** @description A person who operates machines. Operators do not log in. */
        Operator: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description The name.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description The number on the badge, unique in its organization.
             * @example J-1024
             */
            number: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        OperatorPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Operator"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `operator_runs.create`. */
        OperatorRunsCreateBody: {
            /**
             * Format: date-time
             * @description When the operator left; absent or null while there.
             * @example 2030-01-31T08:00:00Z
             */
            end_at?: string | null;
            /**
             * @description The node, by id or name.
             * @example db-1
             */
            node: string;
            /**
             * @description The operator: the id, or the name or number if no other operator has it.
             * @example 01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f
             */
            operator: string;
            /**
             * Format: date-time
             * @description When the operator came; now if absent.
             * @example 2030-01-31T08:00:00Z
             */
            start_at?: string | null;
        };
        /** @description The body of `operator_runs.update`. */
        OperatorRunsUpdateBody: {
            /**
             * Format: date-time
             * @description When the operator left; null while there.
             * @example 2030-01-31T08:00:00Z
             */
            end_at?: string | null;
            /**
             * Format: date-time
             * @description When the operator came.
             * @example 2030-01-31T08:00:00Z
             */
            start_at?: string;
        };
        /** @description The body of `operators.create`. */
        OperatorsCreateBody: {
            /**
             * @description The name.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description The number on the badge, unique in its organization.
             * @example J-1024
             */
            number?: string | null;
        };
        /** @description The body of `operators.update`. */
        OperatorsUpdateBody: {
            /**
             * @description A new name.
             * @example Berlin plant
             */
            name?: string;
            /**
             * @description A new number, unique in its organization; null removes it.
             * @example J-1024
             */
            number?: string | null;
        };
        /** @description A tenant, which owns sites, nodes, services and all its other objects. */
        Organization: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description What its keys must comply with. */
            key_policy: components["schemas"]["KeyPolicy"];
            /**
             * @description Its name for people.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * @description Its short name for URLs and programs, unique on the server.
             * @example acme
             */
            slug: string;
            /**
             * @description The time zone of its production days, where no calendar says another.
             * @example Europe/Berlin
             */
            time_zone: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        OrganizationPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Organization"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `organizations.create`. */
        OrganizationsCreateBody: {
            /**
             * @description Its display name.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description Its short name for URLs and programs, unique on the server.
             * @example acme
             */
            slug: string;
            /**
             * @description The time zone of its production days, where no calendar says another; UTC if absent.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
        };
        /** @description The id and names of an organization, as other objects show them. */
        OrganizationSummary: {
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its name for people.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description Its short name.
             * @example acme
             */
            slug: string;
        };
        /** @description The body of `organizations.update`. */
        OrganizationsUpdateBody: {
            /**
             * @description The new policy for its keys; it replaces the old policy as a whole. Only for people and root
             *     keys: an organization key cannot loosen its own limits.
             */
            key_policy?: components["schemas"]["KeyPolicyInput"];
            /**
             * @description A new name.
             * @example Berlin plant
             */
            name?: string;
            /**
             * @description A new slug, unique on the server. Only for root keys and server administrators.
             * @example acme
             */
            slug?: string;
            /**
             * @description The time zone of its production days, where no calendar says another. Reports on the past follow it too.
             * @example Europe/Berlin
             */
            time_zone?: string;
        };
        /** @description Why a selection of nodes is outdated. */
        OutdatedSelection: {
            /**
             * Format: uint
             * @description How many nodes match by now that were not selected.
             */
            added: number;
            /**
             * Format: uint
             * @description How many nodes were selected.
             */
            selected: number;
            /**
             * Format: uint
             * @description How many such nodes the request tolerates.
             */
            tolerance: number;
        };
        /**
         * @description One of the two output streams of a program.
         *
         *     - `stdout`: Standard output.
         *     - `stderr`: Standard error.
         * @enum {string}
         */
        OutputStream: "stdout" | "stderr";
        /** @description The body of `part_corrections.create`. */
        PartCorrectionsCreateBody: {
            /**
             * Format: date-time
             * @description The time to which it is counted; now if absent.
             * @example 2030-01-31T08:00:00Z
             */
            at?: string | null;
            /**
             * @description The node that made the parts, by id or name.
             * @example db-1
             */
            node: string;
            /**
             * @description What else there is to say.
             * @example Nightly inventory report
             */
            note?: string | null;
            /**
             * Format: int32
             * @description How many more parts there were than the counters say; negative if there were fewer.
             * @example -2
             */
            parts: number;
        };
        /** @description The body of `part_corrections.update`. */
        PartCorrectionsUpdateBody: {
            /**
             * Format: date-time
             * @description The time to which it is counted.
             * @example 2030-01-31T08:00:00Z
             */
            at?: string;
            /**
             * @description A new note; null removes it.
             * @example Nightly inventory report
             */
            note?: string | null;
            /**
             * Format: int32
             * @description How many more parts there were than the counters say; negative if there were fewer.
             */
            parts?: number;
        };
        /** @description One operation, as a permission. */
        Permission: {
            /** @description Who may run it. */
            access: components["schemas"]["PermissionAccess"];
            /** @description Whether it reads or writes. */
            class: components["schemas"]["OperationClass"];
            /** @description Whether the caller has this permission. */
            granted: boolean;
            /** @description The HTTP method. */
            method: string;
            /**
             * @description The operation's id.
             * @example sites.create
             */
            operation: string;
            /** @description The path. */
            path: string;
            /**
             * @description The narrowest scope that covers it; null if it needs none.
             * @example sites:read
             */
            scope: string | null;
            /** @description What it does, in a few words. */
            summary: string;
        };
        /**
         * @description Who may run an operation.
         *
         *     - `open`: Anybody, without a credential.
         *     - `by_proof`: Anybody: the input itself is the proof, such as a password.
         *     - `any_key`: Any key and any logged-in user.
         *     - `person`: A logged-in user; no key.
         *     - `scoped`: A caller with the scope.
         *     - `root`: A root key or a server administrator, with the scope.
         * @enum {string}
         */
        PermissionAccess: "open" | "by_proof" | "any_key" | "person" | "scoped" | "root";
        /** @description The permissions for one noun. */
        PermissionGroup: {
            /**
             * @description The noun.
             * @example sites
             */
            noun: string;
            /** @description The operations on it. */
            operations: components["schemas"]["Permission"][];
            /** @description The scopes that cover all of its operations, or all of a class. */
            scopes: string[];
            /** @description The heading under which the documentation lists the noun. */
            tag: string;
        };
        /** @description All permissions. */
        Permissions: {
            /** @description The permissions, by noun. */
            groups: components["schemas"]["PermissionGroup"][];
            /** @description The named sets. Later versions add nothing to them. */
            sets: components["schemas"]["PermissionSet"][];
            /** @description The scopes that cover every noun. */
            wildcards: string[];
        };
        /** @description A named set of permissions. */
        PermissionSet: {
            /** @description Whether the caller has all of them, and may therefore grant the set. */
            granted: boolean;
            /** @description The operations in it. */
            operations: string[];
            /**
             * @description The scope that covers it.
             * @example reporting
             */
            scope: string;
            /** @description What it is for, in a few words. */
            summary: string;
        };
        /** @description What a person chose in the console. */
        PersonalPreferences: {
            /** @description The choices, by name. Their values are those of the console. */
            preferences: {
                [key: string]: unknown;
            };
        };
        /** @description A position at a time. */
        Position: {
            /**
             * Format: date-time
             * @description When it was observed.
             * @example 2030-01-31T08:00:00Z
             */
            at: string;
            /**
             * @description The key that the three metrics have in common: `KEY` of `KEY.x`.
             * @example execution
             */
            metric: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: double
             * @description The value of `KEY.x` at this time, if there is one.
             */
            x: number | null;
            /**
             * Format: double
             * @description The value of `KEY.y` at this time, if there is one.
             */
            y: number | null;
            /**
             * Format: double
             * @description The value of `KEY.z` at this time, if there is one.
             */
            z: number | null;
        };
        /** @description One page of a list. */
        PositionPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Position"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description An error, as problem details (RFC 9457) with additional members. */
        Problem: {
            /**
             * @description The kind of error, for programs; `docs/errors.md` lists them.
             * @example scope_missing
             */
            code: string;
            /** @description The current state of the object, which was changed by another request in the meantime. */
            current?: unknown;
            /** @description The objects that still depend on the object that was to be deleted. */
            dependants?: components["schemas"]["Dependants"][];
            /** @description What went wrong, for people. */
            detail: string;
            /** @description The fields that are not valid, and why. */
            errors?: components["schemas"]["FieldError"][];
            /** @description What can be done about it. */
            hints?: components["schemas"]["HintText"][];
            /**
             * @description The scope that the key lacks.
             * @example sites.create
             */
            missing_scope?: string | null;
            /**
             * @description Why the server is not ready: `database_away`, `database_read_only`, `database_rights`, `disk_full`,
             *     `clocks_differ` or `stopping`.
             * @example disk_full
             */
            reason?: string | null;
            /**
             * Format: uuid
             * @description The id of the request, as in the header `X-Request-Id`. Quote it when you ask about this error.
             */
            request_id: string;
            /**
             * @description The named sets of scopes that contain it.
             * @example [
             *       "reporting"
             *     ]
             */
            scope_sets?: string[];
            /** @description How many nodes were selected, how many more match by now, and how many of these are tolerated. */
            selection?: components["schemas"]["OutdatedSelection"] | null;
            /**
             * Format: uint16
             * @description The HTTP status.
             */
            status: number;
            /** @description The name of the HTTP status, such as `Not Found`. */
            title: string;
            /** @description A URI of the kind of error that never changes: `urn:bailiwick:problem:` and the code. */
            type: string;
        };
        /** @description The version of a program and its last error. */
        ProgramReport: {
            /** @description Why it failed the last time; null once it runs again. */
            last_error: string | null;
            /** @description The version of the program; null until it is known. */
            version: string | null;
        };
        /** @description All targets. */
        PrometheusTargets: components["schemas"]["TargetGroup"][];
        /**
         * @description How often something may be done: a token bucket of size `burst` that is refilled with `per_minute`
         *     units a minute.
         */
        RateLimit: {
            /**
             * Format: uint32
             * @description The most units at once, after a pause; `per_minute` if absent.
             * @example 60
             */
            burst?: number | null;
            /**
             * Format: uint32
             * @description The units per minute in the long run. Most operations cost one unit.
             * @example 600
             */
            per_minute: number;
        };
        /**
         * @description The objects that a key or role may touch. Each member restricts them; a member that is absent or
         *     null does not. An empty list reaches nothing.
         */
        Reach: {
            /**
             * @description Only objects whose labels match, as in `env=prod,!legacy`.
             * @example env=prod,tier in (web,db),!legacy
             */
            labels?: string | null;
            /** @description Only these nodes and the objects on them. */
            nodes?: string[] | null;
            /** @description Only these organizations. For root keys; an organization key is limited to its own anyway. */
            organizations?: string[] | null;
            /** @description Only these sites and the objects at them. */
            sites?: string[] | null;
        };
        /** @description The body of `reach.preview`. */
        ReachPreviewBody: {
            /** @description The reach, as `keys.create` and `roles.create` take it; the whole organization if absent. */
            reach?: components["schemas"]["GivenReach"];
        };
        /** @description The answer of a server that is ready. */
        Readiness: {
            /** @description Always true: a server that is not ready answers 503. */
            ready: boolean;
        };
        /**
         * @description What is wrong with rejected parts.
         *
         *     - `scrap`: They are thrown away.
         *     - `nonconforming`: They are not as specified, and may be repaired or sorted.
         * @enum {string}
         */
        RejectKind: "scrap" | "nonconforming";
        /** @description The body of `rejects.create`. */
        RejectsCreateBody: {
            /**
             * Format: date-time
             * @description The time to which they are counted; now if absent.
             * @example 2030-01-31T08:00:00Z
             */
            at?: string | null;
            /**
             * @description What is wrong with them.
             * @example scrap
             */
            kind: components["schemas"]["RejectKind"];
            /**
             * @description The node that made the parts, by id or name.
             * @example db-1
             */
            node: string;
            /**
             * @description What else there is to say.
             * @example Nightly inventory report
             */
            note?: string | null;
            /**
             * Format: int32
             * @description How many.
             * @example 3
             */
            parts: number;
        };
        /** @description The body of `rejects.update`. */
        RejectsUpdateBody: {
            /**
             * Format: date-time
             * @description The time to which they are counted.
             * @example 2030-01-31T08:00:00Z
             */
            at?: string;
            /** @description What is wrong with them. */
            kind?: components["schemas"]["RejectKind"];
            /**
             * @description A new note; null removes it.
             * @example Nightly inventory report
             */
            note?: string | null;
            /**
             * Format: int32
             * @description How many.
             */
            parts?: number;
        };
        /** @description What was deleted, or would be. */
        Removal: {
            /** @description True if nothing was deleted because the request was a dry run. */
            dry_run: boolean;
            /** @description What was deleted or changed, by noun; with `dry_run`, what would be. */
            removed: components["schemas"]["Removed"][];
        };
        /**
         * @description What a deletion does to an object that depends on the deleted one.
         *
         *     - `deleted`: It is deleted too.
         *     - `detached`: It stays, without its reference to the deleted object.
         *     - `prevents`: It prevents the deletion, which cannot be forced.
         * @enum {string}
         */
        RemovalEffect: "deleted" | "detached" | "prevents";
        /** @description The effect on the objects of one noun. */
        Removed: {
            /**
             * Format: int64
             * @description How many there are.
             */
            count: number;
            /** @description What happened to them. */
            effect: components["schemas"]["RemovalEffect"];
            /** @description The first of them, at most 20; none if the caller may not read them. */
            items: components["schemas"]["Dependant"][];
            /**
             * @description The noun of the objects.
             * @example sites
             */
            noun: string;
        };
        /** @description A report. */
        Report: {
            /** @description One list for each dimension and metric. */
            columns?: {
                [key: string]: unknown[];
            } | null;
            /** @description Whether all sums are up to date. If not, ask again shortly. */
            complete: boolean;
            /** @description The rows as text, if `format` asks for it. */
            data?: string | null;
            /** @description The groups. */
            groups?: components["schemas"]["ReportGroup"][] | null;
            /** @description The names of what is mentioned by its id. */
            names: components["schemas"]["ReportNames"];
            /**
             * Format: uint64
             * @description How many days of nodes are outdated.
             */
            outdated_node_days: number;
            /** @description The query as it was understood. */
            query: components["schemas"]["ReportQuery"];
            /** @description The names of the columns, then one list for each of the smallest groups. */
            rows?: {
                [key: string]: unknown;
            }[] | null;
            /** @description The values of all groups together. */
            total: components["schemas"]["ReportValues"];
        };
        /**
         * @description What a report is grouped by: `node`, `site`, `label:NAME`, `shift`, `job_operation`, `operator`, `reason`, `hour`, `day`, `week` or `month`.
         * @example node
         */
        ReportDimension: string;
        /** @description A group of a report. */
        ReportGroup: {
            /** @description The groups into which it is divided. */
            groups?: components["schemas"]["ReportGroup"][];
            /**
             * @description What the group is of: an id, a text, a time or a date; null for what has none, such as the time outside of
             *     shifts.
             */
            key: string | null;
            /** @description The sums that the ratios are made of. */
            sums: {
                [key: string]: number;
            };
            /** @description The metrics. Null where a denominator is zero, or where nothing says the value. */
            values: {
                [key: string]: unknown;
            };
        };
        /**
         * @description How the groups of a report are arranged.
         *
         *     - `nested`: Each group contains those into which it is divided.
         *     - `rows`: A row for each of the smallest groups.
         *     - `columns`: A list for each dimension and metric, with a value for each of the smallest groups.
         * @enum {string}
         */
        ReportLayout: "nested" | "rows" | "columns";
        /** @description The names of what a report mentions by its id. */
        ReportNames: {
            /** @description Of job operations: the job, and the name of the operation. */
            job_operations?: {
                [key: string]: string;
            };
            /** @description Of nodes. */
            nodes?: {
                [key: string]: string;
            };
            /** @description Of operators. */
            operators?: {
                [key: string]: string;
            };
            /** @description Of sites. */
            sites?: {
                [key: string]: string;
            };
        };
        /** @description The query as it was understood. */
        ReportQuery: {
            /**
             * Format: date
             * @description The first production day, if the report is about days.
             * @example 2030-01-31
             */
            first_day?: string | null;
            /**
             * Format: date-time
             * @description The beginning, if the report is about times.
             * @example 2030-01-31T08:00:00Z
             */
            from?: string | null;
            /** @description What it is grouped by. */
            group_by: components["schemas"]["ReportDimension"][];
            /** @description The job operations that it is limited to. */
            job_operations: string[] | null;
            /**
             * Format: date
             * @description The last production day, if the report is about days.
             * @example 2030-01-31
             */
            last_day?: string | null;
            /** @description The metrics. */
            metrics: string[];
            /**
             * Format: uint
             * @description How many nodes are in it: those of the filter that ever sent machine data.
             */
            nodes: number;
            /** @description The operators that it is limited to. */
            operators: string[] | null;
            /** @description The shifts that it is limited to. */
            shifts: string[] | null;
            /**
             * @description The time zone of the organization, in which days begin at nodes without a calendar.
             * @example Europe/Berlin
             */
            time_zone: string;
            /**
             * Format: date-time
             * @description The end, which does not belong to the time, if the report is about times.
             * @example 2030-01-31T08:00:00Z
             */
            until?: string | null;
        };
        /** @description The body of `reports.downtime`. */
        ReportsDowntimeBody: {
            /**
             * Format: date
             * @description The first production day; by default, six days before the last.
             * @example 2030-01-31
             */
            first_day?: string | null;
            /** @description Rows as text in this format. If absent, the one in `Accept`. */
            format?: components["schemas"]["TextFormat"] | null;
            /**
             * Format: date-time
             * @description From this time on, instead of days.
             * @example 2030-01-31T08:00:00Z
             */
            from?: string | null;
            /** @description What the report is grouped by, from the outermost level to the innermost. */
            group_by?: components["schemas"]["ReportDimension"][] | null;
            /**
             * @description Only nodes that run on this one, by id or name.
             * @example db-1
             */
            host?: string | null;
            /** @description Only the time in which these job operations ran, by id or name. Of several with the same name, all count. */
            job_operations?: string[] | null;
            /**
             * @description Only nodes whose labels match, as in `env=prod,!legacy`.
             * @example env=prod,tier in (web,db),!legacy
             */
            labels?: string | null;
            /**
             * Format: date
             * @description The last production day; by default, today.
             * @example 2030-01-31
             */
            last_day?: string | null;
            /**
             * Format: uint32
             * @description So many production days, today included, instead of dates; by default 7.
             */
            last_days?: number | null;
            /** @description How the groups are arranged. */
            layout?: components["schemas"]["ReportLayout"] | null;
            /** @description The metrics. An unknown one is refused with a list of those that exist. */
            metrics?: string[] | null;
            /** @description Only these nodes, by id or name. */
            nodes?: string[] | null;
            /**
             * @description Only the time in which these operators were signed in, by id, name or number. Of several with the same name, all
             *     count.
             */
            operators?: string[] | null;
            /**
             * @description Only nodes whose name, address, container name or serial number contains all of these words, in any case.
             * @example db berlin
             */
            search?: string | null;
            /** @description Only the time in these shifts. */
            shifts?: string[] | null;
            /** @description Only nodes at these sites, by id or name. */
            sites?: string[] | null;
            /** @description Only nodes that have this status now. */
            status?: components["schemas"]["NodeStatus"] | null;
            /** @description Only nodes of this type. */
            type?: components["schemas"]["NodeType"] | null;
            /**
             * Format: date-time
             * @description Up to, but without, this time; by default, until now.
             * @example 2030-01-31T08:00:00Z
             */
            until?: string | null;
        };
        /** @description The body of `reports.production`. */
        ReportsProductionBody: {
            /**
             * Format: date
             * @description The first production day; by default, six days before the last.
             * @example 2030-01-31
             */
            first_day?: string | null;
            /** @description Rows as text in this format. If absent, the one in `Accept`. */
            format?: components["schemas"]["TextFormat"] | null;
            /**
             * Format: date-time
             * @description From this time on, instead of days.
             * @example 2030-01-31T08:00:00Z
             */
            from?: string | null;
            /** @description What the report is grouped by, from the outermost level to the innermost. */
            group_by?: components["schemas"]["ReportDimension"][] | null;
            /**
             * @description Only nodes that run on this one, by id or name.
             * @example db-1
             */
            host?: string | null;
            /** @description Only the time in which these job operations ran, by id or name. Of several with the same name, all count. */
            job_operations?: string[] | null;
            /**
             * @description Only nodes whose labels match, as in `env=prod,!legacy`.
             * @example env=prod,tier in (web,db),!legacy
             */
            labels?: string | null;
            /**
             * Format: date
             * @description The last production day; by default, today.
             * @example 2030-01-31
             */
            last_day?: string | null;
            /**
             * Format: uint32
             * @description So many production days, today included, instead of dates; by default 7.
             */
            last_days?: number | null;
            /** @description How the groups are arranged. */
            layout?: components["schemas"]["ReportLayout"] | null;
            /** @description The metrics. An unknown one is refused with a list of those that exist. */
            metrics?: string[] | null;
            /** @description Only these nodes, by id or name. */
            nodes?: string[] | null;
            /**
             * @description Only the time in which these operators were signed in, by id, name or number. Of several with the same name, all
             *     count.
             */
            operators?: string[] | null;
            /**
             * @description Only nodes whose name, address, container name or serial number contains all of these words, in any case.
             * @example db berlin
             */
            search?: string | null;
            /** @description Only the time in these shifts. */
            shifts?: string[] | null;
            /** @description Only nodes at these sites, by id or name. */
            sites?: string[] | null;
            /** @description Only nodes that have this status now. */
            status?: components["schemas"]["NodeStatus"] | null;
            /** @description Only nodes of this type. */
            type?: components["schemas"]["NodeType"] | null;
            /**
             * Format: date-time
             * @description Up to, but without, this time; by default, until now.
             * @example 2030-01-31T08:00:00Z
             */
            until?: string | null;
        };
        /** @description The values of a group. */
        ReportValues: {
            /** @description The sums that the ratios are made of. */
            sums: {
                [key: string]: number;
            };
            /** @description The metrics. Null where a denominator is zero, or where nothing says the value. */
            values: {
                [key: string]: unknown;
            };
        };
        /** @description Results that are equal. */
        ResultGroup: {
            /**
             * Format: uint32
             * @description How many results are in the group.
             */
            count: number;
            /** @description What went wrong; null if nothing did, or if only the exit code shows it. */
            error: string | null;
            /**
             * Format: int32
             * @description The exit code; null if the program did not exit by itself, or has none.
             */
            exit_code: number | null;
            /** @description The first nodes, at most 50, in the order of their ids. */
            nodes: components["schemas"]["NodeSummary"][];
            /**
             * Format: int32
             * @description The signal that ended it; null if none did.
             */
            signal: number | null;
            /** @description Their state. */
            state: components["schemas"]["ResultState"];
            /** @description The beginning of standard error: at most 4,096 bytes. */
            stderr: string;
            /** @description The beginning of standard output: at most 4,096 bytes. */
            stdout: string;
            /** @description Whether a stream is longer than what is shown of it. */
            truncated: boolean;
        };
        /** @description The groups of a command's results. */
        ResultGroups: {
            /**
             * Format: uint32
             * @description How many results were compared.
             */
            compared: number;
            /**
             * Format: uint32
             * @description How many groups were found. Beyond 1,000, they are not told apart.
             */
            groups: number;
            /** @description Whether all results of the command in the caller's reach were compared. */
            is_complete: boolean;
            /** @description The groups, the largest first; at most 100. */
            items: components["schemas"]["ResultGroup"][];
            /**
             * Format: uint32
             * @description How many of those are in no group of `items`.
             */
            others: number;
        };
        /**
         * @description The state of a command on one node.
         *
         *     - `queued`: It waits for the node to connect.
         *     - `sent`: It was sent to the node.
         *     - `running`: It runs on the node.
         *     - `succeeded`: It ended with success: exit code 0.
         *     - `failed`: It ended with an error or could not be started; `error` or `exit_code` tells why.
         *     - `timed_out`: It exceeded its timeout and was stopped.
         *     - `cancelled`: It was cancelled before it ended.
         *     - `expired`: The node did not connect in time, so it never ran.
         *     - `lost`: The outcome is unknown: it may have run, completely or in part. `error` says why.
         *     - `left_out`: It was never sent to the node, because the node was outside its maintenance windows. `error` says when
         *     the next of them opens.
         * @enum {string}
         */
        ResultState: "queued" | "sent" | "running" | "succeeded" | "failed" | "timed_out" | "cancelled" | "expired" | "lost" | "left_out";
        /**
         * @description How many days an organization keeps its data. Null stands for as long as the server allows: observations forever,
         *     commands for the days of its setting `commands.keep_days`. Observations are deleted in pieces of one day or of 32
         *     days, so they are kept for up to 32 days more.
         */
        Retention: {
            /**
             * Format: uint32
             * @description Days for alarms.
             */
            alarm: number | null;
            /**
             * Format: uint32
             * @description Days for commands that have finished, with their results.
             */
            commands: number | null;
            /**
             * Format: uint32
             * @description Days for readings of counters.
             */
            count: number | null;
            /**
             * Format: uint32
             * @description Days for the metrics of hosts themselves, whose keys begin with `system.` or `bailiwick.agent.`, whatever
             *     their kind.
             */
            host: number | null;
            /**
             * Format: uint32
             * @description Days for the output of commands that have finished. Their results remain, without text.
             */
            output: number | null;
            /**
             * Format: uint32
             * @description Days for quantities.
             */
            quantity: number | null;
            /**
             * Format: uint32
             * @description Days for states.
             */
            state: number | null;
        };
        /** @description The body of `retention.update`. */
        RetentionUpdateBody: {
            /**
             * Format: uint32
             * @description Days for alarms.
             */
            alarm?: number | null;
            /**
             * Format: uint32
             * @description Days for commands that have finished, with their results.
             */
            commands?: number | null;
            /**
             * Format: uint32
             * @description Days for readings of counters.
             */
            count?: number | null;
            /**
             * Format: uint32
             * @description Days for the metrics of hosts themselves, whatever their kind.
             */
            host?: number | null;
            /**
             * Format: uint32
             * @description Days for the output of commands that have finished. Their results remain, without text.
             */
            output?: number | null;
            /**
             * Format: uint32
             * @description Days for quantities.
             */
            quantity?: number | null;
            /**
             * Format: uint32
             * @description Days for states.
             */
            state?: number | null;
        };
        /** @description A role: a built-in one, or a custom role of the organization. */
        Role: {
            /** @description Whether it is built in: every organization has it, and it cannot be changed. */
            built_in: boolean;
            /**
             * Format: date-time
             * @description When it was created; null if it is built in.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string | null;
            /**
             * @description What it is for; null if there is no description.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * @description Its id: `viewer`, `technician`, `editor`, `admin`, or the id of a custom role.
             * @example viewer
             */
            id: string;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization that it belongs to.
             */
            organization_id: string;
            /** @description The objects that it reaches. */
            reach: components["schemas"]["Reach"];
            /**
             * Format: int64
             * @description How often it was written; the number in its `ETag`. Null if it is built in.
             * @example 1
             */
            revision: number | null;
            /** @description The operations that it opens. */
            scopes: string[];
            /**
             * Format: date-time
             * @description When it was last changed; null if it is built in.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string | null;
        };
        /** @description All roles of an organization. */
        Roles: {
            /** @description The roles: first the built-in ones, then the organization's custom roles by name. */
            items: components["schemas"]["Role"][];
            /** @description Always null: there are at most 200 custom roles, and all are on one page. */
            next_cursor: string | null;
        };
        /** @description The body of `roles.create`. */
        RolesCreateBody: {
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /** @description The objects that it reaches; all of its organization if absent. */
            reach?: components["schemas"]["GivenReach"];
            /**
             * @description The operations that it opens: `sites.create`, `sites:read`, `*:read`. `GET /v1/permissions`
             *     lists them.
             * @example [
             *       "sites:read"
             *     ]
             */
            scopes: string[];
        };
        /** @description The body of `roles.import`. */
        RolesImportBody: {
            /**
             * @description The text.
             * @example {"name":"Newcomers","scopes":[]}
             */
            data: string;
            /** @description Change nothing; only answer what would be done. */
            dry_run?: boolean | null;
            /** @description What to do with a line whose name belongs to an existing role; `refuse` if absent. */
            existing?: components["schemas"]["ExistingObjects"];
            /**
             * @description The format of the text.
             * @example jsonl
             */
            format: components["schemas"]["TextFormat"];
        };
        /** @description The body of `roles.update`. */
        RolesUpdateBody: {
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * @description A new name, unique in its organization.
             * @example Berlin plant
             */
            name?: string;
            /** @description A new reach; it replaces the old one. */
            reach?: components["schemas"]["GivenReach"];
            /** @description New scopes; they replace all old ones. */
            scopes?: string[];
        };
        /** @description The result: the agent is offered a new key. */
        Rotation: {
            /**
             * Format: uuid
             * @description The agent.
             */
            agent: string;
        };
        /** @description The time in which one job operation ran on a node. Those of a node do not overlap. */
        SavedJobRun: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ended; null while it runs.
             * @example 2030-01-31T08:00:00Z
             */
            end_at: string | null;
            /**
             * @description How another system names it, such as the number of an activity; unique in its organization.
             * @example J-1024
             */
            external_id: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Whether the machine is being set up for it. */
            in_setup: boolean;
            /**
             * Format: uuid
             * @description What ran.
             */
            job_operation_id: string;
            /**
             * Format: uuid
             * @description The node on which it ran.
             */
            node_id: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it began.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        SavedJobRunPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["SavedJobRun"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The time in which one person operated a node. Several people may be at a node. */
        SavedOperatorRun: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When they left; null while they are there.
             * @example 2030-01-31T08:00:00Z
             */
            end_at: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: uuid
             * @description The person.
             */
            operator_id: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When they came.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        SavedOperatorRunPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["SavedOperatorRun"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description A correction of the number of parts of one node. */
        SavedPartCorrection: {
            /**
             * Format: date-time
             * @description The time to which it is counted.
             * @example 2030-01-31T08:00:00Z
             */
            at: string;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: uuid
             * @description The node that made the parts.
             */
            node_id: string;
            /**
             * @description What else there is to say.
             * @example Nightly inventory report
             */
            note: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int32
             * @description How many more parts there were than the counters say; negative if there were fewer.
             */
            parts: number;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        SavedPartCorrectionPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["SavedPartCorrection"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description Parts of one node that were rejected. They stay in the total, and are not good. */
        SavedReject: {
            /**
             * Format: date-time
             * @description The time to which they are counted.
             * @example 2030-01-31T08:00:00Z
             */
            at: string;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description What is wrong with them. */
            kind: components["schemas"]["RejectKind"];
            /**
             * Format: uuid
             * @description The node that made the parts.
             */
            node_id: string;
            /**
             * @description What else there is to say.
             * @example Nightly inventory report
             */
            note: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int32
             * @description How many.
             */
            parts: number;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        SavedRejectPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["SavedReject"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description A schedule: work that is done repeatedly on a selection of nodes. */
        Schedule: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description When it runs: minute, hour, day of the month, month, day of the week.
             * @example 30 2 * * mon-fri
             */
            cron: string;
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description: string | null;
            /** @description Whether it is switched on. */
            enabled: boolean;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Whether it goes to nodes outside their maintenance windows too. */
            ignore_maintenance_windows: boolean;
            /**
             * Format: uuid
             * @description The command that it last gave.
             */
            last_command_id: string | null;
            /** @description Why its last run gave no command; null if it gave one. */
            last_error: string | null;
            /**
             * Format: date-time
             * @description When it last ran; null if never.
             * @example 2030-01-31T08:00:00Z
             */
            last_run_at: string | null;
            /**
             * Format: uint32
             * @description How late it may run, in seconds; later runs are skipped. Null for the time until the next run,
             *     but at most an hour.
             */
            max_lateness_seconds: number | null;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: date-time
             * @description When it runs next; null if never.
             * @example 2030-01-31T08:00:00Z
             */
            next_run_at: string | null;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: uint32
             * @description The most bytes that are kept of each of a command's two output streams.
             */
            output_limit_bytes: number;
            /** @description Who created or last changed it. Each run may do what the owner may do at that time, and no more. */
            owner: components["schemas"]["Actor"];
            /**
             * Format: int64
             * @description How many times it was changed; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /** @description What it does. */
            run: components["schemas"]["Work"];
            /** @description The nodes it goes to. They are selected anew for each run. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * @description The time zone of `cron`.
             * @example Europe/Berlin
             */
            time_zone: string;
            /**
             * Format: uint32
             * @description How long each command may run on a node, in seconds.
             */
            timeout_seconds: number;
            /**
             * Format: uint32
             * @description How long each command waits for a node that is offline, in seconds.
             */
            ttl_seconds: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        SchedulePage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Schedule"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `schedules.create`. */
        SchedulesCreateBody: {
            /**
             * @description When it is due: minute, hour, day of the month, month and day of the week, as in a `crontab`.
             * @example 30 2 * * mon-fri
             */
            cron: string;
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether it is enabled; true if absent. */
            enabled?: boolean | null;
            /**
             * @description Whether it goes to nodes outside their maintenance windows too; false if absent. This needs the
             *     scope `maintenance_windows.update`, whenever it runs too.
             */
            ignore_maintenance_windows?: boolean | null;
            /**
             * Format: uint32
             * @description How late it may run, in seconds. A run that would be later is skipped, and `last_error` says so.
             *     If absent, the time until its next run, but at most an hour.
             */
            max_lateness_seconds?: number | null;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uint32
             * @description The most bytes that are kept of each output stream; 65,536 if absent. The default is `65536`.
             */
            output_limit_bytes?: number | null;
            /**
             * @description What its command does.
             * @example {
             *       "command": "uptime",
             *       "kind": "command",
             *       "shell": "sh"
             *     }
             */
            run: components["schemas"]["Work"];
            /** @description The nodes that it goes to, selected anew each time. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * @description The time zone of `cron`; UTC if absent.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
            /**
             * Format: uint32
             * @description How long each command may run on a node, in seconds. If absent: 60, for scans for updates 600,
             *     for installations of updates 3,600.
             */
            timeout_seconds?: number | null;
            /**
             * Format: uint32
             * @description How long each command waits for a node that is offline, in seconds; 3,600 if absent. The default is `3600`.
             */
            ttl_seconds?: number | null;
        };
        /** @description The body of `schedules.update`. */
        SchedulesUpdateBody: {
            /**
             * @description When it is due.
             * @example 30 2 * * mon-fri
             */
            cron?: string;
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Whether it is enabled. */
            enabled?: boolean;
            /**
             * @description Whether it goes to nodes outside their maintenance windows too. This needs the scope
             *     `maintenance_windows.update`, whenever it runs too.
             */
            ignore_maintenance_windows?: boolean;
            /**
             * Format: uint32
             * @description How late it may run, in seconds; null for the time until its next run, but at most an hour.
             */
            max_lateness_seconds?: number | null;
            /**
             * @description A new name, unique in its organization.
             * @example Berlin plant
             */
            name?: string;
            /**
             * Format: uint32
             * @description The most bytes that are kept of each output stream.
             */
            output_limit_bytes?: number;
            /** @description What its command does. */
            run?: components["schemas"]["Work"];
            /** @description The nodes that it goes to. */
            targets?: components["schemas"]["NodeTargets"];
            /**
             * @description The time zone of `cron`.
             * @example Europe/Berlin
             */
            time_zone?: string;
            /**
             * Format: uint32
             * @description How long each command may run on a node, in seconds.
             */
            timeout_seconds?: number;
            /**
             * Format: uint32
             * @description How long each command waits for a node that is offline, in seconds.
             */
            ttl_seconds?: number;
        };
        /** @description The body of `scopes.match`. */
        ScopesMatchBody: {
            /**
             * @description The text: at most 64 KiB and 10,000 lines.
             * @example curl https://bailiwick.example.com/v1/nodes
             */
            text: string;
        };
        /** @description Where the metrics of an exporter are fetched. */
        ScrapeTarget: {
            /**
             * Format: uuid
             * @description The exporter.
             */
            agent_id: string;
            /** @description What the node's agent reports of its front; null if it should have none. */
            front: components["schemas"]["FrontState"] | null;
            /**
             * Format: uuid
             * @description The node on which it runs; null for none.
             */
            node_id: string | null;
            /**
             * @description The URL of the metrics; null if the node's agent does not serve them.
             * @example https://db-1:9443/metrics/01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f
             */
            url: string | null;
        };
        /**
         * @description A parameter of a script. The script reads the values of its parameters as `$1`, `$2`, …, in their
         *     order.
         */
        ScriptParameter: {
            /** @description The value if none is given; an empty text if absent. */
            default?: string | null;
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Its name: letters, digits, `_` and `-`. */
            name: string;
            /** @description Whether a value must be given. */
            required: boolean;
        };
        /**
         * @description A parameter of a script. The script reads the values of its parameters as `$1`, `$2`, …, in their
         *     order.
         */
        ScriptParameterInput: {
            /** @description The value if none is given; an empty text if absent. */
            default?: string | null;
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Its name: letters, digits, `_` and `-`. */
            name: string;
            /** @description Whether a value must be given. */
            required?: boolean;
        };
        /** @description A saved script. */
        ScriptRecord: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
            /**
             * Format: uint32
             * @description The number of its latest version.
             */
            version: number;
        };
        /** @description One page of a list. */
        ScriptRecordPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["ScriptRecord"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `scripts.create`. */
        ScriptsCreateBody: {
            /**
             * @description The text.
             * @example uptime
             */
            body: string;
            /**
             * @description What it is for, in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /** @description Its parameters, in the order in which the text receives them as `$1`, `$2`, … */
            parameters?: components["schemas"]["ScriptParameterInput"][];
            /**
             * @description The shell that runs the text.
             * @example sh
             */
            shell: string;
        };
        /** @description The body of `scripts.run`. */
        ScriptsRunBody: {
            /**
             * Format: uint32
             * @description The most bytes that are kept of each of its two output streams: half from the beginning and half from the end;
             *     65,536 if absent. The default is `65536`.
             */
            output_limit_bytes?: number | null;
            /** @description The values of the script's parameters, by name. */
            parameters?: {
                [key: string]: string;
            };
            /** @description The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * Format: uint32
             * @description How long it may run on a node, in seconds; 60 if absent. The default is `60`.
             */
            timeout_seconds?: number | null;
            /**
             * Format: uint32
             * @description How long it waits for a node that is offline, in seconds; 3,600 if absent. The default is `3600`.
             */
            ttl_seconds?: number | null;
            /**
             * Format: uint32
             * @description The version. If absent, the latest; if the command limits of the key list versions of the script, the latest
             *     of those.
             */
            version?: number | null;
        };
        /** @description The body of `scripts.update`. */
        ScriptsUpdateBody: {
            /** @description A new text. */
            body?: string;
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /**
             * @description A new name, unique in its organization.
             * @example Berlin plant
             */
            name?: string;
            /** @description New parameters; they replace all old ones. */
            parameters?: components["schemas"]["ScriptParameterInput"][];
            /**
             * @description The shell that runs the text.
             * @example bash
             * @example /usr/bin/zsh
             */
            shell?: string;
        };
        /** @description The saved script that a command runs. */
        ScriptUse: {
            /**
             * Format: uuid
             * @description The script.
             */
            id: string;
            /**
             * Format: uint32
             * @description The version of the script.
             */
            version: number;
        };
        /** @description The body of `second_factor.begin`. */
        SecondFactorBeginBody: {
            /**
             * Format: password
             * @description Your password.
             * @example correct horse battery staple
             */
            password: string;
        };
        /** @description The body of `second_factor.confirm`. */
        SecondFactorConfirmBody: {
            /**
             * @description A code from your authenticator.
             * @example 123456
             */
            code: string;
        };
        /** @description The body of `second_factor.end`. */
        SecondFactorEndBody: {
            /**
             * @description A code from your authenticator, or a recovery code.
             * @example 123456
             */
            code: string;
            /**
             * Format: password
             * @description Your password.
             * @example correct horse battery staple
             */
            password: string;
        };
        /** @description The body of `second_factor.renew_recovery_codes`. */
        SecondFactorRenewRecoveryCodesBody: {
            /**
             * @description A code from your authenticator, or a recovery code.
             * @example 123456
             */
            code: string;
            /**
             * Format: password
             * @description Your password.
             * @example correct horse battery staple
             */
            password: string;
        };
        /** @description A selection: nodes that were frozen. */
        Selection: {
            /**
             * Format: uint
             * @description How many nodes were frozen.
             */
            count: number;
            /**
             * Format: date-time
             * @description Until when it can be used.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /**
             * Format: uuid
             * @description Its id, for `selection` in `targets`.
             */
            id: string;
            /**
             * Format: uint
             * @description How many of these have an agent that is not connected now. A command waits for them.
             */
            offline: number;
            /**
             * Format: uint
             * @description How many of these have no agent. A command leaves them out.
             */
            without_agent: number;
        };
        /** @description The body of `selections.create`. */
        SelectionsCreateBody: {
            /** @description The nodes. All of them are frozen, also those without an agent. */
            targets: components["schemas"]["NodeTargets"];
        };
        /** @description A sentence about a key. */
        Sentence: {
            /** @description What it is about. */
            kind: components["schemas"]["SentenceKind"];
            /**
             * @description The sentence.
             * @example May read nodes and sites.
             */
            text: string;
        };
        /**
         * @description What a sentence is about.
         *
         *     - `may`: What the key may do.
         *     - `may_not`: What it may not do, of what people often expect.
         *     - `reach`: The objects that it reaches.
         *     - `limit`: When, from where and how often it works, and what limits its commands.
         *     - `warning`: What to think about before using it.
         * @enum {string}
         */
        SentenceKind: "may" | "may_not" | "reach" | "limit" | "warning";
        /** @description A series, and its latest observation. */
        Series: {
            /**
             * Format: date-time
             * @description When its first observation arrived.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description The kind of its values. */
            kind: components["schemas"]["MetricKind"];
            /**
             * Format: date-time
             * @description The time of its latest observation.
             * @example 2030-01-31T08:00:00Z
             */
            latest_at: string | null;
            /** @description The value of its latest observation. */
            latest_value: components["schemas"]["ObservationValue"] | null;
            /**
             * @description The key of the metric.
             * @example execution
             */
            metric: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * @description The metric's subtype in the words of the source, such as `ALL`.
             * @example PART_COUNT
             */
            subtype: string | null;
            /**
             * @description The metric's type in the words of the source, such as `PART_COUNT`.
             * @example PART_COUNT
             */
            type: string | null;
            /**
             * @description The unit of its values.
             * @example PART_COUNT
             */
            unit: string | null;
        };
        /** @description One page of a list. */
        SeriesPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Series"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description A service, with the names of its nodes if they were asked for. */
        Service: {
            /**
             * @description Its host name or IP address.
             * @example db-1.example.net
             */
            address: string | null;
            /**
             * Format: int32
             * @description How many databases are discovered automatically; -1 for none, 0 for any number.
             */
            auto_discovery_limit: number | null;
            /** @description The cluster it belongs to. */
            cluster: string | null;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /** @description The database to connect to. */
            database_name: string | null;
            /** @description The environment it belongs to, such as `production`. */
            environment: string | null;
            /** @description The group of external services it belongs to. */
            group: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its labels.
             * @example {
             *       "env": "prod"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description Its name, unique in its organization.
             * @example orders-db
             */
            name: string;
            /** @description The names of the nodes in `nodes`, in the same order. Only with `include=nodes`. */
            node_names?: (string | null)[] | null;
            /** @description The nodes it runs on, as far as they are in the caller's reach. */
            nodes: string[];
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * @description The TCP port at that address.
             * @example 3306
             */
            port: number | null;
            /** @description The replication set it belongs to. */
            replication_set: string | null;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * @description The Unix domain socket, instead of address and port.
             * @example /run/mysqld/mysqld.sock
             */
            socket: string | null;
            /** @description Its type, which never changes. */
            type: components["schemas"]["ServiceType"];
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
            /** @description Its version, as an agent reported it. */
            version: string | null;
        };
        /**
         * @description Create a service.
         *
         *     A service that runs on no node is outside of any reach that is limited to sites or nodes. So a key
         *     that is limited to some can only create services on nodes in its reach, and a key that is limited by
         *     labels only services with such labels. With `agent`, which needs the scope `agents.create` too, an
         *     agent that observes the service is created with it: either both are created or neither.
         * @example {
         *       "environment": "production",
         *       "group": "redis",
         *       "labels": {
         *         "env": "prod"
         *       },
         *       "name": "orders-cache",
         *       "type": "external"
         *     }
         */
        ServiceOfNode: {
            /**
             * @description The host name or IP address at which it is reached. MySQL, MongoDB, PostgreSQL, Valkey and
             *     ProxySQL have either an address and a port, or a socket.
             * @example db-1.example.net
             */
            address?: string | null;
            /** @description An agent that observes it, to be created with it. */
            agent?: components["schemas"]["AgentOfService"] | null;
            /**
             * Format: int32
             * @description How many PostgreSQL databases are discovered without being named; -1 for none, 0 for any number.
             */
            auto_discovery_limit?: number | null;
            /** @description The cluster it belongs to. */
            cluster?: string | null;
            /** @description The database to connect to, for PostgreSQL (`postgres` if absent) and Valkey. */
            database_name?: string | null;
            /** @description The environment it belongs to, such as `production`. */
            environment?: string | null;
            /** @description The group of external services that it belongs to; `external` if absent. */
            group?: string | null;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description Its name, unique in its organization.
             * @example orders-db
             */
            name: string;
            /** @description The nodes that it runs on, each by id or name. */
            nodes?: string[];
            /**
             * @description The port at that address.
             * @example 3306
             */
            port?: number | null;
            /** @description The replication set it belongs to. */
            replication_set?: string | null;
            /**
             * @description The path of its socket, in place of address and port.
             * @example /run/mysqld/mysqld.sock
             */
            socket?: string | null;
            /**
             * @description The type of service. It never changes.
             * @example external
             */
            type: components["schemas"]["ServiceType"];
        };
        /** @description A page of a list that has facets. */
        ServicePage: {
            /**
             * @description For each property that `facets` names: its values, at most 50, the most frequent first, with how many items of all
             *     pages have each. The list's filter on the same property is left out for this. Only if `facets` asks for it.
             */
            facets?: {
                [key: string]: components["schemas"]["FacetValue"][];
            } | null;
            /** @description The items, in the requested order. */
            items: components["schemas"]["Service"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `services.create`. */
        ServicesCreateBody: {
            /**
             * @description The host name or IP address at which it is reached. MySQL, MongoDB, PostgreSQL, Valkey and
             *     ProxySQL have either an address and a port, or a socket.
             * @example db-1.example.net
             */
            address?: string | null;
            /** @description An agent that observes it, to be created with it. */
            agent?: components["schemas"]["AgentOfService"] | null;
            /**
             * Format: int32
             * @description How many PostgreSQL databases are discovered without being named; -1 for none, 0 for any number.
             */
            auto_discovery_limit?: number | null;
            /** @description The cluster it belongs to. */
            cluster?: string | null;
            /** @description The database to connect to, for PostgreSQL (`postgres` if absent) and Valkey. */
            database_name?: string | null;
            /** @description The environment it belongs to, such as `production`. */
            environment?: string | null;
            /** @description The group of external services that it belongs to; `external` if absent. */
            group?: string | null;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description Its name, unique in its organization.
             * @example orders-db
             */
            name: string;
            /** @description The nodes that it runs on, each by id or name. */
            nodes?: string[];
            /**
             * @description The port at that address.
             * @example 3306
             */
            port?: number | null;
            /** @description The replication set it belongs to. */
            replication_set?: string | null;
            /**
             * @description The path of its socket, in place of address and port.
             * @example /run/mysqld/mysqld.sock
             */
            socket?: string | null;
            /**
             * @description The type of service. It never changes.
             * @example external
             */
            type: components["schemas"]["ServiceType"];
        };
        /** @description The body of `services.import`. */
        ServicesImportBody: {
            /**
             * @description The text.
             * @example {"type":"external","name":"orders-cache","group":"redis"}
             */
            data: string;
            /** @description Change nothing; only answer what would be done. */
            dry_run?: boolean | null;
            /** @description What to do with a line whose name belongs to an existing service; `refuse` if absent. */
            existing?: components["schemas"]["ExistingObjects"];
            /**
             * @description The format of the text.
             * @example jsonl
             */
            format: components["schemas"]["TextFormat"];
        };
        /** @description The body of `services.update`. */
        ServicesUpdateBody: {
            /**
             * @description A new address; null removes it.
             * @example db-1.example.net
             */
            address?: string | null;
            /**
             * Format: int32
             * @description A new limit; null removes it.
             */
            auto_discovery_limit?: number | null;
            /** @description A new cluster; null removes it. */
            cluster?: string | null;
            /** @description A new database; null for the default. */
            database_name?: string | null;
            /** @description A new environment; null removes it. */
            environment?: string | null;
            /** @description A new group; null for `external`. */
            group?: string | null;
            /** @description New labels; they replace all old ones. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description A new name, unique in its organization.
             * @example orders-db
             */
            name?: string;
            /** @description The nodes that it runs on now, each by id or name. */
            nodes?: string[];
            /**
             * @description A new port; null removes it.
             * @example 3306
             */
            port?: number | null;
            /** @description A new replication set; null removes it. */
            replication_set?: string | null;
            /**
             * @description A new socket; null removes it.
             * @example /run/mysqld/mysqld.sock
             */
            socket?: string | null;
        };
        /**
         * @description The type of a service.
         *
         *     - `mysql`: `MySQL`, or a database that speaks its protocol.
         *     - `mongodb`: `MongoDB`.
         *     - `postgresql`: `PostgreSQL`.
         *     - `valkey`: Valkey, or Redis.
         *     - `proxysql`: `ProxySQL`.
         *     - `haproxy`: `HAProxy`.
         *     - `external`: Anything else that exports metrics.
         * @enum {string}
         */
        ServiceType: "mysql" | "mongodb" | "postgresql" | "valkey" | "proxysql" | "haproxy" | "external";
        /** @description A service, and the agents that were created with it. */
        ServiceWithAgents: {
            /**
             * @description Its host name or IP address.
             * @example db-1.example.net
             */
            address: string | null;
            /** @description The agents that were created with it. */
            agents: components["schemas"]["Agent"][];
            /**
             * Format: int32
             * @description How many databases are discovered automatically; -1 for none, 0 for any number.
             */
            auto_discovery_limit: number | null;
            /** @description The cluster it belongs to. */
            cluster: string | null;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /** @description The database to connect to. */
            database_name: string | null;
            /** @description The environment it belongs to, such as `production`. */
            environment: string | null;
            /** @description The group of external services it belongs to. */
            group: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its labels.
             * @example {
             *       "env": "prod"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description Its name, unique in its organization.
             * @example orders-db
             */
            name: string;
            /** @description The nodes it runs on, as far as they are in the caller's reach. */
            nodes: string[];
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * @description The TCP port at that address.
             * @example 3306
             */
            port: number | null;
            /** @description The replication set it belongs to. */
            replication_set: string | null;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * @description The Unix domain socket, instead of address and port.
             * @example /run/mysqld/mysqld.sock
             */
            socket: string | null;
            /** @description Its type, which never changes. */
            type: components["schemas"]["ServiceType"];
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
            /** @description Its version, as an agent reported it. */
            version: string | null;
        };
        /** @description A login of one person in one browser. */
        Session: {
            /**
             * Format: ip
             * @description The address from which they logged in.
             */
            address: string;
            /**
             * Format: date-time
             * @description When they logged in.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it expires.
             * @example 2030-01-31T08:00:00Z
             */
            expires_at: string;
            /**
             * Format: uuid
             * @description Its id, which is public; the session's token is what proves it.
             */
            id: string;
            /** @description The `User-Agent` of their browser, cut to 200 characters. */
            user_agent: string | null;
            /**
             * Format: uuid
             * @description The user who logged in.
             */
            user_id: string;
        };
        /** @description One page of a list. */
        SessionPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Session"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `sessions.create`. */
        SessionsCreateBody: {
            /**
             * @description A code of the second factor.
             * @example 123456
             */
            code?: string | null;
            /**
             * Format: email
             * @description The e-mail address.
             * @example ada@example.com
             */
            email: string;
            /**
             * Format: password
             * @description The password.
             * @example correct horse battery staple
             */
            password: string;
        };
        /** @description A shift of each week. Shifts with the same name are the same shift in reports. */
        Shift: {
            /**
             * @description The local time at which it ends, on the next date if that is not after `starts_at`. Around a change of
             *     the clock, the same holds as for `starts_at`, and a shift ends at the latest when the next one starts.
             * @example 06:00
             */
            ends_at: string;
            /**
             * @description Its name.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description The local time at which it starts. A time that the clock skips is moved later by the length of the
             *     gap; of a time that comes twice, the first counts.
             * @example 06:00
             */
            starts_at: string;
            /** @description The days of the week on which it starts. */
            weekdays: components["schemas"]["Weekday"][];
        };
        /** @description A shift that starts on one date only. */
        ShiftTimes: {
            /**
             * @description The local time at which it ends, as in a shift of each week.
             * @example 06:00
             */
            ends_at: string;
            /**
             * @description Its name.
             * @example Berlin plant
             */
            name: string;
            /**
             * @description The local time at which it starts, as in a shift of each week.
             * @example 06:00
             */
            starts_at: string;
        };
        /** @description What a machine needs to install the agent. */
        ShownInstaller: {
            /** @description The line, with `KEY` for an enrolment key; null if the server has no program to hand out. */
            line: string | null;
            /** @description The programs that the server hands out. */
            programs: components["schemas"]["ShownProgram"][];
            /** @description If the server made its certificate itself: the pin of its public key, as `curl --pinnedpubkey` takes it. */
            public_key_pin: string | null;
        };
        /** @description A program of the agent. */
        ShownProgram: {
            /**
             * Format: uint64
             * @description The size of the file in bytes.
             */
            bytes: number;
            /** @description The operating system and the processor, as in `linux-x86_64`. */
            platform: string;
            /** @description The SHA-256 of the file, in hexadecimal digits. */
            sha256: string;
        };
        /** @description A saved script, with the text of one of its versions. */
        ShownScript: {
            /** @description The text. */
            body: string;
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What it is for.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /** @description Its parameters, in the order in which the text receives them as `$1`, `$2`, … */
            parameters: components["schemas"]["ScriptParameter"][];
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * @description The shell that runs the text.
             * @example bash
             * @example /usr/bin/zsh
             */
            shell: string;
            /**
             * Format: uint32
             * @description The number of the version that is shown.
             */
            shown_version: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
            /**
             * Format: uint32
             * @description The number of its latest version.
             */
            version: number;
            /**
             * Format: date-time
             * @description When the version was created.
             * @example 2030-01-31T08:00:00Z
             */
            version_created_at: string;
            /** @description The caller that created the version. */
            version_created_by: components["schemas"]["Actor"];
        };
        /** @description A location of an organization: an office, a plant, a region. */
        Site: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * @description What it is, in a few sentences.
             * @example Nightly inventory report
             */
            description: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Its labels.
             * @example {
             *       "env": "prod"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization it belongs to.
             */
            organization_id: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        SitePage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["Site"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `sites.create`. */
        SitesCreateBody: {
            /**
             * @description A description in a few sentences.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description Its name, unique in its organization.
             * @example Berlin plant
             */
            name: string;
        };
        /** @description The body of `sites.import`. */
        SitesImportBody: {
            /**
             * @description The text.
             * @example {"name":"Hamburg depot","labels":{"env":"prod"}}
             */
            data: string;
            /** @description Change nothing; only answer what would be done. */
            dry_run?: boolean | null;
            /** @description What to do with a line whose name belongs to an existing site; `refuse` if absent. */
            existing?: components["schemas"]["ExistingObjects"];
            /**
             * @description The format of the text.
             * @example jsonl
             */
            format: components["schemas"]["TextFormat"];
        };
        /** @description The body of `sites.update`. */
        SitesUpdateBody: {
            /**
             * @description A new description; null removes it.
             * @example Nightly inventory report
             */
            description?: string | null;
            /** @description New labels; they replace all old ones. */
            labels?: {
                [key: string]: string;
            };
            /**
             * @description A new name, unique in its organization.
             * @example Berlin plant
             */
            name?: string;
        };
        /** @description An interval in which a metric had one value. */
        StateInterval: {
            /**
             * Format: date-time
             * @description When it ended: the time of the first observation of another value, or of the last one of the node before a time
             *     without data. At the latest 24 hours after the window. Null if it still lasts.
             * @example 2030-01-31T08:00:00Z
             */
            end_at: string | null;
            /** @description Whether it may have lasted even longer: it reached to 24 hours before or after the window. */
            longer: boolean;
            /**
             * @description The key of the metric.
             * @example execution
             */
            metric: string;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /**
             * Format: date-time
             * @description When it began: the time of the first observation of the value, or of the first one of the node after a time
             *     without data. At the earliest 24 hours before the window.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
            /**
             * @description The value.
             * @example ACTIVE
             */
            value: string;
        };
        /** @description One page of a list. */
        StateIntervalPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["StateInterval"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description What became of the observations of a request. */
        StoredObservations: {
            /** @description The values that were refused, with what was expected: the first 1,000. */
            errors: components["schemas"]["FieldError"][];
            /**
             * Format: uint64
             * @description How many values were stored before, and so had no effect.
             */
            known: number;
            /**
             * Format: uint64
             * @description How many values were refused.
             */
            refused: number;
            /** @description Whether this batch was sent before. Then the numbers are those of the first time. */
            repeated: boolean;
            /**
             * Format: uint64
             * @description How many values were stored.
             */
            stored: number;
        };
        /** @description An object that an operation touched. */
        Target: {
            /** @description Its id. */
            id: string;
            /**
             * @description The kind of object.
             * @example site
             */
            noun: string;
        };
        /** @description One exporter, with its labels. */
        TargetGroup: {
            /**
             * @description Its labels, by name. `instance` names the node, the type of the exporter and the service; `__metrics_path__` and
             *     `__scheme__` say how it is scraped; the others begin with `__meta_bailiwick_`.
             */
            labels: {
                [key: string]: string;
            };
            /** @description Where it is scraped: one `HOST:PORT`. */
            targets: string[];
        };
        /**
         * @description A text format for imports and exports.
         *
         *     - `jsonl`: One JSON object per line.
         *     - `csv`: Comma-separated values, with the names of the fields in the first line.
         * @enum {string}
         */
        TextFormat: "jsonl" | "csv";
        /** @description A production day of a calendar. */
        Today: {
            /**
             * Format: date
             * @description Its date: the local date on which it begins.
             * @example 2030-01-31
             */
            date: string;
            /**
             * Format: date-time
             * @description When it ends.
             * @example 2030-01-31T08:00:00Z
             */
            end_at: string;
            /**
             * Format: date-time
             * @description When it begins.
             * @example 2030-01-31T08:00:00Z
             */
            start_at: string;
        };
        /** @description A path that no operation has. */
        Unknown: {
            /**
             * Format: uint
             * @description The line, from 1.
             */
            line: number;
            /** @description The path. */
            text: string;
        };
        /** @description A text that Ansible takes as it is: templates in it are not run. */
        UnsafeText: {
            /** @description The text. */
            __ansible_unsafe: string;
        };
        /** @description Which updates to install. */
        UpdateChoice: ("all" | "security") | components["schemas"]["UpdateChoiceNames"];
        /** @description The updates with these names or references. */
        UpdateChoiceNames: {
            /** @description The names. */
            names: string[];
        };
        /**
         * @description How important an update is, if its source says so.
         *
         *     - `low`: It can wait.
         *     - `moderate`: It is recommended.
         *     - `important`: It is important.
         *     - `critical`: It is urgent.
         * @enum {string}
         */
        UpdateSeverity: "low" | "moderate" | "important" | "critical";
        /** @description The body of `updates.install`. */
        UpdatesInstallBody: {
            /**
             * @description Install also on nodes that are outside their maintenance windows. This needs the scope
             *     `maintenance_windows.update`, and a reach over the whole organization.
             */
            ignore_maintenance_windows?: boolean | null;
            /**
             * Format: uint32
             * @description The most bytes that are kept of each of its two output streams: half from the beginning and half
             *     from the end; 65,536 if absent. The default is `65536`.
             */
            output_limit_bytes?: number | null;
            /** @description The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * Format: uint32
             * @description How long it may take on a node, in seconds; 3,600 if absent. The default is `3600`.
             */
            timeout_seconds?: number | null;
            /**
             * Format: uint32
             * @description How long it waits for a node that is offline, in seconds; 3,600 if absent. The default is `3600`.
             */
            ttl_seconds?: number | null;
            /**
             * @description Which updates: `all`, `security` for security updates, or some by `names`.
             * @example security
             * @example {
             *       "names": [
             *         "openssl"
             *       ]
             *     }
             */
            updates: components["schemas"]["UpdateChoice"];
        };
        /** @description The available updates of a node. */
        UpdatesOfNode: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["AvailableUpdate"][];
            /** @description The scan that found them; null if the node was never scanned. */
            last_scan: components["schemas"]["LastScan"] | null;
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /**
             * Format: uuid
             * @description The node.
             */
            node_id: string;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /**
         * @description The package manager or service that knows a machine's updates.
         *
         *     - `apt`: APT, of Debian and its relatives.
         *     - `dnf`: DNF, of Fedora, Red Hat and their relatives.
         *     - `zypper`: Zypper, of SUSE.
         *     - `windows`: Windows Update.
         * @enum {string}
         */
        UpdateSource: "apt" | "dnf" | "zypper" | "windows";
        /** @description The body of `updates.scan`. */
        UpdatesScanBody: {
            /** @description The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out. */
            targets: components["schemas"]["NodeTargets"];
            /**
             * Format: uint32
             * @description How long it may take on a node, in seconds; 600 if absent. The default is `600`.
             */
            timeout_seconds?: number | null;
            /**
             * Format: uint32
             * @description How long it waits for a node that is offline, in seconds; 3,600 if absent. The default is `3600`.
             */
            ttl_seconds?: number | null;
        };
        /**
         * @description How many nodes need updates, according to their last scans. Nodes that were never scanned are not
         *     counted.
         */
        UpdateSummary: {
            /**
             * Format: uint64
             * @description The nodes that were scanned.
             */
            nodes_scanned: number;
            /**
             * Format: uint64
             * @description The nodes that must be restarted.
             */
            nodes_to_reboot: number;
            /**
             * Format: uint64
             * @description The nodes for which security updates are available.
             */
            nodes_with_security_updates: number;
            /**
             * Format: uint64
             * @description The nodes for which updates are available.
             */
            nodes_with_updates: number;
            /**
             * Format: date-time
             * @description The time of the least recent of these scans; null if no node was scanned.
             * @example 2030-01-31T08:00:00Z
             */
            oldest_scan_at: string | null;
            /**
             * Format: uint64
             * @description The security updates among them.
             */
            security_updates: number;
            /**
             * Format: uint64
             * @description The updates of all nodes together; one that is available for two nodes counts twice.
             */
            updates: number;
        };
        /** @description What a key has used. */
        Usage: {
            /**
             * Format: date-time
             * @description Since when uses are known: since the key was created, or since the server records them.
             * @example 2030-01-31T08:00:00Z
             */
            since: string;
            /** @description The operations that it may run now, and has not used since then. */
            unused: string[];
            /** @description The operations that it has used, by id. */
            used: components["schemas"]["UsedOperation"][];
        };
        /** @description An operation that a key has used. */
        UsedOperation: {
            /**
             * Format: date-time
             * @description When the key used it first.
             * @example 2030-01-31T08:00:00Z
             */
            first_used_at: string;
            /**
             * Format: date-time
             * @description When the key used it last.
             * @example 2030-01-31T08:00:00Z
             */
            last_used_at: string;
            /**
             * @description The operation.
             * @example nodes.list
             */
            operation: string;
        };
        /** @description A person. */
        User: {
            /**
             * Format: date-time
             * @description When it was created.
             * @example 2030-01-31T08:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description Since when they may not log in and keys that act for them do not work; null if they may.
             * @example 2030-01-31T08:00:00Z
             */
            disabled_at: string | null;
            /**
             * Format: email
             * @description The e-mail address with which they log in, unique on the server.
             * @example ada@example.com
             */
            email: string;
            /** @description Whether they have chosen a password; if not, their invitation is still open. */
            has_password: boolean;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: date-time
             * @description When they last logged in; null if never.
             * @example 2030-01-31T08:00:00Z
             */
            last_login_at: string | null;
            /** @description The roles that they hold, as far as the caller may see them. */
            memberships: components["schemas"]["Membership"][];
            /**
             * @description The name.
             * @example Berlin plant
             */
            name: string;
            /**
             * Format: int64
             * @description How many times it was written; the number in its `ETag`.
             * @example 1
             */
            revision: number;
            /** @description Whether they need a second factor to log in. */
            second_factor: boolean;
            /** @description Whether they administer the server: they are above all organizations, and may do everything. */
            server_administrator: boolean;
            /**
             * Format: date-time
             * @description When it was last changed.
             * @example 2030-01-31T08:00:00Z
             */
            updated_at: string;
        };
        /** @description One page of a list. */
        UserPage: {
            /** @description The items, in the requested order. */
            items: components["schemas"]["User"][];
            /** @description Pass this as `cursor` to get the next page; null on the last page. */
            next_cursor: string | null;
            /** @description How many items there are on all pages; only if `total=true` asks for it. */
            total?: components["schemas"]["ListTotal"] | null;
        };
        /** @description The body of `users.create`. */
        UsersCreateBody: {
            /**
             * Format: email
             * @description The e-mail address with which the user logs in, unique on the server.
             * @example ada@example.com
             */
            email: string;
            /**
             * @description Whether an existing account with this address, which has a password, becomes a member. Make sure
             *     that it is this person's account: anybody who knows its password can then act in the organization.
             */
            join_existing?: boolean;
            /**
             * @description The user's name.
             * @example Ada Lovelace
             */
            name: string;
            /**
             * Format: password
             * @description A password of at least 12 characters. Only root keys and server administrators can set one;
             *     without it, the user is invited to choose one.
             * @example correct horse battery staple
             */
            password?: string | null;
            /**
             * @description The user's role in the organization: `viewer`, `technician`, `editor`, `admin`, or the id or name of a custom
             *     role. `viewer` if absent.
             * @example viewer
             */
            role?: string | null;
            /**
             * @description Whether the user is a server administrator. Only root keys and server administrators can set
             *     this.
             */
            server_administrator?: boolean;
        };
        /** @description The body of `users.import`. */
        UsersImportBody: {
            /**
             * @description The text.
             * @example {"email":"ada@example.com","name":"Ada Lovelace","role":"viewer"}
             */
            data: string;
            /** @description Change nothing; only answer what would be done. */
            dry_run?: boolean | null;
            /**
             * @description What to do with a line whose address belongs to an existing member; `refuse` if absent. `update`
             *     gives the member the line's role.
             */
            existing?: components["schemas"]["ExistingObjects"];
            /**
             * @description The format of the text.
             * @example jsonl
             */
            format: components["schemas"]["TextFormat"];
            /**
             * @description Whether existing accounts that have a password become members. Make sure that each is the account
             *     of the person meant: anybody who knows its password can then act in the organization.
             */
            join_existing?: boolean;
        };
        /** @description The body of `users.update`. */
        UsersUpdateBody: {
            /**
             * @description Whether the user is disabled: they cannot log in, and keys that act for them do not work.
             *     Disabling ends their sessions.
             */
            disabled?: boolean;
            /**
             * Format: email
             * @description A new e-mail address.
             * @example ada@example.com
             */
            email?: string;
            /**
             * @description A new name.
             * @example Berlin plant
             */
            name?: string;
            /**
             * @description A new role in the organization: `viewer`, `technician`, `editor`, `admin`, or the id or name of a custom role.
             * @example viewer
             */
            role?: string;
            /** @description Whether the user is a server administrator. */
            server_administrator?: boolean;
        };
        /** @description Whether an operation would be allowed. */
        Verdict: {
            /** @description Whether it would be allowed. */
            allowed: boolean;
            /**
             * @description What is missing: a scope; `policy` if the policy of the key's organization withholds that scope; `root` if only a root key or a server administrator may run it;
             *     `person` if only a logged-in user may; `organization` if the request must name one; `reach` if
             *     the caller reaches too little, or the target is out of reach or does not exist. Null if nothing
             *     is missing.
             */
            missing: string | null;
        };
        /** @description The server's version. */
        VersionInfo: {
            /** @description The version in the form in which Percona PMM shows its management component. */
            managed: components["schemas"]["ComponentVersion"];
            /** @description The version in the form in which Percona PMM shows its server. */
            server: components["schemas"]["ComponentVersion"];
            /**
             * @description The version of Bailiwick.
             * @example 0.1.0
             */
            version: string;
        };
        /**
         * @description A day of the week.
         *
         *     - `monday`: Monday.
         *     - `tuesday`: Tuesday.
         *     - `wednesday`: Wednesday.
         *     - `thursday`: Thursday.
         *     - `friday`: Friday.
         *     - `saturday`: Saturday.
         *     - `sunday`: Sunday.
         * @enum {string}
         */
        Weekday: "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
        /** @description The body of `whoami.can`. */
        WhoamiCanBody: {
            /**
             * @description The operation's id.
             * @example sites.list
             */
            operation: string;
            /** @description The object, named as the operation names it. */
            target?: string | null;
        };
        /**
         * @description What a schedule does. It stores no secrets, so its commands get no additional environment variables.
         * @example {
         *       "command": "uptime",
         *       "kind": "command",
         *       "shell": "sh"
         *     }
         */
        Work: components["schemas"]["WorkCommand"] | components["schemas"]["WorkScript"] | components["schemas"]["WorkScanUpdates"] | components["schemas"]["WorkInstallUpdates"];
        /** @description Runs a text in a shell. */
        WorkCommand: {
            /** @description The arguments, which the text can read as `$1`, `$2`, … */
            arguments?: string[];
            /** @description The text. */
            command: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "command";
            /** @description The user to run as; the agent's own user if absent. */
            run_as?: string | null;
            /**
             * @description The shell that runs the text.
             * @example bash
             * @example /usr/bin/zsh
             */
            shell: string;
            /** @description The working directory; the home directory of the user it runs as if absent. */
            working_directory?: string | null;
        };
        /** @description Installs updates. */
        WorkInstallUpdates: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "install_updates";
            /**
             * @description Which updates: `all`, `security` for security updates only, or some by `names`.
             * @example security
             * @example {
             *       "names": [
             *         "openssl"
             *       ]
             *     }
             */
            updates: components["schemas"]["UpdateChoice"];
        };
        /** @description Scans for updates. */
        WorkScanUpdates: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "scan_updates";
        };
        /** @description Runs a saved script. */
        WorkScript: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "script";
            /** @description The values of its parameters, by name. */
            parameters?: {
                [key: string]: string;
            };
            /** @description The user to run as; the agent's own user if absent. */
            run_as?: string | null;
            /**
             * @description The script, by id or name. It is stored and shown by its id.
             * @example restart-web
             */
            script: string;
            /**
             * Format: uint32
             * @description The version of the script. If absent, the version that is the latest when the schedule is
             *     written; it does not change when the script is changed.
             */
            version?: number | null;
            /** @description The working directory; the home directory of the user it runs as if absent. */
            working_directory?: string | null;
        };
    };
    responses: {
        /** @description The object changed since the revision in `If-Match`; `current` is its state now. */
        Changed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A value is already taken, other objects depend on this one, several objects have the name, or a selection is outdated. */
        Conflict: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key is not allowed to do this; `missing_scope` names the scope if one is missing. */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The `Idempotency-Key` was used for another request. */
        IdempotencyKeyReused: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description An internal error occurred; the server's log has more under the request id. */
        Internal: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is not valid; `errors` names the fields. */
        Invalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The object does not exist, or is not within the key's reach. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key's rate limit is used up, or too many logins failed; `Retry-After` says how long to wait. */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The disk of the server's database is full; nothing was done. */
        StorageFull: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is too large. */
        TooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key is missing, unknown, mistyped, expired, not valid yet or disabled; or a login failed. */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server is busy or its database does not answer; try again shortly. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not of a type that the operation takes. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The revision of the object in the answer, for `If-Match`. */
        ETag: string;
        /** @description The address of the next page, with `rel="next"`, if the answer is text (RFC 8288). */
        Link: string;
        /** @description The path at which the new object is read. */
        Location: string;
        /** @description The remaining part of the key's rate limit (draft-ietf-httpapi-ratelimit-headers-10). */
        RateLimit: string;
        /** @description The key's rate limit. */
        "RateLimit-Policy": string;
        /** @description The number of seconds to wait before the next attempt. */
        "Retry-After": number;
        /** @description The kinds of credentials that are accepted: `Bearer` (RFC 6750) and `Basic` (RFC 7617). */
        "WWW-Authenticate": string;
        /** @description The id of the request, as in the log and the audit trail. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "agents.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only agents that are enabled, or with `false` only those that are not. */
                enabled?: boolean;
                /** @description Which facets to answer: properties for each of whose values the matching items are counted. */
                facets?: string;
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description Only agents whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most agents on a page. */
                limit?: number;
                /** @description Only agents that observe this node, by id or name. */
                observes_node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only agents that run on this node, by id or name. */
                runs_on?: string;
                /** @description Only agents that observe this service, by id or name. */
                service?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "created_at" | "-created_at" | "updated_at" | "-updated_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /**
                 * @description Only agents of this type.
                 *
                 *     - `bailiwick_agent`: Bailiwick's own agent on an enrolled node, which starts and supervises the exporters there.
                 *     - `node_exporter`: Metrics of the node it runs on.
                 *     - `mysqld_exporter`: Metrics of `MySQL`.
                 *     - `mongodb_exporter`: Metrics of `MongoDB`.
                 *     - `postgres_exporter`: Metrics of `PostgreSQL`.
                 *     - `proxysql_exporter`: Metrics of `ProxySQL`.
                 *     - `valkey_exporter`: Metrics of Valkey or Redis.
                 *     - `rds_exporter`: Metrics of Amazon RDS.
                 *     - `azure_database_exporter`: Metrics of Azure databases.
                 *     - `mtconnect_adapter`: Observations of machine tools that speak `MTConnect`.
                 *     - `opamp`: An `OpAMP` client of another vendor.
                 *     - `external_exporter`: An exporter that is not started by Bailiwick.
                 */
                type?: components["schemas"]["AgentType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "labels": {
                 *         "env": "prod"
                 *       },
                 *       "listen_port": 9187,
                 *       "secrets": {
                 *         "password": "correct horse battery staple"
                 *       },
                 *       "settings": {
                 *         "scheme": "https"
                 *       },
                 *       "type": "external_exporter"
                 *     }
                 */
                "application/json": components["schemas"]["AgentsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.get": {
        parameters: {
            query?: {
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id, or its node and type, as in `db-1/mysqld_exporter`. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description Delete it even if something depends on it. */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, or its node and type, as in `db-1/mysqld_exporter`. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, or its node and type, as in `db-1/mysqld_exporter`. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": components["schemas"]["AgentsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "front.scrape": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description The exporter: its id, or its node and type, as in `db-1/node_exporter`. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScrapeTarget"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.logs": {
        parameters: {
            query?: {
                /** @description The most lines; all that are kept if absent. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id, or its node and type, as in `db-1/mysqld_exporter`. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Logs"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.rotate": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, or its node and type, as in `db-1/bailiwick_agent`. It must be a `bailiwick_agent`. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rotation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.export": {
        parameters: {
            query?: {
                /** @description Where it begins: the `next_cursor` of the previous export. */
                cursor?: string;
                /** @description Only agents that are enabled, or with `false` only those that are not. */
                enabled?: boolean;
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description Only agents whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most agents in one answer. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only agents that run on this node, by id or name. */
                runs_on?: string;
                /**
                 * @description Only agents of this type.
                 *
                 *     - `bailiwick_agent`: Bailiwick's own agent on an enrolled node, which starts and supervises the exporters there.
                 *     - `node_exporter`: Metrics of the node it runs on.
                 *     - `mysqld_exporter`: Metrics of `MySQL`.
                 *     - `mongodb_exporter`: Metrics of `MongoDB`.
                 *     - `postgres_exporter`: Metrics of `PostgreSQL`.
                 *     - `proxysql_exporter`: Metrics of `ProxySQL`.
                 *     - `valkey_exporter`: Metrics of Valkey or Redis.
                 *     - `rds_exporter`: Metrics of Amazon RDS.
                 *     - `azure_database_exporter`: Metrics of Azure databases.
                 *     - `mtconnect_adapter`: Observations of machine tools that speak `MTConnect`.
                 *     - `opamp`: An `OpAMP` client of another vendor.
                 *     - `external_exporter`: An exporter that is not started by Bailiwick.
                 */
                type?: components["schemas"]["AgentType"];
                /** @description Leave out the ids, so that an import creates new agents, here or on another server. */
                without_ids?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.import": {
        parameters: {
            query?: {
                /** @description Only if the body is text. Change nothing; only answer what would be done. */
                dry_run?: boolean;
                /**
                 * @description Only if the body is text. What to do with a line whose id belongs to an existing agent; `refuse` if absent.
                 *
                 *     - `refuse`: The line is an error.
                 *     - `update`: The object is updated with the line's fields; absent fields stay as they are.
                 */
                existing?: components["schemas"]["ExistingObjects"];
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": "type,listen_port,labels\nexternal_exporter,9187,\"env=prod,tier=db\"\n",
                 *       "format": "csv"
                 *     }
                 */
                "application/json": components["schemas"]["AgentsImportBody"];
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "agents.installer": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /**
                 * @description The address of the server, as the machine reaches it: `https://`, a host, and a port if it is not 443. Without it,
                 *     the line has `SERVER` for the address.
                 */
                reached_at?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownInstaller"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "aggregated_quantities.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before, of the same `from`, `until` and `every_seconds`. */
                cursor?: string;
                /** @description The length of a bucket; an hour if absent. There may be at most 10,000 buckets between `from` and `until`. */
                every_seconds?: number;
                /** @description Only readings from this time on; by default, of the last day. */
                from?: string;
                /** @description Only those of nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only those of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most buckets on a page. */
                limit?: number;
                /** @description Only those with these metric keys, separated by commas. */
                metrics?: string;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those of nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only those of nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only those of nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only those of nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
                /** @description Only readings before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AggregatedQuantityPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "alarm_intervals.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before, of the same `from` and `until`. */
                cursor?: string;
                /** @description Only those that last beyond this time; by default, those of the last day. */
                from?: string;
                /** @description Only those of nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only those of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most intervals on a page. */
                limit?: number;
                /** @description Only those with these metric keys, separated by commas. */
                metrics?: string;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those of nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only those of nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only those of nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only those of nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
                /** @description Only those that begin before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmIntervalPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "annotations.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those that do not end before this time. */
                from?: string;
                /** @description The most annotations on a page. */
                limit?: number;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description Only those of downtime that goes on, or with `false` only those that have ended. */
                open?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those that give this reason, by id or path. */
                reason?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "start_at" | "-start_at" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /** @description Only those that begin before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnotationPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "annotations.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "end_at": "2030-01-31T08:20:00Z",
                 *       "node": "db-1",
                 *       "reason": "Setup|Tool change",
                 *       "start_at": "2030-01-31T08:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["AnnotationsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Annotation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "annotations.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id. */
                annotation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Annotation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "annotations.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                annotation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "annotations.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                annotation: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "end_at": "2030-01-31T09:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["AnnotationsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Annotation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "ansible.inventory": {
        parameters: {
            query?: {
                /** @description Only nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnsibleInventory"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "audit.list": {
        parameters: {
            query?: {
                /**
                 * @description Only entries about actions of this user or key: a user's id or e-mail address, or a key's id or name. Not together
                 *     with `key`.
                 */
                by?: string;
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description Only entries about actions of this key: its id, or its name if no other key has it. */
                key?: string;
                /** @description The most entries on a page. */
                limit?: number;
                /** @description Only entries about this operation. An operation that there is not is refused. */
                operation?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
                /**
                 * @description Only entries about allowed actions, or only about refused ones.
                 *
                 *     - `allowed`: It was allowed and carried out.
                 *     - `denied`: It was refused.
                 */
                outcome?: components["schemas"]["AuditOutcome"];
                /** @description Only entries at or after this time. */
                since?: string;
                /** @description The sort order: newest first, or oldest first. */
                sort?: "number" | "-number";
                /**
                 * @description Only entries about this object: its kind, and its name or id, such as `node:db-1`. An object that was deleted is named
                 *     by its id.
                 */
                target?: string;
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /** @description Only before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "audit.cut": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "hash": "0000000000000000000000000000000000000000000000000000000000000000",
                 *       "number": 1
                 *     }
                 */
                "application/json": components["schemas"]["AuditCutBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditCut"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "audit.export": {
        parameters: {
            query?: {
                /** @description Where it begins: the `next_cursor` of the previous export. */
                cursor?: string;
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description The most entries in one answer. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
                /** @description Only entries at or after this time. */
                since?: string;
                /** @description Only before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "audit.verify": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerification"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "calendars.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most calendars on a page. */
                limit?: number;
                /** @description Only the calendar of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only the calendar of this site, by id or name. */
                site?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "calendars.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Two shifts",
                 *       "rules": {
                 *         "day_starts_at": "06:00",
                 *         "holidays": [
                 *           {
                 *             "date": "2030-12-25",
                 *             "name": "Christmas"
                 *           }
                 *         ],
                 *         "shifts": [
                 *           {
                 *             "ends_at": "14:00",
                 *             "name": "Early",
                 *             "starts_at": "06:00",
                 *             "weekdays": [
                 *               "monday",
                 *               "tuesday",
                 *               "wednesday",
                 *               "thursday",
                 *               "friday"
                 *             ]
                 *           },
                 *           {
                 *             "ends_at": "06:00",
                 *             "name": "Night",
                 *             "starts_at": "22:00",
                 *             "weekdays": [
                 *               "monday",
                 *               "tuesday",
                 *               "wednesday",
                 *               "thursday"
                 *             ]
                 *           }
                 *         ],
                 *         "time_zone": "Europe/Berlin"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CalendarsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Calendar"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "calendars.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id or name. */
                calendar: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Calendar"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "calendars.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                calendar: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "calendars.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                calendar: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "rules": {
                 *         "day_starts_at": "05:00",
                 *         "time_zone": "Europe/Berlin"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CalendarsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Calendar"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.list": {
        parameters: {
            query?: {
                /**
                 * @description Only commands that this user or key gave: a user's id or e-mail address, or a key's id or name. Those given by
                 *     schedules count as given by the schedule's owner.
                 */
                by?: string;
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /**
                 * @description Only commands that failed on a node, timed out, expired or were lost there, even if they still run on others;
                 *     with `false` only those that did not.
                 */
                failed?: boolean;
                /** @description Only commands that have finished on all nodes, or with `false` only those that have not. */
                finished?: boolean;
                /**
                 * @description Only commands of this kind.
                 *
                 *     - `shell`: Run a text in a shell.
                 *     - `scan_updates`: Scan for updates.
                 *     - `install_updates`: Install updates.
                 *     - `reboot`: Restart the machine.
                 */
                kind?: components["schemas"]["InstructionKind"];
                /** @description The most commands on a page. */
                limit?: number;
                /** @description Only commands that went to this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only commands that this schedule gave, by id or name. */
                schedule?: string;
                /** @description Only commands that were given at this time or later. */
                since?: string;
                /** @description The sort order: by the time when they were given; the latest first if absent. */
                sort?: "created_at" | "-created_at";
                /**
                 * @description Only commands that went like this on all of their nodes together.
                 *
                 *     - `running`: Results are outstanding: the command waits for nodes, or runs.
                 *     - `succeeded`: It succeeded on every node that it was sent to.
                 *     - `failed`: It failed on at least one node, timed out, expired or was lost there.
                 *     - `cancelled`: It was cancelled on at least one node, and failed on none.
                 *     - `left_out`: It was sent to no node: all of them were outside their maintenance windows.
                 */
                state?: components["schemas"]["CommandOutcome"];
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandInListPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "command": "uname -a",
                 *       "shell": "sh",
                 *       "targets": {
                 *         "labels": "env=prod"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CommandsCreateBody"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GivenCommand"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id. */
                command: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Command"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.cancel": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id. */
                command: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Command"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.events": {
        parameters: {
            query?: {
                /** @description Only events after the one with this id. */
                after?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The id of the last event that was received, as browsers send it when they reconnect; it takes precedence over `after`. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The command's id. */
                command: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events as they happen; the schema describes the data of each event. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["CommandEvent"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.groups": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /**
                 * @description Only results in this state.
                 *
                 *     - `queued`: It waits for the node to connect.
                 *     - `sent`: It was sent to the node.
                 *     - `running`: It runs on the node.
                 *     - `succeeded`: It ended with success: exit code 0.
                 *     - `failed`: It ended with an error or could not be started; `error` or `exit_code` tells why.
                 *     - `timed_out`: It exceeded its timeout and was stopped.
                 *     - `cancelled`: It was cancelled before it ended.
                 *     - `expired`: The node did not connect in time, so it never ran.
                 *     - `lost`: The outcome is unknown: it may have run, completely or in part. `error` says why.
                 *     - `left_out`: It was never sent to the node, because the node was outside its maintenance windows. `error` says when
                 *     the next of them opens.
                 */
                state?: components["schemas"]["ResultState"];
            };
            header?: never;
            path: {
                /** @description The command's id. */
                command: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultGroups"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.results": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most results on a page. */
                limit?: number;
                /** @description Only the result of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /**
                 * @description Only results in this state.
                 *
                 *     - `queued`: It waits for the node to connect.
                 *     - `sent`: It was sent to the node.
                 *     - `running`: It runs on the node.
                 *     - `succeeded`: It ended with success: exit code 0.
                 *     - `failed`: It ended with an error or could not be started; `error` or `exit_code` tells why.
                 *     - `timed_out`: It exceeded its timeout and was stopped.
                 *     - `cancelled`: It was cancelled before it ended.
                 *     - `expired`: The node did not connect in time, so it never ran.
                 *     - `lost`: The outcome is unknown: it may have run, completely or in part. `error` says why.
                 *     - `left_out`: It was never sent to the node, because the node was outside its maintenance windows. `error` says when
                 *     the next of them opens.
                 */
                state?: components["schemas"]["ResultState"];
            };
            header?: never;
            path: {
                /** @description The command's id. */
                command: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandResultPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "downtime_reasons.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most reasons on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only reasons of planned downtime, or with `false` only the others. */
                planned?: boolean;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "reason" | "-reason" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DowntimeReasonPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "downtime_reasons.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "planned": true,
                 *       "reason": "Setup|Tool change"
                 *     }
                 */
                "application/json": components["schemas"]["DowntimeReasonsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DowntimeReason"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "downtime_reasons.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id, or the reason itself, such as `Setup|Tool change`. */
                downtime_reason: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DowntimeReason"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "downtime_reasons.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer whether it could be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, or the reason itself, such as `Setup|Tool change`. */
                downtime_reason: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "downtime_reasons.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, or the reason itself, such as `Setup|Tool change`. */
                downtime_reason: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "planned": false
                 *     }
                 */
                "application/json": components["schemas"]["DowntimeReasonsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DowntimeReason"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "events.stream": {
        parameters: {
            query?: {
                /** @description Only events after the one with this id. */
                after?: string;
                /** @description Whether to wait for further changes (the default). With `false` the stream ends after those that there are. */
                follow?: boolean;
                /** @description Only objects of these kinds, separated by commas, such as `node,agent`. */
                nouns?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The id of the last event that was received, as browsers send it when they reconnect; it takes precedence over `after`. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events as they happen; the schema describes the data of each event. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ObjectEvent"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "front.show": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Front"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "front.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "enabled": true
                 *     }
                 */
                "application/json": components["schemas"]["FrontUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Front"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "front.authority": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FrontAuthorityCertificate"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "goals.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only goals for this job operation, by id, or by name if no other has it. */
                job_operation?: string;
                /** @description The most goals on a page. */
                limit?: number;
                /**
                 * @description Only goals for this figure.
                 *
                 *     - `utilization`: Time in cycle, as a part of recorded time.
                 *     - `oee`: The overall equipment effectiveness.
                 *     - `parts`: Good parts, as a part of those that were expected.
                 */
                metric?: components["schemas"]["GoalMetric"];
                /** @description Only goals for this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only goals for this site, by id or name. */
                site?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GoalPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "goals.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "failure_ratio": 0.6,
                 *       "metric": "oee",
                 *       "warning_ratio": 0.8
                 *     }
                 */
                "application/json": components["schemas"]["GoalsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Goal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "goals.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id. */
                goal: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Goal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "goals.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                goal: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "goals.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                goal: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "warning_ratio": 0.75
                 *     }
                 */
                "application/json": components["schemas"]["GoalsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Goal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "invitations.accept": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery staple",
                 *       "token": "0000000000000000000000000000000000000000000000000000000000000000"
                 *     }
                 */
                "application/json": components["schemas"]["InvitationsAcceptBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_dispatches.start": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "expected_part_ms": 5000,
                 *       "external_id": "run-5501",
                 *       "job": "J-1024",
                 *       "name": "Mill first side",
                 *       "node": "db-1"
                 *     }
                 */
                "application/json": components["schemas"]["JobDispatchesStartBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobDispatch"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_dispatches.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description How the other system names the run. */
                job_dispatch: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobDispatchWithParts"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_dispatches.stop": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description How the other system names the run. */
                job_dispatch: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "end_at": "2030-01-31T16:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["JobDispatchesStopBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobDispatch"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_operations.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only the steps of this job. */
                job?: string;
                /** @description The most job operations on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those that make this part. */
                part?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "job" | "-job" | "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobOperationPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_operations.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "expected_part_ms": 50000,
                 *       "ideal_part_ms": 42000,
                 *       "job": "J-1024",
                 *       "name": "Mill first side",
                 *       "part": "P-77",
                 *       "quantity_required": 500
                 *     }
                 */
                "application/json": components["schemas"]["JobOperationsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobOperation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_operations.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id, or its name if no other job operation has it. */
                job_operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobOperation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_operations.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer whether it could be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, or its name if no other job operation has it. */
                job_operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_operations.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, or its name if no other job operation has it. */
                job_operation: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "expected_part_ms": 48000
                 *     }
                 */
                "application/json": components["schemas"]["JobOperationsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobOperation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_runs.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those that do not end before this time. */
                from?: string;
                /** @description Only those of this job operation, by id, or by name if no other has it. */
                job_operation?: string;
                /** @description The most runs on a page. */
                limit?: number;
                /** @description Only those on this node, by id or name. */
                node?: string;
                /** @description Only those that are running, or with `false` only those that have ended. */
                open?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "start_at" | "-start_at" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /** @description Only those that begin before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedJobRunPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_runs.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "job_operation": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f",
                 *       "node": "db-1",
                 *       "start_at": "2030-01-31T08:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["JobRunsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedJobRun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_runs.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id. */
                job_run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedJobRun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_runs.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                job_run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "job_runs.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                job_run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "end_at": "2030-01-31T16:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["JobRunsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedJobRun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /**
                 * @description Only keys of this kind.
                 *
                 *     - `root`: Works in every organization, and may do what only a server administrator may grant.
                 *     - `org`: Works only in its own organization.
                 *     - `agent`: Acts as the agent of one node.
                 *     - `enrol`: Enrols agents, and nothing else.
                 */
                kind?: components["schemas"]["KeyKind"];
                /** @description The most keys on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /** @description Only keys that act for this user, by id or e-mail address. */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Nightly report",
                 *       "scopes": [
                 *         "sites:read"
                 *       ],
                 *       "ttl_seconds": 86400
                 *     }
                 */
                "application/json": components["schemas"]["KeysCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.get": {
        parameters: {
            query?: {
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id, which is the third part of the key; or its name, if no other key has it. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description Delete it even if schedules run as it, and delete those too. */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, which is the third part of the key; or its name, if no other key has it. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id, which is the third part of the key; or its name, if no other key has it. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "Weekly report"
                 *     }
                 */
                "application/json": components["schemas"]["KeysUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.disable": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, which is the third part of the key; or its name, if no other key has it. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "It was seen in a log"
                 *     }
                 */
                "application/json": components["schemas"]["KeysDisableBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.enable": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, which is the third part of the key; or its name, if no other key has it. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.rotate": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, which is the third part of the key and stays the same; or its name, if no other key has it. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_seconds": 3600
                 *     }
                 */
                "application/json": components["schemas"]["KeysRotateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.usage": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description The key, by id or name. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "keys.explain": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "scopes": [
                 *         "sites:read"
                 *       ],
                 *       "ttl_seconds": 86400
                 *     }
                 */
                "application/json": components["schemas"]["KeysExplainBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "machines.status": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most machines on a page. */
                limit?: number;
                /** @description Only this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MachineStatusPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "maintenance_windows.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only windows that are switched on, or with `false` only those that are switched off. */
                enabled?: boolean;
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description The most windows on a page. */
                limit?: number;
                /** @description Only windows that cover this node, by id or name. */
                node?: string;
                /** @description Only windows that are open now, or with `false` only those that are not. */
                open?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only windows for this site, by id or name. */
                site?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaintenanceWindowPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "maintenance_windows.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "cron": "0 2 * * *",
                 *       "duration_seconds": 10800,
                 *       "name": "Production at night",
                 *       "targets": {
                 *         "labels": "env=prod"
                 *       },
                 *       "time_zone": "Europe/Berlin"
                 *     }
                 */
                "application/json": components["schemas"]["MaintenanceWindowsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaintenanceWindow"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "maintenance_windows.get": {
        parameters: {
            query?: {
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id or name. */
                maintenance_window: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaintenanceWindow"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "maintenance_windows.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                maintenance_window: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "maintenance_windows.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                maintenance_window: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": components["schemas"]["MaintenanceWindowsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaintenanceWindow"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "me.update": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "Ada King"
                 *     }
                 */
                "application/json": components["schemas"]["MeUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "me.preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonalPreferences"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "me.set_preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "preferences": {
                 *         "theme": "dark"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["MeSetPreferencesBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonalPreferences"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "second_factor.begin": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["SecondFactorBeginBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthenticatorSecret"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "second_factor.confirm": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "123456"
                 *     }
                 */
                "application/json": components["schemas"]["SecondFactorConfirmBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewRecoveryCodes"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "second_factor.end": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "123456",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["SecondFactorEndBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "second_factor.renew_recovery_codes": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "123456",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["SecondFactorRenewRecoveryCodesBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewRecoveryCodes"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "server.metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Metrics"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Which facets to answer: properties for each of whose values the matching items are counted. */
                facets?: string;
                /** @description Only nodes that run on this one, by id or name. */
                host?: string;
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description Only nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most nodes on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /**
                 * @description Only nodes whose name, address, container name or serial number contains all of these words, in
                 *     any case.
                 */
                search?: string;
                /** @description Only nodes at this site, by id or name. */
                site?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at" | "updated_at" | "-updated_at";
                /**
                 * @description Only nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /**
                 * @description Only nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodePage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "address": "db-1.example.net",
                 *       "distro": "Debian 13",
                 *       "labels": {
                 *         "env": "prod"
                 *       },
                 *       "name": "db-1",
                 *       "type": "generic"
                 *     }
                 */
                "application/json": components["schemas"]["NodesCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeWithParts"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.get": {
        parameters: {
            query?: {
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id or name. */
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted or changed. */
                dry_run?: boolean;
                /** @description Delete it even if something depends on it. */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                node: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "address": "10.0.0.5",
                 *       "labels": {
                 *         "env": "test"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["NodesUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.merge": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The node that stays, by id or name. */
                node: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "db-1-old"
                 *     }
                 */
                "application/json": components["schemas"]["NodesMergeBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Merged"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "commands.reboot": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id or name. */
                node: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["CommandsRebootBody"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GivenCommand"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.updates": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most updates on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only security updates, or with `false` only other updates. */
                security?: boolean;
                /**
                 * @description Only updates of at least this severity, according to their source.
                 *
                 *     - `low`: It can wait.
                 *     - `moderate`: It is recommended.
                 *     - `important`: It is important.
                 *     - `critical`: It is urgent.
                 */
                severity?: components["schemas"]["UpdateSeverity"];
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path: {
                /** @description The node, by id or name. */
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdatesOfNode"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.export": {
        parameters: {
            query?: {
                /** @description Where it begins: the `next_cursor` of the previous export. */
                cursor?: string;
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description Only nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most nodes in one answer. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /**
                 * @description Only nodes whose name, address, container name or serial number contains all of these words, in
                 *     any case.
                 */
                search?: string;
                /** @description Only nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "nodes.import": {
        parameters: {
            query?: {
                /** @description Only if the body is text. Change nothing; only answer what would be done. */
                dry_run?: boolean;
                /**
                 * @description Only if the body is text. What to do with a line whose name belongs to an existing node; `refuse` if absent.
                 *
                 *     - `refuse`: The line is an error.
                 *     - `update`: The object is updated with the line's fields; absent fields stay as they are.
                 */
                existing?: components["schemas"]["ExistingObjects"];
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": "type,name,address,labels\ngeneric,db-1,10.0.0.5,\"env=prod,tier=db\"\n",
                 *       "format": "csv"
                 *     }
                 */
                "application/json": components["schemas"]["NodesImportBody"];
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "observations.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those from this time on; by default, of the last day. */
                from?: string;
                /** @description Only those of nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only those of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most observations on a page. */
                limit?: number;
                /** @description Only those with these metric keys, separated by commas. */
                metrics?: string;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those of nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only those of nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only those of nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only those of nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
                /** @description Only those before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObservationPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "observations.create": {
        parameters: {
            query?: {
                /**
                 * @description Only if the body is text. An id of this request, so that sending it again within seven days has no effect. Ids of one key or user do not
                 *     collide with those of another.
                 */
                batch?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only if the body is text. Store the valid observations if others are refused; without it, none is stored then. */
                partial?: boolean;
                /**
                 * @description Only if the body is text. How long the source may be silent about a node before there is no data, in seconds; a minute if it never said. It
                 *     applies to the nodes in this request from now on, also for the past.
                 */
                stale_after_seconds?: number;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "columns": [
                 *         {
                 *           "at": [
                 *             "2030-01-01T06:00:00Z",
                 *             "2030-01-01T06:10:00Z"
                 *           ],
                 *           "metric": "execution",
                 *           "node": "lathe-1",
                 *           "type": "EXECUTION",
                 *           "values": [
                 *             "ACTIVE",
                 *             "READY"
                 *           ]
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ObservationsCreateBody"];
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredObservations"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "observations.export": {
        parameters: {
            query?: {
                /** @description Where it begins: the `next_cursor` of the previous export. */
                cursor?: string;
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description Only those from this time on; by default, of the last day. */
                from?: string;
                /** @description Only those of nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only those of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description Only those with these metric keys, separated by commas. */
                metrics?: string;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those of nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only those of nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only those of nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only those of nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
                /** @description Only those before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operator_runs.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those that do not end before this time. */
                from?: string;
                /** @description The most runs on a page. */
                limit?: number;
                /** @description Only those at this node, by id or name. */
                node?: string;
                /** @description Only those of operators who are there, or with `false` only those that have ended. */
                open?: boolean;
                /** @description Only those of this operator: the id, or the name or number if no other operator has it. */
                operator?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "start_at" | "-start_at" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /** @description Only those that begin before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedOperatorRunPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operator_runs.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "node": "db-1",
                 *       "operator": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f",
                 *       "start_at": "2030-01-31T06:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["OperatorRunsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedOperatorRun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operator_runs.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id. */
                operator_run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedOperatorRun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operator_runs.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                operator_run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operator_runs.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                operator_run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "end_at": "2030-01-31T14:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["OperatorRunsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedOperatorRun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operators.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most operators on a page. */
                limit?: number;
                /** @description Only the operator with this number. */
                number?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operators.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ada Lovelace",
                 *       "number": "4711"
                 *     }
                 */
                "application/json": components["schemas"]["OperatorsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operator"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operators.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description The id, or the name or number if no other operator has it. */
                operator: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operator"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operators.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer whether it could be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id, or the name or number if no other operator has it. */
                operator: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "operators.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id, or the name or number if no other operator has it. */
                operator: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "number": "4712"
                 *     }
                 */
                "application/json": components["schemas"]["OperatorsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operator"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "organizations.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most organizations on a page. */
                limit?: number;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "slug" | "-slug" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "organizations.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Acme",
                 *       "slug": "acme"
                 *     }
                 */
                "application/json": components["schemas"]["OrganizationsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "organizations.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id or slug. */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "organizations.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description Also delete everything that it owns. */
                force?: boolean;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or slug. */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "organizations.update": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or slug. */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "Acme Ltd"
                 *     }
                 */
                "application/json": components["schemas"]["OrganizationsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "part_corrections.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those at or after this time. */
                from?: string;
                /** @description The most part corrections on a page. */
                limit?: number;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "at" | "-at" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /** @description Only those before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedPartCorrectionPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "part_corrections.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "at": "2030-01-31T08:00:00Z",
                 *       "node": "db-1",
                 *       "note": "Trial cuts",
                 *       "parts": -2
                 *     }
                 */
                "application/json": components["schemas"]["PartCorrectionsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedPartCorrection"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "part_corrections.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id. */
                part_correction: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedPartCorrection"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "part_corrections.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                part_correction: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "part_corrections.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                part_correction: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "parts": -3
                 *     }
                 */
                "application/json": components["schemas"]["PartCorrectionsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedPartCorrection"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "permissions.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Permissions"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "positions.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those from this time on; by default, of the last day. */
                from?: string;
                /** @description Only those of nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only those of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most positions on a page. */
                limit?: number;
                /** @description Only these positions, by their keys without `.x`, `.y` and `.z`, separated by commas. */
                metrics?: string;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those of nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only those of nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only those of nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only those of nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
                /** @description Only those before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PositionPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "prometheus.targets": {
        parameters: {
            query?: {
                /** @description Only exporters on nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /**
                 * @description Only exporters on nodes whose name, address, container name or serial number contains all of these words, in any
                 *     case.
                 */
                search?: string;
                /** @description Only exporters on nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only exporters on nodes with this status. Without it, those of machines that are switched off stay in the list, so
                 *     that Prometheus reports them as down.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only exporters of this type, such as `node_exporter`.
                 *
                 *     - `bailiwick_agent`: Bailiwick's own agent on an enrolled node, which starts and supervises the exporters there.
                 *     - `node_exporter`: Metrics of the node it runs on.
                 *     - `mysqld_exporter`: Metrics of `MySQL`.
                 *     - `mongodb_exporter`: Metrics of `MongoDB`.
                 *     - `postgres_exporter`: Metrics of `PostgreSQL`.
                 *     - `proxysql_exporter`: Metrics of `ProxySQL`.
                 *     - `valkey_exporter`: Metrics of Valkey or Redis.
                 *     - `rds_exporter`: Metrics of Amazon RDS.
                 *     - `azure_database_exporter`: Metrics of Azure databases.
                 *     - `mtconnect_adapter`: Observations of machine tools that speak `MTConnect`.
                 *     - `opamp`: An `OpAMP` client of another vendor.
                 *     - `external_exporter`: An exporter that is not started by Bailiwick.
                 */
                type?: components["schemas"]["AgentType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrometheusTargets"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "reach.preview": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reach": {
                 *         "labels": "env=prod"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ReachPreviewBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Covered"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "server.ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            400: components["responses"]["Invalid"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "rejects.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those at or after this time. */
                from?: string;
                /**
                 * @description Only those of this kind.
                 *
                 *     - `scrap`: They are thrown away.
                 *     - `nonconforming`: They are not as specified, and may be repaired or sorted.
                 */
                kind?: components["schemas"]["RejectKind"];
                /** @description The most rejects on a page. */
                limit?: number;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "at" | "-at" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /** @description Only those before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedRejectPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "rejects.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "at": "2030-01-31T08:00:00Z",
                 *       "kind": "scrap",
                 *       "node": "db-1",
                 *       "parts": 3
                 *     }
                 */
                "application/json": components["schemas"]["RejectsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedReject"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "rejects.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id. */
                reject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedReject"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "rejects.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                reject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "rejects.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                reject: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "kind": "nonconforming"
                 *     }
                 */
                "application/json": components["schemas"]["RejectsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedReject"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "reports.downtime": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "group_by": [
                 *         "reason",
                 *         "node"
                 *       ],
                 *       "last_days": 7
                 *     }
                 */
                "application/json": components["schemas"]["ReportsDowntimeBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "reports.production": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "group_by": [
                 *         "node",
                 *         "day"
                 *       ],
                 *       "last_days": 7,
                 *       "metrics": [
                 *         "utilization"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ReportsProductionBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "retention.show": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "retention.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "host": 30,
                 *       "quantity": 365
                 *     }
                 */
                "application/json": components["schemas"]["RetentionUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "roles.list": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Roles"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "roles.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Berlin operators",
                 *       "reach": {
                 *         "labels": "place=berlin"
                 *       },
                 *       "scopes": [
                 *         "sites:read",
                 *         "nodes:*"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RolesCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "roles.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description `viewer`, `technician`, `editor`, `admin`, or the id or name of a custom role. */
                role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "roles.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description Also end the memberships and delete the keys that have it. */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or name of a custom role of the organization. */
                role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "roles.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or name of a custom role of the organization. */
                role: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "scopes": [
                 *         "sites:read",
                 *         "nodes:read"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RolesUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "roles.export": {
        parameters: {
            query?: {
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "roles.import": {
        parameters: {
            query?: {
                /** @description Only if the body is text. Change nothing; only answer what would be done. */
                dry_run?: boolean;
                /**
                 * @description Only if the body is text. What to do with a line whose name belongs to an existing role; `refuse` if absent.
                 *
                 *     - `refuse`: The line is an error.
                 *     - `update`: The object is updated with the line's fields; absent fields stay as they are.
                 */
                existing?: components["schemas"]["ExistingObjects"];
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": "name,scopes,reach\nBerlin operators,\"[\"\"sites:read\"\",\"\"nodes:*\"\"]\",\"{\"\"labels\"\":\"\"place=berlin\"\"}\"\n",
                 *       "format": "csv"
                 *     }
                 */
                "application/json": components["schemas"]["RolesImportBody"];
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "schedules.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most schedules on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "schedules.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "cron": "30 2 * * *",
                 *       "name": "Nightly",
                 *       "run": {
                 *         "command": "uptime",
                 *         "kind": "command",
                 *         "shell": "sh"
                 *       },
                 *       "targets": {
                 *         "labels": "env=prod"
                 *       },
                 *       "time_zone": "Europe/Berlin"
                 *     }
                 */
                "application/json": components["schemas"]["SchedulesCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "schedules.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id or name. */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "schedules.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "schedules.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": components["schemas"]["SchedulesUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "schedules.run": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id or name. */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "scopes.match": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "curl https://bailiwick.example.com/v1/nodes?labels=env=prod"
                 *     }
                 */
                "application/json": components["schemas"]["ScopesMatchBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Matched"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "scripts.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description The most scripts on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScriptRecordPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "scripts.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "body": "systemctl restart \"$1\"",
                 *       "name": "restart-web",
                 *       "parameters": [
                 *         {
                 *           "default": "nginx",
                 *           "name": "unit"
                 *         }
                 *       ],
                 *       "shell": "sh"
                 *     }
                 */
                "application/json": components["schemas"]["ScriptsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownScript"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "scripts.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The version to show; the latest if absent. */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Its id or name. */
                script: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownScript"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "scripts.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted or changed. */
                dry_run?: boolean;
                /** @description Delete it even if something refers to it. */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                script: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "scripts.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                script: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "description": "Restarts the web server"
                 *     }
                 */
                "application/json": components["schemas"]["ScriptsUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownScript"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "scripts.run": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id or name. */
                script: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "targets": {
                 *         "labels": "env=prod"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ScriptsRunBody"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GivenCommand"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "selections.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "targets": {
                 *         "labels": "env=prod"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["SelectionsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Selection"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "series.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those of nodes that run on this one, by id or name. */
                host?: string;
                /**
                 * @description Only those of this kind.
                 *
                 *     - `state`: Words, such as `ACTIVE`. A state holds until the next one.
                 *     - `count`: The readings of a counter: whole numbers.
                 *     - `quantity`: Numbers with a unit, such as a load or a temperature.
                 *     - `alarm`: Alarms that begin and end.
                 */
                kind?: components["schemas"]["MetricKind"];
                /** @description Only those of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most series on a page. */
                limit?: number;
                /** @description Only those with these metric keys, separated by commas. */
                metrics?: string;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those of nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only those of nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only those of nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only those of nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "services.list": {
        parameters: {
            query?: {
                /** @description Only services of this cluster. */
                cluster?: string;
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only services of this environment. */
                environment?: string;
                /** @description Which facets to answer: properties for each of whose values the matching items are counted. */
                facets?: string;
                /** @description Only services of this group. */
                group?: string;
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description Only services whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most services on a page. */
                limit?: number;
                /** @description Only services that run on this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only services whose name or address contains all of these words. */
                search?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at" | "updated_at" | "-updated_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
                /**
                 * @description Only services of this type.
                 *
                 *     - `mysql`: `MySQL`, or a database that speaks its protocol.
                 *     - `mongodb`: `MongoDB`.
                 *     - `postgresql`: `PostgreSQL`.
                 *     - `valkey`: Valkey, or Redis.
                 *     - `proxysql`: `ProxySQL`.
                 *     - `haproxy`: `HAProxy`.
                 *     - `external`: Anything else that exports metrics.
                 */
                type?: components["schemas"]["ServiceType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServicePage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "services.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "environment": "production",
                 *       "group": "redis",
                 *       "labels": {
                 *         "env": "prod"
                 *       },
                 *       "name": "orders-cache",
                 *       "type": "external"
                 *     }
                 */
                "application/json": components["schemas"]["ServicesCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceWithAgents"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "services.get": {
        parameters: {
            query?: {
                /** @description Which names to add next to ids, in members of their own. */
                include?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id or name. */
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Service"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "services.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted or changed. */
                dry_run?: boolean;
                /** @description Delete it even if something depends on it. */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "services.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                service: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "environment": "staging"
                 *     }
                 */
                "application/json": components["schemas"]["ServicesUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Service"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "services.export": {
        parameters: {
            query?: {
                /** @description Only services of this cluster. */
                cluster?: string;
                /** @description Where it begins: the `next_cursor` of the previous export. */
                cursor?: string;
                /** @description Only services of this environment. */
                environment?: string;
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description Only services of this group. */
                group?: string;
                /** @description Only services whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most services in one answer. */
                limit?: number;
                /** @description Only services that run on this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only services whose name or address contains all of these words. */
                search?: string;
                /**
                 * @description Only services of this type.
                 *
                 *     - `mysql`: `MySQL`, or a database that speaks its protocol.
                 *     - `mongodb`: `MongoDB`.
                 *     - `postgresql`: `PostgreSQL`.
                 *     - `valkey`: Valkey, or Redis.
                 *     - `proxysql`: `ProxySQL`.
                 *     - `haproxy`: `HAProxy`.
                 *     - `external`: Anything else that exports metrics.
                 */
                type?: components["schemas"]["ServiceType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "services.import": {
        parameters: {
            query?: {
                /** @description Only if the body is text. Change nothing; only answer what would be done. */
                dry_run?: boolean;
                /**
                 * @description Only if the body is text. What to do with a line whose name belongs to an existing service; `refuse` if absent.
                 *
                 *     - `refuse`: The line is an error.
                 *     - `update`: The object is updated with the line's fields; absent fields stay as they are.
                 */
                existing?: components["schemas"]["ExistingObjects"];
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": "type,name,group,labels\nexternal,orders-cache,redis,\"env=prod,tier=cache\"\n",
                 *       "format": "csv"
                 *     }
                 */
                "application/json": components["schemas"]["ServicesImportBody"];
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sessions.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sessions.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["SessionsCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedIn"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sessions.end": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id. */
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sites.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only sites whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most sites on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SitePage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sites.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "description": "Two halls and a gatehouse",
                 *       "labels": {
                 *         "env": "prod"
                 *       },
                 *       "name": "Berlin plant"
                 *     }
                 */
                "application/json": components["schemas"]["SitesCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sites.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Its id or name. */
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sites.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted or changed. */
                dry_run?: boolean;
                /** @description Delete it even if something refers to it. */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sites.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id or name. */
                site: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "description": "Three halls and a gatehouse"
                 *     }
                 */
                "application/json": components["schemas"]["SitesUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sites.export": {
        parameters: {
            query?: {
                /** @description Where it begins: the `next_cursor` of the previous export. */
                cursor?: string;
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description Only sites whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most sites in one answer. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "sites.import": {
        parameters: {
            query?: {
                /** @description Only if the body is text. Change nothing; only answer what would be done. */
                dry_run?: boolean;
                /**
                 * @description Only if the body is text. What to do with a line whose name belongs to an existing site; `refuse` if absent.
                 *
                 *     - `refuse`: The line is an error.
                 *     - `update`: The object is updated with the line's fields; absent fields stay as they are.
                 */
                existing?: components["schemas"]["ExistingObjects"];
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": "name,description,label.env\nHamburg depot,At the harbour,prod\n",
                 *       "format": "csv"
                 *     }
                 */
                "application/json": components["schemas"]["SitesImportBody"];
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "state_intervals.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before, of the same `from` and `until`. */
                cursor?: string;
                /** @description Only those that last beyond this time; by default, those of the last day. */
                from?: string;
                /** @description Only those of nodes that run on this one, by id or name. */
                host?: string;
                /** @description Only those of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most intervals on a page. */
                limit?: number;
                /** @description Only those with these metric keys, separated by commas. */
                metrics?: string;
                /** @description Only those of this node, by id or name. */
                node?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only those of nodes whose name, address, container name or serial number contains all of these words, in any case. */
                search?: string;
                /** @description Only those of nodes at this site, by id or name. */
                site?: string;
                /**
                 * @description Only those of nodes with this status.
                 *
                 *     - `online`: Its agent sent a message within the last 75 seconds.
                 *     - `stale`: Its agent sent a message within the last five minutes, and the next one is late.
                 *     - `offline`: Its agent sent no message for five minutes, or announced that it disconnects.
                 *     - `unknown`: It has no Bailiwick agent, or the agent never sent a message.
                 */
                status?: components["schemas"]["NodeStatus"];
                /**
                 * @description Only those of nodes of this type.
                 *
                 *     - `generic`: A computer or a virtual machine.
                 *     - `container`: A container.
                 *     - `remote`: A machine on which no program of Bailiwick can run.
                 *     - `remote_rds`: A database instance of Amazon RDS.
                 *     - `remote_azure_database`: An Azure database.
                 *     - `machine_tool`: A machine tool on a shop floor.
                 */
                type?: components["schemas"]["NodeType"];
                /** @description Only those that begin before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StateIntervalPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "updates.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only updates of nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The most updates on a page. */
                limit?: number;
                /** @description Only updates of this name. */
                name?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only security updates, or with `false` only other updates. */
                security?: boolean;
                /**
                 * @description Only updates of at least this severity, according to their source.
                 *
                 *     - `low`: It can wait.
                 *     - `moderate`: It is recommended.
                 *     - `important`: It is important.
                 *     - `critical`: It is urgent.
                 */
                severity?: components["schemas"]["UpdateSeverity"];
                /** @description Only updates of nodes at this site, by id or name. */
                site?: string;
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeUpdatePage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "updates.install": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "targets": {
                 *         "labels": "env=prod"
                 *       },
                 *       "updates": "security"
                 *     }
                 */
                "application/json": components["schemas"]["UpdatesInstallBody"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GivenCommand"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "updates.scan": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "targets": {
                 *         "labels": "env=prod"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["UpdatesScanBody"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GivenCommand"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "updates.summary": {
        parameters: {
            query?: {
                /** @description Only nodes whose labels match, as in `env=prod,!legacy`. */
                labels?: string;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
                /** @description Only nodes at this site, by id or name. */
                site?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateSummary"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.list": {
        parameters: {
            query?: {
                /** @description Where the page begins: the `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only the user with this e-mail address. */
                email?: string;
                /** @description The most users on a page. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
                /** @description The sort order: a field, or `-` and the field for descending order. */
                sort?: "name" | "-name" | "email" | "-email" | "created_at" | "-created_at";
                /** @description Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000. */
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.create": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "name": "Ada Lovelace",
                 *       "role": "viewer"
                 *     }
                 */
                "application/json": components["schemas"]["UsersCreateBody"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path: {
                /** @description Their id or e-mail address. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.delete": {
        parameters: {
            query?: {
                /** @description Delete nothing; only answer what would be deleted. */
                dry_run?: boolean;
                /**
                 * @description Also delete the keys that act for the user, and the schedules that run as the user or those
                 *     keys.
                 */
                force?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Their id or e-mail address. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.update": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Their id or e-mail address. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "role": "editor"
                 *     }
                 */
                "application/json": components["schemas"]["UsersUpdateBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.invite": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Their id or e-mail address. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.reset_second_factor": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Their id or e-mail address. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.list_sessions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Their id or e-mail address. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.end_sessions": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description Their id or e-mail address. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.export": {
        parameters: {
            query?: {
                /** @description Where it begins: the `next_cursor` of the previous export. */
                cursor?: string;
                /**
                 * @description The format. If absent, the one in `Accept`, otherwise `jsonl`.
                 *
                 *     - `jsonl`: One JSON object per line.
                 *     - `csv`: Comma-separated values, with the names of the fields in the first line.
                 */
                format?: components["schemas"]["TextFormat"];
                /** @description The most users in one answer. */
                limit?: number;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "users.import": {
        parameters: {
            query?: {
                /** @description Only if the body is text. Change nothing; only answer what would be done. */
                dry_run?: boolean;
                /**
                 * @description Only if the body is text. What to do with a line whose address belongs to an existing member; `refuse` if absent. `update`
                 *     gives the member the line's role.
                 *
                 *     - `refuse`: The line is an error.
                 *     - `update`: The object is updated with the line's fields; absent fields stay as they are.
                 */
                existing?: components["schemas"]["ExistingObjects"];
                /**
                 * @description Only if the body is text. Whether existing accounts that have a password become members. Make sure that each is the account
                 *     of the person meant: anybody who knows its password can then act in the organization.
                 */
                join_existing?: boolean;
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": "email,name,role\nada@example.com,Ada Lovelace,editor\n",
                 *       "format": "csv"
                 *     }
                 */
                "application/json": components["schemas"]["UsersImportBody"];
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportedUsers"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "server.version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionInfo"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "whoami.get": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Myself"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "whoami.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
    "whoami.can": {
        parameters: {
            query?: {
                /** @description The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own. */
                organization?: string;
            };
            header?: {
                /** @description A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "operation": "sites.list"
                 *     }
                 */
                "application/json": components["schemas"]["WhoamiCanBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verdict"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            507: components["responses"]["StorageFull"];
        };
    };
}
