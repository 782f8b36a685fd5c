//! OpAMP capabilities and flags, as bits (specification, sections "AgentToServer.capabilities",
//! "AgentToServer.flags", "ServerToAgent.capabilities" and "ServerToAgent.flags").

/// The capabilities of a client.
pub mod agent {
    /// It reports its status. Every client must.
    pub const REPORTS_STATUS: u64 = 0x1;
    /// It accepts a remote configuration.
    pub const ACCEPTS_REMOTE_CONFIG: u64 = 0x2;
    /// It reports the configuration that is in effect.
    pub const REPORTS_EFFECTIVE_CONFIG: u64 = 0x4;
    /// It accepts connection settings.
    pub const ACCEPTS_OPAMP_CONNECTION_SETTINGS: u64 = 0x100;
    /// It reports its health.
    pub const REPORTS_HEALTH: u64 = 0x800;
    /// It reports whether it applied a remote configuration.
    pub const REPORTS_REMOTE_CONFIG: u64 = 0x1000;
    /// It sends heartbeats.
    pub const REPORTS_HEARTBEAT: u64 = 0x2000;
    /// It reports whether it applied connection settings.
    pub const REPORTS_CONNECTION_SETTINGS_STATUS: u64 = 0x8000;

    /// All capabilities of Bailiwick's agent.
    pub const OURS: u64 = REPORTS_STATUS
        | ACCEPTS_REMOTE_CONFIG
        | REPORTS_EFFECTIVE_CONFIG
        | ACCEPTS_OPAMP_CONNECTION_SETTINGS
        | REPORTS_HEALTH
        | REPORTS_REMOTE_CONFIG
        | REPORTS_HEARTBEAT
        | REPORTS_CONNECTION_SETTINGS_STATUS;
}

/// The requests that a client can make by flags.
pub mod agent_flags {
    /// The server should choose the client's instance UID.
    pub const REQUEST_INSTANCE_UID: u64 = 0x1;
}

/// The capabilities of a server.
pub mod server {
    /// It accepts the status of clients. Every server must.
    pub const ACCEPTS_STATUS: u64 = 0x1;
    /// It offers remote configurations.
    pub const OFFERS_REMOTE_CONFIG: u64 = 0x2;
    /// It accepts reports of the configuration that is in effect.
    pub const ACCEPTS_EFFECTIVE_CONFIG: u64 = 0x4;
    /// It offers connection settings.
    pub const OFFERS_CONNECTION_SETTINGS: u64 = 0x20;

    /// All capabilities of Bailiwick's server.
    pub const OURS: u64 =
        ACCEPTS_STATUS | OFFERS_REMOTE_CONFIG | ACCEPTS_EFFECTIVE_CONFIG | OFFERS_CONNECTION_SETTINGS;
}

/// The requests that a server can make by flags.
pub mod server_flags {
    /// The client should report its full state.
    pub const REPORT_FULL_STATE: u64 = 0x1;
}
