//! Commands in the form in which they are sent to agents.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Command, Instruction};
use crate::id::CommandId;
use crate::time::Timestamp;

/// Environment variables of a command, by name. `Debug` does not show their values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretEnv(pub BTreeMap<String, Zeroizing<String>>);

impl std::fmt::Debug for SecretEnv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl SecretEnv {
    /// The context under which the environment of a command is sealed.
    pub fn place(command: CommandId) -> String {
        format!("command/{command}/env")
    }

    /// The form in which it is sealed.
    pub fn to_text(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        serde_json::to_vec(&self.0).map(Zeroizing::new)
    }

    /// Reads the form in which it was sealed.
    pub fn of_text(text: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(text).map(Self)
    }
}

/// A command in the form in which it is sent to agents; the same for all of its nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The command.
    pub id: CommandId,
    /// The instruction to carry out.
    pub instruction: Instruction,
    /// The values of the environment variables that the instruction names.
    pub env: SecretEnv,
    /// How long it may run, in seconds.
    pub timeout_seconds: u32,
    /// The time after which it must not begin any more.
    pub expires_at: Timestamp,
    /// The most bytes that are kept of each output stream.
    pub output_limit_bytes: u32,
}

impl Order {
    /// A command with the values of its environment variables.
    pub fn new(command: &Command, env: SecretEnv) -> Self {
        Self {
            id: command.id,
            instruction: command.instruction.clone(),
            env,
            timeout_seconds: command.timeout_seconds,
            expires_at: command.expires_at,
            output_limit_bytes: command.output_limit_bytes,
        }
    }
}
