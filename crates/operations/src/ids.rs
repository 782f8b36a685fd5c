//! The ids of all operations. Code that means an operation of another noun names it by its constant here, so that
//! it need not import that noun. This module imports nothing of any noun.

use bailiwick_engine::shape::operation_id::OperationId;

/// Declares one constant for each id, and the list of all.
macro_rules! ids {
    ($($name:ident = $id:literal,)*) => {
        $(#[doc = concat!("`", $id, "`")] pub const $name: OperationId = OperationId::new($id);)*

        /// Each constant, with its name.
        #[cfg(test)]
        const ALL: &[(&str, OperationId)] = &[$((stringify!($name), $name)),*];
    };
}

ids! {
    ORGANIZATIONS_CREATE = "organizations.create", ORGANIZATIONS_DELETE = "organizations.delete",
    ORGANIZATIONS_GET = "organizations.get", ORGANIZATIONS_LIST = "organizations.list",
    ORGANIZATIONS_UPDATE = "organizations.update",
    SITES_CREATE = "sites.create", SITES_DELETE = "sites.delete", SITES_GET = "sites.get",
    SITES_LIST = "sites.list", SITES_UPDATE = "sites.update",
    NODES_CREATE = "nodes.create", NODES_DELETE = "nodes.delete", NODES_EXPORT = "nodes.export",
    NODES_GET = "nodes.get", NODES_IMPORT = "nodes.import", NODES_LIST = "nodes.list",
    NODES_MERGE = "nodes.merge", NODES_UPDATE = "nodes.update", NODES_UPDATES = "nodes.updates",
    SERVICES_CREATE = "services.create", SERVICES_DELETE = "services.delete",
    SERVICES_EXPORT = "services.export", SERVICES_GET = "services.get", SERVICES_IMPORT = "services.import",
    SERVICES_LIST = "services.list", SERVICES_UPDATE = "services.update",
    AGENTS_CREATE = "agents.create", AGENTS_DELETE = "agents.delete", AGENTS_EXPORT = "agents.export",
    AGENTS_GET = "agents.get", AGENTS_IMPORT = "agents.import", AGENTS_LIST = "agents.list",
    AGENTS_LOGS = "agents.logs", AGENTS_ROTATE = "agents.rotate", AGENTS_UPDATE = "agents.update",
    COMMANDS_CANCEL = "commands.cancel", COMMANDS_CREATE = "commands.create",
    COMMANDS_EVENTS = "commands.events", COMMANDS_GET = "commands.get", COMMANDS_LIST = "commands.list",
    COMMANDS_REBOOT = "commands.reboot", COMMANDS_RESULTS = "commands.results",
    UPDATES_INSTALL = "updates.install", UPDATES_LIST = "updates.list", UPDATES_SCAN = "updates.scan",
    UPDATES_SUMMARY = "updates.summary",
    SCRIPTS_CREATE = "scripts.create", SCRIPTS_DELETE = "scripts.delete", SCRIPTS_GET = "scripts.get",
    SCRIPTS_LIST = "scripts.list", SCRIPTS_UPDATE = "scripts.update",
    SCHEDULES_CREATE = "schedules.create", SCHEDULES_DELETE = "schedules.delete",
    SCHEDULES_GET = "schedules.get", SCHEDULES_LIST = "schedules.list", SCHEDULES_RUN = "schedules.run",
    SCHEDULES_UPDATE = "schedules.update",
    MAINTENANCE_WINDOWS_CREATE = "maintenance_windows.create",
    MAINTENANCE_WINDOWS_DELETE = "maintenance_windows.delete",
    MAINTENANCE_WINDOWS_GET = "maintenance_windows.get", MAINTENANCE_WINDOWS_LIST = "maintenance_windows.list",
    MAINTENANCE_WINDOWS_UPDATE = "maintenance_windows.update",
    KEYS_CREATE = "keys.create", KEYS_DELETE = "keys.delete", KEYS_DISABLE = "keys.disable",
    KEYS_ENABLE = "keys.enable", KEYS_GET = "keys.get", KEYS_LIST = "keys.list", KEYS_ROTATE = "keys.rotate",
    KEYS_UPDATE = "keys.update",
    USERS_CREATE = "users.create", USERS_DELETE = "users.delete", USERS_END_SESSIONS = "users.end_sessions",
    USERS_EXPORT = "users.export", USERS_GET = "users.get", USERS_IMPORT = "users.import",
    USERS_INVITE = "users.invite", USERS_LIST = "users.list", USERS_LIST_SESSIONS = "users.list_sessions",
    USERS_RESET_SECOND_FACTOR = "users.reset_second_factor", USERS_UPDATE = "users.update",
    ROLES_CREATE = "roles.create", ROLES_DELETE = "roles.delete", ROLES_EXPORT = "roles.export",
    ROLES_GET = "roles.get", ROLES_IMPORT = "roles.import", ROLES_LIST = "roles.list",
    ROLES_UPDATE = "roles.update",
    INVITATIONS_ACCEPT = "invitations.accept",
    SESSIONS_CREATE = "sessions.create", SESSIONS_END = "sessions.end", SESSIONS_LIST = "sessions.list",
    ME_UPDATE = "me.update",
    SECOND_FACTOR_BEGIN = "second_factor.begin", SECOND_FACTOR_CONFIRM = "second_factor.confirm",
    SECOND_FACTOR_END = "second_factor.end",
    SECOND_FACTOR_RENEW_RECOVERY_CODES = "second_factor.renew_recovery_codes",
    WHOAMI_CAN = "whoami.can", WHOAMI_GET = "whoami.get", WHOAMI_REVOKE = "whoami.revoke",
    PERMISSIONS_LIST = "permissions.list",
    AUDIT_CUT = "audit.cut", AUDIT_EXPORT = "audit.export", AUDIT_LIST = "audit.list",
    AUDIT_VERIFY = "audit.verify",
    SERVER_READY = "server.ready", SERVER_VERSION = "server.version",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue::catalogue;

    #[test]
    fn each_operation_has_one_id_and_each_id_an_operation() {
        let specified: Vec<OperationId> = catalogue().operations().iter().map(|o| o.spec.id).collect();
        let declared: BTreeSet<OperationId> = ALL.iter().map(|(_, id)| *id).collect();
        assert_eq!(declared.len(), ALL.len(), "no id is declared twice");
        assert_eq!(specified.len(), declared.len(), "no id is specified twice");
        assert_eq!(declared, specified.into_iter().collect());
    }

    #[test]
    fn a_constant_is_named_like_its_id() {
        for (name, id) in ALL {
            assert_eq!(*name, id.replace('.', "_").to_uppercase());
        }
    }
}
