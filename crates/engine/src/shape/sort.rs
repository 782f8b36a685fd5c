//! Sort orders of lists.

/// Makes an enum of sort orders: two per column, ascending and (with `-`) descending. `of …` names the type of the
/// columns in the store, whose variants the ascending orders are named after.
#[macro_export]
macro_rules! sort_orders {
    ($(#[$doc:meta])* $vis:vis $type:ident of $by:path, default $default:ident, $($up:ident / $down:ident : $name:literal / $reverse:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
        #[schemars(inline)]
        $vis enum $type {
            $(#[serde(rename = $name)] $up, #[serde(rename = $reverse)] $down),+
        }

        impl Default for $type {
            fn default() -> Self {
                Self::$default
            }
        }

        impl From<$type> for bailiwick_store::Order<$by> {
            fn from(sort: $type) -> Self {
                match sort {
                    $(
                        $type::$up => Self::ascending(<$by>::$up),
                        $type::$down => Self::descending(<$by>::$up),
                    )+
                }
            }
        }
    };
}
