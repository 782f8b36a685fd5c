//! GraphQL over the catalogue: one schema for all lists, with the arguments of Hasura and, where MachineMetrics has the
//! object, its names.
//!
//! The library `async-graphql` parses and validates documents and answers questions about the schema. Data are read
//! here, level by level, so that each relation is read once for all objects: by running the operations of the lists, for
//! which the caller of this crate admits the client anew each time (see [`Reader`]).

mod aggregate;
mod arguments;
mod document;
mod error;
mod execute;
mod figures;
mod groups;
mod json;
mod limits;
mod loaded;
mod model;
mod names;
mod reader;
mod scalars;
mod schema;
mod source;
mod table;
mod tokens;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::dynamic::{Schema, SchemaError};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_store::long_work;
use tokio::sync::Semaphore;

pub use crate::error::{QueryError, Refusal};
pub use crate::limits::DOCUMENT_MAX;
pub use crate::reader::{ROWS_MAX, Reader};

use crate::document::{Document, Verdict, subscriptions_as_queries};
use crate::execute::{Execution, Failed};
use crate::limits::{LONG_DOCUMENT, NAME_MAX, TOKENS_MAX};
use crate::tokens::count_tokens;

/// The most errors of an invalid document that are listed.
const ERRORS_MAX: usize = 50;

/// The bytes of arguments whose memory is not worth counting.
const SMALL_ARGUMENTS: usize = 64 << 10;
/// How often arguments are in memory while their query is answered: as a value, as a filter, and in a statement.
const MEMORY_OF_ARGUMENTS: usize = 4;

/// The service that answers queries.
pub struct GraphQl {
    /// The schema. It is always there: the tests of this crate build it from the same catalogue.
    schema: Result<Schema, SchemaError>,
    with_introspection: bool,
    /// Permits for documents that take long to validate or ask much about the schema. There are fewer than processors,
    /// so that other requests are answered meanwhile.
    long: Semaphore,
}

/// A query, as a client sent it.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The document.
    pub document: String,
    /// The operation to run, if the document has several.
    pub operation_name: Option<String>,
    /// The values of the variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The JSON of the answer.
    pub json: Vec<u8>,
    /// Whether the document was executed. Otherwise it is not valid, or exceeds a limit.
    pub is_executed: bool,
    /// The errors in it.
    pub errors: Vec<QueryError>,
    /// Whether the operation is a subscription: its answer is to be sent anew when it changes.
    pub is_subscription: bool,
}

/// How an answer reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One answer to one request: subscriptions are refused.
    Request,
    /// Answers can follow.
    Stream,
}

impl Answer {
    /// The answer to the hash of a query that is not known, as clients of persisted queries expect it: they send the query
    /// with the hash then.
    pub fn not_persisted() -> Self {
        refused(vec![QueryError::new("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")])
    }
}

/// The root fields, each with the operation that it runs. No query runs another.
pub fn roots() -> impl Iterator<Item = (&'static str, OperationId)> {
    let objects = model::model().objects.iter();
    objects.flat_map(|object| {
        let id = object.list.operation.spec.id;
        object.roots.iter().map(move |root| (root.as_str(), id))
    })
}

