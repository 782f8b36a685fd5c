//! Keys, and the digests of their secrets.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::enrolment::Enrolment;
use bailiwick_domain::id::{AgentId, OrganizationId, RoleId, UserId};
use bailiwick_domain::key::{
    Actor, DigestedSecret, Disabled, Key, KeyDigests, KeyId, KeyKind, LastUse, PepperVersion, SecretDigest,
};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::network::Network;
use bailiwick_domain::page::Page;
use bailiwick_domain::policy::KeyPolicy;
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::authority::owned::Owned;
use crate::authority::users::{role, role_columns};
use crate::database::run::Run;
use crate::database::store::{Store, Transaction, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::list::{List, PageRequest};
use crate::table::only::{SAME_MAX, only};
use crate::table::order::listed;

const TABLE: &str = "keys";

/// By how many seconds a stored last use may be later than the new one. A later one was written while a
/// clock was ahead, and is overwritten.
const AHEAD_SECONDS: i64 = 300;

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: String,
    kind: String,
    organization_id: Option<Uuid>,
    name: String,
    description: Option<String>,
    user_id: Option<Uuid>,
    built_in_role: Option<String>,
    role_id: Option<Uuid>,
    scopes: Json<BTreeSet<Scope>>,
    reach: Json<Reach>,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    disabled_at: Option<i64>,
    disabled_by: Option<String>,
    disabled_reason: Option<String>,
    disabled_until: Option<i64>,
    allowed_ips: Json<Vec<Network>>,
    denied_ips: Json<Vec<Network>>,
    rate_per_minute: Option<i64>,
    rate_burst: Option<i64>,
    command_limits: Option<Json<CommandLimits>>,
    enrolment: Option<Json<Enrolment>>,
    enrolment_used: i64,
    agent_id: Option<Uuid>,
    created_at: i64,
    created_by: String,
    updated_at: i64,
    revision: i64,
    last_used_at: Option<i64>,
    last_used_address: Option<String>,
    last_used_operation: Option<String>,
    pepper_version: i64,
    digest: Vec<u8>,
    previous_pepper_version: Option<i64>,
    previous_digest: Option<Vec<u8>>,
    previous_until: Option<i64>,
}

fn time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

fn digested(version: i64, digest: Vec<u8>) -> Result<DigestedSecret> {
    Ok(DigestedSecret {
        pepper: PepperVersion::try_from(version).or_corrupt(TABLE, "pepper_version")?,
        digest: SecretDigest(digest.try_into().or_corrupt(TABLE, "digest")?),
    })
}

fn rate(number: i64) -> Result<NonZeroU32> {
    u32::try_from(number).ok().and_then(NonZeroU32::new).or_corrupt(TABLE, "rate limit")
}

impl TryFrom<KeyRow> for KeyDigests {
    type Error = Error;

    fn try_from(row: KeyRow) -> Result<Self> {
        let description = row.description.map(|d| d.parse::<Description>()).transpose();
        let disabled = match (row.disabled_at, row.disabled_by) {
            (Some(at), Some(by)) => Some(Disabled {
                at: Timestamp::from_micros(at),
                by: Actor::parse(&by).or_corrupt(TABLE, "disabled_by")?,
                reason: row
                    .disabled_reason
                    .map(|r| r.parse())
                    .transpose()
                    .or_corrupt(TABLE, "disabled_reason")?,
                until: time(row.disabled_until),
            }),
            _ => None,
        };
        let rate_limit = match row.rate_per_minute {
            Some(per_minute) => Some(RateLimit {
                per_minute: rate(per_minute)?,
                burst: row.rate_burst.map(rate).transpose()?,
            }),
            None => None,
        };
        let last_used = match (row.last_used_at, row.last_used_address, row.last_used_operation) {
            (Some(at), Some(address), Some(operation)) => Some(LastUse {
                at: Timestamp::from_micros(at),
                address: address.parse().or_corrupt(TABLE, "last_used_address")?,
                operation: operation.into(),
            }),
            _ => None,
        };
        let previous = match (row.previous_pepper_version, row.previous_digest, row.previous_until) {
            (Some(version), Some(digest), Some(until)) => {
                Some((digested(version, digest)?, Timestamp::from_micros(until)))
            }
            _ => None,
        };
        let enrolment = match row.enrolment {
            Some(Json(enrolment)) => {
                let used = u32::try_from(row.enrolment_used).or_corrupt(TABLE, "enrolment_used")?;
                Some(Enrolment { used, ..enrolment })
            }
            None => None,
        };
        let key = Key {
            id: row.id.parse().or_corrupt(TABLE, "id")?,
            kind: KeyKind::parse(&row.kind).or_corrupt(TABLE, "kind")?,
            name: row.name.parse().or_corrupt(TABLE, "name")?,
            description: description.or_corrupt(TABLE, "description")?,
            organization_id: row.organization_id.map(OrganizationId::from_uuid),
            user: row.user_id.map(UserId::from_uuid),
            role: role(TABLE, row.built_in_role.as_deref(), row.role_id)?,
            scopes: row.scopes.0,
            reach: row.reach.0,
            not_before: time(row.not_before),
            expires_at: time(row.expires_at),
            disabled,
            allowed_ips: row.allowed_ips.0,
            denied_ips: row.denied_ips.0,
            rate_limit,
            command_limits: row.command_limits.map(|limits| limits.0),
            enrolment,
            agent: row.agent_id.map(AgentId::from_uuid),
            created_at: Timestamp::from_micros(row.created_at),
            created_by: Actor::parse(&row.created_by).or_corrupt(TABLE, "created_by")?,
            updated_at: Timestamp::from_micros(row.updated_at),
            revision: Revision::new(row.revision),
            last_used,
            previous_secret_until: previous.as_ref().map(|(_, until)| *until),
        };
        Ok(Self { key, current: digested(row.pepper_version, row.digest)?, previous })
    }
}

