//! How organizations serve the metrics of their exporters: the setting, and the certificate authority with its sealed
//! private key.

use bailiwick_domain::facts::Facts;
use bailiwick_domain::front::{Front, FrontAuthority, FrontState};
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::key::{PepperVersion, Sealed};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

const TABLE: &str = "fronts";
const SELECT: &str = "SELECT organization_id, enabled, port, authority, authority_expires_at, authority_pepper, \
                      authority_key, revision, updated_at FROM fronts WHERE ";

/// The setting of an organization, with the private key of its certificate authority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredFront {
    /// The setting.
    pub front: Front,
    /// The sealed private key of the authority; `None` if there is no authority.
    pub key: Option<Sealed>,
}

#[derive(sqlx::FromRow)]
struct FrontRow {
    organization_id: Uuid,
    enabled: bool,
    port: i64,
    authority: Option<Vec<u8>>,
    authority_expires_at: Option<i64>,
    authority_pepper: Option<i64>,
    authority_key: Option<Vec<u8>>,
    revision: i64,
    updated_at: i64,
}

impl TryFrom<FrontRow> for StoredFront {
    type Error = crate::error::Error;

    fn try_from(row: FrontRow) -> Result<Self> {
        let authority = row
            .authority
            .zip(row.authority_expires_at)
            .map(|(certificate, at)| FrontAuthority { certificate, expires_at: Timestamp::from_micros(at) });
        let key = match row.authority_pepper.zip(row.authority_key) {
            Some((pepper, bytes)) => {
                let pepper = PepperVersion::try_from(pepper).or_corrupt(TABLE, "authority_pepper")?;
                Some(Sealed { pepper, bytes })
            }
            None => None,
        };
        let front = Front {
            is_enabled: row.enabled,
            port: u16::try_from(row.port).or_corrupt(TABLE, "port")?,
            authority,
            revision: Revision::new(row.revision),
            updated_at: Some(Timestamp::from_micros(row.updated_at)),
        };
        Ok(Self { front, key })
    }
}

/// The setting of an organization, on a store or in a transaction; the default if it has none.
pub async fn front_of<R: Run>(mut run: R, organization: OrganizationId) -> Result<StoredFront> {
    let mut statement = Statement::new(SELECT);
    statement.push("organization_id = ").push_value(organization.as_uuid());
    let row = run.row::<FrontRow>(StatementName::FrontsGet, statement).await?;
    row.map_or_else(|| Ok(StoredFront::default()), StoredFront::try_from)
}

impl Store {
    /// At most `limit` private keys that are sealed under an older pepper than `current`, after that of the given
    /// organization.
    pub async fn front_keys_before(
        &self,
        current: PepperVersion,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, Sealed)>> {
        let mut run = self;
        let mut statement = Statement::new(SELECT);
        statement.push("authority_pepper < ").push_value(current);
        if let Some(after) = after {
            statement.push(" AND organization_id > ").push_value(after.as_uuid());
        }
        statement.push(" ORDER BY organization_id LIMIT ").push_value(limit);
        let mut found = Vec::new();
        for row in run.rows::<FrontRow>(StatementName::FrontsBeforePepper, statement).await? {
            let organization = OrganizationId::from_uuid(row.organization_id);
            found.extend(StoredFront::try_from(row)?.key.map(|sealed| (organization, sealed)));
        }
        Ok(found)
    }

    /// What the agents of these nodes report of their fronts. Nodes whose agents should have none are left out.
    pub async fn front_states(
        &self,
        organization: OrganizationId,
        nodes: &[NodeId],
    ) -> Result<Vec<(NodeId, FrontState)>> {
        let mut run = self;
        let mut statement = Statement::new("SELECT id, facts FROM nodes WHERE organization_id = ");
        statement.push_value(organization.as_uuid()).push(" AND facts IS NOT NULL");
        let rows: Vec<(Uuid, Json<Facts>)> = statement
            .among(
                StatementName::FrontsStates,
                &mut run,
                " AND id IN ",
                nodes.iter().map(|node| node.as_uuid()),
            )
            .await?;
        let states =
            rows.into_iter().filter_map(|(id, Json(facts))| Some((NodeId::from_uuid(id), facts.front?)));
        Ok(states.collect())
    }
}

impl Tx {
    /// Stores the setting of an organization, and tells its agents.
    pub async fn set_front(&mut self, organization: OrganizationId, stored: &StoredFront) -> Result<()> {
        let StoredFront { front, key } = stored;
        let statement = Statement::new(
            "INSERT INTO fronts (organization_id, enabled, port, authority, authority_expires_at, authority_pepper, \
             authority_key, revision, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (organization_id) DO UPDATE SET enabled = excluded.enabled, port = excluded.port, \
             authority = excluded.authority, authority_expires_at = excluded.authority_expires_at, \
             authority_pepper = excluded.authority_pepper, authority_key = excluded.authority_key, \
             revision = excluded.revision, updated_at = excluded.updated_at",
        )
        .bind(organization.as_uuid())
        .bind(front.is_enabled)
        .bind(i64::from(front.port))
        .bind(front.authority.as_ref().map(|authority| authority.certificate.clone()))
        .bind(front.authority.as_ref().map(|authority| authority.expires_at.as_micros()))
        .bind(key.as_ref().map(|key| key.pepper))
        .bind(key.as_ref().map(|key| key.bytes.clone()))
        .bind(front.revision.number())
        .bind(front.updated_at.unwrap_or(Timestamp::from_micros(0)).as_micros());
        self.execute(StatementName::FrontsSet, statement).await?;
        self.changed(Change::Front(organization));
        Ok(())
    }

    /// Replaces the sealed private key of an authority. Does nothing if it was changed since it was read.
    pub async fn reseal_front_key(
        &mut self,
        organization: OrganizationId,
        read: &Sealed,
        sealed: &Sealed,
    ) -> Result<()> {
        let statement = Statement::new(
            "UPDATE fronts SET authority_pepper = $1, authority_key = $2 WHERE organization_id = $3 AND authority_key = $4",
        )
        .bind(sealed.pepper)
        .bind(sealed.bytes.clone())
        .bind(organization.as_uuid())
        .bind(read.bytes.clone());
        self.execute(StatementName::FrontsReseal, statement).await?;
        Ok(())
    }
}
