//! Import many sites at once.

use std::collections::HashMap;

use bailiwick_domain::audit::Target;
use bailiwick_domain::name::Name;
use bailiwick_domain::site::Site;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, TEXT_MAX};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::SiteLine;
use super::{CreateSite, NOUN, TAG, ids};
use crate::import::{Decided, Fate, Import, Importer, Text, Wrong, import};

/// Import many sites at once.
///
/// Each line is a site with the fields of `sites.create`. In CSV, the first line names the fields;
/// labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as
/// `label.env`. At most 10,000 lines.
///
/// Either all lines are imported or none: `errors` names every wrong line, the first hundred one by
/// one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`;
/// the other fields are then query parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "format": "csv",
    "data": "name,description,label.env\nHamburg depot,At the harbour,prod\n",
}]))]
pub(crate) struct ImportSites {
    /// The format of the text.
    #[schemars(example = &"jsonl")]
    format: Format,
    /// The text.
    #[schemars(example = &"{\"name\":\"Hamburg depot\",\"labels\":{\"env\":\"prod\"}}\n")]
    data: String,
    /// What to do with a line whose name belongs to an existing site; `refuse` if absent.
    #[serde(default)]
    existing: Existing,
    /// Change nothing; only answer what would be done.
    dry_run: Option<bool>,
}

impl Operation for ImportSites {
    const SPEC: Spec =
        Spec::act(ids::SITES_IMPORT, "/v1/sites/import").tag(TAG).takes_text().body_limit(TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let Self { format, data, existing, dry_run } = self;
        import(cx, Sites::default(), Text { format, data, existing, dry_run }).await
    }
}

/// What an import of sites has looked up.
#[derive(Default)]
struct Sites {
    /// The sites of the organization that have the names of lines, in the caller's reach or not.
    existing: HashMap<Name, Site>,
}

impl Importer for Sites {
    const KEY: fn(&SiteLine) -> Option<Name> = |line| Some(line.name.clone());
    const TARGET: fn(&Site) -> Target = |site| NOUN.target(site.id);
    type Line = SiteLine;
    type Key = Name;
    type Object = Site;

    async fn look_up(&mut self, import: &Import<'_>, tx: &mut Tx, lines: &[Line<SiteLine>]) -> Result<()> {
        let names: Vec<&Name> = lines.iter().map(|line| &line.record.name).collect();
        let existing = tx.sites(&import.whole).all_of(&[], &names).await?;
        self.existing = existing.into_iter().map(|site| (site.name.clone(), site)).collect();
        Ok(())
    }

    fn decide(
        &mut self,
        import: &Import<'_>,
        line: Line<SiteLine>,
        wrong: &mut Wrong,
    ) -> Result<Option<Decided<Site>>> {
        let Line { number, record } = line;
        let there = self.existing.get(&record.name);
        let site = match there {
            Some(there) => {
                let is_reached = import.reach.touches_site(there.id, &there.labels);
                if let Some(refusal) = import.refusal(NOUN, is_reached) {
                    wrong.push("name", refusal);
                    return Ok(None);
                }
                let mut site = there.clone();
                record.apply(&mut site);
                site
            }
            None => {
                let SiteLine { name, description, labels } = record;
                let create = CreateSite { name, description, labels: labels.unwrap_or_default() };
                create.build(import.cx, &import.reach)
            }
        };
        if !import.reach.touches_site(site.id, &site.labels) {
            wrong.push("", "the site would be outside of the key's reach");
        }
        Ok(Some(import.decided(number, there, site, |site| (&mut site.revision, &mut site.updated_at))))
    }

    async fn write(&mut self, import: &Import<'_>, tx: &mut Tx, decided: Vec<Decided<Site>>) -> Result<()> {
        for site in decided {
            match site.fate {
                Fate::New => tx.sites(&import.reach).create(&site.object).await?,
                Fate::Changed { from } => tx.sites(&import.reach).update(&site.object, from).await?,
                Fate::Same => {}
            }
        }
        Ok(())
    }
}
