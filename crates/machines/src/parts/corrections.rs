//! Part corrections: parts that a person added to what the counters say, or took away.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::PartCorrectionId;
use bailiwick_domain::meaning::part::{PART_CORRECTIONS_MAX, PARTS_MAX, SavedPartCorrection};
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
use bailiwick_store::parts::PartCorrectionsBy;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::of_nodes::{remove, require_room};
use crate::places::{node_of, one_node};
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::PART_CORRECTION;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListPartCorrections>().answers_rows(&bailiwick_store::parts::PART_CORRECTION_ROWS),
        erase::<CreatePartCorrection>(),
        erase::<GetPartCorrection>(),
        erase::<UpdatePartCorrection>(),
        erase::<DeletePartCorrection>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().of_nodes::<SavedPartCorrection>(&reach).get(id).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

sort_orders! {
    /// A sort order of part corrections.
    pub(crate) PartCorrectionSort of PartCorrectionsBy, default AtReverse,
    At / AtReverse: "at" / "-at",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// Refuses a number of parts out of bounds.
fn check(correction: &SavedPartCorrection) -> Result<()> {
    if correction.parts != 0 && (-PARTS_MAX..=PARTS_MAX).contains(&correction.parts) {
        return Ok(());
    }
    let detail = format!("expected -{PARTS_MAX} to {PARTS_MAX}, and not 0, found {}", correction.parts);
    Err(Error::invalid("parts", detail))
}

/// List part corrections of nodes that the caller reaches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListPartCorrections {
    /// Only those of this node, by id or name.
    node: Option<NodeRef>,
    /// Only those at or after this time.
    from: Option<Timestamp>,
    /// Only those before this time.
    until: Option<Timestamp>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<PartCorrectionSort>,
    /// The most part corrections on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListPartCorrections {
    const SPEC: Spec = Spec::read(ids::PART_CORRECTIONS_LIST, "/v1/part_corrections")
        .tag(TAG)
        .columns(&["at", "node_id", "parts", "note", "id"]);
    type Output = Page<SavedPartCorrection>;

    async fn run(self, cx: &Cx) -> Result<Page<SavedPartCorrection>> {
        let reach = cx.organization_reach()?;
        let filter = OfNodeFilter {
            node: node_of(cx.store(), &reach, self.node.as_ref()).await?,
            subject: None,
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

/// Create a part correction: a node made more or fewer parts than its counters say.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "node": "db-1", "at": "2030-01-31T08:00:00Z", "parts": -2, "note": "Trial cuts" }]))]
struct CreatePartCorrection {
    /// The node that made the parts, by id or name.
    node: NodeRef,
    /// The time to which it is counted; now if absent.
    at: Option<Timestamp>,
    /// How many more parts there were than the counters say; negative if there were fewer.
    #[schemars(range(min = -PARTS_MAX, max = PARTS_MAX), example = -2)]
    parts: i32,
    /// What else there is to say.
    note: Option<Description>,
}

impl Operation for CreatePartCorrection {
    const SPEC: Spec =
        Spec::create(ids::PART_CORRECTIONS_CREATE, "/v1/part_corrections").tag(TAG).versioned();
    const REVISION: fn(&SavedPartCorrection) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedPartCorrection;

    async fn run(self, cx: &Cx) -> Result<SavedPartCorrection> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let mut write = cx.write().await?;
        let correction = SavedPartCorrection {
            id: PartCorrectionId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            node_id: one_node(write.tx(), &reach, &self.node).await?,
            at: self.at.unwrap_or(now),
            parts: self.parts,
            note: self.note,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        check(&correction)?;
        write.tx().lock_node(reach.organization, correction.node_id).await?;
        require_room::<SavedPartCorrection>(
            write.tx(),
            &reach,
            NOUN,
            correction.node_id,
            PART_CORRECTIONS_MAX,
        )
        .await?;
        write.tx().of_nodes(&reach).create(&correction).await?;
        write.commit(vec![NOUN.target(correction.id)], correction).await
    }
}

/// Show one part correction.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetPartCorrection {
    /// Its id.
    part_correction: PartCorrectionId,
}

impl Operation for GetPartCorrection {
    const SPEC: Spec =
        Spec::read(ids::PART_CORRECTIONS_GET, "/v1/part_corrections/{part_correction}").tag(TAG).versioned();
    const REVISION: fn(&SavedPartCorrection) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedPartCorrection;

    async fn run(self, cx: &Cx) -> Result<SavedPartCorrection> {
        let found = cx.store().of_nodes(&cx.organization_reach()?).get(self.part_correction).await?;
        NOUN.found(found, self.part_correction)
    }
}

/// Change a part correction.
///
/// Fields that are absent stay as they are. The node cannot be changed: delete the correction, and create another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "parts": -3 }]))]
struct UpdatePartCorrection {
    /// Its id.
    part_correction: PartCorrectionId,
    /// The time to which it is counted.
    #[serde(default)]
    at: Named<Timestamp>,
    /// How many more parts there were than the counters say; negative if there were fewer.
    #[serde(default)]
    #[schemars(range(min = -PARTS_MAX, max = PARTS_MAX))]
    parts: Named<i32>,
    /// A new note; null removes it.
    #[serde(default)]
    note: Patch<Description>,
}

impl Operation for UpdatePartCorrection {
    const SPEC: Spec = Spec::update(ids::PART_CORRECTIONS_UPDATE, "/v1/part_corrections/{part_correction}")
        .tag(TAG)
        .versioned();
    const REVISION: fn(&SavedPartCorrection) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedPartCorrection;

    async fn run(self, cx: &Cx) -> Result<SavedPartCorrection> {
        let (reach, id) = (cx.organization_reach()?, self.part_correction);
        let mut write = cx.write().await?;
        let before: SavedPartCorrection = NOUN.found(write.tx().of_nodes(&reach).get(id).await?, id)?;
        cx.require_match(&before, before.revision)?;
        let mut correction = before.clone();
        self.at.apply(&mut correction.at);
        self.parts.apply(&mut correction.parts);
        self.note.apply(&mut correction.note);
        check(&correction)?;
        cx.revise(before.revision, &mut correction.revision, &mut correction.updated_at);
        write.tx().of_nodes(&reach).update(&correction, &before).await?;
        write.commit(vec![NOUN.target(id)], correction).await
    }
}

/// Delete a part correction.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeletePartCorrection {
    /// Its id.
    part_correction: PartCorrectionId,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeletePartCorrection {
    const SPEC: Spec =
        Spec::delete(ids::PART_CORRECTIONS_DELETE, "/v1/part_corrections/{part_correction}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let named = |correction: &SavedPartCorrection| correction.parts.to_string();
        remove::<SavedPartCorrection>(cx, NOUN, self.part_correction, self.dry_run, named).await
    }
}
