//! Import many roles at once.

use std::collections::HashMap;

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::RoleId;
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{ROLES_MAX, Role};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, LineErrors, read};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::{Error as StoreError, Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::RoleLine;
use super::{NOUN, TAG, beyond_own, misfits};
use crate::keys::beyond::require_may_give_people_access;
use crate::keys::grant::check_reach;

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
    const SPEC: Spec = Spec::act("roles.import", "/v1/roles/import")
        .tag(TAG)
        .whole_organization()
        .takes_text()
        .body_limit(ROLES_TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let reach = cx.organization_reach()?;
        let dry_run = self.dry_run.unwrap_or_default();
        let (lines, mut errors) = read::<RoleLine>(self.format, self.data).await?;
        // Before the transaction, because these reads would wait for a second connection.
        let mut looked_at = Vec::new();
        for line in lines {
            let wrong = match &line.record.reach {
                Some(named) => check_reach(cx, Some(reach.organization), named).await?,
                None => Vec::new(),
            };
            looked_at.push((line, wrong));
        }
        let mut write = cx.write().await?;
        let before = write.tx().roles(&reach).count().await?;
        let existing = write.tx().roles(&reach).all().await?;
        let mut import = Import::of(&reach, existing);
        for (line, wrong) in looked_at {
            import.add(cx, line, wrong, self.existing, &mut errors)?;
        }
        errors.check()?;
        if import.opens_other() {
            require_may_give_people_access(cx)?;
        }
        let created = i64::try_from(import.created.len()).unwrap_or(i64::MAX);
        if before.saturating_add(created) > ROLES_MAX {
            let detail = format!(
                "an organization can have at most {ROLES_MAX} custom roles: there are {before}, and this import would create {created} more"
            );
            return Err(Error::invalid("data", detail));
        }
        let imported = Imported {
            created: import.created.len(),
            updated: import.updated.len(),
            unchanged: import.unchanged,
            dry_run,
        };
        if dry_run {
            return Ok(imported);
        }
        let written = import.created.iter().chain(import.updated.iter().map(|updated| &updated.role));
        let targets = written.take(AUDIT_TARGETS_MAX).map(|role| Target::new(NOUN, role.id)).collect();
        import.store(write.tx()).await?;
        let note = format!("{} created, {} updated", imported.created, imported.updated);
        write.noting(note).commit(targets, imported).await
    }
}

/// A role that is changed.
struct Updated {
    role: Role,
    /// Its revision before the import.
    from: Revision,
    /// Whether its scopes or its reach change.
    opens_other: bool,
}

/// What an import has looked up and decided.
struct Import<'a> {
    reach: &'a OrganizationReach,
    existing: HashMap<Name, Role>,
    /// The lines so far, by name.
    lines: HashMap<Name, u64>,
    created: Vec<Role>,
    updated: Vec<Updated>,
    unchanged: usize,
}

impl<'a> Import<'a> {
    fn of(reach: &'a OrganizationReach, existing: Vec<Role>) -> Self {
        Self {
            reach,
            existing: existing.into_iter().map(|role| (role.name.clone(), role)).collect(),
            lines: HashMap::new(),
            created: Vec::new(),
            updated: Vec::new(),
            unchanged: 0,
        }
    }

    /// Decides what to do with a line. `wrong` are the errors in its reach.
    fn add(
        &mut self,
        cx: &Cx,
        line: Line<RoleLine>,
        mut wrong: Vec<FieldError>,
        existing: Existing,
        errors: &mut LineErrors,
    ) -> Result<()> {
        let Line { number, record } = line;
        if let Some(before) = self.lines.insert(record.name.clone(), number) {
            errors.push(number, "name", format!("expected another name: line {before} has it"));
            return Ok(());
        }
        let there = self.existing.get(&record.name).cloned();
        let role = match &there {
            Some(there) if existing == Existing::Refuse => {
                let detail =
                    format!("expected a value that is not taken: another role has it ({})", there.id);
                errors.push(number, "name", detail);
                return Ok(());
            }
            Some(there) => {
                let mut role = there.clone();
                record.apply(&mut role);
                role
            }
            None => self.created(cx, record, &mut wrong),
        };
        if there.as_ref() == Some(&role) {
            // No rights are given, so the role may open more than the caller's rights.
            self.unchanged += 1;
            return Ok(());
        }
        if there.as_ref().is_some_and(|there| there.reach == role.reach) {
            // Objects that the old reach names may be deleted by now.
            wrong.clear();
        }
        wrong.extend(misfits(cx, &role));
        if !wrong.is_empty() {
            for error in wrong {
                errors.push(number, &error.field, error.detail);
            }
            return Ok(());
        }
        let mut beyond = beyond_own(cx, &role)?;
        if let Some(there) = &there
            && beyond.is_empty()
            && !beyond_own(cx, there)?.is_empty()
        {
            beyond.push(FieldError::new(
                "name",
                "the role already grants permissions that the caller does not have",
            ));
        }
        if !beyond.is_empty() {
            for error in beyond {
                errors.push_beyond(number, &error.field, error.detail);
            }
            return Ok(());
        }
        match there {
            None => self.created.push(role),
            Some(there) => {
                let from = there.revision;
                let role = Role { updated_at: cx.now(), revision: from.next(), ..role };
                let opens_other = (&role.scopes, &role.reach) != (&there.scopes, &there.reach);
                self.updated.push(Updated { role, from, opens_other });
            }
        }
        Ok(())
    }

    fn created(&self, cx: &Cx, record: RoleLine, wrong: &mut Vec<FieldError>) -> Role {
        if record.scopes.is_none() {
            wrong.push(FieldError::new("scopes", "expected the scopes of the new role"));
        }
        let now = cx.now();
        let mut role = Role {
            id: RoleId::new(cx.clock(), cx.entropy()),
            organization_id: self.reach.organization,
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

    async fn store(&self, tx: &mut Tx) -> Result<(), StoreError> {
        for role in &self.created {
            tx.roles(self.reach).create(role).await?;
        }
        for Updated { role, from, opens_other } in &self.updated {
            tx.roles(self.reach).update(role, *from).await?;
            if *opens_other {
                tx.roles(self.reach).void_invitations(role.id).await?;
            }
        }
        Ok(())
    }

    /// Whether a role is created, or its scopes or reach change.
    fn opens_other(&self) -> bool {
        !self.created.is_empty() || self.updated.iter().any(|updated| updated.opens_other)
    }
}
