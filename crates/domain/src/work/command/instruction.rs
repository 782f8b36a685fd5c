//! Instructions: what a command tells a node to do.

use std::collections::BTreeSet;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Shell;
use crate::id::ScriptId;
use crate::work::update::UpdateName;

/// The most bytes of a command's text: Linux passes no longer argument to a program (`MAX_ARG_STRLEN`,
/// less the terminating NUL).
pub const COMMAND_MAX: usize = 131_071;
/// The most variables in a command's environment.
pub const ENVIRONMENT_MAX: usize = 100;
/// The most arguments of a script.
pub const ARGUMENTS_MAX: usize = 100;
/// The most characters of an instruction's title.
const TITLE_MAX: usize = 200;
/// The most updates that one instruction may name.
pub const NAMES_MAX: usize = 1_000;

/// The saved script that a command runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScriptUse {
    /// The script.
    pub id: ScriptId,
    /// The version of the script.
    pub version: u32,
}

/// A text that a shell runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ShellInstruction")]
pub struct Script {
    /// The shell that runs the text.
    pub shell: Shell,
    /// The text.
    pub command: String,
    /// The arguments, which the text can read as `$1`, `$2`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// The names of additional environment variables. Their values are never shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub env: BTreeSet<String>,
    /// The user to run as; the agent's own user if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as: Option<String>,
    /// The working directory; the home directory of the user it runs as if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// The saved script that the text comes from; absent if it was given directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<ScriptUse>,
}

/// Which updates to install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateChoice {
    /// All available updates.
    All,
    /// All security updates.
    Security,
    /// The updates with these names or references.
    Names(
        #[serde(deserialize_with = "names")]
        #[schemars(with = "Vec<UpdateName>", length(min = 1, max = NAMES_MAX), description = "The names.")]
        Vec<String>,
    ),
}

/// Reads the names of updates. An empty list is refused, so that it cannot be mistaken for all updates.
fn names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<UpdateName>::deserialize(from)?;
    if names.is_empty() || names.len() > NAMES_MAX {
        return Err(D::Error::custom(format!("expected 1 to {NAMES_MAX} names, found {}", names.len())));
    }
    Ok(names.iter().map(ToString::to_string).collect())
}

/// What a command tells a node to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Instruction {
    /// Run a text in a shell.
    Shell(Script),
    /// Scan for updates.
    ScanUpdates,
    /// Install updates, then scan for those that are left.
    InstallUpdates {
        /// Which updates to install.
        updates: UpdateChoice,
    },
    /// Restart the machine.
    Reboot,
}

/// The kind of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstructionKind {
    /// Run a text in a shell.
    Shell,
    /// Scan for updates.
    ScanUpdates,
    /// Install updates.
    InstallUpdates,
    /// Restart the machine.
    Reboot,
}

impl InstructionKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Shell, Self::ScanUpdates, Self::InstallUpdates, Self::Reboot];

    /// The kind as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::ScanUpdates => "scan_updates",
            Self::InstallUpdates => "install_updates",
            Self::Reboot => "reboot",
        }
    }
}

impl FromStr for InstructionKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

impl Instruction {
    /// A short title: the beginning of the text, or what the instruction does.
    pub fn title(&self) -> String {
        match self {
            Self::Shell(script) => script.command.trim_start().chars().take(TITLE_MAX).collect(),
            Self::ScanUpdates => "Scan for updates".into(),
            Self::InstallUpdates { updates: UpdateChoice::All } => "Install all updates".into(),
            Self::InstallUpdates { updates: UpdateChoice::Security } => "Install security updates".into(),
            Self::InstallUpdates { updates: UpdateChoice::Names(names) } => {
                let title = format!("Install updates: {}", names.join(", "));
                title.chars().take(TITLE_MAX).collect()
            }
            Self::Reboot => "Reboot".into(),
        }
    }

    /// The kind of the instruction.
    pub const fn kind(&self) -> InstructionKind {
        match self {
            Self::Shell(_) => InstructionKind::Shell,
            Self::ScanUpdates => InstructionKind::ScanUpdates,
            Self::InstallUpdates { .. } => InstructionKind::InstallUpdates,
            Self::Reboot => InstructionKind::Reboot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_choice_of_updates_is_refused() {
        let choice = |text: &str| serde_json::from_str::<UpdateChoice>(text);
        assert_eq!(choice(r#""all""#).unwrap(), UpdateChoice::All);
        assert_eq!(choice(r#"{"names":["bash"]}"#).unwrap(), UpdateChoice::Names(vec!["bash".into()]));
        for text in
            [r#"{"names":[]}"#, r#"{"names":["-y"]}"#, r#"{"names":null}"#, r#""names""#, r#"{"all":[]}"#]
        {
            assert!(choice(text).is_err(), "{text}");
        }
        let many = serde_json::json!({ "names": vec!["a"; NAMES_MAX + 1] }).to_string();
        assert!(choice(&many).unwrap_err().to_string().contains("1 to 1000 names"));
    }

    #[test]
    fn instructions_are_distinguished_by_their_kind() {
        let shell = Instruction::Shell(Script {
            shell: Shell::Sh,
            command: "uname -a".into(),
            arguments: Vec::new(),
            env: BTreeSet::new(),
            run_as: None,
            working_directory: None,
            script: None,
        });
        let text = serde_json::to_string(&shell).unwrap();
        assert_eq!(text, r#"{"kind":"shell","shell":"sh","command":"uname -a"}"#);
        let install = Instruction::InstallUpdates { updates: UpdateChoice::Security };
        for instruction in [shell, Instruction::ScanUpdates, install, Instruction::Reboot] {
            let value = serde_json::to_value(&instruction).unwrap();
            assert_eq!(value["kind"], instruction.kind().as_str());
            assert_eq!(serde_json::from_value::<Instruction>(value).unwrap(), instruction);
        }
    }
}
