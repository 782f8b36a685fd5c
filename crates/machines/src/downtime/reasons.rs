//! Reasons of downtime.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::history::Reason;
use bailiwick_domain::id::DowntimeReasonId;
use bailiwick_domain::meaning::downtime::{
    DOWNTIME_REASONS_MAX, DowntimeReason, DowntimeReasonRef, REASON_MAX,
};
use bailiwick_domain::name::Description;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::{ITEMS_MAX, Removal};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::downtime::{DowntimeReasons, DowntimeReasonsBy};
use bailiwick_store::{List, Run};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::of_nodes::require_unused;
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::DOWNTIME_REASON;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListDowntimeReasons>().answers_rows(&bailiwick_store::downtime::REASON_ROWS),
        erase::<CreateDowntimeReason>(),
        erase::<GetDowntimeReason>(),
        erase::<UpdateDowntimeReason>(),
        erase::<DeleteDowntimeReason>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((named, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().downtime_reasons(&reach).find(&named).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::Reads);

sort_orders! {
    /// A sort order of reasons of downtime.
    pub(crate) DowntimeReasonSort of DowntimeReasonsBy, default Reason,
    Reason / ReasonReverse: "reason" / "-reason",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the reasons of downtime of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListDowntimeReasons {
    /// Only reasons of planned downtime, or with `false` only the others.
    planned: Option<bool>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<DowntimeReasonSort>,
    /// The most reasons on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListDowntimeReasons {
    const SPEC: Spec = Spec::read(ids::DOWNTIME_REASONS_LIST, "/v1/downtime_reasons")
        .tag(TAG)
        .whole_organization()
        .columns(&["reason", "id", "planned", "description"]);
    type Output = Page<DowntimeReason>;

    async fn run(self, cx: &Cx) -> Result<Page<DowntimeReason>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().downtime_reasons(&cx.organization_reach()?).list(self.planned, list).await?)
    }
}

/// The error for a reason that is there already, with the id of the other.
async fn taken(cx: &Cx, reach: &OrganizationReach, reason: &Reason) -> Result<Error> {
    let named = DowntimeReasonRef::Reason(reason.clone());
    let other = cx.store().downtime_reasons(reach).find(&named).await?;
    Ok(NOUN.taken("reason", other.map(|other| other.id)))
}

/// Refuses a reason that is too long.
fn check(reason: &Reason) -> Result<()> {
    let found = reason.as_str().chars().count();
    if found <= REASON_MAX {
        return Ok(());
    }
    let detail = format!("expected at most {REASON_MAX} characters in all levels together, found {found}");
    Err(Error::invalid("reason", detail))
}

/// Create a reason of downtime.
///
/// A reason is a path in a tree, from the top, such as `Setup|Tool change`. The reasons above it need not exist.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "reason": "Setup|Tool change", "planned": true }]))]
struct CreateDowntimeReason {
    /// The path in the tree, unique in its organization; at most 500 characters.
    reason: Reason,
    /// Whether downtime for this reason is planned; false if absent.
    planned: Option<bool>,
    /// When it applies, in a few sentences.
    description: Option<Description>,
}

impl Operation for CreateDowntimeReason {
    const SPEC: Spec = Spec::create(ids::DOWNTIME_REASONS_CREATE, "/v1/downtime_reasons")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&DowntimeReason) -> Option<Revision> = |output| Some(output.revision);
    type Output = DowntimeReason;

    async fn run(self, cx: &Cx) -> Result<DowntimeReason> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        check(&self.reason)?;
        let reason = DowntimeReason {
            id: DowntimeReasonId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            reason: self.reason,
            planned: self.planned.unwrap_or_default(),
            description: self.description,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        let mut write = cx.write().await?;
        if write.tx().downtime_reasons(&reach).count().await? >= DOWNTIME_REASONS_MAX {
            let detail = format!(
                "an organization can have at most {DOWNTIME_REASONS_MAX} reasons of downtime; delete one first"
            );
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().downtime_reasons(&reach).create(&reason).await;
        let write = write.unless_taken(written, taken(cx, &reach, &reason.reason)).await?;
        write.commit(vec![NOUN.target(reason.id)], reason).await
    }
}

