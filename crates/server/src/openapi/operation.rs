//! The description of one operation.

use bailiwick_domain::scope::Class;
use bailiwick_engine::catalogue::{Catalogue, Described, ORGANIZATION};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::{Access, Method, Tenancy};
use serde_json::{Map, Value, json};

use super::SCHEMAS;
use super::enumerations::Words;
use super::errors::ERRORS;
use super::variants::pascal_case;
use crate::location;

/// What the parameter for the organization is for.
pub(super) const ORGANIZATION_DESCRIPTION: &str = "The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own.";

/// Describes an operation.
pub(super) fn describe(operation: &Described, catalogue: &Catalogue) -> Value {
    let spec = operation.spec;
    let mut description =
        operation.description.replace("\n\n", "\u{0}").replace('\n', " ").replace('\u{0}', "\n\n");
    if !description.is_empty() {
        description.push_str("\n\n");
    }
    description.push_str(&match spec.access {
        Access::Open => "Needs no key.".to_owned(),
        Access::ByProof => "Needs no key: the request itself contains the proof.".to_owned(),
        Access::AnyKey => "Any valid key and any logged-in user may call this.".to_owned(),
        Access::Person => "Only a logged-in user may call this, not a key.".to_owned(),
        Access::Scoped => format!("Scope: `{}`.", spec.id),
        Access::Root => format!("Root keys and server administrators only. Scope: `{}`.", spec.id),
    });
    let mut described = json!({
        "operationId": spec.id,
        "summary": operation.listing.summary,
        "description": description,
        "tags": [spec.tag],
        "security": security(operation),
        "x-class": spec.class,
        "x-cost": spec.cost,
        "responses": responses(operation),
    });
    let parameters = parameters(operation, catalogue.definitions());
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = body(operation) {
        described["requestBody"] = body;
    }
    described
}

/// Whether the values of a schema can stand in a query as they are: they are neither lists nor objects.
fn is_plain(schema: &Value) -> bool {
    let types = schema.get("type");
    let has = |wanted: &str| match types {
        Some(Value::Array(types)) => types.iter().any(|found| found == wanted),
        found => found.is_some_and(|found| found == wanted),
    };
    !has("array") && !has("object")
}

fn security(operation: &Described) -> Value {
    let scopes = match operation.spec.access {
        Access::Open | Access::ByProof => return json!([]),
        Access::Person => return json!([{ "session": [] }]),
        Access::AnyKey => json!([]),
        Access::Scoped | Access::Root => json!([operation.spec.id]),
    };
    let mut ways = ways_to_send_key(&scopes);
    ways.push(json!({ "session": scopes }));
    ways.into()
}

/// The ways to send a key, each with the scopes that it needs.
pub(super) fn ways_to_send_key(scopes: &Value) -> Vec<Value> {
    vec![json!({ "bearer": scopes }), json!({ "api_key": scopes }), json!({ "basic": scopes })]
}

fn parameters(operation: &Described, definitions: &Map<String, Value>) -> Vec<Value> {
    let parameter = |name: &str, place: &str| parameter(operation, name, place, definitions);
    let spec = operation.spec;
    let in_path: Vec<&str> = spec.path_fields().collect();
    let mut parameters = Vec::new();
    for name in &in_path {
        parameters.push(parameter(name, "path"));
    }
    if operation.spec.tenancy != Tenancy::None {
        parameters.push(json!({
            "name": ORGANIZATION,
            "in": "query",
            "required": false,
            "description": if spec.tenancy == Tenancy::Required {
                ORGANIZATION_DESCRIPTION
            } else {
                "The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own."
            },
            "schema": { "type": "string", "minLength": 1, "maxLength": 63 },
        }));
    }
    if !spec.method.has_body() {
        let others = operation.fields.iter().filter(|name| !in_path.contains(&name.as_str()));
        parameters.extend(others.map(|name| parameter(name, "query")));
    }
    if spec.takes_text {
        let others = operation.fields.iter().filter(|name| !["format", "data"].contains(&name.as_str()));
        let others = others.filter(|name| operation.field(name).is_some_and(is_plain));
        parameters.extend(others.filter(|name| !in_path.contains(&name.as_str())).map(|name| {
            let mut parameter = parameter(name, "query");
            let description = parameter["description"].as_str().unwrap_or_default();
            parameter["description"] = format!("Only if the body is text. {description}").into();
            // Some clients send the default, also with a body of another kind.
            if let Some(Value::Object(schema)) = parameter.get_mut("schema") {
                schema.remove("default");
            }
            parameter
        }));
    }
    if spec.answers_events {
        parameters.push(json!({
            "name": "Last-Event-ID",
            "in": "header",
            "required": false,
            "description": "The id of the last event that was received, as browsers send it when they reconnect; it takes precedence over `after`.",
            "schema": { "type": "string" },
        }));
    }
    if spec.method == Method::Post {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A text of your choice, new for each request. If the request is sent again with the same text within a day, it gets the first answer again and is not executed again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }));
    }
    if spec.takes_if_match() {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": false,
            "description": "The `ETag` of the state that you read. If the object has changed since, nothing is done and the answer is 412.",
            "schema": { "type": "string" },
        }));
    }
    parameters
}

