//! Reserved names: words that have a meaning of their own in the API's URL paths.

/// The error for a reserved name: in a URL path of the API, it would mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected another name: this one has a special meaning in the API's URL paths")]
pub struct Reserved;

/// Path segments that have another meaning where the name of a node, a service or a script may stand.
const RESERVED: [&str; 4] = [".", "..", "export", "import"];

/// Refuses a reserved name that a client wants to give to an object which is found by its name in a URL
/// path. Names that are in the database already stay valid.
pub fn refuse_in_addresses(text: &str) -> Result<(), Reserved> {
    let is_taken = RESERVED.iter().any(|taken| taken.eq_ignore_ascii_case(text));
    if is_taken { Err(Reserved) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_reserved_in_urls_is_refused() {
        for text in [".", "..", "import", "Export"] {
            assert_eq!(refuse_in_addresses(text), Err(Reserved), "{text}");
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<crate::inventory::node::NodeName>(&json).is_err(), "{text}");
            assert!(serde_json::from_str::<crate::inventory::service::ServiceName>(&json).is_err(), "{text}");
            // A name that is in the database already stays valid.
            text.parse::<crate::inventory::node::NodeName>().unwrap();
        }
        for text in ["...", "a.", "imports", "db-1"] {
            refuse_in_addresses(text).unwrap();
        }
    }
}
