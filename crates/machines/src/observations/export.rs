//! Export observations as text.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::observations::metric::MetricText;
use bailiwick_domain::observations::value::Value;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::Exported;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::to_cell;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_operations::references::NodeNames;

use super::reading::{self, Observed};
use super::view::ObservationLine;
use crate::chosen::{self, of_chosen_nodes};
use crate::metric_keys::MetricKeys;
use crate::{TAG, ids};

/// An export of at least this many bytes goes on in another answer.
const BYTES_MAX: usize = 8 << 20;
/// The names of the columns of CSV.
const HEADER: [&str; 9] = ["node", "metric", "at", "value", "kind", "type", "subtype", "unit", "sequence"];

of_chosen_nodes! {
    /// Export raw observations as text.
    ///
    /// One series comes after the other, each in the order of time. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header `Link` names the
    /// next part. JSON lines can be sent to `observations.create` as they are.
    pub(crate) struct ExportObservations {
        /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
        format: Option<Format>,
        /// Only those with these metric keys, separated by commas.
        metrics: Option<MetricKeys>,
        /// Only those from this time on; by default, of the last day.
        from: Option<Timestamp>,
        /// Only those before this time.
        until: Option<Timestamp>,
        /// Where it begins: the `next_cursor` of the previous export.
        cursor: Option<Cursor>,
    }
}

impl Operation for ExportObservations {
    const SPEC: Spec =
        Spec::read(ids::OBSERVATIONS_EXPORT, "/v1/observations/export").tag(TAG).answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let reach = cx.organization_reach()?;
        let window = chosen::window(cx, self.from, self.until)?;
        let nodes = self.nodes().ids(cx, &reach).await?;
        let observations = cx.observations();
        let series = chosen::series(&observations, &reach, nodes, self.metrics).await?;
        let ids: BTreeSet<NodeId> = series.iter().map(|series| series.node).collect();
        let names = NodeNames::read(cx, &reach, ids.iter().copied()).await?;
        let names: HashMap<NodeId, NodeRef> = ids.into_iter().map(|id| (id, names.of(id))).collect();
        let format = self.format.unwrap_or_default();
        let mut text = Lines::new(format)?;
        let mut count = 0_usize;
        let next = reading::read(&observations, series, window, self.cursor.as_ref(), |observed| {
            if text.len() >= BYTES_MAX {
                return Ok(false);
            }
            if let Some(node) = names.get(&observed.column.node) {
                text.write(node, &observed)?;
                count += 1;
            }
            Ok(true)
        })
        .await?;
        Ok(Exported::part(format, text.finish()?, count, next))
    }
}

/// The lines of an export.
enum Lines {
    Jsonl(Vec<u8>),
    Csv(Box<csv::Writer<Vec<u8>>>),
}

impl Lines {
    fn new(format: Format) -> Result<Self> {
        Ok(match format {
            Format::Jsonl => Self::Jsonl(Vec::new()),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(Vec::new());
                writer.write_record(HEADER).map_err(Error::internal)?;
                Self::Csv(Box::new(writer))
            }
        })
    }

    fn len(&self) -> usize {
        match self {
            Self::Jsonl(bytes) => bytes.len(),
            Self::Csv(writer) => writer.get_ref().len(),
        }
    }

    fn write(&mut self, node: &NodeRef, observed: &Observed<'_>) -> Result<()> {
        let metric = &observed.column.metric;
        match self {
            Self::Jsonl(bytes) => {
                let line = ObservationLine {
                    node,
                    metric: &metric.key,
                    at: observed.at,
                    value: &observed.value,
                    kind: metric.kind,
                    r#type: metric.metric_type.as_ref(),
                    subtype: metric.subtype.as_ref(),
                    unit: metric.unit.as_ref(),
                    sequence: observed.sequence,
                };
                serde_json::to_writer(&mut *bytes, &line).map_err(Error::internal)?;
                bytes.push(b'\n');
            }
            Self::Csv(writer) => {
                let value = match &observed.value {
                    Value::State(word) => to_cell(word.as_str()).into_owned(),
                    number_or_alarm => serde_json::to_string(number_or_alarm).map_err(Error::internal)?,
                };
                let text = |text: Option<&MetricText>| {
                    text.map(|text| to_cell(text.as_str()).into_owned()).unwrap_or_default()
                };
                let cells = [
                    to_cell(&node.to_string()).into_owned(),
                    metric.key.to_string(),
                    observed.at.to_string(),
                    value,
                    metric.kind.as_str().to_owned(),
                    text(metric.metric_type.as_ref()),
                    text(metric.subtype.as_ref()),
                    text(metric.unit.as_ref()),
                    observed.sequence.map(|number| number.to_string()).unwrap_or_default(),
                ];
                writer.write_record(&cells).map_err(Error::internal)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<String> {
        let bytes = match self {
            Self::Jsonl(bytes) => bytes,
            Self::Csv(writer) => writer.into_inner().map_err(|error| Error::internal(error.to_string()))?,
        };
        String::from_utf8(bytes).map_err(Error::internal)
    }
}
