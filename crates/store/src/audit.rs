//! The audit trail: append-only, a chain of hashes for each organization and one for the server.

use std::collections::BTreeSet;

use bailiwick_domain::audit::{Entry, EntryHash, Event, Outcome, Target};
use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::page::Page;
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{SERVER, Store, Transaction, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Ids, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

const TABLE: &str = "audit_entries";

#[derive(sqlx::FromRow)]
struct EntryRow {
    chain: Uuid,
    number: i64,
    at: i64,
    actor: String,
    operation: String,
    targets: Json<Vec<Target>>,
    outcome: String,
    reason: Option<String>,
    address: Option<String>,
    request_id: Option<Uuid>,
    previous_hash: String,
    hash: String,
}

impl TryFrom<EntryRow> for Entry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        let address = row.address.map(|a| a.parse()).transpose();
        Ok(Self {
            number: row.number,
            event: Event {
                at: Timestamp::from_micros(row.at),
                actor: Actor::parse(&row.actor).or_corrupt(TABLE, "actor")?,
                organization_id: (row.chain != SERVER).then(|| OrganizationId::from_uuid(row.chain)),
                operation: row.operation.into(),
                targets: row.targets.0,
                outcome: Outcome::parse(&row.outcome).or_corrupt(TABLE, "outcome")?,
                reason: row.reason,
                address: address.or_corrupt(TABLE, "address")?,
                request_id: row.request_id.map(RequestId::from_uuid),
            },
            previous_hash: row.previous_hash.parse().or_corrupt(TABLE, "previous_hash")?,
            hash: row.hash.parse().or_corrupt(TABLE, "hash")?,
        })
    }
}

const COLUMNS: &str = "chain, number, at, actor, operation, targets, outcome, reason, address, request_id, \
    previous_hash, hash";

const CHAIN: Field<ChainId> = Field::new("chain");
const NUMBER: Field<i64> = Field::new("number");
const AT: Field<Timestamp> = Field::new("at");
const ACTOR: Field<Actor> = Field::new("actor");
const OPERATION: Field<String> = Field::new("operation");
const OUTCOME: Field<Outcome> = Field::new("outcome");
const TARGET: Field<String> = Field::new("t.target");

/// The id of a chain: that of its organization, or [`SERVER`].
type ChainId = OrganizationId;
/// The number of an entry in its chain.
type Number = i64;

listed! {
    /// What the entries of a chain can be sorted by.
    pub EntriesBy: EntryRow by Number in "number", field number;
    /// The number in the chain.
    Number = "number": Id,
}

/// Begins a query of the entries of a chain.
fn entries_of(chain: ChainId) -> Select {
    Select::new(COLUMNS, TABLE, CHAIN.is(&chain))
}

fn chain_id(organization: Option<OrganizationId>) -> ChainId {
    organization.unwrap_or(ChainId::from_uuid(SERVER))
}

fn chain_of(organization: Option<OrganizationId>) -> Uuid {
    chain_id(organization).as_uuid()
}

fn target_text(noun: &str, id: &str) -> String {
    format!("{noun}:{id}")
}

/// Filter for the entries of a chain. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Entries by this actor.
    pub actor: Option<Actor>,
    /// Entries of this operation.
    pub operation: Option<String>,
    /// Entries with this outcome.
    pub outcome: Option<Outcome>,
    /// Entries that touched the object with this noun and id.
    pub target: Option<(String, String)>,
    /// Entries from this time on.
    pub since: Option<Timestamp>,
    /// Entries before this time.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    /// The conditions on the entries of a chain.
    fn conditions(&self, chain: ChainId) -> Vec<Condition> {
        // Written out, so that the index of refused requests serves it.
        const DENIED: Fixed = Fixed::new("outcome = 'denied'");
        const TARGET_CHAIN: Field<ChainId> = Field::new("t.chain");
        let mut conditions: Vec<Condition> = self.actor.iter().map(|actor| ACTOR.is(actor)).collect();
        conditions.extend(self.operation.as_ref().map(|operation| OPERATION.is(operation)));
        conditions.extend(self.outcome.map(|outcome| match outcome {
            Outcome::Denied => DENIED.into(),
            Outcome::Allowed => OUTCOME.is(&outcome),
        }));
        conditions.extend(self.target.as_ref().map(|(noun, id)| {
            let target = TARGET.is(&target_text(noun, id));
            NUMBER.among(&Ids::new(
                Field::new("t.number"),
                "audit_targets t",
                TARGET_CHAIN.is(&chain),
                [target],
            ))
        }));
        conditions.extend(self.since.map(|since| AT.at_least(&since)));
        conditions.extend(self.until.map(|until| AT.below(&until)));
        conditions
    }
}

