//! The right to write scripts.

use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};

use crate::ids;

/// Refuses a caller that could not run the script's text as a command itself, because others run
/// the script on machines.
pub(super) fn require_may_write_scripts(cx: &Cx) -> Result<()> {
    cx.require_operation(ids::COMMANDS_CREATE)?;
    if cx.command_limits().is_some() {
        let detail = "the calling key has command limits, but others can run the script without them: \
                      use a key without command limits";
        return Err(Error::CommandLimited(vec![FieldError::new("body", detail)]));
    }
    Ok(())
}
