//! Answers of reports.

use std::borrow::Cow;

use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Output;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::body::Body;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::to_cell;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::dimension::GroupKey;
use super::groups::Groups;
use super::metrics::{Shown, Shows};
use super::names::ReportNames;
use super::query::{Layout, ReportQuery};
use super::report::Report;
use super::rows::Rows;
use super::shape;
use super::written::Written;

impl Report {
    /// A report of these groups.
    pub(super) fn of(
        query: ReportQuery,
        outdated: u64,
        groups: Groups,
        shown: Shown,
        layout: Layout,
        names: ReportNames,
        format: Option<Format>,
    ) -> Result<Self> {
        let ordered = groups.ordered(&names);
        let rows = Rows::new(groups, ordered);
        let mut report = Self { query, outdated, shown, rows, layout, names, data: None, format };
        report.data = match format {
            Some(Format::Csv) => Some(report.csv()?),
            Some(Format::Jsonl) => Some(Written::lines(&report)?),
            None => None,
        };
        Ok(report)
    }

    /// The text alone, if text was asked for.
    pub(super) fn as_text(&self) -> Option<Text> {
        Some(Text { format: self.format?, text: self.data.clone()?, next: None })
    }

    fn csv(&self) -> Result<String> {
        let Self { rows, names, .. } = self;
        let mut writer = csv::Writer::from_writer(Vec::new());
        let dimensions = self.query.group_by.iter().map(ToString::to_string);
        let header = dimensions.chain(self.query.metrics.iter().map(|name| (*name).to_owned()));
        writer.write_record(header.map(String::into_bytes)).map_err(Error::internal)?;
        let texts: Vec<Vec<Cow<'_, str>>> = (0..rows.levels())
            .map(|level| rows.groups().keys(level).iter().map(|key| text_of(key, names)).collect())
            .collect();
        let mut row = rows.first();
        for _ in 0..rows.count() {
            for (level, texts) in texts.iter().enumerate() {
                let text = texts.get(rows.key_of(&row, level.saturating_add(1)) as usize);
                writer.write_field(text.map_or("", |text| &**text)).map_err(Error::internal)?;
            }
            for value in self.shown.values(&rows.summed_of(&row)) {
                let text = match value {
                    Some(Shows::Time(time)) => time.to_string(),
                    Some(Shows::Whole(number)) => number.to_string(),
                    Some(Shows::Number(number)) => number.to_string(),
                    None => String::new(),
                };
                writer.write_field(text).map_err(Error::internal)?;
            }
            writer.write_record(None::<&[u8]>).map_err(Error::internal)?;
            rows.advance(&mut row);
        }
        let bytes = writer.into_inner().map_err(|error| Error::internal(error.to_string()))?;
        String::from_utf8(bytes).map_err(Error::internal)
    }
}

impl JsonSchema for Report {
    fn schema_name() -> Cow<'static, str> {
        shape::Report::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        shape::Report::json_schema(generator)
    }
}

impl Output for Report {
    fn into_body(self) -> serde_json::Result<Body> {
        Written::new(self).map(Written::into_body)
    }
}

/// A key as text. People read names.
fn text_of<'k>(key: &'k GroupKey, names: &'k ReportNames) -> Cow<'k, str> {
    if let Some(name) = names.get(key) {
        return to_cell(name);
    }
    match key {
        GroupKey::Node(id) => id.to_string().into(),
        GroupKey::Site(Some(id)) => id.to_string().into(),
        GroupKey::JobOperation(Some(id)) => id.to_string().into(),
        GroupKey::Operator(Some(id)) => id.to_string().into(),
        GroupKey::Text(Some(text)) => to_cell(text),
        GroupKey::Shift(Some(name)) => to_cell(name.as_str()),
        GroupKey::Reason(Some(reason)) => to_cell(reason.as_str()),
        GroupKey::Time(time) => time.to_string().into(),
        GroupKey::Date(date) => date.to_string().into(),
        GroupKey::Site(None)
        | GroupKey::JobOperation(None)
        | GroupKey::Operator(None)
        | GroupKey::Text(None)
        | GroupKey::Shift(None)
        | GroupKey::Reason(None) => Cow::Borrowed(""),
    }
}
