//! List and show commands and their results.

use bailiwick_domain::actor::ActorRef;
use bailiwick_domain::command::{CommandOutcome, CommandResult, InstructionKind, ResultState};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::CommandId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::schedule::ScheduleRef;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::commands::CommandsBy;
use bailiwick_store::{CommandFilter, List, ResultFilter};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Command, ListedCommand, find};
use super::{TAG, ids};
use crate::actors;
use crate::noun;
use crate::references::{find_node, missing};

sort_orders! {
    /// A sort order of commands.
    pub(crate) CommandSort of CommandsBy, default CreatedAtReverse,
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the commands of an organization.
///
/// Only those that went to a node in the caller's reach. Finished commands are deleted after 90 days,
/// or after the time that the server is configured for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListCommands {
    /// Only commands of this kind.
    kind: Option<InstructionKind>,
    /// Only commands that went to this node, by id or name.
    node: Option<NodeRef>,
    /// Only commands that this schedule gave, by id or name.
    schedule: Option<ScheduleRef>,
    /// Only commands that have finished on all nodes, or with `false` only those that have not.
    finished: Option<bool>,
    /// Only commands that went like this on all of their nodes together.
    state: Option<CommandOutcome>,
    /// Only commands that failed on a node, timed out, expired or were lost there, even if they still run on others;
    /// with `false` only those that did not.
    failed: Option<bool>,
    /// Only commands that this user or key gave: a user's id or e-mail address, or a key's id or name. Those given by
    /// schedules count as given by the schedule's owner.
    by: Option<ActorRef>,
    /// Only commands that were given at this time or later.
    since: Option<Timestamp>,
    /// The sort order: by the time when they were given; the latest first if absent.
    sort: Option<CommandSort>,
    /// The most commands on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListCommands {
    const SPEC: Spec = Spec::read(ids::COMMANDS_LIST, "/v1/commands").tag(TAG).columns(&[
        "created_at",
        "id",
        "title",
        "outcome",
        "progress",
        "failure",
        "created_by_name",
    ]);
    type Output = Page<ListedCommand>;

    async fn run(self, cx: &Cx) -> Result<Page<ListedCommand>> {
        let reach = cx.organization_reach()?;
        let schedule = match &self.schedule {
            // Commands stay when their schedule is deleted.
            Some(ScheduleRef::Id(id)) => Some(*id),
            Some(named) => {
                // Nobody learns the names of schedules that they may not see.
                cx.require_operation(ids::SCHEDULES_LIST)?;
                let found = cx.store().schedules(&reach).find(named).await?;
                let found =
                    found.ok_or_else(|| Error::Invalid(vec![missing("schedule", noun::SCHEDULE, named)]))?;
                Some(found.id)
            }
            None => None,
        };
        let filter = CommandFilter {
            kind: self.kind,
            node: find_node(cx, &reach, "node", self.node.as_ref()).await?,
            schedule,
            is_finished: self.finished,
            outcome: self.state,
            has_failed: self.failed,
            by: match &self.by {
                Some(by) => Some(actors::find(cx, by).await?),
                None => None,
            },
            since: self.since,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let page = cx.store().commands(&reach).list(&filter, list).await?;
        Ok(page.map(|summary| ListedCommand::of(cx, summary)))
    }
}

/// Show one command and its progress.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetCommand {
    /// Its id.
    command: CommandId,
}

impl Operation for GetCommand {
    const SPEC: Spec = Spec::read(ids::COMMANDS_GET, "/v1/commands/{command}").tag(TAG);
    type Output = Command;

    async fn run(self, cx: &Cx) -> Result<Command> {
        let reach = cx.organization_reach()?;
        let command = find(cx, &reach, self.command).await?;
        Command::seen(cx, &reach, command).await
    }
}

/// List the results of a command on its nodes.
///
/// Only those of nodes in the caller's reach. Results of deleted nodes are only shown to callers that
/// reach the whole organization. Results are sorted by node id. A page with much output has fewer
/// results than its limit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListResults {
    /// The command's id.
    command: CommandId,
    /// Only results in this state.
    state: Option<ResultState>,
    /// Only the result of this node, by id or name.
    node: Option<NodeRef>,
    /// The most results on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
}

impl Operation for ListResults {
    const SPEC: Spec = Spec::read(ids::COMMANDS_RESULTS, "/v1/commands/{command}/results")
        .tag(TAG)
        .columns(&["node_name", "state", "exit_code", "duration_ms", "error"]);
    type Output = Page<CommandResult>;

    async fn run(self, cx: &Cx) -> Result<Page<CommandResult>> {
        let reach = cx.organization_reach()?;
        let command = find(cx, &reach, self.command).await?;
        let node = find_node(cx, &reach, "node", self.node.as_ref()).await?;
        let filter = ResultFilter { state: self.state, node };
        let limit = self.limit.unwrap_or_default();
        let kept = command.output_limit_bytes;
        Ok(cx
            .store()
            .commands(&reach)
            .results(command.id, kept, &filter, limit, self.cursor.as_ref())
            .await?)
    }
}
