//! Resolves the scripts that a key's command limits name to fixed versions.

use std::collections::BTreeSet;

use bailiwick_domain::command::{CommandLimits, LISTED_MAX};
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::script::ScriptPin;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result};

/// Resolves the script versions in command limits. If a script has no version, it gets the one to
/// which the caller itself is limited, or else the latest. `before` are the key's old limits:
/// entries in them are kept even if the script is deleted.
pub(super) async fn pin_scripts(
    cx: &Cx,
    organization: Option<OrganizationId>,
    limits: &mut CommandLimits,
    before: Option<&CommandLimits>,
) -> Result<Vec<FieldError>> {
    let Some(listed) = &limits.scripts else { return Ok(Vec::new()) };
    if listed.len() > LISTED_MAX {
        // `check_limits` refuses the list.
        return Ok(Vec::new());
    }
    let known = before.and_then(|limits| limits.scripts.as_ref());
    let is_known = |pin: &ScriptPin| known.is_some_and(|known| known.contains(pin));
    let asked: Vec<_> = listed.iter().filter(|pin| !is_known(pin)).map(|pin| pin.id).collect();
    let reach = cx.reach()?;
    let mut found = if asked.is_empty() { Vec::new() } else { cx.store().scripts_of(&asked).await? };
    found.retain(|script| match organization {
        Some(own) => script.organization_id == own,
        None => reach.touches(script.organization_id),
    });
    let mut errors = Vec::new();
    let mut pinned = BTreeSet::new();
    for (n, pin) in listed.iter().enumerate() {
        if is_known(pin) {
            pinned.insert(*pin);
            continue;
        }
        let mut wrong = |detail: String| {
            errors.push(FieldError::new(format!("command_limits.scripts[{n}]"), detail));
        };
        let Some(script) = found.iter().find(|script| script.id == pin.id) else {
            wrong(format!("there is no script {}", pin.id));
            continue;
        };
        let own = cx.command_limits().and_then(|limits| limits.version_of(script.id));
        let version = pin.version.or(own).unwrap_or(script.version);
        if (1..=script.version).contains(&version) {
            pinned.insert(ScriptPin::of(script.id, version));
        } else {
            wrong(format!("expected a version from 1 to {}, found {version}", script.version));
        }
    }
    limits.scripts = Some(pinned);
    Ok(errors)
}
