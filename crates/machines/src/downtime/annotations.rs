//! Annotations: explanations of downtime.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::history::Reason;
use bailiwick_domain::id::{AnnotationId, DowntimeReasonId};
use bailiwick_domain::meaning::downtime::{ANNOTATIONS_MAX, DowntimeReasonRef, SavedAnnotation};
use bailiwick_domain::name::Description;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_operations::references::missing;
use bailiwick_store::downtime::{AnnotationsBy, DowntimeReasons};
use bailiwick_store::of_nodes::{OfNodeFilter, OfNodes};
use bailiwick_store::{List, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::of_nodes::{check_time, require_free, require_room};
use crate::places::{node_of, one_node};
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::ANNOTATION;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListAnnotations>().answers_rows(&bailiwick_store::downtime::ANNOTATION_ROWS),
        erase::<CreateAnnotation>(),
        erase::<GetAnnotation>(),
        erase::<UpdateAnnotation>(),
        erase::<DeleteAnnotation>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().of_nodes::<SavedAnnotation>(&reach).get(id).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

/// An explanation of downtime, and its reason.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Annotation {
    #[serde(flatten)]
    record: SavedAnnotation,
    /// The reason.
    reason: Reason,
    /// Whether the downtime was planned.
    planned: bool,
}

/// Annotations with their reasons.
async fn shown<R: Run>(
    run: R,
    reach: &OrganizationReach,
    records: Vec<SavedAnnotation>,
) -> Result<Vec<Annotation>> {
    let ids: BTreeSet<DowntimeReasonId> = records.iter().map(|record| record.reason_id).collect();
    let reasons = DowntimeReasons::new(run, reach.organization).some(ids).await?;
    let reasons: HashMap<_, _> = reasons.into_iter().map(|reason| (reason.id, reason)).collect();
    // A reason that was deleted since is left out with its annotation, which was then changed or deleted too.
    let shown = records.into_iter().filter_map(|record| {
        let reason = reasons.get(&record.reason_id)?;
        Some(Annotation { reason: reason.reason.clone(), planned: reason.planned, record })
    });
    Ok(shown.collect())
}

/// The annotation with an id.
async fn get<R: Run>(mut run: R, reach: &OrganizationReach, id: AnnotationId) -> Result<Annotation> {
    let found = OfNodes::<_, SavedAnnotation>::new(&mut run, reach).get(id).await?;
    let shown = shown(run, reach, found.into_iter().collect()).await?;
    NOUN.found(shown.into_iter().next(), id)
}

/// The reason that the field `reason` names.
async fn one_reason<R: Run>(
    run: R,
    reach: &OrganizationReach,
    named: &DowntimeReasonRef,
) -> Result<DowntimeReasonId> {
    let found = DowntimeReasons::new(run, reach.organization).find(named).await?;
    let missing = || Error::Invalid(vec![missing("reason", noun::DOWNTIME_REASON, named)]);
    Ok(found.ok_or_else(missing)?.id)
}

sort_orders! {
    /// A sort order of annotations.
    pub(crate) AnnotationSort of AnnotationsBy, default StartAtReverse,
    StartAt / StartAtReverse: "start_at" / "-start_at",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List annotations of nodes that the caller reaches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAnnotations {
    /// Only those of this node, by id or name.
    node: Option<NodeRef>,
    /// Only those that give this reason, by id or path.
    reason: Option<DowntimeReasonRef>,
    /// Only those that do not end before this time.
    from: Option<Timestamp>,
    /// Only those that begin before this time.
    until: Option<Timestamp>,
    /// Only those of downtime that goes on, or with `false` only those that have ended.
    open: Option<bool>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<AnnotationSort>,
    /// The most annotations on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListAnnotations {
    const SPEC: Spec = Spec::read(ids::ANNOTATIONS_LIST, "/v1/annotations")
        .tag(TAG)
        .columns(&["start_at", "end_at", "node_id", "reason", "planned", "note", "id"]);
    type Output = Page<Annotation>;

    async fn run(self, cx: &Cx) -> Result<Page<Annotation>> {
        let reach = cx.organization_reach()?;
        let subject = match &self.reason {
            // No object has the id of one that was deleted, and that is a good answer.
            Some(DowntimeReasonRef::Id(id)) => Some(*id),
            Some(named) => {
                // A caller who may not list reasons learns no names.
                cx.require_operation(ids::DOWNTIME_REASONS_LIST)?;
                Some(one_reason(cx.store(), &reach, named).await?)
            }
            None => None,
        };
        let filter = OfNodeFilter {
            node: node_of(cx.store(), &reach, self.node.as_ref()).await?,
            subject,
            from: self.from,
            until: self.until,
            is_open: self.open,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let page = cx.store().of_nodes::<SavedAnnotation>(&reach).list(&filter, list).await?;
        let (items, page) = page.taken();
        Ok(page.with(shown(cx.store(), &reach, items).await?))
    }
}

/// Create an annotation.
///
/// It explains the downtime of a node from a time to another, or until further notice. Time in cycle and time without
/// data within it is no downtime. Annotations of one node may not overlap.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "node": "db-1", "reason": "Setup|Tool change", "start_at": "2030-01-31T08:00:00Z", "end_at": "2030-01-31T08:20:00Z",
}]))]
struct CreateAnnotation {
    /// The node, by id or name.
    node: NodeRef,
    /// Why it was down, by the id or the path of the reason.
    reason: DowntimeReasonRef,
    /// When the downtime began.
    start_at: Timestamp,
    /// When it ended; absent or null if it goes on.
    end_at: Option<Timestamp>,
    /// What else there is to say.
    note: Option<Description>,
}

