//! Updates of a node's software.

mod name;
mod scan;

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::hidden::is_hidden;

pub use name::{BadUpdateName, NAME_MAX, UpdateName};
pub use scan::{LastScan, NodeUpdate, UpdateScan, UpdateSummary};

/// The most updates that are kept for one node.
pub const UPDATES_MAX: usize = 10_000;
/// The most characters of any other text of an update.
pub const TEXT_MAX: usize = 500;
/// The most references that are kept for one update.
pub const REFERENCES_MAX: usize = 100;

/// How important an update is, if its source says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "UpdateSeverity")]
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
    /// Every severity, from the lowest to the highest.
    pub const ALL: [Self; 4] = [Self::Low, Self::Moderate, Self::Important, Self::Critical];

    /// The severity as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::Important => "important",
            Self::Critical => "critical",
        }
    }

    /// The severity that a text from the database names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

/// The package manager or service that knows a machine's updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateSource {
    /// APT, of Debian and its relatives.
    Apt,
    /// DNF, of Fedora, Red Hat and their relatives.
    Dnf,
    /// Zypper, of SUSE.
    Zypper,
    /// Windows Update.
    Windows,
}

impl UpdateSource {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Apt, Self::Dnf, Self::Zypper, Self::Windows];

    /// The source as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
            Self::Zypper => "zypper",
            Self::Windows => "windows",
        }
    }
}

/// The error for a text that names no source of updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of apt, dnf, zypper, windows")]
pub struct NotAnUpdateSource;

impl FromStr for UpdateSource {
    type Err = NotAnUpdateSource;

    fn from_str(text: &str) -> Result<Self, NotAnUpdateSource> {
        Self::ALL.into_iter().find(|source| source.as_str() == text).ok_or(NotAnUpdateSource)
    }
}

/// An update that is available for a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AvailableUpdate")]
pub struct Update {
    /// The name of the package; on Windows, the update's id.
    pub name: String,
    /// A title for people; absent if the source gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The installed version; absent if the package is not installed or the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_version: Option<String>,
    /// The version after the update; absent if updates have no version, as on Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_version: Option<String>,
    /// The package's architecture; absent if the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The repository or suite that it comes from; absent if the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Whether it is a security update.
    pub security: bool,
    /// How important it is; absent if the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Ids of advisories and articles about it: `KB5034441`, `FEDORA-2026-0a1b`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

impl Update {
    /// The length of all its texts, in bytes.
    pub fn text_bytes(&self) -> usize {
        let Self {
            name, title, installed_version, available_version, architecture, origin, references, ..
        } = self;
        let optional = [title, installed_version, available_version, architecture, origin];
        name.len()
            + optional.into_iter().flatten().map(String::len).sum::<usize>()
            + references.iter().map(String::len).sum::<usize>()
    }
}

/// Removes control and hidden characters and cuts a text to at most `most` characters.
fn bounded(text: &mut String, most: usize) {
    let is_removed = |c: char| c.is_control() || is_hidden(c);
    if text.len() > most || text.contains(is_removed) {
        *text = text.chars().filter(|c| !is_removed(*c)).take(most).collect();
    }
}

impl Update {
    /// Cuts its texts and references to their bounds.
    fn bound(&mut self) {
        bounded(&mut self.name, NAME_MAX);
        let Self { title, installed_version, available_version, architecture, origin, references, .. } = self;
        for text in [title, installed_version, available_version, architecture, origin].into_iter().flatten()
        {
            bounded(text, TEXT_MAX);
        }
        references.truncate(REFERENCES_MAX);
        references.iter_mut().for_each(|reference| bounded(reference, TEXT_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_and_sources_are_parsed_from_their_text() {
        for severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()), Some(severity));
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
        for source in UpdateSource::ALL {
            assert_eq!(source.as_str().parse(), Ok(source));
        }
        assert!(Severity::Critical > Severity::Low && Severity::parse("high").is_none());
    }
}
