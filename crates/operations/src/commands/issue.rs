//! Giving commands: every operation that gives one does so here.

use std::sync::Arc;

use bailiwick_domain::command::{
    Command as CommandRecord, CommandLimits, Instruction, OUTPUT_DEFAULT, OUTPUT_MAX, Order, Progress,
    ResultState, SecretEnv, TIMEOUT_DEFAULT, TIMEOUT_MAX, TTL_DEFAULT, TTL_MAX, Targets,
};
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::node::NodeSummary;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::script::ScriptPin;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_store::commands::{Begin, NewResult};
use schemars::JsonSchema;
use serde::Serialize;

use super::targets::{LeftOut, Selected, select};
use super::view::Command;
use super::{NOUN, ids, noun};
use crate::maintenance_windows::cover::{Sorted, sort};

/// The lowest output limit that can be asked for, in bytes per stream.
pub(crate) const OUTPUT_MIN: u32 = 1_024;
/// The most nodes that an answer lists.
const NODES_MAX: usize = 1_000;

/// How long a command may run and wait, and how much of its output is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommandBounds {
    pub(crate) timeout_seconds: u32,
    pub(crate) ttl_seconds: u32,
    pub(crate) output_limit_bytes: u32,
}

impl CommandBounds {
    /// From the fields of a request, with defaults for absent ones.
    pub(crate) fn new(timeout: Option<u32>, ttl: Option<u32>, output: Option<u32>) -> Result<Self> {
        let mut errors = Vec::new();
        let mut bounded = |field: &str, value: Option<u32>, default, least, most| {
            let value = value.unwrap_or(default);
            if !(least..=most).contains(&value) {
                errors.push(FieldError::new(field, format!("expected {least} to {most}, found {value}")));
            }
            value
        };
        let bounds = Self {
            timeout_seconds: bounded("timeout_seconds", timeout, TIMEOUT_DEFAULT, 1, TIMEOUT_MAX),
            ttl_seconds: bounded("ttl_seconds", ttl, TTL_DEFAULT, 1, TTL_MAX),
            output_limit_bytes: bounded("output_limit_bytes", output, OUTPUT_DEFAULT, OUTPUT_MIN, OUTPUT_MAX),
        };
        if errors.is_empty() { Ok(bounds) } else { Err(Error::Invalid(errors)) }
    }
}

/// A command to be given.
pub(crate) struct NewCommand<'a> {
    pub(crate) instruction: Instruction,
    /// The values of the environment variables that the instruction names.
    pub(crate) env: SecretEnv,
    pub(crate) targets: Targets,
    pub(crate) bounds: CommandBounds,
    /// The schedule that gives it, as it was when it became due.
    pub(crate) schedule: Option<&'a Schedule>,
    /// What maintenance windows mean for it.
    pub(crate) windows: Windows,
}

/// What maintenance windows mean for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Windows {
    /// Nothing.
    NotConcerned,
    /// It does not go to nodes that are outside their windows.
    Heeded,
    /// It goes to these nodes too, because the caller may change windows and says so.
    Ignored,
}

impl Windows {
    /// Windows that are heeded, except if they are to be ignored.
    pub(crate) const fn heeded_unless(ignored: bool) -> Self {
        if ignored { Self::Ignored } else { Self::Heeded }
    }
}

/// Refuses callers that may not ignore maintenance windows: those that may not change them.
pub(crate) fn require_may_ignore_windows(cx: &Cx) -> Result<()> {
    cx.require_operation(ids::MAINTENANCE_WINDOWS_UPDATE)
}

/// The selected nodes, sorted by whether the command may go to them. Refuses a selection of which none is left.
async fn sorted(
    cx: &Cx,
    reach: &OrganizationReach,
    nodes: Vec<NodeSummary>,
    windows: Windows,
) -> Result<Sorted> {
    if windows != Windows::Heeded {
        return Ok(Sorted { free: nodes, ..Sorted::default() });
    }
    let sorted = sort(cx, reach, nodes).await?;
    if sorted.free.is_empty() {
        let opens_at = sorted.outside.iter().filter_map(|(_, opens_at)| *opens_at).min();
        return Err(Error::OutsideMaintenanceWindow { opens_at });
    }
    Ok(sorted)
}

/// Why a command does not go to a node that is outside its windows, for people.
fn left_out(opens_at: Option<Timestamp>) -> Begin {
    let when = opens_at.map(|at| format!("; the next one opens at {at}")).unwrap_or_default();
    Begin::LeftOut(format!("the node was outside its maintenance windows{when}"))
}

/// A command that was given, and its nodes.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct GivenCommand {
    #[serde(flatten)]
    pub(crate) command: Command,
    /// The nodes that it goes to; only the first thousand, sorted by name, if there are more.
    pub(crate) nodes: Vec<NodeSummary>,
    /// The nodes that the targets include, and that it does not go to because they have no agent.
    pub(crate) left_out: LeftOut,
}

/// Errors if the limits of a key do not allow a command to this many nodes.
fn check_limits(limits: &CommandLimits, instruction: &Instruction, nodes: usize) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(most) = limits.most_targets
        && nodes > most as usize
    {
        let detail = format!("the key's limit `most_targets` is {most}, and the command has {nodes} targets");
        errors.push(FieldError::new("targets", detail));
    }
    let Instruction::Shell(script) = instruction else { return errors };
    if let Some(shells) = &limits.shells
        && !shells.contains(&script.shell)
    {
        let shells: Vec<&str> = shells.iter().map(|shell| shell.as_str()).collect();
        let detail = format!("the key's limit `shells` allows only [{}]", shells.join(", "));
        errors.push(FieldError::new("shell", detail));
    }
    if let Some(scripts) = &limits.scripts {
        if !script.script.as_ref().is_some_and(|used| scripts.contains(&ScriptPin::of(used.id, used.version)))
        {
            let detail = "the key's limit `scripts` allows only the versions of saved scripts that it lists";
            errors.push(FieldError::new("script", detail));
        }
        // Each of these can make a shell run something else than the script: `BASH_ENV`, `PATH`, a
        // module in the working directory.
        let given = [
            ("env", !script.env.is_empty()),
            ("run_as", script.run_as.is_some()),
            ("working_directory", script.working_directory.is_some()),
        ];
        for (field, is_given) in given {
            if is_given {
                let detail =
                    "the key's limit `scripts` allows saved scripts only as they are, without this field";
                errors.push(FieldError::new(field, detail));
            }
        }
    }
    errors
}

