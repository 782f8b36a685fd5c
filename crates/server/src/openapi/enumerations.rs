//! Enumerations in the form that client generators understand: one `enum` instead of a `oneOf` with a schema for each
//! word.

use serde_json::{Map, Value, json};

/// The words of an enumeration, and what each means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words(Vec<(String, String)>);

impl Words {
    /// The words of a schema, if it takes words only.
    pub(super) fn of(schema: &Map<String, Value>) -> Option<Self> {
        let Value::Array(each) = schema.get("oneOf")? else { return None };
        let mut words = Self::default();
        let all = each.iter().all(|one| words.take(one));
        (all && !words.0.is_empty()).then_some(words)
    }

    /// Adds the words of one of the schemas of a `oneOf`; false if it is not for words.
    fn take(&mut self, one: &Value) -> bool {
        let meaning = one["description"].as_str().unwrap_or_default();
        match (&one["const"], &one["enum"]) {
            (Value::String(word), _) => self.0.push((word.clone(), meaning.to_owned())),
            (_, Value::Array(words)) => {
                let Some(words) = words.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else {
                    return false;
                };
                self.0.extend(words.into_iter().map(|word| (word.to_owned(), meaning.to_owned())));
            }
            _ => return false,
        }
        true
    }

    /// A list of the words and their meanings in Markdown, to be added to a description.
    pub(super) fn meanings(&self) -> String {
        if self.0.iter().all(|(_, meaning)| meaning.is_empty()) {
            return String::new();
        }
        let lines = self.0.iter().map(|(word, meaning)| format!("\n- `{word}`: {meaning}"));
        format!("\n{}", lines.collect::<String>())
    }

    fn values(&self) -> Vec<&str> {
        self.0.iter().map(|(word, _)| word.as_str()).collect()
    }
}

/// Writes the words in a `oneOf` as one `enum`.
pub(super) fn simplify(schema: &mut Map<String, Value>) {
    if let Some(words) = Words::of(schema) {
        schema.remove("oneOf");
        schema.insert("type".into(), "string".into());
        schema.insert("enum".into(), json!(words.values()));
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let description = format!("{description}{}", words.meanings());
        if !description.is_empty() {
            schema.insert("description".into(), description.trim_start().into());
        }
        return;
    }
    let Some(Value::Array(each)) = schema.get_mut("oneOf") else { return };
    let mut words = Words::default();
    each.retain(|one| !words.take(one));
    if !words.0.is_empty() {
        let description = format!("One of these words:{}", words.meanings());
        each.insert(0, json!({ "type": "string", "enum": words.values(), "description": description }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simplified(schema: Value) -> Value {
        let mut schema = schema.as_object().cloned().unwrap_or_default();
        simplify(&mut schema);
        schema.into()
    }

    #[test]
    fn words_become_one_enum_with_their_meanings() {
        let schema = json!({ "description": "The format.", "oneOf": [
            { "type": "string", "const": "csv", "description": "With commas." },
            { "type": "string", "enum": ["jsonl"] },
        ] });
        let description = "The format.\n\n- `csv`: With commas.\n- `jsonl`: ";
        let expected = json!({ "type": "string", "enum": ["csv", "jsonl"], "description": description });
        assert_eq!(simplified(schema), expected);
    }

    #[test]
    fn words_beside_objects_become_one_alternative() {
        let object = json!({ "type": "object" });
        let schema = json!({ "oneOf": [
            { "type": "string", "const": "all", "description": "All." },
            object,
            { "type": "string", "const": "security", "description": "Some." },
        ] });
        let simple = simplified(schema);
        assert_eq!(simple["oneOf"][0]["enum"], json!(["all", "security"]));
        assert_eq!(simple["oneOf"][1], object);
        assert_eq!(simplified(json!({ "oneOf": [object] })), json!({ "oneOf": [object] }));
    }
}
