//! Store observations.

use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::observations::batch::{Batch, BatchAnswer, BatchId, BatchSource, OnRefusal};
use bailiwick_domain::observations::refusal::REFUSALS_MAX;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_operations::references::KnownNodes;
use bailiwick_store::{AppendError, Coverage, LARGE, long_work};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::intake::Intake;
use super::sent::{SentColumn, SentRow};
use crate::{TAG, ids};

/// The most bytes of a request's body.
const BODY_MAX: usize = 16 << 20;
/// The most intervals of coverage in one request.
const COVERAGE_MAX: usize = 10_000;

/// Store observations: what was seen of nodes, and when.
///
/// The body is JSON with single observations (`observations`) or columns (`columns`), or JSON lines with one
/// observation each; it may be compressed by gzip. At most 100,000 values. Late observations and those in any order
/// are stored where they belong. The same value at the same time again has no effect. Another value at the same time
/// is refused, because an observation never changes. The observations are on the disk when this is answered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "columns": [{
        "node": "lathe-1", "metric": "execution", "type": "EXECUTION",
        "at": ["2030-01-01T06:00:00Z", "2030-01-01T06:10:00Z"], "values": ["ACTIVE", "READY"],
    }],
}]))]
pub(crate) struct CreateObservations {
    /// Single observations.
    #[serde(default)]
    observations: Vec<SentRow>,
    /// Many observations of one metric each.
    #[serde(default)]
    columns: Vec<SentColumn>,
    /// The intervals in which the source was connected to nodes. Without any, the time after an observation counts
    /// as known for a minute.
    #[serde(default)]
    #[schemars(length(max = COVERAGE_MAX))]
    coverage: Vec<SentCoverage>,
    /// How long the source may be silent about a node before there is no data, in seconds; a minute if it never said. It
    /// applies to the nodes in this request from now on, also for the past.
    #[schemars(range(min = 1, max = 86_400))]
    stale_after_seconds: Option<u32>,
    /// An id of this request, so that sending it again within seven days has no effect. Ids of one key or user do not
    /// collide with those of another.
    batch: Option<BatchId>,
    /// Store the valid observations if others are refused; without it, none is stored then.
    partial: Option<bool>,
    /// The format of `data`.
    #[serde(default)]
    #[schemars(schema_with = "json_lines_only")]
    format: Option<Format>,
    /// JSON lines with one observation each, instead of `observations` and `columns`.
    data: Option<String>,
}

/// The formats of `data`. That CSV is none of them is said by an error of its own, because the format also comes
/// from the media type.
fn json_lines_only(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "enum": ["jsonl", null] })
}

/// An interval in which the source was connected to a node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObservedCoverage")]
struct SentCoverage {
    /// The node, by id or name.
    node: NodeRef,
    /// When the interval begins.
    from: Timestamp,
    /// When it ends.
    until: Timestamp,
}

/// What became of the observations of a request.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StoredObservations {
    /// How many values were stored.
    stored: u64,
    /// How many values were stored before, and so had no effect.
    known: u64,
    /// How many values were refused.
    refused: u64,
    /// Whether this batch was sent before. Then the numbers are those of the first time.
    repeated: bool,
    /// The values that were refused, with what was expected: the first 1,000.
    errors: Vec<FieldError>,
}

impl Operation for CreateObservations {
    const SPEC: Spec =
        Spec::act(ids::OBSERVATIONS_CREATE, "/v1/observations").tag(TAG).takes_text().data_limit(BODY_MAX);
    type Output = StoredObservations;

