//! Import many roles at once.

use std::collections::HashMap;

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::RoleId;
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{ROLES_MAX, Role};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::RoleLine;
use super::{NOUN, TAG, beyond_own, ids, misfits};
use crate::import::{Decided, Fate, Import, Importer, Text, Wrong, import};
use crate::keys::beyond::require_may_give_people_access;

/// The most bytes of text in one import of roles.
const ROLES_TEXT_MAX: usize = 16 << 20;

/// Import many roles at once.
///
/// Each line is a custom role with the fields of `roles.create`. In CSV, the first line names the
/// fields; a cell of `scopes` contains one scope, or several as a JSON array, and a cell of `reach` a
/// JSON object. At most 200 lines. A caller cannot import a role that opens more than its own rights,
/// nor change one that does. A key cannot create roles, or change what a role opens, if it has limits
/// that would not apply to a person.
///
/// Either all lines are imported or none: `errors` names every wrong line, the first hundred one by
/// one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`;
/// the other fields are then query parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "format": "csv",
    "data": "name,scopes,reach\nBerlin operators,\"[\"\"sites:read\"\",\"\"nodes:*\"\"]\",\"{\"\"labels\"\":\"\"place=berlin\"\"}\"\n",
}]))]
pub(crate) struct ImportRoles {
    /// The format of the text.
    #[schemars(example = &"jsonl")]
    format: Format,
    /// The text.
    #[schemars(example = &"{\"name\":\"Newcomers\",\"scopes\":[]}\n")]
    data: String,
    /// What to do with a line whose name belongs to an existing role; `refuse` if absent.
    #[serde(default)]
    existing: Existing,
    /// Change nothing; only answer what would be done.
    dry_run: Option<bool>,
}

impl Operation for ImportRoles {
    const SPEC: Spec = Spec::act(ids::ROLES_IMPORT, "/v1/roles/import")
        .tag(TAG)
        .whole_organization()
        .takes_text()
        .body_limit(ROLES_TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let Self { format, data, existing, dry_run } = self;
        import(cx, Roles::default(), Text { format, data, existing, dry_run }).await
    }
}

/// What an import of roles has looked up.
#[derive(Default)]
struct Roles {
    /// The reaches of lines and the errors in them, by line.
    reaches: HashMap<u64, (Reach, Vec<FieldError>)>,
    /// How many roles the organization has.
    before: i64,
    existing: HashMap<Name, Role>,
}

impl Roles {
    /// Whether a role is created, or its scopes or its reach change.
    fn opens_other(&self, role: &Decided<Role>) -> bool {
        let opens = |role: &Role| (role.scopes.clone(), role.reach.clone());
        self.existing.get(&role.object.name).is_none_or(|there| opens(there) != opens(&role.object))
    }

    fn created(import: &Import<'_>, record: RoleLine, wrong: &mut Wrong) -> Role {
        if record.scopes.is_none() {
            wrong.push("scopes", "expected the scopes of the new role");
        }
        let now = import.cx.now();
        let mut role = Role {
            id: RoleId::new(import.cx.clock(), import.cx.entropy()),
            organization_id: import.reach.organization,
            name: record.name.clone(),
            description: None,
            scopes: Default::default(),
            reach: Reach::EVERYTHING,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        record.apply(&mut role);
        role
    }
}

impl Importer for Roles {
    const KEY: fn(&RoleLine) -> Option<Name> = |line| Some(line.name.clone());
    const TARGET: fn(&Role) -> Target = |role| NOUN.target(role.id);
    type Line = RoleLine;
    type Key = Name;
    type Object = Role;

    async fn look_ahead(&mut self, import: &Import<'_>, lines: &[Line<RoleLine>]) -> Result<()> {
        for Line { number, record } in lines {
            if let Some(named) = &record.reach {
                let mut wrong = Vec::new();
                let organization = Some(import.reach.organization);
                let reach = named.clone().find(import.cx, organization, &mut wrong).await?;
                self.reaches.insert(*number, (reach, wrong));
            }
        }
        Ok(())
    }

    async fn look_up(&mut self, import: &Import<'_>, tx: &mut Tx, _: &[Line<RoleLine>]) -> Result<()> {
        self.before = tx.roles(&import.reach).count().await?;
        let existing = tx.roles(&import.reach).all().await?;
        self.existing = existing.into_iter().map(|role| (role.name.clone(), role)).collect();
        Ok(())
    }

    fn decide(
        &mut self,
        import: &Import<'_>,
        line: Line<RoleLine>,
        wrong: &mut Wrong,
    ) -> Result<Option<Decided<Role>>> {
        let Line { number, record } = line;
        let there = self.existing.get(&record.name);
        let (reach, wrong_reach) = self.reaches.remove(&number).unzip();
        let is_same = |there: &Role| record.reach.as_ref().is_some_and(|given| given.is(&there.reach));
        let stays = there.is_some_and(is_same);
        let mut role = match there {
            Some(there) => {
                if let Some(refusal) = import.refusal(NOUN, true) {
                    wrong.push("name", refusal);
                    return Ok(None);
                }
                let mut role = there.clone();
                record.apply(&mut role);
                role
            }
            None => Self::created(import, record, wrong),
        };
        if let Some(reach) = reach {
            role.reach = reach;
        }
        // Objects whose ids an old reach contains may be deleted by now, and it may stay as it is.
        if !stays {
            wrong.fields.splice(0..0, wrong_reach.unwrap_or_default());
        }
        // Nothing is granted if nothing changes, so such a role may open more than the caller's rights.
        if there != Some(&role) {
            wrong.fields.extend(misfits(import.cx, &role));
            if wrong.is_empty() {
                wrong.beyond.extend(beyond_own(import.cx, &role)?);
            }
            if let Some(there) = there
                && wrong.is_empty()
                && !beyond_own(import.cx, there)?.is_empty()
            {
                wrong
                    .push_beyond("name", "the role already grants permissions that the caller does not have");
            }
        }
        Ok(Some(import.decided(number, there, role, |role| (&mut role.revision, &mut role.updated_at))))
    }

    fn admit(&mut self, import: &Import<'_>, decided: &[Decided<Role>]) -> Result<()> {
        if decided.iter().any(|role| self.opens_other(role)) {
            require_may_give_people_access(import.cx)?;
        }
        let created = decided.iter().filter(|role| role.fate == Fate::New).count();
        let before = self.before;
        if before.saturating_add(i64::try_from(created).unwrap_or(i64::MAX)) > ROLES_MAX {
            let detail = format!(
                "an organization can have at most {ROLES_MAX} custom roles: there are {before}, and this import would create {created} more"
            );
            return Err(Error::invalid("data", detail));
        }
        Ok(())
    }

    async fn write(&mut self, import: &Import<'_>, tx: &mut Tx, decided: Vec<Decided<Role>>) -> Result<()> {
        for role in decided {
            let opens_other = self.opens_other(&role);
            match role.fate {
                Fate::New => tx.roles(&import.reach).create(&role.object).await?,
                Fate::Changed { from } => tx.roles(&import.reach).update(&role.object, from).await?,
                Fate::Same => {}
            }
            if opens_other && role.fate != Fate::New {
                tx.roles(&import.reach).void_invitations(role.object.id).await?;
            }
        }
        Ok(())
    }
}
