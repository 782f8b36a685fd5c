//! Conversion of names in a schedule to ids, which cannot be given to another object.

use bailiwick_domain::schedule::Work;
use bailiwick_domain::script::ScriptRef;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};

use crate::targets::{self, resolve};

/// Replaces the script by its id and version. Otherwise the name could be given to another script
/// later, and a caller who may not change this schedule could write a new version of its script.
pub(super) async fn pin_work(cx: &Cx, work: &mut Work) -> Result<()> {
    let Work::Script { script, version, .. } = work else { return Ok(()) };
    let found = cx.store().scripts(&cx.organization_reach()?).find(script).await?;
    let found = found.ok_or_else(|| Error::invalid("run.script", format!("there is no script {script}")))?;
    let allowed = cx.command_limits().and_then(|limits| limits.version_of(found.id));
    *version = Some(version.or(allowed).unwrap_or(found.version));
    *script = ScriptRef::Id(found.id);
    Ok(())
}

/// Replaces nodes, a site and a host by their ids.
pub(super) async fn pin_targets(cx: &Cx, targets: &mut Targets) -> Result<()> {
    targets::check_lasting(targets, targets::FIELD)?;
    let resolved = resolve(cx.store(), &cx.organization_reach()?, targets, targets::FIELD, cx.now()).await?;
    resolved.pin(targets);
    Ok(())
}
