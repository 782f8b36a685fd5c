//! The OpenAPI 3.1 document, made from the catalogue.

mod served;

use bailiwick_engine::catalogue::{Catalogue, Described, ORGANIZATION};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::{Access, Method, Tenancy};
use schemars::generate::SchemaSettings;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::credential::SESSION_COOKIE;
use crate::problem::Problem;

pub(crate) use served::Served;

/// The statuses of errors, with the names and descriptions of their responses.
const ERRORS: &[(u16, &str, &str)] = &[
    (400, "Invalid", "The request is not valid; `errors` names the fields."),
    (
        401,
        "Unauthorized",
        "The key is missing, unknown, mistyped, expired, not valid yet or disabled; or a login failed.",
    ),
    (
        403,
        "Forbidden",
        "The key is not allowed to do this; `missing_scope` names the scope if one is missing.",
    ),
    (404, "NotFound", "The object does not exist, or is not within the key's reach."),
    (
        409,
        "Conflict",
        "A value is already taken, other objects depend on this one, or several nodes have the name.",
    ),
    (412, "Changed", "The object changed since the revision in `If-Match`; `current` is its state now."),
    (413, "TooLarge", "The body is too large."),
    (415, "UnsupportedMediaType", "The body is not of a type that the operation takes."),
    (422, "IdempotencyKeyReused", "The `Idempotency-Key` was used for another request."),
    (
        429,
        "RateLimited",
        "The key's rate limit is used up, or too many logins failed; `Retry-After` says how long to wait.",
    ),
    (500, "Internal", "An internal error occurred; the server's log has more under the request id."),
    (503, "Unavailable", "The server is busy or its database does not answer; try again shortly."),
    (507, "StorageFull", "The disk of the server's database is full; nothing was done."),
];

/// The tags under which operations are grouped, with their descriptions.
const TAGS: &[(&str, &str)] = &[
    ("Organizations", "Tenants: each owns its sites, its keys and everything else."),
    ("Inventory", "The sites, nodes, services and agents of an organization."),
    ("Commands", "Commands for nodes and their results, with scripts, schedules and maintenance windows."),
    ("Updates", "The updates that nodes can install, and how to install them."),
    ("Machine data", "What machines say: observations of metrics, in series, and reports of them."),
    (
        "Production",
        "What people and other systems say about machines: calendars, downtime, jobs, operators and parts.",
    ),
    ("Keys", "Credentials for programs, and what they may do."),
    ("People", "Users, the roles they hold, and how they log in."),
    ("Who am I", "The identity and the permissions of the caller."),
    ("Audit", "Who did what, and whether the record was changed afterwards."),
    ("Server", "The server itself."),
];

const INTRODUCTION: &str = "\
Everything that the control plane can do. Each operation needs a key with a scope that covers it. The \
operation's security and description name this scope; the scopes of a key name operations \
(`sites.create`), nouns and classes (`sites:read`) or wildcards (`*:read`).\n\n\
Send a key as `Authorization: Bearer KEY`, `X-API-KEY: KEY`, or Basic with user `api_key` or `service_token`; never in the \
address. Times are RFC 3339 in UTC. Lists have `items` and `next_cursor`. Errors are RFC 9457 problem \
details with a stable `code`.";

/// The OpenAPI document of a catalogue.
pub fn document(catalogue: &Catalogue) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in catalogue.operations() {
        let item = paths.entry(operation.spec.path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(operation.spec.method.as_str().to_lowercase(), describe(operation));
        }
    }
    let mut schemas = catalogue.definitions().clone();
    add_problem(&mut schemas);
    let mut tags: Vec<Value> = Vec::new();
    for operation in catalogue.operations() {
        let name = operation.spec.tag;
        if tags.iter().any(|tag| tag["name"] == name) {
            continue;
        }
        let description =
            TAGS.iter().find(|(tag, _)| *tag == name).map_or("", |(_, description)| description);
        tags.push(json!({ "name": name, "description": description }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bailiwick",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The control plane for fleets of machines.",
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This server." }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": error_responses(),
            "headers": headers(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "blw_<kind>_<id>_<secret>",
                    "description": "The whole key, as it was shown when it was created. One of these methods is enough.",
                },
                "api_key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-KEY",
                    "description": "The whole key, as it was shown when it was created. One of these methods is enough.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": "The cookie that `POST /v1/sessions` sets in a browser. Programs send a key.",
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "User name `api_key` or `service_token`, and the whole key as the password. One of these methods is enough.",
                },
            },
        },
    })
}

/// Names that come before all others of an object; the rest are in alphabetical order. Swagger UI shows
/// operations and the fields of examples in the order of the document. It puts the cursor into the last way
/// to send a key, which is `bearer` in that order; the cookie, which nobody types, therefore comes second.
const FIRST: &[&str] = &["get", "post", "patch", "delete", "id", "name", "api_key", "session"];

