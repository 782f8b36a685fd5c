//! The environment of a command, as sent by a client.

use std::collections::BTreeMap;

use bailiwick_domain::command::{ENVIRONMENT_MAX, SecretEnv};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;
use zeroize::Zeroizing;

/// The most characters of a variable's name, and the most bytes of its value.
const NAME_MAX: usize = 128;
const VALUE_MAX: usize = 32_768;
/// The most bytes of all variables together.
const WHOLE_MAX: usize = 131_072;

/// Environment variables, by name. Their values are only stored sealed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Env(pub(crate) SecretEnv);

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.len() <= NAME_MAX
        && characters.next().is_some_and(is_first)
        && characters.all(|c| is_first(c) || c.is_ascii_digit())
}

impl<'de> Deserialize<'de> for Env {
    /// By hand, because serde's own errors would repeat the values.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Value::Object(members) = Value::deserialize(from)? else {
            return Err(D::Error::custom("expected an object that maps the names of variables to texts"));
        };
        if members.len() > ENVIRONMENT_MAX {
            return Err(D::Error::custom(format!("expected at most {ENVIRONMENT_MAX} variables")));
        }
        let mut env = BTreeMap::new();
        let mut bytes = 0;
        for (name, value) in members {
            if !is_name(&name) {
                return Err(D::Error::custom(
                    "expected names of letters, digits and underscores that do not begin with a digit",
                ));
            }
            let value = match value {
                Value::String(value) if value.len() <= VALUE_MAX && !value.contains('\0') => {
                    Zeroizing::new(value)
                }
                _ => {
                    let detail = format!("{name}: expected a text of at most {VALUE_MAX} bytes without NUL");
                    return Err(D::Error::custom(detail));
                }
            };
            bytes += name.len() + value.len();
            env.insert(name, value);
        }
        if bytes > WHOLE_MAX {
            return Err(D::Error::custom(format!("expected at most {WHOLE_MAX} bytes in total")));
        }
        Ok(Self(SecretEnv(env)))
    }
}

impl JsonSchema for Env {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Env".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "maxProperties": ENVIRONMENT_MAX,
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": NAME_MAX },
            "additionalProperties": { "type": "string", "maxLength": VALUE_MAX, "writeOnly": true },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_repeats_the_value_of_a_variable() {
        for text in [
            r#"{"A":"hunter2\u0000"}"#,
            r#"{"A":["hunter2"]}"#,
            r#"["hunter2"]"#,
            r#"{"A":"hunter2","1A":"hunter2"}"#,
            r#"{"A=hunter2":"x"}"#,
        ] {
            let error = serde_json::from_str::<Env>(text).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && error.contains("expected"), "{text}: {error}");
        }
        let env: Env = serde_json::from_str(r#"{"A_1":"hunter2"}"#).unwrap();
        assert_eq!(*env.0.0["A_1"], "hunter2");
        assert!(!format!("{env:?}").contains("hunter2"));
    }
}