impl TryFrom<KeyRow> for Key {
    type Error = Error;

    fn try_from(row: KeyRow) -> Result<Self> {
        KeyDigests::try_from(row).map(|digests| digests.key)
    }
}

listed! {
    /// What keys can be sorted by.
    pub KeysBy: KeyRow by KeyId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<KeyId> = Field::new("id");
const NAME: Field<Name> = Field::new("name");
const KIND: Field<KeyKind> = Field::new("kind");
const ORGANIZATION: Field<OrganizationId> = Field::new("organization_id");
const USER: Field<UserId> = Field::new("user_id");

const COLUMNS: &str = "id, kind, organization_id, name, description, user_id, built_in_role, \
    role_id, scopes, reach, not_before, expires_at, disabled_at, disabled_by, disabled_reason, \
    disabled_until, allowed_ips, denied_ips, rate_per_minute, rate_burst, \
    command_limits, enrolment, enrolment_used, agent_id, created_at, created_by, updated_at, revision, last_used_at, \
    last_used_address, last_used_operation, pepper_version, digest, previous_pepper_version, \
    previous_digest, previous_until";

/// Begins a query of keys.
fn select(first: impl Into<Condition>) -> Select {
    Select::new(COLUMNS, TABLE, first)
}

/// The revisions of a key and of everything that limits it. As long as they stay the same, so do the key's
/// rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStamp {
    /// The key's revision.
    pub key: Revision,
    /// The key policy of its organization.
    pub policy: KeyPolicy,
    /// The revision of its role, if it is a custom role of the organization.
    pub role: Option<Revision>,
    /// The revision of its user.
    pub user: Option<Revision>,
    /// The revision of its user's role in the organization, if it is a custom role of the organization.
    pub user_role: Option<Revision>,
}

/// Access to the keys of the organizations in a reach; includes root keys if the reach is every
/// organization.
pub struct Keys<'a, R> {
    run: R,
    reach: &'a Reach,
}

