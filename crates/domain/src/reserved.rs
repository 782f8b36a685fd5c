//! Names that mean something else in addresses of the API.

/// A name that means something else in an address of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected another name: in addresses of the API, where names stand too, this one means something else"
)]
pub struct Reserved;

/// What stands in addresses where the name of a node, a service or a script may stand, and is none.
const RESERVED: [&str; 4] = [".", "..", "export", "import"];

/// Refuses a name that a client gives to what is found by its name in an address, where that would lead somewhere
/// else. One that is in the database from before stays what it is.
pub fn refuse_in_addresses(text: &str) -> Result<(), Reserved> {
    let is_taken = RESERVED.iter().any(|taken| taken.eq_ignore_ascii_case(text));
    if is_taken { Err(Reserved) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_means_something_else_in_addresses_is_refused() {
        for text in [".", "..", "import", "Export"] {
            assert_eq!(refuse_in_addresses(text), Err(Reserved), "{text}");
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<crate::node::NodeName>(&json).is_err(), "{text}");
            assert!(serde_json::from_str::<crate::service::ServiceName>(&json).is_err(), "{text}");
            // What is in the database stays.
            text.parse::<crate::node::NodeName>().unwrap();
        }
        for text in ["...", "a.", "imports", "db-1"] {
            refuse_in_addresses(text).unwrap();
        }
    }
}