/// The reason that a reference means.
async fn get<R: Run>(run: R, reach: &OrganizationReach, named: &DowntimeReasonRef) -> Result<DowntimeReason> {
    NOUN.found(DowntimeReasons::new(run, reach.organization).find(named).await?, named)
}

/// Show one reason of downtime.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetDowntimeReason {
    /// Its id, or the reason itself, such as `Setup|Tool change`.
    downtime_reason: DowntimeReasonRef,
}

impl Operation for GetDowntimeReason {
    const SPEC: Spec = Spec::read(ids::DOWNTIME_REASONS_GET, "/v1/downtime_reasons/{downtime_reason}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&DowntimeReason) -> Option<Revision> = |output| Some(output.revision);
    type Output = DowntimeReason;

    async fn run(self, cx: &Cx) -> Result<DowntimeReason> {
        get(cx.store(), &cx.organization_reach()?, &self.downtime_reason).await
    }
}

/// Change a reason of downtime.
///
/// Fields that are absent stay as they are. Annotations that give the reason follow it, also those of the past.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "planned": false }]))]
struct UpdateDowntimeReason {
    /// Its id, or the reason itself, such as `Setup|Tool change`.
    downtime_reason: DowntimeReasonRef,
    /// A new path in the tree, unique in its organization; at most 500 characters.
    #[serde(default)]
    reason: Named<Reason>,
    /// Whether downtime for this reason is planned.
    #[serde(default)]
    planned: Named<bool>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
}

impl Operation for UpdateDowntimeReason {
    const SPEC: Spec = Spec::update(ids::DOWNTIME_REASONS_UPDATE, "/v1/downtime_reasons/{downtime_reason}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&DowntimeReason) -> Option<Revision> = |output| Some(output.revision);
    type Output = DowntimeReason;

    async fn run(self, cx: &Cx) -> Result<DowntimeReason> {
        let reach = cx.organization_reach()?;
        self.reason.0.as_ref().map_or(Ok(()), check)?;
        let mut write = cx.write().await?;
        let before = get(write.tx(), &reach, &self.downtime_reason).await?;
        cx.require_match(&before, before.revision)?;
        let mut reason = before.clone();
        self.reason.apply(&mut reason.reason);
        self.planned.apply(&mut reason.planned);
        self.description.apply(&mut reason.description);
        cx.revise(before.revision, &mut reason.revision, &mut reason.updated_at);
        let written = write.tx().downtime_reasons(&reach).update(&reason, &before).await;
        let write = write.unless_taken(written, taken(cx, &reach, &reason.reason)).await?;
        write.commit(vec![NOUN.target(reason.id)], reason).await
    }
}

/// Delete a reason of downtime.
///
/// Refused while annotations give it: change or delete them first.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteDowntimeReason {
    /// Its id, or the reason itself, such as `Setup|Tool change`.
    downtime_reason: DowntimeReasonRef,
    /// Delete nothing; only answer whether it could be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteDowntimeReason {
    const SPEC: Spec = Spec::delete(ids::DOWNTIME_REASONS_DELETE, "/v1/downtime_reasons/{downtime_reason}")
        .tag(TAG)
        .whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (reach, named) = (cx.organization_reach()?, &self.downtime_reason);
        let object = |reason: &DowntimeReason| Dependant::new(reason.id, reason.reason.as_str());
        if self.dry_run.unwrap_or_default() {
            let reason = get(cx.store(), &reach, named).await?;
            let users = cx.store().downtime_reasons(&reach).annotations(reason.id, ITEMS_MAX).await?;
            require_unused(cx, noun::ANNOTATION, users)?;
            return Ok(NOUN.removal(cx, object(&reason), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let reason = get(write.tx(), &reach, named).await?;
        cx.require_match(&reason, reason.revision)?;
        let users = write.tx().downtime_reasons(&reach).annotations(reason.id, ITEMS_MAX).await?;
        require_unused(cx, noun::ANNOTATION, users)?;
        write.tx().downtime_reasons(&reach).delete(&reason).await?;
        let removal = NOUN.removal(cx, object(&reason), Vec::new(), false);
        write.commit(vec![NOUN.target(reason.id)], removal).await
    }
}
