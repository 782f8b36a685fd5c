//! What clients and servers of OpAMP can do, as bits (specification, sections
//! "AgentToServer.capabilities", "AgentToServer.flags", "ServerToAgent.capabilities" and
//! "ServerToAgent.flags").

/// What a client can do.
pub mod agent {
    /// It tells of itself. Every client must.
    pub const REPORTS_STATUS: u64 = 0x1;
    /// It takes a configuration.
    pub const ACCEPTS_REMOTE_CONFIG: u64 = 0x2;
    /// It tells which configuration holds.
    pub const REPORTS_EFFECTIVE_CONFIG: u64 = 0x4;
    /// It takes connection settings.
    pub const ACCEPTS_OPAMP_CONNECTION_SETTINGS: u64 = 0x100;
    /// It tells how it is.
    pub const REPORTS_HEALTH: u64 = 0x800;
    /// It tells what became of a configuration.
    pub const REPORTS_REMOTE_CONFIG: u64 = 0x1000;
    /// It is heard of regularly.
    pub const REPORTS_HEARTBEAT: u64 = 0x2000;
    /// It tells what became of connection settings.
    pub const REPORTS_CONNECTION_SETTINGS_STATUS: u64 = 0x8000;

    /// All that our agent can do.
    pub const OURS: u64 = REPORTS_STATUS
        | ACCEPTS_REMOTE_CONFIG
        | REPORTS_EFFECTIVE_CONFIG
        | ACCEPTS_OPAMP_CONNECTION_SETTINGS
        | REPORTS_HEALTH
        | REPORTS_REMOTE_CONFIG
        | REPORTS_HEARTBEAT
        | REPORTS_CONNECTION_SETTINGS_STATUS;
}

/// What a client asks for.
pub mod agent_flags {
    /// It asks the server to choose its instance UID.
    pub const REQUEST_INSTANCE_UID: u64 = 0x1;
}

/// What a server can do.
pub mod server {
    /// It hears what clients tell of themselves. Every server must.
    pub const ACCEPTS_STATUS: u64 = 0x1;
    /// It offers configurations.
    pub const OFFERS_REMOTE_CONFIG: u64 = 0x2;
    /// It hears which configuration holds.
    pub const ACCEPTS_EFFECTIVE_CONFIG: u64 = 0x4;
    /// It offers connection settings.
    pub const OFFERS_CONNECTION_SETTINGS: u64 = 0x20;

    /// All that our server can do.
    pub const OURS: u64 =
        ACCEPTS_STATUS | OFFERS_REMOTE_CONFIG | ACCEPTS_EFFECTIVE_CONFIG | OFFERS_CONNECTION_SETTINGS;
}

/// What a server asks for.
pub mod server_flags {
    /// It asks for all that a client tells of itself.
    pub const REPORT_FULL_STATE: u64 = 0x1;
}

/// Our one custom capability: [commands](crate::commands).
pub const COMMANDS: &str = "dev.bailiwick.commands";
