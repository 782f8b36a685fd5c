//! The audit trail: who did what, and whether somebody changed the record of it.

use std::borrow::Cow;

use bailiwick_domain::audit::{Entry, EntryHash, Outcome};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::{Actor, KeyId};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_store::List;
use bailiwick_store::audit::{AuditFilter, ChainHead};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::operation::{Erased, Operation, erase};
use crate::sort::sort_orders;
use crate::spec::Spec;

const TAG: &str = "Audit";

/// How many entries are read at once to verify a chain.
const ENTRIES_AT_ONCE: u32 = 1_000;

pub(crate) const OPERATIONS: &[Erased] = &[erase::<ListAudit>(), erase::<VerifyAudit>()];

sort_orders! {
    /// An order of audit entries.
    AuditSort, default NumberReverse,
    Number / NumberReverse: "number" / "-number",
}

/// List the audit trail of an organization, newest first.
///
/// A root key that names no organization sees the trail of the server as a whole: organizations
/// created and deleted, root keys. Everything that changes something is there, and every refusal
/// of a key that the server knows (a key's refusals up to 60 a minute).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAudit {
    /// Only what this key did.
    key: Option<KeyId>,
    /// Only this operation.
    #[schemars(example = &"keys.create")]
    operation: Option<String>,
    /// Only what was allowed, or only what was refused.
    outcome: Option<Outcome>,
    /// Only what touched this object, as `noun:id`.
    #[schemars(example = &"site:01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f")]
    target: Option<String>,
    /// Only from this time on.
    since: Option<Timestamp>,
    /// Only before this time.
    until: Option<Timestamp>,
    /// The order: newest first, or oldest first.
    sort: Option<AuditSort>,
    /// The most entries on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
}

impl Operation for ListAudit {
    const SPEC: Spec = Spec::read("audit.list", "/v1/audit")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .columns(&["number", "at", "operation", "outcome", "actor", "targets", "address", "reason"]);
    type Output = Page<Entry>;

    async fn run(self, cx: &Cx) -> Result<Page<Entry>> {
        let chain = chain(cx)?;
        let target = match &self.target {
            Some(target) => {
                let pair = target.split_once(':').filter(|(noun, id)| !noun.is_empty() && !id.is_empty());
                let (noun, id) =
                    pair.ok_or_else(|| Error::invalid("target", "expected noun:id, as in site:0193…"))?;
                Some((noun.to_owned(), id.to_owned()))
            }
            None => None,
        };
        let filter = AuditFilter {
            actor: self.key.map(|id| Actor::Key { id }),
            operation: self.operation,
            outcome: self.outcome,
            target,
            since: self.since,
            until: self.until,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default(),
        };
        Ok(cx.store().audit(chain, &filter, list).await?)
    }
}

/// The chain of the request: the organization's, or for a root key that names none the server's.
fn chain(cx: &Cx) -> Result<Option<OrganizationId>> {
    let organization = cx.organization().map(|o| o.id);
    if organization.is_none() && cx.reach()?.organizations.is_some() {
        return Err(Error::OrganizationRequired);
    }
    Ok(organization)
}

/// Check the chain of hashes of the audit trail.
///
/// Each entry holds the hash of the one before; an entry that was changed or taken out breaks the
/// chain. A root key that names no organization has every chain checked. Keep the head's hash
/// somewhere else: a later check that does not find it shows that the end was rewritten.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VerifyAudit {}

/// What a check of the audit trail found.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditVerification {
    /// Whether every chain holds.
    intact: bool,
    /// Each chain.
    chains: Vec<AuditChain>,
}

/// What a check of one chain found.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditChain {
    /// The organization, by id; null for the chain of the server as a whole.
    organization_id: Option<OrganizationId>,
    /// Its slug, if it still exists.
    organization: Option<String>,
    /// How many entries it has.
    entries: i64,
    /// The hash of its last entry.
    head: EntryHash,
    /// Whether it holds.
    intact: bool,
    /// The number of the first entry that does not follow from the one before; null if all do.
    broken_at: Option<i64>,
    /// What is wrong there.
    problem: Option<Cow<'static, str>>,
}

impl Operation for VerifyAudit {
    const SPEC: Spec =
        Spec::read("audit.verify", "/v1/audit/verify").tag(TAG).across_organizations().whole_organization();
    type Output = AuditVerification;

    async fn run(self, cx: &Cx) -> Result<AuditVerification> {
        let chain = chain(cx)?;
        let mut chains = Vec::new();
        let mut heads = cx.store().audit_heads(chain).await?;
        if let (Some(organization), true) = (chain, heads.is_empty())
            && let Some(last) = cx.store().audit_after(chain, 0, 1).await?.pop()
        {
            // There are entries, and somebody took away where they end.
            heads.push(ChainHead {
                organization: Some(organization),
                number: last.number,
                hash: EntryHash::NONE,
            });
        }
        for head in heads {
            chains.push(verify(cx, head).await?);
        }
        Ok(AuditVerification { intact: chains.iter().all(|c| c.intact), chains })
    }
}

async fn verify(cx: &Cx, head: ChainHead) -> Result<AuditChain> {
    let (mut number, mut hash) = (0, EntryHash::NONE);
    let mut broken: Option<(i64, &'static str)> = None;
    'chain: while number < head.number {
        let entries = cx.store().audit_after(head.organization, number, ENTRIES_AT_ONCE).await?;
        if entries.is_empty() {
            broken = Some((number + 1, "entries are missing at the end"));
            break;
        }
        for entry in entries {
            // The chain may have grown since its head was read.
            if entry.number > head.number {
                break 'chain;
            }
            if entry.number != number + 1 {
                broken = Some((number + 1, "an entry is missing"));
                break 'chain;
            }
            if !entry.follows(number, hash) {
                broken = Some((entry.number, "the entry was changed, or the one before it"));
                break 'chain;
            }
            (number, hash) = (entry.number, entry.hash);
        }
    }
    if broken.is_none() && hash != head.hash {
        broken = Some((head.number, "the last entry is not the one that the chain ends with"));
    }
    let slug = head.organization.and_then(|id| cx.control().directory.by_id(id)).map(|o| o.slug.to_string());
    Ok(AuditChain {
        organization_id: head.organization,
        organization: slug,
        entries: head.number,
        head: head.hash,
        intact: broken.is_none(),
        broken_at: broken.map(|(at, _)| at),
        problem: broken.map(|(_, problem)| problem.into()),
    })
}
