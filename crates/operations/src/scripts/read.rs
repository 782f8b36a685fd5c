//! List and show scripts.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::script::{SavedScript, ScriptRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::scripts::ScriptsBy;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, Script, TAG, ids};

sort_orders! {
    /// A sort order of scripts.
    pub(crate) ScriptSort of ScriptsBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the saved scripts of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListScripts {
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<ScriptSort>,
    /// The most scripts on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListScripts {
    const SPEC: Spec = Spec::read(ids::SCRIPTS_LIST, "/v1/scripts").tag(TAG).whole_organization().columns(&[
        "name",
        "id",
        "version",
        "description",
        "updated_at",
    ]);
    type Output = Page<SavedScript>;

    async fn run(self, cx: &Cx) -> Result<Page<SavedScript>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().scripts(&cx.organization_reach()?).list(list).await?)
    }
}

/// Show one script, in its latest or another version.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetScript {
    /// Its id or name.
    script: ScriptRef,
    /// The version to show; the latest if absent.
    #[schemars(range(min = 1))]
    version: Option<u32>,
}

impl Operation for GetScript {
    const SPEC: Spec =
        Spec::read(ids::SCRIPTS_GET, "/v1/scripts/{script}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Script) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Script;

    async fn run(self, cx: &Cx) -> Result<Script> {
        let reach = cx.organization_reach()?;
        let mut scripts = cx.store().scripts(&reach);
        let record = scripts.find(&self.script).await?;
        let record = NOUN.found(record, &self.script)?;
        let number = self.version.unwrap_or(record.version);
        let version = scripts.version(record.id, number).await?;
        let version = version.ok_or_else(|| {
            Error::invalid(
                "version",
                format!("expected a version from 1 to {}, found {number}", record.version),
            )
        })?;
        Ok(Script::of(record, version))
    }
}
