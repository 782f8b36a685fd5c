//! Commands in the form in which they are sent to agents.

use std::collections::BTreeMap;

use bailiwick_domain::command::Instruction;
use bailiwick_domain::id::CommandId;
use bailiwick_domain::time::Timestamp;
use zeroize::Zeroizing;

/// Environment variables of a command, by name. `Debug` does not show their values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretEnv(pub BTreeMap<String, Zeroizing<String>>);

impl std::fmt::Debug for SecretEnv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
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
