//! Cancel a command.

use bailiwick_domain::id::CommandId;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Command, find};
use super::{NOUN, TAG, ids};

/// Cancel a command.
///
/// Results that wait for a node end at once. Nodes on which it runs are told to stop it, with all
/// processes that it started; their results follow. Finished results stay as they are. Refused if the
/// command went to nodes out of the caller's reach.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelCommand {
    /// Its id.
    command: CommandId,
}

impl Operation for CancelCommand {
    const SPEC: Spec = Spec::act(ids::COMMANDS_CANCEL, "/v1/commands/{command}/cancel").tag(TAG).takes_away();
    type Output = Command;

    async fn run(self, cx: &Cx) -> Result<Command> {
        let reach = cx.organization_reach()?;
        find(cx, &reach, self.command).await?;
        if cx.store().commands(&reach).is_beyond(self.command).await? {
            return Err(Error::ReachTooNarrow("the command has targets outside of it"));
        }
        let mut write = cx.write().await?;
        let mut commands = write.tx().commands(&reach);
        commands.cancel(self.command, cx.now()).await?;
        let record = commands.get(self.command).await?;
        let record = NOUN.found(record, self.command)?;
        let progress = commands.progress(self.command).await?;
        write.commit(vec![NOUN.target(self.command)], Command::of(cx, record, progress)).await
    }
}
