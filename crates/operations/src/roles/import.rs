//! Bring many roles in at once.

use std::collections::HashMap;

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::RoleId;
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{ROLES_MAX, Role};
use bailiwick_store::{Error as StoreError, Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::RoleLine;
use super::{NOUN, TAG, beyond_own, misfits};
use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};
use crate::format::Format;
use crate::operation::Operation;
use crate::records::{Existing, Imported, Line, LineErrors, read};
use crate::removal::TARGETS_MAX;
use crate::spec::Spec;

/// The most bytes of roles that are taken in at once.
const ROLES_TEXT_MAX: usize = 16 << 20;

/// Bring many roles in at once.
///
/// Each line is a role of the organization's own with the fields that it is created with. In CSV the
/// first line names them; a cell of `scopes` holds one scope, or several as a JSON array, and one of
/// `reach` a JSON object. At most 200 lines. Nobody brings in a role that opens more than they may
/// themselves, nor changes one that does. A key makes no role, and changes what none opens, if it is
/// narrowed by something that would not hold for a person.
///
/// All of it is done, or nothing: every line that is wrong is named in `errors`, the first hundred
/// one by one. The text can also be the whole body, with `Content-Type: text/csv` or
/// `application/x-ndjson`; the other fields are then query parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "format": "csv",
    "data": "name,scopes,reach\nBerlin operators,\"[\"\"sites:read\"\",\"\"nodes:*\"\"]\",\"{\"\"labels\"\":\"\"place=berlin\"\"}\"\n",
}]))]
pub(crate) struct ImportRoles {
    /// How the roles are written.
    #[schemars(example = &"jsonl")]
    format: Format,
    /// The roles.
    #[schemars(example = &"{\"name\":\"Newcomers\",\"scopes\":[]}\n")]
    data: String,
    /// What to do with a line whose name a role has already; `refuse` if absent.
    #[serde(default)]
    existing: Existing,
    /// Do nothing, only answer what would be done.
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
        // Before the transaction, which would otherwise wait for a second connection.
        let mut looked_at = Vec::new();
        for line in lines {
            let wrong = match &line.record.reach {
                Some(named) => cx.check_reach(Some(reach.organization), named).await?,
                None => Vec::new(),
            };
            looked_at.push((line, wrong));
        }
        let mut write = cx.write().await?;
        let before = write.tx.roles(&reach).count().await?;
        let existing = write.tx.roles(&reach).all().await?;
        let mut import = Import::of(&reach, existing);
        for (line, wrong) in looked_at {
            import.add(cx, line, wrong, self.existing, &mut errors)?;
        }
        errors.check()?;
        if import.opens_other() {
            cx.require_may_give_people_access()?;
        }
        let created = i64::try_from(import.created.len()).unwrap_or(i64::MAX);
        if before.saturating_add(created) > ROLES_MAX {
            let detail = format!(
                "an organization has at most {ROLES_MAX} roles of its own: there are {before}, and these are {created} more"
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
        let targets = written.take(TARGETS_MAX).map(|role| Target::new(NOUN, role.id)).collect();
        match import.store(&mut write.tx).await {
            Ok(()) => {}
            // Somebody was faster with a name, or changed a role. Nothing was done.
            Err(StoreError::Taken | StoreError::Changed) => return Err(Error::Unavailable),
            Err(error) => return Err(error.into()),
        }
        let note = format!("{} created, {} updated", imported.created, imported.updated);
        write.noting(note).commit(targets, imported).await
    }
}

/// A role that is changed.
struct Updated {
    role: Role,
    /// The revision that it had.
    from: Revision,
    /// Whether its scopes or its reach change.
    opens_other: bool,
}

/// What an import knows and has decided.
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

    /// Decides what becomes of a line, of which it is known what is `wrong` with its reach.
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
            // Nothing is given: it may be as strong as it is.
            self.unchanged += 1;
            return Ok(());
        }
        if there.as_ref().is_some_and(|there| there.reach == role.reach) {
            // What it reaches already may be gone.
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
            beyond.push(FieldError::new("name", "the role as it is opens more than the caller may"));
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
            wrong.push(FieldError::new("scopes", "expected the operations that a new role opens"));
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

    /// Whether a role is made, or opens something else than before.
    fn opens_other(&self) -> bool {
        !self.created.is_empty() || self.updated.iter().any(|updated| updated.opens_other)
    }
}