impl Store {
    /// Reads the keys in a reach.
    pub const fn keys<'a>(&'a self, reach: &'a Reach) -> Keys<'a, &'a Self> {
        Keys::new(self, reach)
    }

    /// A key with the digests of its secrets, for the server's memory. Nothing of it may be returned to a
    /// caller before the secret is verified.
    pub async fn key_digests(&self, id: KeyId) -> Result<Option<KeyDigests>> {
        let mut run = self;
        let statement = select(ID.is(&id)).statement();
        run.row::<KeyRow>(StatementName::KeysDigests, statement).await?.map(KeyDigests::try_from).transpose()
    }

    /// At most `limit` keys with ids after `after`, sorted by id, for loading all keys into the server's
    /// memory in batches.
    pub async fn key_digests_after(&self, after: Option<KeyId>, limit: u32) -> Result<Vec<KeyDigests>> {
        let mut run = self;
        let after = after.map(|id| ID.above(&id));
        let mut statement = select(after.unwrap_or(Fixed::ANY.into())).statement();
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        run.rows::<KeyRow>(StatementName::KeysDigestsAfter, statement)
            .await?
            .into_iter()
            .map(KeyDigests::try_from)
            .collect()
    }

    /// How many keys have a valid digest at `now` under each pepper version. This counts the current secret,
    /// and the previous one while it remains valid after a rotation.
    pub async fn keys_by_pepper(&self, now: Timestamp) -> Result<Vec<(PepperVersion, i64)>> {
        let mut run = self;
        let rows: Vec<(i64, i64)> = run
            .rows(
                StatementName::KeysCountByPepper,
                Statement::new(
                    "SELECT version, count(*) FROM ( \
                     SELECT pepper_version AS version FROM keys \
                     UNION ALL SELECT previous_pepper_version FROM keys \
                     WHERE previous_until > $1 AND previous_pepper_version <> pepper_version \
                     ) AS needed GROUP BY version ORDER BY version",
                )
                .bind(now.as_micros()),
            )
            .await?;
        rows.into_iter()
            .map(|(version, count)| {
                Ok((PepperVersion::try_from(version).or_corrupt(TABLE, "pepper_version")?, count))
            })
            .collect()
    }
}

/// The keys of an organization whose reach, command limits or enrolment contain this id; root keys if the
/// organization is `None`. Leaves out keys of agents.
pub async fn naming<R: Run>(mut run: R, organization: Option<OrganizationId>, id: &str) -> Result<Vec<Key>> {
    let pattern = format!("%{id}%");
    let of = organization.map_or_else(|| ORGANIZATION.missing(), |id| ORGANIZATION.is(&id));
    let mut statement = select(of).statement();
    statement.push(" AND kind <> 'agent' AND (CAST(reach AS TEXT) LIKE ").push_value(pattern.clone());
    statement.push(" OR CAST(command_limits AS TEXT) LIKE ").push_value(pattern.clone());
    statement.push(" OR CAST(enrolment AS TEXT) LIKE ").push_value(pattern);
    statement.push(") ORDER BY name, id");
    run.rows::<KeyRow>(StatementName::KeysNaming, statement).await?.into_iter().map(Key::try_from).collect()
}

/// The keys that act for a user, in one organization or in all.
pub async fn acting_for<R: Run>(
    mut run: R,
    user: UserId,
    organization: Option<OrganizationId>,
) -> Result<Vec<Key>> {
    let select = select(USER.is(&user)).and_all(organization.map(|id| ORGANIZATION.is(&id)));
    let mut statement = select.statement();
    statement.push(" ORDER BY name, id");
    run.rows::<KeyRow>(StatementName::KeysActingFor, statement)
        .await?
        .into_iter()
        .map(Key::try_from)
        .collect()
}

/// The agent keys that were created for clones of a machine with the key of its agent. Empty if the key is of
/// another kind.
pub async fn of_clones<R: Run>(mut run: R, agent_key: KeyId) -> Result<Vec<Key>> {
    const OF_AGENTS: Fixed = Fixed::new("kind = 'agent'");
    let created_by = Field::<Actor>::new("created_by").is(&Actor::Key { id: agent_key });
    let mut statement = select(OF_AGENTS).and(created_by).statement();
    statement.push(" AND EXISTS (SELECT 1 FROM keys made_by WHERE made_by.kind = 'agent' AND made_by.id = ");
    statement.push_value(agent_key.as_str()).push(") ORDER BY name, id");
    run.rows::<KeyRow>(StatementName::KeysOfClones, statement).await?.into_iter().map(Key::try_from).collect()
}

/// The ids of the keys with a given custom role.
pub async fn acting_in<R: Run>(mut run: R, role: RoleId) -> Result<Vec<KeyId>> {
    let statement = Statement::new("SELECT id FROM keys WHERE role_id = $1 ORDER BY id").bind(role.as_uuid());
    let ids = run.rows::<(String,)>(StatementName::KeysActingIn, statement).await?;
    ids.into_iter().map(|(id,)| id.parse().or_corrupt(TABLE, "id")).collect()
}