/// Refuses a command to this many nodes if the command limits of the calling key do not allow it.
pub(crate) fn require_within_limits(cx: &Cx, instruction: &Instruction, nodes: usize) -> Result<()> {
    let errors = match cx.command_limits() {
        Some(limits) => check_limits(limits, instruction, nodes),
        None => Vec::new(),
    };
    if errors.is_empty() { Ok(()) } else { Err(Error::CommandLimited(errors)) }
}

/// Issues a command: writes and audits it, and then sends it to the nodes that are connected.
pub(crate) async fn issue(cx: &Cx, draft: NewCommand<'_>) -> Result<GivenCommand> {
    let NewCommand { instruction, env, targets, bounds, schedule, windows } = draft;
    let reach = cx.organization_reach()?;
    if windows == Windows::Ignored {
        require_may_ignore_windows(cx)?;
    }
    let Selected { nodes, left_out: without_agent } = select(cx, &reach, &targets).await?;
    require_within_limits(cx, &instruction, nodes.len())?;
    let target_count = u32::try_from(nodes.len()).map_err(Error::internal)?;
    let Sorted { free: mut nodes, outside, until } = sorted(cx, &reach, nodes, windows).await?;
    let control = cx.control();
    let now = cx.now();
    let record = CommandRecord {
        id: CommandId::new(cx.clock(), cx.entropy()),
        organization_id: reach.organization,
        instruction,
        targets,
        target_count,
        timeout_seconds: bounds.timeout_seconds,
        // It must not begin on a node whose window has closed.
        expires_at: until.into_iter().fold(now.plus_seconds(bounds.ttl_seconds.into()), Timestamp::min),
        output_limit_bytes: bounds.output_limit_bytes,
        created_by: cx.actor(),
        schedule_id: schedule.map(|schedule| schedule.id),
        created_at: now,
        cancelled_at: None,
        finished_at: None,
    };
    let sealed = if env.0.is_empty() {
        None
    } else {
        let peppers = control.keyring().peppers();
        let text = env.to_text().map_err(Error::internal)?;
        let place = SecretEnv::place(record.id);
        Some(peppers.seal(&place, &text, cx.entropy()).map_err(Error::internal)?)
    };
    let order = Arc::new(Order::new(&record, env));

    let mut write = cx.write().await?;
    if let Some(schedule) = schedule {
        if !write.tx().claim_schedule(schedule, schedule.next_after(now)).await? {
            return Err(Error::internal("another server already ran the schedule, or the schedule changed"));
        }
        write.tx().note_run(schedule.id, now, Ok(record.id)).await?;
    }
    // Connected nodes get it at once, and their results are marked as sent before the first byte is
    // sent.
    let agents = control.agents();
    let is_sent = |node: &NodeSummary| agents.as_ref().is_some_and(|agents| agents.is_here(node.id));
    let begin = |node: &NodeSummary| if is_sent(node) { Begin::Sent } else { Begin::Queued };
    let mut results: Vec<NewResult> =
        nodes.iter().map(|node| NewResult { node: node.clone(), begin: begin(node) }).collect();
    let told: Vec<NodeId> = results.iter().filter(|r| r.begin == Begin::Sent).map(|r| r.node.id).collect();
    let left_out_count = outside.len();
    let outside = outside.into_iter();
    results.extend(outside.map(|(node, opens_at)| NewResult { node, begin: left_out(opens_at) }));
    write.tx().commands(&reach).create(&record, sealed.as_ref(), &results).await?;

    let mut touched = vec![NOUN.target(record.id)];
    touched.extend(nodes.iter().take(AUDIT_TARGETS_MAX - 1).map(|node| noun::NODE.target(node.id)));
    let count = (nodes.len() >= AUDIT_TARGETS_MAX).then(|| format!("{} nodes", nodes.len()));
    let schedule = schedule.map(|schedule| format!("schedule {}", schedule.id));
    let windows = match windows {
        Windows::Ignored => Some("maintenance windows ignored".to_owned()),
        _ if left_out_count > 0 => Some(format!("{left_out_count} nodes outside their maintenance windows")),
        _ => None,
    };
    if let Some(note) =
        [count, schedule, windows].into_iter().flatten().reduce(|all, note| format!("{all}, {note}"))
    {
        write = write.noting(note);
    }
    let mut progress = Progress::default();
    for (state, count) in [
        (ResultState::Sent, told.len()),
        (ResultState::Queued, nodes.len() - told.len()),
        (ResultState::LeftOut, left_out_count),
    ] {
        if count > 0 {
            progress.0.insert(state, u32::try_from(count).map_err(Error::internal)?);
        }
    }
    nodes.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    nodes.truncate(NODES_MAX);
    let command = Command::of(cx, record, progress);
    let given = GivenCommand { command, nodes, left_out: without_agent };
    let given = write.commit(touched, given).await?;
    if let Some(agents) = agents {
        agents.give(&order, &told);
    }
    Ok(given)
}
