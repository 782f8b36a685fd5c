//! Turns validated string types into types that serde, schemars and `Display` treat as strings.

use std::fmt::{Display, Formatter};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Implements the traits of a string newtype whose `FromStr` is written by hand.
///
/// The type must have `fn as_text(&self) -> Cow<'_, str>` and `FromStr` with an error that is
/// `Display`. The keys and values after the type are JSON Schema keywords in addition to `type:
/// string`.
macro_rules! text_type {
    // `seen`: hidden characters are refused when a client sends the text (`Deserialize`), but not when
    // it is read from the database (`FromStr`).
    (seen $type:ident, $($key:literal : $value:expr),* $(,)?) => {
        $crate::text::text_type::text_type!(@common $type, $($key: $value),*);

        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let read: Self = $crate::text::text_type::parse(from)?;
                $crate::text::hidden::refuse_hidden(&read.as_text()).map_err(::serde::de::Error::custom)?;
                Ok(read)
            }
        }
    };
    // `found_by`: like `seen`, for names by which an object is found where its id is accepted too. A name that
    // looks like an id would be found in place of the object with this id, once that one is deleted.
    (found_by $type:ident, $($key:literal : $value:expr),* $(,)?) => {
        $crate::text::text_type::text_type!(@common $type, $($key: $value),*);

        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let read: Self = $crate::text::text_type::parse(from)?;
                $crate::text::hidden::refuse_hidden(&read.as_text()).map_err(::serde::de::Error::custom)?;
                $crate::text::name::refuse_id(&read.as_text()).map_err(::serde::de::Error::custom)?;
                Ok(read)
            }
        }
    };
    // `in_addresses`: like `seen`, for names by which an object is found in a URL path; reserved names
    // are refused too.
    (in_addresses $type:ident, $($key:literal : $value:expr),* $(,)?) => {
        $crate::text::text_type::text_type!(@common $type, $($key: $value),*);

        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let read: Self = $crate::text::text_type::parse(from)?;
                $crate::text::hidden::refuse_hidden(&read.as_text()).map_err(::serde::de::Error::custom)?;
                $crate::text::reserved::refuse_in_addresses(&read.as_text()).map_err(::serde::de::Error::custom)?;
                Ok(read)
            }
        }
    };
    (@common $type:ident, $($key:literal : $value:expr),* $(,)?) => {
        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&self.as_text())
            }
        }

        impl ::serde::Serialize for $type {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.as_text())
            }
        }

        impl ::schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({ "type": "string", $($key: $value),* })
            }
        }
    };
    ($type:ident, $($key:literal : $value:expr),* $(,)?) => {
        $crate::text::text_type::text_type!(@common $type, $($key: $value),*);

        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::text::text_type::parse(from)
            }
        }
    };
}

pub(crate) use text_type;

/// Deserializes a string by `FromStr`, without copying it first.
pub(crate) fn parse<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    from.deserialize_str(Text(PhantomData))
}

struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
