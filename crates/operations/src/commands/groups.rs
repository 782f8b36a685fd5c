//! The results of a command, grouped by equal outcome and output.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bailiwick_domain::command::{CommandResult, ResultState};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::node::NodeSummary;
use bailiwick_domain::page::{PAGE_MAX, PageLimit};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::ResultFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::find;
use super::{TAG, ids};

/// The most results that are compared.
const RESULTS_MAX: usize = 20_000;
/// The most bytes of output that are compared.
const BYTES_MAX: u64 = 64 << 20;
/// The most groups that are told apart.
const GROUPS_MAX: usize = 1_000;
/// The most groups in an answer.
const ANSWERED_MAX: usize = 100;
/// The most nodes that a group names.
const NODES_MAX: usize = 50;
/// The most bytes of each stream in an answer.
const SHOWN_BYTES: usize = 4_096;

/// List the results of a command in groups that are equal.
///
/// The largest group is first. Results are in one group if state, exit code, signal, error and both streams are equal. Of commands with more than
/// 20,000 results in the caller's reach, or with more than 64 MiB of output, only the first are compared; `compared` and
/// `is_complete` say so.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupResults {
    /// The command's id.
    command: CommandId,
    /// Only results in this state.
    state: Option<ResultState>,
}

/// Results that are equal.
#[derive(Debug, Serialize, JsonSchema)]
struct ResultGroup {
    /// Their state.
    state: ResultState,
    /// The exit code; null if the program did not exit by itself, or has none.
    exit_code: Option<i32>,
    /// The signal that ended it; null if none did.
    signal: Option<i32>,
    /// What went wrong; null if nothing did, or if only the exit code shows it.
    error: Option<String>,
    /// How many results are in the group.
    count: u32,
    /// The beginning of standard output: at most 4,096 bytes.
    stdout: String,
    /// The beginning of standard error: at most 4,096 bytes.
    stderr: String,
    /// Whether a stream is longer than what is shown of it.
    truncated: bool,
    /// The first nodes, at most 50, in the order of their ids.
    nodes: Vec<NodeSummary>,
}

/// The groups of a command's results.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ResultGroups {
    /// The groups, the largest first; at most 100.
    items: Vec<ResultGroup>,
    /// How many groups were found. Beyond 1,000, they are not told apart.
    groups: u32,
    /// How many results were compared.
    compared: u32,
    /// How many of those are in no group of `items`.
    others: u32,
    /// Whether all results of the command in the caller's reach were compared.
    is_complete: bool,
}

impl Operation for GroupResults {
    const SPEC: Spec = Spec::read(ids::COMMANDS_GROUPS, "/v1/commands/{command}/groups").tag(TAG).costs(10);
    type Output = ResultGroups;

    async fn run(self, cx: &Cx) -> Result<ResultGroups> {
        let reach = cx.organization_reach()?;
        let command = find(cx, &reach, self.command).await?;
        let filter = ResultFilter { state: self.state, node: None };
        let mut grouping = Grouping::default();
        let mut cursor = None;
        loop {
            let mut commands = cx.store().commands(&reach);
            let kept = command.output_limit_bytes;
            let page = commands
                .results(command.id, kept, &filter, PageLimit::near(PAGE_MAX), cursor.as_ref())
                .await?;
            page.items.into_iter().for_each(|result| grouping.add(result));
            cursor = page.next_cursor;
            if cursor.is_none() || grouping.is_full() {
                break;
            }
        }
        Ok(grouping.finish(cursor.is_none()))
    }
}

/// Results, grouped as they are read.
#[derive(Default)]
struct Grouping {
    groups: HashMap<u64, ResultGroup>,
    compared: u32,
    beyond: u32,
    bytes: u64,
}

impl Grouping {
    fn is_full(&self) -> bool {
        self.bytes >= BYTES_MAX || self.compared as usize >= RESULTS_MAX
    }

    fn add(&mut self, result: CommandResult) {
        self.compared += 1;
        self.bytes += (result.stdout.text.len() + result.stderr.text.len()) as u64;
        let node = NodeSummary { id: result.node_id, name: result.node_name.clone() };
        let digest = digest(&result);
        if let Some(group) = self.groups.get_mut(&digest) {
            group.count += 1;
            if group.nodes.len() < NODES_MAX {
                group.nodes.push(node);
            }
        } else if self.groups.len() < GROUPS_MAX {
            self.groups.insert(digest, ResultGroup::of(result, node));
        } else {
            self.beyond += 1;
        }
    }

