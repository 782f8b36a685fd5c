//! A catalogue: operations with their documentation and schemas, made from their types.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use tracing::Instrument as _;

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::internal::{self, Internal};
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
        if !cx.is_for(self.spec) {
            return Err(Error::internal(format!(
                "the caller was admitted to an operation other than {}",
                self.spec.id
            )));
        }
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
    /// The catalogue of the operations of these nouns, in their order.
    pub fn new(nouns: impl IntoIterator<Item = &'static [Erased]>) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let mut inputs = settings.clone().for_deserialize().into_generator();
        let mut outputs = settings.for_serialize().into_generator();
        let mut operations = Vec::new();
        for erased in nouns.into_iter().flatten() {
            operations.push(describe(operations.len(), *erased, &mut inputs, &mut outputs));
        }
        let mut definitions = inputs.take_definitions(true);
        for (name, schema) in outputs.take_definitions(true) {
            definitions.entry(name).or_insert(schema);
        }
        let listings = Listings::new(operations.iter().map(|o: &Described| o.listing.clone()).collect());
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
