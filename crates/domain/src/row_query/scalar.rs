//! The value of a member in one row.

use std::cmp::Ordering;

use uuid::Uuid;

use crate::row_query::MemberKind;
use crate::time::Timestamp;

/// The value of a member in one row.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number with decimals.
    Number(f64),
    /// A text.
    Text(String),
    /// An id.
    Id(Uuid),
    /// A point in time.
    Time(Timestamp),
    /// An object or an array.
    Json(serde_json::Value),
}

/// The text of an id: RFC 9562, in lower case with hyphens.
fn id_text<'r>(id: &Uuid, room: &'r mut [u8; 45]) -> &'r str {
    id.hyphenated().encode_lower(room)
}

/// The error for a value that is not of a member's kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct BadScalar {
    expected: &'static str,
}

impl Scalar {
    /// Reads a value of a kind from JSON.
    ///
    /// # Errors
    ///
    /// [`BadScalar`] if it is not of that kind.
    pub fn of(kind: MemberKind, value: serde_json::Value) -> Result<Self, BadScalar> {
        let bad = |expected| BadScalar { expected };
        match (kind, value) {
            (_, serde_json::Value::Null) => Ok(Self::Null),
            (MemberKind::Json, value) => Ok(Self::Json(value)),
            (MemberKind::Boolean, serde_json::Value::Bool(is)) => Ok(Self::Boolean(is)),
            (MemberKind::Boolean, _) => Err(bad("true or false")),
            (MemberKind::Integer, value) => {
                value.as_i64().map(Self::Integer).ok_or_else(|| bad("an integer"))
            }
            (MemberKind::Number, value) => value.as_f64().map(Self::Number).ok_or_else(|| bad("a number")),
            (MemberKind::Text, serde_json::Value::String(text)) => Ok(Self::Text(text)),
            (MemberKind::Text, _) => Err(bad("a text")),
            (MemberKind::Id, serde_json::Value::String(text)) => {
                Uuid::parse_str(&text).map(Self::Id).map_err(|_| bad("a UUID"))
            }
            (MemberKind::Id, _) => Err(bad("a UUID")),
            (MemberKind::Time, serde_json::Value::String(text)) => {
                text.parse().map(Self::Time).map_err(|_| bad("a time such as 2030-01-31T08:00:00Z"))
            }
            (MemberKind::Time, _) => Err(bad("a time such as 2030-01-31T08:00:00Z")),
        }
    }

    /// The order of two values of the same kind; `None` if one of them is missing or not ordered.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(other)) => Some(one.cmp(other)),
            (Self::Integer(one), Self::Integer(other)) => Some(one.cmp(other)),
            (Self::Number(one), Self::Number(other)) => one.partial_cmp(other),
            (Self::Text(one), Self::Text(other)) => Some(one.as_bytes().cmp(other.as_bytes())),
            (Self::Time(one), Self::Time(other)) => Some(one.cmp(other)),
            // In the order of their texts.
            (Self::Id(one), Self::Id(other)) => Some(one.cmp(other)),
            (Self::Id(id), Self::Text(text)) => {
                Some(id_text(id, &mut Uuid::encode_buffer()).cmp(text.as_str()))
            }
            (Self::Text(text), Self::Id(id)) => {
                Some(text.as_str().cmp(id_text(id, &mut Uuid::encode_buffer())))
            }
            _ => None,
        }
    }

    /// The text of a text or of an id. `room` takes that of an id.
    pub fn as_text<'t>(&'t self, room: &'t mut [u8; 45]) -> Option<&'t str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Id(id) => Some(id_text(id, room)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_by_their_kind() {
        let id = "01932F4E-7B5A-7C3D-8E9F-0A1B2C3D4E5F";
        assert_eq!(Scalar::of(MemberKind::Id, json!(id)), Ok(Scalar::Id(id.parse().unwrap())));
        assert_eq!(
            Scalar::of(MemberKind::Integer, json!(1.5)).unwrap_err().to_string(),
            "expected an integer"
        );
        assert_eq!(Scalar::of(MemberKind::Number, json!(2)), Ok(Scalar::Number(2.0)));
        assert!(Scalar::of(MemberKind::Time, json!("soon")).is_err());
        assert_eq!(Scalar::of(MemberKind::Boolean, json!(null)), Ok(Scalar::Null));
    }

    #[test]
    fn times_compare_as_times_and_not_as_texts() {
        let at = |text: &str| Scalar::of(MemberKind::Time, json!(text)).unwrap();
        let (one, other) = (at("2030-01-31T08:00:00+02:00"), at("2030-01-31T07:00:00Z"));
        assert_eq!(one.compare(&other), Some(Ordering::Less));
        assert_eq!(one.compare(&Scalar::Null), None);
    }

    #[test]
    fn ids_have_the_order_of_their_texts() {
        let id = |text: &str| Scalar::Id(text.parse().unwrap());
        let text = |text: &str| Scalar::Text(text.into());
        let (low, high) = ("0a932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f", "b0932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f");
        for (one, other) in [(id(low), id(high)), (text(low), id(high)), (id(low), text(high))] {
            assert_eq!(one.compare(&other), Some(Ordering::Less));
            assert_eq!(other.compare(&one), Some(Ordering::Greater));
        }
        assert_eq!(id(low).compare(&text(low)), Some(Ordering::Equal));
        assert_eq!(id(low).as_text(&mut Uuid::encode_buffer()), Some(low));
    }
}
