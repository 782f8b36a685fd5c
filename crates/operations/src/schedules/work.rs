//! Conversion of a schedule's work to the instruction of its command.

use bailiwick_domain::command::{Instruction, SecretEnv};
use bailiwick_domain::schedule::Work;
use bailiwick_domain::script::ScriptRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};

use crate::commands::program::{Program, Saved, Source};

/// The instruction of a schedule's next command.
pub(super) async fn instruction(cx: &Cx, work: &Work) -> Result<Instruction> {
    let (source, arguments, run_as, working_directory) = match work.clone() {
        Work::ScanUpdates => return Ok(Instruction::ScanUpdates),
        Work::InstallUpdates { updates } => return Ok(Instruction::InstallUpdates { updates }),
        // The schedule was stored before scripts were referred to by id. A script that has the name now
        // may be another one.
        Work::Script { script: ScriptRef::Name(name), .. } => {
            let detail = format!("the script {name} no longer exists; name another script in `run`");
            return Err(Error::invalid("script", detail));
        }
        Work::Command { shell, command, arguments, run_as, working_directory } => (
            Source::Text { shell: Some(shell), command: Some(command) },
            arguments,
            run_as,
            working_directory,
        ),
        Work::Script { script, version, parameters, run_as, working_directory } => {
            (Source::Saved(Saved { script, version, parameters }), Vec::new(), run_as, working_directory)
        }
    };
    let program = Program { source, arguments, run_as, working_directory };
    Ok(Instruction::Shell(program.script(cx, &SecretEnv::default()).await?))
}
