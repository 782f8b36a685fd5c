//! Create and change scripts.

use bailiwick_domain::command::{COMMAND_MAX, Shell};
use bailiwick_domain::id::ScriptId;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::reserved::refuse_in_addresses;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::script::{
    PARAMETERS_MAX, Parameter, SCRIPTS_MAX, SavedScript, ScriptRef, ScriptVersion, VERSIONS_MAX,
};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::may::require_may_write_scripts;
use super::text::faults;
use super::{NOUN, Script, TAG, ids};

/// The error for a name that is taken, with the id of the other script.
async fn name_taken(cx: &Cx, reach: &OrganizationReach, name: &Name) -> Result<Error> {
    let other = cx.store().scripts(reach).find(&ScriptRef::Name(name.clone())).await?;
    Ok(NOUN.taken("name", other.map(|script| script.id)))
}

/// Save a script.
///
/// Commands and schedules can use it in place of a text of their own, and a key can be limited to
/// certain versions of scripts. Because others run the script, the scope `commands.create` is needed
/// too, and a key with command limits cannot save one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "restart-web", "shell": "sh", "body": "systemctl restart \"$1\"", "parameters": [{ "name": "unit", "default": "nginx" }] }]))]
pub(crate) struct CreateScript {
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// The shell that runs the text.
    #[schemars(example = &"sh")]
    shell: Shell,
    /// The text.
    #[schemars(length(min = 1, max = COMMAND_MAX), example = &"uptime")]
    body: String,
    /// Its parameters, in the order in which the text receives them as `$1`, `$2`, …
    #[serde(default)]
    #[schemars(length(max = PARAMETERS_MAX))]
    parameters: Vec<Parameter>,
}

impl Operation for CreateScript {
    const SPEC: Spec =
        Spec::create(ids::SCRIPTS_CREATE, "/v1/scripts").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Script) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Script;

    async fn run(self, cx: &Cx) -> Result<Script> {
        require_may_write_scripts(cx)?;
        refuse_in_addresses(self.name.as_str()).map_err(|error| Error::invalid("name", error.to_string()))?;
        let errors = faults(&self.body, &self.parameters);
        require_valid(errors)?;
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let record = SavedScript {
            id: ScriptId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            description: self.description,
            version: 1,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        let version = ScriptVersion {
            version: 1,
            shell: self.shell,
            body: self.body,
            parameters: self.parameters,
            created_at: now,
            created_by: cx.actor(),
        };
        let mut write = cx.write().await?;
        if write.tx().scripts(&reach).count().await? >= SCRIPTS_MAX {
            let detail = format!("an organization can have at most {SCRIPTS_MAX} scripts; delete one first");
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().scripts(&reach).create(&record, &version).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &record.name)).await?;
        write.commit(vec![NOUN.target(record.id)], Script::of(record, version)).await
    }
}

/// Change a script.
///
/// Fields that are absent stay as they are. A new shell, text or list of parameters makes a new
/// version. Versions never change, and commands say which version they ran. Schedules and command
/// limits keep the version that they have. The scope `commands.create` is needed too, and a key with
/// command limits cannot change a script.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "description": "Restarts the web server" }]))]
pub(crate) struct UpdateScript {
    /// Its id or name.
    script: ScriptRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// The shell that runs the text.
    #[serde(default)]
    shell: Named<Shell>,
    /// A new text.
    #[serde(default)]
    #[schemars(length(min = 1, max = COMMAND_MAX))]
    body: Named<String>,
    /// New parameters; they replace all old ones.
    #[serde(default)]
    #[schemars(length(max = PARAMETERS_MAX))]
    parameters: Named<Vec<Parameter>>,
}

impl Operation for UpdateScript {
    const SPEC: Spec =
        Spec::update(ids::SCRIPTS_UPDATE, "/v1/scripts/{script}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Script) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Script;

    async fn run(self, cx: &Cx) -> Result<Script> {
        require_may_write_scripts(cx)?;
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let mut write = cx.write().await?;
        let mut record = NOUN.found(write.tx().scripts(&reach).find(&self.script).await?, &self.script)?;
        let current = write.tx().scripts(&reach).version(record.id, record.version).await?;
        // Another request deleted the script since the statement before.
        let current = current.ok_or(Error::Conflict)?;
        let from = record.revision;
        cx.require_match(&Script::of(record.clone(), current.clone()), from)?;
        if let Some(name) = self.name.0 {
            refuse_in_addresses(name.as_str()).map_err(|error| Error::invalid("name", error.to_string()))?;
            record.name = name;
        }
        self.description.apply(&mut record.description);
        let mut version = current.clone();
        version.shell = self.shell.0.unwrap_or(version.shell);
        version.body = self.body.0.unwrap_or(version.body);
        version.parameters = self.parameters.0.unwrap_or(version.parameters);
        let is_new = version != current;
        if is_new {
            let errors = faults(&version.body, &version.parameters);
            require_valid(errors)?;
            if record.version >= VERSIONS_MAX {
                let detail =
                    format!("a script can have at most {VERSIONS_MAX} versions; create another script");
                return Err(Error::invalid("body", detail));
            }
            record.version += 1;
            version.version = record.version;
            version.created_at = now;
            version.created_by = cx.actor();
        }
        cx.revise(from, &mut record.revision, &mut record.updated_at);
        let written = write.tx().scripts(&reach).update(&record, is_new.then_some(&version), from).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &record.name)).await?;
        write.commit(vec![NOUN.target(record.id)], Script::of(record, version)).await
    }
}
