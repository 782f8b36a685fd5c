//! Saved scripts: shell texts with a name, parameters and versions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::actor::Actor;
use crate::id::{OrganizationId, ScriptId};
use crate::revision::Revision;
use crate::text::name::{Description, NAME_MAX, Name};
use crate::text::reference::reference_type;
use crate::text::shell::Shell;
use crate::time::Timestamp;

pub use crate::authority::script_pin::{NotAPin, ScriptPin, VERSIONS_MAX};

/// The most scripts of one organization.
pub const SCRIPTS_MAX: i64 = 1_000;
/// The most parameters of a script.
pub const PARAMETERS_MAX: usize = 50;
/// The most bytes of a parameter's value.
pub const VALUE_MAX: usize = 32_768;

/// A parameter of a script. The script reads the values of its parameters as `$1`, `$2`, …, in their
/// order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ScriptParameter")]
pub struct Parameter {
    /// Its name: letters, digits, `_` and `-`.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,64}$"))]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: bool,
    /// The value if none is given; an empty text if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = VALUE_MAX))]
    pub default: Option<String>,
}

impl Parameter {
    /// Why the parameter is not valid; `None` if it is.
    pub fn fault(&self) -> Option<&'static str> {
        let is_name = (1..=64).contains(&self.name.len())
            && self.name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !is_name {
            Some("expected a name of at most 64 letters, digits, `_` and `-`")
        } else if self.default.as_ref().is_some_and(|text| text.len() > VALUE_MAX || text.contains('\0')) {
            Some("expected a default of at most 32768 bytes without NUL")
        } else if self.required && self.default.is_some() {
            Some("expected either `required` or `default`")
        } else {
            None
        }
    }
}

/// The arguments of a script: the values of its parameters, in their order, from the values that are
/// given by name. On failure, the name and the error of each value that is wrong.
pub fn arguments(
    parameters: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<Vec<String>, Vec<(String, &'static str)>> {
    let mut errors = Vec::new();
    for (name, value) in given {
        if !parameters.iter().any(|parameter| parameter.name == *name) {
            errors.push((name.clone(), "the script has no such parameter"));
        } else if value.len() > VALUE_MAX || value.contains('\0') {
            errors.push((name.clone(), "expected a text of at most 32768 bytes without NUL"));
        }
    }
    let mut values = Vec::new();
    for parameter in parameters {
        match given.get(&parameter.name).or(parameter.default.as_ref()) {
            Some(value) => values.push(value.clone()),
            None if parameter.required => {
                errors.push((parameter.name.clone(), "expected a value; the script requires it"));
            }
            None => values.push(String::new()),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// A saved script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ScriptRecord")]
pub struct SavedScript {
    /// Its id.
    pub id: ScriptId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in its organization.
    pub name: Name,
    /// What it is for.
    pub description: Option<Description>,
    /// The number of its latest version.
    pub version: u32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

/// One version of a script, which never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptVersion {
    /// Its number, from 1.
    pub version: u32,
    /// The shell that runs the text.
    pub shell: Shell,
    /// The text.
    pub body: String,
    /// Its parameters, in the order of the arguments `$1`, `$2`, …
    pub parameters: Vec<Parameter>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: Actor,
}

reference_type! {
    /// A reference to a script: its id or its name. A text that looks like an id is taken as one.
    ScriptRef: ScriptId, Name(Name), expected "a script's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["restart-web"],
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, required: bool, default: Option<&str>) -> Parameter {
        Parameter { name: name.into(), description: None, required, default: default.map(Into::into) }
    }

    #[test]
    fn script_parameters_become_arguments_in_order() {
        let parameters = [
            parameter("unit", true, None),
            parameter("wait", false, Some("5")),
            parameter("note", false, None),
        ];
        let given = |pairs: &[(&str, &str)]| {
            let given = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            arguments(&parameters, &given)
        };
        assert_eq!(given(&[("unit", "web")]), Ok(vec!["web".into(), "5".into(), String::new()]));
        assert_eq!(given(&[("wait", "1"), ("unit", "")]), Ok(vec![String::new(), "1".into(), String::new()]));
        let names = |result: Result<_, Vec<(String, _)>>| {
            result.unwrap_err().into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(given(&[("other", "x")])), ["other", "unit"]);
        assert_eq!(names(given(&[("unit", "a\0")])), ["unit"]);
    }

    #[test]
    fn an_invalid_script_parameter_is_refused() {
        assert_eq!(parameter("a_b-1", true, None).fault(), None);
        for bad in [
            parameter("", false, None),
            parameter("a b", false, None),
            parameter(&"a".repeat(65), false, None),
            parameter("a", false, Some("\0")),
            parameter("a", true, Some("x")),
        ] {
            assert!(bad.fault().is_some(), "{bad:?}");
        }
    }
}
