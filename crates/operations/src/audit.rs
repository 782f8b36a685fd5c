//! The audit trail: who did what, and whether the record of it was tampered with.

use std::borrow::Cow;

use bailiwick_domain::actor::ActorRef;
use bailiwick_domain::audit::{Entry, EntryHash, Outcome};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::{Actor, KeyRef};
use bailiwick_domain::page::{ExportLimit, Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::Control;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::{ExportRequest, Exported};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Cells, Record};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::{sort_orders, words};
use bailiwick_store::List;
use bailiwick_store::audit::EntriesBy;
use bailiwick_store::audit::{AuditFilter, ChainHead};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actors;
use crate::audit_chain::{broken_at, cut_note};
use crate::audit_question::{object, require_known};
use crate::ids;
use crate::names::{NameOf, names_of_all};
use crate::noun;

const TAG: &str = "Audit";

pub(crate) const OPERATIONS: &[Erased] =
    &[erase::<ListAudit>(), erase::<VerifyAudit>(), erase::<ExportAudit>(), erase::<CutAudit>()];

sort_orders! {
    /// A sort order of audit entries.
    pub(crate) AuditSort of EntriesBy, default NumberReverse,
    Number / NumberReverse: "number" / "-number",
}

/// List the audit trail of an organization, newest first.
///
/// A root key that names no organization sees the trail of the server as a whole: organizations that
/// were created and deleted, root keys. The trail contains every change, and every refusal of a known
/// key (up to 60 refusals a minute for each key).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAudit {
    /// Only entries about actions of this key: its id, or its name if no other key has it.
    key: Option<KeyRef>,
    /// Only entries about actions of this user or key: a user's id or e-mail address, or a key's id or name. Not together
    /// with `key`.
    by: Option<ActorRef>,
    /// Only entries about this operation. An operation that there is not is refused.
    #[schemars(example = &"keys.create")]
    operation: Option<String>,
    /// Only entries about allowed actions, or only about refused ones.
    outcome: Option<Outcome>,
    /// Only entries about this object: its kind, and its name or id, such as `node:db-1`. An object that was deleted is named
    /// by its id.
    #[schemars(example = &"site:01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f")]
    target: Option<String>,
    /// Only entries at or after this time.
    since: Option<Timestamp>,
    /// Only before this time.
    until: Option<Timestamp>,
    /// The sort order: newest first, or oldest first.
    sort: Option<AuditSort>,
    /// The most entries on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<AuditInclude>>,
}

impl Operation for ListAudit {
    const SPEC: Spec = Spec::read(ids::AUDIT_LIST, "/v1/audit")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .columns(&[
            "number",
            "at",
            "operation",
            "outcome",
            "actor_name",
            "target_names",
            "address",
            "reason",
        ]);
    type Output = Page<ShownEntry>;

