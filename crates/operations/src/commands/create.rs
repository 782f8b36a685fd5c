//! Issue a command.

use std::collections::BTreeMap;

use bailiwick_domain::command::{
    ARGUMENTS_MAX, COMMAND_MAX, Instruction, OUTPUT_DEFAULT, OUTPUT_MAX, Shell, TIMEOUT_DEFAULT, TIMEOUT_MAX,
    TTL_DEFAULT, TTL_MAX, Targets,
};
use bailiwick_domain::script::ScriptRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::env::Env;
use super::issue::{CommandBounds, GivenCommand, NewCommand, OUTPUT_MIN, Windows, issue};
use super::program::{DIRECTORY_MAX, Program, Saved, Source, USER_MAX};
use super::{TAG, ids};

/// Issue a command to a selection of nodes.
///
/// It goes to the selected nodes that are in the caller's reach and have an enrolled agent; the answer
/// lists them. A node that is offline gets the command when it comes back, unless the command has
/// expired. A node runs it at most once. Results are in `commands.results`, and live in
/// `commands.events`. The command limits of the calling key apply.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "targets": { "labels": "env=prod" }, "shell": "sh", "command": "uname -a" }]))]
pub(crate) struct CreateCommand {
    /// The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out.
    targets: Targets,
    /// The shell that runs the text: `bash`, `sh`, `powershell`, `pwsh`, `cmd`, `python`, or the
    /// absolute path of a program. A node without that shell reports an error.
    shell: Option<Shell>,
    /// The text for the shell.
    #[schemars(length(min = 1, max = COMMAND_MAX))]
    command: Option<String>,
    /// A saved script instead of `shell` and `command`, by id or name.
    script: Option<ScriptRef>,
    /// The version of the script. If absent, the latest; if the command limits of the key list versions
    /// of the script, the latest of those.
    #[schemars(range(min = 1))]
    script_version: Option<u32>,
    /// The values of the script's parameters, by name.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    /// Arguments, available to the text as `$1`, `$2`, …
    #[serde(default)]
    #[schemars(length(max = ARGUMENTS_MAX))]
    arguments: Vec<String>,
    /// How long it may run on a node, in seconds; 60 if absent.
    #[schemars(range(min = 1, max = TIMEOUT_MAX), extend("default" = TIMEOUT_DEFAULT))]
    timeout_seconds: Option<u32>,
    /// How long it waits for a node that is offline, in seconds; 3,600 if absent.
    #[schemars(range(min = 1, max = TTL_MAX), extend("default" = TTL_DEFAULT))]
    ttl_seconds: Option<u32>,
    /// Environment variables, by name, in addition to the agent's own. Their values are kept sealed
    /// until the command has finished, and are never shown.
    #[serde(default)]
    env: Env,
    /// The user to run it as; the agent's own if absent.
    #[schemars(length(min = 1, max = USER_MAX))]
    run_as: Option<String>,
    /// The working directory; the home directory of the user that it runs as, if absent.
    #[schemars(length(min = 1, max = DIRECTORY_MAX))]
    working_directory: Option<String>,
    /// The most bytes that are kept of each of its two output streams: half from the beginning and half
    /// from the end; 65,536 if absent.
    #[schemars(range(min = OUTPUT_MIN, max = OUTPUT_MAX), extend("default" = OUTPUT_DEFAULT))]
    output_limit_bytes: Option<u32>,
}

impl Operation for CreateCommand {
    const SPEC: Spec = Spec::create(ids::COMMANDS_CREATE, "/v1/commands").tag(TAG).accepted();
    type Output = GivenCommand;

    async fn run(self, cx: &Cx) -> Result<GivenCommand> {
        let bounds = CommandBounds::new(self.timeout_seconds, self.ttl_seconds, self.output_limit_bytes)?;
        let env = self.env.0;
        let source = match self.script {
            Some(script) => {
                let both = [("shell", self.shell.is_some()), ("command", self.command.is_some())];
                let wrong = both.into_iter().filter(|(_, is_there)| *is_there).map(|(field, _)| {
                    FieldError::new(field, "expected either `script`, or `shell` and `command`")
                });
                let wrong: Vec<_> = wrong.collect();
                if !wrong.is_empty() {
                    return Err(Error::Invalid(wrong));
                }
                Source::Saved(Saved { script, version: self.script_version, parameters: self.parameters })
            }
            None => {
                let of_script = [
                    ("script_version", self.script_version.is_some()),
                    ("parameters", !self.parameters.is_empty()),
                ];
                if let Some((field, _)) = of_script.into_iter().find(|(_, is_there)| *is_there) {
                    return Err(Error::invalid(field, "this field is allowed only together with `script`"));
                }
                Source::Text { shell: self.shell, command: self.command }
            }
        };
        let program = Program {
            source,
            arguments: self.arguments,
            run_as: self.run_as,
            working_directory: self.working_directory,
        };
        let instruction = Instruction::Shell(program.script(cx, &env).await?);
        let windows = Windows::NotConcerned;
        issue(cx, NewCommand { instruction, env, targets: self.targets, bounds, schedule: None, windows })
            .await
    }
}