struct Ordered<'a>(&'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(name, _)| {
                    FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len())
                });
                serializer.collect_map(entries.into_iter().map(|(name, value)| (name, Ordered(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            other => other.serialize(serializer),
        }
    }
}

/// The document as it is served, in JSON.
pub fn text(catalogue: &Catalogue) -> Vec<u8> {
    serde_json::to_vec(&Ordered(&document(catalogue))).unwrap_or_default()
}

fn add_problem(schemas: &mut Map<String, Value>) {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.for_serialize().into_generator();
    let _ = generator.subschema_for::<Problem>();
    for (name, schema) in generator.take_definitions(true) {
        schemas.entry(name).or_insert(schema);
    }
}

fn error_responses() -> Value {
    let responses = ERRORS.iter().map(|(status, name, meaning)| {
        let mut response = json!({
            "description": meaning,
            "headers": { "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" } },
            "content": {
                "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
            },
        });
        let header = match status {
            401 => Some("WWW-Authenticate"),
            429 | 503 => Some("Retry-After"),
            _ => None,
        };
        if let Some(header) = header {
            response["headers"][header] = json!({ "$ref": format!("#/components/headers/{header}") });
        }
        ((*name).to_owned(), response)
    });
    Value::Object(responses.collect())
}

fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "X-Request-Id": text("The id of the request, as in the log and the audit trail."),
        "ETag": text("The revision of the object in the answer, for `If-Match`."),
        "RateLimit": text("The remaining part of the key's rate limit (draft-ietf-httpapi-ratelimit-headers-10)."),
        "RateLimit-Policy": text("The key's rate limit."),
        "Link": text("The address of the next page, with `rel=\"next\"`, if the answer is text (RFC 8288)."),
        "WWW-Authenticate": text("The kind of credential that is required (RFC 6750)."),
        "Retry-After": {
            "description": "The number of seconds to wait before the next attempt.",
            "schema": { "type": "integer", "minimum": 1 },
        },
    })
}

fn describe(operation: &Described) -> Value {
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
    let parameters = parameters(operation);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = body(operation) {
        described["requestBody"] = body;
    }
    described
}

fn security(operation: &Described) -> Value {
    let scopes = match operation.spec.access {
        Access::Open | Access::ByProof => return json!([]),
        Access::Person => return json!([{ "session": [] }]),
        Access::AnyKey => json!([]),
        Access::Scoped | Access::Root => json!([operation.spec.id]),
    };
    json!([{ "bearer": scopes }, { "api_key": scopes }, { "basic": scopes }, { "session": scopes }])
}