    fn finish(self, is_complete: bool) -> ResultGroups {
        let mut items: Vec<ResultGroup> = self.groups.into_values().collect();
        let first = |group: &ResultGroup| group.nodes.first().map(|node| node.id);
        items.sort_by_key(|group| (std::cmp::Reverse(group.count), first(group)));
        let groups = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let hidden: u32 = items.iter().skip(ANSWERED_MAX).map(|group| group.count).sum();
        items.truncate(ANSWERED_MAX);
        ResultGroups { items, groups, compared: self.compared, others: self.beyond + hidden, is_complete }
    }
}

/// A digest of everything in which the results of a group are equal.
fn digest(result: &CommandResult) -> u64 {
    let mut hasher = DefaultHasher::new();
    (result.state, result.exit_code, result.signal, &result.error).hash(&mut hasher);
    for output in [&result.stdout, &result.stderr] {
        (&output.text, output.total_bytes, &output.base64).hash(&mut hasher);
    }
    hasher.finish()
}

impl ResultGroup {
    fn of(result: CommandResult, node: NodeSummary) -> Self {
        let (stdout, is_out_cut) = beginning(result.stdout.text);
        let (stderr, is_err_cut) = beginning(result.stderr.text);
        Self {
            state: result.state,
            exit_code: result.exit_code,
            signal: result.signal,
            error: result.error,
            count: 1,
            stdout,
            stderr,
            truncated: is_out_cut || is_err_cut,
            nodes: vec![node],
        }
    }
}

/// The beginning of a text, and whether there is more.
fn beginning(mut text: String) -> (String, bool) {
    let is_cut = text.len() > SHOWN_BYTES;
    if is_cut {
        text.truncate(text.floor_char_boundary(SHOWN_BYTES));
    }
    (text, is_cut)
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::command::Output;

    use super::*;

    fn result(n: u128, stdout: &str) -> CommandResult {
        CommandResult {
            command_id: "01932f4e-7b5a-7c3d-8e9f-000000000001".parse().unwrap(),
            node_id: format!("01932f4e-7b5a-7c3d-8e9f-{n:012x}").parse().unwrap(),
            node_name: format!("node-{n}").parse().unwrap(),
            state: ResultState::Succeeded,
            exit_code: Some(0),
            signal: None,
            error: None,
            stdout: Output { text: stdout.to_owned(), total_bytes: stdout.len() as u64, ..Output::default() },
            stderr: Output::default(),
            sent_at: None,
            started_at: None,
            finished_at: None,
            duration_ms: None,
        }
    }

    #[test]
    fn equal_results_are_one_group_and_the_largest_is_first() {
        let mut grouping = Grouping::default();
        grouping.add(result(1, "other\n"));
        (2..=188).for_each(|n| grouping.add(result(n, "same\n")));
        grouping.add(CommandResult {
            exit_code: Some(1),
            state: ResultState::Failed,
            ..result(189, "same\n")
        });
        let found = grouping.finish(true);
        let counts: Vec<_> = found.items.iter().map(|group| (group.count, group.stdout.as_str())).collect();
        assert_eq!(counts, [(187, "same\n"), (1, "other\n"), (1, "same\n")]);
        assert_eq!(found.items[0].nodes.len(), NODES_MAX);
        assert_eq!((found.groups, found.compared, found.others, found.is_complete), (3, 189, 0, true));
    }

    #[test]
    fn groups_beyond_the_most_are_counted() {
        let mut grouping = Grouping::default();
        (0..1_500).for_each(|n| grouping.add(result(n, &n.to_string())));
        let found = grouping.finish(false);
        assert_eq!((found.items.len(), found.groups, found.compared), (100, 1_000, 1_500));
        assert_eq!((found.others, found.is_complete), (1_400, false));
    }

    #[test]
    fn long_output_is_compared_as_a_whole_and_shown_in_part() {
        let mut grouping = Grouping::default();
        let long = "é".repeat(3_000);
        grouping.add(result(1, &format!("{long}a")));
        grouping.add(result(2, &format!("{long}b")));
        let found = grouping.finish(true);
        assert_eq!(found.groups, 2);
        assert!(found.items[0].truncated && found.items[0].stdout.len() <= SHOWN_BYTES);
    }
}
