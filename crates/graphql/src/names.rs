//! Names: from those of REST to those of GraphQL.

/// A REST member or noun in GraphQL: `site_id` becomes `siteId`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut starts_word = false;
    for character in name.chars() {
        if character == '_' {
            starts_word = !camel.is_empty();
        } else if std::mem::take(&mut starts_word) {
            camel.extend(character.to_uppercase());
        } else {
            camel.push(character);
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_with_capitals() {
        for (rest, graphql) in
            [("name", "name"), ("site_id", "siteId"), ("last_seen_at", "lastSeenAt"), ("az", "az")]
        {
            assert_eq!(camel_case(rest), graphql);
        }
    }
}