/// A page of the entries of one chain.
pub async fn entries<R: Run>(
    mut run: R,
    organization: Option<OrganizationId>,
    filter: &AuditFilter,
    list: List<EntriesBy>,
) -> Result<Page<Entry>> {
    // No entry contains a NUL character, and PostgreSQL rejects it as a parameter.
    let (noun, id) = filter.target.as_ref().map_or(("", ""), |(noun, id)| (noun, id));
    if [filter.operation.as_deref().unwrap_or_default(), noun, id].iter().any(|t| t.contains('\0')) {
        return Ok(Page::new(Vec::new(), None));
    }
    let chain = chain_id(organization);
    let page = PageRequest::of(&list)?.page_of(entries_of(chain).and_all(filter.conditions(chain)));
    page.page::<_, EntryRow, _>(StatementName::AuditList, &mut run).await
}

/// The head of a chain: its last entry, and where its beginning was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// The organization; `None` for the server as a whole.
    pub organization: Option<OrganizationId>,
    /// The number of its last entry.
    pub number: i64,
    /// The hash of its last entry.
    pub hash: EntryHash,
    /// The number of the last entry that was cut off from the beginning; 0 if none was.
    pub cut: i64,
    /// The hash of that entry; zeros if none was.
    pub cut_hash: EntryHash,
}

impl Store {
    /// A page of the entries of one chain.
    pub async fn audit(
        &self,
        organization: Option<OrganizationId>,
        filter: &AuditFilter,
        list: List<EntriesBy>,
    ) -> Result<Page<Entry>> {
        entries(self, organization, filter, list).await
    }

    /// The head of one organization's chain, or the heads of all chains including the server's.
    pub async fn audit_heads(&self, organization: Option<OrganizationId>) -> Result<Vec<ChainHead>> {
        let mut statement =
            Statement::new("SELECT chain, number, hash, cut_number, cut_hash FROM audit_chains WHERE 1 = 1");
        if let Some(organization) = organization {
            statement.push(" AND chain = ").push_value(organization.as_uuid());
        }
        statement.push(" ORDER BY chain");
        let mut run = self;
        let rows: Vec<(Uuid, i64, String, i64, String)> =
            run.rows(StatementName::AuditHeads, statement).await?;
        rows.into_iter()
            .map(|(chain, number, hash, cut, cut_hash)| {
                Ok(ChainHead {
                    organization: (chain != SERVER).then(|| OrganizationId::from_uuid(chain)),
                    number,
                    hash: hash.parse().or_corrupt("audit_chains", "hash")?,
                    cut,
                    cut_hash: cut_hash.parse().or_corrupt("audit_chains", "cut_hash")?,
                })
            })
            .collect()
    }

    /// At most `limit` entries of a chain after number `after`, in order.
    pub async fn audit_after(
        &self,
        organization: Option<OrganizationId>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let mut statement = entries_of(chain_id(organization)).and(NUMBER.above(&after)).statement();
        statement.push(" ORDER BY number LIMIT ").push_value(limit);
        let mut run = self;
        run.rows::<EntryRow>(StatementName::AuditAfter, statement)
            .await?
            .into_iter()
            .map(Entry::try_from)
            .collect()
    }

    /// The number of the first of these consecutive entries of a chain that a search by target would not
    /// find by exactly the targets it names; `None` if there is no such entry.
    pub async fn audit_targets_wrong_at(
        &self,
        organization: Option<OrganizationId>,
        entries: &[Entry],
    ) -> Result<Option<i64>> {
        let ([first, ..], [.., last]) = (entries, entries) else { return Ok(None) };
        let mut statement = Statement::new("SELECT number, target FROM audit_targets WHERE chain = ");
        statement.push_value(chain_of(organization));
        statement.push(" AND number >= ").push_value(first.number);
        statement.push(" AND number <= ").push_value(last.number);
        let mut run = self;
        let found: BTreeSet<(i64, String)> =
            run.rows(StatementName::AuditTargetsBetween, statement).await?.into_iter().collect();
        let named = entries.iter().flat_map(|entry| {
            entry.event.targets.iter().map(|target| (entry.number, target_text(&target.noun, &target.id)))
        });
        let named: BTreeSet<(i64, String)> = named.collect();
        Ok(found.symmetric_difference(&named).map(|(number, _)| *number).min())
    }
}

