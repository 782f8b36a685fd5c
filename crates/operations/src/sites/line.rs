//! Sites as lines of text, with the fields of `sites.create`.

use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::site::Site;
use bailiwick_engine::shape::records::{Cells, Record};
use serde::{Deserialize, Serialize};

/// The most lines in one import of sites.
const LINES_MAX: usize = 10_000;

/// A site as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteLine {
    pub(super) name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) labels: Option<Labels>,
}

impl Record for SiteLine {
    const COLUMNS: &'static [(&'static str, Cells)] =
        &[("name", Cells::Text), ("description", Cells::Text), ("labels", Cells::Labels)];
    const LINES_MAX: usize = LINES_MAX;
}

impl SiteLine {
    /// Applies the fields that are present to a site, except for its name.
    pub(super) fn apply(self, site: &mut Site) {
        if self.description.is_some() {
            site.description = self.description;
        }
        if let Some(labels) = self.labels {
            site.labels = labels;
        }
    }

    /// The line that creates a site like this one.
    pub(super) fn of(site: Site) -> Self {
        Self { name: site.name, description: site.description, labels: Some(site.labels) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CreateSite;
    use super::*;

    #[test]
    fn the_import_columns_of_sites_are_the_fields_of_create() {
        let schema = schemars::schema_for!(CreateSite).to_value();
        let mut fields: Vec<&str> =
            schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut columns: Vec<&str> = SiteLine::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
