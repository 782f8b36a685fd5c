//! References to objects: an id or a name, as clients write them.

use std::str::FromStr;

/// The error for a text that is neither the id nor the name of a kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct NotAReference(pub(crate) &'static str);

/// Reads an id or else a name. A text that looks like an id is one.
pub(crate) fn either<R, I: FromStr, N: FromStr>(
    text: &str,
    id: fn(I) -> R,
    name: fn(N) -> R,
    expected: &'static str,
) -> Result<R, NotAReference> {
    text.parse().map(id).or_else(|_| text.parse().map(name)).map_err(|_| NotAReference(expected))
}

/// Defines an enumeration of an id and a name. `expected` is what a text should be, for the error. The keys and values after it
/// are JSON Schema keywords in addition to `type: string`.
macro_rules! reference_type {
    (
        $(#[$doc:meta])* $name:ident: $id:ty, $variant:ident($called:ty), expected $expected:literal,
        $($key:literal : $value:expr),* $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            /// By id.
            Id($id),
            /// By name.
            $variant($called),
        }

        impl $name {
            /// The id, if it is one.
            pub const fn id(&self) -> Option<$id> {
                match self {
                    Self::Id(id) => Some(*id),
                    Self::$variant(_) => None,
                }
            }

            /// The name, if it is one.
            pub const fn name(&self) -> Option<&$called> {
                match self {
                    Self::Id(_) => None,
                    Self::$variant(name) => Some(name),
                }
            }

            fn as_text(&self) -> ::std::borrow::Cow<'_, str> {
                match self {
                    Self::Id(id) => id.to_string().into(),
                    Self::$variant(name) => name.to_string().into(),
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::text::reference::NotAReference;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::text::reference::either(text, Self::Id, Self::$variant, $expected)
            }
        }

        $crate::text::text_type::text_type!($name, $($key: $value),*);
    };
}

pub(crate) use reference_type;

#[cfg(test)]
mod tests {
    use crate::node::NodeRef;
    use crate::site::SiteRef;

    #[test]
    fn a_reference_is_an_id_or_a_name() {
        let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
        assert!(matches!(id.parse(), Ok(SiteRef::Id(_))));
        assert!(matches!("Berlin plant".parse(), Ok(SiteRef::Name(_))));
        for text in [id, "Berlin plant"] {
            assert_eq!(text.parse::<SiteRef>().unwrap().to_string(), text);
        }
        assert_eq!(" ".parse::<SiteRef>().unwrap_err().to_string(), "expected a site's id or name");
        assert_eq!("".parse::<NodeRef>().unwrap_err().to_string(), "expected a node's id or name");
    }
}