    async fn run(self, cx: &Cx) -> Result<Page<ShownEntry>> {
        let chain = chain(cx)?;
        if let Some(operation) = &self.operation {
            require_known(cx, chain, operation).await?;
        }
        let target = match &self.target {
            Some(target) => Some(object(cx, chain, target).await?),
            None => None,
        };
        let actor = match (&self.key, &self.by) {
            (Some(_), Some(_)) => return Err(Error::invalid("by", "cannot be combined with key")),
            (Some(key), None) => Some(actors::find_key(cx, key).await?),
            (None, Some(by)) => Some(actors::find(cx, by).await?),
            (None, None) => None,
        };
        let filter = AuditFilter {
            actor,
            operation: self.operation,
            outcome: self.outcome,
            target,
            since: self.since,
            until: self.until,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let page = cx.store().audit(chain, &filter, list).await?;
        let mut page = page.map(|entry| ShownEntry { entry, actor_name: None, target_names: None });
        include(cx, &mut page.items, &self.include.unwrap_or_default()).await?;
        Ok(page)
    }
}

/// An entry of the audit trail, with the names of what it names if they were asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
struct ShownEntry {
    #[serde(flatten)]
    entry: Entry,
    /// The name that the key has now, or the e-mail address of the user; null for others. Only with `include=actor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "actor"))]
    actor_name: NameOf<String>,
    /// The names that the objects in `targets` have now, in the same order. Null for an object that was deleted, that has no
    /// name, or that the caller may not read. Only with `include=targets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "targets"))]
    target_names: Option<Vec<Option<String>>>,
}

words! {
    /// What an audit entry refers to.
    AuditInclude { Actor = "actor", Targets = "targets" }
}

/// The key or user that an entry is about, as an object.
fn actor_of(entry: &Entry) -> Option<(&'static str, String)> {
    match &entry.event.actor {
        Actor::Key { id } => Some((noun::KEY.one, id.to_string())),
        Actor::User { id } => Some((noun::USER.one, id.to_string())),
        Actor::System | Actor::Anonymous => None,
    }
}

/// Adds names to entries.
async fn include(cx: &Cx, entries: &mut [ShownEntry], asked: &Words<AuditInclude>) -> Result<()> {
    if asked.0.is_empty() {
        return Ok(());
    }
    let (of_actors, of_targets) = (asked.has(AuditInclude::Actor), asked.has(AuditInclude::Targets));
    let mut objects: Vec<(Cow<'static, str>, String)> = Vec::new();
    for ShownEntry { entry, .. } in &*entries {
        objects.extend(actor_of(entry).filter(|_| of_actors).map(|(noun, id)| (noun.into(), id)));
        let targets = entry.event.targets.iter().filter(|_| of_targets);
        objects.extend(targets.map(|target| (target.noun.clone(), target.id.clone())));
    }
    let names = names_of_all(cx, objects.iter().map(|(noun, id)| (&**noun, id.as_str()))).await?;
    for shown in entries {
        if of_actors {
            let actor = actor_of(&shown.entry);
            shown.actor_name = Some(actor.and_then(|(noun, id)| names.of_object(noun, &id)));
        }
        if of_targets {
            let targets = shown.entry.event.targets.iter();
            shown.target_names =
                Some(targets.map(|target| names.of_object(&target.noun, &target.id)).collect());
        }
    }
    Ok(())
}

/// The chain of the request: the organization's, or the server's if a root key names none.
fn chain(cx: &Cx) -> Result<Option<OrganizationId>> {
    let organization = cx.organization().map(|o| o.id);
    if organization.is_none() && cx.reach()?.organizations.is_some() {
        return Err(Error::OrganizationRequired);
    }
    Ok(organization)
}

/// Check the chain of hashes of the audit trail.
///
/// Each entry contains the hash of the entry before it, so an entry that was changed or removed breaks
/// the chain. If the beginning of a chain was cut off, the rest is checked, starting from the hash of
/// the last entry that was cut off. If a root key names no organization, every chain is checked. Keep
/// the hash of the last entry (`head`) somewhere else: if a later check does not find it, the end was
/// rewritten.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VerifyAudit {}

/// The result of a check of the audit trail.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditVerification {
    /// Whether every chain is intact.
    intact: bool,
    /// Each chain.
    chains: Vec<AuditChain>,
}

/// The result of a check of one chain.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditChain {
    /// The organization, by id; null for the chain of the server as a whole.
    organization_id: Option<OrganizationId>,
    /// Its slug, if it still exists.
    organization: Option<String>,
    /// The number of its last entry, which is how many entries there ever were.
    entries: i64,
    /// The number of the last entry that was cut off by `audit.cut`; 0 if none was. The check starts
    /// after it.
    cut: i64,
    /// The hash of the last entry that was cut off; zeros if none was.
    cut_hash: EntryHash,
    /// The hash of its last entry.
    head: EntryHash,
    /// Whether the chain is intact.
    intact: bool,
    /// The number of the first entry that does not follow from the one before it; null if all do.
    broken_at: Option<i64>,
    /// What is wrong there; null if nothing is.
    problem: Option<Cow<'static, str>>,
}

impl Operation for VerifyAudit {
    const SPEC: Spec = Spec::read(ids::AUDIT_VERIFY, "/v1/audit/verify")
        .tag(TAG)
        .across_organizations()
        .whole_organization();
    type Output = AuditVerification;

    async fn run(self, cx: &Cx) -> Result<AuditVerification> {
        let chain = chain(cx)?;
        let mut chains = Vec::new();
        let mut heads = cx.store().audit_heads(chain).await?;
        if let (Some(organization), true) = (chain, heads.is_empty())
            && let Some(last) = cx.store().audit_after(chain, 0, 1).await?.pop()
        {
            // There are entries, but the record of where they end was removed.
            heads.push(ChainHead {
                organization: Some(organization),
                number: last.number,
                hash: EntryHash::NONE,
                cut: 0,
                cut_hash: EntryHash::NONE,
            });
        }
        for head in heads {
            chains.push(verify(cx, head).await?);
        }
        Ok(AuditVerification { intact: chains.iter().all(|c| c.intact), chains })
    }
}

async fn verify(cx: &Cx, head: ChainHead) -> Result<AuditChain> {
    let broken = broken_at(cx.store(), &head).await?;
    let slug =
        head.organization.and_then(|id| cx.control().directory().by_id(id)).map(|o| o.slug.to_string());
    Ok(AuditChain {
        organization_id: head.organization,
        organization: slug,
        entries: head.number,
        cut: head.cut,
        cut_hash: head.cut_hash,
        head: head.hash,
        intact: broken.is_none(),
        broken_at: broken.map(|broken| broken.number),
        problem: broken.map(|broken| broken.problem.into()),
    })
}

/// Export the audit trail as text, oldest first.
///
/// Each line is an entry as `audit.list` shows it, with both hashes, so that the chain can be checked
/// without this server: see `docs/audit.md`. With `Accept: text/csv` or `application/x-ndjson`, the
/// answer is only the text, and the header `Link` names the next page. In CSV, an apostrophe is put
/// before a cell that a spreadsheet would take for a formula.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportAudit {
    /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
    format: Option<Format>,
    /// Only entries at or after this time.
    since: Option<Timestamp>,
    /// Only before this time.
    until: Option<Timestamp>,
    /// The most entries in one answer.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the previous export.
    cursor: Option<Cursor>,
}

