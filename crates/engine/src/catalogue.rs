//! A catalogue: operations with their documentation and schemas, made from their types.

use bailiwick_domain::row_query::{RowFilter, RowQuery, Rows};
use bailiwick_store::RowTable;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use tracing::Instrument as _;

use crate::cx::Cx;
use crate::definitions::{self, DEFINITIONS};
use crate::error::{Error, Result};
use crate::internal::{self, Internal};
use crate::noun::Noun;
use crate::operation::Erased;
use crate::shape::answer::Answer;
use crate::shape::input::Input;
use crate::shape::listing::{Listing, Listings};
use crate::shape::spec::Spec;
use crate::spans::operation_span;

/// The name of the parameter that gives a request's organization.
pub const ORGANIZATION: &str = "organization";

/// One operation, with its documentation and schemas.
pub struct Described {
    /// What admission, permissions and scopes need to know of the operation.
    pub listing: Listing,
    /// The operation's interface.
    pub spec: &'static Spec,
    /// Its description: the documentation after the summary; may be empty.
    pub description: String,
    /// The JSON Schema of its input: an object.
    pub input: Map<String, Value>,
    /// The names of the input's fields, in the order of the schema.
    pub fields: Vec<String>,
    /// The JSON Schema of its output.
    pub output: Value,
    erased: Erased,
}

impl Described {
    /// Runs the operation for a caller that was admitted to it.
    pub async fn run(&self, input: Input, cx: Cx) -> Result<Answer> {
        self.require_for(&cx)?;
        let witness = cx.witness();
        let span = operation_span(self.spec.id, cx.request_id());
        let result = match input.check_names(&self.fields) {
            Ok(()) => (self.erased.run)(input, cx).instrument(span).await,
            Err(error) => Err(error),
        };
        if let (Err(error), Some(witness)) = (&result, witness)
            && error.status() == 403
        {
            witness.control.audit_refusal(
                self.spec.id,
                &witness.who,
                witness.address,
                witness.request_id,
                error,
            );
        }
        result
    }

    /// What answers row queries about this list; `None` if only [`run`](Self::run) reads it.
    pub const fn row_table(&self) -> Option<&'static RowTable> {
        self.erased.rows
    }

    /// Answers a row query about this list, for a caller that was admitted to it: at most `most` rows. `None` if only
    /// [`run`](Self::run) can tell, because the query reads other members, or because what this caller is shown of a
    /// row depends on its reach.
    pub async fn rows(&self, query: &RowQuery, most: u32, cx: &Cx) -> Result<Option<Rows>> {
        let Some(table) = self.answers(query, cx)? else { return Ok(None) };
        let span = operation_span(self.spec.id, cx.request_id());
        let reach = cx.organization_reach()?;
        let rows = cx.store().query_rows(table, &reach, query, most, cx.now()).instrument(span).await?;
        Ok(Some(rows))
    }

    /// How many rows of this list meet a filter, for a caller that was admitted to it. `None` as for
    /// [`rows`](Self::rows).
    pub async fn count_rows(&self, filter: &RowFilter, cx: &Cx) -> Result<Option<i64>> {
        let query = RowQuery { filter: filter.clone(), ..RowQuery::default() };
        let Some(table) = self.answers(&query, cx)? else { return Ok(None) };
        let span = operation_span(self.spec.id, cx.request_id());
        let reach = cx.organization_reach()?;
        Ok(Some(cx.store().count_rows(table, &reach, filter, cx.now()).instrument(span).await?))
    }

    fn answers(&self, query: &RowQuery, cx: &Cx) -> Result<Option<&'static RowTable>> {
        self.require_for(cx)?;
        let reach = cx.organization_reach().inspect_err(|error| {
            if error.status() == 403 {
                cx.audit_refusal(error);
            }
        })?;
        let knows = |table: &&RowTable| query.reads().iter().all(|name| table.member(name).is_some());
        Ok(self.erased.rows.filter(|table| table.answers(&reach)).filter(knows))
    }

    fn require_for(&self, cx: &Cx) -> Result<()> {
        if cx.is_for(self.spec) {
            return Ok(());
        }
        let id = self.spec.id;
        Err(Error::internal(format!("the caller was admitted to an operation other than {id}")))
    }

    /// The schema of one field of the input.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.input.get("properties")?.get(name)
    }

    /// Whether a field of the input must be given.
    pub fn is_required(&self, name: &str) -> bool {
        let required = self.input.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|n| n == name))
    }
}

/// All operations of the API, and the internal ones.
pub struct Catalogue {
    operations: Vec<Described>,
    listings: Listings,
    definitions: Map<String, Value>,
}

impl Catalogue {
    /// The catalogue of these operations, in their order. `kinds` are the kinds of objects that they are about.
    pub fn new(nouns: impl IntoIterator<Item = &'static [Erased]>, kinds: Vec<Noun>) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = DEFINITIONS.into();
            settings.meta_schema = None;
        });
        let mut inputs = settings.clone().for_deserialize().into_generator();
        let mut outputs = settings.for_serialize().into_generator();
        let mut operations: Vec<Described> = Vec::new();
        for erased in nouns.into_iter().flatten() {
            operations.push(describe(operations.len(), *erased, &mut inputs, &mut outputs));
        }
        let (definitions, differ) =
            definitions::join(inputs.take_definitions(true), outputs.take_definitions(true));
        for operation in &mut operations {
            operation.input.values_mut().for_each(|part| definitions::rename(part, &differ));
        }
        let listings = Listings::new(
            operations.iter().map(|o| o.listing.clone()).collect(),
            kinds.into_iter().map(|kind| (kind.one, kind.many)).collect(),
        );
        Self { operations, listings, definitions }
    }

    /// All operations of the API, in the order of the catalogue.
    pub fn operations(&self) -> &[Described] {
        &self.operations
    }

    /// The operation with an id.
    pub fn get(&self, id: &str) -> Option<&Described> {
        self.operations.iter().find(|operation| operation.spec.id == id)
    }

    /// The internal operations. None of them is in any other list of this catalogue.
    pub const fn internal(&self) -> &'static [&'static Internal] {
        &internal::ALL
    }

    /// All operations as data.
    pub const fn listings(&self) -> &Listings {
        &self.listings
    }

    /// The JSON Schemas that inputs and outputs refer to, by name.
    pub const fn definitions(&self) -> &Map<String, Value> {
        &self.definitions
    }
}

fn describe(
    index: usize,
    erased: Erased,
    inputs: &mut SchemaGenerator,
    outputs: &mut SchemaGenerator,
) -> Described {
    let mut input = match (erased.input)(inputs).to_value() {
        Value::Object(input) => input,
        _ => Map::new(),
    };
    let documentation =
        input.remove("description").and_then(|d| d.as_str().map(str::to_owned)).unwrap_or_default();
    let (summary, description) = documentation.split_once("\n\n").unwrap_or((&documentation, ""));
    let properties = input.get("properties").and_then(Value::as_object);
    let fields = properties.map(|p| p.keys().cloned().collect()).unwrap_or_default();
    Described {
        listing: Listing {
            index,
            spec: erased.spec,
            summary: summary.trim_end_matches('.').replace('\n', " "),
        },
        spec: erased.spec,
        description: description.to_owned(),
        fields,
        output: (erased.output)(outputs).to_value(),
        input,
        erased,
    }
}
