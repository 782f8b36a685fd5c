//! Rejects: parts that are scrap or nonconforming.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::history::RejectKind;
use bailiwick_domain::id::RejectId;
use bailiwick_domain::meaning::part::{PARTS_MAX, REJECTS_MAX, SavedReject};
use bailiwick_domain::name::Description;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::of_nodes::OfNodeFilter;
use bailiwick_store::parts::RejectsBy;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::of_nodes::{remove, require_room};
use crate::places::{node_of, one_node};
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::REJECT;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListRejects>().answers_rows(&bailiwick_store::parts::REJECT_ROWS),
        erase::<CreateReject>(),
        erase::<GetReject>(),
        erase::<UpdateReject>(),
        erase::<DeleteReject>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().of_nodes::<SavedReject>(&reach).get(id).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

sort_orders! {
    /// A sort order of rejects.
    pub(crate) RejectSort of RejectsBy, default AtReverse,
    At / AtReverse: "at" / "-at",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// Refuses a number of parts out of bounds.
fn check(reject: &SavedReject) -> Result<()> {
    if (1..=PARTS_MAX).contains(&reject.parts) {
        return Ok(());
    }
    Err(Error::invalid("parts", format!("expected 1 to {PARTS_MAX}, found {}", reject.parts)))
}

/// List rejects of nodes that the caller reaches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRejects {
    /// Only those of this node, by id or name.
    node: Option<NodeRef>,
    /// Only those of this kind.
    kind: Option<RejectKind>,
    /// Only those at or after this time.
    from: Option<Timestamp>,
    /// Only those before this time.
    until: Option<Timestamp>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<RejectSort>,
    /// The most rejects on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListRejects {
    const SPEC: Spec = Spec::read(ids::REJECTS_LIST, "/v1/rejects")
        .tag(TAG)
        .columns(&["at", "node_id", "kind", "parts", "note", "id"]);
    type Output = Page<SavedReject>;

    async fn run(self, cx: &Cx) -> Result<Page<SavedReject>> {
        let reach = cx.organization_reach()?;
        let filter = OfNodeFilter {
            node: node_of(cx.store(), &reach, self.node.as_ref()).await?,
            subject: self.kind,
            from: self.from,
            until: self.until,
            is_open: None,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().of_nodes(&reach).list(&filter, list).await?)
    }
}

/// Create a reject: parts of a node are scrap or nonconforming.
///
/// They stay in the total, and are not good.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "node": "db-1", "at": "2030-01-31T08:00:00Z", "kind": "scrap", "parts": 3 }]))]
struct CreateReject {
    /// The node that made the parts, by id or name.
    node: NodeRef,
    /// The time to which they are counted; now if absent.
    at: Option<Timestamp>,
    /// What is wrong with them.
    #[schemars(example = &"scrap")]
    kind: RejectKind,
    /// How many.
    #[schemars(range(min = 1, max = PARTS_MAX), example = 3)]
    parts: i32,
    /// What else there is to say.
    note: Option<Description>,
}

impl Operation for CreateReject {
    const SPEC: Spec = Spec::create(ids::REJECTS_CREATE, "/v1/rejects").tag(TAG).versioned();
    const REVISION: fn(&SavedReject) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedReject;

    async fn run(self, cx: &Cx) -> Result<SavedReject> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let mut write = cx.write().await?;
        let reject = SavedReject {
            id: RejectId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            node_id: one_node(write.tx(), &reach, &self.node).await?,
            at: self.at.unwrap_or(now),
            kind: self.kind,
            parts: self.parts,
            note: self.note,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        check(&reject)?;
        write.tx().lock_node(reach.organization, reject.node_id).await?;
        require_room::<SavedReject>(write.tx(), &reach, NOUN, reject.node_id, REJECTS_MAX).await?;
        write.tx().of_nodes(&reach).create(&reject).await?;
        write.commit(vec![NOUN.target(reject.id)], reject).await
    }
}

/// Show one reject.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetReject {
    /// Its id.
    reject: RejectId,
}

impl Operation for GetReject {
    const SPEC: Spec = Spec::read(ids::REJECTS_GET, "/v1/rejects/{reject}").tag(TAG).versioned();
    const REVISION: fn(&SavedReject) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedReject;

    async fn run(self, cx: &Cx) -> Result<SavedReject> {
        let found = cx.store().of_nodes(&cx.organization_reach()?).get(self.reject).await?;
        NOUN.found(found, self.reject)
    }
}

/// Change a reject.
///
/// Fields that are absent stay as they are. The node cannot be changed: delete the reject, and create another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "kind": "nonconforming" }]))]
struct UpdateReject {
    /// Its id.
    reject: RejectId,
    /// The time to which they are counted.
    #[serde(default)]
    at: Named<Timestamp>,
    /// What is wrong with them.
    #[serde(default)]
    kind: Named<RejectKind>,
    /// How many.
    #[serde(default)]
    #[schemars(range(min = 1, max = PARTS_MAX))]
    parts: Named<i32>,
    /// A new note; null removes it.
    #[serde(default)]
    note: Patch<Description>,
}

impl Operation for UpdateReject {
    const SPEC: Spec = Spec::update(ids::REJECTS_UPDATE, "/v1/rejects/{reject}").tag(TAG).versioned();
    const REVISION: fn(&SavedReject) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedReject;

    async fn run(self, cx: &Cx) -> Result<SavedReject> {
        let (reach, id) = (cx.organization_reach()?, self.reject);
        let mut write = cx.write().await?;
        let before: SavedReject = NOUN.found(write.tx().of_nodes(&reach).get(id).await?, id)?;
        cx.require_match(&before, before.revision)?;
        let mut reject = before.clone();
        self.at.apply(&mut reject.at);
        self.kind.apply(&mut reject.kind);
        self.parts.apply(&mut reject.parts);
        self.note.apply(&mut reject.note);
        check(&reject)?;
        cx.revise(before.revision, &mut reject.revision, &mut reject.updated_at);
        write.tx().of_nodes(&reach).update(&reject, &before).await?;
        write.commit(vec![NOUN.target(id)], reject).await
    }
}

/// Delete a reject.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteReject {
    /// Its id.
    reject: RejectId,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteReject {
    const SPEC: Spec = Spec::delete(ids::REJECTS_DELETE, "/v1/rejects/{reject}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let named = |reject: &SavedReject| format!("{} {}", reject.parts, reject.kind.as_str());
        remove::<SavedReject>(cx, NOUN, self.reject, self.dry_run, named).await
    }
}