fn parameter(operation: &Described, name: &str, place: &str, definitions: &Map<String, Value>) -> Value {
    let mut schema = operation.field(name).cloned().unwrap_or_else(|| json!({}));
    let mut description = String::new();
    if let Value::Object(schema) = &mut schema {
        if let Some(Value::String(text)) = schema.remove("description") {
            description = text;
        }
        strip_null(schema);
        // Swagger UI shows the description of a parameter and not that of its schema.
        let named = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(SCHEMAS));
        let named = named.and_then(|name| definitions.get(name)).and_then(Value::as_object);
        if let Some(words) = Words::of(named.unwrap_or(schema)) {
            description.push_str(&words.meanings());
        }
    }
    json!({
        "name": name,
        "in": place,
        "required": place == "path" || operation.is_required(name),
        "description": description,
        "schema": schema,
    })
}

/// Removes null from the types of a parameter: a URL cannot contain null, so the parameter is absent
/// instead.
fn strip_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|v| !v.is_null());
    }
    if let Some(Value::Array(mut any)) = schema.remove("anyOf") {
        any.retain(|s| s.get("type").is_none_or(|t| t != "null"));
        match any.as_mut_slice() {
            [Value::Object(only)] => schema.extend(std::mem::take(only)),
            _ => {
                schema.insert("anyOf".into(), any.into());
            }
        }
    }
}

/// The name of the schema of an operation's body.
fn body_name(operation: &Described) -> String {
    format!("{}Body", pascal_case(operation.spec.id.as_str()))
}

/// The schema of an operation's body, by its name. Without a name of ours, each generator would invent another.
pub(super) fn named_body(operation: &Described) -> Option<(String, Value)> {
    if !operation.spec.method.has_body() {
        return None;
    }
    let in_path: Vec<&str> = operation.spec.path_fields().collect();
    let mut schema = operation.input.clone();
    for other in ["title", "examples"] {
        schema.remove(other);
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.retain(|name, _| !in_path.contains(&name.as_str()));
        if properties.is_empty() {
            return None;
        }
    }
    if let Some(Value::Array(names)) = schema.get_mut("required") {
        names.retain(|name| !in_path.iter().any(|field| name == field));
        if names.is_empty() {
            schema.remove("required");
        }
    }
    schema.insert("description".into(), format!("The body of `{}`.", operation.spec.id).into());
    Some((body_name(operation), schema.into()))
}

fn body(operation: &Described) -> Option<Value> {
    let spec = operation.spec;
    let (name, schema) = named_body(operation)?;
    let mut content = json!({ "schema": { "$ref": format!("{SCHEMAS}{name}") } });
    // Without an example, Swagger UI fills in every field, although some exclude each other.
    if let Some(example) = operation.input.get("examples").and_then(|examples| examples.get(0)) {
        content["example"] = example.clone();
    }
    let required = schema.get("required").is_some();
    let mut body = json!({ "required": required, "content": { "application/json": content } });
    if spec.takes_text {
        texts(&mut body["content"]);
    }
    Some(body)
}

/// Adds the media types of text to a request or response content.
fn texts(content: &mut Value) {
    for format in Format::ALL {
        content[format.media_type()] = json!({ "schema": { "type": "string" } });
    }
}

fn responses(operation: &Described) -> Value {
    let spec = operation.spec;
    let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" } });
    let mut header = |name: &str| headers[name] = json!({ "$ref": format!("#/components/headers/{name}") });
    if spec.versioned {
        header("ETag");
    }
    if !matches!(spec.access, Access::Open | Access::ByProof) {
        header("RateLimit");
        header("RateLimit-Policy");
    }
    if spec.answers_text {
        header("Link");
    }
    if location::has_path(operation) {
        header("Location");
    }
    let mut responses = Map::new();
    let mut done = json!({
        "description": match spec.status {
            201 => "Created.",
            202 => "Accepted.",
            _ => "Done.",
        },
        "headers": headers,
        "content": { "application/json": { "schema": operation.output } },
    });
    if spec.answers_text {
        texts(&mut done["content"]);
    }
    if spec.answers_events {
        done["description"] = "Events as they happen; the schema describes the data of each event.".into();
        done["content"] = json!({ "text/event-stream": { "schema": operation.output } });
    }
    responses.insert(spec.status.to_string(), done);
    for (status, name, _) in ERRORS {
        if can_answer(operation, *status) {
            let reference = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.insert(status.to_string(), reference);
        }
    }
    Value::Object(responses)
}

/// The inputs by which operations that read refer to an object whose name another one may have too.
const AMBIGUOUS_INPUTS: [&str; 9] =
    ["node", "host", "runs_on", "observes_node", "agent", "key", "job_operation", "operator", "target"];

/// Whether an operation can answer with a status.
pub(super) fn can_answer(operation: &Described, status: u16) -> bool {
    let spec = operation.spec;
    let keyed = !matches!(spec.access, Access::Open | Access::ByProof);
    let writes = spec.class == Class::Write;
    match status {
        // A proof in the body may be wrong, incomplete or tried too often, too.
        401 | 429 => keyed || spec.access == Access::ByProof,
        // Any key can be restricted to networks.
        403 => keyed || spec.access == Access::ByProof,
        404 => keyed,
        409 => {
            let inputs = operation.input.get("properties");
            writes || AMBIGUOUS_INPUTS.iter().any(|name| inputs.is_some_and(|all| all.get(name).is_some()))
        }
        412 => spec.takes_if_match(),
        413 | 415 => spec.method.has_body(),
        422 => spec.method == Method::Post && writes,
        _ => true,
    }
}