impl Operation for CreateAnnotation {
    const SPEC: Spec = Spec::create(ids::ANNOTATIONS_CREATE, "/v1/annotations").tag(TAG).versioned();
    const REVISION: fn(&Annotation) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Annotation;

    async fn run(self, cx: &Cx) -> Result<Annotation> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        check_time(self.start_at, self.end_at)?;
        let mut write = cx.write().await?;
        let annotation = SavedAnnotation {
            id: AnnotationId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            node_id: one_node(write.tx(), &reach, &self.node).await?,
            reason_id: one_reason(write.tx(), &reach, &self.reason).await?,
            start_at: self.start_at,
            end_at: self.end_at,
            note: self.note,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        let time = (annotation.start_at, annotation.end_at);
        require_free(write.tx(), &reach, NOUN, &annotation, time).await?;
        require_room::<SavedAnnotation>(write.tx(), &reach, NOUN, annotation.node_id, ANNOTATIONS_MAX)
            .await?;
        write.tx().of_nodes(&reach).create(&annotation).await?;
        let answer = get(write.tx(), &reach, annotation.id).await?;
        write.commit(vec![NOUN.target(annotation.id)], answer).await
    }
}

/// Show one annotation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetAnnotation {
    /// Its id.
    annotation: AnnotationId,
}

impl Operation for GetAnnotation {
    const SPEC: Spec = Spec::read(ids::ANNOTATIONS_GET, "/v1/annotations/{annotation}").tag(TAG).versioned();
    const REVISION: fn(&Annotation) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Annotation;

    async fn run(self, cx: &Cx) -> Result<Annotation> {
        get(cx.store(), &cx.organization_reach()?, self.annotation).await
    }
}

/// Change an annotation.
///
/// Fields that are absent stay as they are. The node cannot be changed: delete the annotation, and create another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "end_at": "2030-01-31T09:00:00Z" }]))]
struct UpdateAnnotation {
    /// Its id.
    annotation: AnnotationId,
    /// Another reason, by id or path.
    #[serde(default)]
    reason: Named<DowntimeReasonRef>,
    /// When the downtime began.
    #[serde(default)]
    start_at: Named<Timestamp>,
    /// When it ended; null if it goes on.
    #[serde(default)]
    end_at: Patch<Timestamp>,
    /// A new note; null removes it.
    #[serde(default)]
    note: Patch<Description>,
}

impl Operation for UpdateAnnotation {
    const SPEC: Spec =
        Spec::update(ids::ANNOTATIONS_UPDATE, "/v1/annotations/{annotation}").tag(TAG).versioned();
    const REVISION: fn(&Annotation) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Annotation;

    async fn run(self, cx: &Cx) -> Result<Annotation> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        let before = get(write.tx(), &reach, self.annotation).await?;
        cx.require_match(&before, before.record.revision)?;
        let before = before.record;
        let mut annotation = before.clone();
        if let Some(named) = &self.reason.0 {
            annotation.reason_id = one_reason(write.tx(), &reach, named).await?;
        }
        self.start_at.apply(&mut annotation.start_at);
        self.end_at.apply(&mut annotation.end_at);
        self.note.apply(&mut annotation.note);
        let time = (annotation.start_at, annotation.end_at);
        check_time(time.0, time.1)?;
        require_free(write.tx(), &reach, NOUN, &annotation, time).await?;
        cx.revise(before.revision, &mut annotation.revision, &mut annotation.updated_at);
        write.tx().of_nodes(&reach).update(&annotation, &before).await?;
        let answer = get(write.tx(), &reach, annotation.id).await?;
        write.commit(vec![NOUN.target(annotation.id)], answer).await
    }
}

/// Delete an annotation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteAnnotation {
    /// Its id.
    annotation: AnnotationId,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteAnnotation {
    const SPEC: Spec = Spec::delete(ids::ANNOTATIONS_DELETE, "/v1/annotations/{annotation}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (reach, id) = (cx.organization_reach()?, self.annotation);
        let object = |annotation: &Annotation| Dependant::new(id, annotation.reason.as_str());
        if self.dry_run.unwrap_or_default() {
            let annotation = get(cx.store(), &reach, id).await?;
            return Ok(NOUN.removal(cx, object(&annotation), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let annotation = get(write.tx(), &reach, id).await?;
        cx.require_match(&annotation, annotation.record.revision)?;
        write.tx().of_nodes(&reach).delete(&annotation.record).await?;
        let removal = NOUN.removal(cx, object(&annotation), Vec::new(), false);
        write.commit(vec![NOUN.target(id)], removal).await
    }
}