impl Tx {
    /// Cuts off the beginning of a chain up to and including an entry, which must have this hash. The
    /// entries cut off may then be deleted, and the chain begins with the next one. Returns false if there
    /// is no such entry.
    pub async fn cut_audit(
        &mut self,
        organization: Option<OrganizationId>,
        number: i64,
        hash: EntryHash,
    ) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE audit_chains SET cut_number = $1, cut_hash = $2 WHERE chain = $3 AND cut_number < $1 \
             AND EXISTS (SELECT 1 FROM audit_entries e WHERE e.chain = $3 AND e.number = $1 AND e.hash = $2)",
        )
        .bind(number)
        .bind(hash.to_string())
        .bind(chain_of(organization));
        Ok(self.execute(StatementName::AuditCut, statement).await? > 0)
    }

    /// Deletes at most `limit` entries that were cut off from a chain. Returns how many were deleted.
    pub async fn delete_cut_audit(&mut self, head: &ChainHead, limit: u32) -> Result<u64> {
        let chain = chain_of(head.organization);
        let mut last = Statement::new("SELECT number FROM audit_entries WHERE chain = ").bind(chain);
        last.push("$1 AND number <= ").push_value(head.cut);
        last.push(" ORDER BY number LIMIT ").push_value(limit);
        let numbers: Vec<(i64,)> = self.rows(StatementName::AuditLastCut, last).await?;
        let Some((last,)) = numbers.last() else { return Ok(0) };
        for sql in [
            "DELETE FROM audit_targets WHERE chain = $1 AND number <= $2",
            "DELETE FROM audit_entries WHERE chain = $1 AND number <= $2",
        ] {
            self.execute(StatementName::AuditDeleteCut, Statement::new(sql).bind(chain).bind(*last)).await?;
        }
        Ok(u64::try_from(numbers.len()).unwrap_or(u64::MAX))
    }

    /// Appends an event to the chain of its organization. On PostgreSQL the entry gets its number at the
    /// commit, so that other transactions that append to the same chain wait only that long.
    pub async fn append_audit(&mut self, event: Event) -> Result<()> {
        match self.transaction {
            Transaction::Sqlite(_) => self.append_now(event).await,
            Transaction::Postgres(_) => self.append_at_commit(event).await,
        }
    }

    async fn append_at_commit(&mut self, event: Event) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO audit_pending (chain, at, actor, operation, targets, outcome, reason, address, \
             request_id, event) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        );
        let statement = bind_event(statement.bind(chain_of(event.organization_id)), &event);
        self.execute(StatementName::AuditAppendAtCommit, statement.bind(event.hashed_text())).await?;
        Ok(())
    }

    async fn append_now(&mut self, event: Event) -> Result<()> {
        let chain = chain_of(event.organization_id);
        self.execute(
            StatementName::AuditBeginChain,
            Statement::new(
                "INSERT INTO audit_chains (chain, number, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
            )
            .bind(chain)
            .bind(EntryHash::NONE.to_string()),
        )
        .await?;
        let head: Option<(i64, String)> = self
            .row(
                StatementName::AuditNextNumber,
                Statement::new(
                    "UPDATE audit_chains SET number = number + 1 WHERE chain = $1 RETURNING number, hash",
                )
                .bind(chain),
            )
            .await?;
        let (number, previous) = head.or_corrupt("audit_chains", "chain")?;
        let previous_hash = previous.parse().or_corrupt("audit_chains", "hash")?;
        let hash = event.hash(number, previous_hash);
        self.execute(
            StatementName::AuditSetHash,
            Statement::new("UPDATE audit_chains SET hash = $1 WHERE chain = $2")
                .bind(hash.to_string())
                .bind(chain),
        )
        .await?;
        let statement = Statement::new(
            "INSERT INTO audit_entries (chain, at, actor, operation, targets, outcome, reason, address, \
             request_id, number, previous_hash, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        );
        let statement = bind_event(statement.bind(chain), &event)
            .bind(number)
            .bind(previous_hash.to_string())
            .bind(hash.to_string());
        self.execute(StatementName::AuditAppend, statement).await?;
        for target in &event.targets {
            self.execute(StatementName::AuditAppendTarget,
                Statement::new(
                    "INSERT INTO audit_targets (chain, target, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                )
                .bind(chain)
                .bind(target_text(&target.noun, &target.id))
                .bind(number),
            )
            .await?;
        }
        Ok(())
    }
}

/// Binds the columns of an event that follow the chain.
fn bind_event(statement: Statement, event: &Event) -> Statement {
    statement
        .bind(event.at.as_micros())
        .bind(event.actor.as_text().into_owned())
        .bind(event.operation.as_ref())
        .bind(Value::json(&event.targets))
        .bind(event.outcome.as_str())
        .bind(event.reason.clone())
        .bind(event.address.map(|a| a.to_string()))
        .bind(event.request_id.map(RequestId::as_uuid))
}
