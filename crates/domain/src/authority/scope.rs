//! Scopes: permissions for operations, in four granularities.
//!
//! A scope is an operation (`sites.create`), a noun and class (`sites:read`, `sites:*`), a wildcard
//! (`*:read`, `*:*`), or a named set (`reporting`). A wildcard also covers operations that a later version adds; a
//! named set and a list of operations do not.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scope_set::ScopeSet;
use crate::text::text_type::text_type;

/// Whether an operation only reads, or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "OperationClass")]
pub enum Class {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write,
}

impl Class {
    /// The class as text, as in a scope.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// A permission for one or more operations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One operation: `sites.create`.
    Operation {
        /// The noun it acts on.
        noun: String,
        /// The verb: what is done to it.
        verb: String,
    },
    /// The operations on a noun, or on every noun if it is `None`, of one class, or of both if it is
    /// `None`.
    Group {
        /// The noun; `None` for `*`.
        noun: Option<String>,
        /// The class; `None` for `*`.
        class: Option<Class>,
    },
    /// A named set of operations: `reporting`.
    Set(&'static ScopeSet),
}

/// An operation, as far as scopes distinguish operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The noun it acts on.
    pub noun: &'a str,
    /// The verb: what is done to it.
    pub verb: &'a str,
    /// Its class.
    pub class: Class,
}

/// The error for a text that is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a scope: an operation (sites.create), a noun and class (sites:read), a wildcard (*:read), or a named set (reporting)"
)]
pub struct BadScope;

fn is_word(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Scope {
    /// Everything: `*:*`.
    pub const EVERYTHING: Self = Self::Group { noun: None, class: None };

    /// The scope of one operation.
    pub fn operation(subject: Subject<'_>) -> Self {
        Self::Operation { noun: subject.noun.to_owned(), verb: subject.verb.to_owned() }
    }

    /// Whether the scope permits an operation.
    pub fn permits(&self, subject: Subject<'_>) -> bool {
        match self {
            Self::Operation { noun, verb } => noun == subject.noun && verb == subject.verb,
            Self::Group { noun, class } => {
                noun.as_deref().is_none_or(|n| n == subject.noun) && class.is_none_or(|c| c == subject.class)
            }
            Self::Set(set) => set.contains(subject.noun, subject.verb),
        }
    }

    /// The scopes that together cover the same: the operations of a named set, and otherwise the scope itself.
    pub fn parts(&self) -> Vec<Cow<'_, Self>> {
        match self {
            Self::Set(set) => {
                let of = |(noun, verb): &(&str, &str)| Self::Operation {
                    noun: (*noun).to_owned(),
                    verb: (*verb).to_owned(),
                };
                set.operations.iter().map(|operation| Cow::Owned(of(operation))).collect()
            }
            other => vec![Cow::Borrowed(other)],
        }
    }

    /// The named sets that contain the operation; none for any other scope.
    pub fn sets(&self) -> Vec<&'static str> {
        match self {
            Self::Operation { noun, verb } => ScopeSet::with(noun, verb).map(|set| set.name).collect(),
            Self::Group { .. } | Self::Set(_) => Vec::new(),
        }
    }

    /// Whether the scope permits everything that `other` permits, now and in any later version.
    /// `class_of` returns the class of an operation, by noun and verb.
    pub fn covers(&self, other: &Self, class_of: &dyn Fn(&str, &str) -> Option<Class>) -> bool {
        match other {
            Self::Operation { noun: theirs, verb } => match self {
                Self::Operation { .. } => self == other,
                // A whole noun also covers operations that this version does not know.
                Self::Group { noun, class } => {
                    noun.as_ref().is_none_or(|noun| noun == theirs)
                        && (class.is_none() || *class == class_of(theirs, verb))
                }
                Self::Set(set) => set.contains(theirs, verb),
            },
            Self::Group { noun: theirs, class: their_class } => match self {
                // A group grows with later versions, and they do not.
                Self::Operation { .. } | Self::Set(_) => false,
                Self::Group { noun, class } => {
                    (noun.is_none() || noun == theirs) && (class.is_none() || class == their_class)
                }
            },
            Self::Set(_) => other.parts().iter().all(|part| self.covers(part, class_of)),
        }
    }

    fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Operation { noun, verb } => format!("{noun}.{verb}").into(),
            Self::Group { noun, class } => {
                let class = class.map_or("*", Class::as_str);
                format!("{}:{class}", noun.as_deref().unwrap_or("*")).into()
            }
            Self::Set(set) => set.name.into(),
        }
    }
}