impl Tx {
    /// Reads and writes the keys in a reach.
    pub const fn keys<'a>(&'a mut self, reach: &'a Reach) -> Keys<'a, &'a mut Self> {
        Keys::new(self, reach)
    }

    /// The revisions of a key and of everything that limits it; `None` if the key was deleted. They stay the
    /// same until the transaction ends if it [uses](crate::locks::holds::Holds::using) those rights.
    pub async fn key_stamp(&mut self, id: KeyId) -> Result<Option<KeyStamp>> {
        let statement = Statement::new(
            "SELECT k.revision, o.key_policy, r.revision, u.revision, ur.revision FROM keys k \
             LEFT JOIN organizations o ON o.id = k.organization_id \
             LEFT JOIN roles r ON r.id = k.role_id \
             LEFT JOIN users u ON u.id = k.user_id \
             LEFT JOIN memberships m ON m.user_id = u.id AND m.organization_id = k.organization_id \
             AND NOT u.server_administrator \
             LEFT JOIN roles ur ON ur.id = m.role_id WHERE k.id = $1",
        )
        .bind(id.as_str());
        type Row = (i64, Option<Json<KeyPolicy>>, Option<i64>, Option<i64>, Option<i64>);
        Ok(self.row::<Row>(StatementName::KeysStamp, statement).await?.map(
            |(key, policy, role, user, user_role)| KeyStamp {
                key: Revision::new(key),
                policy: policy.map(|policy| policy.0).unwrap_or_default(),
                role: role.map(Revision::new),
                user: user.map(Revision::new),
                user_role: user_role.map(Revision::new),
            },
        ))
    }

    /// Stores when keys were last used, unless another server stored a later time. A stored time that is
    /// minutes later was written while a clock was ahead, and is overwritten. The keys' revisions stay the
    /// same.
    pub async fn touch_keys(&mut self, uses: &[(KeyId, LastUse)]) -> Result<()> {
        for (id, LastUse { at, address, operation }) in uses {
            let statement = Statement::new(
                "UPDATE keys SET last_used_at = $1, last_used_address = $2, last_used_operation = $3 \
                 WHERE id = $4 AND (last_used_at IS NULL OR last_used_at < $1 OR last_used_at > $5)",
            )
            .bind(at.as_micros())
            .bind(address.to_string())
            .bind(operation.as_ref())
            .bind(id.as_str())
            .bind(at.plus_seconds(AHEAD_SECONDS).as_micros());
            self.execute(StatementName::KeysTouch, statement).await?;
        }
        Ok(())
    }

    /// Deletes at most `limit` keys that have not worked since before a time: expired keys, and enrolment
    /// keys that have enrolled as many machines as they may. Returns the deleted keys, sorted by
    /// organization.
    pub async fn forget_keys(
        &mut self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Option<OrganizationId>, KeyId)>> {
        let over = match self.transaction {
            Transaction::Sqlite(_) => "enrolment_used >= json_extract(enrolment, '$.uses')",
            Transaction::Postgres(_) => "enrolment_used >= (enrolment ->> 'uses')::bigint",
        };
        let mut statement =
            Statement::new("DELETE FROM keys WHERE id IN (SELECT id FROM keys WHERE expires_at < ");
        statement.push_value(before.as_micros());
        statement.push(" OR (enrolment IS NOT NULL AND ").push(over);
        statement.push(" AND COALESCE(last_used_at, updated_at) < ").push_value(before.as_micros());
        statement.push(") ORDER BY organization_id, id LIMIT ").push_value(limit);
        statement.push(") RETURNING organization_id, id");
        let mut gone = Vec::new();
        for (organization, id) in
            self.rows::<(Option<Uuid>, String)>(StatementName::KeysForget, statement).await?
        {
            let id: KeyId = id.parse().or_corrupt(TABLE, "id")?;
            self.changed(Change::Key(id));
            gone.push((organization.map(OrganizationId::from_uuid), id));
        }
        gone.sort_unstable();
        Ok(gone)
    }

    /// Replaces a secret's digest by one under a newer pepper. Does nothing if the secret was rotated
    /// meanwhile.
    pub async fn rekey(&mut self, id: KeyId, from: &DigestedSecret, to: &DigestedSecret) -> Result<()> {
        let statement =
            Statement::new("UPDATE keys SET pepper_version = $1, digest = $2 WHERE id = $3 AND digest = $4")
                .bind(to.pepper)
                .bind(to.digest.0.to_vec())
                .bind(id.as_str())
                .bind(from.digest.0.to_vec());
        if self.execute(StatementName::KeysRekey, statement).await? > 0 {
            self.changed(Change::Key(id));
        }
        Ok(())
    }
}

