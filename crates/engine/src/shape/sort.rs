//! Sort orders of lists.

/// Makes an enum of sort orders: two per column, ascending and (with `-`) descending.
#[macro_export]
macro_rules! sort_orders {
    ($(#[$doc:meta])* $vis:vis $type:ident, default $default:ident, $($up:ident / $down:ident : $name:literal / $reverse:literal),+ $(,)?) => {
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

        impl bailiwick_store::Sort for $type {
            fn name(self) -> &'static str {
                match self { $(Self::$up => $name, Self::$down => $reverse),+ }
            }
        }
    };
}