fn parameters(operation: &Described) -> Vec<Value> {
    let spec = operation.spec;
    let in_path: Vec<&str> = spec.path_fields().collect();
    let mut parameters = Vec::new();
    for name in &in_path {
        parameters.push(parameter(operation, name, "path"));
    }
    if operation.spec.tenancy != Tenancy::None {
        parameters.push(json!({
            "name": ORGANIZATION,
            "in": "query",
            "required": false,
            "description": if spec.tenancy == Tenancy::Required {
                "The organization, by id or slug. A root key, a server administrator and a member of several organizations must name it; other callers use their own."
            } else {
                "The organization, by id or slug. A root key, a server administrator and a member of several organizations may name it; other callers use their own."
            },
            "schema": { "type": "string", "minLength": 1, "maxLength": 63 },
        }));
    }
    if !spec.method.has_body() {
        let others = operation.fields.iter().filter(|name| !in_path.contains(&name.as_str()));
        parameters.extend(others.map(|name| parameter(operation, name, "query")));
    }
    if spec.takes_text {
        let others = operation.fields.iter().filter(|name| !["format", "data"].contains(&name.as_str()));
        parameters.extend(others.filter(|name| !in_path.contains(&name.as_str())).map(|name| {
            let mut parameter = parameter(operation, name, "query");
            let description = parameter["description"].as_str().unwrap_or_default();
            parameter["description"] = format!("Only if the body is text. {description}").into();
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

fn parameter(operation: &Described, name: &str, place: &str) -> Value {
    let mut schema = operation.field(name).cloned().unwrap_or_else(|| json!({}));
    let mut description = String::new();
    if let Value::Object(schema) = &mut schema {
        if let Some(Value::String(text)) = schema.remove("description") {
            description = text;
        }
        strip_null(schema);
        description.push_str(&choices(schema));
    }
    json!({
        "name": name,
        "in": place,
        "required": place == "path" || operation.is_required(name),
        "description": description,
        "schema": schema,
    })
}

/// Replaces a `oneOf` with a schema for each value by one `enum`, so that Swagger UI shows the values in a
/// list. Returns the descriptions of the values, as Markdown.
fn choices(schema: &mut Map<String, Value>) -> String {
    let Some(Value::Array(each)) = schema.get("oneOf") else { return String::new() };
    let Some(values) = each.iter().map(|one| one["const"].as_str()).collect::<Option<Vec<_>>>() else {
        return String::new();
    };
    let mut meanings = "\n".to_owned();
    for (value, one) in values.iter().zip(each) {
        let meaning = one["description"].as_str().unwrap_or_default();
        meanings.push_str(&format!("\n- `{value}`: {meaning}"));
    }
    *schema = Map::from_iter([("type".into(), "string".into()), ("enum".into(), json!(values))]);
    meanings
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

fn body(operation: &Described) -> Option<Value> {
    let spec = operation.spec;
    if !spec.method.has_body() {
        return None;
    }
    let in_path: Vec<&str> = spec.path_fields().collect();
    let mut schema = operation.input.clone();
    schema.remove("title");
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.retain(|name, _| !in_path.contains(&name.as_str()));
        if properties.is_empty() {
            return None;
        }
    }
    let mut required = false;
    if let Some(Value::Array(names)) = schema.get_mut("required") {
        names.retain(|name| !in_path.iter().any(|field| name == field));
        required = !names.is_empty();
        if !required {
            schema.remove("required");
        }
    }
    // Without an example, Swagger UI fills in every field, although some exclude each other.
    let example = schema.remove("examples").and_then(|examples| examples.get(0).cloned());
    let mut content = json!({ "schema": schema });
    if let Some(example) = example {
        content["example"] = example;
    }
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

/// The inputs by which operations that read refer to a node, by id or name.
const NODE_INPUTS: [&str; 3] = ["node", "host", "runs_on"];

/// Whether an operation can answer with a status.
fn can_answer(operation: &Described, status: u16) -> bool {
    let spec = operation.spec;
    let keyed = !matches!(spec.access, Access::Open | Access::ByProof);
    let writes = spec.class == bailiwick_domain::scope::Class::Write;
    match status {
        // A proof in the body may be wrong, incomplete or tried too often, too.
        401 | 429 => keyed || spec.access == Access::ByProof,
        // Any key can be restricted to networks.
        403 => keyed || spec.access == Access::ByProof,
        404 => keyed,
        // Old nodes may have names that differ only in case, so a name can be ambiguous.
        409 => {
            let inputs = operation.input.get("properties");
            writes || NODE_INPUTS.iter().any(|name| inputs.is_some_and(|inputs| inputs.get(name).is_some()))
        }
        412 => spec.takes_if_match(),
        413 | 415 => spec.method.has_body(),
        422 => spec.method == Method::Post && writes,
        _ => true,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use bailiwick_catalogue::catalogue;

    use super::*;

    #[test]
    fn every_body_has_an_example_that_is_valid_under_its_schema() {
        let document = document(catalogue());
        let items = document["paths"].as_object().unwrap().values();
        let mut seen = 0;
        for operation in items.flat_map(|item| item.as_object().unwrap().values()) {
            let Some(content) = operation.pointer("/requestBody/content/application~1json") else { continue };
            let mut schema = content["schema"].clone();
            // The schema refers to the components.
            schema["components"] = document["components"].clone();
            let name = &operation["operationId"];
            let example = content.get("example").unwrap_or_else(|| panic!("{name} has no example"));
            let validator = jsonschema::validator_for(&schema).unwrap();
            validator.validate(example).unwrap_or_else(|error| panic!("{name}: {error}"));
            seen += 1;
        }
        assert!(seen > 0);
    }

    #[test]
    fn the_served_document_lists_methods_in_reading_order() {
        let text = text(catalogue());
        let read: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(read, document(catalogue()));
        let text = str::from_utf8(&text).unwrap();
        let item = text.split_once("\"/v1/sites/{site}\":").unwrap().1;
        let place = |method: &str| item.find(&format!("\"{method}\":{{")).unwrap();
        assert!(place("get") < place("patch") && place("patch") < place("delete"));
    }

    #[test]
    fn a_parameter_with_few_values_lists_them() {
        let document = document(catalogue());
        let parameters = document.pointer("/paths/~1v1~1audit/get/parameters").unwrap().as_array().unwrap();
        let outcome = parameters.iter().find(|parameter| parameter["name"] == "outcome").unwrap();
        assert_eq!(outcome["schema"], json!({ "type": "string", "enum": ["allowed", "denied"] }));
        assert!(outcome["description"].as_str().unwrap().ends_with("\n- `denied`: It was refused."));
    }
}
