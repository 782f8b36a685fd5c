//! Persisted GraphQL queries: documents that clients name by their hash once the server knows them.

use std::collections::{HashMap, VecDeque};

use bailiwick_engine::error::Error;
use bailiwick_graphql::Query;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::problem::HttpError;

/// How many documents are remembered.
const DOCUMENTS_MAX: usize = 1_000;
/// The longest document that is remembered, in bytes.
const REMEMBERED_MAX: usize = 8 << 10;

/// The documents that clients sent together with their hash. The oldest is forgotten first.
#[derive(Default)]
pub(crate) struct Persisted(Mutex<Known>);

#[derive(Default)]
struct Known {
    documents: HashMap<String, String>,
    order: VecDeque<String>,
}

impl Persisted {
    /// The query itself. A client that names an unknown hash is told so, and sends the document with it.
    pub(crate) fn resolve(&self, mut query: Query, hash: Option<String>) -> Result<Query, HttpError> {
        let Some(hash) = hash else { return Ok(query) };
        let mut known = self.0.lock();
        if query.document.is_empty() {
            let document = known.documents.get(&hash).cloned();
            query.document = document.ok_or(HttpError::PersistedQueryUnknown)?;
            return Ok(query);
        }
        let digest = Sha256::digest(query.document.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != hash {
            let detail = "expected the SHA-256 of the query in hexadecimal digits";
            return Err(Error::invalid("extensions.persistedQuery.sha256Hash", detail).into());
        }
        if query.document.len() <= REMEMBERED_MAX && !known.documents.contains_key(&hash) {
            if known.order.len() >= DOCUMENTS_MAX
                && let Some(oldest) = known.order.pop_front()
            {
                known.documents.remove(&oldest);
            }
            known.order.push_back(hash.clone());
            known.documents.insert(hash, query.document.clone());
        }
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(persisted: &Persisted, document: &str, hash: &str) -> Result<Query, HttpError> {
        let query = Query { document: document.into(), ..Query::default() };
        persisted.resolve(query, Some(hash.into()))
    }

    #[test]
    fn a_document_is_known_by_its_hash_once_it_was_sent() {
        let persisted = Persisted::default();
        let hash = "0".repeat(64);
        let hash = hash.as_str();
        assert_eq!(ask(&persisted, "", hash).unwrap_err().code(), "persisted_query_not_found");
        let wrong = ask(&persisted, "{ nodes { name } }", hash).unwrap_err();
        assert_eq!(wrong.status(), 400);
        let digest: String =
            Sha256::digest(b"{ nodes { name } }").iter().map(|byte| format!("{byte:02x}")).collect();
        ask(&persisted, "{ nodes { name } }", &digest).unwrap();
        assert_eq!(ask(&persisted, "", &digest).unwrap().document, "{ nodes { name } }");
    }

    #[test]
    fn the_oldest_document_is_forgotten_first() {
        let persisted = Persisted::default();
        let send = |n: usize| {
            let document = format!("{{ a{n} }}");
            let digest: String = Sha256::digest(&document).iter().map(|byte| format!("{byte:02x}")).collect();
            ask(&persisted, &document, &digest).unwrap();
            digest
        };
        let digests: Vec<String> = (0..=DOCUMENTS_MAX).map(send).collect();
        assert!(ask(&persisted, "", &digests[0]).is_err());
        assert!(ask(&persisted, "", &digests[1]).is_ok());
    }
}
