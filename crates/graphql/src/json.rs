//! Appends JSON to bytes.

use bailiwick_domain::row_query::Scalar;

/// Appends a text as JSON.
pub(crate) fn push_text(json: &mut Vec<u8>, text: &str) {
    // Writing to memory and serializing a text do not fail.
    let _ = serde_json::to_writer(json, text);
}

/// Appends a value as JSON.
pub(crate) fn push_scalar(json: &mut Vec<u8>, value: &Scalar) {
    let _ = match value {
        Scalar::Null => {
            json.extend_from_slice(b"null");
            Ok(())
        }
        Scalar::Boolean(is) => serde_json::to_writer(json, is),
        Scalar::Integer(number) => serde_json::to_writer(json, number),
        Scalar::Number(number) => serde_json::to_writer(json, number),
        Scalar::Text(text) => serde_json::to_writer(json, text),
        Scalar::Id(id) => serde_json::to_writer(json, id),
        Scalar::Time(time) => serde_json::to_writer(json, time),
        Scalar::Json(value) => serde_json::to_writer(json, value),
    };
}

/// Appends fields as a JSON object, with what `each` appends as the value of one. A key is a name of GraphQL (section 2.1.9
/// of its specification): letters, digits and underscores, which JSON does not escape.
pub(crate) fn push_object<T>(
    json: &mut Vec<u8>,
    fields: impl Iterator<Item = T>,
    key: impl Fn(&T) -> &str,
    mut each: impl FnMut(&mut Vec<u8>, T),
) {
    json.push(b'{');
    for (n, field) in fields.enumerate() {
        if n > 0 {
            json.push(b',');
        }
        json.push(b'"');
        json.extend_from_slice(key(&field).as_bytes());
        json.extend_from_slice(b"\":");
        each(json, field);
    }
    json.push(b'}');
}