impl<'a, R: Run> Keys<'a, R> {
    /// Reads the keys in a reach on a store or in a transaction.
    pub(crate) const fn new(run: R, reach: &'a Reach) -> Self {
        Self { run, reach }
    }

    /// Begins a query of the keys in reach.
    fn select(&self) -> Select {
        let ids = self.reach.organizations.as_ref();
        select(Fixed::ANY).and_all(ids.map(|ids| ORGANIZATION.one_of(ids)))
    }

    /// The key with this id, if it is in reach.
    pub async fn get(&mut self, id: KeyId) -> Result<Option<Key>> {
        Ok(self.digests(id).await?.map(|digests| digests.key))
    }

    /// The id of the only key in reach with this name. [`Error::Ambiguous`] if there are several.
    pub async fn id_named(&mut self, name: &Name) -> Result<Option<KeyId>> {
        let mut statement = self.select().and(NAME.is(name)).statement();
        statement.push(" ORDER BY id LIMIT ").push_value(SAME_MAX);
        let same: Vec<KeyRow> = self.run.rows(StatementName::KeysNamed, statement).await?;
        let Some(row) = only(same, |row| row.id.clone())? else { return Ok(None) };
        row.id.parse().map(Some).or_corrupt(TABLE, "id")
    }

    /// The key with this id and its digests, if it is in reach.
    pub async fn digests(&mut self, id: KeyId) -> Result<Option<KeyDigests>> {
        let statement = self.select().and(ID.is(&id)).statement();
        self.run.row::<KeyRow>(StatementName::KeysGet, statement).await?.map(KeyDigests::try_from).transpose()
    }

    /// A page of keys, optionally only of one kind, or only of those that act for one user.
    pub async fn list(
        &mut self,
        kind: Option<KeyKind>,
        user: Option<UserId>,
        list: List<KeysBy>,
    ) -> Result<Page<Key>> {
        let select = self.select().and_all(kind.map(|kind| KIND.is(&kind)));
        let page = PageRequest::of(&list)?.page_of(select.and_all(user.map(|user| USER.is(&user))));
        page.page::<_, KeyRow, _>(StatementName::KeysList, &mut self.run).await
    }
}

fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_micros)
}

/// Binds the columns of a key that an edit may change, in the order of `SET_EDITABLE`.
fn bind_editable(statement: Statement, key: &Key) -> Statement {
    let disabled = key.disabled.as_ref();
    let (built_in_role, role_id) = role_columns(key.role);
    statement
        .bind(key.name.as_str())
        .bind(key.description.as_ref().map(Description::as_str))
        .bind(Value::json(&key.scopes))
        .bind(Value::json(&key.reach))
        .bind(micros(key.not_before))
        .bind(micros(key.expires_at))
        .bind(disabled.map(|d| d.at.as_micros()))
        .bind(disabled.map(|d| d.by.as_text().into_owned()))
        .bind(disabled.and_then(|d| d.reason.as_ref()).map(Description::as_str))
        .bind(disabled.and_then(|d| micros(d.until)))
        .bind(Value::json(&key.allowed_ips))
        .bind(Value::json(&key.denied_ips))
        .bind(key.rate_limit.map(|r| r.per_minute.get()))
        .bind(key.rate_limit.and_then(|r| r.burst).map(NonZeroU32::get))
        .bind(key.updated_at.as_micros())
        .bind(key.revision.number())
        .bind(key.user.map(UserId::as_uuid))
        .bind(built_in_role)
        .bind(role_id)
        .bind(Value::json_or_null(key.command_limits.as_ref()))
        .bind(Value::json_or_null(key.enrolment.as_ref()))
}

