//! Conversion of names in a schedule to ids, which cannot be given to another object.

use bailiwick_domain::command::{NAMED_MAX, Targets};
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::schedule::Work;
use bailiwick_domain::script::ScriptRef;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result, require_valid};

use crate::references::{KnownNodes, check_length};

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

/// Replaces nodes and a site by their ids.
pub(super) async fn pin_targets(cx: &Cx, targets: &mut Targets) -> Result<()> {
    let reach = cx.organization_reach()?;
    match targets {
        Targets::Labels(_) => {}
        Targets::Site(name) => {
            let found = cx.store().sites(&reach).find(name).await?;
            let missing = || Error::invalid("targets.site", format!("there is no site {name}"));
            *name = SiteRef::Id(found.ok_or_else(missing)?.id);
        }
        Targets::Nodes(names) => {
            let mut errors = Vec::new();
            check_length("targets.nodes", names, NAMED_MAX, &mut errors);
            if errors.is_empty() {
                let known = KnownNodes::find(cx.store().nodes(&reach), names.iter()).await?;
                let found = known.list("targets.nodes", names, &mut errors);
                let ids: Vec<_> = found.into_iter().map(|node| NodeRef::Id(node.id)).collect();
                *names = ids;
            }
            require_valid(errors)?;
            if names.is_empty() {
                return Err(Error::invalid("targets.nodes", "expected at least one node"));
            }
        }
    }
    Ok(())
}