    async fn run(mut self, cx: &Cx) -> Result<StoredObservations> {
        let reach = cx.organization_reach()?;
        let organization = reach.organization;
        let observations = cx.observations();
        let (coverage, intake) = self.intake()?;
        let names = intake.nodes().chain(coverage.iter().map(|coverage| &coverage.node));
        let known = KnownNodes::find(cx.store().nodes(&reach), names).await?;
        let source = source(cx)?;
        let coverage = covered(&coverage, &known, &source, cx.now())?;
        let mut taken = intake.check(organization, &known, &observations).await?;
        let stale_after = self.stale_after_seconds;
        if stale_after.is_some_and(|seconds| !(1..=86_400).contains(&seconds)) {
            return Err(Error::invalid("stale_after_seconds", "expected 1 to 86400 seconds"));
        }
        let nodes: Vec<NodeId> = taken.columns.iter().map(|column| column.node).collect();
        let (now, partial) = (cx.now(), self.partial.unwrap_or_default());
        if !taken.refused.is_empty() && !partial {
            let errors = taken.refused.iter().take(REFUSALS_MAX);
            let errors = errors.map(|(line, detail)| FieldError::new(taken.name(*line), detail.clone()));
            return Err(Error::Invalid(errors.collect()));
        }
        let batch = Batch {
            organization,
            source: source.clone(),
            id: self.batch,
            on_refusal: if partial { OnRefusal::StoreOthers } else { OnRefusal::StoreNothing },
            columns: std::mem::take(&mut taken.columns),
        };
        let answer = if batch.is_empty() && batch.id.is_none() {
            BatchAnswer::default()
        } else {
            observations.append(batch, now).await.map_err(|error| match error {
                AppendError::Store(error) => error.into(),
                error => Error::invalid("", error.to_string()),
            })?
        };
        let mut errors: Vec<(u32, String)> =
            answer.refusals.iter().map(|refusal| (refusal.line, refusal.reason.to_string())).collect();
        let refused = answer.refused.saturating_add(taken.refused.len() as u64);
        errors.append(&mut taken.refused);
        errors.sort_unstable();
        errors.dedup();
        errors.truncate(REFUSALS_MAX);
        let errors: Vec<FieldError> =
            errors.into_iter().map(|(line, detail)| FieldError::new(taken.name(line), detail)).collect();
        if !partial && !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        if let Some(seconds) = stale_after {
            let mut heard: Vec<NodeId> = nodes;
            heard.extend(coverage.iter().map(|coverage| coverage.node));
            observations
                .set_silence(organization, &heard, &source, i64::from(seconds) * 1_000_000, now)
                .await?;
        }
        if !coverage.is_empty() {
            observations.cover(organization, &coverage, now).await?;
        }
        let BatchAnswer { stored, known, is_repeated: repeated, .. } = answer;
        Ok(StoredObservations { stored, known, refused, repeated, errors })
    }
}

impl CreateObservations {
    /// What the request contains. Reading much of it runs so that other tasks do not wait for this thread.
    fn intake(&mut self) -> Result<(Vec<SentCoverage>, Intake)> {
        let (rows, columns) = (std::mem::take(&mut self.observations), std::mem::take(&mut self.columns));
        let coverage = std::mem::take(&mut self.coverage);
        if coverage.len() > COVERAGE_MAX {
            let detail = format!("expected at most {COVERAGE_MAX}, found {}", coverage.len());
            return Err(Error::invalid("coverage", detail));
        }
        let intake = match self.data.take() {
            Some(_) if !rows.is_empty() || !columns.is_empty() => {
                return Err(Error::invalid(
                    "data",
                    "expected either `data`, or `observations` and `columns`",
                ));
            }
            Some(_) if self.format == Some(Format::Csv) => {
                let detail = "expected JSON or JSON lines (application/x-ndjson), found CSV";
                return Err(Error::invalid("format", detail));
            }
            Some(text) if text.len() > LARGE => long_work(|| Intake::of_lines(&text))?,
            Some(text) => Intake::of_lines(&text)?,
            None => Intake::of_members(rows, columns)?,
        };
        Ok((coverage, intake))
    }
}

/// The source of a request's observations: its caller.
fn source(cx: &Cx) -> Result<BatchSource> {
    let source = cx.actor().as_text().parse();
    source.map_err(|error: bailiwick_domain::observations::batch::BadBatchText| Error::internal(error))
}

fn covered(
    sent: &[SentCoverage],
    known: &KnownNodes,
    source: &BatchSource,
    now: Timestamp,
) -> Result<Vec<Coverage>> {
    let (mut covered, mut errors) = (Vec::new(), Vec::new());
    let latest = now.plus_seconds(bailiwick_domain::observations::limits::FUTURE_SECONDS_MAX);
    for (n, SentCoverage { node, from, until }) in sent.iter().enumerate() {
        if until < from {
            errors.push(FieldError::new(
                format!("coverage[{n}].until"),
                format!("expected a time not before {from}, found {until}"),
            ));
        } else if *until > latest {
            let detail = "expected a time at most an hour after the server's";
            errors.push(FieldError::new(format!("coverage[{n}].until"), detail));
        } else if let Some(node) = known.get(&format!("coverage[{n}].node"), node, &mut errors) {
            covered.push(Coverage { node: node.id, source: source.clone(), from: *from, until: *until });
        }
    }
    if errors.is_empty() { Ok(covered) } else { Err(Error::Invalid(errors)) }
}
