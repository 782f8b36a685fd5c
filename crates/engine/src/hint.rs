//! Hints: what the caller can do about an error.

use schemars::JsonSchema;
use serde::Serialize;

/// What the caller can do about an error. An operation only names it; the server and the command line say
/// it in their own words, because one has parameters of a request and the other has options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "HintName")]
pub enum Hint {
    /// Send a credential.
    SendCredential,
    /// With Basic authentication, send the key as the password.
    KeyAsPassword,
    /// Look at the scopes that the key has.
    ShowScopes,
    /// Use a root key, or log in as a server administrator.
    UseRoot,
    /// Name the organization.
    NameOrganization,
    /// Name no organization.
    NameNoOrganization,
    /// Look at the scopes that exist.
    ListScopes,
    /// Force the deletion, which deletes or detaches dependants.
    Force,
    /// See what a forced deletion would do, without doing it.
    DryRun,
    /// Allow a second exporter of the same object.
    AllowDuplicate,
    /// Connect at the path for agents.
    ConnectAsAgent,
    /// Ignore maintenance windows.
    IgnoreMaintenanceWindows,
}

impl Hint {
    /// All hints.
    pub const ALL: [Self; 12] = [
        Self::SendCredential,
        Self::KeyAsPassword,
        Self::ShowScopes,
        Self::UseRoot,
        Self::NameOrganization,
        Self::NameNoOrganization,
        Self::ListScopes,
        Self::Force,
        Self::DryRun,
        Self::AllowDuplicate,
        Self::ConnectAsAgent,
        Self::IgnoreMaintenanceWindows,
    ];

    /// The hint's stable name, for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendCredential => "send_credential",
            Self::KeyAsPassword => "key_as_password",
            Self::ShowScopes => "show_scopes",
            Self::UseRoot => "use_root",
            Self::NameOrganization => "name_organization",
            Self::NameNoOrganization => "name_no_organization",
            Self::ListScopes => "list_scopes",
            Self::Force => "force",
            Self::DryRun => "dry_run",
            Self::AllowDuplicate => "allow_duplicate",
            Self::ConnectAsAgent => "connect_as_agent",
            Self::IgnoreMaintenanceWindows => "ignore_maintenance_windows",
        }
    }
}
