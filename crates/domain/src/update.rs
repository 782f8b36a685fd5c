//! Updates of a node's software.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most updates that are kept of one node.
pub const UPDATES_MAX: usize = 10_000;

/// How much an update matters, where its source says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Severity {
    /// It can wait.
    Low,
    /// It is recommended.
    Moderate,
    /// It is important.
    Important,
    /// It is urgent.
    Critical,
}

impl Severity {
    /// Every severity, from the least on.
    pub const ALL: [Self; 4] = [Self::Low, Self::Moderate, Self::Important, Self::Critical];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::Important => "important",
            Self::Critical => "critical",
        }
    }

    /// From the database.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

/// What keeps a machine's software, and knows its updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum UpdateSource {
    /// Debian and its relatives.
    Apt,
    /// Fedora, Red Hat and their relatives.
    Dnf,
    /// SUSE.
    Zypper,
    /// The update agent of Windows.
    Windows,
}

impl UpdateSource {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Apt, Self::Dnf, Self::Zypper, Self::Windows];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
            Self::Zypper => "zypper",
            Self::Windows => "windows",
        }
    }
}

/// Why a text is no source of updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of apt, dnf, zypper, windows")]
pub struct NotAnUpdateSource;

impl FromStr for UpdateSource {
    type Err = NotAnUpdateSource;

    fn from_str(text: &str) -> Result<Self, NotAnUpdateSource> {
        Self::ALL.into_iter().find(|source| source.as_str() == text).ok_or(NotAnUpdateSource)
    }
}

/// One update that a node could have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AvailableUpdate")]
pub struct Update {
    /// What would be updated: the package, or on Windows the update's id.
    pub name: String,
    /// What it is, for people; absent where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The version that is there; absent if none is, or the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_version: Option<String>,
    /// The version that it would become; absent where updates have none, as on Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_version: Option<String>,
    /// The architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Where it comes from: the repository or suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Whether it closes a hole.
    pub security: bool,
    /// How much it matters; absent where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Where more is said of it: `KB5034441`, `FEDORA-2026-0a1b`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

/// What a scan for updates found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateScan {
    /// What was asked.
    pub source: UpdateSource,
    /// The updates that the node could have.
    pub updates: Vec<Update>,
    /// Whether the machine must be started again for what is installed to hold.
    pub reboot_required: bool,
}
