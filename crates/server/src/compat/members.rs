//! The query parameters and members of bodies that another system documents, and what happens with each:
//! one table per adapter. Nothing that a caller sends is ignored silently.

use std::borrow::Cow;

use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::shape::input::Input;
use serde_json::Value;

use super::fields::Fields;
use crate::problem::HttpError;

/// What happens with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It has the documented effect.
    Honoured,
    /// It is accepted because it asks for what happens anyway.
    AsItIs {
        /// The accepted values, as JSON; empty if any value is accepted.
        values: &'static [&'static str],
        /// Why it needs no action.
        why: &'static str,
    },
    /// It is refused with 400, which names it; this is the reason.
    Refused(&'static str),
}

/// What a request to a route may contain.
pub(super) struct Terms {
    /// Its query parameters.
    pub(super) query: Vec<Member>,
    /// The members of its body.
    pub(super) body: Vec<Member>,
    /// Whether an empty value of a member counts as absent.
    pub(super) empty_is_absent: bool,
}

/// A member that another system documents.
#[derive(Clone, Debug)]
pub struct Member {
    /// The name; a member of an object in the body is written as `outer.inner`.
    pub name: Cow<'static, str>,
    /// What happens with it.
    pub treatment: Treatment,
}

pub(super) const fn honoured(name: &'static str) -> Member {
    Member { name: Cow::Borrowed(name), treatment: Treatment::Honoured }
}

pub(super) const fn as_it_is(
    name: &'static str,
    values: &'static [&'static str],
    why: &'static str,
) -> Member {
    Member { name: Cow::Borrowed(name), treatment: Treatment::AsItIs { values, why } }
}

pub(super) const fn refused(name: &'static str, why: &'static str) -> Member {
    Member { name: Cow::Borrowed(name), treatment: Treatment::Refused(why) }
}

impl Member {
    /// The same member in an object of the body.
    pub(super) fn within(self, outer: &str) -> Self {
        Self { name: format!("{outer}.{}", self.name).into(), ..self }
    }
}

/// Whether protocol buffers' JSON may write this value for a member that is not set.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0" || text == "false",
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// Refuses members that are not in the table, and those that the table refuses. With `empty_is_absent`, an
/// empty member of the table counts as not sent.
pub(super) fn check(members: &[Member], sent: &Fields, empty_is_absent: bool) -> Result<(), HttpError> {
    let mut errors = Vec::new();
    collect(members, "", sent, empty_is_absent, &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors).into()) }
}

fn collect(
    members: &[Member],
    outer: &str,
    sent: &Fields,
    empty_is_absent: bool,
    errors: &mut Vec<FieldError>,
) {
    let inner = |member: &Member| {
        let name = member.name.strip_prefix(outer)?;
        (!name.contains('.')).then(|| name.to_owned())
    };
    let known: Vec<String> = members.iter().filter_map(inner).collect();
    let named = |error: FieldError| FieldError { field: format!("{outer}{}", error.field), ..error };
    if let Err(Error::Invalid(unknown)) = Input::Json(sent.clone()).check_names(&known) {
        errors.extend(unknown.into_iter().map(named));
    }
    for (name, value) in sent {
        let full = format!("{outer}{name}");
        let Some(member) = members.iter().find(|member| member.name == full) else { continue };
        let detail = match member.treatment {
            Treatment::Honoured => {
                let below = format!("{full}.");
                if let Value::Object(fields) = value
                    && members.iter().any(|member| member.name.starts_with(&below))
                {
                    collect(members, &below, fields, empty_is_absent, errors);
                }
                continue;
            }
            _ if empty_is_absent && is_empty(value) => continue,
            Treatment::AsItIs { values, .. }
                if values.is_empty() || values.contains(&value.to_string().as_str()) =>
            {
                continue;
            }
            Treatment::AsItIs { values, why } => format!("expected {}: {why}", values.join(" or ")),
            Treatment::Refused(why) => why.to_owned(),
        };
        errors.push(FieldError::new(full, detail));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLE: &[Member] = &[
        honoured("name"),
        as_it_is("wait", &["false", "null"], "nothing is waited for"),
        as_it_is("subnet", &[], "there are no subnets"),
        refused("owner", "there are no owners"),
        honoured("box"),
        honoured("box.size"),
        refused("box.colour", "boxes have no colour"),
    ];

    fn refused_names(sent: Value, empty_is_absent: bool) -> Vec<String> {
        let Value::Object(sent) = sent else { panic!("{sent}") };
        match check(TABLE, &sent, empty_is_absent) {
            Ok(()) => Vec::new(),
            Err(error) => error.field_errors().into_iter().map(|error| error.field).collect(),
        }
    }

    #[test]
    fn undocumented_members_are_refused_and_none_is_ignored() {
        for (sent, refused) in [
            (json!({ "name": { "any": 1 }, "wait": false, "subnet": "x", "box": { "size": 1 } }), vec![]),
            (json!({ "wait": true }), vec!["wait"]),
            (json!({ "owner": null }), vec!["owner"]),
            (
                json!({ "nmae": 1, "box": { "colour": "red", "weight": 1 } }),
                vec!["nmae", "box.weight", "box.colour"],
            ),
            (json!({ "box": 1 }), vec![]),
        ] {
            let mut found = refused_names(sent.clone(), false);
            found.sort();
            let mut refused = refused;
            refused.sort_unstable();
            assert_eq!(found, refused, "{sent}");
        }
        for empty in [json!(null), json!(""), json!(0), json!(false), json!([]), json!({})] {
            assert_eq!(refused_names(json!({ "owner": empty, "wait": empty }), true), [""; 0], "{empty}");
        }
        assert_eq!(refused_names(json!({ "nmae": null }), true), ["nmae"], "the member is in no table");
    }
}
