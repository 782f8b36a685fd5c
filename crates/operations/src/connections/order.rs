//! A command as an agent is told it.

use std::collections::BTreeMap;

use bailiwick_domain::command::Instruction;
use bailiwick_domain::id::CommandId;
use bailiwick_domain::time::Timestamp;
use zeroize::Zeroizing;

/// Variables of a command's environment, by name. Their values are not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretEnv(pub BTreeMap<String, Zeroizing<String>>);

impl std::fmt::Debug for SecretEnv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A command as an agent is told it; the same for every node of the command.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The command.
    pub id: CommandId,
    /// What is to be done.
    pub instruction: Instruction,
    /// The values of the environment that the instruction names.
    pub env: SecretEnv,
    /// How long it may run, in seconds.
    pub timeout_seconds: u32,
    /// When it is too late to begin.
    pub expires_at: Timestamp,
    /// The most bytes that are kept of each stream.
    pub output_limit_bytes: u32,
}
