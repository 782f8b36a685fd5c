//! The errors that operations answer, and the headers of answers.

use serde_json::{Value, json};

/// The statuses of errors, with the names and descriptions of their responses.
pub(super) const ERRORS: &[(u16, &str, &str)] = &[
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
        "A value is already taken, other objects depend on this one, several objects have the name, or a selection is outdated.",
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

/// The responses of errors, by name.
pub(super) fn responses() -> Value {
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

/// The headers of responses, by name.
pub(super) fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "X-Request-Id": text("The id of the request, as in the log and the audit trail."),
        "Location": text("The path at which the new object is read."),
        "ETag": text("The revision of the object in the answer, for `If-Match`."),
        "RateLimit": text("The remaining part of the key's rate limit (draft-ietf-httpapi-ratelimit-headers-10)."),
        "RateLimit-Policy": text("The key's rate limit."),
        "Link": text("The address of the next page, with `rel=\"next\"`, if the answer is text (RFC 8288)."),
        "WWW-Authenticate": text("The kinds of credentials that are accepted: `Bearer` (RFC 6750) and `Basic` (RFC 7617)."),
        "Retry-After": {
            "description": "The number of seconds to wait before the next attempt.",
            "schema": { "type": "integer", "minimum": 1 },
        },
    })
}
