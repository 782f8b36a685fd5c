//! The names of all SQL statements. A name appears in the log and in measurements, so that an operator finds
//! the code of a slow statement without seeing its values.

/// Declares [`StatementName`].
macro_rules! names {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// The name of a statement: the noun, a dot, and what the statement does. One name belongs to one
        /// piece of code. If that code runs the same SQL on several tables, they share the name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum StatementName {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl StatementName {
            /// All names, in the order of their numbers.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name as it appears in the log and in measurements.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

names! {
    AgentSecretsBeforePepper = "agent_secrets.before_pepper",
    AgentSecretsClear = "agent_secrets.clear",
    AgentSecretsHasUnbound = "agent_secrets.has_unbound",
    AgentSecretsOfAgent = "agent_secrets.of_agent",
    AgentSecretsOfAgents = "agent_secrets.of_agents",
    AgentSecretsReseal = "agent_secrets.reseal",
    AgentSecretsSet = "agent_secrets.set",
    AgentSecretsUnbound = "agent_secrets.unbound",
    AgentsAddLabels = "agents.add_labels",
    AgentsAffected = "agents.affected",
    AgentsCount = "agents.count",
    AgentsCountFew = "agents.count_few",
    AgentsCreate = "agents.create",
    AgentsDelete = "agents.delete",
    AgentsDeleteKeys = "agents.delete_keys",
    AgentsDeleteLabels = "agents.delete_labels",
    AgentsDeleteMany = "agents.delete_many",
    AgentsExisting = "agents.existing",
    AgentsForgetObserved = "agents.forget_observed",
    AgentsLeaveNode = "agents.leave_node",
    AgentsLeaveServices = "agents.leave_services",
    AgentsList = "agents.list",
    AgentsObserveNodes = "agents.observe_nodes",
    AgentsObserveServices = "agents.observe_services",
    AgentsObservedNodes = "agents.observed_nodes",
    AgentsObservedServices = "agents.observed_services",
    AgentsOursOn = "agents.ours_on",
    AgentsSampleTracks = "agents.sample_tracks",
    AgentsSecretNames = "agents.secret_names",
    AgentsSome = "agents.some",
    AgentsSupervisedOn = "agents.supervised_on",
    AgentsTouch = "agents.touch",
    AgentsUpdate = "agents.update",
    AnnotationsCreate = "annotations.create",
    AnnotationsDelete = "annotations.delete",
    AnnotationsUpdate = "annotations.update",
    AuditAfter = "audit.after",
    AuditAppend = "audit.append",
    AuditAppendAtCommit = "audit.append_at_commit",
    AuditAppendTarget = "audit.append_target",
    AuditBeginChain = "audit.begin_chain",
    AuditCut = "audit.cut",
    AuditDeleteCut = "audit.delete_cut",
    AuditHeads = "audit.heads",
    AuditLastCut = "audit.last_cut",
    AuditList = "audit.list",
    AuditNextNumber = "audit.next_number",
    AuditSetHash = "audit.set_hash",
    AuditTargetsBetween = "audit.targets_between",
    CalendarsAll = "calendars.all",
    CalendarsCount = "calendars.count",
    CalendarsCreate = "calendars.create",
    CalendarsDelete = "calendars.delete",
    CalendarsGet = "calendars.get",
    CalendarsList = "calendars.list",
    CalendarsNamed = "calendars.named",
    CalendarsOf = "calendars.of",
    CalendarsUpdate = "calendars.update",
    CommandsAppendOutput = "commands.append_output",
    CommandsCancel = "commands.cancel",
    CommandsCancelQueued = "commands.cancel_queued",
    CommandsClaim = "commands.claim",
    CommandsCountFew = "commands.count_few",
    CommandsCountOnNode = "commands.count_on_node",
    CommandsCountResults = "commands.count_results",
    CommandsCreate = "commands.create",
    CommandsCreateResults = "commands.create_results",
    CommandsEndResults = "commands.end_results",
    CommandsEnvBeforePepper = "commands.env_before_pepper",
    CommandsExpiredResults = "commands.expired_results",
    CommandsFinish = "commands.finish",
    CommandsFirstOnNode = "commands.first_on_node",
    CommandsForget = "commands.forget",
    CommandsForgetMoved = "commands.forget_moved",
    CommandsGet = "commands.get",
    CommandsIssued = "commands.issued",
    CommandsKeysOfRole = "commands.keys_of_role",
    CommandsKeysOfUser = "commands.keys_of_user",
    CommandsLastChange = "commands.last_change",
    CommandsList = "commands.list",
    CommandsLock = "commands.lock",
    CommandsMoveOutput = "commands.move_output",
    CommandsMoveResults = "commands.move_results",
    CommandsNextChange = "commands.next_change",
    CommandsOfGiver = "commands.of_giver",
    CommandsOpenNodesOf = "commands.open_nodes_of",
    CommandsOpenResultsOf = "commands.open_results_of",
    CommandsOutput = "commands.output",
    CommandsOutputSince = "commands.output_since",
    CommandsOverdueResults = "commands.overdue_results",
    CommandsProgress = "commands.progress",
    CommandsResealEnv = "commands.reseal_env",
    CommandsResults = "commands.results",
    CommandsResultsOfNode = "commands.results_of_node",
    CommandsResultsSince = "commands.results_since",
    CommandsResultsToMove = "commands.results_to_move",
    CommandsResultsToRecord = "commands.results_to_record",
    CommandsUnansweredNodes = "commands.unanswered_nodes",
    CommandsUsersOfRole = "commands.users_of_role",
    CommandsWithdraw = "commands.withdraw",
    CommandsWriteResults = "commands.write_results",
    ConnectionsIsReadOnly = "connections.is_read_only",
    ConnectionsNotifyItself = "connections.notify_itself",
    ConnectionsProcess = "connections.process",
    ConnectionsSetUp = "connections.set_up",
    CoverageAdd = "coverage.add",
    CoverageLock = "coverage.lock",
    CoverageOfNodes = "coverage.of_nodes",
    CoverageTake = "coverage.take",
    DatabaseCheckpoint = "database.checkpoint",
    DatabaseHasMigrations = "database.has_migrations",
    DowntimeReasonsCount = "downtime_reasons.count",
    DowntimeReasonsCreate = "downtime_reasons.create",
    DowntimeReasonsDelete = "downtime_reasons.delete",
    DowntimeReasonsFind = "downtime_reasons.find",
    DowntimeReasonsList = "downtime_reasons.list",
    DowntimeReasonsSome = "downtime_reasons.some",
    DowntimeReasonsUpdate = "downtime_reasons.update",
    FeedProcess = "feed.process",
    HealthColumns = "health.columns",
    HealthExamine = "health.examine",
    HealthPing = "health.ping",
    HoldersGet = "holders.get",
    HoldersGiveBack = "holders.give_back",
    HoldersHold = "holders.hold",
    HoldersRelease = "holders.release",
    IdempotencyClaim = "idempotency.claim",
    IdempotencyForget = "idempotency.forget",
    IdempotencyKeepAnswer = "idempotency.keep_answer",
    IdempotencyKnown = "idempotency.known",
    JobOperationsCount = "job_operations.count",
    JobOperationsCreate = "job_operations.create",
    JobOperationsDelete = "job_operations.delete",
    JobOperationsGet = "job_operations.get",
    JobOperationsLike = "job_operations.like",
    JobOperationsList = "job_operations.list",
    JobOperationsUpdate = "job_operations.update",
    JobRunsCreate = "job_runs.create",
    JobRunsDelete = "job_runs.delete",
    JobRunsNamed = "job_runs.named",
    JobRunsUpdate = "job_runs.update",
    KeysActingFor = "keys.acting_for",
    KeysActingIn = "keys.acting_in",
    KeysCountByPepper = "keys.count_by_pepper",
    KeysCountOfUser = "keys.count_of_user",
    KeysCreate = "keys.create",
    KeysDelete = "keys.delete",
    KeysDeleteOfUser = "keys.delete_of_user",
    KeysDigests = "keys.digests",
    KeysDigestsAfter = "keys.digests_after",
    KeysForget = "keys.forget",
    KeysGet = "keys.get",
    KeysList = "keys.list",
    KeysNaming = "keys.naming",
    KeysOfClones = "keys.of_clones",
    KeysOfUser = "keys.of_user",
    KeysRekey = "keys.rekey",
    KeysRotate = "keys.rotate",
    KeysStamp = "keys.stamp",
    KeysTouch = "keys.touch",
    KeysUpdate = "keys.update",
    LinksAgent = "links.agent",
    LinksClearInstance = "links.clear_instance",
    LinksClients = "links.clients",
    LinksClones = "links.clones",
    LinksDeleteKeys = "links.delete_keys",
    LinksDeleteSomeKeys = "links.delete_some_keys",
    LinksInstance = "links.instance",
    LinksKeysOfMachine = "links.keys_of_machine",
    LinksMachines = "links.machines",
    LinksMoveKey = "links.move_key",
    LinksOrigin = "links.origin",
    LinksSetClone = "links.set_clone",
    LinksSetFacts = "links.set_facts",
    LinksSetInstance = "links.set_instance",
    LinksSetOrigin = "links.set_origin",
    LinksSetPrevious = "links.set_previous",
    LinksSetReports = "links.set_reports",
    LinksTakenNames = "links.taken_names",
    LinksUseEnrolment = "links.use_enrolment",
    LoginsAddRecoveryCode = "logins.add_recovery_code",
    LoginsBeginSecondFactor = "logins.begin_second_factor",
    LoginsByEmail = "logins.by_email",
    LoginsClearRecoveryCodes = "logins.clear_recovery_codes",
    LoginsConfirmSecondFactor = "logins.confirm_second_factor",
    LoginsEndSecondFactor = "logins.end_second_factor",
    LoginsForgetAddresses = "logins.forget_addresses",
    LoginsGet = "logins.get",
    LoginsGetToWrite = "logins.get_to_write",
    LoginsInvite = "logins.invite",
    LoginsInvited = "logins.invited",
    LoginsIsFamiliar = "logins.is_familiar",
    LoginsNote = "logins.note",
    LoginsNoteAddress = "logins.note_address",
    LoginsResealSecondFactor = "logins.reseal_second_factor",
    LoginsSecondFactorsBefore = "logins.second_factors_before",
    LoginsSetPassword = "logins.set_password",
    LoginsUseRecoveryCode = "logins.use_recovery_code",
    LoginsUseStep = "logins.use_step",
    LoginsVoidInvitation = "logins.void_invitation",
    MaintenanceWindowsAll = "maintenance_windows.all",
    MaintenanceWindowsCount = "maintenance_windows.count",
    MaintenanceWindowsCreate = "maintenance_windows.create",
    MaintenanceWindowsDelete = "maintenance_windows.delete",
    MaintenanceWindowsGet = "maintenance_windows.get",
    MaintenanceWindowsList = "maintenance_windows.list",
    MaintenanceWindowsNamed = "maintenance_windows.named",
    MaintenanceWindowsUpdate = "maintenance_windows.update",
    NodesAddLabels = "nodes.add_labels",
    NodesByIds = "nodes.by_ids",
    NodesByNames = "nodes.by_names",
    NodesCommanded = "nodes.commanded",
    NodesCommandedOf = "nodes.commanded_of",
    NodesCount = "nodes.count",
    NodesCountFew = "nodes.count_few",
    NodesCountFewCommanded = "nodes.count_few_commanded",
    NodesCreate = "nodes.create",
    NodesDelete = "nodes.delete",
    NodesDeleteLabels = "nodes.delete_labels",
    NodesDetach = "nodes.detach",
    NodesExisting = "nodes.existing",
    NodesFirst = "nodes.first",
    NodesFold = "nodes.fold",
    NodesGet = "nodes.get",
    NodesGetSeen = "nodes.get_seen",
    NodesHostsOf = "nodes.hosts_of",
    NodesList = "nodes.list",
    NodesListSeen = "nodes.list_seen",
    NodesMoveGuests = "nodes.move_guests",
    NodesNamed = "nodes.named",
    NodesNamedSeen = "nodes.named_seen",
    NodesPlacesOf = "nodes.places_of",
    NodesRivals = "nodes.rivals",
    NodesRivalsByName = "nodes.rivals_by_name",
    NodesSampleTracks = "nodes.sample_tracks",
    NodesTakeFacts = "nodes.take_facts",
    NodesUnfolded = "nodes.unfolded",
    NodesUpdate = "nodes.update",
    NodesWithHosts = "nodes.with_hosts",
    ObservationsBetween = "observations.between",
    ObservationsBodies = "observations.bodies",
    ObservationsClean = "observations.clean",
    ObservationsCount = "observations.count",
    ObservationsDeleteExpired = "observations.delete_expired",
    ObservationsDeleteRows = "observations.delete_rows",
    ObservationsDeleteSome = "observations.delete_some",
    ObservationsDirty = "observations.dirty",
    ObservationsForgetBatches = "observations.forget_batches",
    ObservationsForgetNode = "observations.forget_node",
    ObservationsLog = "observations.log",
    ObservationsLogBytes = "observations.log_bytes",
    ObservationsMarkDirty = "observations.mark_dirty",
    ObservationsNextAfter = "observations.next_after",
    ObservationsNoteBatches = "observations.note_batches",
    ObservationsRepeatedBatches = "observations.repeated_batches",
    ObservationsRetention = "observations.retention",
    ObservationsSeal = "observations.seal",
    ObservationsSetRetention = "observations.set_retention",
    OfNodesCount = "of_nodes.count",
    OfNodesCountFew = "of_nodes.count_few",
    OfNodesCountUsers = "of_nodes.count_users",
    OfNodesFirstUsers = "of_nodes.first_users",
    OfNodesGet = "of_nodes.get",
    OfNodesList = "of_nodes.list",
    OfNodesLockNode = "of_nodes.lock_node",
    OfNodesOverlapping = "of_nodes.overlapping",
    OrganizationsAll = "organizations.all",
    OrganizationsCountOwned = "organizations.count_owned",
    OrganizationsCreate = "organizations.create",
    OrganizationsDelete = "organizations.delete",
    OrganizationsDeleteOwned = "organizations.delete_owned",
    OrganizationsFirstOwned = "organizations.first_owned",
    OrganizationsFirstOwnedByTextId = "organizations.first_owned_by_text_id",
    OrganizationsGet = "organizations.get",
    OrganizationsList = "organizations.list",
    OrganizationsUpdate = "organizations.update",
    PresenceClear = "presence.clear",
    PresenceGet = "presence.get",
    PresenceTake = "presence.take",
    PresenceWrite = "presence.write",
    ProductionChangesForget = "production_changes.forget",
    ProductionChangesList = "production_changes.list",
    ProductionChangesNote = "production_changes.note",
    ProductionChangesNoteMoves = "production_changes.note_moves",
    ProductionChangesNoteOf = "production_changes.note_of",
    RolesAfter = "roles.after",
    RolesAll = "roles.all",
    RolesCount = "roles.count",
    RolesCountHolders = "roles.count_holders",
    RolesCreate = "roles.create",
    RolesDelete = "roles.delete",
    RolesDeleteKeys = "roles.delete_keys",
    RolesEndMemberships = "roles.end_memberships",
    RolesFirstKeys = "roles.first_keys",
    RolesFirstUsers = "roles.first_users",
    RolesGet = "roles.get",
    RolesLockOrganization = "roles.lock_organization",
    RolesNamed = "roles.named",
    RolesOfAnyOrganization = "roles.of_any_organization",
    RolesPin = "roles.pin",
    RolesTouchUsers = "roles.touch_users",
    RolesUpdate = "roles.update",
    RolesVoidInvitations = "roles.void_invitations",
    SchedulesClaim = "schedules.claim",
    SchedulesCount = "schedules.count",
    SchedulesCreate = "schedules.create",
    SchedulesDelete = "schedules.delete",
    SchedulesDue = "schedules.due",
    SchedulesGet = "schedules.get",
    SchedulesLaterThan = "schedules.later_than",
    SchedulesList = "schedules.list",
    SchedulesNamed = "schedules.named",
    SchedulesNaming = "schedules.naming",
    SchedulesNoteLeftOut = "schedules.note_left_out",
    SchedulesNoteRun = "schedules.note_run",
    SchedulesOwnedBy = "schedules.owned_by",
    SchedulesRunAt = "schedules.run_at",
    SchedulesUpdate = "schedules.update",
    ScriptsAddVersion = "scripts.add_version",
    ScriptsCount = "scripts.count",
    ScriptsCreate = "scripts.create",
    ScriptsDelete = "scripts.delete",
    ScriptsFind = "scripts.find",
    ScriptsList = "scripts.list",
    ScriptsOfOrganization = "scripts.of_organization",
    ScriptsUpdate = "scripts.update",
    ScriptsVersion = "scripts.version",
    SecretsCountByPepper = "secrets.count_by_pepper",
    SeriesClaim = "series.claim",
    SeriesCountOfNodes = "series.count_of_nodes",
    SeriesCountOfOrganization = "series.count_of_organization",
    SeriesCreate = "series.create",
    SeriesDelete = "series.delete",
    SeriesDue = "series.due",
    SeriesFind = "series.find",
    SeriesGet = "series.get",
    SeriesGive = "series.give",
    SeriesLatestLogged = "series.latest_logged",
    SeriesLatestSealed = "series.latest_sealed",
    SeriesList = "series.list",
    SeriesLock = "series.lock",
    SeriesLogged = "series.logged",
    SeriesNodes = "series.nodes",
    SeriesOfNode = "series.of_node",
    SeriesParts = "series.parts",
    SeriesProgress = "series.progress",
    SeriesSealed = "series.sealed",
    SeriesSlotBefore = "series.slot_before",
    SeriesWordsAdd = "series_words.add",
    SeriesWordsFind = "series_words.find",
    SeriesWordsOfSeries = "series_words.of_series",
    SeriesWordsWithNumbers = "series_words.with_numbers",
    ServicesAddLabels = "services.add_labels",
    ServicesAddNodes = "services.add_nodes",
    ServicesByIds = "services.by_ids",
    ServicesByNames = "services.by_names",
    ServicesCount = "services.count",
    ServicesCountFew = "services.count_few",
    ServicesCreate = "services.create",
    ServicesDelete = "services.delete",
    ServicesDeleteLabels = "services.delete_labels",
    ServicesDeleteMany = "services.delete_many",
    ServicesExisting = "services.existing",
    ServicesForgetNodes = "services.forget_nodes",
    ServicesGet = "services.get",
    ServicesLeaveNode = "services.leave_node",
    ServicesList = "services.list",
    ServicesMoveNode = "services.move_node",
    ServicesMoveTouch = "services.move_touch",
    ServicesMoved = "services.moved",
    ServicesNamed = "services.named",
    ServicesNodes = "services.nodes",
    ServicesOnNode = "services.on_node",
    ServicesPlaces = "services.places",
    ServicesSampleTracks = "services.sample_tracks",
    ServicesSome = "services.some",
    ServicesTouch = "services.touch",
    ServicesUpdate = "services.update",
    SessionsAfter = "sessions.after",
    SessionsBegin = "sessions.begin",
    SessionsEnd = "sessions.end",
    SessionsEndOfUser = "sessions.end_of_user",
    SessionsEndSurplus = "sessions.end_surplus",
    SessionsExists = "sessions.exists",
    SessionsForget = "sessions.forget",
    SessionsGet = "sessions.get",
    SessionsOfUser = "sessions.of_user",
    SettingsGet = "settings.get",
    SettingsSetOnce = "settings.set_once",
    SitesAddLabels = "sites.add_labels",
    SitesByIds = "sites.by_ids",
    SitesByNames = "sites.by_names",
    SitesCreate = "sites.create",
    SitesDelete = "sites.delete",
    SitesDeleteLabels = "sites.delete_labels",
    SitesExisting = "sites.existing",
    SitesGet = "sites.get",
    SitesList = "sites.list",
    SitesNamed = "sites.named",
    SitesUpdate = "sites.update",
    SupervisedAgentLog = "supervised.agent_log",
    SupervisedDoubtUntold = "supervised.doubt_untold",
    SupervisedNodesOfChanged = "supervised.nodes_of_changed",
    SupervisedNoteProbed = "supervised.note_probed",
    SupervisedPresence = "supervised.presence",
    SupervisedTakeToProbe = "supervised.take_to_probe",
    SupervisedToProbe = "supervised.to_probe",
    TransactionsAreRightsChanged = "transactions.are_rights_changed",
    TransactionsBegin = "transactions.begin",
    TransactionsCommit = "transactions.commit",
    TransactionsLockLate = "transactions.lock_late",
    TransactionsLockOrganization = "transactions.lock_organization",
    TransactionsNotify = "transactions.notify",
    TransactionsWaitForUsers = "transactions.wait_for_users",
    UpdatesClear = "updates.clear",
    UpdatesClearScan = "updates.clear_scan",
    UpdatesCountFew = "updates.count_few",
    UpdatesLastScan = "updates.last_scan",
    UpdatesList = "updates.list",
    UpdatesMove = "updates.move",
    UpdatesMoveScan = "updates.move_scan",
    UpdatesOfNode = "updates.of_node",
    UpdatesRecord = "updates.record",
    UpdatesRecordScan = "updates.record_scan",
    UpdatesScansOfTwo = "updates.scans_of_two",
    UpdatesSummary = "updates.summary",
    UsersAfter = "users.after",
    UsersCount = "users.count",
    UsersCreate = "users.create",
    UsersDelete = "users.delete",
    UsersEndMembership = "users.end_membership",
    UsersGet = "users.get",
    UsersList = "users.list",
    UsersMemberships = "users.memberships",
    UsersStamp = "users.stamp",
    UsersTouch = "users.touch",
    UsersUpdate = "users.update",
    UsersWithEmail = "users.with_email",
    UsersWithEmails = "users.with_emails",
    UsersWriteRole = "users.write_role",
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    /// The files that may run SQL without a [`StatementName`] in their arguments: they time each statement by
    /// name themselves, run statements of others, or ask for plans.
    const RUN_SQL: &[&str] = &[
        "database/store.rs",
        "feed.rs",
        "plan.rs",
        "database/postgres_transaction.rs",
        "database/run.rs",
        "database/steering.rs",
    ];

    /// The sources of this crate without tests and comments, by file name.
    fn sources() -> BTreeMap<String, String> {
        fn read(directory: &Path, into: &mut BTreeMap<String, String>) {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    read(&path, into);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let product = text.split("#[cfg(test)]").next().unwrap_or_default();
                let code = product.lines().filter(|line| !line.trim_start().starts_with("//"));
                into.insert(path.display().to_string(), code.collect::<Vec<_>>().join("\n"));
            }
        }
        let mut sources = BTreeMap::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
        // The files of `contracts` are tests.
        sources.retain(|path, _| !path.ends_with("sql/name.rs") && !path.contains("/src/contracts/"));
        sources
    }

    #[test]
    fn each_name_is_a_noun_and_a_verb_and_occurs_once() {
        let texts: Vec<&str> = StatementName::ALL.iter().map(|name| name.as_str()).collect();
        assert!(texts.is_sorted_by(|one, next| one < next), "the names must be sorted, each once");
        let is_word =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        for text in texts {
            assert!(
                text.split_once('.').is_some_and(|(noun, verb)| is_word(noun) && is_word(verb)),
                "{text}"
            );
        }
    }

    #[test]
    fn each_name_belongs_to_one_place_in_the_code() {
        let mut used: BTreeMap<String, usize> = BTreeMap::new();
        for text in sources().values() {
            let by_path = text.split("StatementName::").skip(1);
            let by_macro = text.split("named ").skip(1).flat_map(|rest| {
                let end = rest.find([';', ')', '\n']).unwrap_or(rest.len());
                rest[..end].split(", ").take(3)
            });
            for word in by_path.chain(by_macro) {
                let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
                *used.entry(word[..end].to_owned()).or_default() += 1;
            }
        }
        let wrong: BTreeSet<String> = StatementName::ALL
            .iter()
            .map(|name| format!("{name:?}"))
            .filter(|name| used.get(name) != Some(&1))
            .collect();
        assert_eq!(wrong, BTreeSet::new(), "these names are not used, or more than once");
    }

    #[test]
    fn no_statement_runs_without_a_name() {
        for (path, text) in sources() {
            if RUN_SQL.iter().any(|file| path.ends_with(file)) {
                continue;
            }
            for raw in ["sqlx::query", "raw_sql", ".fetch(", ".fetch_one(", ".fetch_all(", ".fetch_optional("]
            {
                assert!(!text.contains(raw), "{path} runs SQL with {raw}, which is not measured");
            }
        }
    }
}
