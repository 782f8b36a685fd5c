//! Saved scripts and their versions.

use bailiwick_domain::id::{OrganizationId, ScriptId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::script::{Parameter, SavedScript, ScriptRef, ScriptVersion};
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

const TABLE: &str = "script_versions";

columns! {
    ScriptRow: SavedScript by ScriptId in "scripts" named ScriptsCreate, ScriptsUpdate, ScriptsDelete;
    edited { name: Name, description: Option<Description>, version: u32 }
}

listed! {
    /// What saved scripts can be sorted by.
    pub ScriptsBy: ScriptRow by ScriptId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<ScriptId> = Field::new("id");
const NAME: Field<Name> = Field::new("name");

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    shell: String,
    body: String,
    parameters: Json<Vec<Parameter>>,
    created_at: i64,
    created_by: String,
}

impl TryFrom<VersionRow> for ScriptVersion {
    type Error = Error;

    fn try_from(row: VersionRow) -> Result<Self> {
        Ok(Self {
            version: row.version.try_into().or_corrupt(TABLE, "version")?,
            shell: row.shell.parse().or_corrupt(TABLE, "shell")?,
            body: row.body,
            parameters: row.parameters.0,
            created_at: Timestamp::from_micros(row.created_at),
            created_by: Actor::parse(&row.created_by).or_corrupt(TABLE, "created_by")?,
        })
    }
}

/// Access to the saved scripts of one organization.
pub struct Scripts<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the saved scripts of the reach's organization.
    pub const fn scripts(&self, reach: &OrganizationReach) -> Scripts<&Self> {
        Scripts::new(self, reach)
    }

    /// The scripts with these ids that exist, of any organization.
    pub async fn scripts_of(&self, ids: &[ScriptId]) -> Result<Vec<SavedScript>> {
        let mut run = self;
        let statement = ScriptRow::select(ID.one_of(ids)).statement();
        run.rows::<ScriptRow>(StatementName::ScriptsOfOrganization, statement)
            .await?
            .into_iter()
            .map(SavedScript::try_from)
            .collect()
    }
}

impl Tx {
    /// Reads and writes the saved scripts of the reach's organization.
    pub const fn scripts(&mut self, reach: &OrganizationReach) -> Scripts<&mut Self> {
        Scripts::new(self, reach)
    }
}

impl<R: Run> Scripts<R> {
    /// Reads the saved scripts of the reach's organization on a store or in a transaction.
    pub(crate) const fn new(run: R, reach: &OrganizationReach) -> Self {
        Self { run, organization: reach.organization }
    }

    fn select(&self) -> Select {
        ScriptRow::select_of(self.organization)
    }

    /// The script with this id or name.
    pub async fn find(&mut self, script: &ScriptRef) -> Result<Option<SavedScript>> {
        let select = self.select().and(match script {
            ScriptRef::Id(id) => ID.is(id),
            ScriptRef::Name(name) => NAME.is(name),
        });
        self.run
            .row::<ScriptRow>(StatementName::ScriptsFind, select.statement())
            .await?
            .map(SavedScript::try_from)
            .transpose()
    }

    /// A version of a script.
    pub async fn version(&mut self, id: ScriptId, version: u32) -> Result<Option<ScriptVersion>> {
        let mut statement = Statement::new(
            "SELECT v.version, v.shell, v.body, v.parameters, v.created_at, v.created_by \
             FROM script_versions v JOIN scripts s ON s.id = v.script_id WHERE s.organization_id = ",
        );
        statement.push_value(self.organization.as_uuid());
        statement.push(" AND v.script_id = ").push_value(id.as_uuid());
        statement.push(" AND v.version = ").push_value(version);
        self.run
            .row::<VersionRow>(StatementName::ScriptsVersion, statement)
            .await?
            .map(ScriptVersion::try_from)
            .transpose()
    }

    /// The number of scripts.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM scripts WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) = self.run.row(StatementName::ScriptsCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of scripts.
    pub async fn list(&mut self, list: List<ScriptsBy>) -> Result<Page<SavedScript>> {
        let page = PageRequest::of(&list)?.page_of(self.select());
        page.page::<_, ScriptRow, _>(StatementName::ScriptsList, &mut self.run).await
    }
}

impl Scripts<&mut Tx> {
    /// Inserts a script with its first version. [`Error::Taken`] if its name is taken.
    pub async fn create(&mut self, script: &SavedScript, version: &ScriptVersion) -> Result<()> {
        self.run.create_rows::<ScriptRow>(self.organization, std::slice::from_ref(script)).await?;
        self.add_version(script.id, version).await
    }

    /// Inserts a new version of a script.
    async fn add_version(&mut self, id: ScriptId, version: &ScriptVersion) -> Result<()> {
        let ScriptVersion { version, shell, body, parameters, created_at, created_by } = version;
        let statement = Statement::new(
            "INSERT INTO script_versions (script_id, version, shell, body, parameters, created_at, created_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.as_uuid())
        .bind(*version)
        .bind(shell.as_str())
        .bind(body.as_str())
        .bind(Value::json(parameters))
        .bind(created_at.as_micros())
        .bind(created_by.as_text().into_owned());
        self.run.execute(StatementName::ScriptsAddVersion, statement).await?;
        Ok(())
    }

    /// Updates a script that was read at revision `from`, and adds a new version if one is given.
    /// [`Error::Changed`] if its revision is another by now; [`Error::Taken`] if its name is taken.
    pub async fn update(
        &mut self,
        script: &SavedScript,
        version: Option<&ScriptVersion>,
        from: Revision,
    ) -> Result<()> {
        self.run.update_rows::<ScriptRow>(self.organization, &[(script, from)]).await?;
        match version {
            Some(version) => self.add_version(script.id, version).await,
            None => Ok(()),
        }
    }

    /// Deletes a script that was read at revision `from`, with its versions.
    pub async fn delete(&mut self, id: ScriptId, from: Revision) -> Result<()> {
        self.run.delete_row::<ScriptRow>(self.organization, id.as_uuid(), from).await
    }
}
