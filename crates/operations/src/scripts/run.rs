//! Run a saved script.

use std::collections::BTreeMap;

use bailiwick_domain::command::{
    Instruction, OUTPUT_DEFAULT, OUTPUT_MAX, SecretEnv, TIMEOUT_DEFAULT, TIMEOUT_MAX, TTL_DEFAULT, TTL_MAX,
    Targets,
};
use bailiwick_domain::script::ScriptRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, ids};
use crate::commands::issue::{CommandBounds, GivenCommand, NewCommand, OUTPUT_MIN, Windows, issue};
use crate::commands::program::{Program, Saved, Source};

/// Run a saved script on a selection of nodes.
///
/// For callers who may run what others have written and checked, but give no commands of their own: it needs no
/// other scope. They choose the nodes, within their reach, and the values of the script's parameters. The answer is the
/// command that runs it; its results are in `commands.results`. The command limits of the calling key apply.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "targets": { "labels": "env=prod" } }]))]
pub(crate) struct RunScript {
    /// Its id or name.
    script: ScriptRef,
    /// The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out.
    targets: Targets,
    /// The version. If absent, the latest; if the command limits of the key list versions of the script, the latest
    /// of those.
    #[schemars(range(min = 1))]
    version: Option<u32>,
    /// The values of the script's parameters, by name.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    /// How long it may run on a node, in seconds; 60 if absent.
    #[schemars(range(min = 1, max = TIMEOUT_MAX), extend("default" = TIMEOUT_DEFAULT))]
    timeout_seconds: Option<u32>,
    /// How long it waits for a node that is offline, in seconds; 3,600 if absent.
    #[schemars(range(min = 1, max = TTL_MAX), extend("default" = TTL_DEFAULT))]
    ttl_seconds: Option<u32>,
    /// The most bytes that are kept of each of its two output streams: half from the beginning and half from the end;
    /// 65,536 if absent.
    #[schemars(range(min = OUTPUT_MIN, max = OUTPUT_MAX), extend("default" = OUTPUT_DEFAULT))]
    output_limit_bytes: Option<u32>,
}

impl Operation for RunScript {
    const SPEC: Spec = Spec::act(ids::SCRIPTS_RUN, "/v1/scripts/{script}/run").tag(TAG).accepted();
    type Output = GivenCommand;

    async fn run(self, cx: &Cx) -> Result<GivenCommand> {
        let bounds = CommandBounds::new(self.timeout_seconds, self.ttl_seconds, self.output_limit_bytes)?;
        let reach = cx.organization_reach()?;
        let found = cx.store().scripts(&reach).find(&self.script).await?;
        let script = NOUN.found(found, &self.script)?;
        if let Some(version) = self.version.filter(|version| !(1..=script.version).contains(version)) {
            let detail = format!("expected a version from 1 to {}, found {version}", script.version);
            return Err(Error::invalid("version", detail));
        }
        let saved = Saved { script: self.script, version: self.version, parameters: self.parameters };
        let program = Program {
            source: Source::Saved(saved),
            arguments: Vec::new(),
            run_as: None,
            working_directory: None,
        };
        let env = SecretEnv::default();
        let instruction = Instruction::Shell(program.script(cx, &env).await?);
        let windows = Windows::NotConcerned;
        issue(cx, NewCommand { instruction, env, targets: self.targets, bounds, schedule: None, windows })
            .await
    }
}