impl Keys<'_, &mut Tx> {
    /// Inserts a key.
    pub async fn create(&mut self, digests: &KeyDigests) -> Result<()> {
        let KeyDigests { key, current, previous: _ } = digests;
        let statement = Statement::new(
            "INSERT INTO keys (name, description, scopes, reach, not_before, expires_at, disabled_at, \
             disabled_by, disabled_reason, disabled_until, allowed_ips, denied_ips, rate_per_minute, \
             rate_burst, updated_at, revision, user_id, built_in_role, role_id, command_limits, enrolment, \
             id, kind, organization_id, created_at, created_by, pepper_version, digest, agent_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
             $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)",
        );
        let statement = bind_editable(statement, key)
            .bind(key.id.as_str())
            .bind(key.kind.as_str())
            .bind(key.organization_id.map(OrganizationId::as_uuid))
            .bind(key.created_at.as_micros())
            .bind(key.created_by.as_text().into_owned())
            .bind(current.pepper)
            .bind(current.digest.0.to_vec())
            .bind(key.agent.map(AgentId::as_uuid));
        self.run.execute(StatementName::KeysCreate, statement).await?;
        self.run.changed(Change::Key(key.id));
        Ok(())
    }

    /// Updates a key that was read at revision `from`. [`Error::Changed`] if its revision is another by now.
    pub async fn update(&mut self, key: &Key, from: Revision) -> Result<()> {
        let statement = Statement::new(
            "UPDATE keys SET name = $1, description = $2, scopes = $3, reach = $4, not_before = $5, \
             expires_at = $6, disabled_at = $7, disabled_by = $8, disabled_reason = $9, \
             disabled_until = $10, allowed_ips = $11, denied_ips = $12, rate_per_minute = $13, \
             rate_burst = $14, updated_at = $15, revision = $16, user_id = $17, built_in_role = $18, \
             role_id = $19, command_limits = $20, enrolment = $21 WHERE id = $22 AND revision = $23",
        );
        let statement = bind_editable(statement, key).bind(key.id.as_str()).bind(from.number());
        if self.run.execute(StatementName::KeysUpdate, statement).await? == 0 {
            return Err(Error::Changed);
        }
        self.run.changed(Change::Key(key.id));
        Ok(())
    }

    /// Replaces a key's secret. `digests.previous` is the old one, if it remains valid for a while.
    pub async fn rotate(&mut self, digests: &KeyDigests, from: Revision) -> Result<()> {
        let KeyDigests { key, current, previous } = digests;
        let statement = Statement::new(
            "UPDATE keys SET pepper_version = $1, digest = $2, previous_pepper_version = $3, \
             previous_digest = $4, previous_until = $5, updated_at = $6, revision = $7 \
             WHERE id = $8 AND revision = $9",
        )
        .bind(current.pepper)
        .bind(current.digest.0.to_vec())
        .bind(previous.as_ref().map(|(d, _)| d.pepper))
        .bind(previous.as_ref().map(|(d, _)| d.digest.0.to_vec()))
        .bind(previous.as_ref().map(|(_, until)| until.as_micros()))
        .bind(key.updated_at.as_micros())
        .bind(key.revision.number())
        .bind(key.id.as_str())
        .bind(from.number());
        if self.run.execute(StatementName::KeysRotate, statement).await? == 0 {
            return Err(Error::Changed);
        }
        self.run.changed(Change::Key(key.id));
        Ok(())
    }

    /// The number of keys that act for a user, in reach or not, and the first `most` of them.
    pub async fn of_user(&mut self, user: UserId, most: u32) -> Result<Owned> {
        let count = Statement::new("SELECT count(*) FROM keys WHERE user_id = $1").bind(user.as_uuid());
        let (count,) =
            self.run.row::<(i64,)>(StatementName::KeysCountOfUser, count).await?.unwrap_or_default();
        let first = Statement::new("SELECT id, name FROM keys WHERE user_id = $1 ORDER BY name, id LIMIT $2")
            .bind(user.as_uuid())
            .bind(most);
        Ok(Owned { noun: "keys", count, first: self.run.rows(StatementName::KeysOfUser, first).await? })
    }

    /// Deletes the keys that act for a user, in reach or not.
    pub async fn delete_of_user(&mut self, user: UserId) -> Result<()> {
        let statement =
            Statement::new("DELETE FROM keys WHERE user_id = $1 RETURNING id").bind(user.as_uuid());
        for (id,) in self.run.rows::<(String,)>(StatementName::KeysDeleteOfUser, statement).await? {
            self.run.changed(Change::Key(id.parse().or_corrupt(TABLE, "id")?));
        }
        Ok(())
    }

    /// Deletes a key that was read at revision `from`.
    pub async fn delete(&mut self, id: KeyId, from: Revision) -> Result<()> {
        let statement = Statement::new("DELETE FROM keys WHERE id = $1 AND revision = $2")
            .bind(id.as_str())
            .bind(from.number());
        if self.run.execute(StatementName::KeysDelete, statement).await? == 0 {
            return Err(Error::Changed);
        }
        self.run.changed(Change::Key(id));
        Ok(())
    }
}