impl FromStr for Scope {
    type Err = BadScope;

    fn from_str(text: &str) -> Result<Self, BadScope> {
        if let Some((noun, verb)) = text.split_once('.') {
            if is_word(noun) && is_word(verb) {
                return Ok(Self::Operation { noun: noun.to_owned(), verb: verb.to_owned() });
            }
            return Err(BadScope);
        }
        let Some((noun, class)) = text.split_once(':') else {
            return ScopeSet::named(text).map(Self::Set).ok_or(BadScope);
        };
        let noun = match noun {
            "*" => None,
            noun if is_word(noun) => Some(noun.to_owned()),
            _ => return Err(BadScope),
        };
        let class = match class {
            "*" => None,
            class => Some(Class::parse(class).ok_or(BadScope)?),
        };
        Ok(Self::Group { noun, class })
    }
}

text_type!(
    Scope,
    "maxLength": 130,
    "pattern": "^([a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)?|(\\*|[a-z][a-z0-9_]*):(\\*|read|write))$",
    "examples": ["sites:read"],
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn class_of(noun: &str, verb: &str) -> Option<Class> {
        match (noun, verb) {
            ("sites" | "keys", "list" | "get") => Some(Class::Read),
            ("sites" | "keys", "create") => Some(Class::Write),
            _ => None,
        }
    }

    fn scope() -> impl Strategy<Value = Scope> {
        let noun = prop_oneof!["sites", "keys", "nodes"];
        let class = prop_oneof![Just(Class::Read), Just(Class::Write)];
        prop_oneof![
            (noun.clone(), prop_oneof!["list", "get", "create", "launch"])
                .prop_map(|(noun, verb)| Scope::Operation { noun, verb }),
            (prop::option::of(noun), prop::option::of(class))
                .prop_map(|(noun, class)| Scope::Group { noun, class }),
            prop_oneof![Just("reporting"), Just("erp")].prop_map(|name| name.parse().unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn parsing_a_scope_never_panics(text in any::<String>()) {
            let _ = text.parse::<Scope>();
        }

        #[test]
        fn a_scope_is_parsed_from_its_text(scope in scope()) {
            prop_assert_eq!(scope.to_string().parse(), Ok(scope));
        }

        #[test]
        fn covering_of_scopes_is_a_partial_order(a in scope(), b in scope(), c in scope()) {
            prop_assert!(a.covers(&a, &class_of));
            if a.covers(&b, &class_of) && b.covers(&a, &class_of) {
                prop_assert_eq!(&a, &b);
            }
            if a.covers(&b, &class_of) && b.covers(&c, &class_of) {
                prop_assert!(a.covers(&c, &class_of));
            }
        }

        #[test]
        fn a_scope_permits_all_that_its_covered_scopes_permit(
            a in scope(), b in scope(), noun in "sites|keys", verb in "list|get|create",
        ) {
            let class = class_of(&noun, &verb).unwrap();
            let subject = Subject { noun: &noun, verb: &verb, class };
            if a.covers(&b, &class_of) && b.permits(subject) {
                prop_assert!(a.permits(subject));
            }
            prop_assert!(Scope::EVERYTHING.covers(&a, &class_of));
            prop_assert_eq!(Scope::operation(subject).permits(subject), true);
        }
    }

    #[test]
    fn a_named_set_is_its_operations() {
        let set: Scope = "erp".parse().unwrap();
        let start: Scope = "job_dispatches.start".parse().unwrap();
        let all: Scope = "job_dispatches:*".parse().unwrap();
        assert!(set.covers(&start, &class_of) && !start.covers(&set, &class_of));
        assert!(all.covers(&set, &class_of) && !set.covers(&all, &class_of));
        assert_eq!((start.sets(), set.parts().len()), (vec!["erp"], 3));
        let get: Scope = "job_dispatches.get".parse().unwrap();
        assert_eq!((get.sets(), all.sets()), (vec!["erp", "reporting"], vec![]));
    }

    #[test]
    fn an_invalid_scope_is_refused() {
        for text in
            ["", "*", "sites", "sites.", ".list", "Sites:read", "sites:admin", "sites.*", "*.list", "a.b.c"]
        {
            assert_eq!(text.parse::<Scope>(), Err(BadScope), "{text}");
        }
    }
}