impl GraphQl {
    /// Builds the service. `with_introspection` answers questions about the schema.
    pub fn new(with_introspection: bool) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            schema: schema::build(with_introspection),
            with_introspection,
            long: Semaphore::new((processors / 2).max(1)),
        }
    }

    fn schema(&self) -> Result<&Schema> {
        self.schema.as_ref().map_err(|error| Error::internal(error.to_string()))
    }

    /// The schema in the schema definition language (GraphQL, October 2021, section 3).
    ///
    /// # Errors
    ///
    /// An internal error if the schema is not consistent.
    pub fn sdl(&self) -> Result<String> {
        let options = async_graphql::SDLExportOptions::new()
            .sorted_fields()
            .sorted_enum_items()
            .prefer_single_line_descriptions();
        let sdl = self.schema()?.sdl_with_options(options);
        // The library ends some lines with blanks.
        Ok(sdl.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n")
    }

    /// Answers a query.
    ///
    /// # Errors
    ///
    /// The error of an operation that is one of the whole request: the client is unknown, its rate limit is used up, or
    /// the server is overloaded. An error of one field is in the answer.
    pub async fn answer(&self, query: Query, transport: Transport, reader: &impl Reader) -> Result<Answer> {
        if query.document.len() > DOCUMENT_MAX {
            let has = query.document.len();
            let message = format!("the document has {has} bytes; at most {DOCUMENT_MAX} are allowed");
            return Ok(refused(vec![QueryError::new("query_too_large", message)]));
        }
        let counted = count_tokens(&query.document, TOKENS_MAX);
        if counted.longest_name > NAME_MAX {
            let message = format!(
                "the document has a name of {} characters; at most {NAME_MAX} are allowed",
                counted.longest_name
            );
            return Ok(refused(vec![QueryError::new("query_too_large", message)]));
        }
        if counted.tokens > TOKENS_MAX {
            let message = format!(
                "the document has more than {TOKENS_MAX} tokens (names, values and punctuation); put lists of values into \
                 variables, and ask in several queries"
            );
            return Ok(refused(vec![QueryError::new("query_too_large", message)]));
        }
        let variables = serde_json::Value::Object(query.variables);
        let variables = Variables::from_json(variables);
        let mut document = match parse_query(&query.document) {
            Ok(document) => document,
            Err(error) => return Ok(refused(vec![QueryError::of_server(&error.into())])),
        };
        let kind = subscriptions_as_queries(&mut document, query.operation_name.as_deref());
        if kind == Some(OperationType::Mutation) {
            let message = "only queries are answered; changes go through the REST API, which /docs describes";
            return Ok(refused(vec![QueryError::new("invalid_query", message)]));
        }
        let is_subscription = kind == Some(OperationType::Subscription);
        if is_subscription && transport == Transport::Request {
            let message = "subscriptions are answered over a WebSocket at this address, with the protocol \
                           graphql-transport-ws";
            return Ok(refused(vec![QueryError::new("invalid_query", message)]));
        }
        // Before validation, which takes long for large documents.
        let weighed = match limits::check(&document, &variables, self.with_introspection) {
            Ok(weighed) => weighed,
            Err(error) => return Ok(refused(vec![error])),
        };
        if weighed.argument_bytes > SMALL_ARGUMENTS {
            let bytes = weighed.argument_bytes.saturating_mul(MEMORY_OF_ARGUMENTS);
            match reader.reserve(bytes) {
                Ok(()) => {}
                Err(Refusal::Field(error)) => return Ok(refused(vec![error])),
                Err(Refusal::Request(error)) => return Err(error),
            }
        }
        let verdict = Arc::new(Verdict::default());
        let is_long = query.document.len() > LONG_DOCUMENT;
        let mut request = async_graphql::Request::new(query.document)
            .variables(variables.clone())
            .data(Arc::clone(&verdict));
        request.set_parsed_query(document.clone());
        if let Some(name) = &query.operation_name {
            request = request.operation_name(name.clone());
        }
        let schema = self.schema()?;
        let (errors_of_schema, of_schema) = if weighed.is_long || is_long {
            let _permit = self.long.acquire().await;
            // Neither validation nor questions about the schema wait for anything.
            long_work(|| {
                let response = futures::executor::block_on(schema.execute(request));
                let of_schema = about_schema(&response.data);
                (response.errors, of_schema)
            })
        } else {
            let response = schema.execute(request).await;
            let of_schema = about_schema(&response.data);
            (response.errors, of_schema)
        };
        if !verdict.is_valid() {
            let first = errors_of_schema.iter().take(ERRORS_MAX);
            let mut errors: Vec<QueryError> = first.map(QueryError::of_server).collect();
            if !self.with_introspection {
                errors.iter_mut().for_each(QueryError::without_suggestion);
            }
            return Ok(refused(errors));
        }
        let document = match Document::new(document, query.operation_name.as_deref(), variables) {
            Ok(document) => document,
            Err(error) => return Ok(refused(vec![error])),
        };
        if is_subscription && document.collect(&[document.root()]).len() != 1 {
            let message = "a subscription has one field; make one subscription for each";
            return Ok(refused(vec![QueryError::new("invalid_query", message)]));
        }
        let (data, errors) = match Execution::new(reader, &document).run(&of_schema).await {
            Ok(done) => done,
            Err(Failed(error)) => return Err(error),
        };
        let mut json = b"{\"data\":".to_vec();
        json.extend_from_slice(&data);
        push_errors(&mut json, &errors);
        json.push(b'}');
        Ok(Answer { json, is_executed: true, errors, is_subscription })
    }
}

/// What the library answered to questions about the schema, by response key. Fields of data are null in its answer, and are
/// left out.
fn about_schema(data: &async_graphql::Value) -> HashMap<String, String> {
    let async_graphql::Value::Object(fields) = data else { return HashMap::new() };
    let answered = fields.iter().filter(|(_, value)| **value != async_graphql::Value::Null);
    answered
        .map(|(key, value)| (key.to_string(), serde_json::to_string(value).unwrap_or_else(|_| "null".into())))
        .collect()
}

fn push_errors(json: &mut Vec<u8>, errors: &[QueryError]) {
    if errors.is_empty() {
        return;
    }
    let errors: Vec<serde_json::Value> = errors.iter().map(QueryError::as_json).collect();
    json.extend_from_slice(b",\"errors\":");
    json.extend_from_slice(serde_json::Value::Array(errors).to_string().as_bytes());
}

/// The answer to a document that is not executed.
fn refused(errors: Vec<QueryError>) -> Answer {
    let json = serde_json::json!({ "errors": errors.iter().map(QueryError::as_json).collect::<Vec<_>>() });
    Answer { json: json.to_string().into_bytes(), is_executed: false, errors, is_subscription: false }
}