/// An entry as a line of an export.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct EntryLine(Entry);

impl Record for EntryLine {
    const COLUMNS: &'static [(&'static str, Cells)] = &[
        ("number", Cells::Json),
        ("at", Cells::Text),
        ("actor", Cells::Json),
        ("organization_id", Cells::Text),
        ("operation", Cells::Text),
        ("targets", Cells::Json),
        ("outcome", Cells::Text),
        ("reason", Cells::Text),
        ("address", Cells::Text),
        ("request_id", Cells::Text),
        ("previous_hash", Cells::Text),
        ("hash", Cells::Text),
    ];
}

impl Operation for ExportAudit {
    const SPEC: Spec = Spec::read(ids::AUDIT_EXPORT, "/v1/audit/export")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let chain = chain(cx)?;
        let filter = AuditFilter { since: self.since, until: self.until, ..AuditFilter::default() };
        let filter = &filter;
        let page = |list| async move {
            let page = cx.store().audit(chain, filter, list).await?;
            let lines: Vec<_> = page.items.into_iter().map(EntryLine).collect();
            Ok((lines, page.next_cursor))
        };
        let asked = ExportRequest { format: self.format, limit: self.limit, cursor: self.cursor };
        asked.export(AuditSort::Number, async { Ok(None) }, page).await
    }
}

/// Cut off the audit trail after an entry that was exported.
///
/// This entry and all before it are deleted and cannot be restored: export them first, check the chain,
/// and keep both. The request names the entry by number and hash, so that nobody cuts off what they
/// have not seen. The chain continues from that hash, `audit.verify` checks the rest, and an entry in
/// the trail says who cut off how much. If there are many entries, the server may take an hour or more
/// to delete them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "number": 1,
    "hash": "0000000000000000000000000000000000000000000000000000000000000000",
}]))]
struct CutAudit {
    /// The number of the last entry to cut off.
    #[schemars(range(min = 1), example = 1)]
    number: i64,
    /// The hash of that entry.
    #[schemars(example = &"0000000000000000000000000000000000000000000000000000000000000000")]
    hash: EntryHash,
}

/// The result of cutting off a chain.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditCut {
    /// The number of the last entry that was cut off.
    number: i64,
    /// The hash of that entry, from which the chain continues.
    hash: EntryHash,
    /// How many entries are already deleted; the server deletes the rest in the background.
    deleted: u64,
}

/// How many entries that were cut off are deleted in one transaction.
const DELETED_AT_ONCE: u32 = 1_000;
/// How many such transactions run before the request is answered.
const DELETIONS_BEFORE_ANSWER: u32 = 10;

impl Operation for CutAudit {
    const SPEC: Spec =
        Spec::act(ids::AUDIT_CUT, "/v1/audit/cut").tag(TAG).across_organizations().whole_organization();
    type Output = AuditCut;

    async fn run(self, cx: &Cx) -> Result<AuditCut> {
        let chain = chain(cx)?;
        let Self { number, hash } = self;
        let mut write = cx.write().await?;
        if !write.tx().cut_audit(chain, number, hash).await? {
            let detail = "expected the hash of the entry with this number, which must not be cut off already";
            return Err(Error::invalid("hash", detail));
        }
        let write = write.noting(cut_note(number, hash));
        let targets = chain.map(|id| noun::ORGANIZATION.target(id)).into_iter().collect();
        let cut = write.commit_in(chain, targets, AuditCut { number, hash, deleted: 0 }).await?;
        // The background task deletes the rest.
        let deleted = delete_cut(cx.control(), chain, DELETIONS_BEFORE_ANSWER).await.unwrap_or_default();
        Ok(AuditCut { deleted, ..cut })
    }
}

/// Deletes entries that were cut off, of one organization's chain or the server's, in at most
/// `most` transactions. Returns how many were deleted.
async fn delete_cut(control: &Control, chain: Option<OrganizationId>, most: u32) -> Result<u64> {
    let heads = control.store().audit_heads(chain).await?;
    let mut deleted = 0;
    for head in heads.iter().filter(|head| head.organization == chain && head.cut > 0) {
        for _ in 0..most {
            let mut tx = control.store().begin().await?;
            let now = tx.delete_cut_audit(head, DELETED_AT_ONCE).await?;
            tx.commit().await?;
            deleted += now;
            if now < u64::from(DELETED_AT_ONCE) {
                break;
            }
        }
    }
    Ok(deleted)
}

/// Deletes all entries that were cut off, of all chains.
pub(crate) async fn forget_cut(control: &Control) -> Result<()> {
    for head in control.store().audit_heads(None).await? {
        delete_cut(control, head.organization, u32::MAX).await?;
    }
    Ok(())
}
