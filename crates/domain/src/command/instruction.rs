//! What a command tells a node to do.

use std::collections::BTreeSet;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Shell;
use crate::id::ScriptId;
use crate::update::UpdateName;

/// The most bytes of a command's text: Linux gives a program no longer argument
/// (`MAX_ARG_STRLEN`, with the end of it).
pub const COMMAND_MAX: usize = 131_071;
/// The most variables of a command's environment.
pub const ENVIRONMENT_MAX: usize = 100;
/// The most arguments of a script.
pub const ARGUMENTS_MAX: usize = 100;
/// The most characters of an instruction's title.
const TITLE_MAX: usize = 200;
/// The most updates that one instruction names.
pub const NAMES_MAX: usize = 1_000;

/// The saved script that a command's text is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScriptUse {
    /// The script.
    pub id: ScriptId,
    /// Its version.
    pub version: u32,
}

/// A text for a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Script {
    /// What the text is given to.
    pub shell: Shell,
    /// The text.
    pub command: String,
    /// The arguments that the text finds as `$1`, `$2`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// The names of the variables that its environment has beside those of the agent. Their values
    /// are never shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub env: BTreeSet<String>,
    /// The user to run it as; the agent's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as: Option<String>,
    /// Where it runs; the home of whoever runs it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// The saved script that the text is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<ScriptUse>,
}

/// Which updates are installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum UpdateChoice {
    /// All that there are.
    All,
    /// Those that close holes.
    Security,
    /// These, by name, or by what refers to them.
    Names(
        #[serde(deserialize_with = "names")]
        #[schemars(with = "Vec<UpdateName>", length(min = 1, max = NAMES_MAX), description = "The names.")]
        Vec<String>,
    ),
}

/// Names of updates. None at all would be nothing, and must not be taken for everything.
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
    /// Give a text to a shell.
    Shell(Script),
    /// Find out which updates there are.
    ScanUpdates,
    /// Install updates, and then find out which are left.
    InstallUpdates {
        /// Which.
        updates: UpdateChoice,
    },
    /// Start the machine again.
    Reboot,
}

/// What kind of instruction it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum InstructionKind {
    /// A text for a shell.
    Shell,
    /// Find out which updates there are.
    ScanUpdates,
    /// Install updates.
    InstallUpdates,
    /// Start the machine again.
    Reboot,
}

impl InstructionKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Shell, Self::ScanUpdates, Self::InstallUpdates, Self::Reboot];

    /// As it is written.
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
    /// It in few words: the beginning of a text, or what it does.
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

    /// What kind it is.
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
    fn an_empty_choice_of_updates_is_none() {
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
    fn instructions_are_told_apart_by_their_kind() {
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
